"""Durations and windows as texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.durations import format_duration, parse_duration_ns
from analytics.errors import ConfigError
from analytics.windows import SessionWindow, TickWindow, TimeWindow, parse_window

SECOND = 10**9


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
    "text", ["", "60", "0s", "0 ticks", "-1 ticks", "1.5 ticks", "day", "ticks", "500 trades"]
)
def test_what_is_no_window_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_window(text)
    assert f"found {text!r}" in str(refused.value)
