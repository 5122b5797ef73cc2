"""Clean batches for tests of what stands behind the guard."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from analytics.ticks import NO_SEQ, TickBatch


@dataclass(frozen=True, slots=True)
class Clean:
    """One clean tick; price and size as integers at its symbol's scales."""

    ts_ns: int
    price: int
    size: int = 1
    symbol: str = "A"
    seq: int | None = None
    after_gap: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Decimals of price and of size."""

    price: int = 4
    size: int = 0


@dataclass(frozen=True, slots=True)
class Batching:
    """How ticks become batches: the scale of each symbol, and the guard's table of symbols."""

    symbols: tuple[str, ...] = ("A", "B", "C")
    scales: dict[str, Scale] = field(default_factory=dict)

    def batch(self, ticks: Sequence[Clean], first_row: int = 0) -> TickBatch:
        """Return ticks as one batch; rows count from `first_row`."""
        scales = [self.scales.get(symbol, Scale()) for symbol in self.symbols]
        return TickBatch(
            symbols=self.symbols,
            symbol=np.array([self.symbols.index(each.symbol) for each in ticks], np.int32),
            ts_ns=np.array([each.ts_ns for each in ticks], np.int64),
            arrival_ns=np.array([each.ts_ns for each in ticks], np.int64),
            price=np.array([each.price for each in ticks], np.int64),
            size=np.array([each.size for each in ticks], np.int64),
            seq=np.array([NO_SEQ if each.seq is None else each.seq for each in ticks], np.int64),
            row=np.arange(first_row, first_row + len(ticks), dtype=np.int64),
            after_gap=np.array([each.after_gap for each in ticks], np.bool_),
            price_scale=tuple(scale.price for scale in scales),
            size_scale=tuple(scale.size for scale in scales),
        )

    def split(self, ticks: Sequence[Clean], cuts: Iterable[int]) -> list[TickBatch]:
        """Return ticks as batches that end before the places `cuts`."""
        bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(ticks)}), len(ticks)]
        return [self.batch(ticks[start:stop], start) for start, stop in pairwise(bounds)]


def slices(batch: TickBatch, cuts: Iterable[int]) -> list[TickBatch]:
    """Return a batch cut before the places `cuts`."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(batch)}), len(batch)]
    columns = ("symbol", "ts_ns", "arrival_ns", "price", "size", "seq", "row", "after_gap")
    return [
        TickBatch(
            symbols=batch.symbols,
            price_scale=batch.price_scale,
            size_scale=batch.size_scale,
            **{name: getattr(batch, name)[start:stop] for name in columns},
        )
        for start, stop in pairwise(bounds)
    ]


def random_cuts(rng: random.Random, length: int) -> list[int]:
    """Return places to cut at: none, a few, or many."""
    return [rng.randrange(max(length, 1)) for _ in range(rng.choice((0, 1, 5, 60, length)))]


def walk(
    rng: random.Random,
    count: int,
    *,
    start_ns: int,
    step_ns: int,
    price: int = 1_000_000,
    symbols: Sequence[str] = ("A",),
) -> list[Clean]:
    """Return ticks whose price wanders: with equal and backward times, zero sizes and idle stretches."""
    found, at_ns, prices = [], start_ns, dict.fromkeys(symbols, price)
    for _ in range(count):
        at_ns += rng.choice(
            (0, 0, 1, step_ns, rng.randrange(2 * step_ns), 40 * step_ns * (rng.random() < 0.02))
        )
        symbol = rng.choice(symbols)
        prices[symbol] = max(1, prices[symbol] + rng.choice((0, 0, 1, -1, 5, -5, 100, -100)))
        back_ns = rng.randrange(3 * step_ns) if rng.random() < 0.1 else 0
        size = rng.choice((0, 0, 1, 100, rng.randrange(1_000), rng.randrange(10**6)))
        found.append(Clean(at_ns - back_ns, prices[symbol], size, symbol))
    return found
