"""Time-weighted mean price from exact integer sums.

With d = price - reference in integer units, each price holding from its tick's time to the next tick's,
and Σ over the stretches Δt in ns of a window of length T:

    twap = reference + m + (Σd·Δt - m·T) / T,   m = the largest integer not above Σd·Δt / T

Σd·Δt may pass 64 bits within a day, so it is summed in two limbs (`analytics.kernels.limbs`), from a
symbol's first tick on. What is left beside m lies in [0, T) and is the same integer however it was come
by; only its division, the addition and the shift of the point round, and alike wherever batches end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.kernels.limbs import (
    LIMB,
    high_difference,
    high_limbs,
    high_product,
    high_subtraction,
)
from analytics.ticks import Float64, Int64


class TwoLimbs(NamedTuple):
    """Whole numbers of up to 127 bits: ``high · 2**64 + low``, each shape (n,)."""

    low: Int64
    high: Int64


def price_time(d: Int64, time_ns: Int64, carry: tuple[int, int]) -> TwoLimbs:
    """Return running sums of d·Δt up to each row but the first, shape (n - 1,), low limbs unsigned.

    `d` and `time_ns`, ascending, have shape (n,); `carry` is the (low, high) sum up to the first row.
    """
    held, gap_ns = d[:-1], np.diff(time_ns)
    term = held * gap_ns
    total = np.add.accumulate(term)
    total += carry[0]
    return TwoLimbs(total, high_limbs(term, held.astype(np.float64) * gap_ns, total, carry[1]))


def less_held(total: TwoLimbs, d: Int64, gap_ns: Int64) -> TwoLimbs:
    """Return sums without the stretch that one price held for, low limbs signed."""
    part = d * gap_ns
    part_high = high_product(d, 0, gap_ns)
    return TwoLimbs(total.low - part, high_subtraction(total.high, total.low, part_high, part))


def between(now: TwoLimbs, then: TwoLimbs) -> TwoLimbs:
    """Return the differences of running sums, low limbs signed."""
    return TwoLimbs(now.low - then.low, high_difference(now.high, now.low, then.high, then.low))


def twap(
    low: Int64, high: Int64 | None, length_ns: Int64, d: Int64, reference: int, price_scale: int
) -> Float64:
    """Return the mean price weighted by time, shape (n,).

    `low` and `high` are Σd·Δt of each row's window with low limbs signed, `high` None where all fit
    int64; `length_ns` is how long that lasted, and where it is 0 the value is the row's own price, `d`
    from the reference.
    """
    if not length_ns.all():
        still = length_ns == 0
        length_ns, low = np.where(still, 1, length_ns), np.where(still, d, low)
        high = None if high is None else np.where(still, 0, high)
    about = (low if high is None else low + high * LIMB) / length_ns
    m = np.rint(about).astype(np.int64)
    rest = low - m * length_ns  # some lengths at most, so that 64 bits tell it
    more = rest // length_ns
    rest -= more * length_ns
    m += more
    m += reference
    found: Float64 = (m + rest / length_ns) / 10.0**price_scale
    return found
