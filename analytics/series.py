"""The catalogue of series: their texts, and what computes them.

A series is written ``name`` or ``name(arguments)``: ``price``, ``size``, ``vwap(W)``, ``sigma(W)``,
``vwap_upper(W, K)``, ``vwap_lower(W, K)``, ``ema(N)``, where W is a window (``session``, ``60s``,
``500 ticks``), K a factor and N a number of ticks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analytics.columns import SymbolColumns
from analytics.errors import ConfigError, nearest
from analytics.kernels import EmaCarry, ema
from analytics.span import Span, WindowBook
from analytics.ticks import Float64
from analytics.windows import Window, parse_window

_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """One series. Equal specs are the same series however they were written.

    `window` is None for price, size and ema; `factor` is K of the bands, `length` N of ema.
    """

    name: str
    window: Window | None = None
    factor: float = 0.0
    length: int = 0

    @property
    def text(self) -> str:
        """Return the text by which columns name this series."""
        if self.window is None:
            return f"{self.name}({self.length})" if self.length else self.name
        return (
            f"{self.name}({self.window}, {self.factor:.15g})"
            if self.factor
            else f"{self.name}({self.window})"
        )

    @property
    def is_column(self) -> bool:
        """Return whether this is a column that every tick has, and need not be computed."""
        return self.name in ("price", "size")

    def __str__(self) -> str:
        return self.text


class Calculator(Protocol):
    """Computes one series of one symbol, span after span."""

    def extend(self, span: Span) -> Float64:
        """Return the values of the span's rows, shape (n,), NaN where there is none."""

    def rescale(self, by_price: int) -> None:
        """Follow the columns to a price scale wider by this factor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue: how its arguments are read, what computes it, what it means."""

    usage: str
    definition: str
    parse: Callable[[str, list[str]], SeriesSpec]
    build: Callable[[SeriesSpec], Calculator]


def parse_series(text: str) -> SeriesSpec:
    """Return the series that a text names.

    >>> parse_series("vwap( 1m )").text
    'vwap(60s)'

    Raises ConfigError naming the text, what is wrong with it and the nearest series.
    """
    if len(text) > _LONGEST_TEXT:
        raise ConfigError(f"expected a series such as vwap(60s), found {len(text)} characters")
    match = re.fullmatch(r"\s*([A-Za-z_][A-Za-z_0-9]*)\s*(?:\((.*)\))?\s*", text)
    if match is None:
        raise ConfigError(f"expected a series such as vwap(60s), found {text!r}")
    entry = CATALOGUE.get(match[1])
    if entry is None:
        known = ", ".join(each.usage for each in CATALOGUE.values())
        raise ConfigError(f"unknown series {text!r}.{nearest(match[1], CATALOGUE)} Known: {known}")
    arguments = [] if match[2] is None else [part.strip() for part in match[2].split(",")]
    try:
        return entry.parse(match[1], arguments)
    except ConfigError as error:
        raise ConfigError(f"series {text!r}: {error}; it is written {entry.usage}") from None


def calculator(spec: SeriesSpec) -> Calculator:
    """Return what computes a series for one symbol from its first row on."""
    return CATALOGUE[spec.name].build(spec)


def backfill(columns: SymbolColumns, each: Calculator, out: Float64, most: int) -> WindowBook:
    """Fill `out` with a series' values for all rows there are, as if it had been kept from the first.

    Spans hold at most `most` rows and end where a scale widened, and what came at a narrower scale is
    computed at it: so a value is rounded as it would have been. Returns the book after the last row.
    """
    book, read = WindowBook(), columns
    if len(columns.scales) > 1:
        read = SymbolColumns(columns.symbol, columns.calendar, *columns.scales[0][1:])
    for start, stop, price_scale, size_scale in columns.stretches():
        by_price, by_size = 10 ** (price_scale - read.price_scale), 10 ** (size_scale - read.size_scale)
        if read is not columns and start:
            read.rescale(price_scale, size_scale)
            book.rescale(by_price, by_size)
            each.rescale(by_price)
        for row in range(start, stop, most):
            end = min(row + most, stop)
            if read is not columns:
                _append_from(columns, row, end, read)
            out[row:end] = each.extend(Span(read, row, end, book))
    return book


