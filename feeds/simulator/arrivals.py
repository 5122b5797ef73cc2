"""When trades happen: in bursts, since each one may prompt another.

A burst starts by chance, at a rate that follows the day's shape and the instrument's volatility. Each
trade prompts one more with probability `PROMPTING`, mostly within milliseconds (orders that are worked
off), sometimes seconds later (people who saw it). Bursts may run on into later blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ticks import Bool, Float64, Int32, Int64
from feeds.simulator.volatility import SLOT_S

PROMPTING = 0.88
"""Probability that a trade prompts another; a burst is 1 / (1 - PROMPTING) trades on average."""
_AT_ONCE = 0.8
_AT_ONCE_NS, _LATER_NS = 20e6, 2e9  # mean time to the prompted trade
_CHANGES_SIDE = 0.2
_SPREAD_SD = 0.4  # of the log of a burst's spread
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Trades:
    """Trades without a price yet, all arrays of shape (n,).

    `symbol` is the number of the published symbol; `buyer` says who crossed the spread; `spread` is a
    multiple of the symbol's usual one, mean 1.
    """

    ts_ns: Int64
    symbol: Int32
    buyer: Bool
    spread: Float64

    def where(self, chosen: Bool | Int64) -> Trades:
        """Return some of the trades, by mask or by index."""
        return Trades(self.ts_ns[chosen], self.symbol[chosen], self.buyer[chosen], self.spread[chosen])


class TradeTimes:
    """Draws the trades of block after block; `closes_ns`, shape (symbols,), ends each symbol's day."""

    def __init__(self, rng: np.random.Generator, closes_ns: Int64) -> None:
        self._rng = rng
        self._closes_ns = closes_ns
        self._later = self._drawn(0, np.zeros((1, len(closes_ns))))

    def block(self, start_ns: int, end_ns: int, intensity: Float64) -> Trades:
        """Return the trades in [start_ns, end_ns), sorted by time.

        `intensity` is each symbol's trades a second in each slot of the block, shape (slots, symbols).
        """
        trades = _joined(self._later, self._drawn(start_ns, intensity))
        trades = trades.where(trades.ts_ns < self._closes_ns[trades.symbol])
        inside = trades.ts_ns < end_ns
        self._later = trades.where(~inside)
        trades = trades.where(inside)
        return trades.where(np.argsort(trades.ts_ns, kind="stable"))

    def _drawn(self, start_ns: int, intensity: Float64) -> Trades:
        """Return whole bursts that start inside the block."""
        rng = self._rng
        slots, symbols = intensity.shape
        starts = rng.poisson(intensity * ((1.0 - PROMPTING) * SLOT_S)).ravel()
        slot = np.repeat(np.repeat(np.arange(slots), symbols), starts)
        symbol = np.repeat(np.tile(np.arange(symbols, dtype=np.int32), slots), starts)
        bursts = len(slot)
        start = start_ns + slot * (SLOT_S * _NS) + rng.integers(0, SLOT_S * _NS, bursts)
        length = rng.geometric(1.0 - PROMPTING, bursts)
        first = np.cumsum(length) - length
        burst = np.repeat(np.arange(bursts), length)
        waited = self._waits(len(burst))
        waited[first] = 0
        waited = np.cumsum(waited)
        begins_buying = rng.random(bursts) < 0.5
        changes = rng.random(len(burst)) < _CHANGES_SIDE
        spread = np.exp(_SPREAD_SD * rng.standard_normal(bursts) - _SPREAD_SD**2 / 2)
        return Trades(
            (start - waited[first])[burst] + waited,
            symbol[burst],
            begins_buying[burst] ^ changes,
            spread[burst],
        )

    def _waits(self, count: int) -> Int64:
        mean = np.where(self._rng.random(count) < _AT_ONCE, _AT_ONCE_NS, _LATER_NS)
        return (self._rng.standard_exponential(count) * mean).astype(np.int64)


def _joined(one: Trades, other: Trades) -> Trades:
    return Trades(
        np.concatenate([one.ts_ns, other.ts_ns]),
        np.concatenate([one.symbol, other.symbol]),
        np.concatenate([one.buyer, other.buyer]),
        np.concatenate([one.spread, other.spread]),
    )
