"""What is painted in a pane besides its lines: the grid, volume bars, firings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.ticks import Float64
from app.charts.pane_item import PaneItem
from app.charts.pens import pen
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_GRID_ALPHA, _SESSION_ALPHA = 0.20, 0.8


class Grid(PaneItem):
    """Straight lines at the axes' marks, in time and price."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._across: list[float] = []
        self._down: list[float] = []
        self._sessions: list[float] = []
        self._pen = QPen()
        self._strong_pen = QPen()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours: translucent, so that the grid is as quiet over a band as beside it."""
        self._pen = pen(theme.faint, alpha=_GRID_ALPHA)
        self._strong_pen = pen(theme.faint, (3.0, 3.0), alpha=_SESSION_ALPHA)
        self.update()

    def set_marks(self, across: Sequence[float], down: Sequence[float], sessions: Sequence[float]) -> None:
        """Draw lines over the rectangle covered: at prices, at instants, and at session starts."""
        self._across, self._down, self._sessions = list(across), list(down), list(sessions)
        self.update()

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw what of the lines is asked for."""
        asked = QRectF(_option.exposedRect)
        left, right = asked.left(), asked.right()
        low, high = self._rect.top(), self._rect.bottom()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._pen)
        lines = [QLineF(left, y, right, y) for y in self._across]
        lines += [QLineF(x, low, x, high) for x in self._down if left <= x <= right]
        painter.drawLines(lines)
        if self._sessions:
            painter.setPen(self._strong_pen)
            painter.drawLines([QLineF(x, low, x, high) for x in self._sessions])


class Bars(PaneItem):
    """Bars from the pane's foot, in its pixels, in two colours."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._bars: list[tuple[float, float, float, bool]] = []
        self._rects: tuple[list[QRectF], list[QRectF]] = ([], [])  # those that fell, those that rose
        self._colours = (QColor(), QColor())

    def set_colours(self, rose: QColor, fell: QColor) -> None:
        """Wear colours."""
        self._colours = (fell, rose)
        self.update()

    def set_bars(self, left: Float64, right: Float64, top: Float64, rose: list[bool]) -> None:
        """Show bars between whole pixels, one pixel of air between neighbours."""
        bars = list(
            zip(np.rint(left).tolist(), np.rint(right).tolist(), np.rint(top).tolist(), rose, strict=True)
        )
        if bars == self._bars:
            return
        same = len(self._bars) - 1  # in most frames only the newest bar grows
        if same < 0 or bars[:same] != self._bars[:same]:
            same = 0
            self._rects = ([], [])
            self.update()
        else:
            self._rects[self._bars[-1][3]].pop()
            self.update_since(bars[same][0])
        foot = self._rect.height()
        for a, b, y, up in bars[same:]:
            self._rects[up].append(QRectF(a, y, max(b - a - 1, 1), foot - y))
        self._bars = bars

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the bars."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for bars, colour in zip(self._rects, self._colours, strict=True):
            painter.setBrush(colour)
            painter.drawRects(bars)


class Firings(PaneItem):
    """Triangles that point down at where a rule fired, in the pane's pixels."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._points: list[QPointF] = []
        self._colour = QColor()

    def set_colour(self, colour: QColor) -> None:
        """Wear a colour."""
        self._colour = colour
        self.update()

    def set_points(self, points: list[QPointF]) -> None:
        """Point at these places."""
        if points != self._points:
            self._points = points
            self.update()

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the triangles."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        for tip in self._points:
            x, y = tip.x(), tip.y() - 3
            painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 5, y - 8), QPointF(x + 5, y - 8)]))
