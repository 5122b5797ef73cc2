"""Windows: which ticks a rolling value is taken over, written ``session``, ``60s`` or ``500 ticks``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from analytics.durations import format_duration, parse_duration_ns
from analytics.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """All ticks of the session so far."""

    def __str__(self) -> str:
        return "session"


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Ticks with t - `length_ns` < time <= t; crosses sessions."""

    length_ns: int

    def __str__(self) -> str:
        return format_duration(self.length_ns)


@dataclass(frozen=True, slots=True)
class TickWindow:
    """The last `ticks` ticks or as many as there are; zero sizes count; crosses sessions."""

    ticks: int

    def __str__(self) -> str:
        return f"{self.ticks} ticks"


Window: TypeAlias = SessionWindow | TimeWindow | TickWindow

_TICKS = re.compile(r"(\d+)\s*ticks?")
_UNIT = re.compile(r".*[a-z]\s*")


def parse_window(text: str) -> Window:
    """Return the window that a text names.

    >>> str(parse_window("1m")), str(parse_window("500 ticks"))
    ('60s', '500 ticks')

    Raises ConfigError for anything else, and for windows of no length.
    """
    clean = text.strip()
    if clean == "session":
        return SessionWindow()
    in_ticks = _TICKS.fullmatch(clean)
    if in_ticks is not None and int(in_ticks[1]) > 0:
        return TickWindow(int(in_ticks[1]))
    if in_ticks is None and _UNIT.fullmatch(clean):
        try:
            length_ns = parse_duration_ns(clean)
        except ConfigError:
            length_ns = 0
        if length_ns > 0:
            return TimeWindow(length_ns)
    raise ConfigError(f"expected a window: session, a time such as 60s, or 500 ticks; found {text!r}")
