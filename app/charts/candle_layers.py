"""What candles look like: a wick, and a body that is hollow where the price rose and filled where it fell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QPainter

from analytics.columns import ColumnsView
from analytics.ticks import Bool, Float64, Int64
from app.charts.candles import NO_WICK, Candles, candles_on
from app.charts.pens import blend
from app.charts.rects import fill_rects
from app.charts.sheet import Strip
from app.theme import Theme

if TYPE_CHECKING:
    from app.charts.candle_bars import CandleBars

_THIN_WICK_SHARE = 0.5
"""A candle without room for a body beside its wick wears so much of its colour where it is wick alone."""
_VOLUME_SHARE = 0.66


class CandleLayer:
    """Candles over their own spans of time, under the curves."""

    z = 3.0

    def __init__(self, bars: CandleBars) -> None:
        self.bars = bars
        self.view: ColumnsView | None = None
        self._colours = self._wicks = (QColor(), QColor())

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._colours = (QColor(theme.down), QColor(theme.up))
        self._wicks = (
            blend(theme.down, theme.window, _THIN_WICK_SHARE),
            blend(theme.up, theme.window, _THIN_WICK_SHARE),
        )

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw the candles that touch a strip."""
        if self.view is None:
            return
        candles = candles_on(self.bars.table, strip, self.view)
        if len(candles) == 0:
            return
        decimals = 10.0**self.view.price_scale
        high, low, opens, closes = (
            _rows(prices / decimals, strip)
            for prices in (candles.high, candles.low, candles.open, candles.close)
        )
        unit = max(round(strip.ratio), 1)
        top, foot = np.minimum(opens, closes), np.maximum(opens, closes) + unit
        self._paint_wicks(painter, candles, (high, top, foot, low + unit), unit)
        for rose in (False, True):
            mine = candles.rose == rose
            if not mine.any():
                continue
            hollow = mine & rose & (candles.right - candles.left >= 3 * unit) & (foot - top > 2 * unit)
            solid = mine & ~hollow
            left, right = candles.left, candles.right
            fill_rects(painter, _of(solid, left, top, right, foot), self._colours[rose])
            if hollow.any():
                fill_rects(painter, _frames(_of(hollow, left, top, right, foot), unit), self._colours[rose])

    def _paint_wicks(
        self, painter: QPainter, candles: Candles, rows: tuple[Int64, Int64, Int64, Int64], unit: int
    ) -> None:
        high, top, foot, low = rows
        has_wick = candles.wick > NO_WICK
        for rose in (False, True):
            for thin, colours in ((False, self._colours), (True, self._wicks)):
                mine = (candles.rose == rose) & (candles.thin == thin) & has_wick
                if not mine.any():
                    continue
                wick = candles.wick[mine]
                left, right = np.tile(wick, 2), np.tile(wick + unit, 2)
                above, below = (high[mine], top[mine]), (foot[mine], low[mine])
                tops, feet = (np.concatenate(pair) for pair in zip(above, below, strict=True))
                fill_rects(painter, (left, tops, right, feet), colours[rose])


class CandleVolumes:
    """The volume of each candle, from the pane's foot."""

    z = 5.0

    def __init__(self, bars: CandleBars) -> None:
        self.bars = bars
        self.size_scale = 0
        self._colours = (QColor(), QColor())

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours: volume stands back behind the price."""
        self._colours = (
            blend(theme.down, theme.window, _VOLUME_SHARE),
            blend(theme.up, theme.window, _VOLUME_SHARE),
        )

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw the bars that touch a strip."""
        candles = candles_on(self.bars.table, strip)
        scale, foot = strip.scale, np.full(len(candles), strip.height)
        volume = candles.volume / 10.0**self.size_scale
        top = np.rint((scale.high - volume) / scale.high * scale.height * strip.ratio).astype(np.int64)
        for rose, colour in enumerate(self._colours):
            edges = _of(candles.rose == bool(rose), candles.left, top, candles.right, foot)
            fill_rects(painter, edges, colour)


def _rows(prices: Float64, strip: Strip) -> Int64:
    """Return the row of the screen's pixels of each price, as `Strip.row` does."""
    scale = strip.scale
    found: Int64 = np.floor(
        (scale.high - prices) / (scale.high - scale.low) * scale.height * strip.ratio
    ).astype(np.int64)
    return found


def _of(which: Bool, *edges: Int64) -> tuple[Int64, Int64, Int64, Int64]:
    left, top, right, foot = (edge[which] for edge in edges)
    return left, top, right, foot


def _frames(edges: tuple[Int64, Int64, Int64, Int64], unit: int) -> tuple[Int64, Int64, Int64, Int64]:
    """Return the four sides of rectangles as rectangles."""
    left, top, right, foot = edges
    inner_top, inner_foot = top + unit, foot - unit
    return (
        np.concatenate((left, left, left, right - unit)),
        np.concatenate((top, inner_foot, inner_top, inner_top)),
        np.concatenate((right, right, left + unit, right)),
        np.concatenate((inner_top, foot, inner_foot, inner_foot)),
    )
