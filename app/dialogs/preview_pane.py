"""What is known of the chosen file, and the choices that change how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.form import dim_text
from app.dialogs.sheet_table import SheetTable
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.file_preview import FileChoice, FileLook
from app.viewmodels.file_sheet import FileSheet
from app.viewmodels.tones import Tone

if TYPE_CHECKING:
    from feeds.files import ColumnUse

ZONES: tuple[tuple[str | None, str], ...] = (
    (None, "As the calendar says"),
    ("Asia/Kolkata", "Asia/Kolkata (IST)"),
    ("UTC", "UTC"),
    ("America/New_York", "America/New_York"),
    ("America/Chicago", "America/Chicago"),
    ("Europe/London", "Europe/London"),
    ("Asia/Singapore", "Asia/Singapore"),
    ("Asia/Tokyo", "Asia/Tokyo"),
)
CALENDARS: tuple[tuple[str | None, str], ...] = (
    (None, "Each symbol's own"),
    ("nse", "NSE, 09:00 to 15:40 IST"),
    ("us", "US, 09:30 to 16:00 ET"),
    ("always", "Always open, UTC"),
)
MAPPED = (
    ("Time", "ts", ("ts", "ts_ns")),
    ("Price", "price", ("price",)),
    ("Size", "size", ("size", "volume")),
    ("Total volume", "volume_total", ("volume_total",)),
    ("Symbol", "symbol", ("symbol",)),
    ("Seq", "seq", ("seq",)),
)
"""The fields whose column can be chosen: label, our name, and the names that mean the same."""
_MAPPED_FORMS = {"CSV with a header", "Parquet"}
_NEEDED = ("ts", "price", "size")
_MOST_NOTES = 6
_TITLE_PX = 15


class PreviewPane(QWidget):
    """Shows a look at a file. `changed` carries the FileChoice that the user made of it."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = FileChoice()
        self._filling = False
        self._title, self._form = QLabel(), QLabel()
        self._title.setFont(desk_font(_TITLE_PX, QFont.Weight.DemiBold))
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._form.setObjectName("badge")
        self._form.setFont(desk_font(SECONDARY_PX))
        self._facts, self._why = _line(), _line(dim=True)
        self._times = _line(dim=True)
        self._fault = _line()
        set_look(self._fault, "tone", "warning")
        self.zone = _box("Time zone", ZONES)
        self.calendar = _box("Calendar", CALENDARS)
        self.columns = {ours: _box(f"Column of {label.lower()}", ()) for label, ours, _ in MAPPED}
        self.table = SheetTable()
        self._warnings, self._notes = _line(dim=True), _line(dim=True)
        set_look(self._warnings, "tone", "warning")
        self._warnings.setAccessibleName("What is amiss")
        self._notes.setAccessibleName("What is to be known")
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        set_look(self._message, "tone", "dim")
        self._pages = QStackedWidget()
        self._lay_out()
        self.zone.activated.connect(lambda _row: self._choose())
        self.calendar.activated.connect(lambda _row: self._choose())
        for ours, box in self.columns.items():
            box.activated.connect(lambda _row, ours=ours: self._choose_column(ours))

    def say(self, words: str, *, warning: bool = False) -> None:
        """Say something in place of a preview."""
        self._message.setText(words)
        set_look(self._message, "tone", "warning" if warning else "dim")
        self._pages.setCurrentIndex(0)

    def show_look(self, look: FileLook) -> None:
        """Show what was found."""
        self._choice = look.choice
        sheet = look.sheet
        self._title.setText(sheet.title)
        self._form.setText(sheet.form)
        self._facts.setText(sheet.facts)
        self._why.setText(f"Read as {sheet.form}: {sheet.why}.")
        self._times.setText(_times_words(sheet))
        self._fault.setText(_for_dialog(sheet.fault))
        self._fault.setVisible(bool(sheet.fault))
        self.table.setVisible(not sheet.fault)
        self.table.show_sheet(sheet)
        self._show_choices(look)
        self._show_notes(look)
        self._pages.setCurrentIndex(1)

    def _show_choices(self, look: FileLook) -> None:
        for box, value in ((self.zone, look.choice.zone), (self.calendar, look.choice.calendar)):
            at = box.findData(value)
            if at < 0:
                box.addItem(str(value), value)
                at = box.count() - 1
            box.setCurrentIndex(at)
        sheet = look.sheet
        can_map = sheet.form in _MAPPED_FORMS
        for _label, ours, fields in MAPPED:
            _fill(self.columns[ours], sheet.columns, fields)
            self.columns[ours].setEnabled(can_map)
            missing = ours in _NEEDED and self.columns[ours].currentIndex() == 0
            set_look(self.columns[ours], "wrong", bool(sheet.fault) and missing)

    def _show_notes(self, look: FileLook) -> None:
        shown = look.sheet.notes[:_MOST_NOTES]
        warnings = [f"▲ {note.text}" for note in shown if note.tone is Tone.WARNING]
        words = [note.text for note in shown if note.tone is not Tone.WARNING]
        if look.guessed:
            told = ", ".join(f"{theirs} as {ours}" for ours, theirs in look.guessed.items())
            words.insert(0, f"By their usual names: {told}. Another column can be chosen above.")
        if len(look.sheet.notes) > _MOST_NOTES:
            words.append(f"and {len(look.sheet.notes) - _MOST_NOTES} more")
        for label, lines in ((self._warnings, warnings), (self._notes, words)):
            label.setText("\n".join(lines))
            label.setVisible(bool(lines))

    def _choose(self) -> None:
        self.changed.emit(
            replace(self._choice, zone=self.zone.currentData(), calendar=self.calendar.currentData())
        )

    def _choose_column(self, ours: str) -> None:
        name = self.columns[ours].currentData()
        columns: Mapping[str, str] = {**self._choice.columns, ours: name}
        if name is None:
            columns = {field: each for field, each in self._choice.columns.items() if field != ours}
        self.changed.emit(replace(self._choice, columns=columns))

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(10)
        title.addWidget(self._title)
        title.addWidget(self._form)
        title.addStretch(1)
        choices = QGridLayout()
        choices.setHorizontalSpacing(8)
        choices.setVerticalSpacing(3)
        places = [(label, self.columns[ours]) for label, ours, _ in MAPPED]
        for place, (label, box) in enumerate(places):
            choices.addWidget(_label(label, box), 0, place)
            choices.addWidget(box, 1, place)
            choices.setColumnStretch(place, 1)
        choices.setRowMinimumHeight(2, 4)
        for place, (label, box) in enumerate((("Time &zone", self.zone), ("&Calendar", self.calendar))):
            choices.addWidget(_label(label, box), 3, 2 * place, 1, 2)
            choices.addWidget(box, 4, 2 * place, 1, 2)
        choices.addWidget(self._times, 4, 4, 1, 2)
        rule = QFrame()
        rule.setObjectName("panelTitle")
        rule.setFixedHeight(1)
        found = QWidget()
        column = QVBoxLayout(found)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(6)
        column.addLayout(title)
        column.addWidget(self._facts)
        column.addWidget(self._why)
        column.addSpacing(4)
        column.addLayout(choices)
        column.addWidget(self._fault)
        column.addSpacing(2)
        column.addWidget(rule)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        column.addWidget(self._warnings)
        column.addWidget(self._notes)
        message = QWidget()
        middle = QVBoxLayout(message)
        middle.setContentsMargins(48, 16, 48, 16)
        middle.addWidget(self._message)
        self._pages.addWidget(message)
        self._pages.addWidget(found)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)


