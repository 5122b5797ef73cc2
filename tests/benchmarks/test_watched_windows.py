"""A window that is watched from outside: what is told of it, and the rows that are made of it."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import heartbeat, soak, start, window
from benchmarks.programs import running, told
from benchmarks.rows import Row
from benchmarks.screen import Screen
from benchmarks.usage import Usage, between, usage, watch_usage
from benchmarks.watched import ENGINES, THREAD, Order, Watched, beside, heartbeat_rows, titled, watching

OFF_SCREEN = Screen("offscreen", {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
SECOND = 1_000_000_000
COUNTS = {"taken": 90, "quarantined": 4, "late": 3, "duplicate": 2, "held": 0, "missing": 1, "sent": 99}
needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")


def seen(beats: int = 100, **changes: object) -> Watched:
    """Return a watch of a beat each second, 1 ms late, one tick each, 10 frames of 2 ms and 100 bytes a tick."""
    times = [n * SECOND for n in range(beats)]
    found = Watched(
        platform="offscreen",
        place="thread",
        complete=True,
        first_ns=0,
        began_ns=0,
        ended_ns=times[-1],
        taken=beats,
        counts=COUNTS,
        beat_ns=times,
        late_ms=[1.0] * beats,
        seen=list(range(beats)),
        frame_ns=times,
        frame_ms=[2.0] * beats,
        ages_ms=[],
        held_ns=times,
        held_bytes=[n * 1_000_000 for n in range(beats)],
    )
    return replace(found, **changes)


def used(beats: int = 100, mb_each: float = 1.0) -> list[Usage]:
    return [Usage(n * SECOND, round(n * mb_each * 1e6), 30, 5) for n in range(beats)]


def row(rows: list[Row], ending: str) -> Row:
    [found] = [each for each in rows if each.name.endswith(ending)]
    return found


# A program beside


def test_a_program_that_still_runs_at_the_end_is_stopped() -> None:
    with ExitStack() as stack:
        program = stack.enter_context(running("http.server", "0", "--bind", "127.0.0.1"))
        assert program.poll() is None
    assert program.poll() is not None


def test_a_program_is_stopped_where_its_benchmark_is_interrupted() -> None:
    running_one = running("http.server", "0", "--bind", "127.0.0.1")
    program = running_one.__enter__()
    interrupt = KeyboardInterrupt()
    assert not running_one.__exit__(KeyboardInterrupt, interrupt, None)
    assert program.poll() is not None


def test_a_program_that_ends_without_a_word_ends_the_benchmark() -> None:
    with (
        running(
            "benchmarks.desk_window", '{"feed": "nowhere:"}', environment=OFF_SCREEN.environment
        ) as program,
        pytest.raises(SystemExit, match="ended with code 1"),
    ):
        told(program)


@needs_proc
def test_usage_counts_what_is_opened_held_and_begun() -> None:
    before, ended = usage(os.getpid()), threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    with Path(__file__).open("rb"):
        held = b"x" * 50_000_000
        after = usage(os.getpid())
    ended.set()
    thread.join()
    assert after.threads == before.threads + 1
    assert after.handles == before.handles + 1
    assert after.memory - before.memory > 0.9 * len(held)


@needs_proc
def test_usage_counts_a_child_as_well() -> None:
    before = usage(os.getpid())
    with running("http.server", "0", "--bind", "127.0.0.1") as program:
        with_child = usage(os.getpid())
        alone = usage(program.pid)
    assert with_child.threads >= before.threads + alone.threads


# A window


@needs_proc
@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_tells_of_its_heart_its_frames_and_its_ticks(engine: str) -> None:
    order = Order("sim:?rate=500", engine, warm_s=0.0, watched_s=1.5)  # held is noted once a second
    with watching(order, OFF_SCREEN) as shown:
        found, samples = watch_usage(shown)
    assert found.complete
    assert found.place.startswith("thread" if engine == THREAD else "process")
    assert found.platform == "offscreen"
    assert found.seconds >= 1.0
    assert len(found.beat_ns) == len(found.late_ms) == len(found.seen)
    assert found.beat_ns == sorted(found.beat_ns)
    assert found.seen == sorted(found.seen)
    assert 0 < found.taken <= found.counts["taken"]
    assert found.frame_ms
    assert min(found.frame_ms) > 0.0
    assert found.ages_ms
    assert found.held_bytes[-1] > 0
    assert samples
    assert samples[-1].handles > 3


def test_a_feed_that_does_not_open_ends_the_benchmark() -> None:
    order = Order("file:not-there.csv", most_s=1.0)
    with pytest.raises(SystemExit, match=r"did not open file:not-there\.csv"), watching(order, OFF_SCREEN):
        pass


def test_the_program_shows_a_tick_and_tells_when(tmp_path: Path) -> None:
    assert start.start_s(OFF_SCREEN, str(tmp_path)) > 0.0


# Rows


def test_what_is_better_apart_has_a_ratio_above_one_whichever_way_it_is_better() -> None:
    thread = [Row("late", 30.0, "ms"), Row("rate", 1.0, "M ticks/s"), Row("astray", 0, "ticks")]
    apart = [Row("late", 10.0, "ms"), Row("rate", 2.0, "M ticks/s"), Row("astray", 0, "ticks")]
    rows = beside({"thread": thread, "apart": apart})
    assert rows[:3] == thread
    assert [each.ratio for each in rows[3:]] == [3.0, 2.0, None]


def test_a_watch_that_was_cut_short_or_had_another_engine_says_so() -> None:
    assert titled("load", "thread", OFF_SCREEN, [seen()]) == "load, engine on a thread, offscreen"
    assert "cut short" in titled("load", "thread", OFF_SCREEN, [seen(), seen(complete=False)])
    assert "fell back" in titled("load", "apart", OFF_SCREEN, [seen()])
    assert "fell back" not in titled("load", "apart", OFF_SCREEN, [seen(place="process 7")])


@pytest.mark.parametrize(("most", "met"), [(20.0, True), (19.0, False)])
def test_the_goal_of_a_heartbeat_is_its_99th_percentile(most: float, met: bool) -> None:
    late_ms = [1.0] * 50 + [19.5] * 49 + [500.0]
    rows = heartbeat_rows("load", late_ms, most)
    assert row(rows, "worst").value == 500.0
    assert row(rows, "p50").value == pytest.approx((1.0 + 19.5) / 2)
    assert row(rows, "p99").met == (row(rows, "p99").value < most)
    assert (late_ms[98] < most) is met


def test_a_burst_is_timed_from_its_first_tick_and_its_heart_is_watched_until_it_is_caught_up() -> None:
    late_ms = [900.0] * 10 + [5.0] * 3 + [40.0] + [900.0] * 86
    rows = heartbeat.burst_rows("burst", seen(late_ms=late_ms), 99, (10 * SECOND, 11 * SECOND), 13)
    assert row(rows, "with the broker after").value == 1.0
    assert row(rows, "from the first tick on").value == 3.0
    assert row(rows, "worst").value == 40.0
    assert row(rows, "unaccounted for").met


def test_a_burst_that_is_never_caught_up_misses_its_goal() -> None:
    rows = heartbeat.burst_rows("burst", seen(), 150, (10 * SECOND, 13 * SECOND), 120)
    assert not row(rows, "from the first tick on").met
    assert not row(rows, "with the broker after").met
    assert row(rows, "unaccounted for").value == 51


def test_growth_of_what_the_columns_hold_is_no_leak_and_more_than_that_is() -> None:
    even = soak.soak_rows("soak", seen(), *soak.tenths(seen(), used(mb_each=1.0)))
    assert row(even, "columns hold").value == pytest.approx(90.0)
    assert row(even, "beyond that").value == pytest.approx(0.0, abs=1e-6)
    leaking = soak.soak_rows("soak", seen(), *soak.tenths(seen(), used(mb_each=1.25)))
    assert row(leaking, "beyond that").value == pytest.approx(22.5)
    assert [row(even, "beyond that").met, row(leaking, "beyond that").met] == [True, False]


def test_frames_handles_and_threads_of_the_last_tenth_stand_beside_those_of_the_first() -> None:
    slower = seen(frame_ms=[2.0] * 50 + [3.0] * 50)
    more = [replace(each, handles=31, threads=6) if each.at_ns > 50 * SECOND else each for each in used()]
    rows = soak.soak_rows("soak", slower, *soak.tenths(slower, more))
    last = row(rows, "frame, p50 of the last tenth")
    assert (last.value, last.ratio, last.met) == (3.0, pytest.approx(2 / 3), False)
    assert [row(rows, "more handles").value, row(rows, "more threads").value] == [1, 1]
    assert [row(rows, "more handles").met, row(rows, "more threads").met] == [False, False]


@pytest.mark.parametrize(("bytes_a_tick", "met"), [(160, True), (190, True), (200, True), (900, False)])
def test_a_window_may_grow_by_its_ticks_and_twenty_megabytes(bytes_a_tick: int, met: bool) -> None:
    ticks = 50_000
    samples = [Usage(n * SECOND, n * bytes_a_tick * ticks // 99, 30, 5) for n in range(100)]
    rows = window.window_rows("window", seen(taken=ticks), samples)
    assert row(rows, "bytes a tick").met is met
    assert row(rows, "dropped or missing").value == 4 + 3 + 2 + 1


def test_a_span_without_a_sample_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="watch it for longer"):
        between(used(), 10 * SECOND + 1, 11 * SECOND - 1)
