"""What a chart needs to know of a symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.formatting import number_text


@dataclass(frozen=True, slots=True)
class Shown:
    """The symbol shown and how its figures are written; `indian` groups sizes the Indian way.

    `tick` is the price step, 0 where it is not known.
    """

    symbol: str
    zone: ZoneInfo
    decimals: int
    has_volume: bool
    price_text: Callable[[float], str]
    indian: bool = False
    tick: float = 0.0

    def rounded(self, price: float) -> float:
        """Return a price on the symbol's grid, or at its decimals where it has none."""
        on_grid = round(price / self.tick) * self.tick if self.tick > 0 else price
        return round(on_grid, self.decimals)


NOTHING_SHOWN = Shown("", ZoneInfo("UTC"), 2, True, lambda price: number_text(price, 2))
"""Before any symbol is chosen."""