def _line(*, dim: bool = False) -> QLabel:
    label = dim_text("") if dim else QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)
    return label


def _label(text: str, buddy: QWidget) -> QLabel:
    label = dim_text(text)
    label.setBuddy(buddy)
    return label


def _box(name: str, items: tuple[tuple[str | None, str], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(4)
    for value, text in items:
        box.addItem(text, value)
    return box


def _fill(box: QComboBox, columns: tuple[ColumnUse, ...], fields: tuple[str, ...]) -> None:
    """Offer the file's columns, the one that is read as one of `fields` being chosen."""
    box.clear()
    box.addItem("–", None)
    for use in columns:
        box.addItem(use.name, use.name)
        if use.example:
            box.setItemData(box.count() - 1, f"first value: {use.example}", Qt.ItemDataRole.ToolTipRole)
        if use.field in fields:
            box.setCurrentIndex(box.count() - 1)


def _times_words(sheet: FileSheet) -> str:
    return f"Times: {sheet.times}. Shown in {sheet.zone}." if sheet.times else ""


def _for_dialog(fault: str) -> str:
    """Return a fault as this dialog can mend it: by a column that is chosen above, not by an address."""
    said, found, _ = fault.partition("; name the column that holds it")
    return f"▲ {said}; choose it above" if found else f"▲ {said}"
