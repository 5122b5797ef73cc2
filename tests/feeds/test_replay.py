from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.ticks import NO_SEQ, NO_TIME, Arrivals, TimeMark
from feeds.clock import ManualClock, SystemClock
from feeds.files import Recording
from feeds.replay import BATCH_ROWS, Pace, ReplaySource
from feeds.source import FeedState, Replayable

S = 1_000_000_000
START_NS = 1_704_110_400 * S


def recording(seconds, *, marks=(), arrival=None, defects=None, name="day.csv") -> Recording:
    """Build a recording with one tick at each of these seconds."""
    times = START_NS + (np.asarray(seconds, np.float64) * S).astype(np.int64)
    n = len(times)
    return Recording(
        Path(name),
        Arrivals(
            symbols=("NIFTY",),
            symbol=np.zeros(n, np.int32),
            ts_ns=times,
            price=np.arange(n) + 1.0,
            size=np.ones(n),
            seq=np.full(n, NO_SEQ),
            arrival_ns=np.full(n, NO_TIME) if arrival is None else START_NS + np.array(arrival, np.int64) * S,
            partition=np.zeros(n, np.int32),
            offset=np.arange(n, dtype=np.int64),
            index=np.zeros(n, np.int32),
            defects=defects or {},
            time_marks=tuple(TimeMark(row, START_NS + at * S) for row, at in marks),
        ),
    )


@pytest.fixture
def clock():
    return ManualClock(500)


def rows(arrivals: Arrivals | None) -> list[int] | None:
    return None if arrivals is None else arrivals.offset.tolist()


def test_it_is_a_replayable_source(clock):
    source = ReplaySource(recording([0]), clock)
    assert isinstance(source, Replayable)
    assert (source.info.kind, source.info.title, source.info.symbols) == ("file", "day.csv", ("NIFTY",))
    assert source.info.opening_symbol == "NIFTY"


def test_rows_come_when_their_time_has_come(clock):
    source = ReplaySource(recording([0, 1, 1, 3.5]), clock)
    assert rows(source.poll(0)) == [0]
    assert source.poll(0.25) is None
    assert clock.now_ns() == 500 + S // 4
    assert rows(source.poll(10)) == [1, 2]
    assert clock.now_ns() == 500 + S
    assert rows(source.poll(10)) == [3]
    assert clock.now_ns() == 500 + 3.5 * S
    assert source.status.state is FeedState.ENDED
    assert source.poll(1) is None


def test_rows_that_are_due_together_come_together(clock):
    source = ReplaySource(recording([0, 1, 2, 3]), clock)
    clock.advance(2)
    assert source.lag == 3
    assert rows(source.poll(0)) == [0, 1, 2]
    assert source.lag == 0


@pytest.mark.parametrize("speed", [0.5, 20.0, 100.0])
def test_speed_divides_the_waits(clock, speed):
    source = ReplaySource(recording([0, 10]), clock, speed=speed)
    source.poll(0)
    assert rows(source.poll(60)) == [1]
    assert clock.now_ns() - 500 == pytest.approx(10 * S / speed, abs=2_000)


def test_at_speed_max_a_poll_hands_over_a_full_batch(clock):
    source = ReplaySource(recording(np.arange(BATCH_ROWS + 5)), clock, speed=None)
    assert len(source.poll(0)) == BATCH_ROWS
    assert source.now_ns == START_NS + (BATCH_ROWS - 1) * S
    last = source.poll(0)
    assert (last.first_row, len(last)) == (BATCH_ROWS, 5)
    assert clock.now_ns() == 500
    assert source.status.state is FeedState.ENDED


def test_a_batch_is_never_larger_however_late_the_poll(clock):
    source = ReplaySource(recording(np.zeros(BATCH_ROWS + 1)), clock)
    assert len(source.poll(0)) == BATCH_ROWS
    assert len(source.poll(0)) == 1


def test_pause_holds_the_time_and_play_goes_on_from_it(clock):
    source = ReplaySource(recording([0, 10]), clock)
    source.poll(0)
    clock.advance(4)
    source.pause()
    assert source.status.state is FeedState.PAUSED
    assert source.poll(100) is None
    assert source.now_ns == START_NS + 4 * S
    assert source.transport.paused
    source.play()
    assert source.status.state is FeedState.REPLAYING
    began = clock.now_ns()
    assert rows(source.poll(100)) == [1]
    assert clock.now_ns() - began == 6 * S


def test_a_change_of_speed_keeps_the_time(clock):
    source = ReplaySource(recording([0, 10]), clock)
    source.poll(0)
    clock.advance(5)
    source.set_speed(5)
    assert source.now_ns == START_NS + 5 * S
    began = clock.now_ns()
    assert rows(source.poll(100)) == [1]
    assert clock.now_ns() - began == pytest.approx(S, abs=2_000)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_that_is_none_is_refused(clock, speed):
    source = ReplaySource(recording([0]), clock)
    with pytest.raises(ConfigError, match="expected a speed above 0 or max"):
        source.set_speed(speed)


