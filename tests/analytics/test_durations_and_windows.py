"""Durations and windows as texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.durations import format_duration, parse_duration_ns
from analytics.errors import ConfigError
from analytics.windows import AnchoredWindow, SessionWindow, TickWindow, TimeWindow, anchor_ns, parse_window

SECOND = 10**9


def wall(text: str) -> AnchoredWindow:
    return AnchoredWindow(datetime.fromisoformat(text))


def utc(text: str) -> AnchoredWindow:
    return AnchoredWindow(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("90s", 90 * SECOND),
        ("15m", 900 * SECOND),
        ("15min", 900 * SECOND),
        ("2h", 7_200 * SECOND),
        ("0.25", SECOND // 4),
        ("5", 5 * SECOND),
        (" 500 ms ", SECOND // 2),
        ("3us", 3_000),
        ("7ns", 7),
        ("1.5h", 5_400 * SECOND),
        ("0", 0),
    ],
)
def test_a_duration_is_read_exactly(text: str, duration_ns: int) -> None:
    assert parse_duration_ns(text) == duration_ns


@pytest.mark.parametrize(
    "text",
    ["", "s", "-5s", "5 days", "1e3", "five", "0.1ns", "0.0000000001", "9" * 30, "5s 3s", "½", "1,5s", ".5"],
)
def test_what_is_no_duration_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_duration_ns(text)
    assert repr(text) in str(refused.value)


@given(st.integers(0, 2**62))
def test_a_duration_is_written_as_it_is_read(duration_ns: int) -> None:
    assert parse_duration_ns(format_duration(duration_ns)) == duration_ns


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [(90 * SECOND, "90s"), (60 * SECOND, "60s"), (3_600 * SECOND, "60m"), (7_200 * SECOND, "2h"), (0, "0s")],
)
def test_a_duration_is_written_in_the_unit_that_reads_best(duration_ns: int, text: str) -> None:
    assert format_duration(duration_ns) == text


@pytest.mark.parametrize(
    ("text", "window", "shown"),
    [
        ("session", SessionWindow(), "session"),
        (" session ", SessionWindow(), "session"),
        ("60s", TimeWindow(60 * SECOND), "60s"),
        ("1m", TimeWindow(60 * SECOND), "60s"),
        ("250ms", TimeWindow(SECOND // 4), "250ms"),
        ("500 ticks", TickWindow(500), "500 ticks"),
        ("1 tick", TickWindow(1), "1 ticks"),
        ("20ticks", TickWindow(20), "20 ticks"),
    ],
)
def test_a_window_is_a_session_a_time_or_ticks(text: str, window: object, shown: str) -> None:
    assert parse_window(text) == window
    assert str(window) == shown


@pytest.mark.parametrize(
    ("text", "window", "shown"),
    [
        ("from 2026-11-20T10:15", wall("2026-11-20T10:15"), "from 2026-11-20T10:15"),
        ("from 2026-11-20 10:15", wall("2026-11-20T10:15"), "from 2026-11-20T10:15"),
        (" from  2026-11-20T10:15:00 ", wall("2026-11-20T10:15"), "from 2026-11-20T10:15"),
        ("from 2026-11-20T10:15:07", wall("2026-11-20T10:15:07"), "from 2026-11-20T10:15:07"),
        ("from 2026-11-20T10:15Z", utc("2026-11-20T10:15"), "from 2026-11-20T10:15Z"),
        ("from 2026-11-20T10:15+05:30", utc("2026-11-20T04:45"), "from 2026-11-20T04:45Z"),
        ("from 2026-11-20 20:15:09 -04:00", utc("2026-11-21T00:15:09"), "from 2026-11-21T00:15:09Z"),
        ("from 2026-11-20T10:15:00.250Z", utc("2026-11-20T10:15:00.250"), "from 2026-11-20T10:15:00.25Z"),
        (
            "from 2026-11-20T10:15:07.000001",
            wall("2026-11-20T10:15:07.000001"),
            "from 2026-11-20T10:15:07.000001",
        ),
        ("from tick 1200", AnchoredWindow(1200), "from tick 1200"),
        ("from tick 0", AnchoredWindow(0), "from tick 0"),
    ],
)
def test_an_anchored_window_begins_at_a_time_or_a_tick(text: str, window: object, shown: str) -> None:
    found = parse_window(text)
    assert found == window
    assert hash(found) == hash(window)
    assert str(found) == shown
    assert parse_window(shown) == found


@given(
    st.datetimes(datetime.fromisoformat("1901-01-01"), datetime.fromisoformat("2199-12-30")),
    st.none() | st.integers(-23 * 60, 23 * 60),
)
def test_an_anchor_is_written_as_it_is_read(moment: datetime, offset_min: int | None) -> None:
    zone = (
        ""
        if offset_min is None
        else f"{'-' if offset_min < 0 else '+'}{abs(offset_min) // 60:02}:{abs(offset_min) % 60:02}"
    )
    found = parse_window(f"from {moment.isoformat()}{zone}")
    assert parse_window(str(found)) == found
    assert isinstance(found, AnchoredWindow)
    assert isinstance(found.anchor, datetime)
    if offset_min is None:
        assert found.anchor == moment
    else:
        assert found.anchor - moment.replace(tzinfo=UTC) == -timedelta(minutes=offset_min)


@pytest.mark.parametrize(
    ("text", "zone", "instant_ns"),
    [
        ("from 1970-01-01T05:30", "Asia/Kolkata", 0),
        ("from 1970-01-01T00:00:01Z", "Asia/Kolkata", SECOND),
        ("from 1969-12-31T23:59:59Z", "Asia/Kolkata", -SECOND),
        ("from 1969-12-31T23:59:59.999999Z", "Asia/Kolkata", -1_000),
        ("from 1970-01-01T05:30:00.25", "Asia/Kolkata", SECOND // 4),
        ("from 2025-03-07T16:00", "America/New_York", 1_741_381_200 * SECOND),
        ("from 2025-03-10T16:00", "America/New_York", 1_741_636_800 * SECOND),  # summer time
        ("from 2025-11-02T01:30", "America/New_York", 1_762_061_400 * SECOND),  # comes twice
        ("from 2025-03-09T02:30", "America/New_York", 1_741_505_400 * SECOND),  # is skipped
    ],
)
def test_an_anchor_without_a_zone_is_wall_time(text: str, zone: str, instant_ns: int) -> None:
    window = parse_window(text)
    assert isinstance(window, AnchoredWindow)
    assert isinstance(window.anchor, datetime)
    assert anchor_ns(window.anchor, ZoneInfo(zone)) == instant_ns


NO_WINDOWS = [
    *("", "60", "0s", "0 ticks", "-1 ticks", "1.5 ticks", "day", "ticks", "500 trades"),
    *("from", "from tick", "from tick -1", "from tick 1.5", "from 1200", "fromtick 5", "from ticks 5"),
    *("from 2026-11-20", "from 10:15", "from 2026-13-20T10:15", "from 2026-02-30T10:15", "from 60s"),
    *("from 2026-11-20T25:15", "from 2026-11-20T10:15:61", "from 2026-11-20T10:15+0530", "from session"),
    *("from 0001-01-01T00:00+05:00", "from 2200-01-01T00:00", "from 2199-12-31T23:00-05:00"),
    *("from tick " + "9" * 30, "from 2026-11-20T10:15:07.5000001", "from 2026-11-20T10:15.5"),
]


@pytest.mark.parametrize("text", NO_WINDOWS)
def test_what_is_no_window_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_window(text)
    assert f"found {text!r}" in str(refused.value)
