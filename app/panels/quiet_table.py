"""A table without grid, row numbers or frame."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from app.panels.cells import ROW_PX, CellDelegate
from app.stylesheet import SECONDARY_PX, desk_font
from app.theme import Theme


class QuietTable(QTableView):
    """One row is chosen at a time; the last column stretches unless `stretch` names another."""

    def __init__(
        self,
        model: QAbstractItemModel,
        theme: Theme,
        *,
        stretch: int,
        name: str,
        cells: CellDelegate | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_PX)
        rows.setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setFont(desk_font(SECONDARY_PX))
        header.setFixedHeight(ROW_PX)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        self.cells = CellDelegate(theme) if cells is None else cells
        self.cells.setParent(self)
        self.setItemDelegate(self.cells)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.cells.set_theme(theme)
        self.viewport().update()
