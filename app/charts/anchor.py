"""The anchor tool: tells at which tick an anchored VWAP is to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF


class Anchor:
    """`anchored(x)` is called with the pixel that was picked, of the price pane."""

    points = 1
    hint = "Anchor a VWAP: click where it is to begin"

    def __init__(self, anchored: Callable[[float], object]) -> None:
        self._anchored = anchored

    def begin(self, at: QPointF) -> None:
        """Anchor at a pixel."""
        self._anchored(at.x())

    def move(self, at: QPointF) -> None:
        """Nothing follows the pointer but the crosshair."""

    def end(self, at: QPointF) -> None:
        """Nothing is left to be done."""

    def cancel(self) -> None:
        """Nothing was begun."""
