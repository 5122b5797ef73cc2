"""A span: the rows just appended to one symbol's columns, with the window sums that series share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import SymbolColumns
from analytics.kernels import window_starts
from analytics.ticks import Bool, Int64
from analytics.windows import SessionWindow, TickWindow, TimeWindow, Window

SAFE = 2.0**62
"""Sums whose bound is below this are exact; half of int64's range is left for the bound's own rounding."""


@dataclass(frozen=True, slots=True)
class WindowSums:
    """Sums over the window of each row of a span, all of shape (n,).

    `first` is the window's first row. `v`, `vd`, `vdd` are as in `analytics.columns`; `exact_vd` and
    `exact_vdd` say where the sum is proved to be exact (`v` is, where either is). `inside` is False for
    a session window outside trading hours, where there is no value.
    """

    first: Int64
    v: Int64
    vd: Int64
    vdd: Int64
    exact_vd: Bool
    exact_vdd: Bool
    inside: Bool


@dataclass(slots=True)
class WindowBook:
    """What one symbol's windows carry from one span to the next.

    `lows` is the last window start found by window; `session` the last row's session and its first row;
    `largest_d` the largest |price - reference| so far and `volume` the sum of all sizes so far, in
    integer units, as bounds.
    """

    lows: dict[Window, int] = field(default_factory=dict)
    session: tuple[int, int] = (NO_SESSION, 0)
    largest_d: int = 0
    volume: float = 0.0

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the columns to wider scales."""
        self.largest_d *= by_price
        self.volume *= by_size


class Span:
    """Rows [start, stop) of `columns`, appended and not yet published; for the writer's thread.

    Spans of one book follow one another without a hole: the book carries on from span to span.
    """

    def __init__(self, columns: SymbolColumns, start: int, stop: int, book: WindowBook) -> None:
        self.columns = columns
        self.start = start
        self.stop = stop
        self._book = book
        self._sums: dict[Window, WindowSums] = {}
        self._starts: dict[TimeWindow, Int64] = {}
        self.session_first = self._session_first()
        """The first row of each row's session, shape (n,); of a row outside hours, of that stretch."""
        price = columns.column("price")[start:stop]
        largest = np.maximum.accumulate(np.abs(price - columns.reference))
        self._largest_d = np.maximum(largest, book.largest_d).astype(np.float64)
        volume = columns.column("size")[start:stop].astype(np.float64)
        volume[0] += book.volume
        self._volume = np.cumsum(volume)
        book.largest_d = int(max(book.largest_d, largest[-1]))
        book.volume = float(self._volume[-1])

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def session(self) -> Int64:
        """Return the session number of each row, shape (n,)."""
        found: Int64 = self.columns.column("session")[self.start : self.stop]
        return found

    def sums(self, window: Window) -> WindowSums:
        """Return the sums over a window for each row; computed once a span."""
        found = self._sums.get(window)
        if found is None:
            found = self._sums[window] = self._sum(window)
        return found

    def past_bound(self, window: Window | None, name: str) -> bool:
        """Return whether some row's sums for a series of the VWAP family passed their exact range."""
        if window is None:
            return False
        sums = self.sums(window)
        return not bool((sums.exact_vd if name == "vwap" else sums.exact_vdd).all())

    def _sum(self, window: Window) -> WindowSums:
        first = self._first_rows(window)
        v, vd, vdd = (self._difference(name, first) for name in ("sum_v", "sum_vd", "sum_vdd"))
        volume = np.where(self._volume < SAFE, np.abs(v.astype(np.float64)), np.inf)
        bound = volume * np.maximum(self._largest_d, 1.0)
        inside = (
            self.session != NO_SESSION if isinstance(window, SessionWindow) else np.ones(len(self), np.bool_)
        )
        return WindowSums(first, v, vd, vdd, bound < SAFE, bound * self._largest_d < SAFE, inside)

    def _difference(self, name: str, first: Int64) -> Int64:
        column = self.columns.column(name)
        before = column[first - 1]
        before[first == 0] = 0
        difference: Int64 = column[self.start : self.stop] - before
        return difference

    def _first_rows(self, window: Window) -> Int64:
        if isinstance(window, SessionWindow):
            return self.session_first
        if isinstance(window, TickWindow):
            rows = np.arange(self.start, self.stop, dtype=np.int64)
            return np.maximum(rows - min(window.ticks - 1, self.stop), 0)
        found = self._starts.get(window)
        if found is None:
            low = self._book.lows.get(window, 0)
            time_ns = self.columns.column("time_ns")
            found = window_starts(time_ns, low, self.start, self.stop, window.length_ns)
            self._starts[window] = found
            self._book.lows[window] = int(found[-1])
        return found

    def row_at_or_before(self, window: TimeWindow) -> Int64:
        """Return the last row with time <= t - window for each row, -1 where there is none."""
        return self._first_rows(window) - 1

    def _session_first(self) -> Int64:
        session = self.columns.column("session")[self.start : self.stop]
        carried, first = self._book.session
        changes = np.empty(len(session), np.bool_)
        changes[0] = session[0] != carried or self.start == 0
        np.not_equal(session[1:], session[:-1], out=changes[1:])
        rows = np.where(changes, np.arange(self.start, self.stop, dtype=np.int64), first)
        found: Int64 = np.maximum.accumulate(rows)
        self._book.session = (int(session[-1]), int(found[-1]))
        return found
