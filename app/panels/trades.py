"""Time and sales of the charted symbol."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QWidget

from app.panels.quiet_table import QuietTable
from app.theme import Theme
from app.viewmodels.trades import TradesModel

_WIDTHS_PX = (108, 110, 90, 120)
_SCROLL_BAR_PX = 8


class TradesPanel(QWidget):
    """The newest ticks first."""

    def __init__(self, model: TradesModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.table = QuietTable(model, theme, stretch=len(_WIDTHS_PX) - 1, name="Time and sales")
        header = self.table.horizontalHeader()
        for column, width in enumerate(_WIDTHS_PX):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        self.table.setFixedWidth(sum(_WIDTHS_PX) + _SCROLL_BAR_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.table)
        row.addStretch(1)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)
