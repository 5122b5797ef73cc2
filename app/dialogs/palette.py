"""The palette over the window: a line to type in, and what is found below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from app.dialogs.found_rows import FOUND, INSET_PX, ROW_PX, FoundModel, FoundPainter
from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.palette import Found, Palette

_WIDTH_PX, _TOP_PX, _MOST_ROWS = 600, 56, 12
_GAP_PX = 16
_LIST_EDGE_PX, _NOTE_EDGE_PX = 8, 14
_HINT = "Enter chooses, Esc closes. Type a command, a symbol, + and a series, or an alert: price above 24950"


class PalettePopup(QFrame):
    """Lies over the top of its window while it is open; closes at Esc, at a choice and at a click beside it.

    It is part of the window, not a window of its own, so that no window manager places it or takes its keys.
    """

    def __init__(self, palette: Palette, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._palette, self._window = palette, window
        self._focused_before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.line = QLineEdit()
        self.line.setAccessibleName("Find a command, symbol, series or alert")
        self.line.setPlaceholderText("Command, symbol, + series, alert…")
        self.line.setFont(desk_font(14))
        self.line.textChanged.connect(self._find)
        self._model = FoundModel(self)
        self._painter = FoundPainter(theme, self)
        self.list = self._make_list()
        self.note = QLabel(_HINT)
        self.note.setFont(desk_font(SECONDARY_PX))
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.line)
        column.addWidget(self.list)
        column.addWidget(self.note)
        self.hide()

    def _make_list(self) -> QListView:
        made = QListView()
        made.setAccessibleName("Found")
        made.setModel(self._model)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setUniformItemSizes(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        made.setItemDelegate(self._painter)
        made.clicked.connect(lambda _index: self.choose())
        made.selectionModel().currentChanged.connect(lambda *_: self._tell())
        return made

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._painter.theme = theme
        self.list.viewport().update()

    @property
    def found(self) -> tuple[Found, ...]:
        """Return what is shown."""
        return tuple(self._model.index(row).data(FOUND) for row in range(self._model.rowCount()))

    def open(self, text: str = "") -> None:
        """Open with a text typed already."""
        application = QApplication.instance()
        if self.isHidden() and application is not None:
            self._focused_before = QApplication.focusWidget()
            application.installEventFilter(self)
        self._palette.open()
        with QSignalBlocker(self.line):
            self.line.setText(text)
        self._find(text)
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_quietly(self) -> None:
        """Close, and give the keys back to what had them."""
        if self.isHidden():
            return
        self.hide()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        if self._focused_before is not None and self._focused_before.isVisible():
            self._focused_before.setFocus(Qt.FocusReason.PopupFocusReason)

    def choose(self) -> None:
        """Close and do what the row chosen stands for; one that cannot be chosen stays."""
        found: Found | None = self.list.currentIndex().data(FOUND)
        if found is None or found.choice.fault:
            return
        self.close_quietly()
        self._palette.choose(found.choice)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at every event while it is open: keys of the line, clicks beside it, the window's size."""
        kind = event.type()
        if watched is self.line and isinstance(event, QKeyEvent):
            return self._key(event)
        if kind is QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            if watched is not self and not self.isAncestorOf(watched):
                self.close_quietly()
        elif kind is QEvent.Type.Resize and watched is self._window:
            self._place()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """Take a key that is the palette's, before shortcuts and the line do; True where it is."""
        key = Qt.Key(event.key())
        takes = key in _MOVES or key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if not takes or event.type() is QEvent.Type.KeyRelease:
            return False
        event.accept()
        if event.type() is not QEvent.Type.KeyPress:
            return True
        if key == Qt.Key.Key_Escape:
            self.close_quietly()
        elif key in _MOVES:
            self._move(_MOVES[key])
        else:
            self.choose()
        return True

    def _find(self, text: str) -> None:
        self._model.show(self._palette.find(text))
        self.list.setCurrentIndex(self._model.index(0))
        self._tell()

    def _place(self) -> None:
        """Put the frame at the top, in the middle, as high as what is found."""
        window = self._window.rect()
        width = min(_WIDTH_PX, window.width() - 2 * _GAP_PX)
        line, note = self.line.sizeHint().height(), self._note_height(width)
        room = (window.height() - _TOP_PX - line - note - _GAP_PX) // ROW_PX
        rows = min(max(self._model.rowCount(), 1), _MOST_ROWS, max(room, 1))
        rows_px = rows * ROW_PX + _LIST_EDGE_PX
        self.list.setFixedHeight(rows_px)
        self.note.setFixedHeight(note)
        self.setGeometry((window.width() - width) // 2, _TOP_PX, width, line + rows_px + note + 2)

    def _note_height(self, width: int) -> int:
        bounds = QRect(0, 0, width - 2 * INSET_PX - 2, 0)
        words = self.note.fontMetrics().boundingRect(bounds, Qt.TextFlag.TextWordWrap, self.note.text())
        return words.height() + _NOTE_EDGE_PX

    def _tell(self) -> None:
        found: Found | None = self.list.currentIndex().data(FOUND)
        fault = "" if found is None else found.choice.fault
        self.note.setText(("Nothing is found" if found is None else fault) or _HINT)
        self.note.setWordWrap(True)
        set_look(self.note, "tone", "warning" if fault else "dim")
        self._place()

    def _move(self, rows: int) -> None:
        count = self._model.rowCount()
        if count:
            row = self.list.currentIndex().row() + rows
            row = row % count if abs(rows) == 1 else min(max(row, 0), count - 1)
            self.list.setCurrentIndex(self._model.index(row))


_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Tab: 1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_PageDown: _MOST_ROWS,
    Qt.Key.Key_PageUp: -_MOST_ROWS,
}
