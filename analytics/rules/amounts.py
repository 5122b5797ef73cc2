"""Exact amounts in rules: decimal numbers, and the hysteresis that keeps a rule from chattering.

A number is kept as a fraction, so that 0.1 is a tenth and not the float nearest to it.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from fractions import Fraction

from analytics.errors import ConfigError
from analytics.instruments import TickBand

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_MOST_CHARACTERS = 40
"""A longer number is a slip of the hand; prices need at most 19 digits."""


def parse_decimal(text: str) -> Fraction | None:
    """Return the exact value of a decimal such as ``24850.5``, or None where `text` is none.

    >>> parse_decimal("0.1"), parse_decimal("1e3")
    (Fraction(1, 10), None)
    """
    clean = text.strip()
    if len(clean) > _MOST_CHARACTERS or _DECIMAL.fullmatch(clean) is None:
        return None
    return Fraction(clean)


def decimal_text(value: Fraction) -> str:
    """Return the shortest decimal that `parse_decimal` reads back; `value` must have one.

    >>> decimal_text(Fraction(1, 2)), decimal_text(Fraction(-3))
    ('0.5', '-3')
    """
    decimals, denominator = 0, value.denominator
    while 10**decimals % denominator:
        decimals += 1
    digits = str(abs(value.numerator) * 10**decimals // denominator).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits


class Unit(enum.Enum):
    """What a hysteresis is measured in."""

    POINTS = "points"
    TICKS = "ticks"
    PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """How far a difference must fall back before the rule may fire again; never negative.

    `amount` is in points (the unit of the sides), in steps of the instrument's grid, or in per cent;
    the latter two are taken at the absolute value of the right side at that tick.
    """

    amount: Fraction = Fraction(0)
    unit: Unit = Unit.POINTS

    @property
    def text(self) -> str:
        """Return the text that `parse_hysteresis` reads back."""
        amount = decimal_text(self.amount)
        if self.unit is Unit.TICKS:
            return f"{amount} tick" if self.amount == 1 else f"{amount} ticks"
        return f"{amount} %" if self.unit is Unit.PERCENT else amount

    @property
    def share(self) -> Fraction:
        """Return the part of the right side that a percentage means."""
        return self.amount / 100

    def at(self, right: Fraction, bands: tuple[TickBand, ...]) -> Fraction:
        """Return the hysteresis in points beside a right side; `bands` is the instrument's grid."""
        if self.unit is Unit.POINTS:
            return self.amount
        if self.unit is Unit.PERCENT:
            return self.share * abs(right)
        return self.amount * bands[band_at(abs(right), bands)].tick


def band_at(price: Fraction | float, bands: tuple[TickBand, ...]) -> int:
    """Return which band of the grid holds a price; the last also holds what lies above it."""
    for number, band in enumerate(bands):
        if band.below is None or price < band.below:
            return number
    return len(bands) - 1


_HYSTERESIS = re.compile(r"(?P<amount>[^\s%a-z]+)\s*(?P<unit>ticks?|%|)")


def parse_hysteresis(text: str) -> Hysteresis:
    """Return the hysteresis that a text names: ``0.50``, ``2 ticks`` or ``0.1 %``.

    >>> parse_hysteresis("2 ticks").text, parse_hysteresis("0.10%").text
    ('2 ticks', '0.1 %')

    Raises ConfigError for anything else, and for a negative amount.
    """
    match = _HYSTERESIS.fullmatch(text.strip())
    amount = None if match is None else parse_decimal(match["amount"])
    if match is None or amount is None:
        raise ConfigError(f'expected a hysteresis such as "0.50", "2 ticks" or "0.1 %", found {text!r}')
    if amount < 0:
        raise ConfigError(f"expected a hysteresis of 0 or more, found {text!r}; write it without the sign")
    unit = {"t": Unit.TICKS, "%": Unit.PERCENT}.get(match["unit"][:1], Unit.POINTS)
    return Hysteresis(amount, unit)
