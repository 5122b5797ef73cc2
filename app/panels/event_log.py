"""The event log: gaps, late and duplicate ticks, quarantine, restarts; one kind or all."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QLabel, QVBoxLayout, QWidget

from analytics.events import EventKind
from app.panels.quiet_table import QuietTable
from app.stylesheet import set_look
from app.theme import Theme
from app.viewmodels.event_log import HEADERS, EventLogModel

_WIDTHS_PX = (104, 104, 124, 96)


class EventLogPanel(QWidget):
    """The table of data events, newest first, and a box that filters by kind."""

    event_picked = Signal(object)

    def __init__(self, model: EventLogModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("Kind of event")
        self.kinds.addItem("All kinds", None)
        for kind in EventKind:
            self.kinds.addItem(kind.value.capitalize(), kind)
        self.kinds.currentIndexChanged.connect(lambda _row: model.set_kind(self.kinds.currentData()))
        words = QLabel("Show")
        words.setBuddy(self.kinds)
        set_look(words, "tone", "dim")
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 10, 2)
        row.setSpacing(8)
        row.addWidget(words)
        row.addWidget(self.kinds)
        row.addStretch(1)
        self.table = QuietTable(model, theme, stretch=len(HEADERS) - 1, name="Event log")
        for number, width in enumerate(_WIDTHS_PX):
            self.table.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(number, width)
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.table, 1)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)

    def _pick(self, index: QModelIndex) -> None:
        event = self._model.event_at(index.row())
        if event is not None:
            self.event_picked.emit(event)
