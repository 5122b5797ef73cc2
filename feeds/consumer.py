"""The consumer: one named thread that polls a source and drives tape, guard and engine.

It owns them all from `start` to the join in `stop`. Commands go through a bounded inbox and take effect
between two polls. Guard and engine are protocols here; the desk passes them in.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from analytics.errors import TapeError, TickdeskError
from analytics.log import AppendLog
from analytics.ticks import Arrivals, TickBatch
from feeds.clock import Clock
from feeds.pieces import piece
from feeds.source import FeedState, FeedStatus, Replayable, Source
from feeds.stages import Passage

POLL_S = 0.05
"""Longest wait in one poll; a command or a stop waits no longer than this."""
INBOX_MOST = 1_000
IDLE_NS = 10_000_000_000
"""A partition of several that has been silent this long, with nothing unread, counts as idle."""
FEW_TICKS = 2_048
BREATH_S, BREATHS = 0.005, 2.0
"""After a poll of few ticks, with few unread, the next is put off for so many times as long as this one took, to so long
at most. Each poll has its price, whatever it brings: one by one they would take a whole core, and of a window that
shares its interpreter its heart."""
KEPT_PASSAGES = 1_024
_JOIN_S = 5.0
_log = logging.getLogger(__name__)


class Checker(Protocol):
    """What puts arrivals in order: the guard."""

    def take(self, arrivals: Arrivals) -> list[TickBatch]:
        """Return the clean ticks that these arrivals let leave."""

    def pass_time(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Move a partition's clock in silence; return what leaves."""

    def finish(self) -> list[TickBatch]:
        """Let everything leave: the feed has ended."""

    def mark_idle(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Let the watermark not wait for a partition until its next tick; return what that lets leave."""

    def deadline(self) -> tuple[int, int] | None:
        """Return (clock time, partition) at which time alone lets ticks leave."""

    def behind(self, at_ns: int) -> list[int]:
        """Return the active partitions that must pass a time for the engine to know of it."""

    def idle_before(self, at_ns: int) -> list[int]:
        """Return the active partitions that have been silent since before a time, all but the furthest."""

    def reset(self) -> None:
        """Forget everything."""


class Computer(Protocol):
    """What takes clean ticks: the engine."""

    def take(self, batch: TickBatch) -> Sequence[Any]:
        """Append a batch, compute, and return its firings."""

    def deadline(self) -> int | None:
        """Return the watermark at which silence alone makes a rule fire, or None."""

    def reset(self) -> None:
        """Forget all ticks."""


class Recorder(Protocol):
    """What writes a tape."""

    def write(self, arrivals: Arrivals) -> None:
        """Write arrivals before anything can drop them. Raises TapeError."""

    def note_time(self, partition: int, at_ns: int) -> None:
        """Write a time event. Raises TapeError."""

    def note_idle(self, partition: int, at_ns: int) -> None:
        """Write that a partition was found idle. Raises TapeError."""

    def close(self) -> None:
        """Finish the open part. Raises TapeError."""


class Consumer:
    """Polls `source` on a thread of its own until stopped; then closes it there.

    `status` and `settling` may be read from any thread; everything else is for the thread that made it.
    """

    def __init__(self, source: Source, guard: Checker, engine: Computer, *, clock: Clock) -> None:
        self._source = source
        self._guard = guard
        self._engine = engine
        self._clock = clock
        self._recorder: Recorder | None = None
        self._inbox: queue.Queue[Callable[[], None]] = queue.Queue(INBOX_MOST)
        self._appointed: deque[tuple[int, Callable[[], None]]] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tickdesk-consumer")
        self._fault: FeedStatus | None = None
        self._finished = False
        self._seeks_asked = 0
        self._seeks_done = 0
        self._seeks_under_way = 0
        self._seek_row: int | None = None
        self.recorder_fault = ""
        """Why recording stopped by itself, or ``""``."""
        self.taken = 0
        """Arrivals polled so far."""
        self.last_poll_ns = clock.monotonic_ns()
        """The monotonic time at which ticks last came."""
        self.passages: AppendLog[Passage] = AppendLog(KEPT_PASSAGES)
        """When the ticks of each poll passed each stage."""
        self.after_turn: Callable[[], None] | None = None
        """What is called on the consumer's thread after every poll, and when it ends; set before `start`."""

    @property
    def status(self) -> FeedStatus:
        """Return the feed's state, or the fault that ended this consumer."""
        return self._fault or self._source.status

    @property
    def settling(self) -> bool:
        """Return whether a seek is being played through; firings meanwhile are history."""
        return self._seeks_asked != self._seeks_done

    @property
    def finished(self) -> bool:
        """Return whether the feed has ended and every tick of it is taken and computed."""
        return self._finished and not self.settling

    @property
    def recording(self) -> bool:
        """Return whether a tape is being written."""
        return self._recorder is not None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float = _JOIN_S) -> bool:
        """Stop, and wait for the thread; return whether it ended in time."""
        self._stopping.set()
        if self._thread.ident is None:
            self._source.close()  # opened, and never polled
        else:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def post(self, command: Callable[[], None]) -> None:
        """Have a command run on the consumer's thread between two polls.

        Raises TickdeskError where a thousand commands wait already.
        """
        try:
            self._inbox.put_nowait(command)
        except queue.Full:
            raise TickdeskError(f"{INBOX_MOST} commands wait already: the consumer is stuck") from None

    def appoint(self, taken: int, command: Callable[[], None]) -> None:
        """Have a command run once so many arrivals are taken, before the next; in ascending order, before `start`."""
        self._appointed.append((taken, command))

    def seek(self, row: int) -> None:
        """Have a replay go to a row, with all state as if played through; forward it plays on to it."""
        number = self._seeks_asked + 1
        self.post(lambda: self._seek(row, number))
        self._seeks_asked = number

    def record(self, recorder: Recorder | None) -> None:
        """Have arrivals written by a recorder from now on; None closes the one before."""
        self.post(lambda: self.change_recorder(recorder))

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._obey()
                self._turn()
        except Exception as error:  # noqa: BLE001  a bug here must not take the window along
            _log.exception("the consumer stopped")
            self._fault = FeedStatus(FeedState.FAILED, f"internal error: {error}")
        finally:
            self.change_recorder(None)
            self._source.close()
            self._tell_turn()

    def _tell_turn(self) -> None:
        if self.after_turn is not None:
            self.after_turn()

    def _obey(self) -> None:
        while True:
            try:
                command = self._inbox.get_nowait()
            except queue.Empty:
                return
            command()

    def _turn(self) -> None:
        arrivals = self._source.poll(POLL_S)
        began_ns = self._clock.monotonic_ns()
        if arrivals is not None:
            self._keep_appointments(arrivals)
        elif self._source.status.state is FeedState.ENDED:
            self._end()
        self._pass_silence()
        self._settle()
        self._tell_turn()
        if arrivals is not None and len(arrivals) < FEW_TICKS and self._source.lag < FEW_TICKS:
            busy_s = (self._clock.monotonic_ns() - began_ns) / 1e9
            self._clock.wait(self._stopping, min(BREATHS * busy_s, BREATH_S))

    def _keep_appointments(self, arrivals: Arrivals) -> None:
        """Take arrivals, in parts where a command is to run between two of them."""
        start = 0
        while self._appointed and self._appointed[0][0] < self.taken + len(arrivals) - start:
            due, command = self._appointed.popleft()
            stop = max(due - self.taken, 0) + start
            if stop > start:
                self._take(piece(arrivals, start, stop))
            command()
            start = stop
        self._take(piece(arrivals, start, len(arrivals)) if start else arrivals)
        while self._appointed and self._appointed[0][0] <= self.taken:
            self._appointed.popleft()[1]()

    def keep_all_appointments(self) -> None:
        """Run what was appointed for later at once; for a command that runs on the consumer's thread."""
        while self._appointed:
            self._appointed.popleft()[1]()

    def _take(self, arrivals: Arrivals) -> None:
        self._finished = False
        polled_ns, market_ns = self._clock.monotonic_ns(), self._market_ns()
        if self._recorder is not None:
            try:
                self._recorder.write(arrivals)
            except TapeError as error:
                self._give_up_recording(error)
        batches = self._guard.take(arrivals)
        checked_ns = self._clock.monotonic_ns()
        self._compute(batches)
        if len(arrivals):
            self.taken += len(arrivals)
            self.last_poll_ns = computed_ns = self._clock.monotonic_ns()
            event_ns, arrival_ns = int(arrivals.ts_ns[-1]), int(arrivals.arrival_ns[-1])
            waiting_ns = int(arrivals.arrival_ns[0])
            times = (event_ns, arrival_ns, waiting_ns, market_ns, polled_ns, checked_ns, computed_ns)
            self.passages.append(Passage(len(arrivals), self._source.lag, *times))

    def _market_ns(self) -> int:
        """Return the time by the clock that stamps the feed's ticks: a broker's is the machine's, about."""
        return self._clock.now_ns() if self._source.info.kind == "kafka" else self._source.now_ns

    def _compute(self, batches: list[TickBatch]) -> None:
        for batch in batches:
            self._engine.take(batch)

    def _pass_silence(self) -> None:
        """Let time itself release what waits: not in a replay, whose tape has its own time events.

        One symbol may be silent while others tick, so this is looked at after every poll.
        """
        if isinstance(self._source, Replayable):
            return
        due, silence_ns = self._guard.deadline(), self._engine.deadline()
        horizon_ns = self._source.horizon_ns  # before the lag: what arrived by then must be polled first
        idle = self._guard.idle_before(horizon_ns - IDLE_NS)
        waits = due is not None and due[0] <= horizon_ns
        silent = silence_ns is not None and silence_ns <= horizon_ns
        if not (waits or silent or idle) or self._source.lag:
            return
        for partition in idle:
            self._let_fall_idle(partition, horizon_ns)
        if due is not None and waits:
            self._let_time_pass(due[1], due[0])
        elif silence_ns is not None and silent:
            for partition in self._guard.behind(silence_ns):
                self._let_time_pass(partition, silence_ns)

    def _let_time_pass(self, partition: int, at_ns: int) -> None:
        self._note(lambda tape: tape.note_time(partition, at_ns))
        self._compute(self._guard.pass_time(partition, at_ns))

    def _let_fall_idle(self, partition: int, at_ns: int) -> None:
        self._note(lambda tape: tape.note_idle(partition, at_ns))
        self._compute(self._guard.mark_idle(partition, at_ns))

    def _note(self, write: Callable[[Recorder], None]) -> None:
        if self._recorder is not None:
            try:
                write(self._recorder)
            except TapeError as error:
                self._give_up_recording(error)

    def _end(self) -> None:
        if not self._finished:
            self._compute(self._guard.finish())
            self._finished = True

    def _seek(self, row: int, number: int) -> None:
        source = self._source
        self._seeks_under_way, self._seek_row = number, row
        if not isinstance(source, Replayable):
            self._seek_row = None
            self._seeks_done = number
            return
        if row < source.transport.row:
            source.rewind()
            self._guard.reset()
            self._engine.reset()
            self._finished = False
        source.run_to(row)

    def _settle(self) -> None:
        """Note that a seek has been played through, once its rows are taken."""
        row = self._seek_row
        if row is not None and isinstance(self._source, Replayable):
            transport = self._source.transport
            if transport.row >= min(row, transport.rows):
                self._seek_row = None
                self._seeks_done = self._seeks_under_way

    def change_recorder(self, recorder: Recorder | None) -> None:
        """Have arrivals written by a recorder from the next on; for a command that runs on the consumer's thread."""
        before, self._recorder = self._recorder, None
        if before is not None:
            try:
                before.close()
            except TapeError as error:
                self._give_up_recording(error)
        if recorder is not None:
            self.recorder_fault = ""
            self._recorder = recorder

    def _give_up_recording(self, error: TapeError) -> None:
        _log.error("recording stopped: %s", error)
        self.recorder_fault = str(error)
        self._recorder = None
