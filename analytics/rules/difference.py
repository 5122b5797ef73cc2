"""The difference d = left - right of two sides over some steps, against 0 and against the hysteresis h.

Each way to compare has `over(steps)`, which returns an object with

- `valid`: where both sides have a value, None for everywhere;
- `positive()`, `negative()`: where d > 0, d < 0;
- `far_below()`, `far_above()`: where d <= -h, d >= h;

all of shape (n,) and False where there is no value. Here are the two simple ways: integer thresholds for
price or size against a number, which is exact, and float64 values as they are. `analytics.rules.exact`
has the third.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from analytics.rules.margin import Margin, Margins
from analytics.rules.sides import Steps, rows_of, scale_of, span_of
from analytics.rules.terms import Operand, Side
from analytics.ticks import Bool, Float64, Int64


class LevelComparison:
    """Price or size against a number: four integer thresholds, made anew when the scale widens."""

    def __init__(self, left: Operand, right: Fraction, margins: Margins) -> None:
        self._column = left.name
        self._right = right
        self._h = margins.hysteresis.at(right, margins.bands)
        self._scale: int | None = None
        self._thresholds = (0, 0, 0, 0)

    def over(self, steps: Steps) -> LevelDifference:
        """Return the difference over the rows of a span."""
        span = span_of(steps)
        scale = scale_of(self._column, span)
        if scale != self._scale:
            unit, right, h = 10**scale, self._right, self._h
            self._scale = scale
            self._thresholds = (
                math.floor(right * unit),
                math.ceil(right * unit),
                math.floor((right - h) * unit),
                math.ceil((right + h) * unit),
            )
        return LevelDifference(rows_of(self._column, span), self._thresholds)


class LevelDifference:
    """Integers against thresholds."""

    valid: Bool | None = None

    def __init__(self, left: Int64, thresholds: tuple[int, int, int, int]) -> None:
        self._left = left
        self._at_most, self._at_least, self._low, self._high = thresholds

    def positive(self) -> Bool:
        """Return where d > 0."""
        return self._left > self._at_most

    def negative(self) -> Bool:
        """Return where d < 0."""
        return self._left < self._at_least

    def far_below(self) -> Bool:
        """Return where d <= -h."""
        return self._left <= self._low

    def far_above(self) -> Bool:
        """Return where d >= h."""
        return self._left >= self._high


class FloatComparison:
    """Two sides by their float64 values; the hysteresis is float64 too."""

    def __init__(self, left: Operand, right: Side, margins: Margins) -> None:
        self._left = left
        self._right = right
        self._margins = margins
        self._fixed = margins.beside(right) if isinstance(right, Fraction) else None

    def over(self, steps: Steps) -> FloatDifference:
        """Return the difference over some steps."""
        right = steps.floats(self._right)
        d = np.asarray(steps.floats(self._left) - right)
        return FloatDifference(d, right, self._fixed, self._margins)


class FloatDifference:
    """Float64 differences, NaN where a side has no value."""

    def __init__(self, d: Float64, right: Float64 | float, fixed: Margin | None, margins: Margins) -> None:
        self._d = d
        self._right = right
        self._fixed = fixed
        self._margins = margins

    @property
    def valid(self) -> Bool | None:
        """Return where both sides have a value; None for everywhere."""
        return known(self._d)

    def positive(self) -> Bool:
        """Return where d > 0."""
        return self._d > 0.0

    def negative(self) -> Bool:
        """Return where d < 0."""
        return self._d < 0.0

    def far_below(self) -> Bool:
        """Return where d <= -h."""
        found: Bool = self._d <= np.negative(self._h())
        return found

    def far_above(self) -> Bool:
        """Return where d >= h."""
        found: Bool = self._d >= self._h()
        return found

    def _h(self) -> Float64 | float:
        return (self._fixed or self._margins.over(self._right)).h


def known(d: Float64) -> Bool | None:
    """Return where a difference is a number; None for everywhere."""
    missing = np.isnan(d)
    return ~missing if np.count_nonzero(missing) else None
