"""The volume pane: bars, their axis, and the grid behind them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from analytics.columns import ColumnsView
from app.charts.axes import PriceAxis
from app.charts.marks import Bars, Grid
from app.charts.panes import Pane
from app.charts.pens import blend
from app.charts.price_window import PriceWindow
from app.charts.scale import Scale
from app.charts.steps import round_marks, round_step
from app.charts.volume import volume_bars, volume_step
from app.formatting import compact_text, span_text
from app.theme import Theme

_BAR_SHARE = 0.66
"""How much of its colour a bar wears: volume stands back behind the price."""
_MARKS = 2
_TITLE_ROOM = 1.1
_EMPTY = np.empty(0)


class VolumePane:
    """Shows the volume of the span that the price pane shows."""

    def __init__(self, pane: Pane, axis: PriceAxis) -> None:
        self._pane = pane
        self._axis = axis
        self._grid = Grid(pane.childGroup, -10.0)
        self._bars = Bars(pane, 5.0)
        self._title = QGraphicsSimpleTextItem("", pane)
        self._title.setPos(4, 0)
        self._title.setZValue(6.0)
        self._volumes = PriceWindow()
        self._scale = Scale()
        self._across: list[float] = []
        self._grid_key: tuple[object, ...] = ()
        self.indian = False

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._axis.set_theme(theme, font)
        self._grid.set_theme(theme)
        self._title.setBrush(QColor(theme.dim))
        self._title.setFont(font)
        self._bars.set_colours(
            blend(theme.up, theme.window, _BAR_SHARE), blend(theme.down, theme.window, _BAR_SHARE)
        )

    def set_opacity(self, opacity: float) -> None:
        """Dim the bars."""
        self._bars.setOpacity(opacity)

    def reset(self) -> None:
        """Forget what was shown."""
        self._volumes.reset()

    def draw(self, view: ColumnsView, price: Scale, base_ns: int, down: list[float]) -> Scale:
        """Show the bars of a span; `down` are the grid's instants in seconds. Returns the scale used."""
        step = volume_step(price.ns_per_px)
        self._title.setText(f"Volume · {span_text(step)}")
        bars = volume_bars(view, price.left_ns, price.right_ns, step)
        most = float(bars.volume.max()) if len(bars.volume) else 0.0
        self._volumes.fit(0.0, max(most, 1e-9) * _TITLE_ROOM, 1e-9)
        size = self._pane.size()
        scale = Scale(
            price.left_ns, price.ns_per_px, 0.0, max(self._volumes.high, 1e-9), size.width(), size.height()
        )
        if scale != self._scale:
            self._scale = scale
            self._pane.show_scale(scale, base_ns)
            self._show_marks(scale)
        self._show_grid(scale, base_ns, down)
        left = (bars.start_ns - scale.left_ns) / scale.ns_per_px
        self._bars.cover(QRectF(0, 0, scale.width, scale.height))
        self._bars.set_bars(
            left,
            left + step / scale.ns_per_px,
            (scale.high - bars.volume) / scale.high * scale.height,
            bars.rose.tolist(),
        )
        return scale

    def clear(self) -> None:
        """Show nothing."""
        self._axis.set_marks(())
        self._bars.set_bars(_EMPTY, _EMPTY, _EMPTY, [])
        self._title.setText("")
        self._grid.set_marks((), (), ())
        self._grid_key = ()
        self._scale = Scale()

    def _show_marks(self, scale: Scale) -> None:
        step = round_step(scale.high / (_MARKS + 0.5))
        self._across = [at for at in round_marks(0.0, scale.high, step) if at > 0]
        self._axis.set_marks([(scale.y(at), _round_text(at, indian=self.indian)) for at in self._across])

    def _show_grid(self, scale: Scale, base_ns: int, down: list[float]) -> None:
        key = (scale, tuple(down))
        if key != self._grid_key:
            self._grid_key = key
            left = (scale.left_ns - base_ns) / 1e9
            right = (scale.right_ns - base_ns) / 1e9
            self._grid.cover(QRectF(left, 0, right - left, scale.high))
            self._grid.set_marks(self._across, down, ())


def _round_text(volume: float, *, indian: bool) -> str:
    """Return a round volume without the zeros that say nothing: 10 k, not 10.0 k."""
    number, space, unit = compact_text(volume, indian=indian).partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit
