"""The newest price: a dot where the line ends and a dotted line from there to its tag."""

from __future__ import annotations

from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QGraphicsLineItem

from app.charts.pens import pen

_RADIUS = 3.5


class LastPrice:
    """In the pane's pixels."""

    def __init__(self, parent: QGraphicsItem) -> None:
        self._line = QGraphicsLineItem(parent)
        self._dot = QGraphicsEllipseItem(-_RADIUS, -_RADIUS, 2 * _RADIUS, 2 * _RADIUS, parent)
        self._line.setZValue(40)
        self._dot.setZValue(41)
        self._worn = ("", "")
        self.dotted = True
        """Whether there is a dot: a candle tells by itself where it ends."""
        self.hide()

    def set_colour(self, colour: str, ground: str) -> None:
        """Wear a colour; the dot has a rim of the ground's, so that it stands off the line."""
        if (colour, ground) != self._worn:
            self._worn = (colour, ground)
            self._line.setPen(pen(colour, (1.0, 2.0)))
            self._dot.setBrush(QColor(colour))
            self._dot.setPen(pen(ground))

    def show_at(self, x: float, y: float, size: tuple[float, float]) -> None:
        """Stand at the newest tick of a pane of a size: the dot where it is in sight, the line where its price is."""
        width, height = size
        if not 0 <= y <= height:
            self.hide()
            return
        start = min(max(x, 0.0), width)
        self._line.setLine(QLineF(start, round(y), width, round(y)))
        self._dot.setPos(x, y)
        self._line.show()
        self._dot.setVisible(self.dotted and 0 <= x <= width)

    def hide(self) -> None:
        """Show nothing."""
        self._line.hide()
        self._dot.hide()
