"""A pane of its own for one or more series: their lines or columns, an axis, a heading with their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor, QFont, QPainter

from analytics.columns import ColumnsView
from app.charts.figure_text import mark_text_of, value_text
from app.charts.heading import Heading
from app.charts.lines import PIECE, Line
from app.charts.marks import Grid
from app.charts.panes import Place
from app.charts.pens import blend, pen
from app.charts.price_window import PriceWindow
from app.charts.readout import Figure
from app.charts.row_figures import value_at
from app.charts.scale import Scale
from app.charts.sheet import Sheet, Strip
from app.charts.signed_columns import SignedColumns
from app.charts.specs import CurveSpec, PaneSpec
from app.charts.steps import marks_with_room, round_step
from app.charts.traces import Traces, TraceSpec
from app.theme import Theme

_NS = 1e9
_MARK_ROOM_PX = 26.0
_COLUMN_SHARE, _BASELINE_SHARE = 0.75, 0.55
_LEAST_SHARE, _SHARE_OF_ONE = 1e-9, 0.01
"""A pane shows at least this share of its largest value; where there is but one value, more."""
_TITLE_PX = 10.0
"""So much of the height is left to the title."""
_HISTOGRAM = "macd_hist("


class SeriesPane:
    """Shows series over the span that the price pane shows, with a range of its own."""

    def __init__(self, place: Place, spec: PaneSpec, theme: Theme, font: QFont) -> None:
        self.place, self.spec = place, spec
        self._sheet = Sheet(place.pane, 0.0)
        self._heading = Heading(place.pane, theme, font)
        self._grid, self._base = Grid(), _Baseline(spec.baseline)
        self._specs = [TraceSpec(curve.text) for curve in spec.curves]
        self._shapes = [_shape(spec, curve) for curve in spec.curves]
        self._sheet.set_layers([self._grid, self._base, *self._shapes])
        self.traces = Traces()
        self.traces.set_specs(self._specs)
        self._theme = theme
        self._window = PriceWindow()
        self.scale = Scale()
        self.indian = False
        self._colours: list[str] = []
        self._texts: list[str] = []
        self._marks: tuple[Sequence[int], Sequence[int]] = ((), ())
        self.set_theme(theme, font)

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme = theme
        self._heading.set_theme(theme, font)
        self._grid.set_theme(theme)
        self._base.colour = blend(theme.faint, theme.window, _BASELINE_SHARE)
        self._colours = [theme.palette[curve.colour % len(theme.palette)] for curve in self.spec.curves]
        for shape, colour in zip(self._shapes, self._colours, strict=True):
            if isinstance(shape, Line):
                shape.set_pen(pen(colour))
            else:
                shape.set_colours(
                    blend(theme.up, theme.window, _COLUMN_SHARE),
                    blend(theme.down, theme.window, _COLUMN_SHARE),
                )
        self._sheet.change_all()

    def set_opacity(self, opacity: float) -> None:
        """Dim the curves and their grid."""
        self._sheet.setOpacity(opacity)

    @property
    def waiting(self) -> bool:
        """Return whether some of it is to be painted."""
        return self._sheet.waiting

    def reset(self, base_ns: int) -> None:
        """Forget the ticks: the columns, which begin at an instant, are others."""
        self.traces.reset(base_ns)
        self._window.reset()

    def axis_texts(self) -> list[str]:
        """Return what stands at the axis, for its width."""
        return self._texts

    def value_text(self, value: float) -> str:
        """Return a value as this pane writes it."""
        return value_text(value, self.scale.low, self.scale.high, indian=self.indian)

    def draw(
        self, view: ColumnsView, price: Scale, column_ns: int, marks: tuple[Sequence[int], Sequence[int]]
    ) -> None:
        """Show the span that `price` shows; `marks` are the grid's instants and the sessions' starts in ns."""
        traces, right_ns = self.traces, price.left_ns + round(price.width * price.ns_per_px)
        traces.update(view, price.left_ns, right_ns, column_ns)
        span_s = (price.left_ns - traces.base_ns) / _NS, (right_ns - traces.base_ns) / _NS
        self._fit(span_s)
        size = self.place.pane.size()
        window = self._window
        scale = Scale(
            price.left_ns, price.ns_per_px, window.low, window.high, size.width(), max(size.height(), 1.0)
        )
        if scale != self.scale or marks != self._marks:
            self._show_scale(scale, column_ns, marks)
        self._show_points(span_s)
        since = traces.changed_s
        if not np.isfinite(since):
            if since < 0:
                self._sheet.change_all()
            return
        newest_ns = int(view.time_ns[view.count - 1])
        left = max(scale.x(traces.base_ns + since * _NS), 0.0)
        if left < scale.width:
            self._sheet.change_between(left, max(scale.x(newest_ns), left))

    def _fit(self, span_s: tuple[float, float]) -> None:
        """Choose the range: all that is seen, and the baseline."""
        seen = [self.traces.trace(spec).between(*span_s)[1] for spec in self._specs]
        reach = [part[np.isfinite(part)] for part in seen]
        values = np.concatenate(reach) if reach else np.empty(0)
        if len(values) == 0:
            return
        low, high = float(values.min()), float(values.max())
        if self._base.value is not None:
            low, high = min(low, self._base.value), max(high, self._base.value)
        share = _LEAST_SHARE if low < high else _SHARE_OF_ONE
        least = max(abs(low), abs(high)) * share or 1.0
        high += (high - low) * _TITLE_PX / max(self.place.pane.size().height(), 1.0)
        self._window.fit(low, high, least)

    def _show_scale(self, scale: Scale, column_ns: int, marks: tuple[Sequence[int], Sequence[int]]) -> None:
        down, sessions = marks
        step = round_step((scale.high - scale.low) * _MARK_ROOM_PX / scale.height)
        across = marks_with_room(scale, step)
        self._grid.set_marks(across, down, sessions)
        self._sheet.set_scale(scale, self.traces.base_ns, column_ns)
        if scale == self.scale or self._marks[1] != sessions:
            self._sheet.change_all()
        self._marks = marks
        if (scale.low, scale.high, scale.height) != (self.scale.low, self.scale.high, self.scale.height):
            most = max(abs(scale.low), abs(scale.high))
            self._texts = [mark_text_of(at, step, most, indian=self.indian) for at in across]
            self.place.axis.set_marks(
                [(scale.y(at), text) for at, text in zip(across, self._texts, strict=True)]
            )
        self.scale = scale

    def _show_points(self, span_s: tuple[float, float]) -> None:
        for spec, shape in zip(self._specs, self._shapes, strict=True):
            trace = self.traces.trace(spec)
            start, stop = trace.numbers(*span_s)
            start = start // PIECE * PIECE
            x, y = trace.points(start, stop)
            if isinstance(shape, Line):
                shape.set_points(x, y, self.traces.changed_s, start)
            else:
                shape.set_points(x, y)

    def show_row(self, view: ColumnsView, row: int) -> None:
        """Tell the values of a row in the heading."""
        figures = [Figure(self.spec.title, "")]
        for curve, shape, colour in zip(self.spec.curves, self._shapes, self._colours, strict=True):
            value = value_at(view, curve.text, row)
            label = "" if len(self.spec.curves) == 1 else curve.label
            figures.append(Figure(label, self.value_text(value), self._ink(shape, value, colour)))
        self._heading.set_figures(figures)

    def _ink(self, shape: Line | SignedColumns, value: float, colour: str) -> str:
        """Return what a value is written in: its curve's colour, or that of the column it stands for."""
        if isinstance(shape, Line):
            return colour
        return self._theme.down if value < shape.baseline else self._theme.up

    def heading(self) -> str:
        """Return what the heading says."""
        return self._heading.text()

    def clear(self) -> None:
        """Show nothing but the title."""
        self.place.axis.set_marks(())
        self.place.axis.set_tags(())
        self._heading.set_figures([Figure(self.spec.title, "")])
        self.scale = Scale()
        self._grid.set_marks((), (), ())
        for shape in self._shapes:
            shape.set_points(np.empty(0), np.empty(0))
        self._sheet.change_all()

    def remove(self) -> None:
        """Leave the pane to another."""
        self.place.axis.set_marks(())
        self.place.axis.set_tags(())
        for item in (self._sheet, self._heading):
            item.scene().removeItem(item)


class _Baseline:
    """A line across at the value that columns stand on, or that is to be told from others."""

    z = -25.0

    def __init__(self, value: float | None) -> None:
        self.value = value
        self.colour = QColor()

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw what of it lies in a strip."""
        if self.value is not None:
            unit = max(round(strip.ratio), 1)
            painter.fillRect(strip.left, strip.row(self.value), strip.right - strip.left, unit, self.colour)


def _shape(spec: PaneSpec, curve: CurveSpec) -> Line | SignedColumns:
    is_histogram = curve.role == "histogram" or curve.text.startswith(_HISTOGRAM)
    if spec.style == "bars" or is_histogram:
        return SignedColumns(spec.baseline or 0.0, held=spec.style != "bars")
    line = Line(10.0)
    line.widened = 0.25
    return line
