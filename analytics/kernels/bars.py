"""Where bars end, and how far prices went in them so far; the same wherever batches end.

An end is the number of the row after a bar's last one. What a bar in progress holds goes in as `before`
and comes out beside the ends, for the bar that is then in progress.
"""

from __future__ import annotations

import numpy as np

from analytics.ticks import Int64

_FITS = 2**62
_FEW = 32  # rows up to which a plain loop finds an end sooner than numpy
_MOST = 4_096
_SPARSE = 32  # rows a bar from which on looking for each end is quicker than finding all successors

HighLow = tuple[int, int]
"""The highest and lowest price of a bar in progress."""


def tick_ends(count: int, before: int, amount: int) -> tuple[Int64, int]:
    """Return the ends of bars of `amount` ticks among `count` rows."""
    ends = np.arange(amount - before, count + 1, amount, dtype=np.int64)
    return ends, (before + count) % amount


def volume_ends(size: Int64, before: int, amount: int) -> tuple[Int64, int]:
    """Return the ends of bars that close with the tick by which `amount` is traded, all in integer units."""
    count = len(size)
    if count == 1:
        held = before + int(size[0])
        return (np.ones(1, np.int64), 0) if held >= amount else (np.empty(0, np.int64), held)
    largest = min(int(size.max()), amount)  # a tick of more than the amount closes the bar as one of it does
    if largest * count >= _FITS:
        half = count // 2
        first, held = volume_ends(size[:half], before, amount)
        then, held = volume_ends(size[half:], held, amount)
        return np.concatenate((first, then + half)), held
    traded = np.add.accumulate(np.minimum(size, largest))
    total = int(traded[-1])
    if before + total < amount:
        return np.empty(0, np.int64), before + total
    ends = _reaching(traded, before, amount)
    return np.array(ends, np.int64), total - int(traded[ends[-1] - 1])


def _reaching(traded: Int64, before: int, amount: int) -> list[int]:
    """Return the ends of bars by running sums of which the last reaches the amount."""
    count, end = len(traded), int(traded.searchsorted(amount - before)) + 1
    ends = []
    if int(traded[-1]) // amount * _SPARSE < count:
        while end <= count:
            ends.append(end)
            end = int(traded.searchsorted(int(traded[end - 1]) + amount)) + 1
        return ends
    following = traded.searchsorted(traded + amount).tolist()
    while end <= count:
        ends.append(end)
        end = following[end - 1] + 1
    return ends


def range_ends(price: Int64, before: HighLow | None, amount: int) -> tuple[Int64, HighLow | None]:
    """Return the ends of bars that close with the tick at which high - low reaches `amount`, in units."""
    amount = min(amount, _FITS)
    found: list[int] = []
    count = len(price)
    high, low = before or (int(price[0]), int(price[0]))
    whole = max(high, int(price.max())), min(low, int(price.min()))
    if whole[0] - whole[1] < amount:
        return np.empty(0, np.int64), whole
    prices, end = price.tolist(), 0
    while True:
        end, high, low = _range_end(price, prices, end, high, low, amount)
        if end == 0:
            return np.array(found, np.int64), (high, low)
        found.append(end)
        if end == count:
            return np.array(found, np.int64), None
        high = low = prices[end]


def _range_end(
    price: Int64, prices: list[int], at: int, high: int, low: int, amount: int
) -> tuple[int, int, int]:
    """Return where the bar ends that row `at` belongs to, 0 for not yet, and its highest and lowest price.

    `prices` are those of `price`.
    """
    for row, each in enumerate(prices[at : at + _FEW], at + 1):
        if each > high:
            high = each
        elif each < low:
            low = each
        if high - low >= amount:
            return row, high, low
    at, length = at + _FEW, 4 * _FEW
    while at < len(price):
        part = price[at : at + length]
        highs = np.maximum(np.maximum.accumulate(part), high)
        lows = np.minimum(np.minimum.accumulate(part), low)
        reached = int((highs - lows).searchsorted(amount))
        if reached < len(part):
            return at + reached + 1, int(highs[reached]), int(lows[reached])
        high, low = int(highs[-1]), int(lows[-1])
        at, length = at + length, min(4 * length, _MOST)
    return 0, high, low


def highs_so_far(price: Int64, starts: Int64, before: int | None) -> Int64:
    """Return the highest price of each row's bar up to the row, shape (n,).

    `starts` are the rows with which bars begin; the rows before the first of them belong to a bar whose
    highest price was `before`.
    """
    highs = np.empty_like(price)
    first = int(starts[0]) if len(starts) else len(price)
    if first:
        np.maximum.accumulate(price[:first], out=highs[:first])
        if before is not None:
            np.maximum(highs[:first], before, out=highs[:first])
    if first == len(price):
        return highs
    rest = price[first:]
    lift = int(rest.max()) - int(rest.min()) + 1
    if lift * len(starts) < _FITS:  # each bar is lifted above all before it
        lifts = np.zeros(len(rest), np.int64)
        lifts[starts[1:] - first] = lift
        np.add.accumulate(lifts, out=lifts)
        highs[first:] = np.maximum.accumulate(rest + lifts) - lifts
        return highs
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(price)], strict=True):
        np.maximum.accumulate(price[start:stop], out=highs[start:stop])
    return highs


def lows_so_far(price: Int64, starts: Int64, before: int | None) -> Int64:
    """Return the lowest price of each row's bar up to the row, as `highs_so_far` does the highest."""
    found: Int64 = -highs_so_far(-price, starts, None if before is None else -before)
    return found
