"""The rows of the palette: what is found, painted with the typed signs in colour."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font
from app.theme import Theme
from app.viewmodels.palette import Found

ROW_PX, INSET_PX = 28, 14
FOUND = Qt.ItemDataRole.UserRole
_WIDTH_PX, _GAP_PX, _BAR_PX = 300, 16, 2
Index = QModelIndex | QPersistentModelIndex


def _no_value() -> object:
    return None


class FoundModel(QAbstractListModel):
    """What is found; a row's text says title, kind and keys, for those who hear it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: tuple[Found, ...] = ()

    def show(self, found: tuple[Found, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    @override
    @guarded(int)
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._found)

    @override
    @guarded(_no_value)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._found):
            return None
        found = self._found[index.row()]
        if role == FOUND:
            return found
        if role == Qt.ItemDataRole.DisplayRole:
            return found.choice.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = (found.choice.title, found.choice.kind, found.choice.keys, found.choice.fault)
            return ", ".join(part for part in parts if part)
        return None


class FoundPainter(QStyledItemDelegate):
    """Paints a row: the title with the typed signs in colour, its kind, its keys."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme
        self._font, self._bold = desk_font(), desk_font(weight=QFont.Weight.DemiBold)
        self._small = desk_font(SECONDARY_PX)

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH_PX, ROW_PX)

    @override
    @guarded(nothing)
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Found | None = index.data(FOUND)
        if found is None:
            return
        theme, room = self.theme, QRect(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(room, QColor(theme.raised))
            painter.fillRect(QRect(room.left(), room.top(), _BAR_PX, room.height()), QColor(theme.up))
        room.adjust(INSET_PX, 0, -INSET_PX, 0)
        room = self._paint_right(painter, room, found.choice.keys, theme.text)
        room = self._paint_right(painter, room, found.choice.kind, theme.dim)
        self._paint_title(painter, room, found)
        painter.restore()

    def _paint_right(self, painter: QPainter, room: QRect, text: str, ink: str) -> QRect:
        if not text:
            return room
        painter.setFont(self._small)
        painter.setPen(QColor(ink))
        width = QFontMetrics(self._small).horizontalAdvance(text)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return room.adjusted(0, 0, -width - _GAP_PX, 0)

    def _paint_title(self, painter: QPainter, room: QRect, found: Found) -> None:
        theme, metrics = self.theme, QFontMetrics(self._font)
        title, places = found.choice.title, set(found.places)
        ink = theme.warning if found.choice.fault else theme.text
        if metrics.horizontalAdvance(title) + 2 * len(places) > room.width():
            title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room.width() - 2 * len(places))
        x = room.left()
        for at, run in _runs(title, places):
            typed = at in places
            font = self._bold if typed else self._font
            painter.setFont(font)
            painter.setPen(QColor(theme.up if typed else ink))
            width = QFontMetrics(font).horizontalAdvance(run)
            painter.drawText(
                QRect(x, room.top(), width + 2, room.height()), Qt.AlignmentFlag.AlignVCenter, run
            )
            x += width


def _runs(title: str, places: set[int]) -> list[tuple[int, str]]:
    """Cut a title where typed signs begin and end."""
    cuts = [at for at in range(len(title)) if at == 0 or (at in places) != (at - 1 in places)]
    return [(start, title[start:stop]) for start, stop in zip(cuts, [*cuts[1:], len(title)], strict=True)]
