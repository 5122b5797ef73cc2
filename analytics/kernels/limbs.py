"""Sums of more than 64 bits in two limbs: the sum modulo 2**64, and a high limb beside it.

A running sum S is held as ``S = high · 2**64 + low`` with low in [0, 2**64), stored as int64 bits. The
difference of two such sums is told with a signed low limb instead, which is then the same int64 that
plain arithmetic modulo 2**64 gives; its high limb is 0 wherever the difference fits 63 bits. What is
computed from differences stays in that form: a low limb by plain arithmetic, the high limb from here.
"""

from __future__ import annotations

import numpy as np

from analytics.ticks import Float64, Int64

LIMB = 2.0**64
_HALF, _LOW_HALF = 32, 2**32 - 1


def high_limbs(term: Int64, estimate: Float64, total: Int64, before: int) -> Int64:
    """Return the high limbs of a running sum, shape (n,).

    `term` are the summands modulo 2**64, `estimate` the same as float64, each nearer than 2**62 to its
    true value; `total` is the running sum modulo 2**64, `before` the high limb before the first row.
    The limbs of a row whose estimate, or one before it, is not that near are of no use.
    """
    with np.errstate(invalid="ignore"):
        wrapped = np.rint((estimate - term) / LIMB).astype(np.int64)
    wrapped -= term < 0
    wrapped += total.view(np.uint64) < term.view(np.uint64)  # the carry of the low limbs
    found: Int64 = np.add.accumulate(wrapped)
    found += before
    return found


def high_difference(high: Int64, total: Int64, high_before: Int64, total_before: Int64) -> Int64:
    """Return the high limbs of the differences of running sums, to stand beside signed low limbs."""
    borrowed = total.view(np.uint64) < total_before.view(np.uint64)
    found: Int64 = high - high_before - borrowed + (total - total_before < 0)
    return found


def high_subtraction(high: Int64, low: Int64, less_high: Int64 | None, less: Int64) -> Int64:
    """Return the high limbs of ``a - b``, all with signed low limbs; `less_high` None stands for 0."""
    difference = low - less
    overflown = ((low ^ less) & (low ^ difference)) < 0
    found: Int64 = high + np.where(overflown, np.where(low < 0, -1, 1), 0)
    return found if less_high is None else found - less_high


def high_product(factor: Int64, high: Int64 | int, low: Int64) -> Int64:
    """Return the high limbs of ``factor · (high · 2**64 + low)``, all with signed low limbs."""
    factor_top, factor_rest = factor >> _HALF, factor & _LOW_HALF
    top, rest = low >> _HALF, low & _LOW_HALF
    lowest = (factor_rest.view(np.uint64) * rest.view(np.uint64) >> np.uint64(_HALF)).view(np.int64)
    middle = factor_top * rest + lowest
    other = factor_rest * top + (middle & _LOW_HALF)
    floor = factor_top * top + (middle >> _HALF) + (other >> _HALF)
    found: Int64 = floor + (factor * low < 0) + factor * high
    return found


def scaled(low: Int64, high: Int64, factor: int) -> tuple[Int64, Int64]:
    """Return the limbs of running sums that are multiplied by a factor above 0, low limbs without a sign."""
    product = low * factor
    signed = high_product(np.full(1, factor), high + (low < 0), low)
    return product, signed - (product < 0)
