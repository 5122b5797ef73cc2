"""Made-up ticks for the benchmarks, and what holds and computes them without an engine around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.calendar import ALWAYS
from analytics.columns import SymbolColumns
from analytics.grouping import by_code
from analytics.series import SPAN_ROWS, SeriesSpec, calculator
from analytics.span import Span
from analytics.ticks import NO_SEQ, Float64, Int64, TickBatch
from analytics.window_book import WindowBook

PRICE_SCALE = 2
TOGETHER = SPAN_ROWS
"""Ticks of one span, as the engine has them at most."""
_START_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Ticks:
    """One symbol's ticks, each of shape (n,): price in hundredths, size in whole numbers."""

    ts_ns: Int64
    price: Int64
    size: Int64

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def floats(self) -> Float64:
        """Return the prices as float64."""
        return self.price / 10.0**PRICE_SCALE


def one_symbol(ticks: int) -> Ticks:
    """Return ticks of one symbol, 200 a second in the mean: about 12,000 in a window of 60 s."""
    rng = np.random.default_rng(7)
    ts_ns = _START_NS + np.cumsum(rng.exponential(5e6, ticks).astype(np.int64))
    price = 2_490_000 + np.cumsum(rng.integers(-1, 2, ticks)) * 5
    return Ticks(ts_ns, price, rng.integers(1, 50, ticks) * 65)


def append(columns: SymbolColumns, ticks: Ticks, start: int, stop: int) -> None:
    """Append ticks [start, stop) to columns."""
    mine, count = slice(start, stop), stop - start
    none, no_gap = np.full(count, NO_SEQ), np.zeros(count, np.bool_)
    columns.append(ticks.ts_ns[mine], ticks.price[mine], ticks.size[mine], none, no_gap)


def held(ticks: Ticks) -> SymbolColumns:
    """Return columns that hold all of some ticks."""
    columns = SymbolColumns("BENCH", ALWAYS, PRICE_SCALE, 0)
    for start, stop in stretches(len(ticks), TOGETHER):
        append(columns, ticks, start, stop)
    return columns


def stretches(count: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of stretches of a length that make up `count` ticks."""
    for start in range(0, count, length):
        yield start, min(start + length, count)


def computed(columns: SymbolColumns, specs: Sequence[SeriesSpec]) -> list[Float64]:
    """Return series over all rows of columns, span after span."""
    book, out = WindowBook(), [np.empty(columns.count) for _ in specs]
    each = [calculator(spec) for spec in specs]
    for start, stop in stretches(columns.count, TOGETHER):
        span = Span(columns, start, stop, book)
        for one, values in zip(each, out, strict=True):
            values[start:stop] = one.extend(span)
    return out


def computed_as_it_comes(ticks: Ticks, specs: Sequence[SeriesSpec], stops: Iterable[int]) -> list[Float64]:
    """Return series over ticks that are appended up to each of `stops` and computed before the next come."""
    columns = SymbolColumns("BENCH", ALWAYS, PRICE_SCALE, 0)
    book, each = WindowBook(), [calculator(spec) for spec in specs]
    pieces: list[list[Float64]] = [[] for _ in specs]
    for stop in stops:
        start = columns.count
        append(columns, ticks, start, stop)
        span = Span(columns, start, stop, book)
        for one, values in zip(each, pieces, strict=True):
            values.append(np.array(one.extend(span)))
    return [np.concatenate(values) for values in pieces]


def one_symbol_batches(ticks: Ticks, message: int) -> list[TickBatch]:
    """Return one symbol's ticks in batches as the guard hands them on: grouped, with their clock."""
    code = np.zeros(message, np.int32)
    row, none, no_gap = np.arange(len(ticks)), np.full(message, NO_SEQ), np.zeros(message, np.bool_)
    return [
        TickBatch(
            symbols=("BENCH",),
            symbol=code[: stop - start],
            ts_ns=ticks.ts_ns[start:stop],
            arrival_ns=ticks.ts_ns[start:stop],
            price=ticks.price[start:stop],
            size=ticks.size[start:stop],
            seq=none[: stop - start],
            row=row[start:stop],
            after_gap=no_gap[: stop - start],
            price_scale=(PRICE_SCALE,),
            size_scale=(0,),
            clock_ns=ticks.ts_ns[start:stop],
            by_symbol=by_code(code[: stop - start]),
        )
        for start, stop in stretches(len(ticks), message)
    ]


@dataclass(slots=True)
class MixedMarket:
    """An endless market of `symbols`, 5,000 ticks a second over all of them, in random turn.

    Batches follow one another; only the one that was asked for last need be held.
    """

    symbols: tuple[str, ...]
    rng: np.random.Generator
    seq: Int64
    price: Int64
    taken: int = 0

    @classmethod
    def of(cls, symbols: int, seed: int = 3) -> MixedMarket:
        """Return a market of so many symbols."""
        names = tuple(f"S{number:02}" for number in range(symbols))
        rng = np.random.default_rng(seed)
        return cls(names, rng, np.zeros(symbols, np.int64), rng.integers(20_000, 500_000, symbols) * 5)

    def batch(self, count: int) -> TickBatch:
        """Return the next ticks as the guard hands them on: grouped, with their clock."""
        rng, symbol = self.rng, self.rng.integers(0, len(self.symbols), count).astype(np.int32)
        price, seq = np.empty(count, np.int64), np.empty(count, np.int64)
        steps = rng.integers(-2, 3, count) * 5
        for code in range(len(self.symbols)):
            mine = np.flatnonzero(symbol == code)
            price[mine] = np.maximum(self.price[code] + np.cumsum(steps[mine]), 5)
            seq[mine] = self.seq[code] + np.arange(1, len(mine) + 1)
            if len(mine):
                self.price[code], self.seq[code] = price[mine[-1]], seq[mine[-1]]
        row = np.arange(self.taken, self.taken + count)
        ts_ns = _START_NS + row * 200_000
        self.taken += count
        return TickBatch(
            symbols=self.symbols,
            symbol=symbol,
            ts_ns=ts_ns,
            arrival_ns=ts_ns,
            price=price,
            size=rng.integers(1, 50, count) * 5,
            seq=seq,
            row=row,
            after_gap=np.zeros(count, np.bool_),
            price_scale=(PRICE_SCALE,) * len(self.symbols),
            size_scale=(0,) * len(self.symbols),
            clock_ns=ts_ns,
            by_symbol=by_code(symbol),
        )
