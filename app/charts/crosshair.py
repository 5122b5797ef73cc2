"""The crosshair: one vertical line through all panes, one horizontal through the one pointed at."""

from __future__ import annotations

from PySide6.QtCore import QLineF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsLineItem

from app.charts.pens import DOTS, pen
from app.theme import Theme


class Crosshair:
    """Two dotted lines over everything, in the pixels of the item that holds the panes."""

    def __init__(self, over: QGraphicsItem) -> None:
        self._down = QGraphicsLineItem(over)
        self._across = QGraphicsLineItem(over)
        for line in (self._down, self._across):
            line.setZValue(90)
            line.hide()

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        for line in (self._down, self._across):
            line.setPen(pen(theme.dim, DOTS))

    def show_at(self, x: float, y: float | None, across: tuple[float, float], foot: float) -> None:
        """Cross at a point: down to `foot`, across from left to right; without a height only down."""
        x = round(x)
        self._down.setLine(QLineF(x, 0, x, foot))
        self._down.show()
        if y is not None:
            left, right = across
            self._across.setLine(QLineF(left, round(y), right, round(y)))
        self._across.setVisible(y is not None)

    def hide(self) -> None:
        """Show nothing."""
        self._down.hide()
        self._across.hide()
