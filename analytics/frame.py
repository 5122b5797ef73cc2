"""A frame: what the engine takes in one step, symbol by symbol and in its order.

Series of one symbol look at its span alone. What concerns several symbols, or time itself, looks at the
frame: which tick of one stood between which of another, and what the clock said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.columns import SymbolColumns
from analytics.span import Span
from analytics.ticks import Float64, Int64, TickBatch


@dataclass(frozen=True, slots=True)
class Frame:
    """Ticks [start, stop) of `batch`, appended to the columns, their own series computed, not yet published.

    A tick's *place* is its number in the frame, from 0; `size` of them.

    - `spans`: by symbol, the rows just appended; only symbols that have a tick here.
    - `places`: by symbol, the place of each row of its span, ascending, shape (n,).
    - `columns`: by symbol, the columns of every symbol that ever had a tick, this frame's included.
    - `clock_ns`: the engine's clock at each tick, shape (size,): the guard's watermark when it left.
    - `marks`: (place, clock) of time that passed in silence, before the tick at that place (`size`: after
      the last one); ascending, and the clocks ascend with those of the ticks.
    """

    batch: TickBatch
    start: int
    stop: int
    spans: Mapping[str, Span]
    places: Mapping[str, Int64]
    columns: Mapping[str, SymbolColumns]
    clock_ns: Int64
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """Return the number of ticks."""
        return self.stop - self.start

    def rows_at(self, symbol: str, places: Int64) -> Int64:
        """Return a symbol's newest row once each of some places has been taken, -1 before its first tick."""
        columns, span = self.columns.get(symbol), self.spans.get(symbol)
        if columns is None:
            return np.full(len(places), -1, np.int64)
        if span is None:
            return np.full(len(places), columns.count - 1, np.int64)
        found: Int64 = span.start - 1 + self.places[symbol].searchsorted(places, side="right")
        return found

    def values_at(self, symbol: str, text: str, rows: Int64) -> Float64:
        """Return a series' values at some rows of a symbol, NaN for row -1; ``price`` and ``size`` are series too.

        Raises KeyError where the symbol has had no tick or does not keep the series.
        """
        columns = self.columns[symbol]
        if text in ("price", "size"):
            scale = columns.price_scale if text == "price" else columns.size_scale
            found: Float64 = columns.column(text)[rows] / 10.0**scale
        else:
            found = columns.series(text)[rows]
        if len(rows) and rows.min() < 0:
            found[rows < 0] = np.nan
        return found
