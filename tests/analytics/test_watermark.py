"""The watermark: the least clock over the partitions that are active, whatever the order and the cuts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.clocks import Watermark
from analytics.events import EventKind
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.ticks import NO_TIME, TickBatch, TimeMark
from tests.builders.ticks import MORNING, SECOND, Mark, Sent, arrivals

moments = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["tick"] * 9 + ["idle"])), max_size=200
)


def slow(feed: list[tuple[int, int, str]]) -> list[int]:
    """Return the watermark after each moment, as it is defined."""
    clocks: dict[int, int] = {}
    active: set[int] = set()
    found, now = [], NO_TIME
    for partition, clock, kind in feed:
        if kind == "idle":
            active.discard(partition)
        elif clock != NO_TIME:
            clocks[partition] = clock
            active.add(partition)
        now = max([now, *([min(clocks[each] for each in active)] if active else [])])
        found.append(now)
    return found


def clocked(steps: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return steps with each partition's clock in place of its advance; idle moments do not move it."""
    clocks: dict[int, int] = {}
    feed = []
    for partition, step, kind in steps:
        if kind == "tick":
            clocks[partition] = clocks.get(partition, 100 * partition) + step
        feed.append((partition, clocks.get(partition, NO_TIME), kind))
    return feed


def run(mark: Watermark, feed: list[tuple[int, int, str]]) -> list[int]:
    partitions = np.array([each[0] for each in feed], np.int64)
    clock_ns = np.array([each[1] for each in feed], np.int64)
    return mark.run(partitions, clock_ns, [at for at, each in enumerate(feed) if each[2] == "idle"]).tolist()


@given(moments, st.lists(st.integers(0, 200), max_size=5), st.booleans())
def test_it_is_the_least_clock_of_the_active_partitions_wherever_the_polls_end(
    steps: list[tuple[int, int, str]], cuts: list[int], in_stretches: bool
) -> None:
    feed = clocked(sorted(steps, key=lambda each: each[0]) if in_stretches else steps)
    mark = Watermark()
    bounds = sorted({0, *(min(cut, len(feed)) for cut in cuts), len(feed)})
    found = [each for start, stop in pairwise(bounds) for each in run(mark, feed[start:stop])]
    assert found == slow(feed)


@given(st.integers(0, 2**32))
def test_many_changes_of_partition_make_no_difference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    feed = clocked([(int(p), int(step), "tick") for p, step in rng.integers(0, 4, (400, 2))])
    assert run(Watermark(), feed) == slow(feed)


def clocks_and_marks(batches: list[TickBatch]) -> tuple[list[int], list[tuple[int, int]]]:
    clock, marks = [], []
    for batch in batches:
        before = len(clock)
        clock += [] if batch.clock_ns is None else batch.clock_ns.tolist()
        marks += [(before + index, at_ns) for index, at_ns in batch.marks]
    return clock, marks


def test_ticks_bear_the_watermark_at_which_they_left_and_silence_stands_between_them() -> None:
    guard = Guard(InstrumentTable())
    feed = [
        Sent("A", arrival_ns=MORNING, partition=0),
        Sent("B", arrival_ns=MORNING + 5, partition=1),
        Sent("A", arrival_ns=MORNING + 9, partition=0),
        Mark(MORNING + 20, partition=0),
        Sent("B", arrival_ns=MORNING + 12, partition=1),
        Mark(MORNING + 20, partition=1),
    ]
    clock, marks = clocks_and_marks(guard.take(arrivals(feed)))
    assert clock == [MORNING, MORNING, MORNING + 5, MORNING + 12]
    assert marks == [(3, MORNING + 5), (4, MORNING + 20)]
    assert guard.watermark_ns == MORNING + 20


def test_a_tick_that_time_releases_leaves_before_the_mark_that_released_it() -> None:
    guard = Guard(InstrumentTable())
    feed = [Sent("A", ts_ns=MORNING, seq=1), Sent("A", ts_ns=MORNING + 1, seq=3)]
    guard.take(arrivals([*feed]))
    due = guard.deadline()
    assert due is not None
    clock, marks = clocks_and_marks(guard.pass_time(due[1], due[0]))
    assert (clock, marks) == ([due[0]], [(1, due[0])])


def test_an_idle_partition_holds_nobody_up_until_its_next_tick_and_both_are_told() -> None:
    guard = Guard(InstrumentTable())
    guard.take(arrivals([Sent("A", arrival_ns=MORNING), Sent("B", arrival_ns=MORNING + 1, partition=1)]))
    guard.take(arrivals([Sent("A", arrival_ns=MORNING + 60 * SECOND)], 2))
    assert guard.watermark_ns == MORNING + 1
    assert guard.idle_before(MORNING + 30 * SECOND) == [1]
    guard.mark_idle(1, MORNING + 61 * SECOND)
    assert guard.watermark_ns == MORNING + 60 * SECOND
    assert guard.idle_before(MORNING + 90 * SECOND) == []
    late = Sent("B", arrival_ns=MORNING + 70 * SECOND, partition=1)
    guard.take(arrivals([Sent("A", arrival_ns=MORNING + 80 * SECOND), late], 3))
    assert guard.watermark_ns == MORNING + 80 * SECOND  # it never falls
    told = [each for each in guard.events.since(0)[0] if each.kind is EventKind.PARTITION]
    assert [(each.position.partition, each.detail.split()[-1]) for each in told] == [(1, "it"), (1, "again")]
    assert guard.counts.idle == 1


def test_the_furthest_partition_is_never_idle() -> None:
    guard = Guard(InstrumentTable())
    guard.take(arrivals([Sent("A", arrival_ns=MORNING), Sent("B", arrival_ns=MORNING + 1, partition=1)]))
    assert guard.idle_before(MORNING + 3600 * SECOND) == [0]
    guard.mark_idle(0, MORNING + 3600 * SECOND)
    assert guard.idle_before(MORNING + 7200 * SECOND) == []


def test_an_idle_mark_of_a_tape_acts_where_it_stands() -> None:
    at_once, in_turn = Guard(InstrumentTable()), Guard(InstrumentTable())
    before = [Sent("A", arrival_ns=MORNING), Sent("B", arrival_ns=MORNING + 1, partition=1)]
    after = [Sent("A", arrival_ns=MORNING + 9), Sent("B", arrival_ns=MORNING + 11, partition=1)]
    whole = arrivals([*before, *after])
    marked = [TimeMark(2, MORNING + 5, 1, idle=True)]
    one = at_once.take(replace(whole, time_marks=tuple(marked)))
    several = [
        *in_turn.take(arrivals(before)),
        *in_turn.mark_idle(1, MORNING + 5),
        *in_turn.take(arrivals(after, 2)),
    ]
    assert clocks_and_marks(one) == clocks_and_marks(several)
    assert at_once.events.since(0)[0] == in_turn.events.since(0)[0]
