"""A list of two-line rows that says in words when it is empty."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from app.guarded import guarded, nothing
from app.override import override
from app.panels.cells import EDGE_PX, TWO_LINE_PX, TwoLineDelegate
from app.stylesheet import TEXT_PX, desk_font
from app.theme import Theme


class TwoLineList(QListView):
    """Rows of name, detail and figure."""

    def __init__(
        self,
        model: QAbstractItemModel,
        theme: Theme,
        *,
        dot: bool,
        name: str,
        empty: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._empty = empty
        self.setModel(model)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows = TwoLineDelegate(theme, dot=dot, parent=self)
        self.setItemDelegate(self.rows)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._theme = theme
        self.rows.set_theme(theme)
        self.viewport().update()

    def content_height(self) -> int:
        """Return the height that shows every row, or the words for none."""
        return max(self.model().rowCount(), 1) * TWO_LINE_PX

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, self.content_height())

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount():
            return
        painter = QPainter(self.viewport())
        painter.setFont(desk_font(TEXT_PX))
        painter.setPen(QColor(self._theme.dim))
        area = self.viewport().rect().adjusted(EDGE_PX, 8, -EDGE_PX, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(area, int(flags) | int(Qt.TextFlag.TextWordWrap), self._empty)
        painter.end()
