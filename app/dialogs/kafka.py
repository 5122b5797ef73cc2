"""The Kafka dialog: servers, a topic out of those found there, and where reading begins."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QObject,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.buttons import without_icons
from app.dialogs.form import (
    Note,
    add_row,
    dim_text,
    label_for,
    line_of,
    monospace,
    outline,
    row_of,
    tab_through,
)
from app.dialogs.topic_list import TopicList
from app.override import override
from app.stylesheet import set_look
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

_SIZE = QSize(680, 580)
_START_PX = 210
_LOOK_EVERY_MS = 50
_SERVERS_HINT = f"host:port, several with commas; without a port {DEFAULT_SERVERS.partition(':')[2]}."
_TOPIC_HINT = "Typing narrows the list; a topic that is not in it can be named too."
_THROUGHPUT_HINT = "For catching up on long topics; new ticks may show up to 100 ms later."
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
        self.servers = line_of("Servers", DEFAULT_SERVERS)
        self.look_button = QPushButton("&List topics")
        self.topic = line_of("Topic", DEFAULT_TOPIC)
        self.topics = TopicList()
        self.start = QComboBox()
        self.start.setAccessibleName("Read")
        for value, text in BEGINNINGS:
            self.start.addItem(text, value)
        self.start_detail = line_of("Where to begin", "")
        self.throughput = QCheckBox("T&hroughput")
        self.throughput.setAccessibleDescription(_THROUGHPUT_HINT)
        outline(self.throughput)
        self.address_line = line_of("Address", "")
        self.address_line.setReadOnly(True)
        self.address_line.setFont(monospace())
        self.servers_note, self.topic_note, self.start_note = Note(), Note(), Note()
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
        add_row(grid, label_for("&Servers", self.servers), row_of(self.servers, self.look_button, wide=0))
        add_row(grid, None, self.servers_note)
        add_row(grid, label_for("&Topic", self.topic), self.topic)
        add_row(grid, None, self.topic_note)
        add_row(grid, None, self.topics)
        grid.setRowStretch(grid.rowCount() - 1, 1)
        grid.setRowMinimumHeight(grid.rowCount(), 4)
        add_row(grid, label_for("&Read", self.start), row_of(self.start, self.start_detail, wide=1))
        add_row(grid, None, self.start_note)
        add_row(grid, None, row_of(self.throughput, dim_text(_THROUGHPUT_HINT), wide=1))
        grid.setRowMinimumHeight(grid.rowCount(), 4)
        add_row(grid, label_for("&Address", self.address_line), self.address_line)
        add_row(grid, None, dim_text("As on the command line, after --feed."))
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(14)
        column.addLayout(grid, 1)
        column.addWidget(dim_text(_SECURITY))
        column.addWidget(self._buttons)
        order = (self.servers, self.look_button, self.topic, self.topics, self.start, self.start_detail)
        tab_through((*order, self.throughput, self.address_line, self.connect_button))
