"""Which symbols a rule watches: one, or a group of them, by two boxes that make the rule's text."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from analytics.errors import ConfigError
from analytics.rules.watch import EVERY, Watch, Watching, parse_watch

_ONE, _ANY, _ALL, _FEED = range(4)
_HOWS = ("One symbol", "Any of", "All of", "Any of the feed")
_HINTS = ("NIFTY-FUT", "TCS, INFY, RELIANCE", "TCS, INFY, RELIANCE", "")
_KEYWORD = {_ANY: "ANY of", _ALL: "ALL of"}


class WatchField(QWidget):
    """A box for how symbols are watched and one for the symbols; `text` is what a rule holds."""

    edited = Signal(str)

    def __init__(self, symbols: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.how = QComboBox()
        self.how.addItems(_HOWS)
        self.how.setAccessibleName("How symbols are watched")
        self.symbols = QComboBox()
        self.symbols.setEditable(True)
        self.symbols.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.symbols.addItems(symbols)
        self.symbols.setAccessibleName("Symbol")
        self.symbols.setMinimumContentsLength(12)
        self.symbols.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.symbols.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        completer = self.symbols.completer()
        if isinstance(completer, QCompleter):
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.how.currentIndexChanged.connect(self._shape)
        self.how.currentIndexChanged.connect(self._tell)
        self.symbols.currentTextChanged.connect(self._take)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.how)
        row.addWidget(self.symbols, 1)

    @property
    def text(self) -> str:
        """Return the symbol, or the group, as a rule holds it."""
        how = self.how.currentIndex()
        if how == _FEED:
            return f"{_KEYWORD[_ANY]} {EVERY}"
        listed = self.symbols.currentText().strip()
        return f"{_KEYWORD[how]} {listed}" if how in _KEYWORD else listed

    def set_text(self, text: str) -> None:
        """Show what a rule holds; what cannot be understood stands as it is."""
        try:
            watch = parse_watch(text)
        except ConfigError:
            watch = Watch(Watching.ONE, (text,))
        for box in (self.how, self.symbols):
            box.blockSignals(True)
        if watch.symbols is None:
            self.how.setCurrentIndex(_FEED)
            self.symbols.setCurrentText("")
        else:
            how = {Watching.ONE: _ONE, Watching.ANY: _ANY, Watching.ALL: _ALL}[watch.how]
            self.how.setCurrentIndex(how)
            listed = watch.text if how == _ONE else watch.text.partition(" of ")[2]
            self.symbols.setCurrentText(listed)
        for box in (self.how, self.symbols):
            box.blockSignals(False)
        self._shape()

    def _shape(self) -> None:
        how = self.how.currentIndex()
        self.symbols.setEnabled(how != _FEED)
        line = self.symbols.lineEdit()
        if isinstance(line, QLineEdit):
            line.setPlaceholderText(_HINTS[how])

    def _take(self, typed: str) -> None:
        """Understand a whole group that was typed or pasted into the box for symbols."""
        if typed.strip().startswith(tuple(f"{word} " for word in _KEYWORD.values())):
            try:
                parse_watch(typed)
            except ConfigError:
                pass
            else:
                self.set_text(typed)
        self._tell()

    def _tell(self) -> None:
        self.edited.emit(self.text)
