"""The lines' points at the present pixel width, kept from frame to frame.

A frame adds only the columns that are new since the last; the whole visible span is reduced again only
when the zoom changes or the view leaves what is kept. Its lowest and highest values come from the columns' nodes
where they have them.
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
    polyline,
    polyline_of_one,
)
from app.charts.runs import Runs

_NS = 1e9
_KEEP_SPANS = 6
"""How many visible spans of columns are kept before they are built anew."""
_FEW_ROWS = 16_384
"""So many rows of one column are read row by row."""
_MARGIN = 8
"""What is read again reaches beyond the left edge by the span over this, so that a drag does not read each frame."""


@dataclass(frozen=True, slots=True)
class TraceSpec:
    """How a series becomes a line. `across_gaps` joins it over missing ticks; `smooth` keeps one point
    a column.
    """

    text: str
    across_gaps: bool = False
    smooth: bool = False


def session_start(view: ColumnsView) -> int:
    """Return the first row held of the newest session."""
    return max(int(view.sessions()[-1]), view.first) if view.session_count else view.first


def rows_between(rows: Int64, start: int, stop: int) -> Int64:
    """Return those of some ascending rows that are in [start, stop)."""
    first, last = np.searchsorted(rows, (start, stop))
    return rows[first:last]


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

    @property
    def settled_s(self) -> float:
        """Return when the last settled point is, infinite where there is none."""
        return float(self._x[self._settled - 1]) if self._settled else np.inf

    def write(self, x: Float64, y: Float64, open_points: int) -> None:
        """Put points after the settled ones; all but the last column's, `open_points`, are settled from now on."""
        stop = self._settled + len(x)
        if stop > len(self._x):
            room = max(2 * stop, 4_096)
            self._x = np.concatenate((self._x[: self._settled], np.empty(room - self._settled)))
            self._y = np.concatenate((self._y[: self._settled], np.empty(room - self._settled)))
        self._x[self._settled : stop] = x
        self._y[self._settled : stop] = y
        self._count = stop
        self._settled = stop - open_points

    def numbers(self, left_s: float, right_s: float) -> tuple[int, int]:
        """Return which points, [start, stop), are those of a span, with some beyond each end: there the line
        enters and leaves it. A point keeps its number until everything is read again.
        """
        x = self._x[: self._count]
        start = max(int(np.searchsorted(x, left_s)) - 2, 0)
        return start, min(int(np.searchsorted(x, right_s, side="right")) + 2, self._count)

    def points(self, start: int, stop: int) -> tuple[Float64, Float64]:
        """Return the points of some numbers."""
        return self._x[start:stop], self._y[start:stop]

    def between(self, left_s: float, right_s: float) -> tuple[Float64, Float64]:
        """Return the points of a span, with some beyond each end."""
        return self.points(*self.numbers(left_s, right_s))