def _append_from(columns: SymbolColumns, start: int, stop: int, narrow: SymbolColumns) -> None:
    """Append rows to columns whose scale is the one at which the rows came."""
    ts_ns, price, size, seq = (columns.column(name)[start:stop] for name in ("ts_ns", "price", "size", "seq"))
    by_price = 10 ** (columns.price_scale - narrow.price_scale)
    by_size = 10 ** (columns.size_scale - narrow.size_scale)
    narrow.append(ts_ns, price // by_price, size // by_size, seq, np.zeros(stop - start, np.bool_))


class _Vwap:
    def __init__(self, spec: SeriesSpec) -> None:
        self._window = _window_of(spec)

    def extend(self, span: Span) -> Float64:
        return span.vwap(self._window)

    def rescale(self, by_price: int) -> None:
        pass


class _Sigma:
    def __init__(self, spec: SeriesSpec) -> None:
        self._window = _window_of(spec)

    def extend(self, span: Span) -> Float64:
        return span.sigma(self._window)

    def rescale(self, by_price: int) -> None:
        pass


class _Band:
    def __init__(self, spec: SeriesSpec) -> None:
        self._window = _window_of(spec)
        self._factor = spec.factor if spec.name == "vwap_upper" else -spec.factor

    def extend(self, span: Span) -> Float64:
        return span.vwap(self._window) + self._factor * span.sigma(self._window)

    def rescale(self, by_price: int) -> None:
        pass


class _Ema:
    def __init__(self, spec: SeriesSpec) -> None:
        self._length = spec.length
        self._carry = EmaCarry(None, spec.length)

    def extend(self, span: Span) -> Float64:
        columns = span.columns
        low = 0 if self._carry.value is None else min(self._carry.block_row, span.start)
        if self._carry.value is None and span.stop < self._length:
            return np.full(len(span), np.nan)
        d = np.empty(span.stop)
        d[low:] = columns.column("price")[low : span.stop] - columns.reference
        values, self._carry = ema(d, self._carry, span.start, self._length)
        return (columns.reference + values) / 10.0**columns.price_scale

    def rescale(self, by_price: int) -> None:
        if self._carry.value is not None:
            self._carry = EmaCarry(self._carry.value * by_price, self._carry.block_row)


def _window_of(spec: SeriesSpec) -> Window:
    if spec.window is None:
        raise ConfigError(f"series {spec.name!r} needs a window")
    return spec.window


def _count(arguments: list[str], wanted: int) -> None:
    if len(arguments) != wanted or not all(arguments):
        raise ConfigError(f"expected {wanted} argument{'s' * (wanted != 1)}, found {len(arguments)}")


def _parse_column(name: str, arguments: list[str]) -> SeriesSpec:
    _count(arguments, 0)
    return SeriesSpec(name)


def _parse_windowed(name: str, arguments: list[str]) -> SeriesSpec:
    _count(arguments, 1)
    return SeriesSpec(name, window=parse_window(arguments[0]))


def _parse_band(name: str, arguments: list[str]) -> SeriesSpec:
    _count(arguments, 2)
    try:
        factor = float(arguments[1])
    except ValueError:
        factor = 0.0
    if not 0.0 < factor <= 100.0:
        raise ConfigError(f"expected a factor above 0 and at most 100, found {arguments[1]!r}")
    return SeriesSpec(name, window=parse_window(arguments[0]), factor=factor)


def _parse_ema(name: str, arguments: list[str]) -> SeriesSpec:
    _count(arguments, 1)
    if not arguments[0].isdecimal() or not 1 <= int(arguments[0]) <= 1_000_000:
        raise ConfigError(f"expected a number of ticks from 1 to 1000000, found {arguments[0]!r}")
    return SeriesSpec(name, length=int(arguments[0]))


def _no_calculator(spec: SeriesSpec) -> Calculator:
    raise ConfigError(f"{spec.name} is a column of every tick, not computed")


CATALOGUE = {
    "price": Entry("price", "the tick's price", _parse_column, _no_calculator),
    "size": Entry("size", "the tick's traded quantity", _parse_column, _no_calculator),
    "vwap": Entry(
        "vwap(W)", "mean price weighted by size over the window, by trades", _parse_windowed, _Vwap
    ),
    "sigma": Entry(
        "sigma(W)",
        "deviation of price from vwap(W) weighted by size, population",
        _parse_windowed,
        _Sigma,
    ),
    "vwap_upper": Entry("vwap_upper(W, K)", "vwap(W) + K sigma(W)", _parse_band, _Band),
    "vwap_lower": Entry("vwap_lower(W, K)", "vwap(W) - K sigma(W)", _parse_band, _Band),
    "ema": Entry(
        "ema(N)",
        "exponential mean over ticks, factor 2/(N+1), seeded by the mean of the first N",
        _parse_ema,
        _Ema,
    ),
}
