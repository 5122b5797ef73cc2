"""The hysteresis in points beside the right side of each row of a span."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analytics.instruments import TickBand
from analytics.rules.amounts import Hysteresis, Unit, band_at
from analytics.ticks import Bool, Float64, Int64


@dataclass(frozen=True, slots=True)
class Margin:
    """Over one span: `h` in points, one float or shape (n,), and where it comes from.

    `points` is h exactly where all rows have the same, `share` the part of |right| where it is a
    percentage. Else the right side meets several bands of the grid: `band` is each row's, and `unsure`
    says where float64 cannot tell it.
    """

    h: Float64 | float
    points: Fraction | None = None
    share: Fraction | None = None
    band: Int64 | None = None
    unsure: Bool | None = None


class Margins:
    """A hysteresis with the grid that one in ticks is counted on."""

    def __init__(self, hysteresis: Hysteresis, bands: tuple[TickBand, ...]) -> None:
        self.hysteresis = hysteresis
        self.bands = bands
        self._amount = float(hysteresis.share if hysteresis.unit is Unit.PERCENT else hysteresis.amount)
        self._edges = np.array([band.below for band in bands if band.below is not None], np.float64)
        self._exact = [hysteresis.amount * band.tick for band in bands]
        self._steps = np.array([float(step) for step in self._exact], np.float64)
        self._same = Margin(self._amount, points=hysteresis.amount)

    def beside(self, right: Fraction) -> Margin:
        """Return the margin beside a number."""
        points = self.hysteresis.at(right, self.bands)
        return Margin(float(points), points=points)

    def over(self, right: Float64 | float, tolerance: float = 0.0) -> Margin:
        """Return the margin beside a right side whose float64 values are off by at most `tolerance`."""
        if self.hysteresis.unit is Unit.POINTS:
            return self._same
        size = np.abs(right)
        if self.hysteresis.unit is Unit.PERCENT:
            return Margin(self._amount * size, share=self.hysteresis.share)
        low = band_at(float(np.fmin.reduce(size, axis=None)) - tolerance, self.bands)
        high = band_at(float(np.fmax.reduce(size, axis=None)) + tolerance, self.bands)
        if low == high:
            return Margin(float(self._steps[low]), points=self._exact[low])
        size = np.asarray(size)
        band = self._band(size)
        unsure = self._band(size - tolerance) != self._band(size + tolerance)
        return Margin(self._steps[band], band=band, unsure=unsure)

    def largest(self, right: float) -> float:
        """Return a bound of the margin beside right sides up to `right` in size."""
        if self.hysteresis.unit is Unit.POINTS:
            return self._amount
        return self._amount * right if self.hysteresis.unit is Unit.PERCENT else float(self._steps.max())

    def _band(self, size: Float64) -> Int64:
        found: Int64 = np.minimum(np.searchsorted(self._edges, size, side="right"), len(self.bands) - 1)
        return found
