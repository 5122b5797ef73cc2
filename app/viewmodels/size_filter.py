"""A size as a person types it: 500, 1,000, 5k, 2 L."""

from __future__ import annotations

import math
import re

from analytics.errors import ConfigError

_UNITS = {"": 1, "k": 1_000, "l": 100_000, "m": 1_000_000, "cr": 10_000_000, "b": 1_000_000_000}
_SIZE = re.compile(r"(\d[\d,]*\.?\d*|\.\d+)\s*([a-z]*)")


def size_of(text: str) -> float:
    """Return the least size that was typed, 0 for nothing.

    Raises ConfigError for what is no size.
    """
    found = text.strip().lower()
    if not found:
        return 0.0
    match = _SIZE.fullmatch(found)
    if match is None or match[2] not in _UNITS:
        raise ConfigError(f"Expected a size such as 500, 1,000, 5k or 2 L, found {text.strip()!r}")
    size = float(match[1].replace(",", "")) * _UNITS[match[2]]
    if not math.isfinite(size):
        raise ConfigError(f"Expected a size that can be traded, found {text.strip()!r}")
    return size
