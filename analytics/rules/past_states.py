"""Terms that look at one symbol's own past: its price or volume a while ago, its session's high and low."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.instruments import TickBand
from analytics.rules.amounts import Hysteresis, Unit
from analytics.rules.extremes import Standing
from analytics.rules.latch import NO_ROWS, Latch, marked
from analytics.rules.margin import Margins
from analytics.rules.sides import Steps, rows_of, scale_of, span_of
from analytics.rules.terms import Extreme, Move, Op, Spike
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64
from analytics.windows import TimeWindow

_FITS = 2**62
"""Products below this fit int64."""


class MoveState:
    """``price moves``: true where the price is far enough from the one a window ago, exactly."""

    def __init__(self, term: Move) -> None:
        self._window = term.window
        self._share = term.percent / 100
        self._latch = Latch()

    def _read(self, span: Span) -> tuple[Callable[[], Bool], Callable[[], Bool]]:
        row = span.row_at_or_before(self._window)
        valid = _in_session(row, span)
        columns, share = span.columns, self._share
        price = columns.column("price")
        before = price[np.maximum(row, 0)]
        moved, against = price[span.start : span.stop] - before, before
        largest = abs(columns.reference) + columns.largest_d
        if 2 * largest * max(share.numerator, share.denominator) >= _FITS:
            moved, against = moved.astype(object), against.astype(object)
        far = abs(moved) * share.denominator >= abs(against) * share.numerator
        return lambda: far & valid, lambda: ~far & valid

    def turns(self, steps: Steps) -> Int64:
        """Return the rows on which the move becomes large enough."""
        return self._latch.turns(*self._read(span_of(steps)))

    def truth(self, steps: Steps) -> Bool:
        """Return where the move is large enough."""
        return self._latch.states(*self._read(span_of(steps)))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the price that a row's price is compared with; NaN where there is none."""
        span = span_of(steps)
        before = span.row_at_or_before(self._window)[rows]
        none = (before < span.session_first[rows]) | (span.session[rows] == NO_SESSION)
        found: Float64 = span.columns.column("price")[before] / 10.0 ** scale_of("price", span)
        found[none] = np.nan
        return found


class SpikeState:
    """``volume spikes``: true where volume a second is so many times that of the time before it, exactly."""

    def __init__(self, term: Spike) -> None:
        self._window, self._past = term.window, term.past
        self._both = TimeWindow(term.window.length_ns + term.past.length_ns)
        # v / w >= times · p / q, as whole numbers: v · by_now >= p · by_past
        ratio = term.times * term.window.length_ns / term.past.length_ns
        self._by_now, self._by_past = ratio.denominator, ratio.numerator
        self._latch = Latch()

    def _volumes(self, span: Span) -> tuple[Int64, Int64, Bool]:
        """Return the volume of the window, of the past before it, and where both have a value."""
        middle, first = span.row_at_or_before(self._window), span.row_at_or_before(self._both)
        valid = _in_session(first, span)
        total = span.columns.column("sum_v")
        at_middle = total[np.maximum(middle, 0)]
        now = total[span.start : span.stop] - at_middle
        past = at_middle - total[np.maximum(first, 0)]
        return now, past, valid & (past > 0)

    def _read(self, span: Span) -> tuple[Callable[[], Bool], Callable[[], Bool]]:
        now, past, valid = self._volumes(span)
        if max(int(now.max()) * self._by_now, int(past.max()) * self._by_past) >= _FITS:
            now, past = now.astype(object), past.astype(object)
        high = now * self._by_now >= past * self._by_past
        return lambda: high & valid, lambda: ~high & valid

    def turns(self, steps: Steps) -> Int64:
        """Return the rows on which the volume becomes large enough."""
        return self._latch.turns(*self._read(span_of(steps)))

    def truth(self, steps: Steps) -> Bool:
        """Return where the volume is large enough."""
        return self._latch.states(*self._read(span_of(steps)))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the past volume a second that a row's is compared with; NaN where there is none."""
        span = span_of(steps)
        _, past, valid = self._volumes(span)
        found: Float64 = past[rows] / 10.0 ** scale_of("size", span) / (self._past.length_ns / 1e9)
        found[~valid[rows]] = np.nan
        return found


class ExtremeState:
    """``new session high`` and ``new session low``: armed at first and anew in each session.

    After one the price must fall back from the session's extreme by the hysteresis, taken at that.
    """

    def __init__(self, term: Extreme, hysteresis: Hysteresis, bands: tuple[TickBand, ...]) -> None:
        self._up = term.op is Op.NEW_HIGH
        self._hysteresis = hysteresis
        self._margins = Margins(hysteresis, bands)
        self._standing = Standing(self._up)
        self._before: Int64 = NO_ROWS
        self._latch = Latch()

    def turns(self, steps: Steps) -> Int64:
        """Return the rows of the new extremes."""
        span = span_of(steps)
        price = rows_of("price", span)
        self._before, known = self._standing.before(span.columns, span.start, span.stop)
        beyond = (price > self._before if self._up else price < self._before) & known
        if not self._hysteresis.amount:
            return beyond.nonzero()[0] if np.count_nonzero(beyond) else NO_ROWS
        return self._latch.turns(lambda: beyond, lambda: ~known | self._fallen_back(price, span))

    def _fallen_back(self, price: Int64, span: Span) -> Bool:
        """Return where the price is back from the session's extreme, this row's included, by the hysteresis."""
        extreme = np.maximum(self._before, price) if self._up else np.minimum(self._before, price)
        back, unit = abs(extreme - price), 10**span.columns.price_scale
        found: Bool
        if self._hysteresis.unit is Unit.POINTS:
            found = back >= math.ceil(self._hysteresis.amount * unit)
            return found
        if self._hysteresis.unit is Unit.PERCENT:
            share = self._hysteresis.share
            found = back.astype(object) * share.denominator >= abs(extreme).astype(object) * share.numerator
            return found.astype(np.bool_)
        limits = {
            each: math.ceil(self._hysteresis.at(Fraction(each, unit), self._margins.bands) * unit)
            for each in np.unique(extreme).tolist()
        }
        found = back >= np.array([limits[each] for each in extreme.tolist()], np.int64)
        return found

    def truth(self, steps: Steps) -> Bool:
        """Return True on the rows of the new extremes."""
        return marked(self.turns(steps), len(steps))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the session's extreme before some rows, NaN where there was none."""
        span = span_of(steps)
        found: Float64 = self._before[rows] / 10.0 ** scale_of("price", span)
        found[rows + span.start == span.session_first[rows]] = np.nan
        found[span.session[rows] == NO_SESSION] = np.nan
        return found


def _in_session(row: Int64, span: Span) -> Bool:
    """Return where a row before belongs to the session of the span's row."""
    found: Bool = (row >= span.session_first) & (span.session != NO_SESSION)
    return found
