"""What the sides of a term were at some rows, read from the columns: for explanations, not for decisions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import TickRows, row_at_or_before
from analytics.rules.extremes import Standing
from analytics.rules.rule import Reading
from analytics.rules.terms import Compare, Extreme, Move, Op, Range, Side, Spike, SymbolSeries, Term
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64

Sides = tuple[Float64, Float64]
Columns = Mapping[str, TickRows]
Rows = Mapping[str, Int64]
"""By symbol its row at each step, shape (n,), -1 before its first tick."""


class Reader:
    """The sides of one term; `own` is the symbol that it is seen from. Rows are to ascend from call to call."""

    def __init__(self, term: Term, own: str) -> None:
        self._term = term
        self._own = own
        self._standing = Standing(term.op is Op.NEW_HIGH)
        self._extremes: tuple[int, Float64] = (0, np.empty(0))

    def sides(self, columns: Columns, rows: Rows, count: int) -> Sides:
        """Return (left, right) at `count` steps, each shape (count,), NaN where there is none.

        Of a range the right side is the nearer end, of a move the price a window ago, of a spike the volume
        a second now and before, of a new extreme the price and the extreme before.
        """
        term = self._term
        if isinstance(term, Compare):
            return self._side(term.left, columns, rows, count), self._side(term.right, columns, rows, count)
        if isinstance(term, Range):
            left, low, high = (self._side(each, columns, rows, count) for each in term.sides)
            return left, np.where(abs(left - high) < abs(left - low), high, low)
        mine, here = columns.get(self._own), rows.get(self._own)
        if mine is None or here is None or not isinstance(term, Move | Spike | Extreme):
            nothing = np.full(count, np.nan)
            return nothing, nothing
        missing = here < 0
        here = np.maximum(here, 0)
        if isinstance(term, Move):
            left, right = _moved(term, mine, here)
        elif isinstance(term, Spike):
            left, right = _volumes(term, mine, here)
        else:
            left, right = self._extreme(mine, here)
        left[missing] = right[missing] = np.nan
        return left, right

    def _side(self, side: Side, columns: Columns, rows: Rows, count: int) -> Float64:
        if isinstance(side, Fraction):
            return np.full(count, float(side))
        symbol, spec = (side.symbol, side.spec) if isinstance(side, SymbolSeries) else (self._own, side)
        mine, here = columns.get(symbol), rows.get(symbol)
        if mine is None or here is None:
            return np.full(count, np.nan)
        found: Float64
        if spec.is_column:
            scale = mine.price_scale if spec.name == "price" else mine.size_scale
            found = mine.column(spec.name)[here] / 10.0**scale
        else:
            found = mine.series(spec.text)[here]
        if count and here.min() < 0:
            found[here < 0] = np.nan
        return found

    def follow(self, span: Span) -> None:
        """Carry on the session's extremes over the symbol's next span; others need nothing of it."""
        if not isinstance(self._term, Extreme):
            return
        found, has = self._standing.before(span.columns, span.start, span.stop)
        values = np.where(has, found / 10.0**span.columns.price_scale, np.nan)
        last = self._extremes[1][-1:]
        self._extremes = span.start - len(last), np.concatenate((last, values))

    def around(
        self, columns: Columns, rows: Rows, earlier: Rows, extreme: Float64 | None = None
    ) -> tuple[Sides, Sides]:
        """Return the sides before and at some ticks; `rows` and those before are as for `sides`.

        `extreme` is that of the session before each of the ticks, where the term is about it and it is known;
        else it is what `follow` has met, which is that of the last span and of the row before it.
        """
        count = len(next(iter(rows.values())))
        if not isinstance(self._term, Extreme):
            return self.sides(columns, earlier, count), self.sides(columns, rows, count)
        price = SeriesSpec("price")
        right = self.sides(columns, rows, count)[1] if extreme is None else extreme
        now = self._side(price, columns, rows, count)
        return (self._side(price, columns, earlier, count), right), (now, right)

    def _extreme(self, columns: TickRows, rows: Int64) -> Sides:
        """Return the price and the session's extreme before each row, as far as `follow` has met it."""
        start, held = self._extremes
        at = rows - start
        known = (at >= 0) & (at < len(held))
        right = np.full(len(rows), np.nan)
        right[known] = held[at[known]]
        return columns.column("price")[rows] / 10.0**columns.price_scale, right


def readings(text: str, before: Sides, now: Sides, was: Bool, holds: Bool) -> list[Reading]:
    """Return one term around several firings; all of shape (n,)."""
    pairs_before = zip(before[0].tolist(), before[1].tolist(), strict=True)
    pairs_now = zip(now[0].tolist(), now[1].tolist(), strict=True)
    flags = (was.tolist(), holds.tolist())
    return [Reading(text, *each) for each in zip(pairs_before, pairs_now, *flags, strict=True)]


def _in_session(columns: TickRows, before: Int64, rows: Int64) -> Bool:
    session = columns.column("session")
    now = session[rows]
    inside: Bool = (before >= 0) & (now != NO_SESSION) & (session[np.maximum(before, 0)] == now)
    return inside


def _moved(term: Move, columns: TickRows, rows: Int64) -> Sides:
    before = row_at_or_before(columns, rows, term.window.length_ns)
    price, unit = columns.column("price"), 10.0**columns.price_scale
    right = price[before] / unit
    right[~_in_session(columns, before, rows)] = np.nan
    return price[rows] / unit, right


def _volumes(term: Spike, columns: TickRows, rows: Int64) -> Sides:
    middle = row_at_or_before(columns, rows, term.window.length_ns)
    first = row_at_or_before(columns, rows, term.window.length_ns + term.past.length_ns)
    total, unit = columns.column("sum_v"), 10.0**columns.size_scale
    at_middle = total[np.maximum(middle, 0)]
    now = (total[rows] - at_middle) / unit / (term.window.length_ns / 1e9)
    past = (at_middle - total[np.maximum(first, 0)]) / unit / (term.past.length_ns / 1e9)
    none = ~_in_session(columns, first, rows) | (past <= 0)
    now[none] = past[none] = np.nan
    return now, past
