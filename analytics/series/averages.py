"""Means over ticks."""

from __future__ import annotations

import numpy as np

from analytics.kernels import EmaCarry, ema
from analytics.series.spec import Entry, Pane, SeriesSpec, Unit, length
from analytics.span import Span
from analytics.ticks import Float64, Int64

_FITS = 2**62
"""Sums whose bound is below this fit int64."""


def length_of(spec: SeriesSpec, place: int = 0) -> int:
    """Return the length that a series was given."""
    found = spec.arguments[place]
    assert isinstance(found, int)
    return found


def centred(span: Span) -> Int64:
    """Return the prices of a span less the columns' reference, shape (n,), in integer units."""
    columns = span.columns
    found: Int64 = columns.column("price")[span.start : span.stop] - columns.reference
    return found


def leaving(span: Span, ticks: int, origin: int) -> Int64:
    """Return the price that leaves a window of `ticks` ticks at each row, `origin` where none does yet."""
    price = span.columns.column("price")
    if span.start >= ticks:
        found: Int64 = price[span.start - ticks : span.stop - ticks]
        return found
    found = np.full(len(span), origin, np.int64)
    if span.stop > ticks:
        found[ticks - span.start :] = price[: span.stop - ticks]
    return found


class _Sma:
    """The mean by the exact sum of (price - reference), kept by what enters and what leaves."""

    def __init__(self, spec: SeriesSpec) -> None:
        self._ticks = length_of(spec)
        self._sum = 0

    def extend(self, span: Span) -> Float64:
        columns, ticks = span.columns, self._ticks
        sums: Int64 = columns.column("price")[span.start : span.stop] - leaving(
            span, ticks, columns.reference
        )
        if columns.largest_d * ticks >= _FITS:
            sums = sums.astype(object)  # exact, and slow; the same numbers
        sums[0] += self._sum
        np.add.accumulate(sums, out=sums)
        self._sum = int(sums[-1])
        return mean_price(span, sums, ticks)

    def reads(self, stop: int) -> tuple[int, set[int]]:
        return stop - self._ticks, set()

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        self._sum *= by_price


def mean_price(span: Span, sums: Int64, ticks: int) -> Float64:
    """Return the mean price of windows of `ticks` ticks by their centred sums; NaN where they hold fewer."""
    columns = span.columns
    if span.stop < ticks:
        return np.full(len(span), np.nan)
    mean: Float64 = sums.astype(np.float64)  # Python's integers would be divided with one rounding less
    mean /= ticks
    mean += columns.reference
    mean /= 10.0**columns.price_scale
    if span.start < ticks - 1:
        mean[: ticks - 1 - span.start] = np.nan
    return mean


class Ema:
    """The exponential mean of a span's centred prices, in integer units."""

    def __init__(self, ticks: int) -> None:
        self._length = ticks
        self._carry = EmaCarry(None, ticks)

    def centred(self, d: Int64) -> Float64:
        """Return the means of the next prices less the reference, shape (n,); NaN before the N-th."""
        found, self._carry = ema(d, self._carry, 0, self._length)
        return found

    def extend(self, span: Span) -> Float64:
        """Return the means as prices."""
        columns = span.columns
        mean = self.centred(centred(span))
        mean += columns.reference
        mean /= 10.0**columns.price_scale
        return mean

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        """Follow wider prices."""
        self._carry = self._carry.scaled(by_price)


def _ema(spec: SeriesSpec) -> Ema:
    return Ema(length_of(spec))


ENTRIES = (
    Entry(
        "sma",
        (length(),),
        Unit.PRICE,
        Pane.PRICE,
        "mean price of the last N ticks, each counting alike, from exact sums; none before the N-th",
        "the definition",
        _Sma,
    ),
    Entry(
        "ema",
        (length(),),
        Unit.PRICE,
        Pane.PRICE,
        "exponential mean over ticks, factor 2/(N+1), seeded by the mean of the first N; none before the N-th",
        "the usual definition, SMA-seeded",
        _ema,
    ),
)
