"""A span: the rows just appended to one symbol's columns, with the window sums that series share."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from analytics.calendar import NO_SESSION
from analytics.columns import TickRows
from analytics.kernels import high_difference, sigma, vwap, window_starts
from analytics.kernels.vwap import Shift, WideSums, shift, volumes
from analytics.store import HIGH
from analytics.ticks import Bool, Float64, Int64
from analytics.window_book import WindowBook
from analytics.windows import AnchoredWindow, SessionWindow, TickWindow, TimeWindow, Window, anchor_ns

FITS = 2**62
"""Sums below this fit int64, with as much room again."""
HELD_TERM = 2**110
"""One tick's v·d² below this is told apart by float64 to a quarter of 2**64, which two limbs need."""
HELD = 2**126
"""Sums of v·d² below this are held exactly in two limbs; past it there is no value."""
_ALL = (True, True, True)
_FEW = 64  # rows up to which a list is quicker than numpy
_TRUE = np.ones(32_768, np.bool_)
_TRUE.flags.writeable = False


class WindowSums:
    """Sums over the window of each row of a span, all of shape (n,).

    `v` and `vd` are as in `analytics.columns`. `has_value` is False past the exact range, outside trading
    hours for a session window, and before the anchor of an anchored one; `whole` says that it holds for
    every row, so that nobody need look at it.
    """

    __slots__ = (
        "_before",
        "_low",
        "_shift",
        "_span",
        "_untraded",
        "_volume",
        "_wide",
        "has_value",
        "v",
        "whole",
    )

    def __init__(self, span: Span, before: Int64 | int, inside: Bool | None) -> None:
        self._span = span
        self._before = before  # the row before each window, one for all that start behind it
        self._low = span.difference("sum_vd", before)
        self._shift: Shift | None = None
        self.v = span.difference("sum_v", before)
        self._volume, self._untraded = volumes(self.v)
        self._wide = not span.fits(self._volume)
        self.whole = span.holds(1) and inside is None
        self.has_value = span.held(1) if inside is None else inside & span.held(1)

    @property
    def vd(self) -> Int64 | NDArray[np.object_]:
        """Return the exact sums of v·d: int64, or Python's integers where some pass that."""
        high = self._high("sum_vd")
        if high is None or not high.any():
            return self._low
        exact: NDArray[np.object_] = self._low + high.astype(object) * 2**64
        return exact

    def vwap(self) -> Float64:
        """Return the VWAP of each row's window."""
        columns = self._span.columns
        by = None if 2 * columns.largest_d <= abs(columns.reference) else self._by()
        high = self._high("sum_vd")
        return self._told(vwap(self._volume, self._low, columns.reference, columns.price_scale, by, high))

    def sigma(self) -> Float64:
        """Return the deviation about the VWAP of each row's window."""
        span, before = self._span, self._before
        vd_high, vdd_high = (self._high(name) for name in ("sum_vd", "sum_vdd"))
        high = None if vd_high is None or vdd_high is None else WideSums(vd_high, vdd_high)
        squares = span.difference("sum_vdd", before)
        scale = span.columns.price_scale
        found = self._told(sigma(self._volume, self._by(), self._low, squares, scale, high))
        if not span.holds(2):
            found[~span.held(2)] = np.nan
        return found

    def _by(self) -> Shift:
        if self._shift is None:
            self._shift = shift(self.v, self._volume, self._low, self._high("sum_vd"))
        return self._shift

    def _high(self, name: str) -> Int64 | None:
        """Return high limbs; None where the sums over these windows all fit int64, which gives the same bits."""
        return self._span.high_difference(name, self._before) if self._wide else None

    def _told(self, found: Float64) -> Float64:
        """Return values without those of windows that have none."""
        if self._untraded is not None:
            found[self._untraded] = np.nan
        if not self.whole:
            found[~self.has_value] = np.nan
        return found


