"""The consumer against sources and recorders that are written down, on its real thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.errors import TapeError
from analytics.events import EventKind
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.rules.rule import Rule
from analytics.series import parse_series
from analytics.ticks import NO_SEQ, Arrivals, TimeMark
from feeds.clock import SystemClock
from feeds.consumer import BREATH_S, FEW_TICKS, IDLE_NS, Consumer
from feeds.source import FeedInfo, FeedState, FeedStatus

WAIT_S = 10.0
SECOND = 1_000_000_000


def ticks(seqs: list[int | None], *, first_row: int = 0, step_ns: int = 1_000_000) -> Arrivals:
    """Return ticks of symbol A, one a `step_ns`, price rising by one from 100."""
    count = len(seqs)
    rows = np.arange(first_row, first_row + count)
    zero = np.zeros(count, np.int32)
    return Arrivals(
        symbols=("A",),
        symbol=zero,
        ts_ns=rows * step_ns,
        price=100.0 + rows,
        size=np.ones(count),
        seq=np.array([NO_SEQ if seq is None else seq for seq in seqs], np.int64),
        arrival_ns=rows * step_ns,
        partition=zero,
        offset=rows,
        index=zero,
        first_row=first_row,
    )


class ScriptedSource:
    """Hands out a list of arrivals, then silence, or the end."""

    def __init__(self, script: list[Arrivals], *, ends: bool = False, now_ns: int = 0) -> None:
        self.info = FeedInfo("test", "test", "test:")
        self.lag = 0
        self.now_ns = self.horizon_ns = now_ns
        self.closed_on: str | None = None
        self.handed_out = threading.Event()
        self._script = list(script)
        self._ends = ends
        self._quiet_polls = 0
        self.quiet = threading.Event()

    @property
    def status(self) -> FeedStatus:
        over = self._ends and not self._script
        return FeedStatus(FeedState.ENDED if over else FeedState.LIVE)

    def poll(self, timeout_s: float) -> Arrivals | None:
        if self._script:
            return self._script.pop(0)
        self._quiet_polls += 1
        if self._quiet_polls >= 3:  # what followed the last arrivals has been done by now
            self.quiet.set()
        threading.Event().wait(min(timeout_s, 0.001))
        return None

    def close(self) -> None:
        self.closed_on = threading.current_thread().name


class LaggingSource(ScriptedSource):
    """Has ticks unread until all are handed out."""

    @property
    def lag(self) -> int:
        return sum(len(each) for each in self._script)

    @lag.setter
    def lag(self, _: int) -> None:
        pass


class WrittenTape:
    """A recorder that remembers; it fails at write number `fails_at`."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.notes: list[object] = []
        self.closed = False
        self._fails_at = fails_at

    def write(self, arrivals: Arrivals) -> None:
        if self._fails_at is not None and len(self.notes) >= self._fails_at:
            raise TapeError("disk full: expected room for a part, found none; free some and record again")
        self.notes.append(len(arrivals))

    def note_time(self, partition: int, at_ns: int) -> None:
        self.notes.append(TimeMark(0, at_ns, partition))

    def note_idle(self, partition: int, at_ns: int) -> None:
        self.notes.append(TimeMark(0, at_ns, partition, idle=True))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def run():
    """Return a function that runs a source to its quiet end and stops the consumer afterwards."""
    started: list[Consumer] = []

    def start(
        source: ScriptedSource,
        *,
        tape: WrittenTape | None = None,
        before: Callable[[Consumer], None] | None = None,
    ) -> tuple[Consumer, Guard, Engine]:
        guard = Guard(InstrumentTable())
        engine = Engine(InstrumentTable(), [parse_series("vwap(session)")], events=guard.events)
        consumer = Consumer(source, guard, engine, clock=SystemClock())
        if tape is not None:
            consumer.record(tape)
        if before is not None:
            before(consumer)
        started.append(consumer)
        consumer.start()
        assert source.quiet.wait(WAIT_S)
        return consumer, guard, engine

    yield start
    for consumer in started:
        assert consumer.stop(WAIT_S)


def test_every_tick_polled_reaches_the_columns_and_the_source_is_closed_on_its_thread(run) -> None:
    source = ScriptedSource([ticks([1, 2, 3]), ticks([4, 5], first_row=3)])
    consumer, guard, engine = run(source)
    assert engine.view("A").count == 5
    assert guard.counts.taken == consumer.taken == 5
    consumer.stop(WAIT_S)
    assert source.closed_on == "tickdesk-consumer"


def test_the_end_of_a_feed_lets_held_ticks_leave(run) -> None:
    source = ScriptedSource([ticks([1, 3])], ends=True)
    _, guard, engine = run(source)
    assert engine.view("A").count == 2
    assert (guard.counts.gaps, guard.counts.missing) == (1, 1)


