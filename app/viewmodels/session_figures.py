"""What a session traded so far: open, high, low, volume and turnover, from the rows that are new alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import ColumnsView
from app.viewmodels.row_extremes import price_extremes

LEAST_DECIMALS = 2
_SUM_BELOW = 2**63


@dataclass(slots=True)
class SessionFigures:
    """The latest session of one symbol, as far as its columns were read; before the first, all ticks so far.

    Ticks outside trading hours after a session change none of its figures. Prices are in points;
    `volume_units` and `turnover_units` are exact, in units of the scales of the columns last read.

    Of rows that were let go of unread the columns still know the first of the session and all sums: open,
    volume and turnover stay right. High and low do not, and `since_ns` is then the instant from which they
    are known; it is None while they are the whole session's.
    """

    seen: int = 0
    session: int = NO_SESSION
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    volume_units: int = 0
    turnover_units: int = 0
    since_ns: int | None = None
    close_before: float | None = None
    decimals: int = LEAST_DECIMALS
    scales: tuple[int, int] = (0, 0)
    sums: tuple[int, int] = (0, 0)  # sum_v and sum_vd of the last row read
    begun: bool = False
    close: float | None = None  # of the last row read that lies in a session

    def learn(self, view: ColumnsView, *, count_decimals: bool = False) -> None:
        """Take the rows that are new; `count_decimals` looks at how many decimals their prices need."""
        if self.seen == view.count:
            return
        self._rescale(view)
        for row, stop, session in stretches(view, self.seen):
            if session > self.session or not self.begun:
                self._begin(view, row, session)
            if session == self.session:
                self._take(view, row, stop)
            if session != NO_SESSION:
                self.close = float(view.price[stop - 1] / 10.0**view.price_scale)
        if count_decimals:
            self.decimals = _decimals(self.decimals, view, max(self.seen, view.first), view.count)
        self.seen = view.count
        self.sums = _sums(view, view.count - 1)

    def volume(self, view: ColumnsView) -> float:
        """Return the traded quantity."""
        return self.volume_units / 10.0**view.size_scale

    def turnover(self, view: ColumnsView) -> float:
        """Return the sum of price times size, correctly rounded."""
        return self.turnover_units / int(10 ** (view.price_scale + view.size_scale))

    def _rescale(self, view: ColumnsView) -> None:
        scales = (view.price_scale, view.size_scale)
        if self.begun and scales != self.scales:
            by_price, by_size = (10 ** (new - old) for new, old in zip(scales, self.scales, strict=True))
            self.volume_units *= by_size
            self.turnover_units *= by_price * by_size
            self.sums = (self.sums[0] * by_size, self.sums[1] * by_price * by_size)
        self.scales = scales

    def _begin(self, view: ColumnsView, row: int, session: int) -> None:
        unit = 10.0**view.price_scale
        self.close_before = self._close_before(view, row)
        self.begun, self.session = True, session
        self.open = self.high = self.low = float(view.price[row] / unit)
        self.volume_units = self.turnover_units = 0
        self.since_ns = None

    def _close_before(self, view: ColumnsView, row: int) -> float | None:
        """Return the last price of the session before a row, None where it is not known.

        Ticks before the opening and after the close are no session's, so that they are passed over.
        """
        last = row - 1
        if last >= max(self.seen, 0) and int(view.session[last]) == NO_SESSION:
            changes = view.sessions()
            at = int(np.searchsorted(changes, last, side="right"))
            last = int(changes[at - 1]) - 1 if at else -1
            if self.seen <= last < view.first:
                return None  # let go of unread
        if last < self.seen:
            return self.close
        return float(view.price[last] / 10.0**view.price_scale)

    def _take(self, view: ColumnsView, row: int, stop: int) -> None:
        before = self.sums if row == self.seen else _sums(view, row - 1)
        volume, turnover = _traded(view, row, stop, before)
        self.volume_units += volume
        self.turnover_units += turnover
        held = max(row, view.first)
        if held >= stop:
            return
        if held > row:
            self.since_ns = int(view.ts_ns[held])
        low, high = (price / 10.0**view.price_scale for price in price_extremes(view, held, stop))
        self.low, self.high = min(self.low, low), max(self.high, high)


def stretches(view: ColumnsView, seen: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first row, row after the last, session) of the new rows, by runs of rows of one session.

    The first run may begin below the first row held: then at the first row of its session, or at the row
    after the last one read. Runs that were let go of whole are left out.
    """
    changes = view.sessions()
    held = max(seen, view.first)
    if held >= view.count:
        return
    newest = int(changes[-1]) if len(changes) else 0
    if newest <= held:
        yield max(seen, newest), view.count, int(view.session[held])
        return
    before = int(np.searchsorted(changes, held, side="right"))
    stretch = int(changes[before - 1]) if before else 0
    row = max(seen, stretch)
    for stop in (*changes[before:].tolist(), view.count):
        yield row, stop, int(view.session[max(row, min(held, stop - 1))])
        row = stop


def _sums(view: ColumnsView, row: int) -> tuple[int, int]:
    """Return the sums of v and v·d up to a row, (0, 0) before the first."""
    return (int(view.sum_v[row]), int(view.sum_vd[row])) if row >= 0 else (0, 0)


def _traded(view: ColumnsView, row: int, stop: int, before: tuple[int, int]) -> tuple[int, int]:
    """Return the exact sums of size and of price times size over rows [row, stop), in units of the scales.

    `before` are the sums up to the row before. Those of v·d are kept modulo 2**64, so that a difference is
    exact while the true one is below 2**63: where it may not be, what is held is added up by halves.
    """
    sum_v, sum_vd = _sums(view, stop - 1)
    volume = sum_v - before[0]
    if row >= view.first:
        if stop - row == 1:
            return volume, int(view.size[row]) * int(view.price[row])
        if volume * view.largest_d >= _SUM_BELOW:
            middle = (row + stop) // 2
            halves = (
                _traded(view, row, middle, before),
                _traded(view, middle, stop, _sums(view, middle - 1)),
            )
            return volume, halves[0][1] + halves[1][1]
    moved = (sum_vd - before[1] + _SUM_BELOW) % (2 * _SUM_BELOW) - _SUM_BELOW
    return volume, moved + view.reference * volume


def _decimals(known: int, view: ColumnsView, start: int, stop: int) -> int:
    """Return how many decimals prices need so far, at least two where the scale has them."""
    decimals = min(known, view.price_scale)
    while decimals < view.price_scale:
        step = 10 ** (view.price_scale - decimals)
        if not (view.price[start:stop] % step).any():
            break
        decimals += 1
    return decimals
