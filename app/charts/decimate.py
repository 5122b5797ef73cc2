"""Ticks to pixel columns: what a line keeps of the ticks that fall on one column of the screen.

A column is a run of rows whose times share one cell of a grid that stands still in time, so a column
that is over never changes and scrolling does not make the line shimmer. Of each column the first,
lowest, highest and last value are kept; a break (a gap, another session) always starts a new column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.ticks import Bool, Float64, Int64

POINTS_A_COLUMN = 5
"""The most points one column adds to a line: a separator, first, two extremes, last."""


@dataclass(frozen=True, slots=True)
class PixelColumns:
    """When n columns begin and end, in seconds, each shape (n,).

    `broken` says that a column must not be joined to the one before.
    """

    first_s: Float64
    last_s: Float64
    broken: Bool

    def __len__(self) -> int:
        return len(self.first_s)


def column_starts(time_ns: Int64, start: int, stop: int, width_ns: int, breaks: Int64) -> Int64:
    """Return the rows of [start, stop) that start a pixel column, ascending, `start` among them.

    `time_ns` ascends; columns end at whole multiples of `width_ns`. `breaks` are rows, ascending, that
    start a column wherever they fall; those outside (start, stop) are ignored. The cost is columns x
    log(rows): no row is looked at but by bisection.
    """
    if stop <= start:
        return np.empty(0, np.int64)
    times = time_ns[start:stop]
    first, last = int(times[0]) // width_ns, int(times[-1]) // width_ns
    if last - first < stop - start:
        edges = np.arange(first + 1, last + 1, dtype=np.int64) * width_ns
        rows = np.searchsorted(times, edges) + start
    else:  # more columns than rows: ask the rows
        cells = times // width_ns
        rows = np.flatnonzero(cells[1:] != cells[:-1]) + (start + 1)
    inside = breaks[np.searchsorted(breaks, start, side="right") : np.searchsorted(breaks, stop)]
    merged = np.concatenate((np.array([start], np.int64), rows.astype(np.int64, copy=False), inside))
    if len(inside):
        merged.sort()
    keep = np.empty(len(merged), np.bool_)
    keep[0] = True
    np.not_equal(merged[1:], merged[:-1], out=keep[1:])
    return merged[keep]


def column_ends(starts: Int64, stop: int) -> Int64:
    """Return the last row of each column; `stop` is the row after the last column's last."""
    ends = np.empty_like(starts)
    ends[:-1] = starts[1:]
    ends[-1] = stop
    return ends - 1


@dataclass(frozen=True, slots=True)
class Extremes:
    """First, lowest, highest and last value of n columns, each shape (n,).

    `low` and `high` skip NaN and are NaN where a column has nothing else; `first` and `last` may be NaN.
    """

    first: Float64
    low: Float64
    high: Float64
    last: Float64


def extremes(values: Float64 | Int64, rows: tuple[Int64, Int64], divisor: float = 1.0) -> Extremes:
    """Return the extremes of columns that start and end at `rows`, the values divided by `divisor`.

    `values` holds all rows; those from the first start to the last end are read, and only the results
    are divided, so that integer prices need no copy as floats.
    """
    starts, ends = rows
    inside = values[: int(ends[-1]) + 1]
    found = (
        values[starts],
        np.fmin.reduceat(inside, starts),
        np.fmax.reduceat(inside, starts),
        values[ends],
    )
    return Extremes(*(part / divisor for part in found))


def polyline(columns: PixelColumns, values: Extremes) -> tuple[Float64, Float64, Int64]:
    """Return a line through the columns as (x, y, points of each column); y is NaN where it breaks.

    x is in seconds and never descends, separators included. Extremes stand halfway through their
    column, the one nearer to the first value first; those equal to the first or last value add no point.
    """
    n = len(columns)
    x = np.empty((n, POINTS_A_COLUMN))
    y = np.empty((n, POINTS_A_COLUMN))
    keep = np.empty((n, POINTS_A_COLUMN), np.bool_)
    first, last, low, high = values.first, values.last, values.low, values.high
    falling = last < first
    x[:, 0] = x[:, 1] = columns.first_s
    x[:, 2] = x[:, 3] = (columns.first_s + columns.last_s) / 2
    x[:, 4] = columns.last_s
    y[:, 0] = np.nan
    y[:, 1] = first
    y[:, 2] = np.where(falling, high, low)
    y[:, 3] = np.where(falling, low, high)
    y[:, 4] = last
    keeps_low = ~(low >= np.fmin(first, last))
    keeps_high = ~(high <= np.fmax(first, last))
    keep[:, 0] = columns.broken
    keep[:, 1] = True
    keep[:, 2] = np.where(falling, keeps_high, keeps_low)
    keep[:, 3] = np.where(falling, keeps_low, keeps_high)
    keep[:, 4] = columns.last_s > columns.first_s
    keep[:, 4] |= ~(last == first)  # ticks of one instant; NaN is a point as well
    return x[keep], y[keep], keep.sum(axis=1)


def polyline_of_one(
    first_s: float, last_s: float, reach: tuple[float, ...]
) -> tuple[list[float], list[float]]:
    """Return what `polyline` does of a single column that is not broken, in a tenth of the time.

    `reach` are its first, lowest, highest and last value.
    """
    first, low, high, last = reach
    known = [value for value in (first, last) if not math.isnan(value)] or [math.nan]
    middle = [low] if not low >= min(known) else []
    middle += [high] if not high <= max(known) else []
    if last < first:
        middle.reverse()
    x = [first_s, *((first_s + last_s) / 2 for _ in middle)]
    y = [first, *middle]
    if last_s > first_s or last != first:
        x.append(last_s)
        y.append(last)
    return x, y


def closes(columns: PixelColumns, values: Extremes) -> tuple[Float64, Float64, Int64]:
    """Return one point a column, its last value, as `polyline` does: for smooth series drawn in pairs.

    Two series over the same columns get the same x, so the space between them can be filled.
    """
    n = len(columns)
    x = np.repeat(columns.last_s, 2).reshape(n, 2)
    x[:, 0] = columns.first_s
    y = np.empty((n, 2))
    y[:, 0] = np.nan
    y[:, 1] = values.last
    keep = np.ones((n, 2), np.bool_)
    keep[:, 0] = columns.broken
    return x[keep], y[keep], keep.sum(axis=1)
