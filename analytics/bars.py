"""Bars: ticks put together by time, by number, by volume, or by the range of their prices.

What a bar is, is written ``1m`` (time), ``500 ticks``, ``10000 volume`` or ``5 range`` (points).
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from fractions import Fraction

from analytics.durations import format_duration, parse_duration_ns
from analytics.errors import ConfigError


class BarKind(enum.Enum):
    """What ends a bar."""

    TIME = "time"
    TICKS = "ticks"
    VOLUME = "volume"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class BarRule:
    """What a bar is. `amount` is ns, ticks, traded quantity or points, by `kind`; always above 0."""

    kind: BarKind
    amount: Fraction

    def __str__(self) -> str:
        if self.kind is BarKind.TIME:
            return format_duration(int(self.amount))
        return f"{_decimal(self.amount)} {self.kind.value}"


_COUNTED = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,8})?)\s*(ticks?|volume|range)")


def parse_bar_rule(text: str) -> BarRule:
    """Return what a text says a bar is.

    >>> str(parse_bar_rule("1m")), str(parse_bar_rule("2.5 range"))
    ('60s', '2.5 range')

    Raises ConfigError for anything else, and for bars of nothing.
    """
    clean = text.strip()
    match = _COUNTED.fullmatch(clean)
    if match is None:
        try:
            length_ns = parse_duration_ns(clean) if re.search(r"[a-z]$", clean) else 0
        except ConfigError:
            length_ns = 0
        if length_ns > 0:
            return BarRule(BarKind.TIME, Fraction(length_ns))
    else:
        amount, kind = Fraction(match[1]), match[2]
        whole = kind not in ("tick", "ticks") or amount.denominator == 1
        if amount > 0 and whole:
            return BarRule(BarKind.TICKS if kind.startswith("tick") else BarKind(kind), amount)
    raise ConfigError(f"expected bars such as 1m, 500 ticks, 10000 volume or 5 range, found {text!r}")


def _decimal(amount: Fraction) -> str:
    return f"{float(amount):.17g}" if amount.denominator != 1 else str(amount.numerator)
