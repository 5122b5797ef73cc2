"""The latent market: one day's true prices of all listed instruments, before anyone trades at them.

Each constituent's log return over a step is a common, a sector and an own part, with volatility that
clusters and innovations with fat tails (Student's t). Indices are summed from the constituents, futures
are an index and a basis that wanders and comes back. Nothing here depends on what is published, at
which rate, or how it is cut: a day is its seed, its date and where its constituents closed before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.ticks import Float64
from feeds.simulator.listing import Listing
from feeds.simulator.trading_days import market_hours
from feeds.simulator.volatility import SLOT_S, volatility_paths

_NS = 1_000_000_000
BLOCK_S = 20
"""The market is made in blocks of this many seconds."""
STEP_NS = 200_000_000
"""Latent prices are constant over a step of this length."""
_STEPS = BLOCK_S * _NS // STEP_NS
_STEPS_PER_SLOT = SLOT_S * _NS // STEP_NS

_MARKET_STREAM, _CHARACTER_STREAM = 1, 2  # keep the streams of one seed apart
_TRADING_DAYS_A_YEAR = 252

# Annualised volatility inside the session, drawn for a day (common) or for good (a stock's own).
_COMMON_VOLATILITY = (0.075, 0.115)
_SECTOR_VOLATILITY = (0.04, 0.08)
_OWN_VOLATILITY = (0.12, 0.19)
_BETA = (0.75, 1.25)
_TAIL_DEGREES = 5.0  # of freedom; kurtosis of one step is 9
_COMMON_GAP, _OWN_GAP = 0.0035, 0.004  # log move overnight, standard deviations
_BASIS_LASTING_S = 90.0
_BASIS_SD = 6e-5  # of the index: about 1.5 points of NIFTY


@dataclass(frozen=True, slots=True)
class MarketBlock:
    """Latent prices from `start_ns`, shape (steps, columns of the listing); an index is not rounded."""

    start_ns: int
    prices: Float64


class MarketDay:
    """The latent prices of one trading day, in blocks from the open to the last close.

    `closes` are the constituents' closes of the day before, shape (stocks,). `volatility` tells
    how lively each is, shape (slots, columns of the listing), about 1 on average.
    """

    def __init__(self, listing: Listing, day: date, seed: int, closes: Float64) -> None:
        hours = market_hours(day)
        self.listing = listing
        self.day = day
        self.seed = seed
        self.open_ns = hours.continuous_ns
        self.close_ns = hours.close_ns
        self.closes = closes.copy()
        self._rng = np.random.default_rng([seed, day.toordinal(), _MARKET_STREAM])
        stocks, sectors = listing.stocks, max(listing.sectors) + 1
        character = np.random.default_rng([seed, _CHARACTER_STREAM])
        a_step = math.sqrt(STEP_NS / (_TRADING_DAYS_A_YEAR * (self.close_ns - self.open_ns)))
        self._beta = character.uniform(*_BETA, stocks)
        self._own_sd = character.uniform(*_OWN_VOLATILITY, stocks) * a_step
        self._sector_sd = character.uniform(*_SECTOR_VOLATILITY, sectors) * a_step
        self._common_sd = self._rng.uniform(*_COMMON_VOLATILITY) * a_step
        slots = (self.close_ns - self.open_ns) // (SLOT_S * _NS)
        moods = volatility_paths(self._rng, slots, stocks + 1)
        self._common_mood = moods[:, -1]
        self._own_mood = moods[:, :-1]
        blended = np.sqrt((self._own_mood**2 + self._common_mood[:, None] ** 2) / 2)
        others = len(listing.instruments) - stocks
        self.volatility = np.hstack([blended, np.repeat(moods[:, -1:], others, axis=1)])
        self._log_price = np.log(closes) + self._gap()
        self._basis = np.zeros(len(listing.futures))

    def blocks(self) -> Iterator[MarketBlock]:
        """Yield the day's blocks in order, once; `closes` follows them."""
        sectors = np.array(self.listing.sectors)
        for number, start_ns in enumerate(range(self.open_ns, self.close_ns, BLOCK_S * _NS)):
            first = number * (BLOCK_S // SLOT_S)
            slots = slice(first, first + BLOCK_S // SLOT_S)
            common_mood = np.repeat(self._common_mood[slots], _STEPS_PER_SLOT)[:, None]
            own_mood = np.repeat(self._own_mood[slots], _STEPS_PER_SLOT, axis=0)
            common = self._shocks(1) * self._common_sd * common_mood
            by_sector = self._shocks(len(self._sector_sd)) * self._sector_sd * common_mood
            own = self._shocks(self.listing.stocks) * self._own_sd * own_mood
            log_prices = self._log_price + np.cumsum(
                common * self._beta + by_sector[:, sectors] + own, axis=0
            )
            self._log_price = log_prices[-1]
            stocks = np.exp(log_prices)
            self.closes = stocks[-1]
            indices = stocks @ self.listing.index_units.T
            futures = self._futures(np.hstack([stocks, indices]))
            yield MarketBlock(start_ns, np.hstack([stocks, indices, futures]))

    def _gap(self) -> Float64:
        overnight = self._rng.standard_normal() * _COMMON_GAP * self._beta
        own = self._rng.standard_normal(self.listing.stocks) * _OWN_GAP
        return np.asarray(overnight + own)

    def _shocks(self, columns: int) -> Float64:
        """Return innovations of variance 1, shape (steps, columns)."""
        unit = math.sqrt((_TAIL_DEGREES - 2) / _TAIL_DEGREES)
        return np.asarray(self._rng.standard_t(_TAIL_DEGREES, (_STEPS, columns)) * unit)

    def _futures(self, prices: Float64) -> Float64:
        """Return the futures' prices, shape (steps, futures); the basis moves once a second."""
        keep = math.exp(-1.0 / _BASIS_LASTING_S)
        shocks = self._rng.standard_normal((BLOCK_S, len(self._basis))) * (_BASIS_SD * math.sqrt(1 - keep**2))
        wander = np.empty_like(shocks)
        for second in range(BLOCK_S):
            self._basis = keep * self._basis + shocks[second]
            wander[second] = self._basis
        columns = [future.index_column for future in self.listing.futures]
        basis = np.array([future.basis for future in self.listing.futures])
        return np.asarray(prices[:, columns] * (1.0 + np.repeat(wander, _STEPS // BLOCK_S, axis=0)) + basis)
