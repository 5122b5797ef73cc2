"""What the desk's process knows of an engine apart: columns over shared memory, logs and figures, from its news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from analytics.columns import ColumnsView
from analytics.events import DataEvent, GuardCounts
from analytics.log import AppendLog
from analytics.pyramid import Nodes
from analytics.rules.rule import Firing
from app.sessions.blocks import Attached
from app.sessions.news import COLUMNS, Figures, News, Places, Told
from app.sessions.session import Change
from feeds.consumer import KEPT_PASSAGES
from feeds.source import FeedInfo, FeedState, FeedStatus, TimelineBin, Transport
from feeds.stages import Passage

_KNOWN = 5_000
"""Of the firings that were told so many are remembered one by one: a tick may have more than one, and silence has none."""
_NOT_YET = Figures(FeedStatus(FeedState.CONNECTING), 0, GuardCounts(), 0, 0, 0, False, False, None, None, "")


class _Arrays:
    """One symbol's arrays in this process."""

    def __init__(self, places: Places, attached: Attached) -> None:
        self.columns: dict[str, NDArray[Any]] = {
            name: attached.array(place) for name, place in zip(COLUMNS, places.columns, strict=True)
        }
        self.series = MappingProxyType({text: attached.array(place) for text, place in places.series})
        self.nodes = MappingProxyType(
            {text: Nodes(attached.array(place), rows) for text, place, rows in places.nodes}
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an engine had come: by symbol the number of ticks whose firings are told, and the newest tick's time."""

    counts: Mapping[str, int] = field(default_factory=dict)
    newest_ns: int = 0

    def and_as_far_as(self, other: Reach) -> Reach:
        """Return what either has reached."""
        counts = dict(self.counts)
        for symbol, count in other.counts.items():
            counts[symbol] = max(count, counts.get(symbol, 0))
        return Reach(counts, max(self.newest_ns, other.newest_ns))


class Mirror:
    """Takes news in and answers from them; one thread.

    After a restart of the engine the log of `firings` goes on: those that were told are left out.
    """

    def __init__(
        self, info: FeedInfo, firings: AppendLog[Firing] | None = None, before: Reach | None = None
    ) -> None:
        self.info = info
        self.figures = _NOT_YET
        self.firings: AppendLog[Firing] = AppendLog() if firings is None else firings
        self.changes: tuple[Change, ...] = ()
        """How the rules have changed since the engine's start."""
        self._before: Mapping[str, int] = {} if before is None else before.counts
        self._known = _newest_of(self.firings)  # firings told before, to which none equal is told again
        self._told_to: dict[str, int] = {}  # by symbol, the tick up to which firings were told
        self._lost: set[str] = set()  # symbols whose arrays were gone before they could be attached
        self.events: AppendLog[DataEvent] = AppendLog()
        self.passages: AppendLog[Passage] = AppendLog(KEPT_PASSAGES)
        self._timeline: tuple[TimelineBin, ...] = ()
        self._attached = Attached()
        self._told: dict[str, Told] = {}
        self._arrays: dict[str, _Arrays] = {}
        self._views: dict[str, ColumnsView] = {}

    def follow(self, before: Reach, firings: AppendLog[Firing]) -> None:
        """Go on from another engine's firings, told up to where it had come; before any news but the first."""
        self._before, self.firings = before.counts, firings
        self._known = _newest_of(firings)

    def take(self, news: News) -> None:
        """Take in what is new."""
        self.figures = news.figures
        if news.info is not None:
            self.info = news.info
        if news.changes is not None:
            self.changes = news.changes
        if news.timeline is not None:
            self._timeline = news.timeline
        if news.anew:
            self.firings.clear()
            self._before, self._known = {}, set()
            self._told_to.clear()
            for by_symbol in (self._told, self._arrays, self._views):
                by_symbol.clear()
        if news.events_anew:
            self.events.clear()
        for told in news.columns:
            self._take_columns(told)
        for firing in news.firings:
            self._take_firing(firing)
        for event in news.events:
            self.events.append(event)
        for passage in news.passages:
            self.passages.append(passage)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have ticks, in order of the first."""
        return tuple(self._told)

    @property
    def transport(self) -> Transport | None:
        """Return where the replay stands, or None where the feed is no recording."""
        found = self.figures.transport
        return None if found is None else replace(found, timeline=self._timeline)

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's columns, or None before its first tick."""
        found = self._views.get(symbol)
        if found is None and symbol in self._told:
            found = self._views[symbol] = _view(self._told[symbol], self._arrays[symbol])
        return found

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        """Return all columns by symbol."""
        return {symbol: view for symbol in self._told if (view := self.view(symbol)) is not None}

    @property
    def reach(self) -> Reach:
        """Return how far the engine has come, and its firings are told."""
        mine = Reach({symbol: told.rows for symbol, told in self._told.items()}, self.newest_ns)
        return mine.and_as_far_as(Reach(self._before)).and_as_far_as(Reach(self._told_to))

    @property
    def newest_ns(self) -> int:
        """Return the time of the newest tick of all symbols, 0 before the first."""
        times = (self._arrays[name].columns["time_ns"][told.rows - 1] for name, told in self._told.items())
        return int(max(times, default=0))

    def has_come(self, far: Reach) -> bool:
        """Return whether the engine has come as far as another had.

        What a topic has lost since does not come again: with nothing unread, and newer ticks, that is as far.
        """
        told = self._told
        if self.figures.finished:
            return True
        if all(name in told and told[name].rows >= count for name, count in far.counts.items()):
            return True
        return self.figures.lag_ticks == 0 and 0 < far.newest_ns <= self.newest_ns

    def _take_firing(self, firing: Firing) -> None:
        """Append a firing that is not told yet."""
        if not firing.silent:
            self._told_to[firing.symbol] = firing.at
            if firing.at < self._before.get(firing.symbol, 0):
                return
        if not self._known or _key(firing) not in self._known:
            self.firings.append(firing)

    def _take_columns(self, told: Told) -> None:
        """Take a symbol's news; where its arrays are gone already, newer ones are on their way."""
        symbol = told.symbol
        if told.places is None and symbol in self._lost:
            return
        if told.places is not None:
            try:
                self._arrays[symbol] = _Arrays(told.places, self._attached)
            except FileNotFoundError:
                self._lost.add(symbol)
                return
            self._lost.discard(symbol)
        self._told[symbol] = told
        self._views.pop(symbol, None)


def reach_of(views: Mapping[str, ColumnsView]) -> Reach:
    """Return how far some columns have come."""
    newest_ns = max((int(view.time_ns[view.count - 1]) for view in views.values()), default=0)
    return Reach({name: view.count for name, view in views.items()}, newest_ns)


def told_up_to(firings: AppendLog[Firing], reach: Reach) -> AppendLog[Firing]:
    """Return a log of the firings up to where an engine had come; silence fires between ticks, and stays."""
    log: AppendLog[Firing] = AppendLog()
    for firing in firings.since(0)[0]:
        if firing.silent or firing.at < reach.counts.get(firing.symbol, 0):
            log.append(firing)
    return log


def _key(firing: Firing) -> tuple[str, str, int, bool]:
    """Return what tells a firing from any other: silence may fire at any time after a tick."""
    return firing.rule, firing.symbol, firing.ts_ns if firing.silent else firing.at, firing.silent


def _newest_of(firings: AppendLog[Firing]) -> set[tuple[str, str, int, bool]]:
    return {_key(each) for each in firings.since(firings.count - _KNOWN)[0]}


def _view(told: Told, arrays: _Arrays) -> ColumnsView:
    return ColumnsView(
        symbol=told.symbol,
        generation=told.generation,
        count=told.rows,
        price_scale=told.price_scale,
        size_scale=told.size_scale,
        reference=told.reference,
        largest_d=told.largest_d,
        series=arrays.series,
        gap_count=told.gap_count,
        session_count=told.session_count,
        first=told.first,
        nodes=arrays.nodes,
        noded=told.noded,
        **arrays.columns,
    )
