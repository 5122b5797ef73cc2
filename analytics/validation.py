"""What makes a tick bad, and at how many decimals a value is exact."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from analytics.instruments import MAX_SCALE
from analytics.ticks import Bool, Float64, Int64

LONGEST_SYMBOL_BYTES = 64
EXACT_BELOW = 2.0**53
"""Scaled values must stay below this: every integer up to here is a float64 of its own."""
ROOMY_BELOW = EXACT_BELOW / 10**MAX_SCALE
"""A value below this is held exactly at any scale that it fits or that its symbol comes to need."""
POWERS: Float64 = np.power(10.0, np.arange(MAX_SCALE + 1))
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


def as_units(values: Float64, power: Float64 | float) -> Int64 | None:
    """Return values, all of them roomy, as integers at decimals of this power; None where one does not fit."""
    scaled = np.rint(values * power)
    if np.count_nonzero(scaled / power == values) < len(values):
        return None
    return scaled.astype(np.int64)


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


class Decimals:
    """The decimals of each symbol's price, or size, by the symbol's code; they only ever widen."""

    def __init__(self) -> None:
        self.first: list[int] = []
        """The decimals that each symbol began with."""
        self._scales: list[int] = []
        self._now: tuple[int, ...] | None = ()
        self._powers: Float64 | float | None = 1.0

    @property
    def now(self) -> tuple[int, ...]:
        """Return each symbol's decimals."""
        if self._now is None:
            self._now = tuple(self._scales)
        return self._now

    def begin(self, scale: int) -> None:
        """Take one more symbol."""
        self.first.append(scale)
        self._scales.append(scale)
        self._now = self._powers = None

    def widen(self, code: int, scale: int) -> None:
        """Give a symbol more decimals."""
        self._scales[code] = scale
        self._now = self._powers = None

    def powers(self, symbol: NDArray[np.integer]) -> Float64 | float:
        """Return ten to the power of the decimals of each row's symbol; one number where all share it."""
        powers = self._powers
        if powers is None:
            each = POWERS[np.array(self._scales, np.int64)]
            powers = self._powers = float(each[0]) if (each == each[0]).all() else each
        return powers if isinstance(powers, float) else powers.take(symbol)
