"""Builds a rule's text from three boxes: left side, operator, right side."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from app.viewmodels.condition import OPERATORS, RIGHT_HINTS, Condition, split_condition

_LEAST_CHARS = 10


class ConditionBuilder(QWidget):
    """Three boxes that follow a text, where the text is one plain condition, and that make one."""

    edited = Signal(str)

    def __init__(self, series: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = _editable(series, "Left side")
        self._operator = QComboBox()
        self._operator.setAccessibleName("Operator")
        self._operator.addItems(OPERATORS)
        self._right = _editable(("", *series[:1], *series[2:]), "Right side: a number or a series")
        for box in (self._left, self._operator, self._right):
            box.currentTextChanged.connect(self._tell)
        self._operator.currentTextChanged.connect(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._left, 3)
        row.addWidget(self._operator, 2)
        row.addWidget(self._right, 3)
        self._following = False

    @property
    def boxes(self) -> tuple[QComboBox, QComboBox, QComboBox]:
        """Return the boxes: left side, operator, right side."""
        return self._left, self._operator, self._right

    def follow(self, when: str) -> bool:
        """Show a text in the boxes and return whether it fits; one that does not greys them."""
        condition = split_condition(when)
        self.setEnabled(condition is not None)
        if condition is None:
            return False
        self._following = True
        self._left.setCurrentText(condition.left)
        self._operator.setCurrentText(condition.operator)
        self._right.setCurrentText(condition.right)
        self._following = False
        self._hint(condition.operator)
        return True

    def _tell(self, _text: str) -> None:
        if not self._following:
            left, right = self._left.currentText().strip(), self._right.currentText().strip()
            self.edited.emit(Condition(left, self._operator.currentText(), right).text)

    def _hint(self, operator: str) -> None:
        line = self._right.lineEdit()
        if line is not None:
            line.setPlaceholderText(RIGHT_HINTS.get(operator, "number or series"))


def _editable(items: tuple[str, ...], name: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(items)
    box.setAccessibleName(name)
    box.setMinimumContentsLength(_LEAST_CHARS)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