class Traces:
    """The lines of one chart. Times are seconds since `base_ns`, so that float64 keeps the nanosecond.

    After an `update` nothing before `changed_s` is other than it was; it is infinite where nothing is new.
    """

    def __init__(self) -> None:
        self.base_ns = 0
        self._traces: dict[TraceSpec, Trace] = {}
        self._width_ns = 0
        self._first = self._open = 0
        self.changed_s = -np.inf

    def reset(self, base_ns: int) -> None:
        """Forget the ticks: the columns started anew."""
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
        times = view.time_ns[: view.count]
        span = right_ns - left_ns
        before, after = np.searchsorted(times, (left_ns, right_ns + 1)).tolist()
        first = max(before - 1, view.first)
        stop = min(max(after, first) + 1, view.count)
        if self._must_start_again(view, first, left_ns - _KEEP_SPANS * span, width_ns):
            margin = int(np.searchsorted(times, left_ns - span // _MARGIN)) - 1
            self._start_again(max(margin, view.first), width_ns)
        elif stop > self._open:
            self.changed_s = self._from_open((int(times[self._open]) - self.base_ns) / _NS)
        else:
            self.changed_s = np.inf
        if stop > self._open:
            self._reduce(view, stop)

    def _from_open(self, open_s: float) -> float:
        """Return from when on lines change as the column fills that begins at `open_s`.

        A smooth line's only point in it moves, and with it the line from the point before.
        """
        return min([open_s, *(trace.settled_s for spec, trace in self._traces.items() if spec.smooth)])

    def _must_start_again(self, view: ColumnsView, first: int, oldest_ns: int, width_ns: int) -> bool:
        """Return whether what is kept is of another width, not what is shown, let go of, or too long."""
        if width_ns != self._width_ns or not self._first <= first <= self._open or self._open < view.first:
            return True
        since = max(self._first, view.first)
        return self._open > since and int(view.time_ns[since]) < oldest_ns

    def _start_again(self, row: int, width_ns: int) -> None:
        self._first = self._open = row
        self._width_ns = width_ns
        self.changed_s = -np.inf
        for trace in self._traces.values():
            trace.clear()

    def _reduce(self, view: ColumnsView, stop: int) -> None:
        start = self._open
        sessions = rows_between(view.sessions(), start, stop)
        breaks = rows_between(view.gaps(), start, stop)
        if len(sessions):
            breaks = np.union1d(breaks, sessions)
        if len(breaks) == 0 and self._is_one_column(view, start, stop):
            first_s, last_s = ((int(view.time_ns[row]) - self.base_ns) / _NS for row in (start, stop - 1))
            for spec, trace in self._traces.items():
                reach = _reach_of_one(view, spec, start, stop)
                one = ([last_s], [reach[3]]) if spec.smooth else polyline_of_one(first_s, last_s, reach)
                trace.write(np.array(one[0]), np.array(one[1]), len(one[0]))
            return
        starts = column_starts(view.time_ns, start, stop, self._width_ns, breaks)
        ends = column_ends(starts, stop)
        seconds = (view.time_ns[np.concatenate((starts, ends))] - self.base_ns) / _NS
        broken = self._at(starts, breaks)
        by_session = self._at(starts, sessions) if len(breaks) else broken
        columns = _Columns(Runs(starts, ends, view.noded, broken), seconds, broken, by_session)
        for smooth in (False, True):
            self._write(
                view, columns, [trace for spec, trace in self._traces.items() if spec.smooth is smooth]
            )
        self._open = int(starts[-1])

    def _is_one_column(self, view: ColumnsView, start: int, stop: int) -> bool:
        """Return whether rows lie in one column, which holds no more than are read row by row."""
        first_ns, last_ns = int(view.time_ns[start]), int(view.time_ns[stop - 1])
        return stop - start <= _FEW_ROWS and first_ns // self._width_ns == last_ns // self._width_ns

    def _write(self, view: ColumnsView, columns: _Columns, traces: list[Trace]) -> None:
        """Add the columns to lines of one kind, in one go: most frames add one or two."""
        if not traces:
            return
        many, n = len(traces), len(columns.runs)
        broken = np.concatenate([columns.broken_for(trace.spec) for trace in traces])
        each = [_extremes(view, trace.spec, columns.runs) for trace in traces]
        values = Extremes(*(np.concatenate(part) for part in zip(*map(_parts, each), strict=True)))
        first_s, last_s = np.tile(columns.seconds[:n], many), np.tile(columns.seconds[n:], many)
        make = closes if traces[0].spec.smooth else polyline
        x, y, points = make(PixelColumns(first_s, last_s, broken), values)
        stops = np.cumsum(points)[n - 1 :: n].tolist()
        for trace, start, stop, last in zip(
            traces, (0, *stops), stops, points[n - 1 :: n].tolist(), strict=False
        ):
            trace.write(x[start:stop], y[start:stop], last)

    def _at(self, starts: Int64, breaks: Int64) -> Bool:
        """Return which columns start at a break; the first column kept has nothing to be broken from."""
        if len(breaks) == 0:
            return np.zeros(len(starts), np.bool_)
        return np.isin(starts, breaks) & (starts > self._first)


@dataclass(frozen=True, slots=True)
class _Columns:
    """New columns: their rows, when each begins and, after all of these, ends, and where lines break."""

    runs: Runs
    seconds: Float64
    broken: Bool
    by_session: Bool

    def broken_for(self, spec: TraceSpec) -> Bool:
        return self.by_session if spec.across_gaps else self.broken


def _parts(values: Extremes) -> tuple[Float64, Float64, Float64, Float64]:
    return values.first, values.low, values.high, values.last


def _extremes(view: ColumnsView, spec: TraceSpec, runs: Runs) -> Extremes:
    values, divisor = _column(view, spec)
    if values is None:  # a series that was asked for and is not kept yet
        nothing = np.full(len(runs), np.nan)
        return Extremes(nothing, nothing, nothing, nothing)
    if spec.smooth:  # only the closing value is drawn
        last = values[runs.ends] / divisor
        return Extremes(last, last, last, last)
    return runs.extremes(values, view.nodes.get(spec.text), divisor)


def _reach_of_one(view: ColumnsView, spec: TraceSpec, start: int, stop: int) -> tuple[float, ...]:
    """Return the first, lowest, highest and last value of rows [start, stop)."""
    values, divisor = _column(view, spec)
    if values is None:
        return (np.nan,) * 4
    rows = values[start:stop]
    found = (rows[0], np.fmin.reduce(rows), np.fmax.reduce(rows), rows[-1])
    return tuple(float(each / divisor) for each in found)


def _column(view: ColumnsView, spec: TraceSpec) -> tuple[Float64 | Int64 | None, float]:
    """Return a series' values, None where it is not kept, and what they are to be divided by."""
    if spec.text == "price":
        return view.price, 10.0**view.price_scale
    if spec.text == "size":
        return view.size, 10.0**view.size_scale
    return view.series.get(spec.text), 1.0
