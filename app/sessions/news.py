"""What an engine's process tells the desk's, and what it is told. All are sent by pickle between the two."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from analytics.columns import ColumnsView
from analytics.events import DataEvent, GuardCounts
from analytics.rules.rule import Firing
from app.sessions.blocks import Place
from app.sessions.session import Change, TapeStart, Wanted
from feeds.address import FeedAddress
from feeds.source import FeedInfo, FeedStatus, TimelineBin, Transport
from feeds.stages import Passage

COLUMNS = (
    "ts_ns",
    "time_ns",
    "price",
    "size",
    "seq",
    "session",
    "sum_v",
    "sum_vd",
    "sum_vdd",
    "gap_rows",
    "session_rows",
)
"""The arrays of a `ColumnsView` in the order in which their places are told."""


class Setup(NamedTuple):
    """What a process begins with: the feed, and what is kept of it; `folder` for blocks where they are files."""

    address: FeedAddress
    wanted: Wanted
    folder: Path | None = None


class Progress(NamedTuple):
    """How far the opening of the feed is, or how connecting stands."""

    done: int
    total: int
    status: FeedStatus | None


class Refused(NamedTuple):
    """Why the feed cannot be opened."""

    cause: str


class Answer(NamedTuple):
    """What came of the request of a number: ``""``, or why it cannot be met."""

    number: int
    fault: str


class Places(NamedTuple):
    """Where a symbol's arrays lie: `columns` in the order of `COLUMNS`, series and nodes by text.

    Nodes are told with the rows of their column.
    """

    columns: tuple[Place, ...]
    series: tuple[tuple[str, Place], ...]
    nodes: tuple[tuple[str, Place, int], ...]


class Told(NamedTuple):
    """One symbol's columns as they are published: its figures, and `places` where these changed."""

    symbol: str
    generation: int
    rows: int
    first: int
    noded: int
    gap_count: int
    session_count: int
    price_scale: int
    size_scale: int
    reference: int
    largest_d: int
    places: Places | None

    @classmethod
    def of(cls, view: ColumnsView, places: Places | None) -> Told:
        """Return what a view tells."""
        return cls(
            view.symbol,
            view.generation,
            view.count,
            view.first,
            view.noded,
            view.gap_count,
            view.session_count,
            view.price_scale,
            view.size_scale,
            view.reference,
            view.largest_d,
            places,
        )


class Figures(NamedTuple):
    """Where the feed and its consumer stand; `transport` without its timeline, `seeks` how many were obeyed."""

    status: FeedStatus
    now_ns: int
    counts: GuardCounts
    lag_ticks: int
    last_poll_ns: int
    seeks: int
    settling: bool
    finished: bool
    transport: Transport | None
    tape: TapeStart | None
    recording_fault: str


class News(NamedTuple):
    """What is new since the news before.

    `anew` says that the columns and firings began anew, and `events_anew` that the data events did; `info`,
    `timeline` and the `changes` of the rules are told where they are others.
    """

    figures: Figures
    columns: tuple[Told, ...]
    firings: tuple[Firing, ...]
    events: tuple[DataEvent, ...]
    passages: tuple[Passage, ...]
    anew: bool
    events_anew: bool
    info: FeedInfo | None
    timeline: tuple[TimelineBin, ...] | None
    changes: tuple[Change, ...] | None


class Opened(NamedTuple):
    """The feed is open: its first news, and an address by which it begins at the same tick when it is opened again."""

    news: News
    info: FeedInfo
    origin: FeedAddress


class Ask(NamedTuple):
    """A command for the session; where `awaited` is not 0 an `Answer` of that number is given."""

    name: str
    arguments: tuple[object, ...]
    awaited: int = 0


Message = Progress | Refused | Opened | Answer | News
"""All that an engine's process sends."""
