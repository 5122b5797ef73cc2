"""From time and price to a pane's pixels and back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """One pane as it is shown: x grows with time from `left_ns`, y falls with price from `high`."""

    left_ns: int = 0
    ns_per_px: float = 1.0
    low: float = 0.0
    high: float = 1.0
    width: float = 1.0
    height: float = 1.0

    @property
    def right_ns(self) -> int:
        """Return the instant at the right edge."""
        return self.left_ns + int(self.width * self.ns_per_px)

    def x(self, ts_ns: float) -> float:
        """Return the pixel of an instant."""
        return (ts_ns - self.left_ns) / self.ns_per_px

    def y(self, price: float) -> float:
        """Return the pixel of a price."""
        return (self.high - price) / (self.high - self.low) * self.height

    def time_at(self, x: float) -> int:
        """Return the instant at a pixel."""
        return self.left_ns + int(x * self.ns_per_px)

    def price_at(self, y: float) -> float:
        """Return the price at a pixel."""
        return self.high - y / self.height * (self.high - self.low)
