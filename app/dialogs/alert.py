"""The alert dialog: one rule, by boxes or by its text, with the reason beside it where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from analytics.rules.rule import Repeat, Rule
from app.dialogs.buttons import without_icons
from app.dialogs.condition_builder import ConditionBuilder
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.condition import free_name, is_own_title, title_of

_WIDTH_PX = 520
_REPEATS = (
    (Repeat.EACH, "Each time"),
    (Repeat.SESSION, "Once a session"),
    (Repeat.ONCE, "Once"),
)
_BUILDER_LEFT = "The boxes follow one plain condition; this text says more, so edit it here."


@dataclass(frozen=True, slots=True)
class AlertChoices:
    """What the dialog offers: symbols, series, and names that other rules bear.

    `groups_indian` says whether a symbol's numbers group the Indian way.
    """

    symbols: tuple[str, ...]
    series: tuple[str, ...]
    groups_indian: Callable[[str], bool]
    taken: frozenset[str] = frozenset()


class AlertDialog(QDialog):
    """Edits a copy of `rule`; `validate` returns the reason why a rule is wrong, or None."""

    def __init__(
        self,
        rule: Rule,
        choices: AlertChoices,
        validate: Callable[[Rule], str | None],
        *,
        new: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New alert" if new else "Edit alert")
        self.setMinimumWidth(_WIDTH_PX)
        self._rule = rule
        self._taken = set(choices.taken)
        self._validate = validate
        self._groups_indian = choices.groups_indian
        self._names_itself = not rule.name or is_own_title(
            rule.name, rule.when, indian=choices.groups_indian(rule.symbol)
        )
        self.symbol = QComboBox()
        self.symbol.setEditable(True)
        self.symbol.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.symbol.addItems(choices.symbols)
        self.symbol.setAccessibleName("Symbol")
        self.builder = ConditionBuilder(choices.series)
        self.when = _line("Rule text", "price crosses above vwap(session)")
        self.name = _line("Name", "")
        self.hysteresis = _line("Hysteresis", "0.50, 2 ticks or 0.1 %")
        self.repeat = QComboBox()
        self.repeat.setAccessibleName("Repeat")
        for value, text in _REPEATS:
            self.repeat.addItem(text, value)
        self.cooldown = _line("Cool-down", "30s, 5m")
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setAccessibleName("What is wrong")
        set_look(self.reason, "tone", "warning")
        self._note = QLabel(_BUILDER_LEFT)
        self._note.setFont(desk_font(SECONDARY_PX))
        set_look(self._note, "tone", "dim")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText("Add alert" if new else "Save")
        without_icons(self._buttons)
        self._lay_out()
        self._fill(rule)
        self._connect()
        self._check()
        self.resize(self.sizeHint().expandedTo(self.minimumSize()))

    @property
    def rule(self) -> Rule:
        """Return the rule as it stands in the dialog."""
        return replace(
            self._rule,  # what is not asked for here stays
            name=self.name.text().strip(),
            symbol=self.symbol.currentText().strip(),
            when=self.when.text().strip(),
            hysteresis=self.hysteresis.text().strip() or "0",
            repeat=self.repeat.currentData(),
            cooldown=self.cooldown.text().strip() or "0s",
        )

    def _fill(self, rule: Rule) -> None:
        self.symbol.setCurrentText(rule.symbol)
        self.when.setText(rule.when)
        self.hysteresis.setText("" if rule.hysteresis == "0" else rule.hysteresis)
        self.repeat.setCurrentIndex([value for value, _text in _REPEATS].index(rule.repeat))
        self.cooldown.setText("" if rule.cooldown == "0s" else rule.cooldown)
        self.name.setText(rule.name or self._own_name(rule.when))
        self._note.setHidden(self.builder.follow(rule.when))

    def _connect(self) -> None:
        self.builder.edited.connect(self._built)
        self.when.textChanged.connect(self._renamed)
        self.when.textEdited.connect(lambda text: self._note.setHidden(self.builder.follow(text)))
        self.name.textEdited.connect(self._named)
        self.symbol.currentTextChanged.connect(self._check)
        self.repeat.currentIndexChanged.connect(self._check)
        for line in (self.name, self.hysteresis, self.cooldown):
            line.textChanged.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _built(self, text: str) -> None:
        self.when.setText(text)

    def _named(self, text: str) -> None:
        self._names_itself = not text.strip()

    def _renamed(self, when: str) -> None:
        if self._names_itself:
            self.name.setText(self._own_name(when))
        self._check()

    def _own_name(self, when: str) -> str:
        indian = self._groups_indian(self.symbol.currentText())
        return free_name(title_of(when, indian=indian), self._taken)

    def _check(self) -> None:
        """Say what is wrong, and allow OK only where nothing is."""
        rule = self.rule
        reason = self._reason(rule)
        self._ok.setEnabled(reason is None)
        set_look(self.when, "wrong", reason is not None)
        self.reason.setText(reason or "")
        self.reason.setToolTip(reason or "")

    def _reason(self, rule: Rule) -> str | None:
        if not rule.symbol:
            return "Choose a symbol."
        if not rule.when:
            return "Write a condition, such as: price crosses above vwap(session)"
        if not rule.name:
            return "Give the alert a name."
        if rule.name in self._taken:
            return f"Another alert is called “{rule.name}”; give this one its own name."
        reason = self._validate(rule)
        return None if reason is None else reason.removeprefix(f"rule {rule.name!r}: ")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Symbol", self.symbol)
        form.addRow("&Condition", self.builder)
        form.addRow("Rule &text", self.when)
        form.addRow("", self._note)
        self.reason.setFixedHeight(3 * self.reason.fontMetrics().height())  # so that typing moves nothing
        self.reason.setAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        form.addRow("&Hysteresis", self.hysteresis)
        form.addRow("&Repeat", self.repeat)
        form.addRow("C&ool-down", self.cooldown)
        form.addRow("&Name", self.name)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.reason)
        column.addWidget(self._buttons)


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line
