"""Replay: a recording as a source, paced by its own times."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from analytics.errors import ConfigError
from analytics.ticks import Arrivals
from feeds.clock import Clock
from feeds.files.recording import Recording
from feeds.source import FeedInfo, FeedState, FeedStatus, Transport

BATCH_ROWS = 32_768
"""Most rows that one poll hands over."""
_NS = 1_000_000_000
_SHORTEST_WAIT_S = 1e-6  # so that rounding cannot make a wait that never ends


@dataclass(frozen=True, slots=True)
class Pace:
    """How recorded time follows the clock: at `clock_ns` it was `at_ns`, and since then it runs at `speed`.

    `speed` is recorded seconds a second; 0 stands still.
    """

    clock_ns: int
    at_ns: int
    speed: float

    def time_at(self, clock_ns: int) -> int:
        """Return the recorded time, ns UTC, when the clock says `clock_ns`."""
        return self.at_ns + int((clock_ns - self.clock_ns) * self.speed)

    def wait_s(self, clock_ns: int, until_ns: int) -> float:
        """Return the seconds from `clock_ns` until the recorded time is `until_ns`; infinite where it stands."""
        if self.speed <= 0:
            return float("inf")
        return max((until_ns - self.time_at(clock_ns)) / self.speed / _NS, 0.0)


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where the replay stands, published as one object so that any thread reads a whole.

    `row` and `mark` count what was handed over; up to `fast_to` rows go unpaced; `steps` are still to be
    handed over while paused.
    """

    row: int
    mark: int
    pace: Pace
    speed: float | None
    paused: bool
    fast_to: int = 0
    steps: int = 0


