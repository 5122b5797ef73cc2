"""Sparklines: a price's course in a few dozen cells of time, each with its lowest and highest price.

Cells are made of new rows alone. Of a session they grow with it: when there are too many, two become one.
Of the last minutes they keep their width, and those that are too old go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import ColumnsView
from analytics.ticks import Int64
from app.desk import Desk
from app.viewmodels.row_extremes import run_extremes
from app.viewmodels.session_figures import stretches

MOST_CELLS = 48
SPANS_NS: dict[str, int | None] = {
    "Session so far": None,
    "Last 5 minutes": 5 * 60_000_000_000,
    "Last 15 minutes": 15 * 60_000_000_000,
    "Last hour": 60 * 60_000_000_000,
}
"""What a sparkline may show, by how a menu calls it."""
BUDGET_NS = 1_000_000
"""How long one pull may work at sparklines: what is left waits for the next."""
_FIRST_CELL_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Spark:
    """A course in cells: `places` of the cells from 0 to 1, and the lowest and highest price of each.

    Shapes (n,), n at least 1. Cells without a tick are left out.
    """

    places: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    last: float


@dataclass(slots=True)
class _Course:
    """One symbol's cells by their number: cell n covers [start + n * width, start + (n + 1) * width)."""

    seen: int = 0
    session: int = NO_SESSION
    start_ns: int = 0
    width_ns: int = _FIRST_CELL_NS
    cells: dict[int, tuple[int, int]] = field(default_factory=dict)
    scale: int = 0
    spark: Spark | None = None


class Sparklines:
    """Keeps the sparkline of each symbol as new as the budget of a pull lets it. `timer` counts ns."""

    def __init__(self, desk: Desk, *, timer: Callable[[], int] = time.perf_counter_ns) -> None:
        self._desk, self._timer = desk, timer
        self._span_ns: int | None = None
        self._generation = desk.generation
        self._courses: dict[str, _Course] = {}
        self._next = 0

    @property
    def span_ns(self) -> int | None:
        """Return how far back sparklines reach, None for the session so far."""
        return self._span_ns

    def set_span(self, span_ns: int | None) -> None:
        """Show the last so many nanoseconds, or with None the session so far."""
        if span_ns != self._span_ns:
            self._span_ns = span_ns
            self._courses.clear()

    def spark(self, symbol: str) -> Spark | None:
        """Return a symbol's sparkline as it was last made, None before."""
        course = self._courses.get(symbol)
        return None if course is None else course.spark

    def refresh(self, symbols: tuple[str, ...], *, share: int = 1) -> list[str]:
        """Take new ticks of the next symbols in turn and return those whose sparkline changed.

        One `share`-th of them is looked at, at least one, and no more once the budget is spent.
        """
        if self._desk.generation != self._generation:
            self._generation = self._desk.generation
            self._courses.clear()
        until_ns = self._timer() + BUDGET_NS
        changed = []
        for symbol in self._in_turn(symbols, share):
            if self._renew(symbol):
                changed.append(symbol)
            self._next += 1
            if self._timer() >= until_ns:
                break
        return changed

    def _in_turn(self, symbols: tuple[str, ...], share: int) -> Iterable[str]:
        if not symbols:
            return ()
        start = self._next = self._next % len(symbols)
        return [symbols[(start + n) % len(symbols)] for n in range(-(-len(symbols) // share))]

    def _renew(self, symbol: str) -> bool:
        view = self._desk.view(symbol)
        if view is None or not view.count:
            return False
        course = self._courses.get(symbol)
        if course is None or view.count < course.seen or course.scale != view.price_scale:
            course = self._courses[symbol] = _Course(scale=view.price_scale)
        if course.seen == view.count:
            return False
        start, stop = _rows_to_take(course, view, self._span_ns)
        if start < stop:
            _take(course, view, (start, stop), self._span_ns)
        course.seen = view.count
        before, course.spark = course.spark, _spark_of(course, view)
        return course.spark != before


def _rows_to_take(course: _Course, view: ColumnsView, span_ns: int | None) -> tuple[int, int]:
    """Return the rows that belong into the cells and are not in them; begin anew with a new session."""
    if span_ns is not None:
        course.width_ns = span_ns // MOST_CELLS
        start, oldest_ns = max(course.seen, view.first), int(view.time_ns[view.count - 1]) - span_ns
        return start + int(np.searchsorted(view.time_ns[start : view.count], oldest_ns)), view.count
    found = (view.count, view.count)
    for row, stop, session in stretches(view, course.seen):
        start = max(row, view.first)
        if session > course.session or course.seen == 0:
            course.session, course.start_ns = session, int(view.time_ns[start])
            course.width_ns = _FIRST_CELL_NS
            course.cells.clear()
        if session == course.session:
            found = (start, stop)
    return found


def _take(course: _Course, view: ColumnsView, rows: tuple[int, int], span_ns: int | None) -> None:
    start, stop = rows
    times = view.time_ns[start:stop]
    last_ns = int(times[-1])
    if span_ns is None:
        while (last_ns - course.start_ns) // course.width_ns >= MOST_CELLS:
            _merge(course)
    starts = _cell_starts(times, course, start)
    numbers = (view.time_ns[starts] - course.start_ns) // course.width_ns
    lows, highs = run_extremes(view, starts, stop)
    for number, low, high in zip(numbers.tolist(), lows.tolist(), highs.tolist(), strict=True):
        known = course.cells.get(number)
        course.cells[number] = (low, high) if known is None else (min(known[0], low), max(known[1], high))
    if span_ns is not None:
        oldest = last_ns // course.width_ns - MOST_CELLS
        course.cells = {number: cell for number, cell in course.cells.items() if number > oldest}


def _cell_starts(times: Int64, course: _Course, start: int) -> Int64:
    """Return the rows that begin a cell, the first one among them; times ascend."""
    first, last = (int(each - course.start_ns) // course.width_ns for each in (times[0], times[-1]))
    edges = course.start_ns + np.arange(first + 1, last + 1, dtype=np.int64) * course.width_ns
    rows = np.concatenate((np.zeros(1, np.int64), np.searchsorted(times, edges)))
    starts: Int64 = rows[np.concatenate((np.ones(1, np.bool_), rows[1:] != rows[:-1]))] + start
    return starts


def _merge(course: _Course) -> None:
    """Make one cell of two."""
    merged: dict[int, tuple[int, int]] = {}
    for number, (low, high) in course.cells.items():
        known = merged.get(number // 2, (low, high))
        merged[number // 2] = (min(known[0], low), max(known[1], high))
    course.cells, course.width_ns = merged, course.width_ns * 2


def _spark_of(course: _Course, view: ColumnsView) -> Spark | None:
    if not course.cells:
        return course.spark
    unit = 10.0**view.price_scale
    first, last = min(course.cells), max(course.cells)
    length = max(last - first, 1)
    return Spark(
        places=tuple((number - first) / length for number in course.cells),
        lows=tuple(low / unit for low, _ in course.cells.values()),
        highs=tuple(high / unit for _, high in course.cells.values()),
        last=float(view.price[view.count - 1] / unit),
    )
