"""Trading calendars: which session an instant belongs to.

A session is one trading day of an instrument's calendar, named by its local date as days since
1970-01-01. Any date with ticks is a trading day; holidays steer only the simulator. Hours of the
National Stock Exchange: pre-open from 09:00 (its match counts), continuous from 09:15 to 15:30; since
2026-08-03 shares and indices end at 15:35 and derivatives at 15:40. The closing second belongs to the
session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from analytics.errors import ConfigError, nearest
from analytics.ticks import Int64

NO_SESSION = -(2**31)
"""Session number of an instant outside trading hours."""
_NS = 1_000_000_000
_DAY_S = 86_400
_EPOCH = date(1970, 1, 1)
_NSE_LATE_CLOSE_FROM = date(2026, 8, 3)
_CLOSING_SECOND_NS = _NS
_LAST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hours:
    """One session's bounds in ns UTC: it holds `open_ns <= t < end_ns`."""

    open_ns: int
    continuous_ns: int
    close_ns: int

    @property
    def end_ns(self) -> int:
        """Return the first instant after the session; the closing second belongs to it."""
        return self.close_ns + _CLOSING_SECOND_NS


@dataclass(frozen=True, slots=True)
class Calendar:
    """The trading hours of one kind of instrument.

    `name` is ``nse``, ``us`` or ``always``; `late_close` gives an NSE derivative (and an unknown
    symbol) its later close.
    """

    name: str
    zone_name: str
    late_close: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which this calendar's times are told."""
        return _zone(self.zone_name)

    def hours(self, day: date) -> Hours:
        """Return the session bounds of a local date."""
        return _hours(self, day)

    def session_of(self, ts_ns: Int64) -> Int64:
        """Return the session number of each instant, shape (n,); NO_SESSION outside trading hours."""
        if len(ts_ns) == 0:
            return np.empty(0, np.int64)
        if self.name == "always":
            return np.floor_divide(ts_ns, _DAY_S * _NS)
        days, opens, ends = self._table(int(ts_ns.min()), int(ts_ns.max()))
        at = np.searchsorted(opens, ts_ns, side="right") - 1
        inside = (at >= 0) & (ts_ns < ends[at])
        return np.where(inside, days[at], NO_SESSION)

    def session_bounds(self, ts_ns: int) -> tuple[int, int, int]:
        """Return (session number, first, end) of the stretch around an instant in which it stays the same.

        The stretch is a session, or, outside trading hours, one that reaches no further than the next
        session's opening or the last one's end.
        """
        if self.name == "always":
            session = ts_ns // (_DAY_S * _NS)
            return session, session * _DAY_S * _NS, (session + 1) * _DAY_S * _NS
        days, opens, ends = self._table(ts_ns - _DAY_S * _NS, ts_ns + _DAY_S * _NS)
        at = int(np.searchsorted(opens, ts_ns, side="right")) - 1
        if at >= 0 and ts_ns < ends[at]:
            return int(days[at]), int(opens[at]), int(ends[at])
        first = int(ends[at]) if at >= 0 else ts_ns
        end = int(opens[at + 1]) if at + 1 < len(opens) else ts_ns + 1
        return NO_SESSION, first, end

    def _table(self, first_ns: int, last_ns: int) -> tuple[Int64, Int64, Int64]:
        """Return (session number, open, end) of every date that may hold instants of the span."""
        first = datetime.fromtimestamp(first_ns // _NS, self.zone).toordinal() - _EPOCH.toordinal()
        last = datetime.fromtimestamp(last_ns // _NS, self.zone).toordinal() - _EPOCH.toordinal()
        return _session_table(self, first, last)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _session_table(calendar: Calendar, first: int, last: int) -> tuple[Int64, Int64, Int64]:
    days = np.arange(first, last + 1, dtype=np.int64)
    hours = [calendar.hours(_EPOCH + timedelta(days=int(day))) for day in days]
    opens = np.array([_within_int64(h.open_ns) for h in hours], np.int64)
    ends = np.array([_within_int64(h.end_ns) for h in hours], np.int64)
    return days, opens, ends


def _within_int64(ts_ns: int) -> int:
    """Return an instant, or the end of time that int64 can tell where it lies beyond."""
    return max(-_LAST_NS, min(ts_ns, _LAST_NS))


@lru_cache(maxsize=4096)
def _hours(calendar: Calendar, day: date) -> Hours:
    if calendar.name == "always":
        start = (day - _EPOCH).days * _DAY_S * _NS
        return Hours(start, start, start + (_DAY_S - 1) * _NS)
    if calendar.name == "us":
        opening = _local_ns(day, time(9, 30), calendar.zone)
        return Hours(opening, opening, _local_ns(day, time(16, 0), calendar.zone))
    if day < _NSE_LATE_CLOSE_FROM:
        close = time(15, 30)
    else:
        close = time(15, 40) if calendar.late_close else time(15, 35)
    return Hours(
        _local_ns(day, time(9, 0), calendar.zone),
        _local_ns(day, time(9, 15), calendar.zone),
        _local_ns(day, close, calendar.zone),
    )


def _local_ns(day: date, at: time, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    return int(moment.timestamp()) * _NS


def session_date(session: int) -> date:
    """Return the local date of a session number."""
    return _EPOCH + timedelta(days=session)


NSE = Calendar("nse", "Asia/Kolkata")
NSE_DERIVATIVES = Calendar("nse", "Asia/Kolkata", late_close=True)
US = Calendar("us", "America/New_York")
ALWAYS = Calendar("always", "UTC")
_NAMED = {"nse": NSE_DERIVATIVES, "us": US, "always": ALWAYS}


def calendar_named(name: str) -> Calendar:
    """Return the calendar that a user names; for ``nse`` the one of unknown symbols (close 15:40).

    Raises ConfigError for any other name.
    """
    found = _NAMED.get(name)
    if found is None:
        raise ConfigError(f"expected a calendar of nse, us, always, found {name!r}.{nearest(name, _NAMED)}")
    return found
