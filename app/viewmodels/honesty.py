"""Where a symbol's data was not whole, as the ribbon and the event log tell it: facts, with their place."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from analytics.calendar import NO_SESSION, Calendar, session_date
from analytics.columns import ColumnsView
from analytics.events import DataEvent, EventKind
from analytics.ticks import Int64, Position
from app.desk import Desk
from app.formatting import span_text
from app.viewmodels.feed_watch import BREAK, ENGINE, LOST, STALE, FeedSpan, FeedWatch
from app.viewmodels.gap_order import gaps_since

__all__ = ["BREAK", "ENGINE", "LOST", "MOST_MARKS", "STALE", "Honesty", "HonestyMark", "place_text"]

MOST_MARKS = 5_000
"""Marks of events, and of gaps, that are kept of a symbol; older ones stay in the logs."""
MOST_READ = 4_000
"""Events taken in at one call: of a storm the rest follows at the next ones, so that no call costs a frame."""
_RETRIED_GAPS = 64  # the newest gaps whose event may still be on its way
_MOST_STRETCHES = 16  # parts of a silence that are looked at; no market rests for longer
_SATURDAY = 5
_UNTOLD = "gap: ticks are missing"  # what a mark says until the gap's event is known
_SHOWN = {
    EventKind.LATE,
    EventKind.DUPLICATE,
    EventKind.QUARANTINED,
    EventKind.OFF_GRID,
    EventKind.OUT_OF_RANGE,
    EventKind.RESTART,
}
_EVERYWHERE = ""  # the symbol of what concerns all: a message that could not be read, a partition
MarkKind: TypeAlias = EventKind | str


class HonestyMark(NamedTuple):
    """What happened in [ts_ns, stop_ns], ns UTC; the two are equal for an instant."""

    kind: MarkKind
    ts_ns: int
    stop_ns: int
    detail: str


def place_text(position: Position, row: int, *, in_file: bool) -> str:
    """Return where a tick stood: a row of a recording, from 1, or partition and offset of a topic."""
    if in_file:
        return f"row {row + 1:,}"
    if position.offset < 0:
        return f"partition {position.partition}"
    inside = f"[{position.index}]" if position.index else ""
    return f"partition {position.partition}, offset {position.offset:,}{inside}"


class _Marks:
    """Marks of one symbol, made once each."""

    __slots__ = ("gap_events", "gaps", "gaps_read", "gaps_told", "instants", "was_behind")

    def __init__(self) -> None:
        self.instants: deque[HonestyMark] = deque(maxlen=MOST_MARKS)
        self.gaps: list[HonestyMark] = []
        self.gaps_read = 0  # gaps of the view that marks were made of
        self.gap_events: dict[int, list[DataEvent]] = {}  # by the time of the tick after the gap
        self.gaps_told = 0  # how many those are
        self.was_behind = False  # whether gaps were last made while events of a storm were still to come

    def keep_gap(self, event: DataEvent) -> None:
        """Keep the event of a gap, and let go of the oldest instants' where they are too many."""
        self.gap_events.setdefault(event.ts_ns, []).append(event)
        self.gaps_told += 1
        while self.gaps_told > MOST_MARKS and len(self.gap_events) > 1:
            self.gaps_told -= len(self.gap_events.pop(next(iter(self.gap_events))))


