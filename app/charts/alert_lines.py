"""Alert levels: a dashed line with a tag at its left that can be dragged to another price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.pens import DASHES, pen
from app.charts.specs import AlertLine
from app.charts.texts import Texts, draw_tag
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_GRAB_PX = 4.0
_TAG_HEIGHT = 20.0
_TAG_PAD = 8.0
_DIAMOND = 4.0
_DIAMOND_ROOM = 14.0
_LEFT = 6.0


class AlertLineItem(PaneItem):
    """One level, in the pane's pixels. `dragged(item, y, done)` is called as it moves, and once at the end."""

    def __init__(
        self, parent: QGraphicsItem, line: AlertLine, dragged: Callable[[AlertLineItem, float, bool], None]
    ):
        super().__init__(parent, 30.0)
        self.line = line
        self.dragging = False
        self.tag_left = _LEFT
        self._tag_shift = 0.0
        self._dragged = dragged
        self._grabbed_at = 0.0
        self._texts: Texts | None = None
        self._ink = self._ground = ""
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)

    def set_line(self, line: AlertLine) -> None:
        """Show another text, price or state."""
        self.line = line
        if line.draggable:
            self.setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self.unsetCursor()
        self.update()

    def wear(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._texts = Texts(font)
        self._ink = theme.alert if self.line.enabled else theme.faint
        self._ground = theme.window
        self.update()

    def place(self, y: float, size: tuple[float, float], tag_left: float) -> None:
        """Take a place in a pane of a size; the tag stays inside it."""
        width, height = size
        half = _TAG_HEIGHT / 2 + 1
        shift = min(max(y, half), height - half) - y if abs(y - height / 2) <= height / 2 else 0.0
        self.cover(QRectF(0, -2 * half, width, 4 * half))
        self.setPos(0, round(y))
        if (tag_left, shift) != (self.tag_left, self._tag_shift):
            self.tag_left, self._tag_shift = tag_left, shift
            self.update()

    def tag_width(self) -> float:
        """Return how wide the tag is."""
        return (
            0.0 if self._texts is None else self._texts.width(self.line.label) + _DIAMOND_ROOM + 2 * _TAG_PAD
        )

    def _tag_rect(self) -> QRectF:
        return QRectF(self.tag_left, self._tag_shift - _TAG_HEIGHT / 2, self.tag_width(), _TAG_HEIGHT)

    @override
    @guarded(QPainterPath)
    def shape(self) -> QPainterPath:
        """Return what can be grabbed: a strip around the line, and the tag."""
        path = QPainterPath()
        if self.line.draggable:
            path.addRect(QRectF(0, -_GRAB_PX, self._rect.width(), 2 * _GRAB_PX))
            path.addRect(self._tag_rect())
        return path

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the line and its tag."""
        if self._texts is None:
            return
        tag = self._tag_rect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen(self._ink, () if self.dragging else DASHES))
        painter.drawLine(QPointF(0, 0), QPointF(self._rect.width(), 0))
        draw_tag(painter, tag, self._ground, self._ink)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._ink))
        x, y, reach = tag.left() + _TAG_PAD + _DIAMOND, tag.center().y(), _DIAMOND
        painter.drawPolygon(
            [QPointF(x - reach, y), QPointF(x, y - reach), QPointF(x + reach, y), QPointF(x, y + reach)]
        )
        painter.setPen(QColor(self._ink))
        painter.setFont(self._texts.font)
        self._texts.draw(painter, tag.left() + _TAG_PAD + _DIAMOND_ROOM, y, self.line.label)

    @guarded(nothing)
    def mouseDragEvent(self, event: Any) -> None:
        """Follow the pointer; pyqtgraph's scene calls this, to a drag's end even where the line is gone."""
        if not self.line.draggable or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        if event.isStart():
            self.dragging = True
            self._grabbed_at = self.pos().y() - self.mapToParent(event.buttonDownPos()).y()
        if not self.dragging:
            return
        y = self.mapToParent(event.pos()).y() + self._grabbed_at
        done = bool(event.isFinish())
        if done:
            self.dragging = False
        self.update()
        self._dragged(self, y, done)
