from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charts.scale import Scale
from app.charts.steps import (
    mark_text,
    marks_with_room,
    pointer_text,
    price_marks,
    round_marks,
    round_step,
    session_text,
    time_marks,
    time_step,
)

IST = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND


def ns(zone, *parts):
    return int(datetime(*parts, tzinfo=zone).timestamp()) * SECOND


def test_ten_minutes_fall_on_ten_minutes_of_the_exchanges_clock():
    marks = time_marks(ns(IST, 2026, 11, 20, 9, 13), ns(IST, 2026, 11, 20, 9, 45), 600 * SECOND, IST)
    assert [mark.text for mark in marks] == ["09:20", "09:30", "09:40"]


def test_hours_are_whole_hours_in_a_zone_of_half_hours():
    marks = time_marks(ns(IST, 2026, 11, 20, 8, 31), ns(IST, 2026, 11, 20, 12, 0), HOUR, IST)
    assert [mark.text for mark in marks] == ["09:00", "10:00", "11:00", "12:00"]


def test_hours_stay_whole_over_the_change_from_summer_time():
    start = ns(NEW_YORK, 2026, 10, 31, 20, 0)
    marks = time_marks(start, start + 30 * HOUR, 12 * HOUR, NEW_YORK)
    assert [mark.text for mark in marks] == ["00:00", "12:00", "00:00"]


def test_days_are_told_by_their_date():
    marks = time_marks(ns(IST, 2026, 11, 18, 9, 0), ns(IST, 2026, 11, 21, 9, 0), 24 * HOUR, IST)
    assert [mark.text for mark in marks] == ["19 Nov", "20 Nov", "21 Nov"]


def test_a_session_start_is_told_by_day_and_date():
    assert session_text(ns(IST, 2026, 11, 20, 9, 0), IST) == "Fri 20 Nov"


@pytest.mark.parametrize(
    ("ns_per_px", "step_s"), [(1_000_000, 0.2), (100_000_000, 10), (SECOND, 120), (60 * SECOND, 2 * 3_600)]
)
def test_time_steps_are_round_and_leave_room(ns_per_px, step_s):
    assert time_step(ns_per_px) == step_s * SECOND


def test_texts_are_as_fine_as_a_pixel():
    at = ns(IST, 2026, 11, 20, 10, 17) + 42 * SECOND + 318_900_000
    assert pointer_text(at, 1e6, IST) == "10:17:42.318"
    assert pointer_text(at, 1e9, IST) == "10:17:42"
    assert pointer_text(at, 200e9, IST) == "10:17"
    assert pointer_text(at, 200e9, IST, dated=True) == "Fri 20 Nov 10:17"
    assert mark_text(at, "min", UTC) == "04:47"


@given(st.floats(1e-6, 1e9))
def test_a_round_step_is_one_two_or_five_times_a_power_of_ten(least):
    step = round_step(least)
    assert step >= least * (1 - 1e-9)
    assert step <= least * 2.5 * (1 + 1e-9)
    assert f"{step:e}"[0] in "125"


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e5), st.floats(20, 2_000))
def test_price_marks_are_inside_the_range_and_far_enough_apart(low, size, height):
    marks = price_marks(low, low + size, height, 8, str)
    places = [(price - low) / size * height for price, _ in marks]
    assert all(-1e-3 <= place <= height + 1e-3 for place in places)
    assert all(b - a >= 43 for a, b in pairwise(places))


def test_price_marks_are_never_finer_than_the_price():
    marks = price_marks(100.0, 100.02, 800, 2, lambda price: f"{price:.2f}")
    assert [text for _, text in marks] == ["100.00", "100.01", "100.02"]


def test_marks_that_would_be_too_many_are_none():
    assert round_marks(0, 1e9, 1.0) == []


def test_a_mark_at_a_panes_very_edge_has_no_room():
    scale = Scale(0, 1.0, 0.0, 100.0, 10.0, 100.0)
    assert marks_with_room(scale, 20.0) == [20.0, 40.0, 60.0, 80.0]
    assert marks_with_room(Scale(0, 1.0, -5.0, 95.0, 10.0, 100.0), 50.0) == [50.0]
    assert marks_with_room(Scale(0, 1.0, -10.0, 90.0, 10.0, 100.0), 50.0) == [0.0, 50.0]
