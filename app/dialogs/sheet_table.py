"""The first rows of a file as they will be read, in a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QHeaderView, QTableView, QWidget

from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font
from app.viewmodels.file_sheet import FileSheet, SheetRow

AnyIndex = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_HEADERS = ("Row", "Time", "Symbol", "Price", "Size", "Seq", "")
_FATE = 6
_RIGHT = {0, 3, 4, 5}
_ROW_PX = 22
_WIDTHS_PX = (44, 104, 112, 84, 70, 78)


class SheetModel(QAbstractTableModel):
    """Rows of a sheet; what does not become a tick says so in the last column."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[SheetRow, ...] = ()
        self._zone = ""

    def show_sheet(self, sheet: FileSheet | None) -> None:
        """Show a sheet's rows, or none."""
        self.beginResetModel()
        self._rows = () if sheet is None else sheet.rows
        self._zone = "" if sheet is None else sheet.zone
        self.endResetModel()

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(_HEADERS)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.reason or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == 1:
            return f"Times in {self._zone}"
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _text(self, row: SheetRow, column: int) -> str:
        if column == _FATE:
            return f"{row.fate}: {row.reason}" if row.fate else ""
        return (row.number, row.time, row.symbol, row.price, row.size, row.seq)[column]


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _colour(row: SheetRow, column: int) -> Any:
    palette = QApplication.palette()
    if row.fate:
        return palette.color(QPalette.ColorRole.BrightText)
    return palette.color(QPalette.ColorRole.PlaceholderText) if column in (0, 5) else None


class SheetTable(QTableView):
    """A quiet table that takes the keyboard, so that its rows can be read one by one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = SheetModel(self)
        self.setModel(self.sheet)
        self.setAccessibleName("First rows as they will be read")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QTableView { border: none; }")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(_ROW_PX)
        rows.setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setFont(desk_font(SECONDARY_PX))
        header.setFixedHeight(_ROW_PX)
        header.setHighlightSections(False)
        for column, width in enumerate(_WIDTHS_PX):
            self.setColumnWidth(column, width)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def show_sheet(self, sheet: FileSheet | None) -> None:
        """Show a sheet's rows; dates make the column of times wide."""
        self.sheet.show_sheet(sheet)
        dated = sheet is not None and any(" " in row.time for row in sheet.rows)
        self.setColumnWidth(1, 176 if dated else _WIDTHS_PX[1])
