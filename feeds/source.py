"""What every feed looks like to the consumer: something that is polled for arrivals.

A failure is a value, `FeedStatus`, that the window shows; `poll` raises only for bugs.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from analytics.ticks import Arrivals
from feeds.address import FeedAddress


class FeedState(enum.Enum):
    """Where a feed stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    REPLAYING = "replaying"
    PAUSED = "paused"
    CLOSED_MARKET = "market closed"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One feed's state, as the window shows it.

    `cause` says in one line what went wrong; `attempt` counts tries to connect from 1; `retry_at_ns`
    is the clock's time of the next try, None where none is planned.
    """

    state: FeedState
    cause: str = ""
    attempt: int = 0
    retry_at_ns: int | None = None


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What is known of a feed before its first tick.

    `kind` is ``sim``, ``file`` or ``kafka``; `title` a short name for the top bar; `symbols` those known
    beforehand; `opening_symbol` the one to show first; `previous_closes` by symbol, where known; `lost`
    tells, a line each, what of a damaged recording, or of a topic's past, could not be read; `topic_id`
    names the topic for a tape where it lasts longer than this program.
    """

    kind: str
    title: str
    address: str
    symbols: tuple[str, ...] = ()
    opening_symbol: str | None = None
    previous_closes: Mapping[str, float] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    topic_id: str | None = None


class Source(Protocol):
    """A feed, polled and closed on the consumer's thread."""

    @property
    def info(self) -> FeedInfo:
        """Return what is known beforehand."""

    @property
    def status(self) -> FeedStatus:
        """Return the state now; read from any thread."""

    @property
    def now_ns(self) -> int:
        """Return the feed's own market time, ns UTC: simulated, replayed or real; any thread."""

    @property
    def horizon_ns(self) -> int:
        """Return the arrival time up to which all is polled, where `lag` is 0 when asked next; any thread.

        A time event may be made of a deadline up to here and of none beyond: a tick may still be on its way.
        """

    @property
    def lag(self) -> int:
        """Return how many ticks are published and not yet polled; any thread."""

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return what has arrived, at most 32,768 ticks, or None where nothing did in `timeout_s`."""

    def close(self) -> None:
        """Let go of files, threads and connections; may be called twice."""


@runtime_checkable
class Reopening(Protocol):
    """A source that can be opened again, in another process too, as if it had been open all the time."""

    @property
    def origin(self) -> FeedAddress:
        """Return an address whose first tick is this source's first tick; any thread."""


@runtime_checkable
class Reconnecting(Protocol):
    """A source that connects again by itself after a loss."""

    def try_now(self) -> None:
        """Make the next attempt at once; called on the consumer's thread."""


@dataclass(frozen=True, slots=True)
class TimelineBin:
    """A slice of a recording: its first and last+1 row, first event time and traded size."""

    first_row: int
    stop_row: int
    ts_ns: int
    size: float


@dataclass(frozen=True, slots=True)
class Transport:
    """Where a replay stands. `speed` is None for max. Rows count the recording's data rows from 0."""

    row: int
    rows: int
    ts_ns: int
    first_ts_ns: int
    last_ts_ns: int
    speed: float | None
    paused: bool
    timeline: tuple[TimelineBin, ...] = ()


@runtime_checkable
class Replayable(Protocol):
    """A source with a transport. The commands are called on the consumer's thread."""

    @property
    def transport(self) -> Transport:
        """Return where the replay stands; any thread."""

    def pause(self) -> None:
        """Hold."""

    def play(self) -> None:
        """Go on; at the end, start again is the caller's affair (`rewind`)."""

    def set_speed(self, speed: float | None) -> None:
        """Set the speed, 0.5 to 100 times, or None for as fast as possible."""

    def step(self, ticks: int) -> None:
        """While paused, hand over the next `ticks` rows."""

    def rewind(self) -> None:
        """Go to row 0; guard and engine have been reset by the caller."""

    def run_to(self, row: int) -> None:
        """Hand over the rows up to `row` (exclusive) as fast as possible, then go on as before."""

    def row_at(self, ts_ns: int) -> int:
        """Return the first row whose replay time is at or after an instant."""
