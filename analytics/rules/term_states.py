"""Terms in motion: each carries its state from span to span and tells on which rows it turns true.

Armed and disarmed are the two positions of a latch: a firing sets it, the hysteresis resets it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.instruments import TickBand
from analytics.rules.amounts import Hysteresis
from analytics.rules.difference import FloatComparison, FloatDifference, LevelComparison, LevelDifference
from analytics.rules.exact import ExactComparison, ExactDifference
from analytics.rules.latch import NO_ROWS, Latch
from analytics.rules.margin import Margins
from analytics.rules.sides import Values, is_plain, is_vwap, scale_of, value_at
from analytics.rules.terms import Compare, Move, Op, Range, Side, Term
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Bool, Int64

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

    def value(self, span: Span, values: Values, row: int) -> float:
        """Return the right side at a row of the span read last; NaN where it has none."""


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

    def _read(self, span: Span, values: Values) -> tuple[Bool, Bool]:
        d = self._comparison.over(span, values)
        return (d.positive(), d.far_below()) if self._up else (d.negative(), d.far_above())

    def turns(self, span: Span, values: Values) -> Int64:
        """Return the rows on which the state becomes true."""
        return self._latch.turns(*self._read(span, values))

    def truth(self, span: Span, values: Values) -> Bool:
        """Return where the state is true."""
        return self._latch.states(*self._read(span, values))

    def value(self, span: Span, values: Values, row: int) -> float:
        """Return the right side at a row."""
        return value_at(self._right, span, values, row)


class _Crossing:
    """Crossings of one direction. What lies beyond before any tick that does not is no crossing."""

    def __init__(self, up: bool) -> None:
        self._up = up
        self._begun = False
        self._latch = Latch()

    def turns(self, d: Difference) -> Int64:
        beyond, back = (d.positive(), d.far_below()) if self._up else (d.negative(), d.far_above())
        if not self._begun:
            before = ~beyond if d.valid is None else d.valid & ~beyond
            first = int(before.argmax())
            if not before[first]:
                return NO_ROWS
            self._begun = True
            beyond[:first] = False
        return self._latch.turns(beyond, back)


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

    def value(self, span: Span, values: Values, row: int) -> float:
        """Return the right side at a row."""
        return value_at(self._right, span, values, row)


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
        low, high = self._to_low.over(span, values), self._to_high.over(span, values)
        below, above = low.negative(), high.positive()
        place = above.astype(np.int8)
        place[below] = -1
        inside = place == 0
        if self._enters:
            again = {-1: below & low.far_below(), 1: above & high.far_above()}
        else:
            again = {-1: inside & low.far_above(), 1: inside & high.far_below()}
        rows = _both(low.valid, high.valid)
        if rows is not None:
            place = place[rows]
            again = {side: armed[rows] for side, armed in again.items()}
        if not len(place):
            return NO_ROWS
        before = np.empty_like(place)
        before[0], before[1:] = self._before, place[:-1]
        self._before = int(place[-1])
        start, stop = (before, place) if self._enters else (place, before)
        self._crossed = {}
        for side, latch in self._latches.items():
            found = latch.turns((stop == 0) & (start == side), again[side])
            self._crossed.update(dict.fromkeys((found if rows is None else rows[found]).tolist(), side))
        return np.array(sorted(self._crossed), np.int64)

    def truth(self, span: Span, values: Values) -> Bool:
        """Return True on the rows on which the range is entered or left."""
        return _marked(self.turns(span, values), span)

    def value(self, span: Span, values: Values, row: int) -> float:
        """Return the end that was crossed at a row; where none was, the nearer one."""
        low, high = (value_at(end, span, values, row) for end in (self._term.low, self._term.high))
        side = self._crossed.get(row)
        if side is None:
            left = value_at(self._term.left, span, values, row)
            side = 1 if abs(left - high) < abs(left - low) else -1
        return low if side < 0 else high


class MoveState:
    """``price moves``: true where the price is far enough from the one a window ago, exactly."""

    def __init__(self, term: Move) -> None:
        self._window = term.window
        self._share = term.percent / 100
        self._latch = Latch()

    def _read(self, span: Span) -> tuple[Bool, Bool]:
        row = span.row_at_or_before(self._window)
        valid = (row >= span.session_first) & (span.session != NO_SESSION)
        price = span.columns.column("price")
        before = price[np.where(valid, row, span.start)]
        moved = np.abs(price[span.start : span.stop] - before)
        against = np.abs(before)
        share = self._share
        if int(moved.max()) * share.denominator < 2**62 and int(against.max()) * share.numerator < 2**62:
            far = moved * share.denominator >= against * share.numerator
        else:
            far = moved.astype(object) * share.denominator >= against.astype(object) * share.numerator
        far = far.astype(np.bool_)
        return far & valid, ~far & valid

    def turns(self, span: Span, values: Values) -> Int64:  # noqa: ARG002  (price alone is needed)
        """Return the rows on which the move becomes large enough."""
        return self._latch.turns(*self._read(span))

    def truth(self, span: Span, values: Values) -> Bool:  # noqa: ARG002
        """Return where the move is large enough."""
        return self._latch.states(*self._read(span))

    def value(self, span: Span, values: Values, row: int) -> float:  # noqa: ARG002
        """Return the price that a row's price is compared with; NaN where there is none."""
        before = int(span.row_at_or_before(self._window)[row])
        if before < int(span.session_first[row]) or span.session[row] == NO_SESSION:
            return float("nan")
        return float(span.columns.column("price")[before] / 10.0 ** scale_of("price", span))


def _both(first: Bool | None, second: Bool | None) -> Int64 | None:
    """Return the rows on which both differences have a value; None for all."""
    if first is None:
        return None if second is None else np.flatnonzero(second)
    return np.flatnonzero(first if second is None else first & second)


def _marked(rows: Int64, span: Span) -> Bool:
    marked = np.zeros(len(span), np.bool_)
    marked[rows] = True
    return marked
