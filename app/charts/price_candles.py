"""The candles of a picture: which bars they are of, how they are kept up to date, what is told of one."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analytics.bars import BarKind, BarRule, parse_bar_rule
from analytics.columns import ColumnsView
from app.charts.candle_bars import (
    CLOSE,
    FIRST_ROW,
    HIGH,
    LOW,
    MIDDLE,
    NOMINAL,
    OPEN,
    ROSE,
    START,
    STOP,
    STOP_ROW,
    VOLUME,
    CandleBars,
)
from app.charts.candle_layers import CandleLayer, CandleVolumes
from app.charts.candles import bars_in, column_groups
from app.charts.traces import rows_between
from app.formatting import span_text
from app.theme import Theme

TICKS = "ticks"
"""The style that has no bars: a line through every tick."""


def bars_text(rule: BarRule) -> str:
    """Return what bars are called: ``5 min``, ``500 ticks``."""
    return span_text(int(rule.amount)) if rule.kind is BarKind.TIME else str(rule)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar as it is told; prices and volume in the market's units, rows [`first_row`, `stop_row`)."""

    start_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    rose: bool
    first_row: int
    stop_row: int
    has_gap: bool


class PriceCandles:
    """The bars of one style. Raises ConfigError for a style that is no bars."""

    def __init__(self, style: str, zone: ZoneInfo, theme: Theme) -> None:
        self.style = style
        self._rule = parse_bar_rule(style)
        self.bars = CandleBars(self._rule, zone.key)
        self.title = bars_text(self._rule)
        self.layer, self.volumes = CandleLayer(self.bars), CandleVolumes(self.bars)
        self.set_theme(theme)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Count time bars from this zone's midnights: another symbol comes."""
        self.bars = CandleBars(self._rule, zone.key)
        self.layer.bars = self.volumes.bars = self.bars
        self.layer.view = None

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self.layer.set_theme(theme)
        self.volumes.set_theme(theme)

    def reset(self) -> None:
        """Forget all bars: other ticks come."""
        self.bars.reset()
        self.layer.view = None

    def take(self, view: ColumnsView) -> tuple[int, int] | None:
        """Read what is new; return the span of time in which candles are others, None where none is."""
        since = self.bars.update(view)
        self.layer.view, self.volumes.size_scale = view, view.size_scale
        return None if since is None else (since, int(self.bars.table[STOP, -1]))

    def ends_ns(self) -> int:
        """Return when the newest bar's place ends, 0 without any."""
        return int(self.bars.table[STOP, -1]) if self.bars.table.shape[1] else 0

    def reach(self, view: ColumnsView, left_ns: int, right_ns: int) -> tuple[float, float]:
        """Return the lowest and highest price of the first and the last bar that touch a span, NaN without any.

        Those between hold no other prices than the ticks in the span.
        """
        first, stop = bars_in(self.bars.table, left_ns, right_ns)
        if first == stop:
            return np.nan, np.nan
        edges = self.bars.table[:, [first, stop - 1]]
        decimals = 10.0**view.price_scale
        return float(edges[LOW].min() / decimals), float(edges[HIGH].max() / decimals)

    def most_volume(self, view: ColumnsView, left_ns: int, right_ns: int, column_ns: int) -> float:
        """Return the volume of the tallest candle in a span, 0 without any."""
        first, stop = bars_in(self.bars.table, left_ns, right_ns)
        if first == stop:
            return 0.0
        bars = self.bars.table[:, first:stop]
        sums = np.add.reduceat(bars[VOLUME], column_groups(bars[MIDDLE], left_ns, column_ns))
        return float(sums.max() / 10.0**view.size_scale)

    def bar_at(self, view: ColumnsView, ts_ns: int | None) -> Bar | None:
        """Return the bar in which an instant lies, else the one before it; None is the newest."""
        table = self.bars.table
        if table.shape[1] == 0:
            return None
        at = table.shape[1] - 1
        if ts_ns is not None:
            at = max(int(table[START].searchsorted(ts_ns, side="right")) - 1, 0)
        bar = table[:, at].tolist()
        prices, sizes = 10.0**view.price_scale, 10.0**view.size_scale
        gaps = rows_between(view.gaps(), bar[FIRST_ROW] + 1, bar[STOP_ROW])
        opens, high, low, close = (bar[each] / prices for each in (OPEN, HIGH, LOW, CLOSE))
        return Bar(
            bar[NOMINAL],
            opens,
            high,
            low,
            close,
            bar[VOLUME] / sizes,
            bar[ROSE] == 1,
            bar[FIRST_ROW],
            bar[STOP_ROW],
            len(gaps) > 0,
        )
