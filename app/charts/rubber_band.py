"""The zoom tool: a band over the prices, from one instant to another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.columns import ColumnsView
from app.charts.pane_item import PaneItem
from app.charts.pens import film, pen
from app.charts.scale import Scale
from app.charts.texts import Texts, draw_tag
from app.formatting import span_text
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_SHARE = 0.14
_TAG_HEIGHT, _PAD, _TOP = 20.0, 8.0, 8.0
_FINE_NS = 10_000_000_000


class RubberBand(PaneItem):
    """Shows the span that is drawn, and gives its edges to `zoom(left_px, right_px)` at the end."""

    points = 2
    hint = "Zoom: drag over a span of time, or click both ends"

    def __init__(self, parent: QGraphicsItem, zoom: Callable[[float, float], object]) -> None:
        super().__init__(parent, 60.0)
        self._zoom = zoom
        self._from: float | None = None
        self._to = 0.0
        self._scale = Scale()
        self._theme: Theme | None = None
        self._texts: Texts | None = None
        self.hide()

    def begin(self, at: QPointF) -> None:
        """Begin at a pixel."""
        self._from = self._to = self._inside(at)
        self.show()
        self.update()

    def move(self, at: QPointF) -> None:
        """Reach to a pixel."""
        self._to = self._inside(at)
        self.update()

    def end(self, at: QPointF) -> None:
        """Zoom to what lies between."""
        self.move(at)
        begun = self._from
        self.cancel()
        if begun is not None:
            self._zoom(min(begun, self._to), max(begun, self._to))

    def cancel(self) -> None:
        """Show no band."""
        self._from = None
        self.hide()

    def set_scale(self, scale: Scale) -> None:
        """Cover the pane of a scale."""
        self._scale = scale
        self.cover(QRectF(0, 0, scale.width, scale.height))

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._texts = theme, Texts(font)
        self.update()

    def take(self, view: ColumnsView | None) -> None:
        """Leave a band under which nothing is shown any longer."""
        if view is None:
            self.cancel()

    def _inside(self, at: QPointF) -> float:
        return float(round(min(max(at.x(), 0.0), self._scale.width)))

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the band, its edges and how long it is."""
        theme, texts = self._theme, self._texts
        if self._from is None or theme is None or texts is None:
            return
        left, right = min(self._from, self._to), max(self._from, self._to)
        height = self._rect.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(left, 0, right - left, height), film(theme.up, theme.window, _SHARE))
        painter.setPen(pen(theme.up))
        painter.drawLines([QLineF(x, 0, x, height) for x in (left, right)])
        span_ns = round((right - left) * self._scale.ns_per_px)
        text = f"{span_ns / 1e9:.2f} s" if 1e9 <= span_ns < _FINE_NS else span_text(span_ns)
        width = texts.width(text) + 2 * _PAD
        at = min(max((left + right - width) / 2, 2.0), max(self._rect.width() - width - 2, 2.0))
        draw_tag(painter, QRectF(round(at), _TOP, width, _TAG_HEIGHT), theme.panel, theme.up)
        painter.setPen(QColor(theme.text))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setFont(texts.font)
        texts.draw_once(painter, round(at) + _PAD, _TOP + _TAG_HEIGHT / 2, text)
