"""Terms in motion: each carries its state from span to span and tells on which rows it turns true.

Armed and disarmed are the two positions of a latch: a firing sets it, the hysteresis resets it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Protocol

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.instruments import TickBand
from analytics.rules.amounts import Hysteresis
from analytics.rules.difference import FloatComparison, FloatDifference, LevelComparison, LevelDifference
from analytics.rules.exact import ExactComparison, ExactDifference
from analytics.rules.latch import NO_ROWS, Latch
from analytics.rules.margin import Margins
from analytics.rules.sides import Values, floats_at, is_plain, is_vwap, scale_of
from analytics.rules.terms import Compare, Move, Op, Range, Side, Term
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64

Comparison = LevelComparison | ExactComparison | FloatComparison
Difference = LevelDifference | ExactDifference | FloatDifference
_NOT_YET = 2
"""Stands for the side of the range on which the tick before was, when there was none."""


class TermState(Protocol):
    """One term of one rule. Each span is read once, by `turns` or by `truth`."""

    def turns(self, span: Span, values: Values) -> Int64:
        """Return the rows on which the term happens or becomes true, ascending."""

    def truth(self, span: Span, values: Values) -> Bool:
        """Return where the term is true, shape (n,): a state, or a crossing on its own row."""

    def rights(self, span: Span, values: Values, rows: Int64) -> Float64:
        """Return the right side at some rows of the span read last; NaN where it has none."""


def term_state(term: Term, hysteresis: Hysteresis, bands: tuple[TickBand, ...]) -> TermState:
    """Return the state of a term that starts armed; `bands` is the instrument's grid."""
    margins = Margins(hysteresis, bands)
    if isinstance(term, Move):
        return MoveState(term)
    if isinstance(term, Range):
        return RangeState(term, margins)
    return CrossingState(term, margins) if term.op.is_crossing else LevelState(term, margins)


def comparison(left: SeriesSpec, right: Side, margins: Margins) -> Comparison:
    """Return the way to compare two sides."""
    if left.is_column and isinstance(right, Fraction):
        return LevelComparison(left, right, margins)
    if (
        (is_plain(left) or is_vwap(left))
        and (is_plain(right) or is_vwap(right))
        and not (is_vwap(left) and is_vwap(right))
    ):
        return ExactComparison(left, right, margins)
    return FloatComparison(left, right, margins)


class LevelState:
    """``above`` and ``below``: true from d beyond 0 until it is the hysteresis on the other side."""

    def __init__(self, term: Compare, margins: Margins) -> None:
        self._right = term.right
        self._up = term.op is Op.ABOVE
        self._comparison = comparison(term.left, term.right, margins)
        self._latch = Latch()

    def _read(self, span: Span, values: Values) -> tuple[Callable[[], Bool], Callable[[], Bool]]:
        d = self._comparison.over(span, values)
        return (d.positive, d.far_below) if self._up else (d.negative, d.far_above)

    def turns(self, span: Span, values: Values) -> Int64:
        """Return the rows on which the state becomes true."""
        return self._latch.turns(*self._read(span, values))

    def truth(self, span: Span, values: Values) -> Bool:
        """Return where the state is true."""
        return self._latch.states(*self._read(span, values))

    def rights(self, span: Span, values: Values, rows: Int64) -> Float64:
        """Return the right side at some rows."""
        return floats_at(self._right, span, values, rows)


class _Crossing:
    """Crossings of one direction. What lies beyond before any tick that does not is no crossing."""

    def __init__(self, up: bool) -> None:
        self._up = up
        self._begun = False
        self._latch = Latch()

    def turns(self, d: Difference) -> Int64:
        set_on, reset_on = (d.positive, d.far_below) if self._up else (d.negative, d.far_above)
        if self._begun:
            return self._latch.turns(set_on, reset_on)
        beyond, valid = set_on(), d.valid
        before = ~beyond if valid is None else valid & ~beyond
        first = int(before.argmax())
        if not before[first]:
            return NO_ROWS
        self._begun = True
        beyond[:first] = False
        return self._latch.turns(lambda: beyond, reset_on)


