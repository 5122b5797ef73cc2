"""A small popup where bars of another kind are typed, with the reason below where they are none."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.chart_series import style_fault

_WIDTH_PX = 280
_HINT = "30s, 500 ticks, 10000 volume or 5 range"


class BarsPopup(QFrame):
    """Enter takes what is typed, Esc closes. `picked` carries the text."""

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = QLineEdit()
        self.line.setPlaceholderText(_HINT)
        self.line.setAccessibleName("Bars")
        self.note = QLabel(_HINT)
        self.note.setAccessibleName("What bars may be")
        self.note.setFont(desk_font(SECONDARY_PX))
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setFixedHeight(2 * self.note.fontMetrics().height() + 2)  # so that typing moves nothing
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        set_look(self.note, "tone", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.note)
        self.line.textEdited.connect(self._edited)
        self.line.returnPressed.connect(self._take)

    def open_below(self, place: QWidget) -> None:
        """Drop down below a widget, empty, with the keyboard."""
        self.line.clear()
        self._edited()
        self.resize(_WIDTH_PX, self.sizeHint().height())
        self.move(place.mapToGlobal(QPoint(0, place.height() + 4)))
        self.show()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def _edited(self) -> None:
        """Say the hint again: half of a text is no mistake yet."""
        self._tell(None)

    def _take(self) -> None:
        text = self.line.text()
        fault = style_fault(text)
        self._tell(fault)
        if fault is None:
            self.hide()
            self.picked.emit(text)

    def _tell(self, fault: str | None) -> None:
        self.note.setText(fault or _HINT)
        set_look(self.note, "tone", "warning" if fault else "dim")
        set_look(self.line, "wrong", fault is not None)
