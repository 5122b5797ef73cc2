"""The runs of all symbols: which stream a tick belongs to, and which ticks simply go on by one."""

from __future__ import annotations

import numpy as np

from analytics.grouping import Groups, by_code
from analytics.intake import Rows
from analytics.streams import Stream
from analytics.ticks import NO_CODE, NO_TIME, Bool, Int64

RESTART_BELOW = 1_024
"""Without a run, a seq further below the highest than this, with a later time, starts a new run."""

MOST_STREAMS = 100_000
"""Runs that are remembered; past it the first is forgotten, and what still comes of it begins anew."""


class Runs:
    """Streams by (symbol, run, source)."""

    def __init__(self) -> None:
        self._streams: dict[tuple[int, int, int], Stream] = {}
        self._begun: set[tuple[int, int]] = set()  # symbols and sources that have had a run

    def stream_of(self, rows: Rows, place: int) -> tuple[Stream, bool]:
        """Return the stream of a row that has a seq, and whether the row starts a new run after another."""
        key = symbol, run, source = rows.stream_at(place)
        seq, ts_ns = int(rows.seq[place]), int(rows.ts_ns[place])
        stream = self._streams.get(key)
        if stream is not None and not _restarts(stream, run, seq, ts_ns):
            return stream, False
        after_another = (symbol, source) in self._begun
        self._begun.add((symbol, source))
        stream = self._streams[key] = Stream(seq, seq - 1, ts_ns)
        if len(self._streams) > MOST_STREAMS:
            del self._streams[next(iter(self._streams))]
        return stream, after_another

    def going_on(self, rows: Rows, streams: Groups) -> Bool:
        """Return which rows have a seq and go on by one from the row before of their stream.

        The first row of a stream among them goes on from the stream's highest number.
        """
        numbers = streams.together(rows.seq)
        goes_on = np.empty(len(numbers), np.bool_)
        np.equal(numbers[1:], numbers[:-1] + 1, out=goes_on[1:])
        for _, mine in streams.slices:
            stream = self._streams.get(rows.stream_at(streams.place(mine.start)))
            goes_on[mine.start] = stream is not None and numbers[mine.start] == stream.highest + 1
        if len(numbers) == len(rows) and np.count_nonzero(goes_on) == len(rows):
            return goes_on
        found = np.zeros(len(rows), np.bool_)
        found[slice(None) if streams.order is None else streams.order] = goes_on
        return found

    def first_astray(self, rows: Rows, streams: Groups) -> int | None:
        """Return the first of these rows whose stream's highest number is not the one before.

        Rows that follow one of their own stream here are taken to go on from it.
        """
        astray = []
        for _, mine in streams.slices:
            first = streams.place(mine.start)
            stream = self._streams.get(rows.stream_at(first))
            if stream is None or int(rows.seq[first]) != stream.highest + 1:
                astray.append(first)
        return min(astray, default=None)

    def advance(self, rows: Rows, streams: Groups) -> None:
        """Take rows that all go on by one."""
        for _, mine in streams.slices:
            last = streams.place(mine.stop - 1)
            self._streams[rows.stream_at(last)].pass_to(int(rows.seq[last]), int(rows.ts_ns[last]))


def _restarts(stream: Stream, run: int, seq: int, ts_ns: int) -> bool:
    return (
        run == NO_CODE
        and seq < stream.highest - RESTART_BELOW
        and ts_ns != NO_TIME
        and ts_ns > stream.highest_ts_ns
    )


def streams_of(rows: Rows, numbered: Bool, by_symbol: Groups) -> Groups:
    """Return the rows that have a seq grouped by stream."""
    if rows.one_run and np.count_nonzero(numbered) == len(rows):
        return by_symbol
    return by_stream(rows, numbered.nonzero()[0])


def by_stream(rows: Rows, places: Int64) -> Groups:
    """Return some rows, ascending, grouped by stream."""
    return by_code(rows.stream_key(places), places)
