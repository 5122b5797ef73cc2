"""The event log: what the guard decided, newest first, filtered by kind."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from analytics.events import DataEvent, EventKind
from app.desk import Desk
from app.formatting import time_ms_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import KEY_ROLE, TONE_ROLE, Tone
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
HEADERS = ("Time", "Kind", "Symbol", "Place", "Detail")
KIND_COLUMN = 1
MOST_ROWS = 2_000
"""Rows kept for reading; what is older is counted in the status bar."""
_LOUD = {EventKind.QUARANTINED, EventKind.GAP, EventKind.OUT_OF_RANGE, EventKind.SERIES_FAULT}


class EventLogModel(QAbstractTableModel):
    """The newest data events of one kind, or of all; `unseen` counts those since `mark_seen`."""

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._kind: EventKind | None = None
        self._rows: list[DataEvent] = []  # oldest first; row r shows the r-th from the end
        self._charted = ""  # whose zone the times of what bears no symbol are told in
        self._generation = desk.generation
        self._read = 0
        self._seen = 0

    @property
    def unseen(self) -> int:
        """Return how many events came since the log was last looked at."""
        return max(self._desk.events.count - self._seen, 0)

    def mark_seen(self) -> None:
        """Note that the log was looked at."""
        self._seen = self._desk.events.count

    def set_charted(self, symbol: str) -> None:
        """Tell the times of events without a symbol in this one's zone, so that a column has one zone."""
        self._charted = symbol
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))

    def set_kind(self, kind: EventKind | None) -> None:
        """Show one kind only; None shows all."""
        self._kind = kind
        self._restart()
        self.refresh()

    def refresh(self) -> list[DataEvent]:
        """Take new events from the log and return them, of whatever kind, oldest first."""
        if self._desk.generation != self._generation or self._desk.events.count < self._read:
            self._generation = self._desk.generation
            self._seen = 0
            self._restart()
        fresh, self._read = self._desk.events.since(self._read)
        new = [each for each in fresh if self._kind in (None, each.kind)][-MOST_ROWS:]
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()
            self._trim()
        return list(fresh)

    def event_at(self, row: int) -> DataEvent | None:
        """Return the event of a row, None past the last."""
        return self._rows[-1 - row] if 0 <= row < len(self._rows) else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        event = self.event_at(index.row())
        if event is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(event, index.column())
        if role == TONE_ROLE:
            if index.column() == KIND_COLUMN:
                return Tone.WARNING if event.kind in _LOUD else Tone.TEXT
            return Tone.TEXT if index.column() in (2, 4) else Tone.DIM
        if role == KEY_ROLE:
            return event
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HEADERS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, event: DataEvent, column: int) -> str:
        if column == 0:
            return time_ms_text(event.ts_ns, self._quotes.calendar(event.symbol or self._charted).zone)
        return (event.kind.value, event.symbol, str(event.position), event.detail)[column - 1]

    def _restart(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self._read = 0
        self.endResetModel()

    def _trim(self) -> None:
        over = len(self._rows) - MOST_ROWS
        if over > 0:
            self.beginRemoveRows(QModelIndex(), MOST_ROWS, len(self._rows) - 1)
            del self._rows[:over]
            self.endRemoveRows()
