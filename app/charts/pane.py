"""One pane of a chart as the pointer knows it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGraphicsSceneWheelEvent, QGraphicsWidget

from app.guarded import guarded, nothing
from app.override import override

_NOTCH = 120.0


class Pane(QGraphicsWidget):
    """A pane that tells what the pointer did to it, and does nothing by itself.

    Its items stay inside it by themselves: clipping them would make every frame dearer.
    """

    wheeled = Signal(float, float)  # notches, x
    scrolled = Signal(float)  # notches to the left
    dragged = Signal(float, bool)  # pixels since the button went down, whether this is the first

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.CrossCursor)

    @override
    @guarded(nothing)
    def wheelEvent(self, ev: QGraphicsSceneWheelEvent) -> None:
        """Tell of the wheel."""
        ev.accept()
        notches = ev.delta() / _NOTCH
        if (
            ev.orientation() == Qt.Orientation.Horizontal
            or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self.scrolled.emit(notches)
        else:
            self.wheeled.emit(notches, ev.pos().x())

    @guarded(nothing)
    def mouseDragEvent(self, ev: Any) -> None:
        """Tell of a drag; pyqtgraph's scene calls this."""
        if ev.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            ev.ignore()
            return
        ev.accept()
        self.dragged.emit(ev.scenePos().x() - ev.buttonDownScenePos().x(), bool(ev.isStart()))
