"""Volume-weighted mean and deviation from exact integer sums.

With d = price - reference in integer units and Σ over the ticks of a window:

    vwap  = reference + Σvd / Σv
    sigma = sqrt(Σv(d - m)² / Σv - ((Σvd - mΣv) / Σv)²),   m = the integer nearest to Σvd / Σv

The deviation is the volume-weighted population one. Re-centring on the integer mean keeps the two terms
of the variance apart: with f the fraction that remains, |f| <= 1/2, the first term is at least |f| and
the second f², so that at most one bit is lost to cancellation. All sums are exact integers; only the last
few operations round, and they round alike wherever batches end.
"""

from __future__ import annotations

import numpy as np

from analytics.ticks import Float64, Int64


def window_starts(time_ns: Int64, low: int, start: int, stop: int, length_ns: int) -> Int64:
    """Return the first row of the window (t - length, t] of each row in [start, stop).

    `time_ns` is ascending; `low` is a row at or before the first window's start (the last start found
    for row start - 1 will do). Rows with one time each see those up to themselves.
    """
    return low + np.searchsorted(time_ns[low:stop], time_ns[start:stop] - length_ns, side="right")


def vwap(v: Int64, vd: Int64, reference: int, price_scale: int) -> Float64:
    """Return the mean price weighted by size, shape (n,); NaN where no volume was traded.

    `v` and `vd` are exact window sums of size and size times (price - reference), in integer units.
    """
    traded = v > 0
    if traded.all():
        found: Float64 = (reference + vd / v) / 10.0**price_scale
        return found
    mean: Float64 = (reference + vd / np.where(traded, v, 1)) / 10.0**price_scale
    mean[~traded] = np.nan
    return mean


def sigma(v: Int64, vd: Int64, vdd: Int64, price_scale: int) -> Float64:
    """Return the deviation of price weighted by size, shape (n,); NaN where no volume was traded.

    `vdd` is the exact window sum of size times (price - reference)²; all may have wrapped, as long as
    the true values are below 2**63.
    """
    traded = v > 0
    every = bool(traded.all())
    volume = v if every else np.where(traded, v, 1)
    m = np.rint(vd / volume).astype(np.int64)
    squares = vdd - 2 * m * vd + m * m * volume
    rest = (vd - m * volume) / volume
    variance = np.maximum(squares / volume - rest * rest, 0.0)
    deviation: Float64 = np.sqrt(variance) / 10.0**price_scale
    if not every:
        deviation[~traded] = np.nan
    return deviation
