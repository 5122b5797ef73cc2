"""The series that a person may add, in a list: name, and how it is written."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font
from app.viewmodels.series_offer import Offer

_ROW_PX, _EDGE_PX, _MARK_PX = 26, 10, 2
_OFFER = Qt.ItemDataRole.UserRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SeriesList(QListWidget):
    """One row an `Offer`; `chosen` tells which one is, None for none."""

    chosen = Signal(object)
    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Series")
        self.setUniformItemSizes(True)
        self.setItemDelegate(_Rows(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(lambda now, _before: self.chosen.emit(_offer(now)))
        self.itemDoubleClicked.connect(lambda _item: self.taken.emit())

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the series in the list."""
        found = (_offer(self.item(row)) for row in range(self.count()))
        return tuple(each.name for each in found if each is not None)

    def show_offers(self, found: tuple[Offer, ...]) -> None:
        """Show these, and choose the one that was chosen where it is among them, else the first."""
        before = _offer(self.currentItem())
        self.clear()
        for each in found:
            item = QListWidgetItem(each.label)
            item.setData(_OFFER, each)
            item.setToolTip(each.definition)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{each.label}, {each.usage}")
            self.addItem(item)
        names = [each.name for each in found]
        place = names.index(before.name) if before is not None and before.name in names else 0
        self.setCurrentRow(place if names else -1)

    def move(self, rows: int) -> None:  # type: ignore[override]
        """Choose another one, so many rows on."""
        row = self.currentRow() + rows
        if 0 <= row < self.count():
            self.setCurrentRow(row)


def _offer(item: QListWidgetItem | None) -> Offer | None:
    found = None if item is None else item.data(_OFFER)
    return found if isinstance(found, Offer) else None


class _Rows(QStyledItemDelegate):
    """Paints a row: the name, and dim at the right how it is written."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        offer, palette, rect = index.data(_OFFER), QApplication.palette(), option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, palette.brush(QPalette.ColorRole.AlternateBase))
        if chosen:
            role = (
                QPalette.ColorRole.Highlight if self._view.hasFocus() else QPalette.ColorRole.PlaceholderText
            )
            painter.fillRect(QRect(rect.left(), rect.top(), _MARK_PX, rect.height()), palette.color(role))
        inner = rect.adjusted(_EDGE_PX, 0, -_EDGE_PX, 0)
        painter.setFont(desk_font())
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(inner, _LEFT, offer.label)
        used = painter.fontMetrics().horizontalAdvance(offer.label) + _EDGE_PX
        painter.setFont(desk_font(SECONDARY_PX))
        painter.setPen(QColor(palette.color(QPalette.ColorRole.PlaceholderText)))
        rest = inner.adjusted(used, 0, 0, 0)
        usage = painter.fontMetrics().elidedText(offer.usage, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, _RIGHT, usage)

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW_PX)
