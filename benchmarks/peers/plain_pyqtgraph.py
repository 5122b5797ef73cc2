"""A plain pyqtgraph plot: three PlotDataItems with its own down-sampling, clipped to the view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from analytics.columns import ColumnsView
from analytics.ticks import Float64

_NEWEST_AT = 0.88
_ROOM = 0.1
_COLOURS = ("#d0d0d0", "#f0b000", "#40a0ff")
_NS = 1e9


class PlainChart:
    """Follows like the chart beside it: x moves when that one's does, y where the price would leave it."""

    def __init__(self, texts: Sequence[str], room: int, window: Callable[[], tuple[int, int]]) -> None:
        self.plot = pg.PlotWidget()
        self._texts = ("price", *texts)
        self._items = []
        for colour in _COLOURS[: len(self._texts)]:
            item = pg.PlotDataItem(pen=pg.mkPen(colour, width=1))
            self.plot.addItem(item)  # which lays the plot's own choices over the item's
            item.setDownsampling(auto=True, method="peak")
            item.setClipToView(True)
            self._items.append(item)
        self._x = np.empty(room)
        self._y = np.empty((len(self._texts), room))
        self._count = 0
        self._window = window
        self._shown = (0, 0)
        self._low = self._high = 0.0

    @property
    def widget(self) -> QWidget:
        """Return the plot."""
        widget: QWidget = self.plot
        return widget

    def prepare(self, view: ColumnsView) -> None:
        """Keep the columns as floats: seconds since the first tick, and values."""
        new = slice(self._count, view.count)
        self._x[new] = (view.time_ns[new] - view.time_ns[0]) / _NS
        for row, text in zip(self._y, self._texts, strict=True):
            row[new] = view.values(text, self._count, view.count)
        self._count = view.count

    def show(self, view: ColumnsView) -> None:
        """Hand the items their arrays and move the ranges where they must."""
        n = self._count
        for item, row in zip(self._items, self._y, strict=True):
            item.setData(self._x[:n], row[:n])
        window = self._window()
        if window != self._shown:
            self._shown = window
            base = int(view.time_ns[0])
            self.plot.setXRange(*((at - base) / _NS for at in window), padding=0)
            self._fit(self._y[0], base)
        last = self._y[0, n - 1]
        if not self._low <= last <= self._high:
            self._fit(self._y[0], int(view.time_ns[0]))

    def _fit(self, price: Float64, base: int) -> None:
        start = int(np.searchsorted(self._x[: self._count], (self._shown[0] - base) / _NS))
        seen = price[start : self._count]
        low, high = float(seen.min()), float(seen.max())
        room = (high - low) * _ROOM
        self._low, self._high = low - room, high + room
        self.plot.setYRange(self._low, self._high, padding=0)

    def show_span(self, seconds: float) -> None:
        """Nothing: the window of the chart beside it says which span."""
