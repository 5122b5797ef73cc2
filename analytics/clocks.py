"""Arrival time, the guard's only clock: its running maximum per partition, the moments at which it moves, and
the watermark, up to which all partitions have come.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import NO_TIME, Int64, TimeMark

Marks: TypeAlias = Sequence[TimeMark]
_NONE = np.empty(0, np.int64)
_LATEST = int(np.iinfo(np.int64).max)
_STRETCHES = 64  # of one partition in a poll; from more on they are looked at partition by partition


@dataclass(frozen=True, slots=True)
class Timeline:
    """Ticks and marks in the one sequence in which they come.

    `of_row` and `of_mark` are the moments of each; `times_ns` and `partitions` are those of all moments, the
    time of an idle partition's mark being none.
    """

    of_row: Int64
    of_mark: Int64
    times_ns: Int64
    partitions: NDArray[np.integer]


class Moments:
    """Ticks and time marks in the one sequence in which they come.

    - `of_row`: the moment of each tick, shape (n,), rising.
    - `clock_ns`: the clock of each tick's partition once it has come, NO_TIME before its first time.
    - `watermark_ns`: the watermark after each moment, ticks and marks, rising.
    - `of_mark`: the moment of each mark, rising.
    - `end_ns`: the watermark after all.

    `clock_ns` as it is passed in, and `watermark_ns`, are of every moment.
    """

    __slots__ = ("_sequence", "_steps", "clock_ns", "end_ns", "of_mark", "of_row", "watermark_ns")

    def __init__(self, sequence: Timeline, clock_ns: Int64, watermark_ns: Int64, end_ns: int) -> None:
        self.of_row = sequence.of_row
        self.of_mark = sequence.of_mark
        self.clock_ns = clock_ns[sequence.of_row] if len(sequence.of_mark) else clock_ns
        self.watermark_ns = watermark_ns
        self.end_ns = end_ns
        self._sequence = (sequence.partitions, clock_ns)
        self._steps: dict[int, tuple[list[int], list[int]]] = {}

    def watermarks(self, moments: Int64 | None) -> Int64:
        """Return the watermark at some moments, shape (n,); None for those of all ticks."""
        if moments is None:
            return self.watermark_ns[self.of_row] if len(self.of_mark) else self.watermark_ns
        if not len(self.watermark_ns):
            return np.full(len(moments), self.end_ns)
        return self.watermark_ns[np.minimum(moments, len(self.watermark_ns) - 1)]

    def reached(self, partition: int, at_ns: int) -> int | None:
        """Return the first moment at which a partition's clock is at or past a time, or None."""
        steps = self._steps.get(partition)
        if steps is None:
            partitions, clock_ns = self._sequence
            here = (partitions == partition).nonzero()[0]
            steps = self._steps[partition] = here.tolist(), clock_ns[here].tolist()
        moments, clock = steps
        if not clock or clock[-1] < at_ns:
            return None
        return moments[bisect_left(clock, at_ns)]


def interleaved(arrival_ns: Int64, partition: NDArray[np.integer], marks: Marks) -> Timeline:
    """Return ticks, arrays of shape (n,), and the marks between them as one sequence."""
    of_row = np.arange(len(arrival_ns), dtype=np.int64)
    if not marks:
        return Timeline(of_row, _NONE, arrival_ns, partition)
    mark_rows = np.array([mark.row for mark in marks], np.int64)
    of_row += np.searchsorted(mark_rows, of_row, side="right")
    of_mark = mark_rows + np.arange(len(marks))
    times_ns = np.empty(len(of_row) + len(marks), np.int64)
    partitions = np.empty_like(times_ns)
    times_ns[of_row], partitions[of_row] = arrival_ns, partition
    times_ns[of_mark] = [NO_TIME if mark.idle else mark.at_ns for mark in marks]
    partitions[of_mark] = [mark.partition for mark in marks]
    return Timeline(of_row, of_mark, times_ns, partitions)


