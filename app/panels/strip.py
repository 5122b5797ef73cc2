"""What stands above the chart: the first-start strip, and a banner for the feed's states."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.panels.elided import ElidedLabel
from app.stylesheet import desk_font, set_look
from app.viewmodels.feed_face import Choice, Notice

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


class Banner(QFrame):
    """One line about the feed, with what can be done; never in front of the chart."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setFixedHeight(STRIP_PX)
        self.setAccessibleName("Feed notice")
        self._icon, self._title, self._detail = QLabel(), QLabel(), ElidedLabel()
        self._title.setFont(desk_font(12, QFont.Weight.DemiBold))
        set_look(self._detail, "tone", "dim")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(180)
        self._progress.setAccessibleName("Progress")
        self._notice: Notice | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        for widget in (self._icon, self._title, self._detail, self._progress):
            row.addWidget(widget)
        self._buttons: dict[Choice, QPushButton] = {}
        for choice in Choice:
            button = _button(choice.value)
            button.clicked.connect(lambda _checked=False, choice=choice: self.chosen.emit(choice))
            self._buttons[choice] = button
            row.addWidget(button)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        """Return what is shown now."""
        return self._notice

    def show_notice(self, notice: Notice | None) -> None:
        """Show a notice, or nothing for None."""
        if notice == self._notice:
            return
        self._notice = notice
        if notice is None:
            self.hide()
            return
        self._icon.setText(notice.icon)
        self._title.setText(notice.title)
        self._detail.setText(notice.detail)
        for label in (self._icon, self._title):
            set_look(label, "tone", notice.tone.value)
        for choice, button in self._buttons.items():
            button.setVisible(choice in notice.choices)
        self._progress.setVisible(notice.total > 0)
        if notice.total > 0:
            self._progress.setRange(0, 1000)
            self._progress.setValue(1000 * notice.done // notice.total)
        self.show()  # last, so that what is hidden has taken no room
