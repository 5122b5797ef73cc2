"""The performance overlay (F12): what a frame costs and how evenly the window's heart beats."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.stylesheet import SECONDARY_PX, desk_font, set_look

_NAMES = ("Frame p50", "Frame p99", "Heartbeat p99", "Ticks/s", "Rows held", "Memory")
_MARGIN_PX = 12


class PerformanceOverlay(QFrame):
    """A small box at the chart's top left that takes no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self.setAccessibleName("Performance")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        self._values: list[QLabel] = []
        for row, name in enumerate(_NAMES):
            title, value = QLabel(name), QLabel("–")
            for label in (title, value):
                label.setFont(desk_font(SECONDARY_PX))
            set_look(title, "tone", "dim")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setMinimumWidth(72)
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1)
            self._values.append(value)
        self.hide()

    def show_values(self, texts: tuple[str, ...]) -> None:
        """Show one text for each name."""
        for label, text in zip(self._values, texts, strict=True):
            label.setText(text)

    def place(self, top: int) -> None:
        """Stand at the parent's left edge below `top`."""
        self.adjustSize()
        self.move(_MARGIN_PX, top + _MARGIN_PX)
        self.raise_()
