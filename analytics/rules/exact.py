"""Exact differences between prices, sizes, numbers and one VWAP.

The float64 difference decides wherever it is further from the threshold than all rounding together
could take it; the few rows that are nearer are decided in integers, price·Σv against Σpv. So a price
that equals the VWAP to the last digit is neither above nor below it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analytics.rules.difference import known
from analytics.rules.margin import Margin, Margins
from analytics.rules.sides import Steps, Whole
from analytics.rules.terms import Operand, Side
from analytics.ticks import Bool, Float64, Int64

_ROUNDING = 2.0**-47
"""Share of the sum of all bounds; the roundings behind a difference sum up to less than a third of it."""
_FITS = 2**62
"""Products below this fit int64, and so do their sums."""


class ExactComparison:
    """Two sides of which the exact quotients are known."""

    def __init__(self, left: Operand, right: Side, margins: Margins) -> None:
        self.left = left
        self.right = right
        self.margins = margins
        self._fixed = margins.beside(right) if isinstance(right, Fraction) else None

    def over(self, steps: Steps) -> ExactDifference:
        """Return the difference over some steps."""
        left, right = steps.floats(self.left), steps.floats(self.right)
        bound = steps.largest(self.right)
        bound += steps.largest(self.left) + self.margins.largest(bound)
        return ExactDifference(self, steps, np.asarray(left - right), right, _ROUNDING * bound)

    def margin(self, right: Float64 | float, tolerance: float) -> Margin:
        """Return the hysteresis beside the right side's values."""
        return self._fixed or self.margins.over(right, tolerance)


class ExactDifference:
    """Float64 differences with a tolerance, inside which the quotients decide."""

    def __init__(
        self, sides: ExactComparison, steps: Steps, d: Float64, right: Float64 | float, tolerance: float
    ) -> None:
        self._sides = sides
        self._steps = steps
        self._d = d
        self._right = right
        self._tolerance = tolerance

    @property
    def valid(self) -> Bool | None:
        """Return where both sides have a value; None for everywhere."""
        return known(self._d)

    def positive(self) -> Bool:
        """Return where d > 0."""
        found, near = self._d > 0.0, self._near(self._d)
        if near is not None:
            found[near] = self._exactly(near, self._d) > 0
        return found

    def negative(self) -> Bool:
        """Return where d < 0."""
        found, near = self._d < 0.0, self._near(self._d)
        if near is not None:
            found[near] = self._exactly(near, self._d) < 0
        return found

    def far_below(self) -> Bool:
        """Return where d <= -h."""
        margin = self._sides.margin(self._right, self._tolerance)
        beyond = self._d + margin.h
        found, near = beyond <= 0.0, self._near(beyond, margin.unsure)
        if near is not None:
            found[near] = self._exactly(near, beyond, 1, margin) <= 0
        return found

    def far_above(self) -> Bool:
        """Return where d >= h."""
        margin = self._sides.margin(self._right, self._tolerance)
        beyond = self._d - margin.h
        found, near = beyond >= 0.0, self._near(beyond, margin.unsure)
        if near is not None:
            found[near] = self._exactly(near, beyond, -1, margin) >= 0
        return found

    def _exactly(self, near: Int64, beyond: Float64, times: int = 0, margin: Margin | None = None) -> Whole:
        """Return numbers with the exact signs at some steps; where a VWAP is another's, its float64 value."""
        quotients = Quotients(self._sides, self._steps, near)
        exact = quotients.beyond(times, margin)
        missing = quotients.missing
        return exact if missing is None else np.where(missing, np.sign(beyond[near]), np.sign(exact))

    def _near(self, beyond: Float64, unsure: Bool | None = None) -> Int64 | None:
        near = abs(beyond) <= self._tolerance
        if unsure is not None:
            near |= unsure & ~np.isnan(beyond)
        return near.nonzero()[0] if np.count_nonzero(near) else None


class Quotients:
    """The exact sides at some steps."""

    def __init__(self, sides: ExactComparison, steps: Steps, at: Int64) -> None:
        self._left = steps.quotient(sides.left, at)
        self._right = steps.quotient(sides.right, at)
        self._margins = sides.margins
        self._count = len(at)

    @property
    def missing(self) -> Bool | None:
        """Return where a side has no exact value of its own; None for nowhere."""
        left, right = self._left.missing, self._right.missing
        return right if left is None else left if right is None else left | right

    def beyond(self, times: int, margin: Margin | None = None) -> Whole:
        """Return whole numbers with the signs of d + times · h; times is -1, 0 or 1.

        With left = a / (u·10**s), right = b / (w·10**t) and S the larger of s and t, all is multiplied
        by u·w·10**S and by the denominator of h, which are positive.
        """
        left, right = self._left, self._right
        scale = max(left.scale, right.scale)
        by_left, by_right, unit = 10 ** (scale - left.scale), 10 ** (scale - right.scale), 10**scale
        h, shared = _exact_margin(margin)
        right_part = by_right * right.numerator_bound * left.weight_bound
        cross = by_left * left.numerator_bound * right.weight_bound + right_part
        most = max(unit * left.weight_bound * right.weight_bound, right_part)
        wide = h is None or cross * h.denominator + h.numerator * most >= _FITS
        (a, u), (b, w) = left.read(wide), right.read(wide)
        d: Whole = by_left * a * w - by_right * b * u
        if times == 0:
            return d
        beside: Whole = by_right * abs(b) * u if shared else unit * u * w
        beyond: Whole
        if h is None:
            beyond = d + times * self._steps() * beside
        else:
            beyond = d * h.denominator + times * h.numerator * beside
        return beyond

    def _steps(self) -> NDArray[np.object_]:
        """Return the margins in ticks where the right side meets several bands of the grid."""
        b, w = self._right.read(wide=True)
        steps = np.empty(self._count, object)
        pairs = np.broadcast_arrays(np.asarray(b, object), np.asarray(w, object))
        for k, (numerator, weight) in enumerate(zip(*pairs, strict=True)):
            price = Fraction(numerator, (weight or 1) * 10**self._right.scale)
            steps[k] = self._margins.hysteresis.at(price, self._margins.bands)
        return steps


def _exact_margin(margin: Margin | None) -> tuple[Fraction | None, bool]:
    """Return (points, False), (share of |right|, True), or (None, False) where each row has its own."""
    if margin is None:
        return Fraction(0), False
    return (margin.points, False) if margin.share is None else (margin.share, True)
