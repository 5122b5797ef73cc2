"""What is painted in a pane besides its lines: the grid, filled bands, volume bars, firings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.ticks import Float64
from app.charts.pens import pen
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_NO_SHAPE = QPainterPath()
_GRID_ALPHA, _SESSION_ALPHA = 0.20, 0.8


class PaneItem(QGraphicsItem):
    """An item that covers a rectangle and lets the pointer through."""

    _rect = QRectF()

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent)
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def cover(self, rect: QRectF) -> None:
        """Take a rectangle, in the parent's coordinates."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = QRectF(rect)

    def update_since(self, x: float) -> None:
        """Have only what is right of x painted again."""
        if x <= self._rect.left():
            self.update()
        elif x < self._rect.right():
            self.update(QRectF(x, self._rect.top(), self._rect.right() - x, self._rect.height()))

    @override
    @guarded(QRectF)
    def boundingRect(self) -> QRectF:
        """Return the rectangle covered."""
        return self._rect

    @override
    @guarded(QPainterPath)
    def shape(self) -> QPainterPath:
        """Return nothing: there is nothing to point at, and looking for it would cost time."""
        return _NO_SHAPE


class Line(PaneItem):
    """A polyline in time and price, one pixel wide and `widened` by more.

    Width comes from drawing it again, shifted by a pixel of the screen: a wide antialiased pen costs ten
    times as much. A line that is `steep` is shifted sideways as well.
    """

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._path = QPainterPath()
        self._pen = QPen()
        self._px = (0.0, 0.0)
        self.widened = 0.0
        self.steep = False

    def set_pen(self, made: QPen) -> None:
        """Draw with a pen."""
        self._pen = made
        self.update()

    def set_points(
        self, x: Float64, y: Float64, px: tuple[float, float] = (0.0, 0.0), since: float = -np.inf
    ) -> None:
        """Draw a line through points; NaN breaks it. `px` is the size of a pixel in seconds and price;
        nothing before `since` is other than it was.
        """
        finite = np.isfinite(y)
        if len(y) < 2 or not finite.any():
            if self._path.isEmpty():
                return
            self._path = QPainterPath()
        else:
            connect = "all" if finite.all() else "finite"
            self._path = pg.arrayToQPath(x, y, connect=connect, finiteCheck=connect == "finite")
        self._px = px
        self.update_since(since)

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the line."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self._pen)
        painter.drawPath(self._path)
        ratio = painter.device().devicePixelRatio()
        more = (1.0 + self.widened) * ratio - 1.0  # pixels of the screen beyond the first
        times = math.ceil(more - 0.01)
        for _ in range(times):
            shift = more / times / ratio
            painter.translate(self._px[0] * shift if self.steep else 0.0, self._px[1] * shift)
            painter.drawPath(self._path)


class Fill(PaneItem):
    """The space between two lines that share their x."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._paths: list[QPainterPath] = []
        self._brush = QColor()

    def set_brush(self, colour: QColor) -> None:
        """Fill with a colour."""
        self._brush = colour
        self.update()

    def set_points(self, x: Float64, upper: Float64, lower: Float64, since: float = -np.inf) -> None:
        """Fill between points; a NaN in either ends one piece. Nothing changed before `since`."""
        finite = np.isfinite(upper) & np.isfinite(lower)
        edges = np.flatnonzero(np.diff(finite, prepend=False, append=False))
        self._paths = [
            pg.arrayToQPath(
                np.concatenate((x[a:b], x[a:b][::-1])), np.concatenate((upper[a:b], lower[a:b][::-1]))
            )
            for a, b in zip(edges[::2], edges[1::2], strict=True)
            if b - a > 1
        ]
        self.update_since(since)

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Fill the space."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for path in self._paths:
            painter.fillPath(path, self._brush)


class Grid(PaneItem):
    """Straight lines at the axes' marks, in time and price."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._lines: list[QLineF] = []
        self._strong: list[QLineF] = []
        self._pen = QPen()
        self._strong_pen = QPen()

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours: translucent, so that the grid is as quiet over a band as beside it."""
        self._pen = pen(theme.faint, alpha=_GRID_ALPHA)
        self._strong_pen = pen(theme.faint, (3.0, 3.0), alpha=_SESSION_ALPHA)
        self.update()

    def set_marks(self, across: Sequence[float], down: Sequence[float], sessions: Sequence[float]) -> None:
        """Draw lines over the rectangle covered: at prices, at instants, and at session starts."""
        left, right = self._rect.left(), self._rect.right()
        low, high = self._rect.top(), self._rect.bottom()
        self._lines = [QLineF(left, y, right, y) for y in across]
        self._lines += [QLineF(x, low, x, high) for x in down]
        self._strong = [QLineF(x, low, x, high) for x in sessions]
        self.update()

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the lines."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self._pen)
        painter.drawLines(self._lines)
        painter.setPen(self._strong_pen)
        painter.drawLines(self._strong)


class Bars(PaneItem):
    """Bars from the pane's foot, in its pixels, in two colours."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._bars: list[tuple[float, float, float, bool]] = []
        self._rose: list[QRectF] = []
        self._fell: list[QRectF] = []
        self._colours = (QColor(), QColor())

    def set_colours(self, rose: QColor, fell: QColor) -> None:
        """Wear colours."""
        self._colours = (rose, fell)
        self.update()

    def set_bars(self, left: Float64, right: Float64, top: Float64, rose: list[bool]) -> None:
        """Show bars between whole pixels, one pixel of air between neighbours."""
        bars = list(
            zip(np.rint(left).tolist(), np.rint(right).tolist(), np.rint(top).tolist(), rose, strict=True)
        )
        if bars == self._bars:
            return
        if bars[:-1] == self._bars[:-1]:
            self.update_since(bars[-1][0])
        else:
            self.update()
        self._bars = bars
        foot = self._rect.height()
        made = [(QRectF(a, y, max(b - a - 1, 1), foot - y), up) for a, b, y, up in bars]
        self._rose = [bar for bar, up in made if up]
        self._fell = [bar for bar, up in made if not up]

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the bars."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for bars, colour in zip((self._rose, self._fell), self._colours, strict=True):
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
