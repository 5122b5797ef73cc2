"""The watchlist: one row a symbol, texts cached, and only cells that changed announced."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.desk import Desk
from app.formatting import NO_VALUE, arrow, compact_text, number_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quote, Quotes
from app.viewmodels.tones import KEY_ROLE, SHOWN_ROLE, TONE_ROLE, Tone, tone_of

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_LOWEST = -math.inf


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, what it shows of a quote, and the number that it sorts by."""

    title: str
    hint: str
    text: Callable[[Quote], str]
    number: Callable[[Quote], float]
    tone: Callable[[Quote], Tone] = lambda _quote: Tone.TEXT


def _percent(quote: Quote) -> str:
    return f"{arrow(quote.change)} {number_text(abs(quote.percent or 0.0), 2)}".strip()


def _or_lowest(value: float | None) -> float:
    return _LOWEST if value is None else value


COLUMNS = (
    Column("Symbol", "Symbol", lambda q: q.symbol, lambda _q: 0.0),
    Column("Last", "Last price", lambda q: q.style.price(q.last), lambda q: q.last),
    Column(
        "%",
        "Change in per cent",
        _percent,
        lambda q: _or_lowest(q.percent),
        lambda q: tone_of(q.change),
    ),
    Column(
        "vs VWAP",
        "Last price minus session VWAP",
        lambda q: q.style.signed(q.from_vwap),
        lambda q: _or_lowest(q.from_vwap),
        lambda q: Tone.TEXT if q.from_vwap is not None else Tone.DIM,
    ),
    Column(
        "Change",
        "Change in points",
        lambda q: q.style.signed(q.change),
        lambda q: q.change,
        lambda q: tone_of(q.change),
    ),
    Column("VWAP", "Session VWAP", lambda q: q.style.price(q.vwap), lambda q: _or_lowest(q.vwap)),
    Column(
        "Volume",
        "Traded quantity of the session",
        lambda q: compact_text(q.volume, indian=q.style.indian) if q.volume else NO_VALUE,
        lambda q: q.volume,
    ),
)
FIRST_EXTRA = 4
"""Columns from here on are shown on request."""


class WatchlistModel(QAbstractTableModel):
    """All symbols of the desk that match the find text, in the order of the sorted column."""

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._known: tuple[str, ...] = ()
        self._rows: list[str] = []
        self._cells: dict[str, list[str]] = {}
        self._latest: dict[str, Quote] = {}
        self._find = ""
        self._shown = ""
        self._stale = False
        self._sort: tuple[int, bool] | None = None  # column, descending; None: as the feed gives them

    def refresh(self) -> None:
        """Take what is new from the desk and announce the cells whose text changed."""
        if self._desk.symbols != self._known:
            self._known = self._desk.symbols
            self._rebuild()
        for row, symbol in enumerate(self._rows):
            quote = self._quotes.quote(symbol)
            if quote is None:
                if symbol in self._latest:
                    self._forget(row, symbol)
            elif quote is not self._latest.get(symbol):
                self._latest[symbol] = quote
                self._update(row, symbol, quote)

    def resort(self) -> None:
        """Put the rows in order again by the values of now."""
        if self._sort is not None and self._sort[0] > 0:
            self._reorder()

    def set_find(self, text: str) -> None:
        """Show only symbols that contain `text`, whatever its case."""
        self._find = text.strip().upper()
        self._rebuild()

    def set_shown(self, symbol: str) -> None:
        """Mark the symbol that the chart shows."""
        before, self._shown = self._shown, symbol
        for each in (before, symbol):
            row = self.row_of(each)
            if row is not None:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1), [SHOWN_ROLE])

    def set_stale(self, stale: bool) -> None:
        """Dim the figures: they are not of now."""
        if stale != self._stale:
            self._stale = stale
            if self._rows:
                last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 1), last, [TONE_ROLE])

    def symbol_at(self, row: int) -> str | None:
        """Return the symbol of a row, None past the last."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, symbol: str) -> int | None:
        """Return the row of a symbol, None where it is not listed now."""
        return self._rows.index(symbol) if symbol in self._rows else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        if not (0 <= row < len(self._rows) and 0 <= column < len(COLUMNS)):
            return None
        symbol = self._rows[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(symbol, column)
        if role == TONE_ROLE:
            return self._tone(symbol, column)
        if role == SHOWN_ROLE:
            return symbol == self._shown
        if role == KEY_ROLE:
            return symbol
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{symbol} {COLUMNS[column].hint} {self._text(symbol, column)}"
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{COLUMNS[section].hint}; click to sort, right-click for more columns"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = None if column < 0 else (column, order == Qt.SortOrder.DescendingOrder)
        self._reorder()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def _title(self, column: int) -> str:
        title = COLUMNS[column].title
        if self._sort is None or self._sort[0] != column:
            return title
        return f"{title} {'↓' if self._sort[1] else '↑'}"

    def _text(self, symbol: str, column: int) -> str:
        cells = self._cells.get(symbol)
        if cells is None:
            return NO_VALUE if column else symbol
        return cells[column]

    def _tone(self, symbol: str, column: int) -> Tone:
        quote = self._latest.get(symbol)
        if column and (quote is None or self._stale):
            return Tone.DIM
        return Tone.TEXT if quote is None else COLUMNS[column].tone(quote)

    def _update(self, row: int, symbol: str, quote: Quote) -> None:
        texts = [column.text(quote) for column in COLUMNS]
        before = self._cells.get(symbol)
        self._cells[symbol] = texts
        for column, text in enumerate(texts):
            if before is None or before[column] != text:
                cell = self.index(row, column)
                self.dataChanged.emit(cell, cell)

    def _forget(self, row: int, symbol: str) -> None:
        self._latest.pop(symbol, None)
        self._cells.pop(symbol, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._rows = self._ordered([s for s in self._known if self._find in s.upper()])
        self.endResetModel()

    def _reorder(self) -> None:
        ordered = self._ordered([s for s in self._known if self._find in s.upper()])
        if ordered == self._rows:
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._rows[index.row()]) for index in self.persistentIndexList()]
        self._rows = ordered
        for index, symbol in kept:
            self.changePersistentIndex(index, self.index(ordered.index(symbol), index.column()))
        self.layoutChanged.emit()

    def _ordered(self, symbols: list[str]) -> list[str]:
        if self._sort is None:
            return symbols
        column, descending = self._sort
        if column == 0:
            return sorted(symbols, reverse=descending)

        def value(symbol: str) -> float:
            quote = self._latest.get(symbol)
            return _LOWEST if quote is None else COLUMNS[column].number(quote)

        return sorted(symbols, key=value, reverse=descending)
