"""Trades signed by the tick rule, which tells from prices alone who was in a hurry.

A trade above the price before it is a purchase (+), one below it a sale (-), and one at the same price has
the sign of the trade before; the first trades, before any change of price, have none (0).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analytics.kernels.running import Running
from analytics.ticks import Int64


def tick_signs(price: Int64, before: int, sign: int) -> Int64:
    """Return the sign of each tick, shape (n,): +1, -1, or 0 before the first change of price.

    `before` and `sign` are the price and the sign of the tick before the first one (its own price and 0
    where there is none).
    """
    steps = np.empty(len(price), np.int64)
    steps[0] = int(price[0]) - before
    np.subtract(price[1:], price[:-1], out=steps[1:])
    codes = np.arange(1, len(price) + 1)  # twice the place of the last change, plus 1 where it was up
    codes *= 2
    codes += steps > 0
    codes *= steps != 0
    if codes[0] == 0 and sign > 0:
        codes[0] = 1
    np.maximum.accumulate(codes, out=codes)
    unsigned = codes == 0 if sign == 0 and codes[0] == 0 else None
    codes &= 1
    codes *= 2
    codes -= 1
    if unsigned is not None:
        codes[unsigned] = 0
    return codes


class SignedSums:
    """The running sum of one symbol's signed sizes, kept from its first tick on; exact, modulo 2**64.

    Rows are appended in order; what is there never changes but by `rescale`.
    """

    def __init__(self) -> None:
        self.count = 0
        self._totals = Running(1)  # one before each row, one after the last
        self._totals.append(1)
        self._sign = 0

    def append(self, price: Int64, size: Int64, before: int) -> None:
        """Append rows; `before` is the price of the last row there is (the first price, before any)."""
        signed = tick_signs(price, before, self._sign)
        self._sign = int(signed[-1])
        signed *= size
        total = self._totals.append(len(price))[0]
        np.add.accumulate(signed, out=total)
        total += self._totals.at(self.count)[0]
        self.count += len(price)

    def between(self, before: Int64 | int, start: int, stop: int) -> Int64:
        """Return the sum over (before, row] for each row in [start, stop), shape (stop - start,).

        `before` is the row before each window, or before all of them; -1 for none.
        """
        found: Int64 = self._totals.rows(start + 1, stop + 1)[0] - self._totals.at(before + 1)[0]
        return found

    def each(self, start: int, stop: int) -> Int64:
        """Return the signed size of each row in [start, stop), shape (stop - start,)."""
        totals = self._totals.rows(start, stop + 1)[0]
        found: Int64 = totals[1:] - totals[:-1]
        return found

    def let_go(self, low: int, pins: Iterable[int]) -> None:
        """Let go of what windows no longer begin with: rows below `low`, but those of `pins`."""
        self._totals.let_go(low, pins)

    def rescale(self, factor: int) -> None:
        """Follow sizes that were multiplied by a factor."""

        def widen(totals: Int64) -> None:
            totals *= factor

        self._totals.change(widen)
