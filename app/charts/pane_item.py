"""What every item painted in a pane has in common."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from app.guarded import guarded
from app.override import override

_NO_SHAPE = QPainterPath()


class PaneItem(QGraphicsRectItem):
    """An item that covers a rectangle and lets the pointer through.

    Qt asks for that rectangle some times a frame: a rectangle item answers without any Python.
    """

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent)
        self.setZValue(z)
        self.setPen(Qt.PenStyle.NoPen)  # which would widen the rectangle
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._rect = QRectF()

    def cover(self, rect: QRectF) -> None:
        """Take a rectangle, in the parent's coordinates."""
        if rect != self._rect:
            self._rect = QRectF(rect)
            self.setRect(rect)

    @override
    @guarded(QPainterPath)
    def shape(self) -> QPainterPath:
        """Return nothing: there is nothing to point at, and looking for it would cost time."""
        return _NO_SHAPE
