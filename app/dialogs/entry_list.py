"""A list of files and folders: a name with a line below, dimmed where the file is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.formatting import date_text, time_text
from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font
from app.viewmodels.file_sheet import size_text
from app.viewmodels.folder_listing import FolderEntry

AnyIndex = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_NO_PARENT = QModelIndex()
_ROW_PX, _PAD_PX, _GLYPH_PX = 38, 10, 20
_GLYPHS = {"folder": "▸", "tape": "▤", "file": "≡", "missing": "✕"}
_WORDS = {"folder": "folder", "tape": "tape", "missing": "not there any more"}


def detail_text(entry: FolderEntry, zone: ZoneInfo) -> str:
    """Return the line below an entry's name: its size, and when it was changed last."""
    what = _WORDS.get(entry.kind) or size_text(entry.size)
    if entry.kind == "missing" or not entry.changed_ns:
        return what
    when = f"{date_text(entry.changed_ns, zone)} {time_text(entry.changed_ns, zone)[:5]}"
    return f"{what}  ·  {when}"


class EntryModel(QAbstractListModel):
    """Entries of a folder, or recent files; times of change are told in `zone`."""

    def __init__(self, zone: ZoneInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._zone = zone
        self._entries: tuple[FolderEntry, ...] = ()

    def show_entries(self, entries: Sequence[FolderEntry]) -> None:
        """Show these."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def entry(self, row: int) -> FolderEntry | None:
        """Return the entry of a row, None past the last."""
        return self._entries[row] if 0 <= row < len(self._entries) else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.path.name or str(entry.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(entry.path)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return detail_text(entry, self._zone)
        return entry if role == ENTRY_ROLE else None


class EntryList(QListView):
    """`shown` carries the entry that is current, `taken` one that was double-clicked or entered."""

    shown = Signal(object)
    taken = Signal(object)
    up_wanted = Signal()

    def __init__(self, name: str, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { border: none; }")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self._tells = True
        self.entries = EntryModel(zone, self)
        self.setModel(self.entries)
        self.setItemDelegate(_EntryDelegate(zone, self))
        self.clicked.connect(lambda index: self._tell(self.shown, index))
        self.doubleClicked.connect(lambda index: self._tell(self.taken, index))

    def choose(self, path: str) -> None:
        """Have the entry of a path stand out, without telling anybody; none where it is not here."""
        self._tells = False
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.clearSelection()
        for row in range(self.entries.rowCount()):
            entry = self.entries.entry(row)
            if entry is not None and str(entry.path) == path:
                self.selectionModel().setCurrentIndex(self.entries.index(row, 0), flag)
                break
        self._tells = True

    @override
    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        if self._tells and self.hasFocus() and current.isValid():
            self._tell(self.shown, current)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._tell(self.taken, self.currentIndex())
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Left):
            self.up_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self, signal: Any, index: AnyIndex) -> None:
        entry = self.entries.entry(index.row())
        if entry is not None:
            signal.emit(entry)


class _EntryDelegate(QStyledItemDelegate):
    def __init__(self, zone: ZoneInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self._zone = zone

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(200, _ROW_PX)

    @override
    @guarded(nothing)
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        rect, palette = QRect(option.rect), QApplication.palette()
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, palette.color(QPalette.ColorRole.AlternateBase))
        if chosen:
            painter.fillRect(
                QRect(rect.left(), rect.top(), 2, rect.height()), palette.color(QPalette.ColorRole.Link)
            )
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(palette.color(QPalette.ColorRole.Link))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        gone = entry.kind == "missing"
        inside = rect.adjusted(_PAD_PX + _GLYPH_PX, 4, -_PAD_PX, -4)
        painter.setPen(dim)
        painter.setFont(desk_font(TEXT_PX))
        painter.drawText(rect.adjusted(_PAD_PX, 4, 0, -4), _TOP, _GLYPHS[entry.kind])
        if not gone:
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideMiddle, inside.width())
        painter.drawText(inside, _TOP, name)
        painter.setFont(desk_font(SECONDARY_PX))
        painter.setPen(dim)
        words = painter.fontMetrics().elidedText(
            detail_text(entry, self._zone), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, _FOOT, words)


_TOP = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_FOOT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
