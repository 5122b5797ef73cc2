"""How far prices move."""

from __future__ import annotations

import math

import numpy as np

from analytics.bars import BAR_COLUMNS, BarBuilder
from analytics.kernels import EmaCarry, deviation, root_of_returns, squared_returns, wilder
from analytics.series.averages import leaving, length_of, mean_price
from analytics.series.bars import rule_of
from analytics.series.spec import Calculator, Entry, Pane, SeriesSpec, Unit, bars, factor, length, window
from analytics.series.vwaps import Windowed
from analytics.span import Span
from analytics.ticks import Float64, Int64
from analytics.windows import SessionWindow

_FITS = 2**62
"""Sums whose bound is below this fit int64."""
_AT = {name: place for place, name in enumerate(BAR_COLUMNS)}


class _Band:
    """The mean of the last N prices, and K times their deviation above or below.

    Σd and Σd² are exact: measured from the columns' reference where they then fit int64, else from a
    price close by, else as Python's integers. The result is the same to the bit.
    """

    def __init__(self, spec: SeriesSpec, sign: float) -> None:
        self._ticks = length_of(spec)
        by = spec.arguments[1]
        assert isinstance(by, float)
        self._factor = sign * by
        self._sum = self._squares = 0  # of the last ticks, about the reference

    def extend(self, span: Span) -> Float64:
        columns, ticks = span.columns, self._ticks
        shift, exact = self._measure(span)
        sums, squares = self._sums(span, shift, exact)
        self._carry(int(sums[-1]), int(squares[-1]), shift, min(span.stop, ticks))
        if span.stop < ticks:
            return np.full(len(span), np.nan)
        band = deviation(sums, squares, ticks)
        band *= self._factor / (ticks * 10.0**columns.price_scale)
        if shift:
            sums += shift * ticks
        band += mean_price(span, sums, ticks)
        return band

    def reads(self, stop: int) -> tuple[int, set[int]]:
        return stop - self._ticks, set()

    def _measure(self, span: Span) -> tuple[int, bool]:
        """Return what prices are measured from, less the reference, and whether int64 is too narrow for it."""
        columns, ticks = span.columns, self._ticks
        if (ticks * columns.largest_d) ** 2 < _FITS:
            return 0, False
        price = columns.column("price")[span.start : span.stop]
        first = int(price[0])
        shift = first - columns.reference
        largest = max(int(price.max()) - first, first - int(price.min()))
        _, held = self._about(shift, span)
        return shift, ticks * (held + min(len(price), ticks) * largest**2) >= _FITS

    def _about(self, shift: int, span: Span) -> tuple[int, int]:
        """Return the carried Σd and Σd², with d measured from the reference and a shift."""
        before = min(span.start, self._ticks)
        return self._sum - shift * before, self._squares - 2 * shift * self._sum + shift * shift * before

    def _sums(self, span: Span, shift: int, exact: bool) -> tuple[Int64, Int64]:
        """Return Σd and Σd² of each row's window, shape (n,)."""
        price, origin = span.columns.column("price")[span.start : span.stop], span.columns.reference + shift
        left = leaving(span, self._ticks, origin)
        if exact:
            price, left = price.astype(object), left.astype(object)
        sums, squares = price - left, price + left
        squares -= 2 * origin
        squares *= sums  # d² of what enters, less d² of what leaves
        before = self._about(shift, span)
        sums[0] += before[0]
        squares[0] += before[1]
        np.add.accumulate(sums, out=sums)
        np.add.accumulate(squares, out=squares)
        return sums, squares

    def _carry(self, total: int, squares: int, shift: int, count: int) -> None:
        self._sum = total + shift * count
        self._squares = squares + 2 * shift * total + shift * shift * count

    def rescale(self, by_price: int, by_size: int) -> None:  # noqa: ARG002
        self._sum *= by_price
        self._squares *= by_price * by_price


def _upper(spec: SeriesSpec) -> Calculator:
    return _Band(spec, 1.0)


def _lower(spec: SeriesSpec) -> Calculator:
    return _Band(spec, -1.0)


