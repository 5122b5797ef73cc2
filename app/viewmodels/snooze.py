"""Snoozing: until when, as a rule's text says it, and how much of it is left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from analytics.calendar import NO_SESSION, Calendar
from analytics.errors import ConfigError
from analytics.rules import parse_moment, parse_watch
from analytics.rules.rule import Rule
from analytics.rules.schedule import instant_ns
from app.formatting import span_text

SNOOZES: tuple[tuple[int | None, str], ...] = (
    (15, "15 min"),
    (60, "1 h"),
    (None, "Until the session ends"),
)
"""What is offered: minutes, or None for the rest of the session."""
_NS = 1_000_000_000
_MINUTE_NS = 60 * _NS


def leading_symbol(symbol: str, of_feed: Iterable[str] = ()) -> str:
    """Return the first symbol that a rule watches.

    For every one of the feed, and where it is wrong, it is the first `of_feed`; ``""`` where that is empty.
    """
    try:
        symbols = parse_watch(symbol).symbols
    except ConfigError:
        symbols = ()
    return symbols[0] if symbols else next(iter(of_feed), "")


def snooze_end_ns(now_ns: int, calendar: Calendar, minutes: int | None) -> int:
    """Return when a snooze that begins now ends: after some minutes, or with the session (None).

    Outside trading hours the session that comes next is meant.
    """
    if minutes is not None:
        return now_ns + minutes * _MINUTE_NS
    session, _, end_ns = calendar.session_bounds(now_ns)
    for _ in range(8):  # holidays lie between; no calendar has more of them in a row
        if session != NO_SESSION:
            break
        session, _, end_ns = calendar.session_bounds(end_ns)
    return end_ns


def moment_text(at_ns: int, calendar: Calendar) -> str:
    """Return an instant as a rule holds it: local date and time to the second, rounded up, and their offset.

    With the offset it is one instant for all symbols of a group, whatever the zones of their markets.
    """
    at = datetime.fromtimestamp(-(-at_ns // _NS), UTC).astimezone(calendar.zone)
    return at.isoformat(timespec="seconds")


def left_ns(text: str, now_ns: int, calendar: Calendar) -> int:
    """Return how long it is until a rule's moment, 0 where it is over, none is written, or it is wrong."""
    if not text:
        return 0
    try:
        return max(instant_ns(parse_moment(text), calendar.zone) - now_ns, 0)
    except ConfigError:
        return 0


def snooze_words(rule: Rule, now_ns: int, calendar: Calendar) -> str:
    """Return how long a rule is still snoozed, ``""`` where it is not; to the nearest minute."""
    left = left_ns(rule.snooze_until, now_ns, calendar)
    if not left:
        return ""
    whole = left if left < _MINUTE_NS else (left + _MINUTE_NS // 2) // _MINUTE_NS * _MINUTE_NS
    return f"snoozed, {span_text(max(whole, _NS))} left"
