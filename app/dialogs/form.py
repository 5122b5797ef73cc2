"""The pieces of a dialog's form: lines, labels, notes, and rows of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QWidget,
)

from app.stylesheet import SECONDARY_PX, desk_font, set_look

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Note(QLabel):
    """One line under a field: a hint, or what is wrong. It keeps its height, so that typing moves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(desk_font(SECONDARY_PX))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)
        self.setFixedHeight(self.fontMetrics().height() + 4)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def tell(self, hint: str, fault: str | None) -> None:
        """Say what is wrong, or else the hint."""
        self.setText(hint if fault is None else fault)
        self.setToolTip(fault or "")
        set_look(self, "tone", "dim" if fault is None else "warning")


def line_of(name: str, placeholder: str) -> QLineEdit:
    """Return a line to type in."""
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line


def label_for(text: str, buddy: QWidget) -> QLabel:
    """Return the label of a field; its & names the key that leads there."""
    label = QLabel(text)
    label.setBuddy(buddy)
    return label


def dim_text(text: str) -> QLabel:
    """Return words that explain."""
    label = QLabel(text)
    label.setFont(desk_font(SECONDARY_PX))
    set_look(label, "tone", "dim")
    return label


def monospace() -> QFont:
    """Return the font of what is copied sign by sign."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(SECONDARY_PX)
    return font


def outline(box: QCheckBox) -> None:
    """Give a box an edge that can be seen: Fusion takes a darker shade of the ground for it."""
    palette = QPalette(QApplication.palette())
    palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.PlaceholderText))
    box.setPalette(palette)


def row_of(*widgets: QWidget, wide: int) -> QHBoxLayout:
    """Return widgets side by side; the `wide`-th takes the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, int(place == wide))
    return row


def add_row(grid: QGridLayout, label: QLabel | None, field: QWidget | QLayout) -> None:
    """Add a field with its label, or without one, below the rows that are there."""
    row = grid.rowCount()
    if label is not None:
        grid.addWidget(label, row, 0, _RIGHT)
    if isinstance(field, QLayout):
        grid.addLayout(field, row, 1)
    else:
        grid.addWidget(field, row, 1)


def tab_through(widgets: Iterable[QWidget]) -> None:
    """Have Tab lead through widgets in this order."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)
