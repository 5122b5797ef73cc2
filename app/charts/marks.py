"""What is painted in a pane besides its lines: the ground with its grid, volume bars, firings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.pens import blend, pen
from app.charts.scale import Scale
from app.charts.sheet import Strip
from app.charts.specs import FiringMark
from app.charts.volume import NO_BARS, VolumeBars
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_GRID_SHARE, _SESSION_ALPHA = 0.20, 0.8
_FEW_COLUMNS = 64
"""Up to so many columns upright lines are drawn one by one."""
_HALF_PX = 5.0
"""A triangle reaches so far to either side of what it points at, at a pane's edge beyond it."""


class Grid:
    """The ground and straight lines at the axes' marks.

    Upright lines are part of a row of pixels that the ground is filled with: drawn one by one, each of their pixels
    is a place in memory of its own.
    """

    z = -30.0

    def __init__(self) -> None:
        self._across: tuple[float, ...] = ()
        self._down: tuple[int, ...] = ()
        self._sessions: tuple[int, ...] = ()
        self._ground = self._ink = QColor()
        self._strong_pen = QPen()

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._ground = QColor(theme.window)
        self._ink = blend(theme.faint, theme.window, _GRID_SHARE)
        self._strong_pen = pen(theme.faint, (3.0, 3.0), alpha=_SESSION_ALPHA)

    def set_marks(self, across: Sequence[float], down: Sequence[int], sessions: Sequence[int]) -> None:
        """Stand at prices, at instants in ns, and at session starts."""
        self._across, self._down, self._sessions = tuple(across), tuple(down), tuple(sessions)

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Fill a strip and draw what of the lines lies in it."""
        wide, height = strip.right - strip.left, strip.height
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        columns = _inside(self._down, strip)
        if wide > _FEW_COLUMNS and columns:
            row = QPixmap(wide, 1)
            row.fill(self._ground)
            with QPainter(row) as on_row:
                for x in columns:
                    on_row.fillRect(x - strip.left, 0, 1, 1, self._ink)
            painter.drawTiledPixmap(strip.left, 0, wide, height, row)
        else:
            painter.fillRect(strip.left, 0, wide, height, self._ground)
            for x in columns:
                painter.fillRect(x, 0, 1, height, self._ink)
        for price in self._across:
            painter.fillRect(strip.left, strip.row(price), wide, 1, self._ink)
        sessions = _inside(self._sessions, strip)
        if sessions:
            painter.setPen(self._strong_pen)
            painter.drawLines([QLineF(x + 0.5, 0, x + 0.5, height) for x in sessions])


def _inside(instants: Sequence[int], strip: Strip) -> list[int]:
    """Return the columns of those instants that lie in a strip."""
    return [x for x in map(strip.column, instants) if strip.left <= x < strip.right]


class Bars:
    """Bars from the pane's foot in two colours, one pixel of air between neighbours."""

    z = 5.0

    def __init__(self) -> None:
        self._bars = NO_BARS
        self._colours = (QColor(), QColor())

    def set_colours(self, rose: QColor, fell: QColor) -> None:
        """Wear colours."""
        self._colours = (fell, rose)

    def set_bars(self, bars: VolumeBars) -> None:
        """Show these bars."""
        self._bars = bars

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw the bars that touch a strip."""
        bars, scale, ratio = self._bars, strip.scale, strip.ratio
        begins = (bars.start_ns - scale.left_ns) // strip.column_ns
        ends = (bars.start_ns + bars.step_ns - scale.left_ns) // strip.column_ns
        seen = slice(ends.searchsorted(strip.left, side="right"), begins.searchsorted(strip.right))
        tops = np.rint((scale.high - bars.volume[seen]) / scale.high * scale.height * ratio).astype(np.int64)
        air, foot = max(round(ratio), 1), strip.height
        rects: tuple[list[QRect], list[QRect]] = ([], [])  # those that fell, those that rose
        shown = (part.tolist() for part in (begins[seen], ends[seen], tops, bars.rose[seen]))
        for a, b, y, rose in zip(*shown, strict=True):
            rects[rose].append(QRect(a, y, max(b - a - air, 1), foot - y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for each, colour in zip(rects, self._colours, strict=True):
            if each:
                painter.setBrush(colour)
                painter.drawRects(each)


class Firings(PaneItem):
    """Triangles that point down at where a rule fired, in the pane's pixels."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._marks: tuple[FiringMark, ...] = ()
        self._times = np.empty(0, np.int64)
        self._prices = np.empty(0)
        self._scale = Scale()
        self._points: list[QPointF] = []
        self._colour = QColor()

    def set_colour(self, colour: QColor) -> None:
        """Wear a colour."""
        self._colour = colour
        self.update()

    def set_marks(self, marks: Sequence[FiringMark]) -> None:
        """Point at these, where they are in sight."""
        if self._marks != (made := tuple(marks)):
            self._marks = made
            self._times = np.array([mark.ts_ns for mark in made], np.int64)
            self._prices = np.array([mark.price for mark in made], np.float64)
            self._place()

    def set_scale(self, scale: Scale) -> None:
        """Stand at the times and prices of a scale; none is in sight on one that shows nothing."""
        self._scale = scale
        self.cover(QRectF(-_HALF_PX, 0, scale.width + 2 * _HALF_PX, scale.height))
        self._place()

    def _place(self) -> None:
        """Point at each pixel once, however many firings stand there."""
        scale, times, prices = self._scale, self._times, self._prices
        visible = (times >= scale.left_ns) & (times <= scale.right_ns)
        visible &= (prices >= scale.low) & (prices <= scale.high)
        x = np.rint((times[visible] - scale.left_ns) / scale.ns_per_px)
        y = np.rint((scale.high - prices[visible]) / (scale.high - scale.low) * scale.height)
        points = [QPointF(*place) for place in sorted(set(zip(x.tolist(), y.tolist(), strict=True)))]
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
            left, right = QPointF(x - _HALF_PX, y - 8), QPointF(x + _HALF_PX, y - 8)
            painter.drawPolygon(QPolygonF([QPointF(x, y), left, right]))
