"""The highest or lowest of each window of rows, exact, in time that does not grow with the windows.

Windows end row after row and never begin earlier than the one before. With a pivot row p inside or just
before them, a window [s, i] is what lies before the pivot and what has come since:

    high(s, i) = max(high of [s, p), high of [p, i])

The first is looked up among the extremes of [s, p) for all s, taken once from p backwards; the second
runs along. Once a window begins after p, its own last row, or one shortly before, becomes the pivot: a row
is looked back on once or twice, however long windows are. Windows of a few rows would move the pivot too
often; each of these is told by two overlapping stretches of 2**k rows, from a table of all such stretches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.ticks import Int64

SHORT = 256
"""Windows below this many rows are told from a table, once a window of less than half was met."""
_TABLE_ROWS = 4_096  # a table for more would leave the cache
_FEW = 8  # windows up to which there is no table, each is looked through
_LEVEL = np.array([max(rows, 1).bit_length() - 1 for rows in range(SHORT + 1)])
_STRETCH = 1 << _LEVEL
_LOWEST, _HIGHEST = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)
_NO_PIVOT = -1


class ExtremeCarry(NamedTuple):
    """What the rows so far leave for the next; `first_carry` makes the one before all rows.

    `before[k]` is the extreme of rows [low + k, pivot), its last item that of no row; `since` is the
    extreme from the pivot on.
    """

    highest: bool
    since: int
    before: Int64
    low: int
    pivot: int

    def scaled(self, factor: int) -> ExtremeCarry:
        """Return the carry after all values were multiplied by a factor."""
        none = _none(self.highest)
        before = self.before * factor
        before[-1] = none
        since = none if self.since == none else self.since * factor
        return ExtremeCarry(self.highest, since, before, self.low, self.pivot)


def first_carry(*, highest: bool) -> ExtremeCarry:
    """Return the carry before the first row, for the highest or for the lowest of each window."""
    none = _none(highest)
    return ExtremeCarry(highest, none, np.array([none]), 0, 0)


def extremes(
    values: Int64, first: Int64 | int, start: int, stop: int, carry: ExtremeCarry
) -> tuple[Int64, ExtremeCarry]:
    """Return the extreme of the window of each row in [start, stop), shape (stop - start,), and the carry.

    `first` is the first row of each window, ascending, or of all of them; `values` holds all rows from 0
    on, of which only those of the windows are read.
    """
    if isinstance(first, int):
        if first > carry.pivot:
            carry = _pivot_at(values, first, start, carry.highest)
    elif first[-1] > start:
        return _past_pivot(values, first, start, stop, carry)
    elif first[-1] > carry.pivot:
        carry = _pivot_at(values, int(first[0]), start, carry.highest)
    return _beside_pivot(values, first, start, stop, carry)


def _past_pivot(
    values: Int64, first: Int64, start: int, stop: int, carry: ExtremeCarry
) -> tuple[Int64, ExtremeCarry]:
    """Return the extremes of windows some of which begin after the pivot."""
    out = np.empty(stop - start, np.int64)
    at = 0
    while at < len(out):
        end = at + int(first[at:].searchsorted(carry.pivot, side="right"))
        if end > at:
            rows = slice(at, end)
            out[rows], carry = _beside_pivot(values, first[rows], start + at, start + end, carry)
        at = end
        if at < len(out) and start + at - first[at] < SHORT // 2:
            end = _next_long(first, start, at)
            for low in range(at, end, _TABLE_ROWS):
                rows = slice(low, min(low + _TABLE_ROWS, end))
                out[rows] = _short(values, first[rows], start + rows.start, start + rows.stop, carry.highest)
            carry, at = carry._replace(pivot=_NO_PIVOT), end
        if at < len(out):
            carry = _pivot_at(values, int(first[at]), start + at, carry.highest)
    return out, carry


def _next_long(first: Int64, start: int, at: int) -> int:
    """Return the next place from `at` on whose window is not short, or the end."""
    long = np.arange(start + at, start + len(first)) - first[at:] >= SHORT
    place = int(long.argmax())
    return at + place if long[place] else len(first)


def _beside_pivot(
    values: Int64, first: Int64 | int, start: int, stop: int, carry: ExtremeCarry
) -> tuple[Int64, ExtremeCarry]:
    """Return the extremes of windows that all begin at or before the pivot."""
    highest, since, before, low, pivot = carry
    extreme = np.maximum if highest else np.minimum
    out: Int64 = extreme(values[start:stop], since)
    extreme.accumulate(out, out=out)
    since = int(out[-1])
    extreme(out, before[first - low] if isinstance(first, int) else before.take(first - low), out=out)
    return out, ExtremeCarry(highest, since, before, low, pivot)


def _pivot_at(values: Int64, low: int, pivot: int, highest: bool) -> ExtremeCarry:
    """Return the carry with a new pivot, before which windows begin at `low` or later."""
    none = _none(highest)
    before = np.empty(pivot - low + 1, np.int64)
    before[-1] = none
    extreme = np.maximum if highest else np.minimum
    extreme.accumulate(values[low:pivot][::-1], out=before[-2::-1])
    return ExtremeCarry(highest, none, before, low, pivot)


def _short(values: Int64, first: Int64, start: int, stop: int, highest: bool) -> Int64:
    """Return the extremes of windows of at most `SHORT` rows."""
    extreme = np.maximum if highest else np.minimum
    last = np.arange(start, stop)
    if len(last) <= _FEW:
        each = zip(first.tolist(), last.tolist(), strict=True)
        return np.array([extreme.reduce(values[low : end + 1]) for low, end in each])
    low = int(first[0])
    count = stop - low
    lengths = last - first
    lengths += 1
    level = _LEVEL.take(lengths)
    table = np.empty((int(level.max()) + 1, count), np.int64)
    table[0] = values[low:stop]
    for k in range(1, len(table)):
        half, there = 1 << (k - 1), count - (1 << k) + 1
        extreme(table[k - 1, :there], table[k - 1, half : half + there], out=table[k, :there])
    stretches = table.ravel()
    level *= count
    level -= low
    found: Int64 = stretches.take(level + first)
    last -= _STRETCH.take(lengths)
    last += level
    last += 1
    extreme(found, stretches.take(last), out=found)
    return found


def _none(highest: bool) -> int:
    """Return the extreme of no row."""
    return _LOWEST if highest else _HIGHEST