class _Volatility(Windowed):
    """Sums of squared returns as whole numbers, kept by what enters the window and what leaves it.

    Two sums go side by side, of the two parts of a squared return; a third, of how many are undefined,
    from the first such return on.
    """

    CARRIES = True

    def __init__(self, spec: SeriesSpec) -> None:
        super().__init__(spec)
        self._first = 0  # row of the last window
        self._carried = [0, 0]

    def extend(self, span: Span) -> Float64:
        rows = np.arange(span.start, span.stop)
        before, inside = span.before(self.window), span.inside(self.window)
        first: Int64 = np.minimum(before + 1, rows)
        entering, going = self._returns(span, span.start, span.stop), self._leaving(span, first)
        sums = [
            self._sum(*each, span.start, first) for each in zip(entering, going, self._carried, strict=True)
        ]
        self._first, self._carried = int(first[-1]), [int(each[-1]) for each in sums]
        found = root_of_returns(sums[0], sums[1])
        found *= 100.0
        found[first == rows] = np.nan
        if len(sums) > 2:
            found[sums[2] > 0] = np.nan
        if inside is not None:
            found[~inside] = np.nan
        return found

    def _sum(self, entering: Int64, leaving: Int64 | None, carried: int, start: int, first: Int64) -> Int64:
        """Return the sums of each row's window, given the first rows of the windows."""
        sums: Int64 = np.add.accumulate(entering)
        if leaving is not None:
            left = np.zeros(len(leaving) + 1, np.int64)
            np.add.accumulate(leaving, out=left[1:])
            sums -= left.take(first - self._first)
        elif first[-1] != self._first:  # a new session: all that was carried leaves together
            return sums - np.where(first < start, -carried, sums.take(np.maximum(first - start, 0)))
        sums += carried
        return sums

    def _leaving(self, span: Span, first: Int64) -> list[Int64] | list[None]:
        """Return the squared returns that leave by and by, None where none does."""
        if first[-1] == self._first or isinstance(self.window, SessionWindow):
            return [None] * len(self._carried)
        return self._returns(span, self._first + 1, int(first[-1]) + 1)

    def _returns(self, span: Span, start: int, stop: int) -> list[Int64]:
        """Return the squared returns of rows from the row before each, in parts; row 0 has none."""
        price = span.columns.column("price")[max(start - 1, 0) : stop]
        if start == 0:
            price = np.concatenate((price[:1], price))
        squared = squared_returns(price[1:], price[:-1])
        if start == 0 and squared.undefined is not None:
            squared.undefined[0] = False
        if squared.undefined is not None and len(self._carried) == 2:
            self._carried.append(0)
        if len(self._carried) == 2:
            return [squared.high, squared.low]
        if squared.undefined is None:
            return [squared.high, squared.low, np.zeros(stop - start, np.int64)]
        return [squared.high, squared.low, squared.undefined.astype(np.int64)]


class _Atr:
    def __init__(self, spec: SeriesSpec) -> None:
        self._length, self._rule = length_of(spec), rule_of(spec)
        self._builder: BarBuilder | None = None
        self._carry = EmaCarry(None, self._length)
        self._close: int | None = None  # of the last bar that closed
        self._value = math.nan  # in integer units

    def extend(self, span: Span) -> Float64:
        columns, rows = span.columns, slice(span.start, span.stop)
        if self._builder is None:
            self._builder = BarBuilder(self._rule, columns.calendar, columns.price_scale, columns.size_scale)
        time_ns, price, size = (columns.column(name)[rows] for name in ("time_ns", "price", "size"))
        closed = self._builder.extend(time_ns, price, size, span.session)
        if not closed.shape[1]:
            return np.full(len(span), self._value / 10.0**columns.price_scale)
        values, self._carry = wilder(self._true_ranges(closed), self._carry, self._length)
        ends = closed[_AT["stop_row"]] - span.start
        lengths = np.diff(ends, prepend=0, append=len(span))
        found: Float64 = np.repeat(np.append(self._value, values), lengths)
        self._value = float(values[-1])
        found /= 10.0**columns.price_scale
        return found

    def _true_ranges(self, closed: Int64) -> Int64:
        """Return the true ranges of bars that closed one after the other, in integer units."""
        high, low, close = (closed[_AT[name]] for name in ("high", "low", "close"))
        before = np.empty_like(close)
        before[1:] = close[:-1]
        before[0] = low[0] if self._close is None else self._close
        self._close = int(close[-1])
        found: Int64 = np.maximum(high, before) - np.minimum(low, before)
        return found

    def rescale(self, by_price: int, by_size: int) -> None:
        if self._builder is not None:
            self._builder.rescale(by_price, by_size)
        self._carry = self._carry.scaled(by_price)
        self._value *= by_price
        if self._close is not None:
            self._close *= by_price


ENTRIES = (
    Entry(
        "bollinger_upper",
        (length(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "sma(N) + K times the population deviation of the last N prices, from exact sums; none before the N-th",
        "Bollinger's definition",
        _upper,
    ),
    Entry(
        "bollinger_lower",
        (length(), factor()),
        Unit.PRICE,
        Pane.PRICE,
        "sma(N) − K times the population deviation of the last N prices, from exact sums; none before the N-th",
        "Bollinger's definition",
        _lower,
    ),
    Entry(
        "volatility",
        (window(),),
        Unit.PERCENT,
        Pane.OWN,
        "realised volatility: the root of the sum of squared log returns between the window's consecutive ticks, "
        "in per cent, not annualised; none for a single tick, nor where a price is not above 0",
        "the usual definition; squared returns in whole units of 2**-80",
        _Volatility,
    ),
    Entry(
        "atr",
        (length(), bars()),
        Unit.PRICE,
        Pane.OWN,
        "average true range of the closed bars by Wilder's mean over N of them, the first bar's range being "
        "high − low; changes on the tick that opens the next bar; none before N bars have closed",
        "Wilder, New Concepts in Technical Trading Systems, 1978",
        _Atr,
    ),
)
