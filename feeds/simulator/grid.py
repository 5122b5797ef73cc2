"""Prices put on their instruments' grids, many instruments at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.instruments import Instrument
from analytics.ticks import Float64, Int32, Int64


class Grid:
    """The grids of some instruments, numbered as given; prices have at most `DECIMALS` decimals."""

    DECIMALS = 2

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        most = max(len(each.bands) for each in instruments)
        unit = 10**self.DECIMALS
        self._edges = np.full((len(instruments), most), np.inf)
        self._steps = np.ones((len(instruments), most), np.int64)
        for number, instrument in enumerate(instruments):
            for band, each in enumerate(instrument.bands):
                self._steps[number, band] = int(each.tick * unit)
                if each.below is not None:
                    self._edges[number, band] = each.below
        self._unit = float(unit)

    def down(self, price: Float64, instrument: Int32) -> Float64:
        """Return the highest grid prices not above `price`, shape (n,); `instrument` numbers each."""
        step = self._step(price, instrument)
        return np.asarray(np.floor(price * self._unit / step) * step / self._unit)

    def up(self, price: Float64, instrument: Int32) -> Float64:
        """Return the lowest grid prices not below `price`, shape (n,)."""
        step = self._step(price, instrument)
        return np.asarray(np.ceil(price * self._unit / step) * step / self._unit)

    def nearest(self, price: Float64, instrument: Int32) -> Float64:
        """Return the nearest grid prices, shape (n,)."""
        step = self._step(price, instrument)
        return np.asarray(np.rint(price * self._unit / step) * step / self._unit)

    def _step(self, price: Float64, instrument: Int32) -> Int64:
        """Return each price's grid step in units of the last decimal; an edge belongs to the band above."""
        band = np.count_nonzero(price[:, None] >= self._edges[instrument], axis=1)
        return np.asarray(self._steps[instrument, band])
