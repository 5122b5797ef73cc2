"""The Kafka dialog: servers, a topic out of those found there, and where reading begins."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontDatabase, QKeyEvent, QPainter, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.buttons import without_icons
from app.formatting import NO_VALUE, group_digits
from app.guarded import guarded, nothing
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.topic_finder import LookupState, TopicFinder, TopicLookup
from app.viewmodels.kafka_choice import (
    BEGINNINGS,
    DEFAULT_SERVERS,
    DEFAULT_TOPIC,
    DETAIL_EXAMPLES,
    DETAIL_HINTS,
    KafkaChoice,
    shown_topics,
    words_for_list,
)
from feeds.kafka.vocabulary import TopicSummary

_SIZE = QSize(680, 580)
_LEAST_ROWS, _ROW_PX, _EDGE_PX, _GAP_PX, _MARK_PX = 3, 26, 10, 3, 2
_PARTITIONS, _MESSAGES = 1, 2
_FIGURE_PX = 110
_START_PX = 210
_LOOK_EVERY_MS = 50
_SERVERS_HINT = f"host:port, several with commas; without a port {DEFAULT_SERVERS.partition(':')[2]}."
_TOPIC_HINT = "Typing narrows the list; a topic that is not in it can be named too."
_THROUGHPUT_HINT = "For catching up on long topics; new ticks may show up to 100 ms later."
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SECURITY = "Plain connections only in this version; TLS and passwords come with a later one."


class KafkaDialog(QDialog):
    """Edits a copy of `choice`, and looks up topics with `finder`, which it closes as it ends."""

    def __init__(self, finder: TopicFinder, choice: KafkaChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Connect Kafka")
        self._finder = finder
        self._before = choice
        self._lookup: TopicLookup | None = None
        self._typed = ""  # what narrows the list: a topic that was picked or filled in does not
        self.servers = _line("Servers", DEFAULT_SERVERS)
        self.look_button = QPushButton("&List topics")
        self.topic = _line("Topic", DEFAULT_TOPIC)
        self.topics = TopicList()
        self.start = QComboBox()
        self.start.setAccessibleName("Read")
        for value, text in BEGINNINGS:
            self.start.addItem(text, value)
        self.start_detail = _line("Where to begin", "")
        self.throughput = QCheckBox("T&hroughput")
        self.throughput.setAccessibleDescription(_THROUGHPUT_HINT)
        _outline(self.throughput)
        self.address_line = _line("Address", "")
        self.address_line.setReadOnly(True)
        self.address_line.setFont(_monospace())
        self.servers_note, self.topic_note, self.start_note = _Note(), _Note(), _Note()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.connect_button = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.connect_button.setText("&Connect")
        self.connect_button.setDefault(True)
        without_icons(self._buttons)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._pull)
        self._lay_out()
        self._fill(choice)
        self._connect()
        self._check()
        self.setMinimumSize(self.minimumSizeHint())
        self.resize(_SIZE.expandedTo(self.minimumSize()))

    @property
    def choice(self) -> KafkaChoice:
        """Return what is chosen, as it stands in the dialog."""
        return KafkaChoice(
            servers=self.servers.text(),
            topic=self.topic.text(),
            start=self.start.currentData(),
            start_detail=self.start_detail.text(),
            throughput=self.throughput.isChecked(),
        ).with_others_of(self._before)

    def look(self) -> None:
        """Look up the topics of the servers, where these can be asked."""
        choice = self.choice
        if choice.servers_fault is None:
            self._finder.find(choice.server_list)
            self._timer.start()
            self._pull()

    @override
    def accept(self) -> None:
        """Close with the choice, unless something is wrong with it."""
        if self.choice.fault is None:
            super().accept()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._lookup is None and not event.spontaneous():
            self.look()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have Enter look up topics in the line of servers, and ↓ lead from the topic into the list."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if watched is self.servers and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.look()
                return True
            if watched is self.topic and event.key() == Qt.Key.Key_Down:
                self.topics.enter()
                return True
        return super().eventFilter(watched, event)

    def _fill(self, choice: KafkaChoice) -> None:
        self.servers.setText(choice.servers)
        self.topic.setText(choice.topic)
        self.start.setCurrentIndex([value for value, _text in BEGINNINGS].index(choice.start))
        self.start_detail.setText(choice.start_detail)
        self.throughput.setChecked(choice.throughput)
        self.topic.selectAll()
        self.topic.setFocus()

    def _connect(self) -> None:
        for line in (self.servers, self.topic):
            line.installEventFilter(self)
        for line in (self.servers, self.topic, self.start_detail):
            line.textChanged.connect(self._check)
        self.topic.textEdited.connect(self._narrow)
        self.look_button.clicked.connect(self.look)
        self.topics.picked.connect(self.topic.setText)
        self.topics.taken.connect(self.accept)
        self.start.currentIndexChanged.connect(self._check)
        self.throughput.toggled.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self._end)

    def _end(self) -> None:
        self._timer.stop()
        self._finder.close()

    def _pull(self) -> None:
        """Show how far the look-up is, and stop asking once it has ended."""
        lookup = self._finder.result
        if lookup is None or lookup.state is not LookupState.LOOKING:
            self._timer.stop()
        if lookup != self._lookup:
            self._lookup = lookup
            self._show_topics()

    def _narrow(self, typed: str) -> None:
        self._typed = typed
        self._show_topics()

    def _check(self) -> None:
        """Say what is wrong beside it, and allow Connect only where nothing is."""
        choice = self.choice
        self.servers_note.tell(_SERVERS_HINT, choice.servers_fault)
        self.topic_note.tell(_TOPIC_HINT, choice.topic_fault)
        self.start_note.tell(DETAIL_HINTS[choice.start], choice.start_fault)
        set_look(self.servers, "wrong", choice.servers_fault is not None)
        set_look(self.topic, "wrong", choice.topic_fault is not None)
        set_look(self.start_detail, "wrong", choice.start_fault is not None)
        self.start_detail.setVisible(choice.start in DETAIL_EXAMPLES)
        self.start_detail.setPlaceholderText(DETAIL_EXAMPLES.get(choice.start, ""))
        self.connect_button.setEnabled(choice.fault is None)
        address = choice.address if choice.fault is None else ""
        self.address_line.setText(address)
        self.address_line.setCursorPosition(0)
        self.address_line.setToolTip(address)
        self._show_topics()

    def _show_topics(self) -> None:
        choice, lookup = self.choice, self._lookup
        words = words_for_list(lookup, choice, self._typed)
        shown = shown_topics(lookup.topics, self._typed) if lookup is not None and words is None else ()
        failed = (
            bool(words)
            and lookup is not None
            and lookup.servers == choice.server_list
            and lookup.state is LookupState.FAILED
        )
        self.topics.show_topics(shown, choice.topic_name)
        self.topics.say(words or "", failed=failed)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.start.setFixedWidth(_START_PX)
        kept = self.start_detail.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that the box beside it keeps its place
        self.start_detail.setSizePolicy(kept)
        _add(grid, _label("&Servers", self.servers), _row(self.servers, self.look_button, wide=0))
        _add(grid, None, self.servers_note)
        _add(grid, _label("&Topic", self.topic), self.topic)
        _add(grid, None, self.topic_note)
        _add(grid, None, self.topics)
        grid.setRowStretch(grid.rowCount() - 1, 1)
        grid.setRowMinimumHeight(grid.rowCount(), 4)
        _add(grid, _label("&Read", self.start), _row(self.start, self.start_detail, wide=1))
        _add(grid, None, self.start_note)
        _add(grid, None, _row(self.throughput, _dim(_THROUGHPUT_HINT), wide=1))
        grid.setRowMinimumHeight(grid.rowCount(), 4)
        _add(grid, _label("&Address", self.address_line), self.address_line)
        _add(grid, None, _dim("As on the command line, after --feed."))
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(14)
        column.addLayout(grid, 1)
        column.addWidget(_dim(_SECURITY))
        column.addWidget(self._buttons)
        order = (self.servers, self.look_button, self.topic, self.topics, self.start, self.start_detail)
        _tab_through((*order, self.throughput, self.address_line, self.connect_button))


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


class _Note(QLabel):
    """One line under a field: a hint, or what is wrong. It keeps its height, so that typing moves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(desk_font(SECONDARY_PX))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)
        self.setFixedHeight(self.fontMetrics().height() + 4)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def tell(self, hint: str, fault: str | None) -> None:
        self.setText(hint if fault is None else fault)
        self.setToolTip(fault or "")
        set_look(self, "tone", "dim" if fault is None else "warning")


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


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line


def _label(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    return label


def _dim(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(desk_font(SECONDARY_PX))
    set_look(label, "tone", "dim")
    return label


def _monospace() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(SECONDARY_PX)
    return font


def _outline(box: QCheckBox) -> None:
    """Give a box an edge that can be seen: Fusion takes a darker shade of the ground for it."""
    palette = QPalette(QApplication.palette())
    palette.setColor(QPalette.ColorRole.Window, _dim_colour())
    box.setPalette(palette)


def _row(*widgets: QWidget, wide: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, int(place == wide))
    return row


def _add(grid: QGridLayout, label: QLabel | None, field: QWidget | QLayout) -> None:
    row = grid.rowCount()
    if label is not None:
        grid.addWidget(label, row, 0, _RIGHT)
    if isinstance(field, QLayout):
        grid.addLayout(field, row, 1)
    else:
        grid.addWidget(field, row, 1)


def _tab_through(widgets: Iterable[QWidget]) -> None:
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)
