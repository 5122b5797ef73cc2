"""The topics of a broker in a list, or words in their place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.formatting import NO_VALUE, group_digits
from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from feeds.kafka.vocabulary import TopicSummary

_LEAST_ROWS, _ROW_PX, _EDGE_PX, _GAP_PX, _MARK_PX = 3, 26, 10, 3, 2
_PARTITIONS, _MESSAGES = 1, 2
_FIGURE_PX = 110
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TopicList(QTreeWidget):
    """Topics with their partitions and messages, or words in their place."""

    picked = Signal(str)
    taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Topics found")
        self.setColumnCount(3)
        self.setHeaderLabels(["Topic", "Partitions", "Messages"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setMinimumHeight((_LEAST_ROWS + 1) * _ROW_PX)
        self.setItemDelegate(_Rows(self))
        self.setMouseTracking(True)
        header = self.header()
        header.setFont(desk_font(SECONDARY_PX))
        header.setFixedHeight(_ROW_PX)
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (_PARTITIONS, _MESSAGES):
            header.resizeSection(column, _FIGURE_PX)
            self.headerItem().setTextAlignment(column, _RIGHT)
        self._shown: tuple[TopicSummary, ...] = ()
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        inside = QVBoxLayout(self.viewport())
        inside.setContentsMargins(10, 8, 10, 8)
        inside.addWidget(self._words)
        self.itemSelectionChanged.connect(self._pick)
        self.itemDoubleClicked.connect(lambda _item: self.taken.emit())

    @property
    def names(self) -> tuple[str, ...]:
        """Return the topics in the list."""
        return tuple(each.name for each in self._shown)

    @property
    def words(self) -> str:
        """Return what stands in place of topics."""
        return self._words.text()

    def show_topics(self, topics: tuple[TopicSummary, ...], chosen: str) -> None:
        """Show these topics, and mark the one that is chosen where it is among them."""
        with QSignalBlocker(self):
            if topics != self._shown:
                self._shown = topics
                self.clear()
                self.addTopLevelItems([_item(each) for each in topics])
            self.clearSelection()
            for item in self._items():
                if item.text(0) == chosen:
                    self.setCurrentItem(item)

    def say(self, words: str, *, failed: bool = False) -> None:
        """Say something in place of topics; ``""`` for nothing."""
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.header().setVisible(not words)
        self.setAccessibleDescription(words)
        set_look(self._words, "tone", "warning" if failed else "dim")

    def enter(self) -> None:
        """Take the keyboard, with a topic chosen."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        items = self._items()
        if items and not self.selectedItems():
            self.setCurrentItem(items[0])

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _pick(self) -> None:
        for item in self.selectedItems():
            self.picked.emit(item.text(0))


class _Rows(QStyledItemDelegate):
    """Paints a topic's row: its name, and its figures dim; what is chosen or has the keyboard is marked."""

    def __init__(self, view: QTreeWidget) -> None:
        super().__init__(view)
        self._view = view

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect, state, palette = option.rect, option.state, QApplication.palette()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        focused = self._view.hasFocus() and self._view.currentIndex().row() == index.row()
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, palette.brush(QPalette.ColorRole.AlternateBase))
        first = index.column() == 0
        if first and (chosen or focused):
            mark = palette.color(QPalette.ColorRole.Highlight) if focused else _dim_colour()
            painter.fillRect(QRect(rect.left(), rect.top(), _MARK_PX, rect.height()), mark)
        last = index.column() == _MESSAGES
        inner = rect.adjusted(_EDGE_PX, 0, -(_EDGE_PX if last else _GAP_PX), 0)
        painter.setFont(desk_font())
        painter.setPen(palette.color(QPalette.ColorRole.Text) if first else _dim_colour())
        text = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, _LEFT if first else _RIGHT, text)

    @override
    @guarded(QSize)
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(_FIGURE_PX, _ROW_PX)


def _dim_colour() -> QColor:
    return QApplication.palette().color(QPalette.ColorRole.PlaceholderText)


def _item(topic: TopicSummary) -> QTreeWidgetItem:
    messages = NO_VALUE if topic.messages is None else group_digits(str(topic.messages), indian=False)
    item = QTreeWidgetItem([topic.name, str(topic.partitions), messages])
    for column in (_PARTITIONS, _MESSAGES):
        item.setTextAlignment(column, _RIGHT)
    item.setToolTip(0, topic.name)
    return item
