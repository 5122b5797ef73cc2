"""What a chart needs to know of a symbol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.formatting import number_text


@dataclass(frozen=True, slots=True)
class Shown:
    """The symbol shown and how its figures are written; `indian` groups sizes the Indian way."""

    symbol: str
    zone: ZoneInfo
    decimals: int
    has_volume: bool
    price_text: Callable[[float], str]
    indian: bool = False


NOTHING_SHOWN = Shown("", ZoneInfo("UTC"), 2, True, lambda price: number_text(price, 2))
"""Before any symbol is chosen."""
