"""What makes a tick bad, and at how many decimals a value is exact."""

from __future__ import annotations

import unicodedata

import numpy as np

from analytics.instruments import MAX_SCALE
from analytics.ticks import Bool, Float64, Int64

LONGEST_SYMBOL_BYTES = 64
EXACT_BELOW = 2.0**53
"""Scaled values must stay below this: every integer up to here is a float64 of its own."""
ROOMY_BELOW = EXACT_BELOW / 10**MAX_SCALE
"""A value below this is held exactly at any scale that it fits or that its symbol comes to need."""
POWERS = 10.0 ** np.arange(MAX_SCALE + 1)
"""Ten to the power of each scale."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normal_symbol(text: str) -> str:
    """Return a symbol in Unicode's composed form (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def symbol_fault(symbol: str) -> str:
    """Return why a symbol is bad, or ``""``: empty, over 64 bytes, or with control characters."""
    if not symbol:
        return "symbol is empty"
    try:
        encoded = symbol.encode()
    except UnicodeEncodeError:
        return f"symbol {symbol!r} is not valid text"
    if len(encoded) > LONGEST_SYMBOL_BYTES:
        return f"symbol is {len(encoded)} bytes long, at most {LONGEST_SYMBOL_BYTES} are allowed"
    if any(unicodedata.category(char) == "Cc" or char in _BIDI for char in symbol):
        return f"symbol {symbol!r} has control characters"
    return ""


def fits(values: Float64, scale: Int64) -> Bool:
    """Return which values, shape (n,), are exact at `scale` decimals each (shape (n,) or scalar)."""
    power = POWERS[scale]
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * power)
        found: Bool = (scaled / power == values) & (np.abs(scaled) < EXACT_BELOW)
    return found


def scale_needed(value: float, least: int) -> int | None:
    """Return the fewest decimals from `least` on at which a finite value is exact, or None."""
    for scale in range(least, MAX_SCALE + 1):
        scaled = float(np.rint(value * 10.0**scale))
        if scaled / 10.0**scale == value and abs(scaled) < EXACT_BELOW:
            return scale
    return None


def held_exactly(value: float, scale: int) -> bool:
    """Return whether a value that fits a narrower scale can be widened to this one."""
    return abs(value) * 10.0**scale < EXACT_BELOW


def scale_fault(name: str, value: float) -> str:
    """Return why a value fits no scale."""
    if abs(value) >= EXACT_BELOW / 10.0**MAX_SCALE:
        return f"{name} {value!r} is too large to be held exactly beside its decimals"
    return f"{name} {value!r} needs more than {MAX_SCALE} decimals"
