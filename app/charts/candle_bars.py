"""One symbol's bars as a chart shows them: the exact bars, and the span of time that each of them stands over.

They are made from the ticks in slices, so that a long history stalls no frame; what is there is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from analytics.bars import BAR_COLUMNS, BarBuilder, BarKind, BarRule
from analytics.calendar import Calendar
from analytics.columns import ColumnsView
from analytics.ticks import Bool, Int64
from app.charts.traces import rows_between

_SLICE_ROWS = 20_000
_BUDGET_S = 0.004
"""So long a frame may make bars; a slice takes a fraction of it but for the smallest of bars."""
_FEW_BARS = 1_024
FIRST_ROW, STOP_ROW, START, LAST, OPEN, HIGH, LOW, CLOSE, VOLUME = range(9)
"""The columns of the table, the first ones those of `BAR_COLUMNS`: but START is where the bar stands on the screen,
neither before the bar before ends nor before the session's first tick.
"""
STOP, MIDDLE, ROSE, NOMINAL = range(9, 13)
"""When the bar's place ends, its middle, whether the price rose (1) or fell (0), and when the bar began by its rule."""
_TAKEN = [BAR_COLUMNS.index(name) for name in BAR_COLUMNS[:9]]


class CandleBars:
    """Bars of one rule. `table` are the columns named above, int64, shape (13, bars), the one in progress last.

    A time bar stands over its nominal time, any other until the next one starts; none over a gap or a change of
    session. Bars whose ticks are let go of are kept for a while.
    """

    def __init__(self, rule: BarRule, zone_name: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self._rule = rule
        self._calendar = Calendar("always", zone_name)  # sessions are the columns' own
        self._clock = clock
        self._length_ns = int(rule.amount) if rule.kind is BarKind.TIME else 0
        self.reset()

    def reset(self) -> None:
        """Forget all bars: other ticks come."""
        self._builder: BarBuilder | None = None
        self._rows = self._offset = 0
        self._held = np.empty((NOMINAL + 1, _FEW_BARS), np.int64)
        self._count = self._closed = 0
        self.building = False

    @property
    def table(self) -> Int64:
        """Return the bars' columns."""
        return self._held[:, : self._count]

    def update(self, view: ColumnsView, budget_s: float = _BUDGET_S) -> int | None:
        """Take new rows for so long; return the instant from which on bars are others, None where none is.

        `building` says whether rows are left for the next call.
        """
        if self._builder is None or self._rows < view.first:
            self._begin(view)
        until, changed = self._clock() + budget_s, None
        while self._rows < view.count:
            since = self._take(view, self._rows, min(self._rows + _SLICE_ROWS, view.count))
            changed = since if changed is None else min(changed, since)
            if self._clock() >= until:
                break
        self.building = self._rows < view.count
        if changed is not None:
            self._let_go(view.first)
        return changed

    def _begin(self, view: ColumnsView) -> None:
        self.reset()
        self._builder = BarBuilder(self._rule, self._calendar, view.price_scale, view.size_scale)
        self._rows = self._offset = view.first

    def _take(self, view: ColumnsView, start: int, stop: int) -> int:
        """Make bars of rows [start, stop); return from when on the table is another."""
        assert self._builder is not None
        rows = slice(start, stop)
        closed = self._builder.extend(
            view.time_ns[rows], view.price[rows], view.size[rows], view.session[rows]
        )
        self._rows = stop
        begun = self._builder.in_progress
        bars = closed if begun is None else np.column_stack((closed, begun))
        at, was_open = self._closed, self._count > self._closed
        begun_ns = int(self._held[START, at]) if was_open else 0  # before the table grows without it
        self._count, self._closed = at + bars.shape[1], at + closed.shape[1]
        if self._count > self._held.shape[1]:
            grown = np.empty((NOMINAL + 1, 2 * self._count), np.int64)
            grown[:, :at] = self._held[:, :at]
            self._held = grown
        made = self._held[:, at : self._count]
        made[: len(_TAKEN)] = bars[_TAKEN]
        made[: STOP_ROW + 1] += self._offset
        made[NOMINAL] = made[START]
        made[STOP] = made[START] + self._length_ns if self._length_ns else made[LAST]
        if was_open:
            made[START, 0] = begun_ns
        self._open_late(view, made[:, int(was_open) :])
        since = max(at - 1, 0)
        self._place(view, self._held[:, since : self._count])
        return int(self._held[START, at if was_open or at == 0 else since])

    def _open_late(self, view: ColumnsView, bars: Int64) -> None:
        """Have new time bars that begin a session, or all, stand from their first tick on."""
        rows = bars[FIRST_ROW]
        if self._length_ns and len(rows):
            opening = _among(rows, view.sessions()) | (rows == self._offset)
            bars[START, opening] = view.time_ns[rows[opening]]

    def _place(self, view: ColumnsView, bars: Int64) -> None:
        """Give bars their places; all but the first are new, and that may have its end from the second."""
        start, stop = bars[START], bars[STOP]
        if self._length_ns:
            np.minimum(stop[:-1], start[1:], out=stop[:-1])
        else:
            after_break = _among(bars[FIRST_ROW], view.gaps()) | _among(bars[FIRST_ROW], view.sessions())
            stop[:-1] = np.where(after_break[1:], bars[LAST][:-1], start[1:])
        np.maximum(stop, start, out=stop)
        bars[MIDDLE] = (start + stop) // 2
        close, opens = bars[CLOSE], bars[OPEN]
        before = np.concatenate((opens[:1], close[:-1]))
        fresh = slice(1 if self._count > bars.shape[1] else 0, None)  # the first one's bar before is not here
        bars[ROSE][fresh] = np.where(close != opens, close > opens, close >= before)[fresh]

    def _let_go(self, first: int) -> None:
        """Forget the bars of rows that are no longer held, once they are most."""
        gone = int(self._held[STOP_ROW, : self._closed].searchsorted(first, side="right"))
        if gone > _FEW_BARS and 2 * gone > self._count:
            self._held = self._held[:, gone : self._count].copy()
            self._count, self._closed = self._count - gone, self._closed - gone


def _among(rows: Int64, others: Int64) -> Bool:
    """Return which of some ascending rows are among others, that ascend as well."""
    found: Bool = np.isin(rows, rows_between(others, int(rows[0]), int(rows[-1]) + 1))
    return found
