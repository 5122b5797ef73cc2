"""The event log: gaps, late and duplicate ticks, quarantine, restarts; one kind or all, with some words or any."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from analytics.events import DataEvent, EventKind
from app.panels.elided import ElidedLabel
from app.panels.quiet_table import QuietTable
from app.places import write_whole
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.event_log import HEADERS, EventLogModel

_WIDTHS_PX = (104, 104, 124, 104)
_FIND_PX = 200
_SEARCH_AFTER_MS = 150  # typing on does not search at every sign
_COUNT_EVERY_MS = 500


class EventLogPanel(QWidget):
    """The table of data events, newest first, with filters, and a line that tells all of the chosen one.

    `event_picked` carries the event that was clicked, `moment_picked` its symbol and time, ns UTC; `failed`
    says why the log could not be exported.
    """

    event_picked = Signal(object)
    moment_picked = Signal(str, object)
    failed = Signal(str)

    def __init__(self, model: EventLogModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("Kind of event")
        for kind in (None, *EventKind):
            self.kinds.addItem(_kind_text(kind, 0), kind)
        self.kinds.setMinimumContentsLength(18)
        self.kinds.currentIndexChanged.connect(lambda _row: self._filter_kind())
        self.find_box = QLineEdit()
        self.find_box.setAccessibleName("Find in the event log")
        self.find_box.setPlaceholderText("Find symbol, place or words")
        self.find_box.setClearButtonEnabled(True)
        self.find_box.setFixedWidth(_FIND_PX)
        self._search = _timer(self, _SEARCH_AFTER_MS)
        self._search.setSingleShot(True)
        self._search.timeout.connect(lambda: self._model.set_words(self.find_box.text()))
        self.find_box.textChanged.connect(lambda _text: self._search.start())
        self.export_button = QPushButton("Export CSV…")
        self.export_button.clicked.connect(self._ask_export)
        self.table = QuietTable(model, theme, stretch=len(HEADERS) - 1, name="Event log")
        for number, width in enumerate(_WIDTHS_PX):
            self.table.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
            self.table.setColumnWidth(number, width)
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        self.table.selectionModel().currentChanged.connect(lambda now, _before: self._tell(now))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_row)
        self.detail = ElidedLabel(self, most_lines=2)
        self.detail.setFont(desk_font(SECONDARY_PX))
        self.detail.setAccessibleName("All of the chosen event")
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_look(self.detail, "tone", "dim")
        self._counting = _timer(self, _COUNT_EVERY_MS)
        self._counting.timeout.connect(self.show_counts)
        model.rowsInserted.connect(self._wait_to_count)
        model.modelReset.connect(self._wait_to_count)
        model.modelReset.connect(self.detail.clear)
        self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)

    def show_counts(self) -> None:
        """Say beside each kind how many of it there were."""
        self._counting.stop()
        counts = self._model.counts
        for row in range(self.kinds.count()):
            kind = self.kinds.itemData(row)
            count = sum(counts.values()) if kind is None else counts[kind]
            text = _kind_text(kind, count)
            if text != self.kinds.itemText(row):
                self.kinds.setItemText(row, text)

    def show_event(self, kind: EventKind | str, ts_ns: int) -> bool:
        """Choose the event of a kind that is nearest to an instant; return whether the log has one."""
        if not isinstance(kind, EventKind):
            return False
        shown = self.kinds.currentData()
        if shown not in (None, kind):
            self.kinds.setCurrentIndex(0)
        if self.find_box.text():
            self.find_box.clear()
            self._model.set_words("")
        row = self._model.row_of(kind, ts_ns)
        if row is None:
            return False
        index = self._model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(index, flags)
        self.table.scrollTo(index, QuietTable.ScrollHint.PositionAtCenter)
        return True

    def copy_row(self) -> None:
        """Put the chosen event on the clipboard, in one line."""
        event = self._current()
        if event is not None:
            QGuiApplication.clipboard().setText(self._model.line_of(event))

    def export(self, path: Path) -> None:
        """Write the events that are shown to a CSV file, newest first. Raises OSError."""
        lines = [",".join(_cell(text) for text in ("Date", *HEADERS, "Received"))]
        for row in range(self._model.rowCount()):
            event = self._model.event_at(row)
            if event is not None:
                lines.append(",".join(_cell(text) for text in self._model.line_of(event).split("\t")))
        write_whole(path, "\n".join(lines) + "\n")

    def _filter_kind(self) -> None:
        self._model.set_kind(self.kinds.currentData())

    def _wait_to_count(self) -> None:
        if not self._counting.isActive():
            self._counting.start()

    def _current(self) -> DataEvent | None:
        index = self.table.currentIndex()
        return self._model.event_at(index.row()) if index.isValid() else None

    def _tell(self, index: QModelIndex) -> None:
        event = self._model.event_at(index.row()) if index.isValid() else None
        self.detail.setText("" if event is None else self._model.detail_of(event))

    def _pick(self, index: QModelIndex) -> None:
        event = self._model.event_at(index.row())
        if event is not None:
            self.event_picked.emit(event)
            self.moment_picked.emit(event.symbol, event.ts_ns)

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        self.table.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show in the chart", lambda: self._pick(self.table.currentIndex()))
        menu.addAction("Copy", QKeySequence(QKeySequence.StandardKey.Copy), self.copy_row)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _ask_export(self) -> None:
        dialog = QFileDialog(self.window(), "Export the event log")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("CSV (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("events.csv")
        dialog.fileSelected.connect(self._export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_to(self, path: str) -> None:
        try:
            self.export(Path(path))
        except OSError as error:
            self.failed.emit(f"{path}: the event log was not written: {error.strerror or error}")

    def _lay_out(self) -> None:
        words = QLabel("Show")
        words.setBuddy(self.kinds)
        set_look(words, "tone", "dim")
        set_look(self.export_button, "look", "quiet")
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 10, 2)
        row.setSpacing(8)
        for widget in (words, self.kinds, self.find_box):
            row.addWidget(widget)
        row.addWidget(self.detail, 1)
        row.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.table, 1)


def _timer(parent: QWidget, interval_ms: int) -> QTimer:
    timer = QTimer(parent)
    timer.setInterval(interval_ms)
    return timer


def _kind_text(kind: EventKind | None, count: int) -> str:
    name = "All kinds" if kind is None else kind.value.capitalize()
    return f"{name}  ({count:,})" if count else name


def _cell(text: str) -> str:
    """Return a field of CSV, quoted where it has to be."""
    if any(sign in text for sign in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
