"""The strip above the chart at the first start: it offers the demo market and the other feeds."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.stylesheet import set_look

STRIP_PX = 34


def _button(text: str, look: str | None = None) -> QPushButton:
    button = QPushButton(text)
    if look is not None:
        set_look(button, "look", look)
    return button


class FirstStartStrip(QFrame):
    """Says that this is the demo market and offers the other feeds; any choice is for good."""

    kept = Signal()
    open_wanted = Signal()
    kafka_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setFixedHeight(STRIP_PX)
        self.setAccessibleName("First start")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        name = QLabel("Demo market")
        set_look(name, "tone", "dim")
        keep = _button("keep")
        keep.setAccessibleName("Keep the demo market")
        keep.clicked.connect(self.kept)
        open_file = _button("Open tick file…", "link")
        open_file.clicked.connect(self.open_wanted)
        kafka = _button("Connect Kafka…", "link")
        kafka.clicked.connect(self.kafka_wanted)
        close = _button("×", "quiet")
        close.setAccessibleName("Keep the demo market and close this strip")
        close.clicked.connect(self.kept)
        for widget in (name, keep, _dot(), open_file, _dot(), kafka):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(close)


def _dot() -> QLabel:
    dot = QLabel("·")
    set_look(dot, "tone", "dim")
    return dot
