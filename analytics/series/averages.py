"""Means over ticks."""

from __future__ import annotations

import numpy as np

from analytics.kernels import EmaCarry, ema
from analytics.series.spec import Entry, Pane, SeriesSpec, Unit, length
from analytics.span import Span
from analytics.ticks import Float64


class _Ema:
    def __init__(self, spec: SeriesSpec) -> None:
        (ticks,) = spec.arguments
        assert isinstance(ticks, int)
        self._length = ticks
        self._carry = EmaCarry(None, ticks)

    def extend(self, span: Span) -> Float64:
        columns = span.columns
        low = 0 if self._carry.value is None else min(self._carry.block_row, span.start)
        if self._carry.value is None and span.stop < self._length:
            return np.full(len(span), np.nan)
        d = np.empty(span.stop)
        d[low:] = columns.column("price")[low : span.stop] - columns.reference
        values, self._carry = ema(d, self._carry, span.start, self._length)
        return (columns.reference + values) / 10.0**columns.price_scale

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        if self._carry.value is not None:
            self._carry = EmaCarry(self._carry.value * by_price, self._carry.block_row)


ENTRIES = (
    Entry(
        "ema",
        (length(),),
        Unit.PRICE,
        Pane.PRICE,
        "exponential mean over ticks, factor 2/(N+1), seeded by the mean of the first N; none before the N-th",
        "the usual definition, SMA-seeded",
        _Ema,
    ),
)