def test_silence_declares_a_gap_at_its_exact_deadline_and_the_tape_says_so(run) -> None:
    tape = WrittenTape()
    source = ScriptedSource([ticks([1, 3])], now_ns=10**12)
    _, guard, engine = run(source, tape=tape)
    assert engine.view("A").count == 2
    assert tape.notes == [2, TimeMark(0, 1_000_000 + 250_000_000, 0)]
    assert guard.counts.gaps == 1


def test_while_ticks_wait_to_be_polled_silence_declares_nothing(run) -> None:
    source = ScriptedSource([ticks([1, 3])], now_ns=10**12)
    source.lag = 1
    _, guard, engine = run(source)
    assert engine.view("A").count == 1
    assert guard.counts.held == 1


def test_a_tape_that_fails_ends_recording_and_nothing_else(run) -> None:
    tape = WrittenTape(fails_at=1)
    source = ScriptedSource([ticks([1]), ticks([2], first_row=1), ticks([3], first_row=2)])
    consumer, _, engine = run(source, tape=tape)
    assert engine.view("A").count == 3
    assert tape.notes == [1]
    assert not consumer.recording
    assert "disk full" in consumer.recorder_fault


def test_a_bug_in_a_command_ends_the_consumer_with_a_status_and_closes_the_tape(caplog) -> None:
    tape = WrittenTape()
    source = ScriptedSource([ticks([1])])
    guard = Guard(InstrumentTable())
    consumer = Consumer(source, guard, Engine(InstrumentTable()), clock=SystemClock())
    consumer.record(tape)
    consumer.post(lambda: 1 // 0)
    consumer.start()
    assert consumer.stop(WAIT_S)
    assert consumer.status.state is FeedState.FAILED
    assert "division" in consumer.status.cause
    assert source.closed_on == "tickdesk-consumer"
    assert tape.closed
    assert "the consumer stopped" in caplog.text


def test_commands_run_on_the_consumers_thread(run) -> None:
    names: list[str] = []
    done = threading.Event()

    def note() -> None:
        names.append(threading.current_thread().name)
        done.set()

    run(ScriptedSource([ticks([1])]), before=lambda consumer: consumer.post(note))
    assert done.wait(WAIT_S)
    assert names == ["tickdesk-consumer"]


def waits_for_silence(consumer: Consumer) -> None:
    consumer.post(lambda: consumer._engine.set_rules([Rule("quiet", "A", "no tick for 30s")]))


def test_a_rule_that_waits_for_silence_fires_at_its_deadline_and_the_tape_has_the_moment(run) -> None:
    tape = WrittenTape()
    source = ScriptedSource([ticks([1, 2, 3])], now_ns=60 * SECOND)
    _, _, engine = run(source, tape=tape, before=waits_for_silence)
    deadline_ns = 2_000_000 + 30 * SECOND
    fired = [(each.rule, each.ts_ns, each.row, each.seq) for each in engine.firings.since(0)[0]]
    assert fired == [("quiet", deadline_ns, 2, 3)]
    assert tape.notes == [3, TimeMark(0, deadline_ns)]


@pytest.mark.parametrize(("now_s", "lag"), [(29, 0), (60, 5)])
def test_before_the_deadline_and_while_ticks_are_unread_silence_fires_nothing(
    run, now_s: int, lag: int
) -> None:
    tape = WrittenTape()
    source = ScriptedSource([ticks([1, 2, 3])], now_ns=now_s * SECOND)
    source.lag = lag
    _, _, engine = run(source, tape=tape, before=waits_for_silence)
    assert engine.firings.count == 0
    assert tape.notes == [3]


def test_one_of_several_partitions_that_is_silent_falls_idle_once_and_the_tape_has_it(run) -> None:
    tape = WrittenTape()
    elsewhere = replace(ticks([1], first_row=2), symbols=("B",), partition=np.ones(1, np.int32))
    late = replace(ticks([3, 4], first_row=3), arrival_ns=np.array([IDLE_NS, 2 * IDLE_NS]))
    now_ns = 2 * IDLE_NS + SECOND
    _, guard, _ = run(LaggingSource([ticks([1, 2]), elsewhere, late], now_ns=now_ns), tape=tape)
    assert tape.notes == [2, 1, 2, TimeMark(0, now_ns, 1, idle=True)]
    assert guard.watermark_ns == 2 * IDLE_NS
    told = [each for each in guard.events.since(0)[0] if each.kind is EventKind.PARTITION]
    assert [each.position.partition for each in told] == [1]


def elsewhere(first_row: int, arrival_ns: list[int]) -> Arrivals:
    """Return ticks of symbol B in partition 1."""
    count = len(arrival_ns)
    some = ticks(list(range(first_row, first_row + count)), first_row=first_row)
    return replace(
        some, symbols=("B",), partition=np.ones(count, np.int32), arrival_ns=np.array(arrival_ns, np.int64)
    )


def test_a_symbol_that_ticks_is_not_silent_because_another_partition_is(run) -> None:
    often = [ticks([at + 1], first_row=at + 1, step_ns=SECOND) for at in range(9)]
    source = LaggingSource([elsewhere(0, [0]), *often], now_ns=9 * SECOND)
    tape = WrittenTape()
    _, _, engine = run(
        source,
        tape=tape,
        before=lambda consumer: consumer.post(
            lambda: consumer._engine.set_rules([Rule("quiet", "A", "no tick for 5s")])
        ),
    )
    assert engine.firings.count == 0
    assert all(isinstance(note, int) for note in tape.notes)


def test_silence_is_told_though_only_ticks_came_that_did_not_leave(run) -> None:
    again = replace(ticks([1], first_row=1), arrival_ns=np.array([40 * SECOND]), offset=np.array([7]))
    source = LaggingSource([ticks([1, 2]), again], now_ns=40 * SECOND)
    tape = WrittenTape()
    _, guard, engine = run(source, tape=tape, before=waits_for_silence)
    assert guard.counts.duplicate == 1
    assert [each.ts_ns for each in engine.firings.since(0)[0]] == [30 * SECOND + 1_000_000]


def test_an_appointed_command_runs_between_the_two_ticks_that_it_was_appointed_for(run) -> None:
    source = ScriptedSource([ticks([1, 2, 3]), ticks([4, 5, 6, 7], first_row=3), ticks([8], first_row=7)])
    seen: list[tuple[str, int]] = []

    def appoint(consumer: Consumer) -> None:
        for name, taken in (("first", 0), ("between", 5), ("again", 5), ("whole", 7), ("never", 99)):
            consumer.appoint(taken, lambda name=name: seen.append((name, consumer.taken)))

    consumer, guard, engine = run(source, before=appoint)
    assert seen == [("first", 0), ("between", 5), ("again", 5), ("whole", 7)]
    assert engine.view("A").count == consumer.taken == guard.counts.taken == 8


def test_each_poll_leaves_a_note_of_when_it_passed_each_stage(run) -> None:
    consumer, _, _ = run(ScriptedSource([ticks([1, 2, 3]), ticks([4], first_row=3)], now_ns=9_000))
    first, second = consumer.passages.since(0)[0]
    assert (first.ticks, second.ticks) == (3, 1)
    assert first.market_ns == 9_000
    assert first.waiting_ns < first.arrival_ns < second.arrival_ns
    for each in (first, second):
        assert each.polled_ns <= each.checked_ns <= each.computed_ns
    assert first.computed_ns <= second.polled_ns


def test_whoever_waits_for_news_is_called_after_every_poll_and_at_the_end(run) -> None:
    calls: list[int] = []

    def listen(consumer: Consumer) -> None:
        consumer.after_turn = lambda: calls.append(consumer.taken)

    consumer, _, _ = run(ScriptedSource([ticks([1, 2]), ticks([3], first_row=2)]), before=listen)
    consumer.stop(WAIT_S)
    assert calls[:2] == [2, 3]
    assert calls[-1] == 3


class NotedClock(SystemClock):
    """Says that a millisecond has passed whenever it is asked, and notes what it is asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._mono_ns = 0

    def monotonic_ns(self) -> int:
        self._mono_ns += 1_000_000
        return self._mono_ns

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return event.is_set()


@pytest.mark.parametrize(
    ("count", "source_kind", "breathes"),
    [(3, ScriptedSource, True), (FEW_TICKS, ScriptedSource, False), (3, LaggingSource, False)],
)
def test_after_few_ticks_the_next_poll_is_put_off_and_after_many_it_comes_at_once(
    count: int, source_kind: type[ScriptedSource], breathes: bool
) -> None:
    clock = NotedClock()
    more = [ticks(list(range(1, FEW_TICKS + 2)))] if source_kind is LaggingSource else []
    source = source_kind([ticks(list(range(1, count + 1))), *more])
    guard = Guard(InstrumentTable())
    consumer = Consumer(source, guard, Engine(InstrumentTable(), events=guard.events), clock=clock)
    consumer.start()
    assert source.quiet.wait(WAIT_S)
    assert consumer.stop(WAIT_S)
    assert consumer.taken == count + sum(len(each) for each in more)
    assert bool(clock.waits) is breathes
    assert all(0 < each <= BREATH_S for each in clock.waits)
