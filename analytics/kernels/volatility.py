"""How far prices move: the deviation of a window's prices, and its squared log returns, from exact sums."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from analytics.ticks import Bool, Float64, Int64

_LIMB_BITS = 40
_LIMB = 2.0**_LIMB_BITS
RETURN_UNIT = 2.0**-80
"""What squared log returns are whole multiples of: 1e-24, the square of a return of a millionth of a millionth."""
_SMALL = 2.0**-6
"""Of |(p - q) / (p + q)|, up to which five terms of the series below are exact to float64."""


def deviation(sums: Int64, squares: Int64, ticks: int) -> Float64:
    """Return N times the population deviation of windows of N = `ticks` values, shape (n,), in their units.

        N · sigma = sqrt(N · Σx² - (Σx)²)

    `sums` and `squares` are the exact Σx and Σx², of int64 or of Python's integers. The root is taken of
    an exact whole number, so the result is the same to the bit whatever constant x is measured from. Of
    int64 sums N · Σx² must be below 2**63.
    """
    exact = squares * ticks
    exact -= sums * sums
    return np.sqrt(exact.astype(np.float64))


class SquaredReturns(NamedTuple):
    """Squared log returns as whole numbers of `RETURN_UNIT`, ``high · 2**40 + low``, each of shape (n,).

    `undefined` tells where one of the two prices is not above 0 (the return is then 0 here), None for
    nowhere. Sums of each part are exact in int64 over 8 million returns.
    """

    high: Int64
    low: Int64
    undefined: Bool | None


def squared_returns(price: Int64, before: Int64) -> SquaredReturns:
    """Return ln(price / before)², shape (n,), rounded to whole units; prices in integer units below 2**53.

        ln(p / q) = 2z · (1 + z²/3 + z⁴/5 + …),   z = (p - q) / (p + q)

    Both parts of z are exact, so a small return keeps all its digits; and no operation but + - · / is
    used, so that a return has the same bits alone and among others.
    """
    undefined = None
    if len(price) and (price.min() <= 0 or before.min() <= 0):
        undefined = (price <= 0) | (before <= 0)
        price, before = np.where(undefined, 1, price), np.where(undefined, 1, before)
    z = (price - before) / (price + before)
    y = z * z
    series = y / 9.0
    for term in (7.0, 5.0, 3.0, 1.0):
        series += 1.0 / term
        if term > 1.0:
            series *= y
    series *= series
    y *= series
    y *= 4.0 / RETURN_UNIT
    far = np.abs(z) > _SMALL
    if np.count_nonzero(far):
        for at in far.nonzero()[0].tolist():
            less, more = sorted((int(price[at]), int(before[at])))
            y[at] = math.log1p((more - less) / less) ** 2 / RETURN_UNIT
    np.rint(y, out=y)
    high = np.floor(y / _LIMB)
    y -= high * _LIMB
    return SquaredReturns(high.astype(np.int64), y.astype(np.int64), undefined)


def root_of_returns(high: Int64, low: Int64) -> Float64:
    """Return the root of sums of squared returns, shape (n,)."""
    total: Float64 = np.multiply(high, _LIMB)
    total += low
    total *= RETURN_UNIT
    return np.sqrt(total)
