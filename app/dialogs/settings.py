"""The settings dialog: what each setting is, where its value comes from, and what is wrong with a new one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from analytics.errors import ConfigError
from app.dialogs.buttons import without_icons
from app.dialogs.form import Note, outline
from app.settings_book import Kind, Setting, SettingsBook
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.setting_edits import SettingEdits, text_of

_WIDTH_PX, _HEIGHT_PX = 640, 620
_LABEL_PX, _FIELD_PX = 84, 300


class SettingRow:
    """One setting: its title, a field, where the value comes from, a way back, and a line below."""

    def __init__(self, setting: Setting, edits: SettingEdits) -> None:
        self.setting, self._edits = setting, edits
        fact = setting.fact
        self.title = QLabel(fact.title)
        self.field = _field(setting)
        self.field.setAccessibleName(fact.title)
        self.field.setAccessibleDescription(fact.what)
        self.field.setEnabled(not setting.overridden)
        self.title.setBuddy(self.field)
        self.origin = QLabel()
        self.origin.setFont(desk_font(SECONDARY_PX))
        set_look(self.origin, "tone", "dim")
        self.way_back = QPushButton("Reset")
        self.way_back.setAccessibleName(f"Reset {fact.title}")
        self.way_back.setToolTip("Take this setting out of the file")
        set_look(self.way_back, "look", "link")
        self.note = Note()
        self.show_value()

    def show_value(self) -> None:
        """Put the value as edited into the field."""
        name, field = self.setting.fact.name, self.field
        if isinstance(field, QCheckBox):
            field.setChecked(bool(self._edits.value(name)))
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(self._edits.value(name)))
        elif isinstance(field, QLineEdit):
            field.setText(self._edits.text(name))

    def tell(self) -> None:
        """Say where the value comes from and what is wrong with it."""
        setting, name = self.setting, self.setting.fact.name
        changes = self._edits.changes
        fault = self._edits.fault(name)
        self.note.tell(_hint(setting), fault)
        set_look(self.field, "wrong", fault is not None)
        if setting.overridden:
            self.origin.setText(f"set by {setting.origin_text}")
        elif name in changes:
            self.origin.setText("changed")
        else:
            self.origin.setText(setting.origin_text)
        set_look(self.origin, "tone", "warning" if setting.overridden else "dim")
        in_file = setting.in_file is not None or name in changes
        taken_out = name in changes and changes[name] is None
        self.way_back.setVisible(in_file and not taken_out and not setting.overridden)


class SettingsDialog(QDialog):
    """Edits the settings of a book. `saved` carries what was written; None for what was taken out."""

    saved = Signal(object)

    def __init__(self, book: SettingsBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._book = book
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setAccessibleName("What happens, or what is wrong")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        without_icons(self.buttons)
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        fault = ""
        try:
            settings = book.read()
        except ConfigError as error:
            settings, fault = (), str(error)
        self.edits = SettingEdits(settings)
        self.rows = {each.fact.name: SettingRow(each, self.edits) for each in settings}
        self._lay_out()
        for row in self.rows.values():
            self._connect(row)
        self._check()
        if fault:
            self._warn(f"{fault}. Mend the file by hand, then open this again.")
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    def _connect(self, row: SettingRow) -> None:
        name, field = row.setting.fact.name, row.field

        def reset() -> None:
            self.edits.reset(name)
            row.show_value()
            self.edits.reset(name)  # the field has told its new value meanwhile
            self._check()

        if isinstance(field, QCheckBox):
            field.toggled.connect(lambda checked: self._take(name, checked))
        elif isinstance(field, QComboBox):
            field.activated.connect(lambda _index: self._take(name, field.currentData()))
        elif isinstance(field, QLineEdit):
            field.textEdited.connect(lambda text: self._typed(name, text))
        row.way_back.clicked.connect(reset)

    def _take(self, name: str, value: object) -> None:
        self.edits.take(name, value)
        self._check()

    def _typed(self, name: str, text: str) -> None:
        self.edits.take_text(name, text)
        self._check()

    def _check(self) -> None:
        for row in self.rows.values():
            row.tell()
        changed = bool(self.edits.changes)
        self._save_button().setEnabled(changed and not self.edits.faulty)
        later = self.edits.at_next_start
        self.reason.setText(f"Counts from the next start: {', '.join(later)}" if later else "")
        set_look(self.reason, "tone", "dim")

    def _save(self) -> None:
        changes = dict(self.edits.changes)
        try:
            self._book.write(changes)
        except (ConfigError, OSError) as error:
            self._warn(f"Not saved: {error}")
            return
        self.saved.emit(changes)
        self.accept()

    def _warn(self, words: str) -> None:
        self.reason.setText(words)
        set_look(self.reason, "tone", "warning")

    def _save_button(self) -> QPushButton:
        return self.buttons.button(QDialogButtonBox.StandardButton.Save)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        grid = QGridLayout(page)
        grid.setContentsMargins(20, 14, 20, 14)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, _LABEL_PX)
        grid.setColumnStretch(2, 1)
        group = ""
        for row in self.rows.values():
            if row.setting.fact.group != group:
                group = row.setting.fact.group
                _add_heading(grid, group, first=grid.rowCount() == 1)
            _add_row(grid, row)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setObjectName("pageArea")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = QVBoxLayout()
        foot.setContentsMargins(20, 10, 20, 14)
        foot.setSpacing(8)
        where = QLabel(f"Written to {self._book.path}")
        where.setFont(desk_font(SECONDARY_PX))
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setMinimumWidth(1)
        where.setToolTip(str(self._book.path))
        set_look(where, "tone", "dim")
        foot.addWidget(self.reason)
        foot.addWidget(where)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(area, 1)
        column.addLayout(foot)


def _add_heading(grid: QGridLayout, text: str, *, first: bool) -> None:
    heading = QLabel(text)
    heading.setFont(desk_font(13, QFont.Weight.DemiBold))
    heading.setContentsMargins(0, 0 if first else 12, 0, 4)
    grid.addWidget(heading, grid.rowCount(), 0, 1, 4)


def _add_row(grid: QGridLayout, row: SettingRow) -> None:
    at = grid.rowCount()
    grid.addWidget(row.title, at, 0)
    grid.addWidget(row.field, at, 1)
    grid.addWidget(row.origin, at, 2)
    grid.addWidget(row.way_back, at, 3)
    row.note.setContentsMargins(0, 0, 0, 4)
    row.note.setFixedHeight(row.note.fontMetrics().height() + 10)
    grid.addWidget(row.note, at + 1, 1, 1, 3)


def _field(setting: Setting) -> QWidget:
    """Return the field for a setting's kind."""
    if setting.fact.kind is Kind.SWITCH:
        box = QCheckBox("On")
        outline(box)
        return box
    if setting.fact.kind is Kind.CHOICE:
        choice = QComboBox()
        for value, title in setting.fact.choices:
            choice.addItem(title, value)
        choice.setFixedWidth(_FIELD_PX)
        return choice
    line = QLineEdit()
    line.setFixedWidth(_FIELD_PX)
    if setting.fact.kind is Kind.TEXT:
        line.setPlaceholderText(text_of(setting.without) or "none")
    return line


def _hint(setting: Setting) -> str:
    """Return what a setting does, and its default where it is another."""
    words = setting.fact.what
    if setting.default is not None and setting.value != setting.default:
        words += f" Default: {_told(setting, setting.default)}."
    return words


def _told(setting: Setting, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    titles = dict(setting.fact.choices)
    return titles.get(value, text_of(value))
