"""Exact differences between prices, sizes, numbers and one VWAP.

The float64 difference decides wherever it is further from the threshold than all rounding together
could take it; the few rows that are nearer are decided in integers, price·Σv against Σpv. So a price
that equals the VWAP to the last digit is neither above nor below it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analytics.rules.margin import Margin, Margins
from analytics.rules.sides import Quotient, Values, Whole, floats, largest
from analytics.rules.terms import Side
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64

_ROUNDING = 2.0**-47
"""Share of the sum of all bounds; the roundings behind a difference sum up to less than a third of it."""
_FITS = 2**62
"""Products below this fit int64, and so do their sums."""


class ExactComparison:
    """Two sides of which the exact quotients are known."""

    def __init__(self, left: SeriesSpec, right: Side, margins: Margins) -> None:
        self._left = left
        self._right = right
        self._margins = margins
        self._fixed = margins.beside(right) if isinstance(right, Fraction) else None

    def over(self, span: Span, values: Values) -> ExactDifference:
        """Return the difference over a span."""
        left, right = floats(self._left, span, values), floats(self._right, span, values)
        right_bound = largest(self._right, span)
        bound = largest(self._left, span) + right_bound + self._margins.largest(right_bound)
        tolerance = _ROUNDING * bound
        margin = self._fixed or self._margins.over(right, tolerance)
        quotients = _Quotients(span, self._left, self._right, self._margins, margin)
        return ExactDifference(np.asarray(left - right), margin, tolerance, quotients)


class ExactDifference:
    """Float64 differences with a tolerance, inside which the quotients decide."""

    def __init__(self, d: Float64, margin: Margin, tolerance: float, quotients: _Quotients) -> None:
        self._d = d
        self._margin = margin
        self._tolerance = tolerance
        self._quotients = quotients
        missing = np.isnan(d)
        self.valid: Bool | None = ~missing if missing.any() else None

    def positive(self) -> Bool:
        """Return where d > 0."""
        found, near = self._d > 0.0, self._near(self._d)
        if len(near):
            found[near] = self._quotients.beyond(near, 0) > 0
        return found

    def negative(self) -> Bool:
        """Return where d < 0."""
        found, near = self._d < 0.0, self._near(self._d)
        if len(near):
            found[near] = self._quotients.beyond(near, 0) < 0
        return found

    def far_below(self) -> Bool:
        """Return where d <= -h."""
        beyond = self._d + self._margin.h
        found, near = beyond <= 0.0, self._near(beyond, self._margin.unsure)
        if len(near):
            found[near] = self._quotients.beyond(near, 1) <= 0
        return found

    def far_above(self) -> Bool:
        """Return where d >= h."""
        beyond = self._d - self._margin.h
        found, near = beyond >= 0.0, self._near(beyond, self._margin.unsure)
        if len(near):
            found[near] = self._quotients.beyond(near, -1) >= 0
        return found

    def _near(self, beyond: Float64, unsure: Bool | None = None) -> Int64:
        near = np.abs(beyond) <= self._tolerance
        return np.flatnonzero(near if unsure is None else near | unsure & ~np.isnan(beyond))


class _Quotients:
    """The exact sides of some rows, with the whole numbers that tell which side of a threshold d is."""

    def __init__(self, span: Span, left: SeriesSpec, right: Side, margins: Margins, margin: Margin) -> None:
        self._span = span
        self._left = left
        self._right = right
        self._margins = margins
        self._margin = margin

    def beyond(self, rows: Int64, times: int) -> Whole:
        """Return numbers with the signs of d + times · h, shape of `rows`; times is -1, 0 or 1.

        With left = a / (u·10^s), right = b / (w·10^t) and S the larger of s and t, all is multiplied by
        u·w·10^S and the denominator of h, which are positive.
        """
        left, right = Quotient(self._left, self._span, rows), Quotient(self._right, self._span, rows)
        scale = max(left.scale, right.scale)
        by_left, by_right, unit = 10 ** (scale - left.scale), 10 ** (scale - right.scale), 10**scale
        points, share = self._margin.points, self._margin.share
        mixed = times != 0 and points is None and share is None
        h = Fraction(0) if times == 0 else points or share or Fraction(0)
        both = left.weight_bound * right.weight_bound
        cross = by_left * left.numerator_bound * right.weight_bound
        cross += by_right * right.numerator_bound * left.weight_bound
        most = max(unit * both, by_right * right.numerator_bound * left.weight_bound)
        wide = mixed or cross * h.denominator + h.numerator * most >= _FITS
        (a, u), (b, w) = left.read(wide), right.read(wide)
        d: Whole = by_left * a * w - by_right * b * u
        if times == 0:
            return d
        beside: Whole = unit * u * w if share is None else by_right * abs(b) * u
        if mixed:
            beyond: Whole = d + times * self._steps(rows, right) * beside
            return beyond
        return d * h.denominator + times * h.numerator * beside

    def _steps(self, rows: Int64, right: Quotient) -> NDArray[np.object_]:
        """Return the margins in ticks where the right side meets several bands of the grid."""
        b, w = right.read(wide=True)
        steps = np.empty(len(rows), object)
        pairs = np.broadcast_arrays(np.asarray(b, object), np.asarray(w, object))
        for k, (numerator, weight) in enumerate(zip(*pairs, strict=True)):
            price = Fraction(numerator, weight * 10**right.scale)
            steps[k] = self._margins.hysteresis.at(price, self._margins.bands)
        return steps
