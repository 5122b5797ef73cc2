"""An excerpt plays rows that are held once more: what it shows is what was there, cut off at its clock."""

from dataclasses import replace

import numpy as np
import pytest

from app.viewmodels.excerpt import Excerpt, is_held, view_until
from feeds.clock import ManualClock

SECOND = 1_000_000_000


@pytest.fixture
def view(desk):
    """Return a minute and a half of ticks, one a second, with a gap before the 40th."""
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", *(24_900.0 + at for at in range(40)))
    desk.trade("NIFTY-FUT", *(24_950.0 + at for at in range(50)), gap=True)
    return desk.view("NIFTY-FUT")


def an_excerpt(view, clock, start=20, stop=50, speed=1.0):
    times = view.time_ns
    return Excerpt(view, int(times[start]), int(times[stop]), clock, speed)


def test_it_shows_just_the_rows_up_to_its_clock_bit_for_bit(view):
    clock = ManualClock()
    excerpt = an_excerpt(view, clock)
    for played_s in (0.0, 0.999, 0.001, 7.5):
        clock.advance(played_s)
        shown = excerpt.view_now()
        assert shown.count == 21 + int(clock.monotonic_ns() / SECOND)
        assert int(shown.time_ns[shown.count - 1]) <= excerpt.now_ns < int(view.time_ns[shown.count])
        for text in view.series:
            here, there = shown.values(text, 0, shown.count), view.values(text, 0, shown.count)
            assert here.tobytes() == there.tobytes()


def test_gaps_sessions_and_nodes_after_its_clock_are_not_there_yet(view):
    noded = replace(view, noded=64, session_rows=np.array([30, 70]), session_count=2)
    before = view_until(noded, int(view.time_ns[39]))
    after = view_until(noded, int(view.time_ns[75]))
    assert (before.gap_count, before.session_count, before.noded) == (0, 1, 0)
    assert (after.gap_count, after.session_count, after.noded) == (1, 2, 64)


def test_it_ends_at_its_stop_and_shows_no_row_after_it(view):
    clock = ManualClock()
    excerpt = an_excerpt(view, clock)
    clock.advance(29.9)
    assert not excerpt.done
    clock.advance(100.0)
    assert excerpt.done
    assert excerpt.view_now().count == 51


def test_its_speed_is_that_of_market_time(view):
    clock = ManualClock()
    excerpt = an_excerpt(view, clock, speed=10.0)
    clock.advance(2.0)
    assert excerpt.view_now().count == 41


def test_it_follows_columns_that_grow_and_ends_where_its_rows_are_let_go(view):
    clock = ManualClock()
    excerpt = an_excerpt(view, clock)
    excerpt.take(replace(view, count=60))
    assert not excerpt.done
    excerpt.take(replace(view, first=80))
    assert excerpt.done
    assert excerpt.view_now() is None
    excerpt.take(None)
    assert excerpt.done


def test_what_is_held_can_be_played(view):
    assert is_held(view, 0)
    let_go = replace(view, first=10)
    assert is_held(let_go, int(view.time_ns[10]))
    assert not is_held(let_go, int(view.time_ns[9]))


@pytest.mark.parametrize("second", [-5, 0, 17, 89, 200])
def test_cutting_at_an_instant_keeps_all_rows_before_it_and_none_after(view, second):
    now_ns = int(view.time_ns[0]) + second * SECOND
    shown = view_until(view, now_ns)
    kept = sum(1 for at in view.time_ns[: view.count].tolist() if at <= now_ns)
    assert (0 if shown is None else shown.count) == kept
