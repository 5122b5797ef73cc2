"""The volume pane: bars, their axis, and the grid behind them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont

from analytics.columns import ColumnsView
from app.charts.axes import PriceAxis
from app.charts.figure_text import round_text
from app.charts.heading import Heading
from app.charts.marks import Bars, Grid
from app.charts.pane import Pane
from app.charts.pens import blend
from app.charts.price_candles import PriceCandles
from app.charts.price_window import PriceWindow
from app.charts.readout import Figure
from app.charts.scale import Scale
from app.charts.sheet import Sheet
from app.charts.steps import marks_with_room, round_step
from app.charts.volume import NO_BARS, volume_bars, volume_step
from app.formatting import compact_text, span_text
from app.theme import Theme

_BAR_SHARE = 0.66
"""How much of its colour a bar wears: volume stands back behind the price."""
_MARKS = 2
_TITLE_ROOM = 1.1


class VolumePane:
    """Shows the volume of the span that the price pane shows."""

    def __init__(self, pane: Pane, axis: PriceAxis, theme: Theme, font: QFont) -> None:
        self._pane = pane
        self._axis = axis
        self._sheet = Sheet(pane, 0.0)
        self._grid, self._layer = Grid(), Bars()
        self._sheet.set_layers([self._grid, self._layer])
        self._heading = Heading(pane, theme, font)
        self._theme = theme
        self._told: tuple[float, bool] | None = None
        self._volumes = PriceWindow()
        self._scale = Scale()
        self._bars = NO_BARS
        self._is_other = True  # than what is on the sheet: the next drawing leaves nothing of that
        self._candles: PriceCandles | None = None
        self._per = ""
        self.indian = False

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._axis.set_theme(theme, font)
        self._theme = theme
        self._heading.set_theme(theme, font)
        self._show_heading()
        self._grid.set_theme(theme)
        self._layer.set_colours(
            blend(theme.up, theme.window, _BAR_SHARE), blend(theme.down, theme.window, _BAR_SHARE)
        )
        self._sheet.change_all()

    def set_candles(self, candles: PriceCandles | None) -> None:
        """Show the volumes of candles, or of round steps of time."""
        self._candles = candles
        self._sheet.set_layers([self._grid, self._layer if candles is None else candles.volumes])
        self.reset()

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
        self._scale = Scale()
        self._is_other = True

    def draw(
        self,
        view: ColumnsView,
        price: Scale,
        column_ns: int,
        down: Sequence[int],
        candles_ns: tuple[int, int] | None = None,
    ) -> None:
        """Show the bars of the span that `price` shows; `down` are the grid's instants in ns.

        Only bars that are new or still grow are read, unless the span is another, reaches back, or lies
        beyond them. `candles_ns` is when candles are others than before, where there are candles.
        """
        step = volume_step(price.ns_per_px)
        if self._candles is None:
            changed_ns = self._read(view, price, step)
            most = float(self._bars.volume.max()) if len(self._bars.volume) else 0.0
        else:
            most = self._candles.most_volume(view, price.left_ns, price.right_ns, column_ns)
        self._volumes.fit(0.0, max(most, 1e-9) * _TITLE_ROOM, 1e-9)
        size, high = self._pane.size(), max(self._volumes.high, 1e-9)
        scale = Scale(price.left_ns, price.ns_per_px, 0.0, high, size.width(), size.height())
        if scale != self._scale:
            self._show_scale(scale, column_ns, step, down)
        if self._is_other:
            self._is_other = False
            self._sheet.change_all()
        elif self._candles is None and len(self._bars.start_ns):
            self._sheet.change_between(scale.x(changed_ns), scale.x(int(self._bars.start_ns[-1]) + step))
        elif candles_ns is not None:
            self._sheet.change_between(*(scale.x(at) for at in candles_ns))

    def show_at(self, view: ColumnsView, ts_ns: int | None) -> None:
        """Tell the volume of the bar in which an instant lies; none for None: it would change with every frame."""
        self._told = None if ts_ns is None else self._volume_at(view, ts_ns)
        self._show_heading()

    def _volume_at(self, view: ColumnsView, ts_ns: int) -> tuple[float, bool] | None:
        """Return the volume of a bar, and whether the price rose; None where there is none."""
        if self._candles is not None:
            bar = self._candles.bar_at(view, ts_ns)
            return None if bar is None else (bar.volume, bar.rose)
        bars = self._bars
        at = int(bars.start_ns.searchsorted(ts_ns, side="right")) - 1
        if at < 0 or ts_ns >= bars.start_ns[at] + bars.step_ns:
            return None
        return float(bars.volume[at]), bool(bars.rose[at])

    def _show_heading(self) -> None:
        figures = [Figure(f"Volume · {self._per}" if self._per else "Volume", "")]
        if self._told is not None:
            volume, rose = self._told
            colour = self._theme.up if rose else self._theme.down
            figures.append(Figure("", compact_text(volume, indian=self.indian), colour))
        self._heading.set_figures(figures)

    def heading(self) -> str:
        """Return what the heading says."""
        return self._heading.text()

    def text_at(self, y: float) -> str:
        """Return the volume at a pixel, as text."""
        return compact_text(self._scale.price_at(y), indian=self.indian)

    def clear(self) -> None:
        """Show nothing."""
        self._axis.set_marks(())
        self._told = None
        self._heading.set_figures(())
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
        marks = marks_with_room(scale, round_step(scale.high / (_MARKS + 0.5)))
        self._grid.set_marks(marks, down, ())
        self._sheet.set_scale(scale, 0, column_ns)
        if (scale.high, scale.height) != (self._scale.high, self._scale.height):
            self._axis.set_marks([(scale.y(at), round_text(at, indian=self.indian)) for at in marks])
        self._per = span_text(step) if self._candles is None else self._candles.title
        self._show_heading()
        self._scale = scale
