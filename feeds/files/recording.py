"""A recording: all rows of a file in memory, handed out by range."""

from __future__ import annotations

import bisect
from dataclasses import replace
from pathlib import Path

import numpy as np

from analytics.ticks import NO_CODE, NO_TIME, Arrivals, Float64, Int64, TimeMark
from feeds.files.picking import rows_between
from feeds.source import TimelineBin

TIMELINE_BINS = 300
"""Slices of the volume timeline, all of one length of time."""


class Recording:
    """A tick file as it was read, bad rows included.

    `lost` tells, a line each, what of a damaged tape could not be read.
    """

    def __init__(self, path: Path, whole: Arrivals, lost: tuple[str, ...] = ()) -> None:
        self.path = path
        self.lost = lost
        self.replay_ns: Int64 = _replay_times(whole)
        """The time at which each row is replayed, int64 ns UTC, shape (rows,): the running maximum of the
        arrival time, else the event time, over the rows that could be read; rows before the first of
        those take its time."""
        self.timeline: tuple[TimelineBin, ...] = _timeline(whole, self.replay_ns)
        """The traded size in at most `TIMELINE_BINS` slices of one length of time."""
        self.opening_symbol: str | None = _most_traded(whole)
        """The symbol with the most ticks that carry volume, else with the most ticks; None if none."""
        self._whole = whole
        self._defect_rows = sorted(whole.defects)
        self._mark_rows = [mark.row for mark in whole.time_marks]

    def __len__(self) -> int:
        return len(self._whole)

    @property
    def rows(self) -> int:
        """Return the number of data rows, bad ones included."""
        return len(self._whole)

    @property
    def title(self) -> str:
        """Return a short name: a file's without its suffix, a directory's as it is."""
        return (self.path.stem if self.path.is_file() else self.path.name) or str(self.path)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols in order of first sight."""
        return self._whole.symbols

    @property
    def time_marks(self) -> tuple[TimeMark, ...]:
        """Return the clock readings that the recorder noted, ascending by row."""
        return self._whole.time_marks

    @property
    def first_ts_ns(self) -> int:
        """Return the replay time of the first row, else of the first time mark; 0 where there is neither."""
        if self.rows:
            return int(self.replay_ns[0])
        return self.time_marks[0].at_ns if self.time_marks else 0

    @property
    def last_ts_ns(self) -> int:
        """Return the replay time of the last row, else that of the first."""
        return int(self.replay_ns[-1]) if self.rows else self.first_ts_ns

    def row_at(self, ts_ns: int) -> int:
        """Return the first row whose replay time is at or after an instant; `rows` where none is."""
        return int(np.searchsorted(self.replay_ns, ts_ns, side="left"))

    def arrivals(self, start: int, stop: int, marks: tuple[int, int] | None = None) -> Arrivals:
        """Return rows `start` to `stop` (exclusive) as views; their `first_row` is `start`.

        The time marks that stand before these rows go along, and those after the last row with the last
        ones; `marks` names others instead, as a range of `time_marks`.
        """
        start, stop = max(start, 0), min(stop, self.rows)
        found = rows_between(self._whole, start, stop, self._defect_rows)
        from_mark, to_mark = self.marks_between(start, stop) if marks is None else marks
        if from_mark == to_mark:
            return found
        near = self._whole.time_marks[from_mark:to_mark]
        return replace(found, time_marks=tuple(replace(mark, row=mark.row - start) for mark in near))

    def marks_between(self, start: int, stop: int) -> tuple[int, int]:
        """Return the range of `time_marks` that stand before rows `start` to `stop` (exclusive)."""
        first = bisect.bisect_left(self._mark_rows, start)
        end = len(self._mark_rows) if stop >= self.rows else bisect.bisect_left(self._mark_rows, stop)
        return first, max(first, end)


def _most_traded(whole: Arrivals) -> str | None:
    if not whole.symbols:
        return None
    known = whole.symbol != NO_CODE
    traded = known & ((whole.size > 0) if whole.volume_total is None else ~(whole.size <= 0))
    counted = traded if traded.any() else known
    counts = np.bincount(whole.symbol[counted], minlength=len(whole.symbols))
    return whole.symbols[int(np.argmax(counts))]


def _replay_times(whole: Arrivals) -> Int64:
    times: Int64 = np.where(whole.arrival_ns != NO_TIME, whole.arrival_ns, whole.ts_ns)
    times[list(whole.defects)] = NO_TIME
    good = np.flatnonzero(times != NO_TIME)
    if not len(good):
        return np.zeros(len(times), np.int64)
    times[: int(good[0])] = times[int(good[0])]
    return np.maximum.accumulate(times)


def _timeline(whole: Arrivals, replay_ns: Int64) -> tuple[TimelineBin, ...]:
    if not len(whole):
        return ()
    first, span = int(replay_ns[0]), int(replay_ns[-1] - replay_ns[0])
    bins = min(TIMELINE_BINS, span + 1)
    edges = [first + span * place // bins for place in range(bins)]
    rows = np.append(np.searchsorted(replay_ns, edges), len(whole))
    traded = np.concatenate(([0.0], np.cumsum(np.maximum(np.nan_to_num(_traded(whole)), 0.0))))
    sizes = traded[rows[1:]] - traded[rows[:-1]]
    return tuple(
        TimelineBin(int(rows[place]), int(rows[place + 1]), edges[place], float(sizes[place]))
        for place in range(bins)
    )


def _traded(whole: Arrivals) -> Float64:
    """Return each row's size; where a tick brings a total, what that rose by since its symbol's last."""
    if whole.volume_total is None:
        return whole.size
    rises = np.full(len(whole), np.nan)
    for code in range(len(whole.symbols)):
        own = np.flatnonzero((whole.symbol == code) & ~np.isnan(whole.volume_total))
        if len(own):
            rises[own[1:]] = np.diff(whole.volume_total[own])
    return np.where(np.isnan(whole.size), rises, whole.size)
