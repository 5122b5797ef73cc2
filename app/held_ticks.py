"""The ticks that columns hold, as batches again: so that what is tried on them sees what the engine saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.columns import ColumnsView
from analytics.ticks import Bool, Int64, TickBatch


class HeldPart(NamedTuple):
    """Rows [start, view.count) of one symbol's columns."""

    view: ColumnsView
    start: int

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return self.view.count - self.start


class HeldTicks:
    """Ticks of one symbol in their order, or of several merged by time.

    `parts` are taken as they are at the beginning; rows that come later are not looked at. Of several symbols
    the ticks of each stand in their own order, and those of one instant in the order of `parts`: the feed may have
    brought them in another. A tick's arrival is its time, the running maximum of its symbol's, as columns keep no
    other; its `row` is counted from 0.
    """

    def __init__(self, parts: Mapping[str, HeldPart]) -> None:
        self._parts = tuple(parts.values())
        self._symbols = tuple(parts)
        self._next = [part.start for part in self._parts]
        self._given = 0
        self.rows = sum(part.rows for part in self._parts)
        """How many ticks there are in all."""

    @property
    def given(self) -> int:
        """Return how many of them were given so far."""
        return self._given

    def next_batch(self, most: int) -> TickBatch | None:
        """Return about `most` ticks that follow, None after the last; more where many are of one instant."""
        if self._given >= self.rows:
            return None
        bounds = [
            (code, self._next[code], stop) for code, stop in self._stops(most) if stop > self._next[code]
        ]
        for code, _, stop in bounds:
            self._next[code] = stop
        batch = self._batch(bounds)
        self._given += len(batch)
        return batch

    def silence(self, until_ns: int) -> TickBatch:
        """Return a batch that has no tick, only time that passes until an instant."""
        return self._batch([], ((0, until_ns),))

    def _stops(self, most: int) -> Iterator[tuple[int, int]]:
        """Yield how far each symbol's rows go: up to an instant that all of them have come to."""
        left = [code for code, part in enumerate(self._parts) if self._next[code] < part.view.count]
        if len(left) == 1:
            code = left[0]
            yield code, min(self._next[code] + most, self._parts[code].view.count)
            return
        each = max(most // len(left), 1)
        cut_ns = min(
            int(part.view.time_ns[min(self._next[code] + each, part.view.count) - 1])
            for code, part in ((code, self._parts[code]) for code in left)
        )
        for code in left:
            start, view = self._next[code], self._parts[code].view
            ahead = view.time_ns[start : view.count]
            yield code, start + int(ahead.searchsorted(cut_ns, side="right"))

    def _batch(
        self, bounds: list[tuple[int, int, int]], marks: tuple[tuple[int, int], ...] = ()
    ) -> TickBatch:
        views = [(self._parts[code].view, start, stop) for code, start, stop in bounds]
        count = sum(stop - start for _, start, stop in bounds)
        codes = np.repeat(
            np.array([code for code, _, _ in bounds], np.int32), [stop - start for _, start, stop in bounds]
        )
        time_ns = _joined([view.time_ns[start:stop] for view, start, stop in views])
        ts_ns = _joined([self._ts_ns(code, start, stop) for code, start, stop in bounds])
        columns: list[NDArray[Any]] = [
            codes,
            ts_ns,
            time_ns,
            _joined([view.price[start:stop] for view, start, stop in views]),
            _joined([view.size[start:stop] for view, start, stop in views]),
            _joined([view.seq[start:stop] for view, start, stop in views]),
            np.concatenate([np.empty(0, np.bool_), *(_gaps(*each) for each in views)]),
        ]
        if len(views) > 1:
            order = np.argsort(time_ns, kind="stable")
            columns = [column[order] for column in columns]
        codes, ts_ns, time_ns, price, size, seq, after_gap = columns
        return TickBatch(
            symbols=self._symbols,
            symbol=codes,
            ts_ns=ts_ns,
            arrival_ns=time_ns,
            price=price,
            size=size,
            seq=seq,
            row=np.arange(self._given, self._given + count, dtype=np.int64),
            after_gap=after_gap,
            price_scale=tuple(part.view.price_scale for part in self._parts),
            size_scale=tuple(part.view.size_scale for part in self._parts),
            marks=marks,
        )

    def _ts_ns(self, code: int, start: int, stop: int) -> Int64:
        """Return times as received; the first one is as late as ticks before it, which are not looked at."""
        part = self._parts[code]
        found = part.view.ts_ns[start:stop]
        if start == part.start > 0:
            found = found.copy()
            found[0] = part.view.time_ns[start]
        return found


def _gaps(view: ColumnsView, start: int, stop: int) -> Bool:
    found = np.zeros(stop - start, np.bool_)
    rows = view.gaps()
    first, last = rows.searchsorted([start, stop])
    found[rows[first:last] - start] = True
    return found


def _joined(columns: list[Int64]) -> Int64:
    if len(columns) == 1:
        return columns[0]
    return np.concatenate([np.empty(0, np.int64), *columns])
