"""Pages of words: keyboard shortcuts, and about this program."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.dialogs.buttons import without_icons
from app.stylesheet import SECONDARY_PX, desk_font, set_look

_WIDTH_PX = 420
SHORTCUTS = (
    ("Anywhere", (
        ("/", "Find a symbol in the watchlist"),
        ("Ctrl+O", "Open a tick file"),
        ("Ctrl+Z", "Undo the last change of the alerts"),
        ("F1", "This page"),
        ("F10", "Menu"),
        ("F11", "Full screen"),
        ("F12", "Performance"),
        ("Esc", "Close what is in front"),
    )),
    ("Chart and transport", (
        ("A", "New alert at the crosshair"),
        ("End", "Follow the newest tick"),
        ("Space", "Play or pause"),
        ("← →", "Step one tick back or forward"),
        ("[ ]", "Slower, faster"),
    )),
    ("Alerts", (
        ("Enter", "Edit"),
        ("Space", "On or off"),
        ("Delete", "Delete"),
    )),
)  # fmt: skip


class _Page(QDialog):
    """A page that Esc and Close close."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 18, 20, 14)
        self._column.setSpacing(10)
        self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)

    def _say(self, text: str, *, tone: str | None = None, bold: bool = False) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        if bold:
            label.setFont(desk_font(14, QFont.Weight.DemiBold))
        if tone is not None:
            set_look(label, "tone", tone)
        self._column.addWidget(label)
        return label

    def _close_button(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        without_icons(buttons)
        self._column.addStretch(1)
        self._column.addWidget(buttons)
        self.setMinimumWidth(_WIDTH_PX)
        height = self._column.heightForWidth(_WIDTH_PX) if self._column.hasHeightForWidth() else 0
        self.resize(_WIDTH_PX, max(height, self.sizeHint().height()))


class ShortcutsPage(_Page):
    """Every key that does something, by where it acts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Shortcuts", parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        row = 0
        for place, keys in SHORTCUTS:
            title = QLabel(place)
            title.setFont(desk_font(SECONDARY_PX, QFont.Weight.DemiBold))
            title.setContentsMargins(0, 8 if row else 0, 0, 2)
            set_look(title, "tone", "dim")
            grid.addWidget(title, row, 0, 1, 2)
            row += 1
            for key, words in keys:
                name = QLabel(key)
                name.setFont(desk_font(12, QFont.Weight.DemiBold))
                grid.addWidget(name, row, 0)
                grid.addWidget(QLabel(words), row, 1)
                row += 1
        grid.setColumnMinimumWidth(0, 70)
        grid.setColumnStretch(1, 1)
        self._column.addLayout(grid)
        note = self._say("Single keys leave text fields and tables alone.", tone="dim")
        note.setFont(desk_font(SECONDARY_PX))
        self._close_button()


class AboutPage(_Page):
    """Name, version and what it stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("About Tickdesk", parent)
        self._say("Tickdesk", bold=True)
        self._say(f"Version {_version()} · Qt {qVersion()}", tone="dim")
        self._say("A desktop dashboard for live stock ticks: exact rolling VWAP, alerts, charts and replay.")
        self._close_button()


def _version() -> str:
    try:
        return version("tickdesk")
    except PackageNotFoundError:
        return "of a working copy"
