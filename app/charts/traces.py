"""The lines' points at the present pixel width, kept from frame to frame.

A frame adds only the columns that are new since the last; the whole visible span is reduced again only
when the zoom changes or the view leaves what is kept. A min/max pyramid would stand in `_extremes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.columns import ColumnsView
from analytics.ticks import Bool, Float64, Int64
from app.charts.decimate import (
    Extremes,
    PixelColumns,
    closes,
    column_ends,
    column_starts,
    extremes,
    polyline,
)

_NS = 1e9
_KEEP_SPANS = 6
"""How many visible spans of columns are kept before they are built anew."""
_NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class TraceSpec:
    """How a series becomes a line. `across_gaps` joins it over missing ticks; `smooth` keeps one point
    a column.
    """

    text: str
    across_gaps: bool = False
    smooth: bool = False


class Breaks:
    """The rows that start something new: a session, or what follows missing ticks."""

    def __init__(self) -> None:
        self.sessions = _NO_ROWS
        self._seen = 0
        self._gap_count = -1
        self._all = _NO_ROWS

    def update(self, view: ColumnsView) -> None:
        """Take in the rows that are new; only those are looked at."""
        start = max(self._seen, 1)
        if view.count > start:
            sessions = view.session[start - 1 : view.count]
            found = np.flatnonzero(sessions[1:] != sessions[:-1]) + start
            if len(found):
                self.sessions = np.concatenate((self.sessions, found))
                self._gap_count = -1
        self._seen = view.count
        if view.gap_count != self._gap_count:
            self._gap_count = view.gap_count
            self._all = np.union1d(self.sessions, view.gaps())

    @property
    def rows(self) -> Int64:
        """Return every break, ascending."""
        return self._all

    def session_start(self) -> int:
        """Return the row that the newest session starts with."""
        return int(self.sessions[-1]) if len(self.sessions) else 0


class Trace:
    """One line's points: all settled columns, then the column that still fills."""

    def __init__(self, spec: TraceSpec) -> None:
        self.spec = spec
        self._x = np.empty(0)
        self._y = np.empty(0)
        self._settled = 0
        self._count = 0

    def clear(self) -> None:
        """Forget all points."""
        self._settled = self._count = 0

    def write(self, columns: PixelColumns, values: Extremes) -> None:
        """Put columns after the settled ones; all but the last are settled from now on."""
        x, y, points = (closes if self.spec.smooth else polyline)(columns, values)
        stop = self._settled + len(x)
        if stop > len(self._x):
            room = max(2 * stop, 4_096)
            self._x = np.concatenate((self._x[: self._settled], np.empty(room - self._settled)))
            self._y = np.concatenate((self._y[: self._settled], np.empty(room - self._settled)))
        self._x[self._settled : stop] = x
        self._y[self._settled : stop] = y
        self._count = stop
        self._settled = stop - int(points[-1])

    def between(self, left_s: float, right_s: float) -> tuple[Float64, Float64]:
        """Return the points of a span and, so that the line enters and leaves it, some beyond each end."""
        x = self._x[: self._count]
        start = max(int(np.searchsorted(x, left_s)) - 2, 0)
        stop = min(int(np.searchsorted(x, right_s, side="right")) + 2, self._count)
        return x[start:stop], self._y[start:stop]


class Traces:
    """The lines of one chart. Times are seconds since `base_ns`, so that float64 keeps the nanosecond.

    After an `update` nothing before `changed_s` is other than it was.
    """

    def __init__(self) -> None:
        self.breaks = Breaks()
        self.base_ns = 0
        self._traces: dict[TraceSpec, Trace] = {}
        self._width_ns = 0
        self._first = self._open = 0
        self.changed_s = -np.inf

    def reset(self, base_ns: int) -> None:
        """Forget the ticks: the columns started anew."""
        self.breaks = Breaks()
        self.base_ns = base_ns
        self._start_again(0, 0)

    def restart(self) -> None:
        """Read the ticks again at the next update."""
        self._start_again(0, 0)

    def set_specs(self, specs: Iterable[TraceSpec]) -> None:
        """Keep these lines; those that were kept before keep their points."""
        wanted = dict.fromkeys(specs)
        if any(spec not in self._traces for spec in wanted):
            self._start_again(0, 0)
        self._traces = {spec: self._traces.get(spec) or Trace(spec) for spec in wanted}

    def trace(self, spec: TraceSpec) -> Trace:
        """Return one of the lines kept."""
        return self._traces[spec]

    def update(self, view: ColumnsView, left_ns: int, right_ns: int, width_ns: int) -> None:
        """Bring the lines up to date for a span of absolute time at a pixel column's width."""
        self.breaks.update(view)
        times = view.time_ns[: view.count]
        span = right_ns - left_ns
        first = max(int(np.searchsorted(times, left_ns)) - 1, 0)
        stop = min(int(np.searchsorted(times, right_ns, side="right")) + 1, view.count)
        kept_too_long = self._open > self._first and left_ns - int(times[self._first]) > _KEEP_SPANS * span
        if width_ns != self._width_ns or first < self._first or first > self._open or kept_too_long:
            margin = max(int(np.searchsorted(times, left_ns - span // 2)) - 1, 0)
            self._start_again(margin, width_ns)
        elif stop > self._open:
            self.changed_s = (int(times[self._open]) - self.base_ns) / _NS
        if stop > self._open:
            self._reduce(view, stop)

    def _start_again(self, row: int, width_ns: int) -> None:
        self._first = self._open = row
        self._width_ns = width_ns
        self.changed_s = -np.inf
        for trace in self._traces.values():
            trace.clear()

    def _reduce(self, view: ColumnsView, stop: int) -> None:
        start, breaks = self._open, self.breaks.rows
        starts = column_starts(view.time_ns, start, stop, self._width_ns, breaks)
        rows = (starts, column_ends(starts, stop))
        first_s, last_s = ((view.time_ns[at] - self.base_ns) / _NS for at in rows)
        for_all = PixelColumns(first_s, last_s, self._at(starts, breaks))
        for_sessions = PixelColumns(first_s, last_s, self._at(starts, self.breaks.sessions))
        for spec, trace in self._traces.items():
            columns = for_sessions if spec.across_gaps else for_all
            trace.write(columns, _extremes(view, spec, rows))
        self._open = int(starts[-1])

    def _at(self, starts: Int64, breaks: Int64) -> Bool:
        """Return which columns start at a break; the first column kept has nothing to be broken from."""
        return np.isin(starts, breaks) & (starts > self._first)


def _extremes(view: ColumnsView, spec: TraceSpec, rows: tuple[Int64, Int64]) -> Extremes:
    if spec.text == "price":
        return extremes(view.price, rows, 10.0**view.price_scale)
    column = view.series.get(spec.text)
    if column is None:  # a series that was asked for and is not kept yet
        nothing = np.full(len(rows[0]), np.nan)
        return Extremes(nothing, nothing, nothing, nothing)
    if spec.smooth:  # only the closing value is drawn
        last = column[rows[1]]
        return Extremes(last, last, last, last)
    return extremes(column, rows)
