"""A range in motion: entered and left, each end armed on its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from analytics.rules.comparing import Comparer, Difference
from analytics.rules.latch import NO_ROWS, Latch, marked
from analytics.rules.sides import Steps
from analytics.rules.terms import Op, Range
from analytics.ticks import Bool, Float64, Int64

_NOT_YET = 2
"""Stands for the side of the range on which the tick before was, when there was none."""


class RangeState:
    """``enters`` and ``leaves``, each armed for the lower (-1) and the upper side (1) on its own."""

    HOLDS = ("_before",)

    def __init__(self, term: Range, compare: Comparer) -> None:
        self._term = term
        self._enters = term.op is Op.ENTERS
        self._to_low = compare(term.left, term.low)
        self._to_high = compare(term.left, term.high)
        self._latches = {-1: Latch(), 1: Latch()}
        self._before = _NOT_YET
        self._crossed: dict[int, int] = {}

    def turns(self, steps: Steps) -> Int64:
        """Return the rows on which the range is entered or left."""
        self._crossed = {}
        low, high = self._to_low.over(steps), self._to_high.over(steps)
        below, above = low.negative(), high.positive()
        if self._stays(low, high, below, above):
            return NO_ROWS
        place = above.astype(np.int8)
        place[below] = -1
        rows = _both(low.valid, high.valid)
        if rows is not None:
            place, below, above = place[rows], below[rows], above[rows]
            if not len(rows):
                return NO_ROWS
        before = np.empty_like(place)
        before[0], before[1:] = self._before, place[:-1]
        self._before = int(place[-1])
        inside = place == 0
        for side, out, outwards, inwards in (
            (-1, below, low.far_below, low.far_above),
            (1, above, high.far_above, high.far_below),
        ):
            if self._enters:
                crosses, arms = inside & (before == side), partial(_where, out, outwards, rows)
            else:
                crosses, arms = (place == side) & (before == 0), partial(_where, inside, inwards, rows)
            found = self._latches[side].turns(partial(np.asarray, crosses), arms)
            self._crossed.update(dict.fromkeys((found if rows is None else rows[found]).tolist(), side))
        return np.array(sorted(self._crossed), np.int64)

    def _stays(self, low: Difference, high: Difference, below: Bool, above: Bool) -> bool:
        """Return whether all rows are where the row before was, and there is nothing to arm again."""
        arms_here = self._enters == (self._before != 0)
        if arms_here and (self._latches[-1].on or self._latches[1].on):
            return False
        all_below, any_below = _count(below) == len(below), _count(below) > 0
        if self._before == -1:
            return all_below
        if self._before == 1:
            return _count(above) == len(above) and not any_below
        outside = any_below or _count(above) > 0
        return self._before == 0 and not outside and low.valid is None and high.valid is None

    def truth(self, steps: Steps) -> Bool:
        """Return True on the rows on which the range is entered or left."""
        return marked(self.turns(steps), len(steps))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the end that was crossed at some rows; where none was, the nearer one."""
        term = self._term
        low, high, left = (steps.floats_at(side, rows) for side in (term.low, term.high, term.left))
        crossed = [self._crossed.get(row, 0) for row in rows.tolist()]
        nearer = np.where(abs(left - high) < abs(left - low), 1, -1)
        return np.where(np.where(crossed, crossed, nearer) < 0, low, high)


def _count(found: Bool) -> int:
    return int(np.count_nonzero(found))


def _where(place: Bool, far: Callable[[], Bool], rows: Int64 | None) -> Bool:
    """Return which of the rows with a value are at a place, and far there."""
    return place & (far() if rows is None else far()[rows])


def _both(first: Bool | None, second: Bool | None) -> Int64 | None:
    """Return the rows on which both differences have a value; None for all."""
    if first is None:
        return None if second is None else second.nonzero()[0]
    return (first if second is None else first & second).nonzero()[0]
