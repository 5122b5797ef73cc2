"""Trades signed by the tick rule, which tells from prices alone who was in a hurry.

A trade above the price before it is a purchase (+), one below it a sale (-), and one at the same price has
the sign of the trade before; the first trades, before any change of price, have none (0).
"""

from __future__ import annotations

import numpy as np

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

    _FIRST_CAPACITY = 1_024

    def __init__(self) -> None:
        self.count = 0
        self._totals = np.zeros(self._FIRST_CAPACITY, np.int64)  # one before each row, one after the last
        self._sign = 0

    def append(self, price: Int64, size: Int64, before: int) -> None:
        """Append rows; `before` is the price of the last row there is (the first price, before any)."""
        signed = tick_signs(price, before, self._sign)
        self._sign = int(signed[-1])
        signed *= size
        start, stop = self.count, self.count + len(price)
        if stop >= len(self._totals):
            grown = np.empty(2 * (stop + 1), np.int64)
            grown[: start + 1] = self._totals[: start + 1]
            self._totals = grown
        total = self._totals[start + 1 : stop + 1]
        np.add.accumulate(signed, out=total)
        total += self._totals[start]
        self.count = stop

    def between(self, before: Int64 | int, start: int, stop: int) -> Int64:
        """Return the sum over (before, row] for each row in [start, stop), shape (stop - start,).

        `before` is the row before each window, or before all of them; -1 for none.
        """
        total = self._totals[start + 1 : stop + 1]
        if isinstance(before, int):
            found: Int64 = total - self._totals[before + 1]
        else:
            found = total - self._totals.take(before + 1)
        return found

    def each(self, start: int, stop: int) -> Int64:
        """Return the signed size of each row in [start, stop), shape (stop - start,)."""
        found: Int64 = self._totals[start + 1 : stop + 1] - self._totals[start:stop]
        return found

    def rescale(self, factor: int) -> None:
        """Follow sizes that were multiplied by a factor."""
        grown = self._totals.copy()
        grown[: self.count + 1] *= factor
        self._totals = grown