class CrossingState:
    """``crosses above``, ``crosses below``, and ``crosses``, which is both, armed separately."""

    def __init__(self, term: Compare, margins: Margins) -> None:
        self._right = term.right
        self._comparison = comparison(term.left, term.right, margins)
        self._crossings = [
            _Crossing(up)
            for up, one_way in ((True, Op.CROSSES_ABOVE), (False, Op.CROSSES_BELOW))
            if term.op in (one_way, Op.CROSSES)
        ]

    def turns(self, span: Span, values: Values) -> Int64:
        """Return the rows of the crossings."""
        d = self._comparison.over(span, values)
        if len(self._crossings) == 1:
            return self._crossings[0].turns(d)
        return np.sort(np.concatenate([crossing.turns(d) for crossing in self._crossings]))

    def truth(self, span: Span, values: Values) -> Bool:
        """Return True on the rows of the crossings."""
        return _marked(self.turns(span, values), span)

    def rights(self, span: Span, values: Values, rows: Int64) -> Float64:
        """Return the right side at some rows."""
        return floats_at(self._right, span, values, rows)


class RangeState:
    """``enters`` and ``leaves``, each armed for the lower (-1) and the upper side (1) on its own."""

    def __init__(self, term: Range, margins: Margins) -> None:
        self._term = term
        self._enters = term.op is Op.ENTERS
        self._to_low = comparison(term.left, term.low, margins)
        self._to_high = comparison(term.left, term.high, margins)
        self._latches = {-1: Latch(), 1: Latch()}
        self._before = _NOT_YET
        self._crossed: dict[int, int] = {}

    def turns(self, span: Span, values: Values) -> Int64:
        """Return the rows on which the range is entered or left."""
        self._crossed = {}
        low, high = self._to_low.over(span, values), self._to_high.over(span, values)
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

    def truth(self, span: Span, values: Values) -> Bool:
        """Return True on the rows on which the range is entered or left."""
        return _marked(self.turns(span, values), span)

    def rights(self, span: Span, values: Values, rows: Int64) -> Float64:
        """Return the end that was crossed at some rows; where none was, the nearer one."""
        term = self._term
        low, high, left = (floats_at(side, span, values, rows) for side in (term.low, term.high, term.left))
        crossed = [self._crossed.get(row, 0) for row in rows.tolist()]
        nearer = np.where(abs(left - high) < abs(left - low), 1, -1)
        return np.where(np.where(crossed, crossed, nearer) < 0, low, high)


class MoveState:
    """``price moves``: true where the price is far enough from the one a window ago, exactly."""

    def __init__(self, term: Move) -> None:
        self._window = term.window
        self._share = term.percent / 100
        self._latch = Latch()

    def _read(self, span: Span) -> tuple[Callable[[], Bool], Callable[[], Bool]]:
        row = span.row_at_or_before(self._window)
        valid = (row >= span.session_first) & (span.session != NO_SESSION)
        columns, share = span.columns, self._share
        price = columns.column("price")
        before = price[np.maximum(row, 0)]
        moved, against = price[span.start : span.stop] - before, before
        largest = abs(columns.reference) + columns.largest_d
        if 2 * largest * max(share.numerator, share.denominator) >= 2**62:
            moved, against = moved.astype(object), against.astype(object)
        far = abs(moved) * share.denominator >= abs(against) * share.numerator
        return lambda: far & valid, lambda: ~far & valid

    def turns(self, span: Span, values: Values) -> Int64:  # noqa: ARG002  (price alone is needed)
        """Return the rows on which the move becomes large enough."""
        return self._latch.turns(*self._read(span))

    def truth(self, span: Span, values: Values) -> Bool:  # noqa: ARG002
        """Return where the move is large enough."""
        return self._latch.states(*self._read(span))

    def rights(self, span: Span, values: Values, rows: Int64) -> Float64:  # noqa: ARG002
        """Return the price that a row's price is compared with; NaN where there is none."""
        before = span.row_at_or_before(self._window)[rows]
        none = (before < span.session_first[rows]) | (span.session[rows] == NO_SESSION)
        found: Float64 = span.columns.column("price")[before] / 10.0 ** scale_of("price", span)
        found[none] = np.nan
        return found


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


def _marked(rows: Int64, span: Span) -> Bool:
    marked = np.zeros(len(span), np.bool_)
    marked[rows] = True
    return marked
