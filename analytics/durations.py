"""Durations as text: seconds, or ``500ms``, ``90s``, ``15m``, ``2h``."""

from __future__ import annotations

import re
from decimal import Decimal

from analytics.errors import ConfigError

NS_PER_SECOND = 1_000_000_000
NS_PER_MICROSECOND = 1_000
EPOCH_UNITS = ((10**11, NS_PER_SECOND), (10**14, 1_000_000), (10**17, 1_000))
"""The unit in ns of an epoch number below each limit; from the last one on it counts ns itself."""
_UNIT_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": NS_PER_SECOND,
    "": NS_PER_SECOND,
    "m": 60 * NS_PER_SECOND,
    "min": 60 * NS_PER_SECOND,
    "h": 3_600 * NS_PER_SECOND,
}
_PATTERN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ns|us|ms|s|min|m|h|)\s*")
_LONGEST_NS = 2**62


def parse_duration_ns(text: str) -> int:
    """Return the nanoseconds of a duration text.

    A bare number is seconds. Raises ConfigError where `text` is no duration, or is no whole
    number of nanoseconds, or is longer than 146 years.

    >>> parse_duration_ns("90s"), parse_duration_ns("0.25")
    (90000000000, 250000000)
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ConfigError(f"expected a duration such as 90s, 15m or 0.5, found {text!r}")
    exact = Decimal(match[1]) * _UNIT_NS[match[2]]
    if exact != exact.to_integral_value() or exact > _LONGEST_NS:
        raise ConfigError(f"duration {text!r} is finer than 1 ns or longer than 146 years")
    return int(exact)


def format_duration(duration_ns: int) -> str:
    """Return the shortest text that `parse_duration_ns` reads back.

    >>> format_duration(90_000_000_000), format_duration(900_000_000_000)
    ('90s', '15m')
    """
    for unit in ("h", "m", "s", "ms", "us"):
        if duration_ns >= _UNIT_NS[unit] and duration_ns % _UNIT_NS[unit] == 0:
            amount = duration_ns // _UNIT_NS[unit]
            if unit in ("h", "m") and amount == 1:
                continue  # 60s and 60m read better than 1m and 1h
            return f"{amount}{unit}"
    return "0s" if duration_ns == 0 else f"{duration_ns}ns"
