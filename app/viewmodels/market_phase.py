"""Which phase of its day a market is in."""

from __future__ import annotations

import enum
from datetime import datetime

from analytics.calendar import Calendar

_NS = 1_000_000_000
_SATURDAY = 5


class Phase(enum.Enum):
    """A phase, as the top bar says it."""

    PRE_OPEN = "Pre-open"
    CONTINUOUS = "Continuous"
    CLOSED = "Closed"


def phase_at(calendar: Calendar, now_ns: int, *, traded_today: bool = False) -> Phase:
    """Return the phase at an instant, ns UTC.

    A Saturday or Sunday is closed unless there were ticks on it: any date with ticks is a trading day.
    """
    day = datetime.fromtimestamp(now_ns // _NS, calendar.zone).date()
    if calendar.name != "always" and day.weekday() >= _SATURDAY and not traded_today:
        return Phase.CLOSED
    hours = calendar.hours(day)
    if not hours.open_ns <= now_ns < hours.end_ns:
        return Phase.CLOSED
    return Phase.PRE_OPEN if now_ns < hours.continuous_ns else Phase.CONTINUOUS
