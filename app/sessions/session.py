"""What the desk asks of an open feed, wherever its engine runs: in a thread of this process or apart from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from analytics.calendar import calendar_named
from analytics.columns import ColumnsView
from analytics.events import DataEvent, GuardCounts
from analytics.instruments import InstrumentTable, Kind
from analytics.log import AppendLog
from analytics.retention import Retention
from analytics.rules.rule import Firing, Rule
from analytics.series import SeriesSpec, parse_series
from feeds.address import FeedAddress, FileAddress
from feeds.source import FeedInfo, FeedStatus, Transport
from feeds.stages import Passage


class TapeStart(NamedTuple):
    """A tape that is being written: its directory, and how many arrivals had been taken before its first."""

    directory: str
    taken: int


class Change(NamedTuple):
    """Rules that came into force once so many arrivals had been taken."""

    taken: int
    rules: tuple[Rule, ...]


INDEX_SERIES = (parse_series("index_vwap(session, future)"), parse_series("index_vwap(60s, future)"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a feed is opened with: the tables, the user's own series, what is kept, and which rules are in force.

    `retention` bounds what is held of each symbol. A feed that is opened again has its rules changed where they
    were: `changes`, ascending. Its tape begins again where it began, at `tape`, so that nothing is left out; `opened_ns`
    is when it was opened first, UTC, None for now.
    """

    instruments: InstrumentTable
    series: tuple[SeriesSpec, ...]
    rules: tuple[Rule, ...] = ()
    zone: str | None = None
    series_folder: Path | None = None
    retention: Retention | None = None
    changes: tuple[Change, ...] = ()
    tape: TapeStart | None = None
    opened_ns: int | None = None

    @property
    def of_indices(self) -> dict[str, tuple[SeriesSpec, ...]]:
        """Return what is kept of indices alone: the VWAPs of their futures, which have no value before they are kept."""
        return {
            each.symbol: INDEX_SERIES
            for each in self.instruments
            if each.kind is Kind.INDEX and each.vwap_source is not None
        }

    def of(self, address: FeedAddress) -> Wanted:
        """Return these for a feed: an address may name a calendar for all of its symbols."""
        if not isinstance(address, FileAddress) or address.calendar is None:
            return self
        return replace(self, instruments=self.instruments.with_calendar(calendar_named(address.calendar)))


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Opening:
    """Who waits for a feed that is being opened: told how far it is, asked whether it is still wanted.

    `progress` takes what is read and the total, in bytes or rows; `told` how connecting stands.
    """

    progress: Callable[[int, int], None] = field(default=lambda _done, _total: None)
    told: Callable[[FeedStatus], None] = field(default=lambda _status: None)
    cancelled: Callable[[], bool] = _never


class Session(Protocol):
    """One open feed with its guard, engine and consumer. For one thread, but for what `views` hold.

    Nothing moves but by `refresh`, called once a frame; in a thread of this process readers may see more.
    """

    @property
    def address(self) -> FeedAddress:
        """Return what was opened."""

    @property
    def instruments(self) -> InstrumentTable:
        """Return the instruments in force for this feed."""

    @property
    def info(self) -> FeedInfo:
        """Return what is known of the feed."""

    @property
    def status(self) -> FeedStatus:
        """Return the feed's state, or the fault that ended its consumer."""

    @property
    def now_ns(self) -> int:
        """Return market time, ns UTC."""

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far."""

    @property
    def lag_ticks(self) -> int:
        """Return how many ticks are published and not yet polled."""

    @property
    def last_poll_ns(self) -> int:
        """Return the monotonic time at which ticks last came."""

    @property
    def firings(self) -> AppendLog[Firing]:
        """Return the log of firings."""

    @property
    def events(self) -> AppendLog[DataEvent]:
        """Return the log of data events."""

    @property
    def passages(self) -> AppendLog[Passage]:
        """Return when the ticks of each poll passed each stage."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have ticks, in order of the first."""

    @property
    def settling(self) -> bool:
        """Return whether a seek is being played through: firings meanwhile are history."""

    @property
    def finished(self) -> bool:
        """Return whether the feed has ended and every tick of it is taken and computed."""

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording."""

    @property
    def recording(self) -> str | None:
        """Return the tape directory being written, or None."""

    @property
    def recording_fault(self) -> str:
        """Return why recording stopped by itself, or ``""``."""

    @property
    def restarts(self) -> int:
        """Return how often its process has been started anew and has caught up."""

    @property
    def place(self) -> str:
        """Return where the engine runs, as a person reads it: ``thread``, or ``process`` and its number."""

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick."""

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        """Return all columns by symbol."""

    def start(self) -> None:
        """Begin to poll."""

    def refresh(self) -> None:
        """Take in what is new."""

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Put checked rules in force."""

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep one more series."""

    def drop_series(self, spec: SeriesSpec) -> None:
        """Keep a series no longer, but where a rule or another series looks at it."""

    def record(self, directory: str | None) -> None:
        """Write a tape from now on; None ends it. Raises TapeError where it cannot be begun."""

    def command(self, name: str, *arguments: object) -> None:
        """Have a replay's source obey a command, by name; nothing happens for another feed."""

    def seek(self, row: int) -> None:
        """Have a replay go to a row."""

    def try_now(self) -> None:
        """Have a feed that connects again make its next attempt at once."""

    def stop(self, timeout_s: float | None = None) -> None:
        """Stop, and wait for the consumer: so long, or as long as it should take at most."""
