"""The symbol box: a button that opens a list of symbols where typing finds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QPushButton, QVBoxLayout, QWidget

from app.override import override
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.tones import Tone
from app.viewmodels.watched import nearest_symbol

_POPUP = QSize(220, 340)


class SymbolBox(QPushButton):
    """Shows the charted symbol and lets another be picked."""

    symbol_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("–", parent)
        self.setObjectName("symbolBox")
        self.setFont(desk_font(12, QFont.Weight.DemiBold))
        self.setAccessibleName("Symbol")
        self.setToolTip("Choose the symbol of the chart; key / finds one")
        self._symbols: tuple[str, ...] = ()
        self._names = QStringListModel(self)
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setObjectName("popup")
        self._popup.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._find = QLineEdit()
        self._find.setPlaceholderText("Type to find")
        self._find.setAccessibleName("Find a symbol to chart")
        self._find.textChanged.connect(self._narrow)
        self._find.installEventFilter(self)
        self._list = QListView()
        self._list.setModel(self._names)
        self._list.setAccessibleName("Symbols")
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.clicked.connect(lambda _index: self._take())
        self._reason = QLabel()
        self._reason.setFont(desk_font(SECONDARY_PX))
        self._reason.setWordWrap(True)
        self._reason.setAccessibleName("Why no symbol is found")
        set_look(self._reason, "tone", Tone.WARNING.value)
        self._reason.hide()
        column = QVBoxLayout(self._popup)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self._find)
        column.addWidget(self._reason)
        column.addWidget(self._list)
        self.clicked.connect(self.open_list)

    def show_symbol(self, symbol: str) -> None:
        """Show the charted symbol."""
        self.setText(f"{symbol} ▾" if symbol else "No symbol ▾")
        self.setAccessibleDescription(f"Chart shows {symbol}")

    def set_symbols(self, symbols: tuple[str, ...]) -> None:
        """Offer these symbols."""
        if symbols != self._symbols:
            self._symbols = symbols
            self._narrow(self._find.text())

    def open_list(self) -> None:
        """Drop the list down with the find box focused."""
        self._find.clear()
        self._narrow("")
        self._popup.resize(_POPUP)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self._popup.show()
        self._find.setFocus(Qt.FocusReason.PopupFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._find and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._move(1 if key == Qt.Key.Key_Down else -1)
                return True
        return super().eventFilter(watched, event)

    def _narrow(self, text: str) -> None:
        wanted = text.strip().upper()
        found = [s for s in self._symbols if wanted in s.upper()]
        near = None if found else nearest_symbol(wanted, self._symbols)
        self._reason.setVisible(not found)
        if not found:
            asked = "" if near is None else " Did you mean this?"
            self._reason.setText(
                f"No symbol {wanted} in this feed.{asked}" if wanted else "This feed has no symbol yet."
            )
        self._names.setStringList(found if near is None else [near])
        self._list.setCurrentIndex(self._names.index(0))

    def _move(self, rows: int) -> None:
        row = self._list.currentIndex().row() + rows
        if 0 <= row < self._names.rowCount():
            self._list.setCurrentIndex(self._names.index(row))

    def _take(self) -> None:
        symbol = self._list.currentIndex().data()
        self._popup.hide()
        if symbol:
            self.symbol_picked.emit(symbol)
