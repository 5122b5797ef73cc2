"""On which days the simulated market trades: weekdays but for the exchange's holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from analytics.calendar import NSE_DERIVATIVES, Hours

HOLIDAYS = (
    date(2026, 1, 26),
    date(2026, 3, 3),
    date(2026, 3, 26),
    date(2026, 3, 31),
    date(2026, 4, 3),
    date(2026, 4, 14),
    date(2026, 5, 1),
    date(2026, 5, 28),
    date(2026, 6, 26),
    date(2026, 9, 14),
    date(2026, 10, 2),
    date(2026, 10, 20),
    date(2026, 11, 10),
    date(2026, 11, 24),
    date(2026, 12, 25),
    date(2027, 1, 26),
)
"""Weekdays without trading. Dates that follow the moon are announced a year ahead; later ones are absent."""

_SATURDAY = 5
_NS = 1_000_000_000


def market_hours(day: date) -> Hours:
    """Return the hours of the whole market on a day: it ends with the last instrument, the derivatives."""
    return NSE_DERIVATIVES.hours(day)


def is_trading_day(day: date) -> bool:
    """Return whether the market trades on a day."""
    return day.weekday() < _SATURDAY and day not in HOLIDAYS


def next_trading_day(day: date) -> date:
    """Return the first trading day after a day."""
    day += timedelta(days=1)
    while not is_trading_day(day):
        day += timedelta(days=1)
    return day


def last_finished_day(now_ns: int) -> date:
    """Return the last trading day that has ended at an instant, ns UTC."""
    day = datetime.fromtimestamp(now_ns // _NS, UTC).astimezone(NSE_DERIVATIVES.zone).date()
    while not is_trading_day(day) or market_hours(day).end_ns > now_ns:
        day -= timedelta(days=1)
    return day
