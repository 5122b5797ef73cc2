"""A value of any size as an axis and a heading write it: as fine as what is shown needs."""

from __future__ import annotations

import math

from app.formatting import compact_text, number_text

_COMPACT_FROM = 10_000.0
_MOST_DECIMALS = 8


def value_text(value: float, low: float, high: float, *, indian: bool = False) -> str:
    """Return a value of an axis that shows [low, high], with some three digits that tell it from its neighbours."""
    if max(abs(low), abs(high)) >= _COMPACT_FROM:
        return compact_text(value, indian=indian)
    return number_text(value, _decimals((high - low) / 100), indian=indian)


def mark_text_of(value: float, step: float, most: float, *, indian: bool = False) -> str:
    """Return the text of an axis's mark at a multiple of `step`; `most` is the largest of the axis."""
    if most >= _COMPACT_FROM:
        return round_text(value, indian=indian)
    return number_text(value, _decimals(step), indian=indian)


def round_text(value: float, *, indian: bool) -> str:
    """Return a round quantity without the zeros that say nothing: 10 k, not 10.0 k."""
    number, space, unit = compact_text(value, indian=indian).partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit


def _decimals(step: float) -> int:
    if not (step > 0 and math.isfinite(step)):
        return 2
    return min(max(-math.floor(math.log10(step) + 1e-9), 0), _MOST_DECIMALS)
