"""The sides of a comparison over a span: as float64, as exact quotients of integers, and their bounds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.rules.terms import Side
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Float64, Int64

Values: TypeAlias = Callable[[SeriesSpec], Float64]
"""Gives a computed series' float64 values of the span's rows, shape (n,), NaN where it has none."""
Whole: TypeAlias = NDArray[Any] | int
"""Whole numbers: int64 where products are proved to fit, else Python's own in an object array."""


def is_plain(side: Side) -> bool:
    """Return whether a side is a number, price or size."""
    return isinstance(side, Fraction) or side.is_column


def is_vwap(side: Side) -> bool:
    """Return whether a side is a VWAP, not one of its bands."""
    return isinstance(side, SeriesSpec) and side.name == "vwap"


def scale_of(column: str, span: Span) -> int:
    """Return the decimals of ``price`` or ``size`` in a span."""
    return span.columns.price_scale if column == "price" else span.columns.size_scale


def rows_of(column: str, span: Span) -> Int64:
    """Return a span's ``price`` or ``size`` in integer units, shape (n,)."""
    found: Int64 = span.columns.column(column)[span.start : span.stop]
    return found


def floats(side: Side, span: Span, values: Values) -> Float64 | float:
    """Return a side's values over a span, shape (n,), NaN where it has none; a number is one float."""
    if isinstance(side, Fraction):
        return float(side)
    if side.is_column:
        column: Float64 = rows_of(side.name, span) / 10.0 ** scale_of(side.name, span)
        return column
    return values(side)


def floats_at(side: Side, span: Span, values: Values, rows: Int64) -> Float64:
    """Return a side's values at some rows of a span, shape of `rows`, NaN where it has none."""
    if isinstance(side, Fraction):
        return np.full(len(rows), float(side))
    if side.is_column:
        column: Float64 = rows_of(side.name, span)[rows] / 10.0 ** scale_of(side.name, span)
        return column
    return values(side)[rows]


def largest(side: Side, span: Span) -> float:
    """Return a bound of |side| and of all that its float64 value is computed from.

    For numbers, price, size and a VWAP only; the latter is a mean of prices, and is taken from their
    distance to the reference.
    """
    columns = span.columns
    if isinstance(side, Fraction):
        return float(abs(side))
    if side.name == "size":
        return float(rows_of("size", span).max()) / 10.0**columns.size_scale
    return (abs(columns.reference) + columns.largest_d) / 10.0**columns.price_scale


class Quotient:
    """A side at some rows as (reference · weight + shift) / (weight · 10**scale), exactly.

    For a number, price, size or VWAP; of a VWAP the weight is Σv and the shift Σv·(p - reference).
    `numerator_bound` and `weight_bound` are at least 1.
    """

    def __init__(self, side: Side, span: Span, rows: Int64) -> None:
        self._reference = 0
        self._weight: Whole = 1
        self._shift: Whole
        if isinstance(side, Fraction):
            self.scale = 0
            self._weight, self._shift = side.denominator, side.numerator
        elif side.window is not None:
            sums = span.sums(side.window)
            self.scale = span.columns.price_scale
            self._reference = span.columns.reference
            self._weight, self._shift = sums.v[rows], sums.vd[rows]
        else:
            self.scale = scale_of(side.name, span)
            self._shift = rows_of(side.name, span)[rows]
        self.weight_bound = _bound(self._weight)
        self.numerator_bound = abs(self._reference) * self.weight_bound + _bound(self._shift)

    def read(self, wide: bool) -> tuple[Whole, Whole]:
        """Return (numerator, weight), as Python's integers where `wide`."""
        weight, shift = (_widened(each, wide) for each in (self._weight, self._shift))
        return self._reference * weight + shift, weight


def _bound(whole: Whole) -> int:
    return max(1, abs(whole) if isinstance(whole, int) else int(np.abs(whole).max()))


def _widened(whole: Whole, wide: bool) -> Whole:
    return whole.astype(object) if wide and not isinstance(whole, int) else whole
