"""A span: the rows just appended to one symbol's columns, with the window sums that series share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.calendar import NO_SESSION
from analytics.columns import HIGH, SymbolColumns
from analytics.kernels import high_difference, sigma, vwap, window_starts
from analytics.ticks import Bool, Float64, Int64
from analytics.windows import SessionWindow, TickWindow, TimeWindow, Window

SAFE = 2.0**62
"""Sums whose bound is below this fit int64; half of its range is left for the bound's own rounding."""
HELD = 2.0**110
"""Sums of v·d² whose bound is below this are held exactly in two limbs; past it there is no value."""
_INT64_HALF = 2**62
_FEW = 64  # rows up to which a list is quicker than numpy
_TRUE = np.ones(32_768, np.bool_)
_TRUE.flags.writeable = False


class WindowSums:
    """Sums over the window of each row of a span, all of shape (n,).

    `before` is the row before each window, -1 for none. `v` and `vd` are as in `analytics.columns`;
    `has_value` is False past the exact range and, of a session window, outside trading hours; `whole`
    says that it holds for every row, so that nobody need look at it.
    """

    __slots__ = ("_before", "_low", "_span", "has_value", "v", "whole")

    def __init__(self, span: Span, before: Int64 | int, inside: Bool, every_inside: bool) -> None:
        self._span = span
        self._before = before  # one row, where all windows start behind it
        self._low = span.difference("sum_vd", before)
        self.v = span.difference("sum_v", before)
        self.whole = span.is_held and every_inside
        self.has_value = inside if span.is_held else inside & span.held()

    @property
    def vd(self) -> Int64 | NDArray[np.object_]:
        """Return the exact sums of v·d: int64, or Python's integers where some pass that."""
        high = self._span.high_difference("sum_vd", self._before)
        if high is None or not high.any():
            return self._low
        exact: NDArray[np.object_] = self._low + high.astype(object) * 2**64
        return exact

    def vwap(self) -> Float64:
        """Return the VWAP of each row's window."""
        span, columns = self._span, self._span.columns
        high = span.high_difference("sum_vd", self._before)
        found = vwap(self.v, self._low, columns.reference, columns.price_scale, vd_high=high)
        if not self.whole:
            found[~self.has_value] = np.nan
        return found

    def sigma(self) -> Float64:
        """Return the deviation about the VWAP of each row's window."""
        span, before = self._span, self._before
        high, high_squares = span.high_difference("sum_vd", before), span.high_difference("sum_vdd", before)
        squares = span.difference("sum_vdd", before)
        scale = span.columns.price_scale
        found = sigma(self.v, self._low, squares, scale, vd_high=high, vdd_high=high_squares)
        if not self.whole:
            found[~self.has_value] = np.nan
        return found


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
    volume: int = 0

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the columns to wider scales."""
        self.largest_d *= by_price
        self.volume *= by_size


class Span:
    """Rows [start, stop) of `columns`, appended and not yet published; for the writer's thread.

    Spans of one book follow one another without a hole: the book carries on from span to span. Whatever
    is returned is shared and must not be changed.
    """

    def __init__(self, columns: SymbolColumns, start: int, stop: int, book: WindowBook) -> None:
        self.columns = columns
        self.start = start
        self.stop = stop
        self._book = book
        self._sums: dict[Window, WindowSums] = {}
        self._before: dict[TimeWindow, Int64] = {}
        self._vwap: dict[Window, Float64] = {}
        self._sigma: dict[Window, Float64] = {}
        self._session_row: int | None = self._only_session_row()
        self._session_rows: Int64 | None = None if self._session_row is not None else self._session_first()
        self._bounds_before = (book.largest_d, book.volume)
        low, high = _extremes(columns.column("price")[start:stop])
        book.largest_d = max(book.largest_d, high - columns.reference, columns.reference - low)
        columns.largest_d = max(columns.largest_d, book.largest_d)
        book.volume += _total(columns.column("size")[start:stop])
        bound = book.volume * max(book.largest_d, 1) ** 2
        self.is_held = bound < HELD and book.volume < SAFE
        """Whether every sum over any window that ends in this span is held exactly."""
        self._fits = bound < SAFE
        if not self._fits:
            columns.keep_high_limbs()

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def session(self) -> Int64:
        """Return the session number of each row, shape (n,)."""
        found: Int64 = self.columns.column("session")[self.start : self.stop]
        return found

    @property
    def session_first(self) -> Int64:
        """Return the first row of each row's session, shape (n,); of a row outside hours, of that stretch."""
        if self._session_rows is None:
            self._session_rows = np.full(len(self), self._session_row, np.int64)
        return self._session_rows

    def sums(self, window: Window) -> WindowSums:
        """Return the sums over a window for each row; computed once a span."""
        found = self._sums.get(window)
        if found is None:
            found = self._sums[window] = self._sum(window)
        return found

    def _sum(self, window: Window) -> WindowSums:
        everywhere = _everywhere(len(self))
        if not isinstance(window, SessionWindow):
            return WindowSums(self, self._rows_before(window), everywhere, every_inside=True)
        if self._session_row is not None:  # inside hours
            return WindowSums(self, self._session_row - 1, everywhere, every_inside=True)
        return WindowSums(self, self.session_first - 1, self.session != NO_SESSION, every_inside=False)

    def vwap(self, window: Window) -> Float64:
        """Return the VWAP of each row's window; NaN without volume, outside hours, past the bound."""
        found = self._vwap.get(window)
        if found is None:
            found = self._vwap[window] = self.sums(window).vwap()
        return found

    def sigma(self, window: Window) -> Float64:
        """Return the deviation about the VWAP of each row's window; NaN as for `vwap`."""
        found = self._sigma.get(window)
        if found is None:
            found = self._sigma[window] = self.sums(window).sigma()
        return found

    def held(self) -> Bool:
        """Return at which rows every sum is still held exactly, shape (n,)."""
        if self.is_held:
            return _everywhere(len(self))
        largest_before, volume_before = self._bounds_before
        price = self.columns.column("price")[self.start : self.stop]
        largest = np.maximum.accumulate(np.abs(price - self.columns.reference)).astype(np.float64)
        largest = np.maximum(largest, max(largest_before, 1))
        size = self.columns.column("size")[self.start : self.stop].astype(np.float64)
        size[0] += volume_before
        volume = np.cumsum(size)
        found: Bool = (volume < SAFE) & (volume * largest * largest < HELD)
        return found

    def difference(self, name: str, before: Int64 | int) -> Int64:
        """Return each row's running sum less that of the row before its window; `before` ascends."""
        column = self.columns.column(name)
        total: Int64 = column[self.start : self.stop]
        if isinstance(before, int):
            return total if before < 0 else total - column[before]
        total_before = column.take(before)
        if before[0] < 0:
            total_before[before < 0] = 0
        difference: Int64 = total - total_before
        return difference

    def high_difference(self, name: str, before: Int64 | int) -> Int64 | None:
        """Return the high limbs beside `difference`, None where all sums fit int64."""
        if self._fits:
            return None
        total, high = self.columns.column(name), self.columns.column(HIGH[name])
        before = np.full(len(self), before)
        total_before, high_before = total[before], high[before]
        total_before[before < 0] = high_before[before < 0] = 0
        rows = slice(self.start, self.stop)
        return high_difference(high[rows], total[rows], high_before, total_before)

    def row_at_or_before(self, window: TimeWindow) -> Int64:
        """Return the last row with time <= t - window for each row, -1 where there is none."""
        return self._rows_before(window)

    def _rows_before(self, window: TimeWindow | TickWindow) -> Int64:
        """Return the row before each row's window, -1 where there is none."""
        if isinstance(window, TickWindow):
            rows = np.arange(self.start - 1, self.stop - 1, dtype=np.int64)
            return np.maximum(rows - min(window.ticks - 1, self.stop), -1)
        found = self._before.get(window)
        if found is None:
            low = self._book.lows.get(window, 0)
            time_ns = self.columns.column("time_ns")
            first = window_starts(time_ns, low, self.start, self.stop, window.length_ns)
            found = self._before[window] = first - 1
            self._book.lows[window] = int(first[-1])
        return found

    def _only_session_row(self) -> int | None:
        """Return the first row of the session that all rows of the span belong to, or None."""
        session = self.columns.column("session")
        only = int(session[self.start])
        if only == NO_SESSION or only != session[self.stop - 1]:
            return None  # outside hours at both ends, a whole session may lie between
        carried, first = self._book.session
        if only != carried or self.start == 0:
            first = self.start
        self._book.session = (only, first)
        return first

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


def _extremes(price: Int64) -> tuple[int, int]:
    """Return the lowest and the highest price."""
    if len(price) <= _FEW:
        few = price.tolist()
        return min(few), max(few)
    return int(price.min()), int(price.max())


def _total(size: Int64) -> int:
    """Return the exact sum of sizes, however large."""
    if len(size) <= _FEW or int(size.max()) * len(size) >= _INT64_HALF:
        return sum(size.tolist())
    return int(size.sum())


def _everywhere(count: int) -> Bool:
    """Return that something holds for all rows; shared, not to be changed."""
    return _TRUE[:count] if count <= len(_TRUE) else np.ones(count, np.bool_)