def test_step_hands_over_so_many_rows_and_holds(clock):
    source = ReplaySource(recording([0, 1, 2, 3, 4]), clock, paused=True)
    assert source.poll(1) is None
    source.step(2)
    assert rows(source.poll(0)) == [0, 1]
    assert source.poll(50) is None
    assert source.now_ns == START_NS + S
    source.step(1)
    source.step(1)
    assert rows(source.poll(0)) == [2, 3]
    assert source.status.state is FeedState.PAUSED
    source.step(10)
    assert rows(source.poll(0)) == [4]
    assert source.status.state is FeedState.ENDED


def test_step_while_playing_holds_first(clock):
    source = ReplaySource(recording([0, 1, 2, 3]), clock)
    source.poll(0)
    source.step(1)
    assert rows(source.poll(0)) == [1]
    assert source.poll(100) is None
    assert source.status.state is FeedState.PAUSED


def test_play_after_a_step_is_paced_from_there(clock):
    source = ReplaySource(recording([0, 7, 9]), clock, paused=True)
    source.step(2)
    source.poll(0)
    source.play()
    began = clock.now_ns()
    assert rows(source.poll(60)) == [2]
    assert clock.now_ns() - began == 2 * S


@pytest.mark.parametrize("paused", [False, True])
def test_run_to_goes_there_at_once_and_then_on_as_before(clock, paused):
    source = ReplaySource(recording(np.arange(100)), clock, paused=paused)
    source.run_to(90)
    began = clock.now_ns()
    assert rows(source.poll(0)) == list(range(90))
    assert clock.now_ns() == began
    assert source.now_ns == START_NS + 89 * S
    after = source.poll(1)
    assert rows(after) == (None if paused else [90])
    assert source.status.state is (FeedState.PAUSED if paused else FeedState.REPLAYING)


def test_run_to_past_the_end_ends(clock):
    source = ReplaySource(recording([0, 1]), clock, paused=True)
    source.run_to(99)
    assert rows(source.poll(0)) == [0, 1]
    assert source.status.state is FeedState.ENDED


def test_rewind_starts_again_and_keeps_pause_and_speed(clock):
    source = ReplaySource(recording([0, 1, 2]), clock, speed=None)
    source.poll(0)
    assert source.status.state is FeedState.ENDED
    source.rewind()
    assert source.transport.row == 0
    assert source.now_ns == START_NS
    assert rows(source.poll(0)) == [0, 1, 2]


def test_a_seek_back_then_forward_hands_over_every_row_once(clock):
    source = ReplaySource(recording(range(50)), clock)
    clock.advance(30)
    source.poll(0)
    source.rewind()
    source.run_to(10)
    assert rows(source.poll(0)) == list(range(10))
    assert rows(source.poll(5)) == [10]


