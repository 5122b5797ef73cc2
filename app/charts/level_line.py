"""One drawn level: a thin whole line with its price at the right, quiet until it is pointed at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.pens import pen
from app.charts.texts import Texts, draw_tag
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

GRAB_PX = 5.0
_TAG_HEIGHT, _TAG_PAD, _RIGHT = 18.0, 7.0, 4.0
_QUIET = 0.55


class LevelLine(PaneItem):
    """A level, in the pane's pixels. `dragged(item, y, done)` is called as it moves, and once at the end."""

    def __init__(self, parent: QGraphicsItem, dragged: Callable[[LevelLine, float, bool], object]) -> None:
        super().__init__(parent, 28.0)
        self.price = 0.0
        self.dragging = False
        self._dragged = dragged
        self._text = ""
        self._pointed = self._chosen = False
        self._grabbed_at = self._tag_shift = 0.0
        self._texts: Texts | None = None
        self._theme: Theme | None = None
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.setCursor(Qt.CursorShape.SizeVerCursor)

    def wear(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._texts = theme, Texts(font)
        self.update()

    def show_price(self, price: float, text: str) -> None:
        """Stand for a price."""
        self.price = price
        if text != self._text:
            self._text = text
            self.update()

    def mark(self, *, pointed: bool, chosen: bool) -> None:
        """Stand out where it is pointed at; one that is chosen tells it by the edge of its tag only."""
        if (pointed, chosen) != (self._pointed, self._chosen):
            self._pointed, self._chosen = pointed, chosen
            self.update()

    def place(self, y: float, size: tuple[float, float]) -> None:
        """Take a place in a pane of a size; the tag stays inside it, and a level outside is not seen."""
        width, height = size
        half = _TAG_HEIGHT / 2 + 1
        shift = min(max(y, half), height - half) - y
        self.setVisible(0 <= y <= height)
        self.cover(QRectF(0, -2 * half, width, 4 * half))
        self.setPos(0, round(y))
        if shift != self._tag_shift:
            self._tag_shift = shift
            self.update()

    def _tag_rect(self) -> QRectF:
        width = (self._texts.width(self._text) if self._texts is not None else 0.0) + 2 * _TAG_PAD
        left = self._rect.width() - width - _RIGHT
        return QRectF(round(left), round(self._tag_shift - _TAG_HEIGHT / 2), round(width), _TAG_HEIGHT)

    @override
    @guarded(QPainterPath)
    def shape(self) -> QPainterPath:
        """Return what can be grabbed: a strip around the line, and the tag."""
        path = QPainterPath()
        path.addRect(QRectF(0, -GRAB_PX, self._rect.width(), 2 * GRAB_PX))
        path.addRect(self._tag_rect())
        return path

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the line and its tag."""
        theme, texts = self._theme, self._texts
        if theme is None or texts is None:
            return
        loud = self._pointed or self.dragging
        tag = self._tag_rect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen(theme.text if loud else theme.dim, alpha=1.0 if loud else _QUIET))
        painter.drawLine(QPointF(0, 0), QPointF(self._rect.width(), 0))
        draw_tag(painter, tag, theme.raised, theme.text if loud or self._chosen else theme.faint)
        painter.setPen(QColor(theme.text))
        painter.setFont(texts.font)
        texts.draw(painter, tag.left() + _TAG_PAD, tag.center().y(), self._text)

    @guarded(nothing)
    def mouseDragEvent(self, event: Any) -> None:
        """Follow the pointer; pyqtgraph's scene calls this, to a drag's end even where the line is gone."""
        if event.button() != Qt.MouseButton.LeftButton:
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
