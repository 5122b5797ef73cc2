"""A simulated trading day as ticks: the latent market, met by traders who cross the spread.

The same stream feeds the live source, which paces it, and files, which take it at once. It is a function
of seed, date, rate, symbols and the closes before, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.instruments import Instrument, Kind
from analytics.ticks import Arrivals, Float64, Int32, Int64
from feeds.simulator.arrivals import Trades, TradeTimes
from feeds.simulator.grid import Grid
from feeds.simulator.market import BLOCK_S, STEP_NS, MarketBlock, MarketDay
from feeds.simulator.volatility import SLOT_S, activity_moods, activity_shape

SOURCE = "sim"
_NS = 1_000_000_000
_FLOW_STREAM = 3
_DEEPEST_INSIDE = 0.0  # part of the half spread that the luckiest trade pays
_INDEX_RATE = 1.0  # index values a second at most
_INDEX_JITTER_NS = 150_000_000
_DELAY_NS, _MEAN_EXTRA_DELAY_NS = 500_000, 1_500_000.0  # from the exchange's time stamp to arrival


@dataclass(frozen=True, slots=True)
class _Trading:
    """How a kind of instrument is traded.

    `half_spread` is a part of the price; `typical_value` the price times size of a usual trade, and
    `size_sd` the standard deviation of its log.
    """

    half_spread: float
    typical_value: float
    size_sd: float


_TRADING = {
    Kind.FUTURE: _Trading(half_spread=4.5e-5, typical_value=2.6e6, size_sd=1.0),
    Kind.STOCK: _Trading(half_spread=4e-5, typical_value=4.5e4, size_sd=1.3),
    Kind.INDEX: _Trading(half_spread=0.0, typical_value=0.0, size_sd=0.0),
}
_LIVELY = 0.85  # the power of volatility that trading follows
_FUTURE_POPULARITY = 8.0  # a future's trades against those of a stock of 1 % weight


class SimulatedSession:
    """The ticks of a market's day, for some of its symbols, at a mean rate (ticks a second, all symbols).

    `previous_closes` tells where each symbol stood before the day.
    """

    def __init__(self, market: MarketDay, symbols: Sequence[str], rate: float) -> None:
        listing = market.listing
        self.market = market
        self.symbols = tuple(symbols)
        self.run = f"{SOURCE}-{market.day.isoformat()}-{market.seed}"
        self._column = np.array([listing.symbols.index(symbol) for symbol in symbols])
        instruments = [listing.instruments[column] for column in self._column]
        self._grid = Grid(instruments)
        self._rng = np.random.default_rng([market.seed, market.day.toordinal(), _FLOW_STREAM])
        self._lot = np.array([each.lot for each in instruments], np.float64)
        trading = [_TRADING[each.kind] for each in instruments]
        self._half_spread = np.array([each.half_spread for each in trading])
        self._typical_value = np.array([each.typical_value for each in trading])
        self._size_sd = np.array([each.size_sd for each in trading])
        self._is_index = np.array([each.kind is Kind.INDEX for each in instruments])
        self._closes_ns = np.array(
            [each.calendar.hours(market.day).close_ns for each in instruments], np.int64
        )
        self._index_rate = min(_INDEX_RATE, rate / len(instruments))
        self._intensity = self._planned(instruments, rate)
        self._trade_times = TradeTimes(self._rng, self._closes_ns)
        self._count = np.zeros(len(instruments), np.int64)
        self._last_arrival_ns = 0
        self.previous_closes = self.closes()

    def blocks(self) -> Iterator[Arrivals]:
        """Yield the session's ticks from the open on, in order of time, block by block, once.

        A block holds the ticks of its BLOCK_S seconds by `ts_ns`, and may be empty.
        """
        for number, block in enumerate(self.market.blocks()):
            first = number * (BLOCK_S // SLOT_S)
            intensity = self._intensity[first : first + BLOCK_S // SLOT_S]
            end_ns = block.start_ns + BLOCK_S * _NS
            trades = self._trade_times.block(block.start_ns, end_ns, intensity)
            yield self._ticks(block, self._with_index_values(block, trades))

    def closes(self) -> dict[str, float]:
        """Return where the published symbols stand after the blocks so far."""
        stocks = self.market.closes
        listing = self.market.listing
        indices = listing.index_units @ stocks
        futures = [indices[each.index_column - listing.stocks] + each.basis for each in listing.futures]
        prices = np.concatenate([stocks, indices, futures])[self._column]
        numbers = np.arange(len(self.symbols), dtype=np.int32)
        return dict(zip(self.symbols, self._grid.nearest(prices, numbers).tolist(), strict=True))

    def _planned(self, instruments: Sequence[Instrument], rate: float) -> Float64:
        """Return trades a second, shape (slots of the day, symbols), that sum to the session's rate."""
        volatility = self.market.volatility
        slots = len(volatility)
        slot_start_ns = self.market.open_ns + np.arange(slots) * (SLOT_S * _NS)
        moods = activity_moods(self._rng, slots, len(instruments))
        plan = np.zeros((slots, len(instruments)))
        wanted = np.zeros(len(instruments))
        for number, each in enumerate(instruments):
            if each.kind is Kind.INDEX:
                continue
            open_slots = int(np.count_nonzero(slot_start_ns < self._closes_ns[number]))
            lively = volatility[:open_slots, self._column[number]] ** _LIVELY
            plan[:open_slots, number] = activity_shape(open_slots) * lively * moods[:open_slots, number]
            wanted[number] = _FUTURE_POPULARITY if each.kind is Kind.FUTURE else each.weight**0.5
        day_s = slots * SLOT_S
        index_open_s = (self._closes_ns[self._is_index] - self.market.open_ns) / _NS
        trades = rate * day_s - self._index_rate * index_open_s.sum()
        if wanted.any():
            totals = plan.sum(axis=0) * SLOT_S
            plan *= trades * wanted / wanted.sum() / np.where(totals > 0, totals, 1.0)
        return plan

    def _with_index_values(self, block: MarketBlock, trades: Trades) -> Trades:
        """Return the trades and the index values between them, sorted by time."""
        indices = np.flatnonzero(self._is_index).astype(np.int32)
        seconds = np.arange(BLOCK_S, dtype=np.int64) * _NS + block.start_ns
        shape = (BLOCK_S, len(indices))
        drawn = self._rng.random(shape) < self._index_rate
        ts_ns = seconds[:, None] + self._rng.integers(0, _INDEX_JITTER_NS, shape)
        drawn &= ts_ns < self._closes_ns[indices]
        count = int(np.count_nonzero(drawn))
        symbol = np.broadcast_to(indices, shape)[drawn]
        ts_all = np.concatenate([trades.ts_ns, ts_ns[drawn]])
        order = np.argsort(ts_all, kind="stable")
        return Trades(
            ts_all[order],
            np.concatenate([trades.symbol, symbol])[order],
            np.concatenate([trades.buyer, np.zeros(count, np.bool_)])[order],
            np.concatenate([trades.spread, np.zeros(count)])[order],
        )

    def _ticks(self, block: MarketBlock, trades: Trades) -> Arrivals:
        symbol, ts_ns = trades.symbol, trades.ts_ns
        n = len(ts_ns)
        step = (ts_ns - block.start_ns) // STEP_NS
        latent = block.prices[step, self._column[symbol]]
        half_spread = latent * self._half_spread[symbol] * trades.spread
        bid = self._grid.down(latent - half_spread, symbol)
        ask = self._grid.up(latent + half_spread, symbol)
        index = self._is_index[symbol]
        inside = half_spread * self._rng.uniform(_DEEPEST_INSIDE, 1.0, n) * np.where(trades.buyer, 1.0, -1.0)
        no_message = np.zeros(n, np.int32)
        return Arrivals(
            symbols=self.symbols,
            symbol=symbol,
            ts_ns=ts_ns,
            price=self._grid.nearest(np.where(index, latent, latent + inside), symbol),
            size=self._sizes(symbol, latent),
            seq=self._numbered(symbol),
            arrival_ns=self._arrival_times(ts_ns),
            partition=no_message,
            offset=np.zeros(n, np.int64),
            index=no_message,
            runs=(self.run,),
            run=np.zeros(n, np.int32),
            sources=(SOURCE,),
            source=np.zeros(n, np.int32),
            bid=np.where(index, np.nan, bid),
            ask=np.where(index, np.nan, ask),
        )

    def _sizes(self, symbol: Int32, latent: Float64) -> Float64:
        """Return traded quantities, whole lots, shape (n,); 0 for an index."""
        usual_lots = self._typical_value[symbol] / (latent * self._lot[symbol])
        spread_out = np.exp(self._size_sd[symbol] * self._rng.standard_normal(len(symbol)))
        lots = np.maximum(np.rint(usual_lots * spread_out), 1.0)
        return np.where(self._is_index[symbol], 0.0, lots * self._lot[symbol])

    def _numbered(self, symbol: Int32) -> Int64:
        """Return each symbol's numbers, going on from the block before; the first of a run is 1."""
        order = np.argsort(symbol, kind="stable")
        count = np.bincount(symbol, minlength=len(self._count))
        first = np.cumsum(count) - count
        seq = np.empty(len(symbol), np.int64)
        seq[order] = np.arange(1, len(symbol) + 1) - np.repeat(first - self._count, count)
        self._count = self._count + count
        return seq

    def _arrival_times(self, ts_ns: Int64) -> Int64:
        """Return arrival times, which never fall, shape (n,)."""
        if len(ts_ns) == 0:
            return ts_ns
        extra = self._rng.standard_exponential(len(ts_ns)) * _MEAN_EXTRA_DELAY_NS
        arrival = np.maximum.accumulate(ts_ns + _DELAY_NS + extra.astype(np.int64))
        arrival = np.maximum(arrival, self._last_arrival_ns)
        self._last_arrival_ns = int(arrival[-1])
        return arrival
