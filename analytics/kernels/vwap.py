"""Volume-weighted mean and deviation from exact integer sums.

With d = price - reference in integer units and Σ over the ticks of a window:

    m     = the integer nearest to Σvd / Σv,   f = (Σvd - mΣv) / Σv,   |f| <= 1/2
    vwap  = reference + Σvd / Σv, or reference + m + f where that is nearer
    sigma = sqrt(Σv(d - m)² / Σv - f²)

The deviation is the volume-weighted population one. Around the integer mean no digit is lost: reference
and m are added as integers, however far apart, and the two terms of the variance stay apart, the first
being at least |f| and the second f², so that at most one bit cancels. A mean no further from the reference
than half of it loses none either, and is added as it is; that is said of each value by itself. All sums are exact integers; only
the last few operations round, and they round alike wherever batches end. Sums that pass 64 bits bring
their high limbs along (`analytics.kernels.limbs`); where those are 0 the result is the same to the bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.kernels.limbs import LIMB, high_product, high_subtraction
from analytics.ticks import Bool, Float64, Int64

_ROUNDING = np.array(1.5 * 2.0**52)
"""Added to a float below 2**51, it leaves the nearest integer in the float's last bits. An array, as numpy
adds one more quickly than a number."""
_ROUNDING_BITS = _ROUNDING.view(np.int64)
_FEW, _MUCH_MORE, _PIECE = 1_024, 4, 16_384
"""Windows are merged with the past from so many on, unless that is so many times longer, and so many at once."""


def window_starts(time_ns: Int64, low: int, start: int, stop: int, length_ns: int) -> Int64:
    """Return the first row of the window (t - length, t] of each row in [start, stop).

    `time_ns` is ascending; `low` is a row at or before the first window's start (the last start found
    for row start - 1 will do). Rows with one time each see those up to themselves.
    """
    before: Int64 = time_ns[start:stop] - length_ns
    if len(before) == 0:
        return before
    if stop - low <= _MUCH_MORE * len(before) and len(before) < _FEW:
        high = stop
    else:
        high = low + int(time_ns[low:stop].searchsorted(before[-1], side="right"))
    if len(before) < _FEW or high - low > _MUCH_MORE * len(before):
        found: Int64 = time_ns[low:high].searchsorted(before, side="right")
        found += low
        return found
    found = np.empty(len(before), np.int64)
    for at in range(0, len(before), _PIECE):
        ends = before[at : at + _PIECE]
        found[at : at + _PIECE] = _merged(time_ns[low:high], ends, low)
        low = int(found[at + len(ends) - 1])
    return found


def _merged(past: Int64, ends: Int64, low: int) -> Int64:
    """Return how many of the past times are at or before each end, counted from `low`; both ascend.

    Two runs that ascend are merged faster by a stable sort than each end is searched for.
    """
    past = past[: past.searchsorted(ends[-1], side="right")]
    order = np.concatenate((past, ends)).argsort(kind="stable")
    found: Int64 = (order >= len(past)).nonzero()[0]
    found -= np.arange(-low, len(ends) - low)
    return found


class Shift(NamedTuple):
    """How far the mean price of each row's window lies from the reference, all of shape (n,).

    `m` and `fraction` are as the module describes, in integer units, and `rest` is fraction times Σv, exactly.
    """

    m: Int64
    rest: Int64
    fraction: Float64


def volumes(v: Int64) -> tuple[Float64, Bool | None]:
    """Return Σv in float64, 1 where nothing was traded, and where that is, None for nowhere; shapes (n,)."""
    volume = v.astype(np.float64)
    if not len(v) or np.minimum.reduce(volume) > 0.0:
        return volume, None
    untraded = v <= 0
    volume[untraded] = 1.0
    return volume, untraded


def shift(v: Int64, volume: Float64, vd: Int64, vd_high: Int64 | None = None) -> Shift:
    """Return the shift of each window, shape (n,).

    `v` and `vd` are exact window sums of size and size times (price - reference), in integer units, `volume`
    is that of `volumes`; `vd_high` are the high limbs of `vd`, None where even Σv(price - reference)² fits
    int64.
    """
    mean = _float(vd, vd_high)
    mean /= volume
    if vd_high is None:  # means are below 2**32
        mean += _ROUNDING
        m = mean.view(np.int64) - _ROUNDING_BITS
    else:
        np.rint(mean, out=mean)
        with np.errstate(invalid="ignore"):  # rows past what is held
            m = mean.astype(np.int64)
    rest = m * v
    np.subtract(vd, rest, out=rest)  # some Σv at most, so that 64 bits tell it
    return Shift(m, rest, rest / volume)


def vwap(
    volume: Float64,
    vd: Int64,
    reference: int,
    price_scale: int,
    by: Shift | None,
    vd_high: Int64 | None = None,
) -> Float64:
    """Return the mean price weighted by size, shape (n,), of windows in which volume was traded.

    `by` is their shift; None where every price is known to be nearer to the reference than half of it.
    """
    mean = _float(vd, vd_high)
    mean /= volume
    far = None if by is None else np.abs(mean) > 0.5 * abs(reference)
    mean += reference
    if by is not None and far is not None and far.any():
        exact = by.m.astype(np.float64)  # whole numbers, which float64 tells apart
        exact += reference
        exact += by.fraction
        np.copyto(mean, exact, where=far)
    mean /= 10.0**price_scale
    return mean


class WideSums(NamedTuple):
    """High limbs of window sums, each shape (n,), beside their signed low limbs."""

    vd: Int64
    vdd: Int64


def sigma(
    volume: Float64, by: Shift, vd: Int64, vdd: Int64, price_scale: int, high: WideSums | None = None
) -> Float64:
    """Return the deviation of price weighted by size, shape (n,), of windows in which volume was traded.

    `vdd` is the exact window sum of size times (price - reference)²; `by` is the shift that `vd` gives;
    `high` are the high limbs, None where both sums fit int64.
    """
    across = vd + by.rest  # Σv(d - m)² = Σvdd - m (Σvd + (Σvd - mΣv))
    product = by.m * across
    squares = vdd - product
    if high is None:
        variance = squares.astype(np.float64)
    else:
        across_high = high_subtraction(high.vd, vd, None, -by.rest)
        product_high = high_product(by.m, across_high, across)
        variance = _float(squares, high_subtraction(high.vdd, vdd, product_high, product))
    variance /= volume
    variance -= by.fraction * by.fraction
    np.maximum(variance, 0.0, out=variance)
    np.sqrt(variance, out=variance)
    variance /= 10.0**price_scale
    return variance


def _float(low: Int64, high: Int64 | None) -> Float64:
    """Return sums in float64, in an array of their own."""
    found: Float64 = low.astype(np.float64)
    if high is not None:
        found += high * LIMB
    return found
