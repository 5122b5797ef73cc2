"""The path of ticks to the screen: what each stage took, and how many ticks were painted."""

from __future__ import annotations

import pytest

from analytics.events import GuardCounts
from app.viewmodels.tick_path import STAGES, Painted, TickPath
from feeds.stages import Passage

MS, SECOND = 1_000_000, 1_000_000_000


def passage(at_ms: int, *, ticks: int = 10, waited_ms: int = 0) -> Passage:
    """Return a poll at a time: 1 ms from event to arrival, 2 to the poll, 3 guard, 4 engine."""
    polled = at_ms * MS
    market = 10**18 + polled
    return Passage(
        ticks, 0, market - 3 * MS, market - 2 * MS, market - (2 + waited_ms) * MS, market, polled, polled + 3 * MS, polled + 7 * MS
    )  # fmt: skip


def test_before_the_first_paint_nothing_is_known() -> None:
    path = TickPath()
    assert path.stages() == ()
    assert path.arrival_to_pixel() is None
    assert path.last_second == Painted()


def test_each_stage_has_its_own_time_and_they_add_up() -> None:
    path = TickPath()
    path.begin_frame([passage(100)], 112 * MS, GuardCounts())
    path.painted(118 * MS)
    stages = path.stages()
    assert [each.name for each in stages] == list(STAGES)
    assert [each.p50_ms for each in stages] == pytest.approx([1, 2, 3, 4, 5, 6])
    total = path.arrival_to_pixel()
    assert total is not None
    assert total.p50_ms == pytest.approx(2 + 3 + 4 + 5 + 6)


def test_the_tick_that_waited_longest_counts_as_well_as_the_newest() -> None:
    path = TickPath()
    path.begin_frame([passage(100, waited_ms=40)], 107 * MS, GuardCounts())
    path.painted(107 * MS)
    total = path.arrival_to_pixel()
    assert total is not None
    assert (total.p50_ms, total.p99_ms) in ((9.0, 49.0), (49.0, 49.0))
    assert total.p99_ms == 49.0


def test_a_poll_that_painted_nothing_has_no_time_to_the_screen() -> None:
    path = TickPath()
    path.begin_frame([passage(100)], 108 * MS, GuardCounts())
    path.begin_frame([], 124 * MS, GuardCounts())
    path.painted(125 * MS)
    assert path.stages() == ()


def test_the_last_second_says_how_many_ticks_were_painted_of_those_that_came() -> None:
    path = TickPath()
    sent = 0
    for frame in range(61):
        path.begin_frame(
            [passage(frame * 20)], frame * 20 * MS, GuardCounts(taken=sent - sent // 100, late=sent // 100)
        )
        path.painted((frame * 20 + 3) * MS)
        sent += 100
    second = path.last_second
    assert second == Painted(painted=50, came=5_000, computed=4_950)


def test_a_feed_that_begins_anew_begins_the_count_anew() -> None:
    path = TickPath()
    path.begin_frame([], 0, GuardCounts(taken=1_000))
    path.begin_frame([], SECOND // 2, GuardCounts(taken=10))
    path.begin_frame([], SECOND + SECOND // 2, GuardCounts(taken=30))
    assert path.last_second == Painted(0, 20, 20)


def test_what_was_published_before_the_feed_was_open_has_not_waited_for_anyone() -> None:
    path = TickPath()
    path.begin_frame([passage(100, waited_ms=600_000)], 108 * MS, GuardCounts(taken=10))
    path.painted(112 * MS)
    total = path.arrival_to_pixel()
    assert total is not None
    assert total.p99_ms < 20
    path.begin_frame(
        [passage(5_000, waited_ms=4_000)], 5_008 * MS, GuardCounts(taken=20)
    )  # a stall is no past
    path.painted(5_012 * MS)
    total = path.arrival_to_pixel()
    assert total is not None
    assert total.p99_ms > 4_000
