"""Columns about a baseline: signed volume, or the histogram of two means."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QPainter

from analytics.ticks import Bool, Float64, Int64
from app.charts.rects import fill_rects
from app.charts.sheet import Strip

_NS = 1e9
_ROUNDING = 1e-6
"""Times are seconds in float64: one at a column's very edge belongs to what begins there."""
_WIDEST = 3
"""A column that stands alone is so many pixels wide at most."""
_AFTER = 2
"""So many points after a strip tell where its last column ends: a break and a value."""
_NONE = np.empty(0)


class SignedColumns:
    """From a baseline up to the highest and down to the lowest value of each column of the screen.

    What is `held` stands until the next value comes, but for breaks: the columns are closed up to an area.
    """

    z = 6.0

    def __init__(self, baseline: float, *, held: bool) -> None:
        self.baseline = baseline
        self._held = held
        self._x = self._y = _NONE
        self._colours = (QColor(), QColor())

    def set_colours(self, above: QColor, below: QColor) -> None:
        """Wear colours."""
        self._colours = (above, below)

    def set_points(self, x: Float64, y: Float64) -> None:
        """Show points, x in seconds; NaN breaks what is held."""
        self._x, self._y = x, y

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw the columns that touch a strip."""
        x, y = self._near(strip)
        finite = np.isfinite(y)
        if not finite.any():
            return
        breaks = np.cumsum(~finite)[finite]
        x, y = x[finite], y[finite]
        cell = _cells(x, strip)
        first = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
        last = np.append(first[1:], len(cell)) - 1
        left = cell[first]
        right = self._ends(left, breaks[first[1:]] != breaks[last[:-1]], max(round(strip.ratio), 1))
        low, high = np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)
        self._fill(painter, strip, (left, right), (low, high))

    def _near(self, strip: Strip) -> tuple[Float64, Float64]:
        """Return the points of a strip, with all of the column before it and with what comes after it."""
        x = self._x
        edges = [strip.second_at(at - _ROUNDING) for at in (strip.left, strip.right)]
        start, stop = x.searchsorted(edges).tolist()
        if start:
            column = int(_cells(x[start - 1 : start], strip)[0])
            start = int(x.searchsorted(strip.second_at(column - _ROUNDING)))
        near = slice(start, stop + _AFTER)
        return x[near], self._y[near]

    def _ends(self, left: Int64, broken: Bool, unit: int) -> Int64:
        """Return where columns end that begin at `left`; `broken` says which are not joined to the next."""
        right, following = left + unit, left[1:]
        if not self._held:
            following = np.clip(following - unit, right[:-1], left[:-1] + _WIDEST * unit)
        right[:-1] = np.where(broken, right[:-1], following)
        return right

    def _fill(
        self, painter: QPainter, strip: Strip, across: tuple[Int64, Int64], reach: tuple[Float64, Float64]
    ) -> None:
        scale, unit = strip.scale, max(round(strip.ratio), 1)
        low, high = (
            np.floor((scale.high - values) / (scale.high - scale.low) * scale.height * strip.ratio).astype(
                np.int64
            )
            for values in reach
        )
        base = strip.row(self.baseline)
        rising, falling = reach[1] > self.baseline, reach[0] < self.baseline
        left, right = across
        foot = np.full(len(left), base)
        above, below = self._colours
        fill_rects(
            painter,
            (left[rising], np.minimum(high, base - unit)[rising], right[rising], foot[rising]),
            above,
        )
        fill_rects(
            painter,
            (left[falling], foot[falling], right[falling], np.maximum(low, base + unit)[falling]),
            below,
        )


def _cells(x: Float64, strip: Strip) -> Int64:
    """Return the column of each instant."""
    found: Int64 = np.floor((x - strip.second_at(0)) * _NS / strip.column_ns + _ROUNDING).astype(np.int64)
    return found
