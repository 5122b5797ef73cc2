"""Time and sales: the newest ticks of one symbol, read from its columns only where a row is painted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from analytics.columns import ColumnsView
from app.desk import Desk
from app.formatting import NO_VALUE, arrow, time_ms_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import TONE_ROLE, Tone, tone_of
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
MOST_ROWS = 500
HEADERS = ("Time", "Price", "Size", "VWAP")
PRICE_COLUMN = 1


class TradesModel(QAbstractTableModel):
    """The last 500 ticks of a symbol, newest first."""

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._symbol = ""
        self._view: ColumnsView | None = None
        self._generation = desk.generation
        self._held = 0

    def set_symbol(self, symbol: str) -> None:
        """Show another symbol."""
        self._symbol = symbol
        self._restart(None)
        self.refresh()

    def refresh(self) -> None:
        """Take the newest ticks."""
        view = self._desk.view(self._symbol) if self._symbol else None
        before = self._view
        if view is None or before is None or self._desk.generation != self._generation:
            if view is not before:
                self._restart(view)
            return
        new = view.count - before.count
        if new == 0 and view.generation == before.generation:
            return
        if new < 0 or new >= MOST_ROWS or view.generation != before.generation:
            self._restart(view)
            return
        self.beginInsertRows(QModelIndex(), 0, new - 1)
        self._view = view
        self._held += new
        self.endInsertRows()
        over = self._held - MOST_ROWS
        if over > 0:
            self.beginRemoveRows(QModelIndex(), MOST_ROWS, self._held - 1)
            self._held = MOST_ROWS
            self.endRemoveRows()

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else self._held

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        view = self._view
        if view is None or not 0 <= index.row() < self._held:
            return None
        row = view.count - 1 - index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(view, row, index.column())
        if role == TONE_ROLE:
            if index.column() == PRICE_COLUMN:
                return tone_of(_step(view, row))
            return Tone.DIM if index.column() in (0, 3) else Tone.TEXT
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
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
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, view: ColumnsView, row: int, column: int) -> str:
        style = self._quotes.style(view.symbol)
        if column == 0:
            return time_ms_text(int(view.ts_ns[row]), self._quotes.calendar(view.symbol).zone)
        if column == PRICE_COLUMN:
            price = style.price(float(view.price[row] / 10.0**view.price_scale))
            return f"{arrow(_step(view, row))} {price}".strip()
        if column == 2:
            size = float(view.size[row] / 10.0**view.size_scale)
            return style.count(size) if size else NO_VALUE
        vwap = view.series.get("vwap(session)")
        return style.price(float(vwap[row])) if vwap is not None else NO_VALUE

    def _restart(self, view: ColumnsView | None) -> None:
        self.beginResetModel()
        self._generation = self._desk.generation
        self._view = view
        self._held = 0 if view is None else min(view.count - view.first, MOST_ROWS)
        self.endResetModel()


def _step(view: ColumnsView, row: int) -> int:
    """Return the price's change from the tick before, in its smallest units."""
    return int(view.price[row]) - int(view.price[row - 1]) if row > view.first else 0
