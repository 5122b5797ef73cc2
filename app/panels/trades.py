"""Time and sales of the charted symbol, with a filter by size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from analytics.errors import ConfigError
from app.formatting import number_text
from app.override import override
from app.panels.elided import ElidedLabel
from app.panels.print_cells import PrintDelegate
from app.panels.quiet_table import QuietTable
from app.stylesheet import SECONDARY_PX, TEXT_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.size_filter import size_of
from app.viewmodels.tones import Tone
from app.viewmodels.trades import VWAP_COLUMN, TradesModel

_WIDTHS_PX = (112, 116, 92, 104, 112)
_SCROLL_BAR_PX = 8
_SIDE_PX = 210
_MOVES = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_End,
}


class TradesPanel(QWidget):
    """The newest ticks first; they stand still while they are pointed at, scrolled or moved through by key.

    `moment_picked` carries the symbol and the instant, ns UTC, of a tick that was picked.
    """

    moment_picked = Signal(str, object)

    def __init__(self, model: TradesModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self._over = self._moving = False
        self.table = QuietTable(
            model, theme, stretch=VWAP_COLUMN, name="Time and sales", cells=PrintDelegate(theme)
        )
        header = self.table.horizontalHeader()
        for column, width in enumerate(_WIDTHS_PX):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        self.table.verticalScrollBar().valueChanged.connect(self._hold)
        self.pill = QPushButton()
        self.pill.setFont(desk_font(SECONDARY_PX))
        self.pill.setToolTip("Show the newest ticks (Home)")
        self.pill.clicked.connect(self.show_newest)
        self.pill.setAccessibleName("New ticks")
        self.pill.hide()
        self.filter = QLineEdit()
        self.filter.setFont(desk_font(TEXT_PX))
        self.filter.setPlaceholderText("any")
        self.filter.setAccessibleName("Least size shown")
        self.filter.setToolTip("Show only ticks of this size or more, such as 500, 5k or 2 L")
        self.filter.setFixedWidth(92)
        self.filter.textChanged.connect(self._filter)
        self.reason = ElidedLabel(most_lines=2)
        self.reason.setFont(desk_font(SECONDARY_PX))
        self.reason.setFixedHeight(2 * QFontMetrics(self.reason.font()).lineSpacing() + 2)
        self.reason.hide()
        self.reason.setAccessibleName("What is wrong with the size")
        set_look(self.reason, "tone", Tone.WARNING.value)
        self.count = ElidedLabel()
        self.count.setFont(desk_font(SECONDARY_PX))
        self.count.setAccessibleName("Ticks shown")
        set_look(self.count, "tone", Tone.DIM.value)
        for watched in (self.table, self.table.viewport(), self.filter):
            watched.installEventFilter(self)
        model.changed.connect(self._show_counts)
        self._lay_out()
        self._show_counts()

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self.table.set_theme(theme)

    def show_newest(self) -> None:
        """Go to the newest tick, and go on from there."""
        self._moving = False
        self._over = False  # whoever asks wants to see them move
        self.table.clearSelection()
        self.table.setCurrentIndex(QModelIndex())
        self.table.verticalScrollBar().setValue(0)
        self._hold()

    def _lay_out(self) -> None:
        caption = QLabel("Size at least")
        caption.setFont(desk_font(TEXT_PX))
        set_look(caption, "tone", Tone.DIM.value)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(caption)
        first.addWidget(self.filter)
        first.addStretch(1)
        side = QVBoxLayout()
        side.setContentsMargins(14, 6, 12, 6)
        side.setSpacing(4)
        side.addLayout(first)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self.pill)
        second.addWidget(self.count, 1)
        side.addLayout(second)
        side.addWidget(self.reason)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.table)
        row.addLayout(side, 1)

    def _filter(self, text: str) -> None:
        try:
            least = size_of(text)
        except ConfigError as error:
            self._show_reason(str(error))
            return
        self._show_reason("")
        self._model.set_least(least)

    def _show_reason(self, reason: str) -> None:
        """Say in place of the counts what is wrong with the size; ``""`` where nothing is."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        set_look(self.filter, "wrong", bool(reason))
        self._show_counts()

    def _pick(self, index: QModelIndex) -> None:
        ts_ns = self._model.ts_ns_at(index.row())
        if ts_ns is not None:
            self.moment_picked.emit(self._model.symbol, ts_ns)

    def _hold(self) -> None:
        """Hold the rows while somebody looks at some of them, and let them go on after."""
        scrolled = self.table.verticalScrollBar().value() > 0
        self._model.set_held(self._over or self._moving or scrolled)

    def _show_counts(self) -> None:
        held, pending = self._model.held, self._model.pending
        self.count.setText(f"{self._model.count_text}{' · held' if held else ''}")
        wrong = bool(self.reason.text())
        self.count.setVisible(not wrong)
        self.pill.setVisible(held and pending > 0 and not wrong)
        if held and pending > 0:
            self.pill.setText(f"↑ {number_text(pending, 0)} new")
            self.pill.setAccessibleName(f"{pending} new ticks")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave VWAP out where there is no room for the filter beside it."""
        super().resizeEvent(event)
        width = sum(_WIDTHS_PX) + _SCROLL_BAR_PX
        narrow = event.size().width() < width + _SIDE_PX
        self.table.setColumnHidden(VWAP_COLUMN, narrow)
        self.table.setFixedWidth(width - (_WIDTHS_PX[VWAP_COLUMN] if narrow else 0))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._over = self._moving = False
        self._hold()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if self._key(watched, event.key()):
                return True
        elif kind in (QEvent.Type.Enter, QEvent.Type.Leave) and watched is self.table.viewport():
            self._over = kind is QEvent.Type.Enter
            self._hold()
        elif kind is QEvent.Type.FocusOut and watched is self.table:
            self._moving = False
            self._hold()
        return super().eventFilter(watched, event)

    def escape(self) -> bool:
        """Show all sizes, or the newest ticks again, where the keyboard is here; True if there was something to put away."""
        for widget in (self.filter, self.table):
            if widget.hasFocus():
                return self._key(widget, int(Qt.Key.Key_Escape))
        return False

    def _key(self, watched: QObject, key: int) -> bool:
        """Take Esc in the filter, and in the table what moves through it; return whether nothing else is to."""
        if watched is self.filter:
            if key == Qt.Key.Key_Escape and self.filter.text():
                self.filter.clear()
                return True
            return False
        if key == Qt.Key.Key_Home:
            self.show_newest()
            return True
        if key in _MOVES:
            self._moving = True
            self._hold()
        elif key == Qt.Key.Key_Escape and self._moving:
            self.show_newest()
            return True
        return False
