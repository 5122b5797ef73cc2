"""Pages of words: keyboard shortcuts, and about this program."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.buttons import without_icons
from app.stylesheet import SECONDARY_PX, desk_font, set_look

_WIDTH_PX, _SHEET_PX = 420, 720
Sheet = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""For each place its keys and what they do."""


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

    def _close_button(self, width: int = _WIDTH_PX) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        without_icons(buttons)
        self._column.addStretch(1)
        self._column.addWidget(buttons)
        self.setMinimumWidth(width)
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else 0
        self.resize(width, max(height, self.sizeHint().height()))


class ShortcutsPage(_Page):
    """Every key that does something, by where it acts, in two columns; `places` has the longest place first."""

    def __init__(self, places: Sheet, parent: QWidget | None = None) -> None:
        super().__init__("Shortcuts", parent)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        for part in _in_two(places):
            grid = QGridLayout()
            grid.setHorizontalSpacing(16)
            grid.setVerticalSpacing(4)
            for place, keys in part:
                _add_place(grid, place, keys)
            grid.setColumnStretch(1, 1)
            grid.setRowStretch(grid.rowCount(), 1)
            columns.addLayout(grid, 1)
        self._column.addLayout(columns)
        note = self._say("Single keys leave text fields and tables alone.", tone="dim")
        note.setFont(desk_font(SECONDARY_PX))
        self._close_button(_SHEET_PX)


class AboutPage(_Page):
    """Name, version and what it stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("About Tickdesk", parent)
        self._say("Tickdesk", bold=True)
        self._say(f"Version {_version()} · Qt {qVersion()}", tone="dim")
        self._say("A desktop dashboard for live stock ticks: exact rolling VWAP, alerts, charts and replay.")
        self._close_button()


def _in_two(places: Sheet) -> tuple[Sheet, Sheet]:
    """Cut the sheet between two places so that the columns are as even as can be."""

    def lines(part: Sheet) -> int:
        return sum(len(keys) + 1 for _place, keys in part)

    cut = min(range(1, len(places) + 1), key=lambda at: abs(lines(places[:at]) - lines(places[at:])))
    return places[:cut], places[cut:]


def _add_place(grid: QGridLayout, place: str, keys: tuple[tuple[str, str], ...]) -> None:
    row = grid.rowCount()
    title = QLabel(place)
    title.setFont(desk_font(SECONDARY_PX, QFont.Weight.DemiBold))
    title.setContentsMargins(0, 8 if row > 1 else 0, 0, 2)
    set_look(title, "tone", "dim")
    grid.addWidget(title, row, 0, 1, 2)
    for key, words in keys:
        row += 1
        caps = QHBoxLayout()
        caps.setSpacing(4)
        for part in key.split("  "):
            cap = QLabel(part)
            cap.setObjectName("key")
            cap.setFont(desk_font(SECONDARY_PX, QFont.Weight.Medium))
            caps.addWidget(cap)
        caps.addStretch(1)
        grid.addLayout(caps, row, 0)
        grid.addWidget(QLabel(words), row, 1)


def _version() -> str:
    try:
        return version("tickdesk")
    except PackageNotFoundError:
        return "of a working copy"
