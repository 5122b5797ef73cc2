"""Which prices a pane shows: wide enough for what is visible, and changed as seldom as possible."""

from __future__ import annotations

import math

_ROOM = 0.10
"""Free space above and below, as a share of what is shown."""
_TIGHT = 0.02
"""The range changes when less than this share is left free ..."""
_LOOSE = 0.55
"""... or when what is shown fills less than this share of the height."""
BAND_LIMIT = 0.9
"""Bands widen the range by at most this share of the price's own extent on either side."""


class PriceWindow:
    """The range of one axis, with hysteresis: new axis texts cost more than the curves."""

    def __init__(self) -> None:
        self.low = 0.0
        self.high = 1.0
        self._fitted = False

    def reset(self) -> None:
        """Forget the range: another instrument comes."""
        self._fitted = False

    def fit(self, low: float, high: float, least: float) -> bool:
        """Make [low, high] visible, never less than `least` in all; True if the range changed."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return False
        if high - low < least:
            middle = (high + low) / 2
            low, high = middle - least / 2, middle + least / 2
        size = self.high - self.low
        if self._fitted and self._holds(low, high, size):
            return False
        room = (high - low) * _ROOM
        self.low, self.high, self._fitted = low - room, high + room, True
        return True

    def _holds(self, low: float, high: float, size: float) -> bool:
        free = size * _TIGHT
        inside = self.low + free <= low and high <= self.high - free
        return inside and high - low >= size * _LOOSE


def with_bands(price: tuple[float, float], bands: tuple[float, float]) -> tuple[float, float]:
    """Return the extent to show: all of the price, and of the bands what does not press it flat."""
    low, high = price
    reach = (high - low) * BAND_LIMIT
    below, above = bands
    return (
        low if math.isnan(below) else max(min(low, below), low - reach),
        high if math.isnan(above) else min(max(high, above), high + reach),
    )
