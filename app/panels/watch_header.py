"""The watchlist's columns: which are shown, how wide they are, and which one it is sorted by."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHeaderView

from app.override import override
from app.panels.quiet_table import QuietTable
from app.panels.watch_cells import SPARK_PX
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font
from app.viewmodels.watch_columns import COLUMNS, FIRST_EXTRA, FROM_VWAP, SHOWN_ORDER, SPARK, SYMBOL
from app.viewmodels.watchlist import WatchlistModel

_PADDING_PX, _EXTRA_PADDING_PX = 6, 16
_EDGE_PX = 7
_ROOM_FOR_VWAP_PX = 262
_ROOM_FOR_SPARK_PX = 374
_LEAST_SYMBOL_PX = 112  # where more columns are chosen than there is room for


class WatchHeader(QObject):
    """Looks after the header of a watchlist's table.

    The sparkline is shown where there is room for it, unless it was chosen for good or against.
    """

    menu_wanted = Signal(QPoint)
    sorted = Signal()

    def __init__(self, table: QuietTable, model: WatchlistModel) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self._extra: set[int] = set()
        self._never: set[int] = set()
        header = table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorShown(False)
        for place, column in enumerate(SHOWN_ORDER):
            header.moveSection(header.visualIndex(column), place)
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            if column != SYMBOL:
                header.resizeSection(column, _width_of(column))
        header.sectionClicked.connect(self.step_sort)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.menu_wanted.emit(header.mapToGlobal(at)))
        table.viewport().installEventFilter(self)
        self.fit()

    @property
    def choice(self) -> tuple[int, ...]:
        """Return the chosen columns, and those chosen against as negative numbers."""
        return (*sorted(self._extra), *(-each for each in sorted(self._never)))

    @property
    def shown(self) -> frozenset[int]:
        """Return the columns that are shown now."""
        return frozenset(each for each in SHOWN_ORDER if not self._table.isColumnHidden(each))

    def choose(self, choice: tuple[int, ...]) -> None:
        """Take a choice on; numbers of no column are passed over."""
        self._extra = {each for each in choice if FIRST_EXTRA <= each < len(COLUMNS)}
        self._never = {-each for each in choice if SYMBOL < -each < len(COLUMNS)} - self._extra
        self.fit()

    def show_column(self, column: int, shown: bool) -> None:
        """Show a column, or hide it."""
        self._extra.discard(column)
        self._never.discard(column)
        if shown and column >= FIRST_EXTRA:
            self._extra.add(column)
        if not shown and (column < FIRST_EXTRA or column == SPARK):
            self._never.add(column)
        self.fit()

    def fit(self) -> None:
        """Fit the columns into the table as wide as it is."""
        wanted = frozenset(column for column in SHOWN_ORDER if self._is_wanted(column, self._table.width()))
        if wanted != self.shown:
            for column in SHOWN_ORDER:
                self._table.setColumnHidden(column, column not in wanted)
        self._model.set_used(wanted)
        taken = sum(self._table.columnWidth(column) for column in wanted if column != SYMBOL)
        least = _LEAST_SYMBOL_PX if self._extra else 0
        room = self._table.viewport().width() - taken
        self._table.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if room < least else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self._table.setColumnWidth(SYMBOL, max(room, least))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def step_sort(self, column: int) -> None:
        """Sort by a column: numbers from the largest first, then the other way, then as the list has them."""
        first = column != SYMBOL
        now = self._model.sorting
        if now == (column, not first):
            self.unsort()
        else:
            self.sort(column, descending=first if now != (column, first) else not first)

    def sort(self, column: int, *, descending: bool) -> None:
        """Sort by a column."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._model.sort(column, order)
        self.sorted.emit()

    def unsort(self) -> None:
        """Show the symbols as the list has them."""
        self._model.sort(-1)
        self.sorted.emit()

    def _is_wanted(self, column: int, width: int) -> bool:
        if column in self._never:
            return False
        if column in self._extra or column < FROM_VWAP:
            return True
        if column == FROM_VWAP:
            return width >= _ROOM_FOR_VWAP_PX
        return column == SPARK and width >= _ROOM_FOR_SPARK_PX


def _width_of(column: int) -> int:
    if column == SPARK:
        return SPARK_PX
    title = QFontMetrics(desk_font(SECONDARY_PX)).horizontalAdvance(COLUMNS[column].title)
    widest = QFontMetrics(desk_font(TEXT_PX, QFont.Weight.Medium)).horizontalAdvance(COLUMNS[column].widest)
    padding = _EXTRA_PADDING_PX if column >= FIRST_EXTRA else _PADDING_PX
    return max(widest, title) + padding + (_EDGE_PX if column == FROM_VWAP else 0)