def test_the_arrival_time_is_replayed_where_it_is_known_and_never_goes_back(clock):
    found = recording([0, 1, 2, 3], arrival=[5, 4, 9, 9])
    assert ((found.replay_ns - START_NS) // S).tolist() == [5, 5, 9, 9]
    assert [found.row_at(START_NS + at * S) for at in (0, 5, 6, 9, 10)] == [0, 0, 2, 2, 4]


def test_a_row_that_could_not_be_read_does_not_hold_up_the_replay():
    found = recording([7, 0, 99_999_999, 1], defects={0: "bad", 2: "bad"})
    assert ((found.replay_ns - START_NS) // S).tolist() == [0, 0, 0, 1]


def test_time_marks_come_at_their_own_time_once(clock):
    source = ReplaySource(recording([0, 10, 20], marks=[(1, 4), (1, 6), (3, 25)]), clock)
    assert rows(source.poll(0)) == [0]
    for at in (4, 6):
        silent = source.poll(60)
        assert (len(silent), silent.time_marks, silent.first_row) == (0, (TimeMark(0, START_NS + at * S),), 1)
        assert clock.now_ns() - 500 == at * S
    row = source.poll(60)
    assert (rows(row), row.time_marks) == ([1], ())
    assert rows(source.poll(60)) == [2]
    assert source.status.state is FeedState.REPLAYING
    assert source.poll(60).time_marks == (TimeMark(0, START_NS + 25 * S),)
    assert source.status.state is FeedState.ENDED


def test_time_marks_stand_between_their_rows_at_any_speed(clock):
    source = ReplaySource(recording([0, 10, 20], marks=[(0, 0), (1, 4), (2, 11), (3, 25)]), clock, speed=None)
    marks = source.poll(0).time_marks
    assert [mark.row for mark in marks] == [0, 1, 2, 3]
    source.rewind()
    source.pause()
    source.step(1)
    assert [mark.row for mark in source.poll(0).time_marks] == [0]
    source.step(2)
    assert [mark.row for mark in source.poll(0).time_marks] == [0, 1, 2]


@given(
    gaps=st.lists(st.integers(0, 5), max_size=30),
    marks=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 200)), max_size=6),
    moves=st.lists(
        st.one_of(
            st.tuples(st.just("poll"), st.floats(0, 20)),
            st.tuples(st.just("step"), st.integers(0, 4)),
            st.tuples(st.just("run_to"), st.integers(0, 40)),
            st.tuples(st.sampled_from(["pause", "play"]), st.none()),
            st.tuples(st.just("set_speed"), st.sampled_from([None, 0.5, 1.0, 100.0])),
        ),
        max_size=30,
    ),
)
def test_whatever_is_commanded_rows_and_marks_come_once_and_in_order(gaps, marks, moves):
    placed = sorted((min(row, len(gaps)), at) for row, at in marks)
    whole = recording(np.cumsum(gaps), marks=placed)
    source = ReplaySource(whole, ManualClock(0))
    came: list[int] = []
    marked: list[tuple[int, int]] = []

    def take(timeout_s: float) -> bool:
        before = source.now_ns
        found = source.poll(timeout_s)
        assert source.now_ns >= before
        if found is None:
            return False
        assert found.first_row == len(came)
        marked.extend((mark.row + found.first_row, mark.at_ns) for mark in found.time_marks)
        came.extend(rows(found))
        return True

    for name, value in moves:
        if name == "poll":
            take(value)
        else:
            getattr(source, name)(*(() if name in ("pause", "play") else (value,)))
    source.play()
    source.set_speed(None)
    while take(0.0):
        pass
    assert came == list(range(len(gaps)))
    assert marked == [(row, START_NS + at * S) for row, at in placed]
    assert source.status.state is FeedState.ENDED


def test_the_transport_tells_where_it_stands(clock):
    source = ReplaySource(recording([0, 1, 2, 3]), clock, speed=2.0)
    clock.advance(1)
    source.poll(0)
    found = source.transport
    assert (found.row, found.rows, found.speed, found.paused) == (3, 4, 2.0, False)
    assert (found.first_ts_ns, found.ts_ns, found.last_ts_ns) == (
        START_NS,
        START_NS + 2 * S,
        START_NS + 3 * S,
    )
    assert source.row_at(START_NS + S + 1) == 2


def test_the_timeline_covers_every_row_once_with_its_size():
    found = recording(np.sort(np.random.default_rng(1).integers(0, 23_400, 5_000)))
    bins = found.timeline
    assert len(bins) == 300
    assert [each.first_row for each in bins[1:]] == [each.stop_row for each in bins[:-1]]
    assert (bins[0].first_row, bins[-1].stop_row) == (0, 5_000)
    assert all(each.size == each.stop_row - each.first_row for each in bins)
    assert sum(each.size for each in bins) == 5_000
    for each in bins:
        assert (found.replay_ns[each.first_row : each.stop_row] >= each.ts_ns).all()


def test_the_replayed_time_does_not_run_past_the_next_row(clock):
    source = ReplaySource(recording([0, 5]), clock)
    source.poll(0)
    clock.advance(60)
    assert source.now_ns == START_NS + 5 * S


def test_a_recording_without_rows_has_ended(clock):
    source = ReplaySource(recording([]), clock)
    assert source.status.state is FeedState.ENDED
    assert source.poll(0) is None
    assert source.transport.rows == 0


@pytest.mark.parametrize("end", ["close", "wake"])
def test_a_poll_that_waits_returns_when_it_is_told_to_from_another_thread(end):
    source = ReplaySource(recording([0, 3_600]), SystemClock())
    source.poll(0)
    found = ["nothing yet"]
    thread = threading.Thread(target=lambda: found.append(source.poll(60)))
    thread.start()
    getattr(source, end)()
    thread.join(10)
    assert not thread.is_alive()
    assert found[-1] is None
    source.close()
    source.close()
    assert source.poll(60) is None


@given(
    speed=st.sampled_from([0.5, 1.0, 20.0, 100.0]),
    elapsed=st.integers(0, 10**15),
    ahead=st.integers(0, 10**15),
)
def test_a_wait_ends_when_the_recorded_time_is_there(speed, elapsed, ahead):
    pace = Pace(7, START_NS, speed)
    now = 7 + elapsed
    until = pace.time_at(now) + ahead
    wait_ns = pace.wait_s(now, until) * S
    assert pace.time_at(now + round(wait_ns)) == pytest.approx(until, abs=200)
    assert Pace(7, START_NS, 0.0).wait_s(now, START_NS + 1) == float("inf")
