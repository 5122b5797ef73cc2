"""The price grid, checked in integers: which prices lie off an instrument's tick size."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analytics.grouping import Groups
from analytics.instruments import InstrumentTable
from analytics.ticks import Bool, Int64, TickBatch

_LOWEST, _HIGHEST = -(2**63), 2**63
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Band:
    """Prices in [low, high) integer units lie on multiples of `step` / `parts`."""

    low: int
    high: int
    step: int
    parts: int


class Grid:
    """Finds prices off the grid."""

    def __init__(self, instruments: InstrumentTable) -> None:
        self._instruments = instruments
        self._bands: dict[tuple[int, int], tuple[_Band, ...]] = {}  # by symbol code and price scale
        self._told: set[int] = set()

    def off(self, batch: TickBatch, by_symbol: Groups) -> Int64:
        """Return the places of ticks off their instrument's grid, ascending; none where no grid is known."""
        known = [(mine, bands) for code, mine in by_symbol.slices if (bands := self._bands_of(batch, code))]
        if not known:
            return _NONE
        price = by_symbol.together(batch.price)
        found = []
        for mine, bands in known:
            off = _off(price[mine], bands)
            if np.count_nonzero(off):
                found.append(by_symbol.places(mine)[off])
        return np.sort(np.concatenate(found)) if found else _NONE

    def first_of_symbol(self, batch: TickBatch, off: Int64) -> list[int]:
        """Return the first tick off the grid of each symbol that had none before."""
        found = []
        for at in off.tolist():
            code = int(batch.symbol[at])
            if code not in self._told:
                self._told.add(code)
                found.append(at)
        return found

    def _bands_of(self, batch: TickBatch, code: int) -> tuple[_Band, ...]:
        scale = batch.price_scale[code]
        found = self._bands.get((code, scale))
        if found is None:
            found = self._bands[code, scale] = tuple(self._bands_at(batch.symbols[code], scale))
        return found

    def _bands_at(self, symbol: str, scale: int) -> list[_Band]:
        found, low = [], _LOWEST
        for each in self._instruments[symbol].bands:
            high = _HIGHEST if each.below is None else _ceiling(Fraction(each.below) * 10**scale)
            step = each.tick * 10**scale
            found.append(_Band(low, high, step.numerator, step.denominator))
            low = high
        return found


def _off(price: Int64, bands: tuple[_Band, ...]) -> Bool:
    """Return which prices, in integer units, do not lie on their band's multiples."""
    lowest, highest = int(price.min()), int(price.max())
    off = np.zeros(len(price), np.bool_)
    for band in bands:
        if highest < band.low or lowest >= band.high:
            continue
        parts = price if band.parts == 1 else price * band.parts
        beside: Bool = parts // band.step * band.step != parts  # numpy divides so much faster than by %
        if lowest >= band.low and highest < band.high:
            return beside
        off |= beside & (price >= band.low) & (price <= band.high - 1)
    return off


def _ceiling(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
