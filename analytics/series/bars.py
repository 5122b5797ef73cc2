"""What the bar in progress looks like at each tick."""

from __future__ import annotations

import numpy as np

from analytics.bars import BarCutter, BarRule
from analytics.kernels.bars import highs_so_far, lows_so_far
from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, bars
from analytics.span import Span
from analytics.ticks import Float64, Int64


def rule_of(spec: SeriesSpec) -> BarRule:
    """Return what a series says a bar is."""
    (rule,) = (each for each in spec.arguments if isinstance(each, BarRule))
    return rule


class _OfBar:
    """A price of the bar in progress."""

    def __init__(self, spec: SeriesSpec) -> None:
        self._rule = rule_of(spec)
        self._cutter: BarCutter | None = None
        self._first_row = 0  # of the bar in progress
        self._before: int | None = None  # what is carried of the bar in progress, in integer units

    def extend(self, span: Span) -> Float64:
        columns, rows = span.columns, slice(span.start, span.stop)
        if self._cutter is None:
            self._cutter = BarCutter(self._rule, columns.calendar, columns.price_scale, columns.size_scale)
        time_ns, price, size = (columns.column(name)[rows] for name in ("time_ns", "price", "size"))
        starts = self._cutter.cut(time_ns, price, size, span.session).starts
        units = self._units(span, price, starts)
        self._before = int(units[-1])
        if len(starts):
            self._first_row = span.start + int(starts[-1])
        return units / 10.0 ** self._scale(span)

    def _units(self, span: Span, price: Int64, starts: Int64) -> Int64:
        """Return the series in integer units, given the rows of the span with which bars begin."""
        raise NotImplementedError

    def _scale(self, span: Span) -> int:
        return span.columns.price_scale

    def rescale(self, by_price: int, by_size: int) -> None:
        if self._cutter is not None:
            self._cutter.rescale(by_price, by_size)
        if self._before is not None:
            self._before *= by_price


class _Open(_OfBar):
    def _units(self, span: Span, price: Int64, starts: Int64) -> Int64:
        if not len(starts):
            return np.full(len(span), self._before, np.int64)
        opens = np.repeat(price[starts], np.diff(starts, append=len(span)))
        if len(opens) == len(span):
            return opens
        return np.concatenate((np.full(len(span) - len(opens), self._before, np.int64), opens))


class _High(_OfBar):
    def _units(self, span: Span, price: Int64, starts: Int64) -> Int64:  # noqa: ARG002
        return highs_so_far(price, starts, self._before)


class _Low(_OfBar):
    def _units(self, span: Span, price: Int64, starts: Int64) -> Int64:  # noqa: ARG002
        return lows_so_far(price, starts, self._before)


class _Volume(_OfBar):
    def _units(self, span: Span, price: Int64, starts: Int64) -> Int64:  # noqa: ARG002
        first = np.full(len(span), self._first_row, np.int64)
        first[starts] = span.start + starts
        np.maximum.accumulate(first, out=first)
        return span.difference("sum_v", first - 1)

    def reads(self, stop: int) -> tuple[int, set[int]]:
        return stop, {self._first_row - 1}

    def _scale(self, span: Span) -> int:
        return span.columns.size_scale


class _Close:
    """A bar in progress closes, so far, with the tick itself."""

    def __init__(self, spec: SeriesSpec) -> None:
        """Take any rule: the newest price is the same."""

    def extend(self, span: Span) -> Float64:
        columns = span.columns
        closes: Float64 = columns.column("price")[span.start : span.stop] / 10.0**columns.price_scale
        return closes

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow wider scales: columns do."""


def _entry(name: str, what: str, build: type[Calculator], *, volume: bool = False) -> Entry:
    unit, pane = (Unit.SIZE, Pane.VOLUME) if volume else (Unit.PRICE, Pane.PRICE)
    return Entry(
        name,
        (bars(),),
        unit,
        pane,
        f"{what} of the bar in progress, this tick included",
        "the definition",
        build,
    )


ENTRIES = (
    _entry("bar_open", "the first price", _Open),
    _entry("bar_high", "the highest price", _High),
    _entry("bar_low", "the lowest price", _Low),
    _entry("bar_close", "the newest price", _Close),
    _entry("bar_volume", "the traded quantity", _Volume, volume=True),
)