class Span:
    """Rows [start, stop) of `columns`, appended and not yet published; for the writer's thread.

    Spans of one book follow one another without a hole: the book carries on from span to span. Whatever
    is returned is shared and must not be changed.
    """

    def __init__(self, columns: TickRows, start: int, stop: int, book: WindowBook) -> None:
        self.columns = columns
        self.start = start
        self.stop = stop
        self._book = book
        self._sums: dict[Window, WindowSums] = {}
        self._before: dict[TimeWindow, Int64] = {}
        self._unknown: dict[TimeWindow, Bool] = {}
        self._vwap: dict[Window, Float64] = {}
        self._sigma: dict[Window, Float64] = {}
        self._session_row: int | None = self._only_session_row()
        self._session_rows: Int64 | None = None if self._session_row is not None else self._session_first()
        self._bounds_before = book.bounds
        self._widen_bounds()
        all_hold = _are_held(*book.bounds, 2)
        self._holds = _ALL if all_hold else tuple(_are_held(*book.bounds, power) for power in (0, 1, 2))
        self._fits = book.volume * max(book.largest_d, 1) ** 2 < FITS
        if not self._fits:
            columns.keep_high_limbs(start)

    def __len__(self) -> int:
        return self.stop - self.start

    def close(self) -> None:
        """Let go of what was computed: sums and span hold one another, and with them columns that have grown since."""
        self._sums.clear()

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
            found = self._sums[window] = WindowSums(self, self.before(window), self.inside(window))
        return found

    def before(self, window: Window) -> Int64 | int:
        """Return the row before each row's window, -1 where that is the first; one row if all share it.

        Of rows that `inside` leaves out it is some row that is not after them.
        """
        if isinstance(window, TimeWindow):
            return self._before_time(window)
        if isinstance(window, TickWindow):
            rows = np.arange(self.start - 1, self.stop - 1, dtype=np.int64)
            return np.maximum(rows - min(window.ticks - 1, self.stop), self._since(window) - 1)
        if isinstance(window, SessionWindow):
            return self.session_first - 1 if self._session_row is None else self._session_row - 1
        first = self._anchor_row(window)
        if first <= self.start:
            return first - 1
        return np.minimum(np.arange(self.start, self.stop, dtype=np.int64), first - 1)

    def inside(self, window: Window) -> Bool | None:
        """Return which rows have such a window at all, shape (n,); None for all of them."""
        if isinstance(window, SessionWindow):
            return None if self._session_row is not None else self.session != NO_SESSION
        if not isinstance(window, AnchoredWindow) or (first := self._anchor_row(window)) <= self.start:
            return None
        return np.arange(self.start, self.stop) >= first

    def vwap(self, window: Window) -> Float64:
        """Return the VWAP of each row's window; NaN without volume and where `WindowSums` has no value."""
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

    def holds(self, power: int) -> bool:
        """Return whether the sums of v·d to a power, 0 to 2, are held exactly over any window that ends here."""
        return self._holds[power]

    def held(self, power: int) -> Bool:
        """Return at which rows they still are, shape (n,): never again after the first at which they are not."""
        if self._holds[power]:
            return _everywhere(len(self))
        found = np.zeros(len(self), np.bool_)
        found[: self._rows_held(power)] = True
        return found

    def difference(self, name: str, before: Int64 | int) -> Int64:
        """Return each row's running sum less that of the row before its window; `before` ascends."""
        column = self.columns.column(name)
        total: Int64 = column[self.start : self.stop]
        none = self.columns.total_before(name) if self.columns.origin else 0
        if isinstance(before, int):
            start = none if before < 0 else int(column[before])
            return total - start if start else total
        total_before = column.take(before)
        if before[0] < 0:
            total_before[before < 0] = none
        difference: Int64 = total - total_before
        return difference

    def fits(self, volume: Float64) -> bool:
        """Return whether sums over windows in which so much was traded, shape (n,), all fit int64."""
        if self._fits:
            return True
        return (
            len(volume) > 0
            and float(np.maximum.reduce(volume)) * max(self._book.largest_d, 1) ** 2 < FITS / 2
        )

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
        """Return the last row with time <= t - window for each row, -1 where none is known."""
        before = self._before_time(window)
        unknown = self._unknown.get(window)
        if unknown is not None:
            before = before.copy()
            before[unknown] = -1
        return before

    def _before_time(self, window: TimeWindow) -> Int64:
        """Return the row before each row's window, which begins no earlier than with the first it may hold."""
        found = self._before.get(window)
        if found is None:
            book, since = self._book, self._since(window)
            low = book.lows.get(window, max(since - 1, 0))
            time_ns = self.columns.column("time_ns")
            found = window_starts(time_ns, low, self.start, self.stop, window.length_ns)
            book.lows[window] = int(found[-1])
            if since and found[0] < since:
                self._unknown[window] = found < since
                np.maximum(found, since, out=found)
            found -= 1
            self._before[window] = found
        return found

    def _since(self, window: Window) -> int:
        """Return the first row that a window may hold, and note that it is asked for."""
        book = self._book
        book.asked[window] = self.stop
        found = book.since.get(window)
        if found is None:
            found = book.since[window] = self.columns.first
        return found

    def _anchor_row(self, window: AnchoredWindow) -> int:
        """Return the first row of an anchored window; one from `stop` on where it is yet to come."""
        since, found = self._since(window), self._book.anchors.get(window)
        if found is None:
            if isinstance(window.anchor, int):
                found = max(window.anchor - self.columns.origin, since)
            else:
                instant_ns = anchor_ns(window.anchor, self.columns.calendar.zone)
                low = max(since, self.columns.first)
                found = low + int(self.columns.column("time_ns")[low : self.stop].searchsorted(instant_ns))
            if found < self.stop:
                self._book.anchors[window] = found
        return found

    def _widen_bounds(self) -> None:
        """Take this span's rows into the bounds of the book."""
        book, columns = self._book, self.columns
        low, high = _extremes(columns.column("price")[self.start : self.stop])
        book.largest_d = max(book.largest_d, high - columns.reference, columns.reference - low)
        columns.widen(book.largest_d)
        size = columns.column("size")[self.start : self.stop]
        largest = max(size.tolist()) if len(size) <= _FEW else int(np.maximum.reduce(size))
        book.largest_size = max(book.largest_size, largest)
        if largest * len(size) >= FITS:
            book.volume += sum(size.tolist())
        else:
            volume = columns.column("sum_v")
            before = int(volume[self.start - 1]) if self.start else columns.total_before("sum_v")
            book.volume += (int(volume[self.stop - 1]) - before) % 2**64

    def _rows_held(self, power: int) -> int:
        """Return how many rows there are before the first whose sums are not held."""
        if not _are_held(*self._bounds_before, power):
            return 0
        volume, largest_size, largest_d = self._bounds_before
        size = self.columns.column("size")[self.start : self.stop].tolist()
        d = np.abs(self.columns.column("price")[self.start : self.stop] - self.columns.reference).tolist()
        bounds = zip(
            list(accumulate(size, initial=volume))[1:],
            list(accumulate(size, max, initial=largest_size))[1:],
            list(accumulate(d, max, initial=largest_d))[1:],
            strict=True,
        )
        return bisect_left(
            list(bounds), True, key=lambda each: not _are_held(each[0], each[1], each[2], power)
        )

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
    return int(np.minimum.reduce(price)), int(np.maximum.reduce(price))  # quicker than its methods


def _are_held(volume: int, largest_size: int, largest_d: int, power: int) -> bool:
    """Return whether sums of v·d to a power are held exactly within these bounds."""
    reach = int(max(largest_d, 1) ** power)
    return volume < FITS and largest_size * reach < HELD_TERM and volume * reach < HELD


def _everywhere(count: int) -> Bool:
    """Return that something holds for all rows; shared, not to be changed."""
    return _TRUE[:count] if count <= len(_TRUE) else np.ones(count, np.bool_)
