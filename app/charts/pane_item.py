"""What every item painted in a pane has in common."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem

from app.guarded import guarded
from app.override import override

_NO_SHAPE = QPainterPath()


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