class Clocks:
    """The clock of each partition."""

    def __init__(self) -> None:
        self._now_ns: dict[int, int] = {}

    def run(self, times_ns: Int64, stretches: Sequence[tuple[int, slice]], *, rise: bool) -> Int64:
        """Move the clocks through times, and return their running maximum, shape (n,).

        The times stand in stretches of one partition, of which one may come again later; `rise` says that
        inside each none falls.
        """
        running_ns = times_ns
        for partition, mine in stretches:
            before = self._now_ns.get(partition, NO_TIME)
            if not rise or times_ns[mine.start] < before:
                if running_ns is times_ns:
                    running_ns = times_ns.copy()
                running_ns[mine] = np.maximum(np.maximum.accumulate(times_ns[mine]), before)
            now = int(running_ns[mine.stop - 1])
            if now != NO_TIME:
                self._now_ns[partition] = now
        return running_ns


class Watermark:
    """The least clock over the active partitions: all that arrived before is in. It never falls.

    A partition is active from its first tick, or time event, on until it is found idle, and again from its next.
    """

    def __init__(self) -> None:
        self.now_ns = NO_TIME
        """The watermark now, NO_TIME before the first tick."""
        self._active: dict[int, int] = {}  # the clock of each active partition

    @property
    def active(self) -> list[int]:
        """Return the active partitions, ascending."""
        return sorted(self._active)

    def behind(self, at_ns: int) -> list[int]:
        """Return the active partitions whose clock is before a time, ascending."""
        return sorted(partition for partition, clock in self._active.items() if clock < at_ns)

    def idle_before(self, at_ns: int) -> list[int]:
        """Return the active partitions whose clock is before a time, ascending; the furthest one never counts."""
        if len(self._active) < 2:
            return []
        furthest = max(self._active, key=lambda each: (self._active[each], -each))
        return [partition for partition in self.behind(at_ns) if partition != furthest]

    def run(self, partitions: NDArray[np.integer], clock_ns: Int64, idle: Sequence[int]) -> Int64:
        """Follow moments, each a partition and its clock, and return the watermark after each, shape (n,).

        `idle` are the moments, ascending, at which a partition is found idle.
        """
        if not len(idle):
            return self._run(partitions, clock_ns)
        found, start = np.empty(len(clock_ns), np.int64), 0
        for moment in idle:
            found[start:moment] = self._run(partitions[start:moment], clock_ns[start:moment])
            self._active.pop(int(partitions[moment]), None)
            self.now_ns = max(self.now_ns, min(self._active.values(), default=NO_TIME))
            found[moment] = self.now_ns
            start = moment + 1
        found[start:] = self._run(partitions[start:], clock_ns[start:])
        return found

    def _run(self, partitions: NDArray[np.integer], clock_ns: Int64) -> Int64:
        if not len(clock_ns):
            return clock_ns
        bounds = [0, *((partitions[1:] != partitions[:-1]).nonzero()[0] + 1).tolist(), len(clock_ns)]
        if len(bounds) - 1 > _STRETCHES:
            return self._mixed(partitions, clock_ns)
        found = clock_ns
        for start, stop in pairwise(bounds):
            partition = int(partitions[start])
            others = min((at for each, at in self._active.items() if each != partition), default=_LATEST)
            last = int(clock_ns[stop - 1])
            if last != NO_TIME:
                self._active[partition] = last
            if others < last or clock_ns[start] < self.now_ns or last == NO_TIME:
                if found is clock_ns:
                    found = clock_ns.copy()
                np.clip(clock_ns[start:stop], self.now_ns, max(others, self.now_ns), out=found[start:stop])
            self.now_ns = int(found[stop - 1])
        return found

    def _mixed(self, partitions: NDArray[np.integer], clock_ns: Int64) -> Int64:
        """Do the same for partitions that change from moment to moment."""
        found = np.full(
            len(clock_ns),
            min((at for each, at in self._active.items() if not np.any(partitions == each)), default=_LATEST),
        )
        for partition in np.unique(partitions).tolist():
            before = self._active.get(partition, NO_TIME)
            mine = np.maximum.accumulate(np.where(partitions == partition, clock_ns, before))
            if mine[-1] != NO_TIME:
                self._active[partition] = int(mine[-1])
            mine[mine == NO_TIME] = _LATEST
            np.minimum(found, mine, out=found)
        found[found == _LATEST] = NO_TIME
        np.maximum.accumulate(found, out=found)
        np.maximum(found, self.now_ns, out=found)
        self.now_ns = int(found[-1])
        return found