class Honesty:
    """Marks by symbol, and those that concern all symbols. For one desk, shared by its charts.

    `poll` takes in what is new; `marks` polls too. What is asked for again without news is not made again.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.watch = FeedWatch(desk)
        self._by_symbol: dict[str, _Marks] = {_EVERYWHERE: _Marks()}
        self._idle: dict[int, HonestyMark] = {}  # partitions that are idle now
        self._key: tuple[int, int] = (-1, -1)
        self._read = 0
        self._in_file = False
        self._made: dict[str, tuple[tuple[object, ...], list[HonestyMark]]] = {}
        self.behind = False
        """Whether events of a storm are still to be taken in."""

    def poll(self) -> None:
        """Take in what happened since the last call, at most MOST_READ events of it."""
        desk = self._desk
        self.watch.poll()
        events = desk.events
        key = (desk.generation, events.era)
        if key != self._key or events.count < self._read:
            self._begin(key)
        self._in_file = desk.info is not None and desk.info.kind == "file"
        fresh, stop = events.since(self._read)
        first = stop - len(fresh)
        taken = fresh[:MOST_READ]
        self._read = first + len(taken)
        self.behind = self._read < stop
        for event in taken:
            self._take(event)

    def marks(self, symbol: str, view: ColumnsView | None) -> list[HonestyMark]:
        """Return what happened to a symbol's data, and to the feed as a whole while its market was in session.

        A gap reaches from the tick before it to the tick after it. The same list comes back until there is news.
        """
        self.poll()
        mine = self._by_symbol.setdefault(symbol, _Marks()) if symbol else _Marks()
        gaps = 0 if view is None else view.gap_count
        key = (self._key, self._read, gaps, self.watch.changes)
        made = self._made.get(symbol)
        if made is not None and made[0] == key:
            return made[1]
        if view is not None:
            self._take_gaps(mine, view)
        everywhere = self._by_symbol[_EVERYWHERE]
        calendar = self._desk.instruments.calendar_of(symbol)
        found = [*mine.instants, *mine.gaps, *everywhere.instants, *self._idle.values()]
        found += [_mark(span) for span in self.watch.spans if _counts(span, calendar)]
        self._made[symbol] = (key, found)
        return found

    def _begin(self, key: tuple[int, int]) -> None:
        self._key, self._read = key, 0
        self._by_symbol = {_EVERYWHERE: _Marks()}
        self._made.clear()
        self._idle.clear()

    def _take(self, event: DataEvent) -> None:
        if event.kind is EventKind.PARTITION:
            self._take_partition(event)
            return
        mine = self._by_symbol.get(event.symbol)
        if mine is None:
            mine = self._by_symbol[event.symbol] = _Marks()
        if event.kind is EventKind.GAP:
            mine.keep_gap(event)
        elif event.kind in _SHOWN and event.ts_ns:
            place = place_text(event.position, event.row, in_file=self._in_file)
            words = f"{event.kind.value}: {event.detail} · {place}"
            mine.instants.append(HonestyMark(event.kind, event.ts_ns, event.ts_ns, words))

    def _take_partition(self, event: DataEvent) -> None:
        """Pair a partition's falling idle with its first tick afterwards."""
        partition = event.position.partition
        before = self._idle.pop(partition, None)
        if before is None:
            words = f"{event.detail} · {place_text(event.position, event.row, in_file=self._in_file)}"
            self._idle[partition] = HonestyMark(event.kind, event.ts_ns, event.ts_ns, words)
            return
        stop = max(event.ts_ns, before.ts_ns)
        words = f"partition {partition} was idle, the others did not wait for it"
        lasted = span_text(stop - before.ts_ns)
        marks = self._by_symbol[_EVERYWHERE].instants
        marks.append(HonestyMark(event.kind, before.ts_ns, stop, f"{words} · {lasted}"))

    def _take_gaps(self, mine: _Marks, view: ColumnsView) -> None:
        """Make marks of new gaps, and of the newest ones again: the event that tells of one may come after it.

        While events of a storm are still to be taken in, and once afterwards, all are made again.
        """
        gaps = view.gaps()
        retried = MOST_MARKS if self.behind or mine.was_behind else _RETRIED_GAPS
        held = int(np.searchsorted(gaps, view.first, side="right"))
        first = max(min(mine.gaps_read, len(gaps)) - retried, len(gaps) - MOST_MARKS, held)
        again = mine.gaps_read - first
        made = mine.gaps[-again:] if again > 0 else []
        if again > 0:
            del mine.gaps[-again:]
        rows = gaps[first:]
        mine.gaps_read, mine.was_behind = len(gaps), self.behind
        starts, stops = view.ts_ns[rows - 1], view.ts_ns[rows]
        events = _events_of(mine.gap_events, view, rows)
        pairs = zip(starts.tolist(), np.maximum(starts, stops).tolist(), events, strict=True)
        for number, (start, stop, event) in enumerate(pairs):
            if number < len(made) and (event is None or not made[number].detail.startswith(_UNTOLD)):
                mine.gaps.append(made[number])  # it would be the same again
            else:
                mine.gaps.append(
                    HonestyMark(EventKind.GAP, start, stop, self._gap_words(event, stop - start))
                )
        del mine.gaps[:-MOST_MARKS]

    def _gap_words(self, event: DataEvent | None, lasted_ns: int) -> str:
        parts = [_UNTOLD]
        if event is not None:
            place = place_text(event.position, event.row, in_file=self._in_file)
            parts = [f"gap: {event.detail}", place]
        if lasted_ns > 0:
            parts.append(span_text(lasted_ns))
        return " · ".join(parts)


def _mark(span: FeedSpan) -> HonestyMark:
    return HonestyMark(span.kind, span.ts_ns, span.stop_ns, span.text)


def _counts(span: FeedSpan, calendar: Calendar) -> bool:
    """Return whether a span is of interest to a market: its silence out of hours is not.

    A silence that is over and lasted for a whole session is, unless that lies on a weekend.
    """
    if span.kind != STALE:
        return True
    if any(calendar.session_bounds(at)[0] != NO_SESSION for at in (span.ts_ns, span.stop_ns)):
        return True
    at_ns = span.ts_ns
    for _ in range(_MOST_STRETCHES):
        session, _first_ns, at_ns = calendar.session_bounds(at_ns)
        if session != NO_SESSION and session_date(session).weekday() < _SATURDAY:
            return True
        if at_ns > span.stop_ns:
            return False
    return True


def _events_of(
    told: Mapping[int, Sequence[DataEvent]], view: ColumnsView, rows: Int64
) -> Iterator[DataEvent | None]:
    """Yield the event of each gap row, None where it is not known: of one instant the nth gap has the nth."""
    before: Counter[int] = Counter()
    if len(rows):
        before.update(view.ts_ns[gaps_since(view, int(view.ts_ns[rows].min()), int(rows[0]))].tolist())
    for ts_ns in view.ts_ns[rows].tolist():
        events, number = told.get(ts_ns, ()), before[ts_ns]
        before[ts_ns] += 1
        yield events[number] if number < len(events) else None
