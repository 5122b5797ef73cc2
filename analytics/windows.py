"""Windows: which ticks a rolling value is taken over.

They are written ``session``, ``60s``, ``500 ticks``, ``from 2026-11-20T10:15`` or ``from tick 1200``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TypeAlias

from analytics.durations import NS_PER_MICROSECOND, format_duration, parse_duration_ns
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


@dataclass(frozen=True, slots=True)
class AnchoredWindow:
    """All ticks from an anchor on, none before it; crosses sessions.

    `anchor` is the symbol's tick number, from 0 in the engine's order, or an instant of whole microseconds:
    ticks whose time is at or after it belong to the window. An instant without a zone is wall time of
    the symbol's calendar; one with a zone is kept in UTC, so that equal windows have one text.
    """

    anchor: datetime | int

    def __str__(self) -> str:
        if isinstance(self.anchor, int):
            return f"from tick {self.anchor}"
        clock = "%Y-%m-%dT%H:%M:%S" if self.anchor.second or self.anchor.microsecond else "%Y-%m-%dT%H:%M"
        fraction = f".{self.anchor.microsecond:06d}".rstrip("0") if self.anchor.microsecond else ""
        return f"from {self.anchor.strftime(clock)}{fraction}{'' if self.anchor.tzinfo is None else 'Z'}"


Window: TypeAlias = SessionWindow | TimeWindow | TickWindow | AnchoredWindow

_TICKS = re.compile(r"([0-9]+)\s*ticks?")
_UNIT = re.compile(r".*[a-z]\s*")
_FROM_TICK = re.compile(r"from\s+tick\s+([0-9]{1,15})")
_FROM_TIME = re.compile(
    r"from\s+([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|\s+)([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"\s*(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_YEARS = range(1900, 2200)
"""Years of an anchor: well inside what int64 nanoseconds can tell."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_window(text: str) -> Window:
    """Return the window that a text names.

    A time in ``from …`` may have seconds, with up to six decimals, a space for its T, and ``Z`` or an offset such as ``+05:30``.

    >>> str(parse_window("1m")), str(parse_window("500 ticks"))
    ('60s', '500 ticks')
    >>> str(parse_window("from 2026-11-20 10:15:00+05:30"))
    'from 2026-11-20T04:45Z'

    Raises ConfigError for anything else, and for windows of no length.
    """
    clean = text.strip()
    found: Window | None
    if clean == "session":
        found = SessionWindow()
    elif clean.startswith("from"):
        found = _anchored(clean)
    else:
        found = _rolling(clean)
    if found is None:
        raise ConfigError(
            "expected a window: session, a time such as 60s, 500 ticks, from 2026-11-20T10:15 or "
            f"from tick 1200; found {text!r}"
        )
    return found


def _rolling(text: str) -> Window | None:
    in_ticks = _TICKS.fullmatch(text)
    if in_ticks is not None:
        return TickWindow(int(in_ticks[1])) if int(in_ticks[1]) > 0 else None
    if not _UNIT.fullmatch(text):
        return None
    try:
        length_ns = parse_duration_ns(text)
    except ConfigError:
        return None
    return TimeWindow(length_ns) if length_ns > 0 else None


def _anchored(text: str) -> Window | None:
    from_tick = _FROM_TICK.fullmatch(text)
    if from_tick is not None:
        return AnchoredWindow(int(from_tick[1]))
    from_time = _FROM_TIME.fullmatch(text)
    if from_time is None:
        return None
    try:
        anchor = datetime.fromisoformat(f"{from_time[1]}T{from_time[2]}{from_time[3] or ''}")
        anchor = anchor if anchor.tzinfo is None else anchor.astimezone(UTC)
    except (ValueError, OverflowError):  # a 13th month, a 25th hour, a year before the first
        return None
    return AnchoredWindow(anchor) if anchor.year in _YEARS else None


@lru_cache(maxsize=1024)
def anchor_ns(anchor: datetime, zone: tzinfo) -> int:
    """Return the instant of an anchor in ns UTC; without a zone of its own it is wall time of `zone`.

    Wall time that comes twice, as summer time ends, is the first; wall time that is skipped is told by
    the clock as it was before.
    """
    moment = anchor.replace(tzinfo=zone) if anchor.tzinfo is None else anchor
    return (moment - _EPOCH) // timedelta(microseconds=1) * NS_PER_MICROSECOND
