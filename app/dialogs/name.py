"""A dialog that asks for one name, and says beside it why a name cannot be had."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.dialogs.buttons import without_icons
from app.dialogs.form import Note, line_of
from app.stylesheet import set_look

_WIDTH_PX = 380


class NameDialog(QDialog):
    """`fault_of` returns why a name cannot be given, or None."""

    def __init__(
        self, title: str, name: str, fault_of: Callable[[str], str | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH_PX)
        self._fault_of = fault_of
        self.line = line_of("Name", "Name")
        self.line.setText(name)
        self.line.selectAll()
        self.note = Note()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        without_icons(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self.line)
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        self.line.textChanged.connect(self._check)
        self._check()
        self.resize(self.sizeHint().expandedTo(self.minimumSize()))

    @property
    def name(self) -> str:
        """Return the name as typed, without spaces around it."""
        return self.line.text().strip()

    def _check(self) -> None:
        fault = self._fault_of(self.name) if self.name else None
        self.note.tell("Letters, digits, spaces, - and _", fault)
        set_look(self.line, "wrong", fault is not None)
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(bool(self.name) and fault is None)
