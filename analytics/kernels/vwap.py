"""Volume-weighted mean and deviation from exact integer sums.

With d = price - reference in integer units and Σ over the ticks of a window:

    vwap  = reference + Σvd / Σv
    sigma = sqrt(Σv(d - m)² / Σv - ((Σvd - mΣv) / Σv)²),   m = the integer nearest to Σvd / Σv

The deviation is the volume-weighted population one. Re-centring on the integer mean keeps the two terms
of the variance apart: with f the fraction that remains, |f| <= 1/2, the first term is at least |f| and
the second f², so that at most one bit is lost to cancellation. All sums are exact integers; only the last
few operations round, and they round alike wherever batches end. Sums that pass 64 bits bring their high
limbs along (`analytics.kernels.limbs`); where those are 0 the result is the same to the bit.
"""

from __future__ import annotations

import numpy as np

from analytics.kernels.limbs import LIMB
from analytics.ticks import Float64, Int64


def window_starts(time_ns: Int64, low: int, start: int, stop: int, length_ns: int) -> Int64:
    """Return the first row of the window (t - length, t] of each row in [start, stop).

    `time_ns` is ascending; `low` is a row at or before the first window's start (the last start found
    for row start - 1 will do). Rows with one time each see those up to themselves.
    """
    before: Int64 = time_ns[start:stop] - length_ns
    if len(before) == 0:
        return before
    high = low + int(time_ns[low:stop].searchsorted(before[-1], side="right"))
    return low + time_ns[low:high].searchsorted(before, side="right")


def vwap(v: Int64, vd: Int64, reference: int, price_scale: int, *, vd_high: Int64 | None = None) -> Float64:
    """Return the mean price weighted by size, shape (n,); NaN where no volume was traded.

    `v` and `vd` are exact window sums of size and size times (price - reference), in integer units;
    `vd_high` are the high limbs of `vd`, None where it fits int64.
    """
    traded = v > 0
    every = np.count_nonzero(traded) == len(v)
    mean: Float64 = _float(vd, vd_high) / (v if every else np.where(traded, v, 1))
    mean += reference
    mean /= 10.0**price_scale
    if not every:
        mean[~traded] = np.nan
    return mean


def sigma(
    v: Int64,
    vd: Int64,
    vdd: Int64,
    price_scale: int,
    *,
    vd_high: Int64 | None = None,
    vdd_high: Int64 | None = None,
) -> Float64:
    """Return the deviation of price weighted by size, shape (n,); NaN where no volume was traded.

    `vdd` is the exact window sum of size times (price - reference)²; `vd_high` and `vdd_high` are the
    high limbs, None where both sums fit int64. With them all of Σv(price - reference)² must be below
    2**110, so that float64 can tell how often the sum about the mean wrapped.
    """
    traded = v > 0
    every = np.count_nonzero(traded) == len(v)
    volume = v if every else np.where(traded, v, 1)
    whole = _float(vd, vd_high)
    m = np.rint(whole / volume).astype(np.int64)
    low = vdd - 2 * m * vd + m * m * volume
    squares: Float64 | Int64 = low
    if vdd_high is not None:
        estimate = _float(vdd, vdd_high) - 2.0 * m * whole + 1.0 * m * m * volume
        squares = low + np.rint((estimate - low) / LIMB) * LIMB
    rest = (vd - m * volume) / volume
    variance = np.maximum(squares / volume - rest * rest, 0.0)
    deviation: Float64 = np.sqrt(variance) / 10.0**price_scale
    if not every:
        deviation[~traded] = np.nan
    return deviation


def _float(low: Int64, high: Int64 | None) -> Float64 | Int64:
    """Return sums as numbers that float64 arithmetic takes: int64 where there are no high limbs."""
    return low if high is None else low + high * LIMB
