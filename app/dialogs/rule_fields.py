"""The fields of a rule beside its condition: how much, how often, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from analytics.rules.rule import Repeat, Rule
from app.dialogs.form import label_for, line_of
from app.stylesheet import set_look
from app.viewmodels.snooze import SNOOZES

MomentAfter = Callable[[str, int | None], str]
"""Gives the text of the moment at which a snooze of a rule on a symbol ends: after minutes, or with the session."""
_REPEATS = (
    (Repeat.EACH, "Each time"),
    (Repeat.SESSION, "Once a session"),
    (Repeat.ONCE, "Once"),
)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RuleFields(QWidget):
    """Six fields in two columns. `edited` tells that one of them has changed."""

    edited = Signal()

    def __init__(self, moment_after: MomentAfter | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._moment_after = moment_after
        self._symbol = ""
        self.hysteresis = line_of("Hysteresis", "0.50, 2 ticks or 0.1 %")
        self.repeat = QComboBox()
        self.repeat.setAccessibleName("Repeat")
        for value, text in _REPEATS:
            self.repeat.addItem(text, value)
        self.cooldown = line_of("Cool-down", "30s, 5m")
        self.active = line_of("Active hours", "09:30-15:00")
        self.expires = line_of("Expires", "2026-12-31T15:30")
        self.snooze = QComboBox()
        self.snooze.setEditable(True)
        self.snooze.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.snooze.setAccessibleName("Snoozed until")
        self.snooze.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.snooze.setMinimumContentsLength(8)
        self.snooze.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.snooze.addItem("", None)
        for minutes, words in SNOOZES:
            self.snooze.addItem(words, (minutes,))
        line = self.snooze.lineEdit()
        if line is not None:
            line.setPlaceholderText("not snoozed")
        self._lay_out()
        for each in (self.hysteresis, self.cooldown, self.active, self.expires):
            each.textChanged.connect(self.edited)
        self.repeat.currentIndexChanged.connect(self.edited)
        self.snooze.activated.connect(self._snooze_for)
        self.snooze.editTextChanged.connect(self.edited)

    def fill(self, rule: Rule) -> None:
        """Show a rule's keys."""
        self.set_symbol(rule.symbol)
        self.hysteresis.setText("" if rule.hysteresis == "0" else rule.hysteresis)
        self.repeat.setCurrentIndex([value for value, _text in _REPEATS].index(rule.repeat))
        self.cooldown.setText("" if rule.cooldown == "0s" else rule.cooldown)
        self.active.setText(rule.active)
        self.expires.setText(rule.expires)
        self.snooze.setEditText(rule.snooze_until)

    def set_symbol(self, symbol: str) -> None:
        """Say whose sessions and zone a snooze is told by."""
        self._symbol = symbol

    def put_into(self, rule: Rule) -> Rule:
        """Return a rule with the keys as they stand here."""
        return replace(
            rule,
            hysteresis=self.hysteresis.text().strip() or "0",
            repeat=self.repeat.currentData(),
            cooldown=self.cooldown.text().strip() or "0s",
            active=self.active.text().strip(),
            expires=self.expires.text().strip(),
            snooze_until=self.snooze.currentText().strip(),
        )

    def mark(self, keys: Collection[str]) -> None:
        """Mark the fields of some keys as wrong, and no others."""
        fields: dict[str, QWidget] = {
            "hysteresis": self.hysteresis,
            "cooldown": self.cooldown,
            "active": self.active,
            "expires": self.expires,
            "snooze_until": self.snooze,
        }
        for name, field in fields.items():
            set_look(field, "wrong", name in keys)

    def _snooze_for(self, index: int) -> None:
        """Put the moment in the place of words such as 15 min."""
        chosen = self.snooze.itemData(index)
        if chosen is None or self._moment_after is None:
            return
        text = self._moment_after(self._symbol, chosen[0])
        with QSignalBlocker(self.snooze):
            self.snooze.setCurrentIndex(0)
        self.snooze.setEditText(text)

    def _lay_out(self) -> None:
        self.first_labels: list[QLabel] = []
        """The labels of the left column, to stand in line with those above."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        columns: tuple[tuple[tuple[str, QLineEdit | QComboBox], ...], ...] = (
            (("&Hysteresis", self.hysteresis), ("C&ool-down", self.cooldown), ("E&xpires", self.expires)),
            (("&Repeat", self.repeat), ("Acti&ve", self.active), ("Snoo&ze", self.snooze)),
        )
        for column, fields in enumerate(columns):
            for row, (text, field) in enumerate(fields):
                label = label_for(text, field)
                label.setAlignment(_RIGHT)
                if not column:
                    self.first_labels.append(label)
                grid.addWidget(label, row, 2 * column, _RIGHT)
                grid.addWidget(field, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
