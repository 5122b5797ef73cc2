"""The watchlist: one row a symbol, texts cached, and only cells that changed announced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.desk import Desk
from app.formatting import NO_VALUE, time_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.flashes import Flashes
from app.viewmodels.quotes import Quote, Quotes
from app.viewmodels.sparklines import Sparklines
from app.viewmodels.tones import FLASH_ROLE, KEY_ROLE, SHOWN_ROLE, SPARK_ROLE, TONE_ROLE, Tone, tone_of
from app.viewmodels.watch_columns import COLUMNS, FIRST_EXTRA, LAST, LOWEST, SPARK
from app.viewmodels.watched import Watched

__all__ = ["COLUMNS", "FIRST_EXTRA", "AnyIndex", "WatchlistModel"]

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_ALL = frozenset(range(len(COLUMNS)))
_SPARK_SHARE = 10
"""A sparkline that is there is made again at every tenth pull, once a second."""
_OF_THE_SESSION = {9: "High", 10: "Low"}


class WatchlistModel(QAbstractTableModel):
    """The watched symbols that match the find text, in the order of the sorted column.

    While it is held (`set_held`) rows keep their places, and new symbols come last.
    """

    def __init__(
        self,
        desk: Desk,
        quotes: Quotes,
        parent: QObject | None = None,
        *,
        sparks: Sparklines | None = None,
        flashes: Flashes | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self.sparks = Sparklines(desk) if sparks is None else sparks
        self._flashes = Flashes() if flashes is None else flashes
        self._flashing = True
        self._watched = Watched()
        self._known: tuple[str, ...] = ()
        self._rows: list[str] = []
        self._cells: dict[str, dict[int, str]] = {}
        self._latest: dict[str, Quote] = {}
        self._used = _ALL
        self._generation = desk.generation
        self._shown = ""
        self._stale = self._held = False
        self._sort: tuple[int, bool] | None = None  # column, descending; None: as the list has them

    # What is listed

    @property
    def watched(self) -> tuple[str, ...] | None:
        """Return the chosen symbols, None for all of the feed."""
        return self._watched.chosen

    @property
    def known(self) -> tuple[str, ...]:
        """Return the feed's symbols."""
        return self._known

    @property
    def table(self) -> tuple[str, ...]:
        """Return the symbols of the instrument table."""
        return tuple(each.symbol for each in self._desk.instruments)

    @property
    def sorting(self) -> tuple[int, bool] | None:
        """Return the sorted column and whether the largest comes first, None as the list has them."""
        return self._sort

    @property
    def held(self) -> bool:
        """Return whether rows keep their places."""
        return self._held

    @property
    def flashing(self) -> bool:
        """Return whether a price that moved flashes."""
        return self._flashing

    def set_watched(self, symbols: tuple[str, ...] | None) -> None:
        """List these symbols, in this order; None lists all of the feed."""
        chosen = None if symbols is None else tuple(dict.fromkeys(symbols))
        self._watched = Watched(chosen, self._watched.find)
        self._rebuild()

    def set_find(self, text: str) -> None:
        """Show only symbols that contain `text`, whatever its case; of the feed's those not chosen come last."""
        self._watched = Watched(self._watched.chosen, text.strip().upper())
        self._rebuild()

    def holds(self, symbol: str) -> bool:
        """Return whether a symbol is in the list, whatever is sought."""
        return self._watched.holds(symbol)

    def with_symbol(self, symbol: str) -> tuple[str, ...] | None:
        """Return the list with one more symbol."""
        return self._watched.with_symbol(symbol)

    def without(self, symbol: str) -> tuple[str, ...]:
        """Return the list without a symbol."""
        return self._watched.without(symbol, self._known)

    # What changes

    def refresh(self) -> None:
        """Take what is new from the desk and announce the cells whose text changed."""
        if self._desk.generation != self._generation:
            self._generation = self._desk.generation
            self._latest.clear()
            self._flashes.clear()
        if self._desk.symbols != self._known:
            self._known = self._desk.symbols
            self._rebuild()
        for row, symbol in enumerate(self._rows):
            quote = self._quotes.quote(symbol)
            if quote is None:
                if symbol in self._cells:
                    self._forget(row, symbol)
            elif quote is not self._latest.get(symbol):
                self._note_move(symbol, quote)
                self._latest[symbol] = quote
                self._update(row, symbol, quote)
        self._announce(self._flashes.fade(), LAST, FLASH_ROLE)
        self._refresh_sparks()

    def set_used(self, columns: frozenset[int]) -> None:
        """Keep only these columns up to date; others are made as they are asked for."""
        if columns == self._used:
            return
        self._used = columns
        self._cells.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))

    def set_flashing(self, flashing: bool) -> None:
        """Switch flashes on or off."""
        self._flashing = flashing
        if not flashing:
            self._flashes.clear()
            self._announce(self._rows, LAST, FLASH_ROLE)

    def set_spark_span(self, span_ns: int | None) -> None:
        """Draw sparklines of the last so many nanoseconds, or with None of the session so far."""
        self.sparks.set_span(span_ns)
        self._refresh_sparks()
        self._announce(self._rows, SPARK, SPARK_ROLE)

    def set_held(self, held: bool) -> None:
        """Keep the rows in their places, or put them in order again."""
        if held != self._held:
            self._held = held
            self.resort()

    def resort(self) -> None:
        """Put the rows in order again by the values of now."""
        if self._sort is not None and self._sort[0] > 0 and not self._held:
            self._reorder()

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
        if role == FLASH_ROLE:
            return self._flashes.flash(symbol) if column == LAST else None
        if role == SPARK_ROLE:
            return self.sparks.spark(symbol) if column == SPARK else None
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(symbol, column, role)
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
        if column == 0:
            return symbol if self.holds(symbol) else f"+ {symbol}"
        quote = self._latest.get(symbol)
        if quote is None:
            return NO_VALUE if column != SPARK else ""
        cells = self._cells.setdefault(symbol, {})
        text = cells.get(column)
        if text is None:
            text = cells[column] = COLUMNS[column].text(quote)
        return text

    def _tone(self, symbol: str, column: int) -> Tone:
        quote = self._latest.get(symbol)
        if column == 0:
            return (
                Tone.TEXT
                if self.holds(symbol) and (quote is not None or not self._absent(symbol))
                else Tone.DIM
            )
        if quote is None or self._stale:
            return Tone.DIM
        return tone_of(quote.change) if column == SPARK else COLUMNS[column].tone(quote)

    def _absent(self, symbol: str) -> bool:
        return symbol not in self._known

    def _words(self, symbol: str, column: int, role: int) -> str | None:
        """Return what a cell says to those who cannot see it, or, as a tooltip, what it does not say itself."""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column == SPARK:
                return f"{symbol} sparkline"
            return f"{symbol} {COLUMNS[column].hint} {self._text(symbol, column)}"
        quote = self._latest.get(symbol)
        if not self.holds(symbol):
            return f"Enter adds {symbol} to the list"
        if column == 0 and self._absent(symbol):
            return f"{symbol} has no tick in this feed"
        if column in _OF_THE_SESSION and quote is not None and quote.since_ns is not None:
            since = time_text(quote.since_ns, self._quotes.calendar(symbol).zone)
            return f"{_OF_THE_SESSION[column]} since {since}: ticks before were let go of"
        return None

    def _note_move(self, symbol: str, quote: Quote) -> None:
        before = self._latest.get(symbol)
        if self._flashing and before is not None and quote.last != before.last:
            self._flashes.add(symbol, up=quote.last > before.last)

    def _update(self, row: int, symbol: str, quote: Quote) -> None:
        before = self._cells.get(symbol, {})
        texts = self._cells[symbol] = {column: COLUMNS[column].text(quote) for column in self._used}
        for column, text in texts.items():
            if before.get(column) != text:
                cell = self.index(row, column)
                self.dataChanged.emit(cell, cell)

    def _refresh_sparks(self) -> None:
        if SPARK in self._used:
            lacking = any(each in self._latest and self.sparks.spark(each) is None for each in self._rows)
            share = 1 if lacking else _SPARK_SHARE
            self._announce(self.sparks.refresh(tuple(self._rows), share=share), SPARK, SPARK_ROLE)

    def _announce(self, symbols: Iterable[str], column: int, role: int) -> None:
        """Announce that one column changed of some symbols, where they are listed."""
        for symbol in symbols:
            row = self.row_of(symbol)
            if row is not None:
                cell = self.index(row, column)
                self.dataChanged.emit(cell, cell, [role])

    def _forget(self, row: int, symbol: str) -> None:
        self._latest.pop(symbol, None)
        self._cells.pop(symbol, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _rebuild(self) -> None:
        rows = self._ordered(list(self._watched.listed(self._known)))
        if self._held and not self._watched.find:
            stay = [each for each in self._rows if each in rows]
            rows = stay + [each for each in rows if each not in stay]
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _reorder(self) -> None:
        ordered = self._ordered(list(self._watched.listed(self._known)))
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
        return sorted(self._sorted(symbols, *self._sort), key=lambda symbol: not self.holds(symbol))

    def _sorted(self, symbols: list[str], column: int, descending: bool) -> list[str]:
        if column == 0:
            return sorted(symbols, reverse=descending)

        def value(symbol: str) -> float:
            quote = self._latest.get(symbol)
            return LOWEST if quote is None else COLUMNS[column].number(quote)

        return sorted(symbols, key=value, reverse=descending)
