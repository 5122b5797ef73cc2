"""Sessions: which trading day an instant belongs to."""

from __future__ import annotations

import random
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calendar import (
    ALWAYS,
    NO_SESSION,
    NSE,
    NSE_DERIVATIVES,
    US,
    Calendar,
    calendar_named,
    session_date,
)
from analytics.errors import ConfigError
from tests.analytics.oracles.series import session_of

INDIA, NEW_YORK = "Asia/Kolkata", "America/New_York"
SECOND = 10**9
FIRST, LAST = 946_684_800, 2_208_988_800  # 2000 to 2040
NAMED = {"nse": NSE_DERIVATIVES, "us": US, "always": ALWAYS}


def at(zone: str, text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp()) * SECOND


def session(calendar: Calendar, *instants: int) -> list[date | None]:
    found = calendar.session_of(np.array(instants, np.int64)).tolist()
    return [None if each == NO_SESSION else session_date(each) for each in found]


def bounds(calendar: Calendar, zone: str, day: str, opens: str, closes: str) -> None:
    """Check that a day's session holds exactly the instants from `opens` to the end of second `closes`."""
    first, last = at(zone, f"{day}T{opens}"), at(zone, f"{day}T{closes}")
    found = session(calendar, first - 1, first, last, last + SECOND - 1, last + SECOND)
    own = date.fromisoformat(day)
    assert found == [None, own, own, own, None]


@pytest.mark.parametrize(
    ("calendar", "day", "closes"),
    [
        (NSE, "2025-09-15", "15:30:00"),
        (NSE_DERIVATIVES, "2025-09-15", "15:30:00"),
        (NSE, "2026-08-02", "15:30:00"),
        (NSE_DERIVATIVES, "2026-08-02", "15:30:00"),
        (NSE, "2026-08-03", "15:35:00"),
        (NSE_DERIVATIVES, "2026-08-03", "15:40:00"),
        (NSE, "2030-01-01", "15:35:00"),
    ],
)
def test_an_indian_session_runs_from_the_pre_open_to_the_end_of_its_closing_second(
    calendar: Calendar, day: str, closes: str
) -> None:
    bounds(calendar, INDIA, day, "09:00:00", closes)


@pytest.mark.parametrize(
    "day", ["2025-03-07", "2025-03-09", "2025-03-10", "2025-10-31", "2025-11-02", "2025-11-03"]
)
def test_a_new_york_session_keeps_its_wall_clock_over_summer_time(day: str) -> None:
    bounds(US, NEW_YORK, day, "09:30:00", "16:00:00")


def test_the_always_calendar_has_utc_days() -> None:
    midnight = at("UTC", "2025-09-15T00:00:00")
    assert session(ALWAYS, midnight - 1, midnight) == [date(2025, 9, 14), date(2025, 9, 15)]
    assert session(ALWAYS, -1, 0) == [date(1969, 12, 31), date(1970, 1, 1)]


def test_a_sunday_with_ticks_is_a_trading_day() -> None:
    assert session(NSE, at(INDIA, "2024-03-03T10:00:00")) == [date(2024, 3, 3)]


@given(st.lists(st.integers(FIRST * SECOND, LAST * SECOND), max_size=20), st.sampled_from(sorted(NAMED)))
def test_sessions_agree_with_the_wall_clock(instants: list[int], name: str) -> None:
    assert session(NAMED[name], *instants) == [session_of(each, name) for each in instants]


@given(st.integers(FIRST, LAST), st.integers(-3, 3), st.booleans())
def test_sessions_agree_with_the_wall_clock_at_their_edges(second: int, beside_ns: int, opens: bool) -> None:
    for calendar, name in ((NSE_DERIVATIVES, "nse"), (US, "us")):
        day = datetime.fromtimestamp(second, ZoneInfo(calendar.zone_name)).date()
        hours = calendar.hours(day)
        instant = (hours.open_ns if opens else hours.end_ns) + beside_ns
        assert session(calendar, instant) == [session_of(instant, name)]


@given(st.integers(FIRST * SECOND, LAST * SECOND), st.sampled_from(sorted(NAMED)), st.integers(0, 2**32))
def test_a_stretch_around_an_instant_has_one_session(instant: int, name: str, seed: int) -> None:
    calendar = NAMED[name]
    number, first, end = calendar.session_bounds(instant)
    assert first <= instant < end
    within = [first, end - 1, *(random.Random(seed).randrange(first, end) for _ in range(5))]
    assert set(calendar.session_of(np.array(within, np.int64)).tolist()) == {number}
    assert calendar.session_of(np.array([instant], np.int64)).tolist() == [number]


def test_hours_tell_pre_open_and_continuous_trading() -> None:
    hours = NSE.hours(date(2025, 9, 15))
    assert hours.open_ns == at(INDIA, "2025-09-15T09:00:00")
    assert hours.continuous_ns == at(INDIA, "2025-09-15T09:15:00")
    assert hours.close_ns == at(INDIA, "2025-09-15T15:30:00")
    day = ALWAYS.hours(date(2025, 9, 15))
    assert (day.open_ns, day.end_ns) == (at("UTC", "2025-09-15T00:00:00"), at("UTC", "2025-09-16T00:00:00"))


def test_no_instants_have_no_sessions() -> None:
    assert US.session_of(np.empty(0, np.int64)).tolist() == []


def test_instants_at_the_ends_of_time_are_outside_hours() -> None:
    for instant in (-(2**63) + 1, 2**63 - 1):
        for calendar in (NSE, US):
            assert session(calendar, instant) == [None]
            number, first, end = calendar.session_bounds(instant)
            assert number == NO_SESSION
            assert first <= instant < end


@pytest.mark.parametrize(("name", "calendar"), sorted(NAMED.items()))
def test_a_calendar_is_found_by_its_name(name: str, calendar: Calendar) -> None:
    assert calendar_named(name) is calendar


def test_a_wrong_calendar_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"nse, us, always, found 'alway'. Did you mean 'always'\?"):
        calendar_named("alway")
