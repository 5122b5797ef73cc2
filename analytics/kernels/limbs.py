"""Sums of more than 64 bits in two limbs: the sum modulo 2**64, and a high limb beside it.

A running sum S is held as ``S = high · 2**64 + low`` with low in [0, 2**64), stored as int64 bits. The
difference of two such sums is told with a signed low limb instead, which is then the same int64 that
plain arithmetic modulo 2**64 gives; its high limb is 0 wherever the difference fits 63 bits.
"""

from __future__ import annotations

import numpy as np

from analytics.ticks import Float64, Int64

LIMB = 2.0**64


def high_limbs(term: Int64, estimate: Float64, total: Int64, before: int) -> Int64:
    """Return the high limbs of a running sum, shape (n,).

    `term` are the summands modulo 2**64, `estimate` the same as float64, each nearer than 2**62 to its
    true value; `total` is the running sum modulo 2**64, `before` the high limb before the first row.
    """
    wrapped = np.rint((estimate - term) / LIMB).astype(np.int64) - (term < 0)
    carried = total.view(np.uint64) < term.view(np.uint64)
    found: Int64 = before + np.cumsum(wrapped + carried)
    return found


def high_difference(high: Int64, total: Int64, high_before: Int64, total_before: Int64) -> Int64:
    """Return the high limbs of the differences of running sums, to stand beside signed low limbs."""
    borrowed = total.view(np.uint64) < total_before.view(np.uint64)
    found: Int64 = high - high_before - borrowed + (total - total_before < 0)
    return found
