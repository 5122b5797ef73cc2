"""The price grid, checked in integers: which prices lie off an instrument's tick size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.instruments import InstrumentTable
from analytics.ticks import Bool, Int64, TickBatch


@dataclass(slots=True)
class _Band:
    """Prices in [low, high) integer units lie on multiples of `step`; `scale` is that of the units."""

    low: int
    high: int
    step: int
    scale: int


class Grid:
    """Finds prices off the grid; remembers the band each symbol trades in."""

    def __init__(self, instruments: InstrumentTable) -> None:
        self._instruments = instruments
        self._bands: dict[int, _Band | None] = {}
        self._told: set[int] = set()

    def off(self, batch: TickBatch) -> Bool:
        """Return which ticks lie off their instrument's grid, shape (n,); none where no grid is known."""
        off = np.zeros(len(batch), np.bool_)
        order = np.argsort(batch.symbol, kind="stable")
        codes = batch.symbol[order]
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        stops = np.append(starts[1:], len(codes))
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            mine = order[start:stop]
            off[mine] = self._off_symbol(batch, int(codes[start]), mine)
        return off

    def first_of_symbol(self, batch: TickBatch, off: Bool) -> list[int]:
        """Return the first tick off the grid of each symbol that had none before."""
        found = []
        for at in np.flatnonzero(off).tolist():
            code = int(batch.symbol[at])
            if code not in self._told:
                self._told.add(code)
                found.append(at)
        return found

    def _off_symbol(self, batch: TickBatch, code: int, mine: Int64) -> Bool:
        price = batch.price[mine]
        band = self._bands.get(code)
        if code in self._bands and band is None:
            return np.zeros(len(mine), np.bool_)
        scale = batch.price_scale[code]
        low, high = int(price.min()), int(price.max())
        if band is None or band.scale != scale or low < band.low or high >= band.high:
            band = self._bands[code] = self._band_at(batch.symbols[code], high, scale)
        if band is None:
            return np.zeros(len(mine), np.bool_)
        if low >= band.low:
            off: Bool = price % band.step != 0
            return off
        values = price / 10.0**scale  # a batch over two bands: the slow way
        return self._instruments[batch.symbols[code]].off_grid(values)

    def _band_at(self, symbol: str, price: int, scale: int) -> _Band | None:
        low = -(2**62)
        for each in self._instruments[symbol].bands:
            high = 2**62 if each.below is None else round(each.below * 10**scale)
            if price < high:
                return _Band(low, high, max(1, int(each.tick * 10**scale)), scale)
            low = high
        return None
