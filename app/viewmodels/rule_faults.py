"""Which key of a rule is wrong: so that the reason stands beside the field that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError
from analytics.rules import parse_active, parse_hysteresis, parse_moment, parse_watch, parse_when
from analytics.rules.rule import Rule

_READERS: Mapping[str, Callable[[str], object]] = {
    "symbol": parse_watch,
    "when": parse_when,
    "hysteresis": parse_hysteresis,
    "cooldown": parse_duration_ns,
    "active": parse_active,
    "expires": parse_moment,
    "snooze_until": parse_moment,
}
_MAY_BE_EMPTY = ("active", "expires", "snooze_until")


def faulty_keys(rule: Rule) -> tuple[str, ...]:
    """Return the keys whose texts cannot be understood by themselves; none where only the whole may be wrong."""
    found = []
    for key, read in _READERS.items():
        text: str = getattr(rule, key)
        if not text and key in _MAY_BE_EMPTY:
            continue
        try:
            read(text)
        except ConfigError:
            found.append(key)
    return tuple(found)
