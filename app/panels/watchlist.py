"""The watchlist: every symbol's last price, change and distance to VWAP; a click charts it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.override import override
from app.panels.dock import PanelTitle
from app.panels.quiet_table import QuietTable
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font
from app.theme import Theme
from app.viewmodels.watchlist import COLUMNS, FIRST_EXTRA, WatchlistModel

_WIDEST = {1: "88,888.88", 2: "▲ 8.88", 3: "−888.88", 4: "−888.88", 5: "88,888.88", 6: "88.8 Cr"}
_PADDING_PX = 6
_ROOM_FOR_VWAP_PX = 262
_EDGE_PX = 7


class WatchlistPanel(QWidget):
    """The table of symbols, with a find box in its title."""

    symbol_picked = Signal(str)

    def __init__(self, model: WatchlistModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(200)
        self._model = model
        self.title = PanelTitle("Watchlist")
        self.finder = QLineEdit()
        self.finder.setObjectName("find")
        self.finder.setFont(desk_font(SECONDARY_PX))
        self.finder.setPlaceholderText("/ to find")
        self.finder.setAccessibleName("Find a symbol")
        self.finder.setFixedWidth(112)
        self.finder.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.finder.textChanged.connect(model.set_find)
        self.finder.returnPressed.connect(self._pick_first)
        self.finder.installEventFilter(self)
        self.title.add(self.finder)
        self.table = QuietTable(model, theme, stretch=0, name="Watchlist")
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        self._dress_header()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    @property
    def extra_columns(self) -> tuple[int, ...]:
        """Return the columns shown besides the first four."""
        return tuple(
            column for column in range(FIRST_EXTRA, len(COLUMNS)) if not self.table.isColumnHidden(column)
        )

    def show_columns(self, extra: tuple[int, ...]) -> None:
        """Show the first four columns and these."""
        for column in range(FIRST_EXTRA, len(COLUMNS)):
            self.table.setColumnHidden(column, column not in extra)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)

    def focus_find(self) -> None:
        """Put the keyboard into the find box."""
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.selectAll()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the distance to VWAP out where there is no room for the symbols beside it."""
        super().resizeEvent(event)
        self.table.setColumnHidden(FIRST_EXTRA - 1, event.size().width() < _ROOM_FOR_VWAP_PX)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.finder and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.finder.clear()
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() == Qt.Key.Key_Down:
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
                self.table.selectRow(0)
                return True
        return super().eventFilter(watched, event)

    def _dress_header(self) -> None:
        header = self.table.horizontalHeader()
        metrics = QFontMetrics(desk_font(TEXT_PX, QFont.Weight.Medium))
        for column, widest in _WIDEST.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            title = QFontMetrics(desk_font(SECONDARY_PX)).horizontalAdvance(COLUMNS[column].title)
            width = max(metrics.horizontalAdvance(widest), title) + _PADDING_PX
            header.resizeSection(column, width + (_EDGE_PX if column == FIRST_EXTRA - 1 else 0))
        self.show_columns(())
        header.setSectionsClickable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorShown(False)
        header.setSortIndicatorClearable(True)
        header.sectionClicked.connect(self._sort)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._column_menu)
        self._sorted: tuple[int, Qt.SortOrder] | None = None

    def _sort(self, column: int) -> None:
        """Sort by a column: numbers from the largest first, then the other way, then as the feed has them."""
        first = Qt.SortOrder.AscendingOrder if column == 0 else Qt.SortOrder.DescendingOrder
        other = Qt.SortOrder.DescendingOrder if column == 0 else Qt.SortOrder.AscendingOrder
        if self._sorted == (column, first):
            self._sorted = (column, other)
        elif self._sorted == (column, other):
            self._sorted = None
        else:
            self._sorted = (column, first)
        if self._sorted is None:
            self._model.sort(-1)
        else:
            self._model.sort(*self._sorted)

    def _column_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = self.extra_columns
        for column in range(FIRST_EXTRA, len(COLUMNS)):
            action = menu.addAction(COLUMNS[column].hint)
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setData(column)
        menu.triggered.connect(
            lambda action: self.table.setColumnHidden(action.data(), not action.isChecked())
        )
        menu.popup(self.table.horizontalHeader().mapToGlobal(at))

    def _pick(self, index: QModelIndex) -> None:
        symbol = self._model.symbol_at(index.row())
        if symbol is not None:
            self.symbol_picked.emit(symbol)

    def _pick_first(self) -> None:
        symbol = self._model.symbol_at(0)
        if symbol is not None:
            self.finder.clear()
            self.symbol_picked.emit(symbol)
