"""Arrival time, the guard's only clock: its running maximum per partition, and the moments at which it moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.ticks import NO_TIME, Int64, TimeMark


@dataclass(slots=True)
class Moments:
    """Ticks and time marks in the one sequence in which they come.

    - `of_row`: the moment of each tick, shape (n,), rising.
    - `clock_ns`: the clock of each tick's partition once it has come, NO_TIME before its first time.
    - `steps`: by partition, the moments at which something came in it, and its clock then.
    """

    of_row: Int64
    clock_ns: Int64
    steps: dict[int, tuple[Int64, Int64]]
    _lists: dict[int, list[int]] = field(default_factory=dict)

    def reached(self, partition: int, at_ns: int) -> int | None:
        """Return the first moment at which a partition's clock is at or past a time, or None."""
        steps = self.steps.get(partition)
        if steps is None or int(steps[1][-1]) < at_ns:
            return None
        clock = self._lists.get(partition)
        if clock is None:
            clock = self._lists[partition] = steps[1].tolist()
        return int(steps[0][bisect_left(clock, at_ns)])


class Clocks:
    """The clock of each partition."""

    def __init__(self) -> None:
        self._now_ns: dict[int, int] = {}

    def follow(self, arrival_ns: Int64, partition: Int64, marks: Sequence[TimeMark]) -> Moments:
        """Move the clocks as ticks, both arrays of shape (n,), and the marks between them come."""
        moments = np.arange(len(arrival_ns), dtype=np.int64)
        times, partitions = arrival_ns, partition
        if marks:
            mark_rows = np.array([mark.row for mark in marks], np.int64)
            moments += np.searchsorted(mark_rows, moments, side="right")
            times = np.empty(len(moments) + len(marks), np.int64)
            partitions = np.empty_like(times)
            times[moments], partitions[moments] = arrival_ns, partition
            of_mark = mark_rows + np.arange(len(marks))
            times[of_mark] = [mark.at_ns for mark in marks]
            partitions[of_mark] = [mark.partition for mark in marks]
        clock_ns = np.empty_like(times)
        steps = {}
        for each in np.unique(partitions).tolist():
            here = (partitions == each).nonzero()[0]
            running = np.maximum.accumulate(times[here])
            np.maximum(running, self._now_ns.get(each, NO_TIME), out=running)
            clock_ns[here] = running
            steps[each] = (here, running)
            if running[-1] != NO_TIME:
                self._now_ns[each] = int(running[-1])
        return Moments(moments, clock_ns[moments], steps)
