"""Arrival time, the guard's only clock: its running maximum per partition, and the moments at which it moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import NO_TIME, Int64, TimeMark


class Moments:
    """Ticks and time marks in the one sequence in which they come.

    - `of_row`: the moment of each tick, shape (n,), rising.
    - `clock_ns`: the clock of each tick's partition once it has come, NO_TIME before its first time.

    `sequence` is (partition, its clock) of every moment.
    """

    __slots__ = ("_sequence", "_steps", "clock_ns", "of_row")

    def __init__(self, of_row: Int64, clock_ns: Int64, sequence: tuple[NDArray[np.integer], Int64]) -> None:
        self.of_row = of_row
        self.clock_ns = clock_ns
        self._sequence = sequence
        self._steps: dict[int, tuple[list[int], list[int]]] = {}

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


def interleaved(
    arrival_ns: Int64, partition: NDArray[np.integer], marks: Sequence[TimeMark]
) -> tuple[Int64, Int64, NDArray[np.integer]]:
    """Return the moment of each tick, shape (n,), and of all moments the time and the partition."""
    of_row = np.arange(len(arrival_ns), dtype=np.int64)
    if not marks:
        return of_row, arrival_ns, partition
    mark_rows = np.array([mark.row for mark in marks], np.int64)
    of_row += np.searchsorted(mark_rows, of_row, side="right")
    of_mark = mark_rows + np.arange(len(marks))
    times_ns = np.empty(len(of_row) + len(marks), np.int64)
    partitions = np.empty_like(times_ns)
    times_ns[of_row], partitions[of_row] = arrival_ns, partition
    times_ns[of_mark] = [mark.at_ns for mark in marks]
    partitions[of_mark] = [mark.partition for mark in marks]
    return of_row, times_ns, partitions


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
