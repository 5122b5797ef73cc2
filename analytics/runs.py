"""The runs of all symbols: which stream a tick belongs to, and which ticks simply go on by one."""

from __future__ import annotations

import numpy as np

from analytics.grouping import grouped
from analytics.intake import Rows
from analytics.streams import Stream
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Bool, Int64

RESTART_BELOW = 1_024
"""Without a run, a seq further below the highest than this, with a later time, starts a new run."""


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
        return stream, after_another

    def going_on(self, rows: Rows, start: int) -> Bool:
        """Return which rows from `start` on have a seq and go on by one from the row before of their stream.

        The first row of a stream among them goes on from the stream's highest number.
        """
        found = np.zeros(len(rows) - start, np.bool_)
        for places in _by_stream(rows, _numbered(rows, start).nonzero()[0] + start):
            numbers = rows.seq[places]
            stream = self._streams.get(rows.stream_at(int(places[0])))
            found[places[1:] - start] = numbers[1:] == numbers[:-1] + 1
            found[places[0] - start] = stream is not None and numbers[0] == stream.highest + 1
        return found

    def first_astray(self, rows: Rows, places: Int64) -> int | None:
        """Return the first of these rows, of one symbol, whose stream's highest number is not the one before.

        Rows that follow one of their own stream here are taken to go on from it.
        """
        astray = []
        for mine in _by_stream(rows, places):
            first = int(mine[0])
            stream = self._streams.get(rows.stream_at(first))
            if stream is None or int(rows.seq[first]) != stream.highest + 1:
                astray.append(first)
        return min(astray, default=None)

    def advance(self, rows: Rows, places: Int64) -> None:
        """Take rows of one symbol that all go on by one."""
        for mine in _by_stream(rows, places):
            last = int(mine[-1])
            self._streams[rows.stream_at(last)].pass_to(int(rows.seq[last]), int(rows.ts_ns[last]))


def _restarts(stream: Stream, run: int, seq: int, ts_ns: int) -> bool:
    return (
        run == NO_CODE
        and seq < stream.highest - RESTART_BELOW
        and ts_ns != NO_TIME
        and ts_ns > stream.highest_ts_ns
    )


def _numbered(rows: Rows, start: int) -> Bool:
    found: Bool = (rows.seq[start:] != NO_SEQ) & (rows.symbol[start:] >= 0)
    return found


def _by_stream(rows: Rows, places: Int64) -> list[Int64]:
    """Return the places of each stream."""
    if (rows.run[places] == NO_CODE).all() and (rows.source[places] == NO_CODE).all():
        return [places[mine] for _, mine in grouped(rows.symbol[places])]
    return [places[mine] for _, mine in grouped(rows.stream_key(places))]
