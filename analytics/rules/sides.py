"""The sides of a comparison over the steps on which it is made.

The steps of what concerns one symbol are the rows of its span; those of what concerns several are the
ticks of any of them (`analytics.rules.joint`). Each side is told as float64, as exact quotients of
integers, and with a bound of both.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.rules.terms import Operand, Side
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64

Values: TypeAlias = Callable[[SeriesSpec], Float64]
"""Gives a computed series' float64 values of the span's rows, shape (n,), NaN where it has none."""
Whole: TypeAlias = NDArray[Any] | int
"""Whole numbers: int64 where products are proved to fit, else Python's own in an object array."""


class Quotient:
    """A side at some steps as (reference · weight + shift) / (weight · 10**scale), exactly.

    For a number, price, size or VWAP; of a VWAP the weight is Σv and the shift Σv·(p - reference).
    `numerator_bound` and `weight_bound` are at least 1.
    """

    def __init__(self, scale: int, shift: Whole, weight: Whole = 1, reference: int = 0) -> None:
        self.scale = scale
        self._shift = shift
        self._weight = weight
        self._reference = reference
        self.weight_bound = _bound(weight)
        self.numerator_bound = abs(reference) * self.weight_bound + _bound(shift)

    @property
    def missing(self) -> Bool | None:
        """Return where there is no weight, so that the value comes from elsewhere; None for nowhere."""
        if isinstance(self._weight, int):
            return None
        missing: Bool = self._weight == 0
        return missing if np.count_nonzero(missing) else None

    def read(self, wide: bool) -> tuple[Whole, Whole]:
        """Return (numerator, weight), as Python's integers where `wide`."""
        weight, shift = (_widened(each, wide) for each in (self._weight, self._shift))
        return self._reference * weight + shift, weight


class Steps(Protocol):
    """The steps of a comparison, in order."""

    def __len__(self) -> int:
        """Return how many there are."""

    def floats(self, side: Side) -> Float64 | float:
        """Return a side's values, shape (n,), NaN where it has none; a number is one float."""

    def floats_at(self, side: Side, steps: Int64) -> Float64:
        """Return a side's values at some steps, shape of `steps`, NaN where it has none."""

    def largest(self, side: Side) -> float:
        """Return a bound of |side| and of all that its float64 value is computed from.

        For numbers, price, size and a VWAP only; the latter is a mean of prices, and is taken from their
        distance to the reference.
        """

    def quotient(self, side: Side, steps: Int64) -> Quotient:
        """Return a side at some steps on which it has a value, exactly; for the same sides."""


class SpanSteps:
    """The rows of one symbol's span. Sides name no symbol."""

    __slots__ = ("_values", "span")

    def __init__(self, span: Span, values: Values) -> None:
        self.span = span
        self._values = values

    def __len__(self) -> int:
        return len(self.span)

    def floats(self, side: Side) -> Float64 | float:
        """Return a side's values over the span."""
        if isinstance(side, Fraction):
            return float(side)
        spec = own(side)
        if spec.is_column:
            column: Float64 = rows_of(spec.name, self.span) / 10.0 ** scale_of(spec.name, self.span)
            return column
        return self._values(spec)

    def floats_at(self, side: Side, steps: Int64) -> Float64:
        """Return a side's values at some rows."""
        if isinstance(side, Fraction):
            return np.full(len(steps), float(side))
        spec = own(side)
        if spec.is_column:
            column: Float64 = rows_of(spec.name, self.span)[steps] / 10.0 ** scale_of(spec.name, self.span)
            return column
        return self._values(spec)[steps]

    def largest(self, side: Side) -> float:
        """Return a bound of a side."""
        columns = self.span.columns
        if isinstance(side, Fraction):
            return float(abs(side))
        if side.name == "size":
            return float(rows_of("size", self.span).max()) / 10.0**columns.size_scale
        return (abs(columns.reference) + columns.largest_d) / 10.0**columns.price_scale

    def quotient(self, side: Side, steps: Int64) -> Quotient:
        """Return a side at some rows, exactly."""
        if isinstance(side, Fraction):
            return Quotient(0, side.numerator, side.denominator)
        columns, window = self.span.columns, side.window
        if window is not None:
            sums = self.span.sums(window)
            return Quotient(columns.price_scale, sums.vd[steps], sums.v[steps], columns.reference)
        return Quotient(scale_of(side.name, self.span), rows_of(side.name, self.span)[steps])


def own(side: Operand) -> SeriesSpec:
    """Return a series of the span's own symbol."""
    assert isinstance(side, SeriesSpec), side
    return side


def span_of(steps: Steps) -> Span:
    """Return the span whose rows the steps are; for terms that concern one symbol."""
    assert isinstance(steps, SpanSteps)
    return steps.span


def is_plain(side: Side) -> bool:
    """Return whether a side is a number, price or size."""
    return isinstance(side, Fraction) or side.is_column


def is_vwap(side: Side) -> bool:
    """Return whether a side is a VWAP, not one of its bands."""
    return not isinstance(side, Fraction) and side.name == "vwap"


def scale_of(column: str, span: Span) -> int:
    """Return the decimals of ``price`` or ``size`` in a span."""
    return span.columns.price_scale if column == "price" else span.columns.size_scale


def rows_of(column: str, span: Span) -> Int64:
    """Return a span's ``price`` or ``size`` in integer units, shape (n,)."""
    found: Int64 = span.columns.column(column)[span.start : span.stop]
    return found


def _bound(whole: Whole) -> int:
    return max(1, abs(whole) if isinstance(whole, int) else int(np.abs(whole).max()))


def _widened(whole: Whole, wide: bool) -> Whole:
    return whole.astype(object) if wide and not isinstance(whole, int) else whole
