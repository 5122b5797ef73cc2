"""Oscillators over ticks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.errors import ConfigError
from analytics.kernels import EmaCarry, RsiCarry, ema, rsi
from analytics.series.averages import Ema, centred, length_of
from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, length
from analytics.span import Span
from analytics.ticks import Float64


class _Rsi:
    def __init__(self, spec: SeriesSpec) -> None:
        self._length = length_of(spec)
        self._carry = RsiCarry(self._length)

    def extend(self, span: Span) -> Float64:
        price = span.columns.column("price")
        first = max(span.start, 1)
        change = price[first : span.stop] - price[first - 1 : span.stop - 1]
        index, self._carry = rsi(change, self._carry, self._length)
        return index if span.start else np.concatenate(([np.nan], index))

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        self._carry = self._carry.scaled(by_price)


class _Macd:
    """The difference of two exponential means, and, where asked for, the mean of it beside it."""

    def __init__(self, spec: SeriesSpec) -> None:
        self._fast, self._slow = Ema(length_of(spec, 0)), Ema(length_of(spec, 1))
        self._wanted = length_of(spec, 1) - 1  # rows before the first difference

    def difference(self, span: Span) -> Float64:
        """Return fast less slow in integer units, shape (n,); NaN during warm-up."""
        d = centred(span)
        found = self._fast.centred(d)
        found -= self._slow.centred(d)
        return found

    def extend(self, span: Span) -> Float64:
        return _in_points(self.difference(span), span)

    def rescale(self, by_price: int, by_size: int) -> None:
        self._fast.rescale(by_price, by_size)
        self._slow.rescale(by_price, by_size)


class _Signal(_Macd):
    def __init__(self, spec: SeriesSpec) -> None:
        super().__init__(spec)
        self._length = length_of(spec, 2)
        self._carry = EmaCarry(None, self._length)

    def signal(self, difference: Float64, span: Span) -> Float64:
        """Return the mean of the differences, which begins with the first of them."""
        warm = min(max(self._wanted - span.start, 0), len(span))
        found = np.full(len(span), np.nan)
        found[warm:], self._carry = ema(difference[warm:], self._carry, 0, self._length)
        return found

    def extend(self, span: Span) -> Float64:
        return _in_points(self.signal(self.difference(span), span), span)

    def rescale(self, by_price: int, by_size: int) -> None:
        super().rescale(by_price, by_size)
        self._carry = self._carry.scaled(by_price)


class _Histogram(_Signal):
    def extend(self, span: Span) -> Float64:
        difference = self.difference(span)
        return _in_points(difference - self.signal(difference, span), span)


def _in_points(units: Float64, span: Span) -> Float64:
    """Return differences of prices in points; 0 is never negative."""
    units /= 10.0**span.columns.price_scale
    units += 0.0
    return units


def _fast_is_shorter(arguments: Sequence[Any]) -> None:
    fast, slow = arguments[:2]
    if fast >= slow:
        raise ConfigError(f"expected F below S, found {fast} and {slow}")


def _entry(
    name: str, parameters: Sequence[str], definition: str, source: str, build: type[Calculator]
) -> Entry:
    lengths = tuple(length(each) for each in parameters)
    return Entry(name, lengths, Unit.PRICE, Pane.OWN, definition, source, build, _fast_is_shorter)


_APPEL = "Appel's definition; every mean SMA-seeded"

ENTRIES = (
    Entry(
        "rsi",
        (length(),),
        Unit.POINTS_0_100,
        Pane.OWN,
        "100·G/(G+L) with G and L Wilder's means over N of the gains and losses from tick to tick, seeded by the "
        "mean of the first N; 50 while nothing has moved; none before the N-th change",
        "Wilder, New Concepts in Technical Trading Systems, 1978",
        _Rsi,
    ),
    _entry("macd", ("F", "S"), "ema(F) − ema(S), F < S; none before the S-th tick", _APPEL, _Macd),
    _entry(
        "macd_signal",
        ("F", "S", "N"),
        "the exponential mean over N of macd(F, S), seeded by the mean of its first N; none before",
        _APPEL,
        _Signal,
    ),
    _entry(
        "macd_hist",
        ("F", "S", "N"),
        "macd(F, S) − macd_signal(F, S, N); none where that has no value",
        _APPEL,
        _Histogram,
    ),
)