class ReplaySource:
    """Hands over a recording's rows when their time has come; a `Source` and `Replayable`.

    Row n is due when the time since the start of play, times `speed`, has reached the row's replay time
    less the first one's. At speed None, and up to the row that `run_to` named, rows go as fast as they
    are polled, `BATCH_ROWS` at once. Time marks of a tape are handed over at their own times.

    Commands belong to the thread that polls; `wake` and `close` come from any and end a poll that waits.
    """

    def __init__(
        self,
        recording: Recording,
        clock: Clock,
        *,
        speed: float | None = 1.0,
        paused: bool = False,
        address: str = "",
    ) -> None:
        self._recording = recording
        self._clock = clock
        self._info = FeedInfo(
            kind="file",
            title=recording.title,
            address=address or f"file:{recording.path}",
            symbols=recording.symbols,
            opening_symbol=recording.opening_symbol,
            lost=recording.lost,
        )
        self._woken = threading.Event()
        self._closed = False
        self._nudged = False
        pace = Pace(clock.monotonic_ns(), recording.first_ts_ns, 0.0)
        self._stand = _Stand(0, 0, pace, _checked(speed), paused)
        self._pace_on(recording.first_ts_ns)

    @property
    def info(self) -> FeedInfo:
        """Return what is known of the recording."""
        return self._info

    @property
    def status(self) -> FeedStatus:
        """Return whether it plays, holds, or has ended; any thread."""
        stand = self._stand
        if self._closed or self._done(stand):
            return FeedStatus(FeedState.ENDED)
        return FeedStatus(FeedState.PAUSED if stand.paused else FeedState.REPLAYING)

    @property
    def now_ns(self) -> int:
        """Return the replayed time, ns UTC, never past the next row's; any thread."""
        stand = self._stand
        now = stand.pace.time_at(self._clock.monotonic_ns())
        if stand.row < self._recording.rows:
            return min(now, max(int(self._recording.replay_ns[stand.row]), stand.pace.at_ns))
        return min(now, max(self._recording.last_ts_ns, stand.pace.at_ns))

    @property
    def horizon_ns(self) -> int:
        """Return the replayed time; any thread. A tape has its own time events."""
        return self.now_ns

    @property
    def lag(self) -> int:
        """Return how many rows are due and not yet polled; any thread."""
        stand = self._stand
        return max(self._due(stand) - stand.row, 0)

    @property
    def transport(self) -> Transport:
        """Return where the replay stands; any thread."""
        stand, recording = self._stand, self._recording
        return Transport(
            row=stand.row,
            rows=recording.rows,
            ts_ns=self.now_ns,
            first_ts_ns=recording.first_ts_ns,
            last_ts_ns=recording.last_ts_ns,
            speed=stand.speed,
            paused=stand.paused,
            timeline=recording.timeline,
        )

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return the rows that are due, at most `BATCH_ROWS`, or None where none became so in `timeout_s`."""
        deadline_ns = self._clock.monotonic_ns() + round(timeout_s * _NS)
        while True:
            self._woken.clear()
            found = self._take()
            left_ns = deadline_ns - self._clock.monotonic_ns()
            if found is not None or self._closed or self._nudged or left_ns <= 0:
                self._nudged = False
                return found
            self._clock.wait(self._woken, min(left_ns / _NS, max(self._wait_s(), _SHORTEST_WAIT_S)))

    def close(self) -> None:
        """End the replay; a poll that waits returns."""
        self._closed = True
        self._woken.set()

    def wake(self) -> None:
        """End a poll that waits, or the next one, so that its thread can see to something else; any thread."""
        self._nudged = True
        self._woken.set()

    def pause(self) -> None:
        """Hold at the replayed time."""
        now = self.now_ns
        self._stand = replace(self._stand, paused=True)
        self._pace_on(now)

    def play(self) -> None:
        """Go on from the replayed time."""
        now = self.now_ns
        self._stand = replace(self._stand, paused=False, steps=0)
        self._pace_on(now)

    def set_speed(self, speed: float | None) -> None:
        """Go on at another speed; None is as fast as it is polled. Raises ConfigError for one that is none."""
        now = self.now_ns
        self._stand = replace(self._stand, speed=_checked(speed))
        self._pace_on(now)

    def step(self, ticks: int) -> None:
        """Hand over the next `ticks` rows, then hold; while playing, hold first."""
        if not self._stand.paused:
            self.pause()
        self._stand = replace(self._stand, steps=self._stand.steps + max(ticks, 0))
        self._woken.set()

    def rewind(self) -> None:
        """Go to row 0; paused or not stays as it is."""
        self._stand = replace(self._stand, row=0, mark=0, fast_to=0, steps=0)
        self._pace_on(self._recording.first_ts_ns)

    def run_to(self, row: int) -> None:
        """Hand over the rows up to `row` (exclusive) as fast as they are polled, then go on as before."""
        self._stand = replace(self._stand, fast_to=min(row, self._recording.rows))
        self._woken.set()

    def row_at(self, ts_ns: int) -> int:
        """Return the first row whose replay time is at or after an instant."""
        return self._recording.row_at(ts_ns)

    def _done(self, stand: _Stand) -> bool:
        return stand.row >= self._recording.rows and stand.mark >= len(self._recording.time_marks)

    def _pace_on(self, at_ns: int) -> None:
        """Let recorded time go on from `at_ns`, and wake a poll that waits by the old pace."""
        stand = self._stand
        speed = 0.0 if stand.paused or stand.speed is None else stand.speed
        self._stand = replace(stand, pace=Pace(self._clock.monotonic_ns(), at_ns, speed))
        self._woken.set()

    def _due(self, stand: _Stand) -> int:
        """Return the row up to which (exclusive) rows may be handed over now."""
        rows = self._recording.rows
        if stand.row < stand.fast_to:
            return stand.fast_to
        if stand.paused:
            return min(stand.row + stand.steps, rows)
        if stand.speed is None:
            return rows
        return self._recording.row_at(stand.pace.time_at(self._clock.monotonic_ns()) + 1)

    def _marks_due(self, stand: _Stand, stop: int) -> int:
        """Return the mark up to which (exclusive) marks go along with rows up to `stop`, or come alone."""
        marks = self._recording.time_marks
        _, passed = self._recording.marks_between(stand.row, stop)
        if stand.paused or stand.row < stand.fast_to:
            return passed if stop > stand.row else stand.mark
        now = None if stand.speed is None else stand.pace.time_at(self._clock.monotonic_ns())
        due = stand.mark
        while due < len(marks) and (
            marks[due].row < stop or (marks[due].row == stop and (now is None or marks[due].at_ns <= now))
        ):
            due += 1
        return due

    def _take(self) -> Arrivals | None:
        stand = self._stand
        if self._closed or self._done(stand):
            return None
        stop = max(min(self._due(stand), stand.row + BATCH_ROWS), stand.row)
        marks_to = self._marks_due(stand, stop)
        if stop == stand.row and marks_to == stand.mark:
            return None
        found = self._recording.arrivals(stand.row, stop, (stand.mark, marks_to))
        unpaced = stand.pace.speed == 0.0 or stand.row < stand.fast_to
        self._stand = replace(
            stand,
            row=stop,
            mark=marks_to,
            steps=max(stand.steps - (stop - stand.row), 0) if stand.paused else 0,
        )
        if unpaced and stop > stand.row:
            self._pace_on(int(self._recording.replay_ns[stop - 1]))
        return found

    def _wait_s(self) -> float:
        """Return the seconds until the next row or mark is due; infinite while nothing will be."""
        stand, recording = self._stand, self._recording
        if self._done(stand):
            return float("inf")
        marks = recording.time_marks
        nexts = [int(recording.replay_ns[stand.row])] if stand.row < recording.rows else []
        if stand.mark < len(marks) and marks[stand.mark].row <= stand.row:
            nexts.append(marks[stand.mark].at_ns)
        return stand.pace.wait_s(self._clock.monotonic_ns(), min(nexts, default=2**62))


def _checked(speed: float | None) -> float | None:
    if speed is not None and not 0.0 < speed < float("inf"):
        raise ConfigError(f"expected a speed above 0 or max, found {speed:g}")
    return speed
