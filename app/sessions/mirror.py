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
    """How far an engine had come: its market time, and by symbol the number of ticks and the newest one's time."""

    now_ns: int = 0
    reach: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Mirror:
    """Takes news in and answers from them; one thread.

    After a restart of the engine the log of `firings` goes on: those up to where the engine `before` had come are left out.
    """

    def __init__(
        self, info: FeedInfo, firings: AppendLog[Firing] | None = None, before: Reach | None = None
    ) -> None:
        self.info = info
        self.figures = _NOT_YET
        self.firings: AppendLog[Firing] = AppendLog() if firings is None else firings
        self.changes: tuple[Change, ...] = ()
        """How the rules have changed since the engine's start."""
        self._before = before or Reach()
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
        self._before, self.firings = before, firings

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
            self._before = Reach()
            for by_symbol in (self._told, self._arrays, self._views):
                by_symbol.clear()
        if news.events_anew:
            self.events.clear()
        for told in news.columns:
            self._take_columns(told)
        for firing in news.firings:
            if not is_history(firing, self._before):
                self.firings.append(firing)
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
        """Return how far the engine has come."""
        return reach_of(self.views, self.figures.now_ns)

    def has_come(self, far: Reach) -> bool:
        """Return whether the engine has come as far as another had; what a topic has lost since counts by its time."""
        if self.figures.finished:
            return True
        mine = self.reach.reach
        here = ((mine.get(name, (0, 0)), there) for name, there in far.reach.items())
        return all(count >= wanted or ts_ns > wanted_ns for (count, ts_ns), (wanted, wanted_ns) in here)

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


def reach_of(views: Mapping[str, ColumnsView], now_ns: int) -> Reach:
    """Return how far some columns have come, at a market time."""
    return Reach(
        now_ns, {name: (view.count, int(view.time_ns[view.count - 1])) for name, view in views.items()}
    )


def is_history(firing: Firing, before: Reach) -> bool:
    """Return whether an engine that had come so far has told a firing already."""
    if firing.silent:
        return firing.ts_ns <= before.now_ns
    count, _ = before.reach.get(firing.symbol, (0, 0))
    return firing.at < count


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
