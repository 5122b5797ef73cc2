"""The volume pane: bars, their axis, and the grid behind them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsSimpleTextItem

from analytics.columns import ColumnsView
from app.charts.axes import PriceAxis
from app.charts.marks import Bars, Grid
from app.charts.pane import Pane
from app.charts.pens import blend
from app.charts.price_window import PriceWindow
from app.charts.scale import Scale
from app.charts.sheet import Sheet
from app.charts.steps import round_marks, round_step
from app.charts.volume import NO_BARS, volume_bars, volume_step
from app.formatting import compact_text, span_text
from app.theme import Theme

_BAR_SHARE = 0.66
"""How much of its colour a bar wears: volume stands back behind the price."""
_MARKS = 2
_TITLE_ROOM = 1.1


class VolumePane:
    """Shows the volume of the span that the price pane shows."""

    def __init__(self, pane: Pane, axis: PriceAxis) -> None:
        self._pane = pane
        self._axis = axis
        self._sheet = Sheet(pane, 0.0)
        self._grid, self._layer = Grid(), Bars()
        self._sheet.set_layers([self._grid, self._layer])
        self._title = QGraphicsSimpleTextItem("", pane)
        self._title.setPos(4, 0)
        self._title.setZValue(6.0)
        self._volumes = PriceWindow()
        self._scale = Scale()
        self._bars = NO_BARS
        self._is_other = True  # than what is on the sheet: the next drawing leaves nothing of that
        self.indian = False

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._axis.set_theme(theme, font)
        self._title.setBrush(QColor(theme.dim))
        self._title.setFont(font)
        self._grid.set_theme(theme)
        self._layer.set_colours(
            blend(theme.up, theme.window, _BAR_SHARE), blend(theme.down, theme.window, _BAR_SHARE)
        )
        self._sheet.change_all()

    def set_opacity(self, opacity: float) -> None:
        """Dim the bars and their grid."""
        self._sheet.setOpacity(opacity)

    @property
    def waiting(self) -> bool:
        """Return whether some of it is to be painted."""
        return self._sheet.waiting

    def reset(self) -> None:
        """Forget what was shown."""
        self._volumes.reset()
        self._bars = NO_BARS
        self._is_other = True

    def draw(self, view: ColumnsView, price: Scale, column_ns: int, down: Sequence[int]) -> None:
        """Show the bars of the span that `price` shows; `down` are the grid's instants in ns.

        Only bars that are new or still grow are read, unless the span is another, reaches back, or lies
        beyond them.
        """
        step, before = volume_step(price.ns_per_px), self._scale
        changed_ns = self._read(view, price, step)
        most = float(self._bars.volume.max()) if len(self._bars.volume) else 0.0
        self._volumes.fit(0.0, max(most, 1e-9) * _TITLE_ROOM, 1e-9)
        size, high = self._pane.size(), max(self._volumes.high, 1e-9)
        scale = Scale(price.left_ns, price.ns_per_px, 0.0, high, size.width(), size.height())
        if scale != before:
            self._show_scale(scale, column_ns, step, down)
        if self._is_other:
            self._is_other = False
            self._sheet.change_all()
        elif len(self._bars.start_ns):
            self._sheet.change_between(scale.x(changed_ns), scale.x(int(self._bars.start_ns[-1]) + step))

    def clear(self) -> None:
        """Show nothing."""
        self._axis.set_marks(())
        self._title.setText("")
        self._scale, self._bars = Scale(), NO_BARS
        self._is_other = True
        self._layer.set_bars(NO_BARS)
        self._grid.set_marks((), (), ())
        self._sheet.change_all()

    def _read(self, view: ColumnsView, price: Scale, step: int) -> int:
        """Read the bars of the span that `price` shows; return the instant from which on they are new."""
        before, known = self._scale, self._bars
        left_ns = price.left_ns
        if (
            len(known.start_ns)
            and (step, price.ns_per_px) == (known.step_ns, before.ns_per_px)
            and before.left_ns <= left_ns <= known.start_ns[-1] + step
        ):
            new_ns = int(known.start_ns[-1])
            self._bars = known.then(volume_bars(view, new_ns, price.right_ns, step)).since(left_ns)
        else:
            new_ns = left_ns
            self._bars = volume_bars(view, left_ns, price.right_ns, step)
        self._layer.set_bars(self._bars)
        return new_ns

    def _show_scale(self, scale: Scale, column_ns: int, step: int, down: Sequence[int]) -> None:
        marks = [at for at in round_marks(0.0, scale.high, round_step(scale.high / (_MARKS + 0.5))) if at > 0]
        self._grid.set_marks(marks, down, ())
        self._sheet.set_scale(scale, 0, column_ns)
        if (scale.high, scale.height) != (self._scale.high, self._scale.height):
            self._axis.set_marks([(scale.y(at), _round_text(at, indian=self.indian)) for at in marks])
        self._title.setText(f"Volume · {span_text(step)}")
        self._scale = scale


def _round_text(volume: float, *, indian: bool) -> str:
    """Return a round volume without the zeros that say nothing: 10 k, not 10.0 k."""
    number, space, unit = compact_text(volume, indian=indian).partition(" ")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + space + unit
