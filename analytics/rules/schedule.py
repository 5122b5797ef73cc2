"""When a rule is in force and when its firings are shown: the texts of three keys, and their instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from analytics.errors import ConfigError

_NS = 1_000_000_000
_HOURS = re.compile(r"\s*(\d{1,2}:\d{2}(?::\d{2})?)\s*-\s*(\d{1,2}:\d{2}(?::\d{2})?)\s*")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")


@dataclass(frozen=True, slots=True)
class ActiveHours:
    """Local times of day [start, stop); over midnight where `stop` is the earlier."""

    start: time
    stop: time

    def hold(self, at_ns: int, zone: tzinfo) -> bool:
        """Return whether an instant lies inside, by the clock of a zone."""
        seconds, ns = divmod(at_ns, _NS)
        local = datetime.fromtimestamp(seconds, UTC).astimezone(zone).time().replace(microsecond=ns // 1_000)
        if self.start < self.stop:
            return self.start <= local < self.stop
        return local >= self.start or local < self.stop


def parse_active(text: str) -> ActiveHours:
    """Return the hours of a text such as ``09:30-15:00``.

    Raises ConfigError for anything else, and for hours that are empty.
    """
    found = _HOURS.fullmatch(text)
    times: list[time] = []
    for each in () if found is None else found.groups():
        hour, minute, second = (int(part) for part in f"{each}:0".split(":")[:3])
        if hour < 24 and minute < 60 and second < 60:
            times.append(time(hour, minute, second))
    if len(times) != 2 or times[0] == times[1]:
        raise ConfigError(f'expected hours such as "09:30-15:00", found {text!r}')
    return ActiveHours(*times)


def parse_moment(text: str) -> datetime:
    """Return the date and time of a text such as ``2026-12-31T15:30``; without a zone where none is written.

    Raises ConfigError for anything else.
    """
    clean = text.strip()
    try:
        if _MOMENT.fullmatch(clean) is None:
            raise ValueError  # noqa: TRY301  (fromisoformat takes more forms than are documented)
        return datetime.fromisoformat(clean)
    except ValueError:
        raise ConfigError(f'expected a date and time such as "2026-12-31T15:30", found {text!r}') from None


def instant_ns(moment: datetime, zone: tzinfo) -> int:
    """Return the instant of a date and time; one without a zone is taken in `zone`."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    since = aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _NS + since.microseconds * 1_000
