from __future__ import annotations

from itertools import pairwise

import pytest

from app.charts.price_window import PriceWindow, with_bands
from app.charts.time_window import NEWEST_AT, SCROLL_COLUMNS, TimeWindow

SECOND = 1_000_000_000
START = 1_000 * 3_600 * SECOND


def window(elapsed_s=120, columns=800):
    made = TimeWindow()
    made.resize(columns)
    made.advance(START, START, START + elapsed_s * SECOND)
    return made


@pytest.mark.parametrize(
    ("elapsed_s", "span_s"), [(1, 60), (50, 60), (60, 90), (900, 1_200), (20_000, 1_800)]
)
def test_the_session_so_far_is_shown_up_to_thirty_minutes(elapsed_s, span_s):
    made = window(elapsed_s)
    assert made.span_ns == pytest.approx(span_s * SECOND, rel=0.01)
    assert made.left_ns <= START or span_s == 1_800
    assert made.fraction_of_newest() <= NEWEST_AT + 0.01


def test_following_keeps_the_newest_near_its_place_and_scrolls_in_steps():
    made = window(20_000)
    lefts = set()
    for n in range(400):
        made.advance(START, START, START + 20_000 * SECOND + n * 100_000_000)
        lefts.add(made.left_ns)
        assert NEWEST_AT - 1.5 * SCROLL_COLUMNS / 800 <= made.fraction_of_newest() <= NEWEST_AT
    steps = {b - a for a, b in pairwise(sorted(lefts))}
    assert steps == {SCROLL_COLUMNS * made.width_ns}


def test_panning_leaves_following_and_stops_at_the_first_tick():
    made = window(20_000)
    made.pan_to(START - 50_000 * SECOND)
    assert not made.following
    assert made.left_ns <= START <= made.left_ns + made.span_ns * 0.1


def test_the_newest_tick_cannot_be_panned_out_of_sight():
    made = window(20_000)
    made.pan_to(START + 90_000 * SECOND)
    assert 0 < made.fraction_of_newest() < 0.2


def test_ticks_do_not_move_a_view_that_does_not_follow():
    made = window(20_000)
    made.pan_to(START + 5_000 * SECOND)
    left = made.left_ns
    assert not made.advance(START, START, START + 30_000 * SECOND)
    assert made.left_ns == left
    made.follow()
    assert made.following
    assert made.right_ns > START + 30_000 * SECOND


def test_zoom_keeps_the_instant_under_the_pointer():
    made = window(20_000)
    made.pan_to(START + 5_000 * SECOND)
    held = made.left_ns + made.span_ns // 4
    made.zoom(0.5, 0.25)
    assert made.left_ns + made.span_ns // 4 == pytest.approx(held, abs=2 * made.width_ns)


def test_zoom_while_following_keeps_the_newest():
    made = window(20_000)
    made.zoom(0.5, 0.1)
    assert made.span_ns == pytest.approx(900 * SECOND, rel=0.01)
    assert made.fraction_of_newest() == pytest.approx(NEWEST_AT, abs=0.02)


def test_a_chosen_span_holds_when_the_pane_is_resized():
    made = window(20_000)
    made.show_span(300)
    made.resize(1_234)
    assert made.span_ns == pytest.approx(300 * SECOND, rel=0.01)
    assert made.left_ns % made.width_ns == 0


def test_the_price_range_moves_only_when_it_must():
    made = PriceWindow()
    assert made.fit(100.0, 110.0, 0.1)
    assert not made.fit(100.0, 110.5, 0.1)
    assert made.fit(100.0, 115.0, 0.1)
    assert made.low < 100
    assert made.high > 115
    assert made.fit(107.0, 108.0, 0.1)
    assert made.high < 110


def test_a_flat_price_still_has_a_range():
    made = PriceWindow()
    made.fit(100.0, 100.0, 2.0)
    assert made.high - made.low >= 2


def test_nothing_to_show_leaves_the_range():
    assert not PriceWindow().fit(float("nan"), float("nan"), 1.0)


def test_wide_bands_do_not_press_the_price_flat():
    assert with_bands((100.0, 110.0), (98.0, 112.0)) == (98.0, 112.0)
    low, high = with_bands((100.0, 110.0), (0.0, 200.0))
    assert high - low <= 10 / 0.3
    assert with_bands((100.0, 110.0), (float("nan"), float("nan"))) == (100.0, 110.0)
