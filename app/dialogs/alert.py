"""The alert dialog: one rule, by boxes or by its text, the reason where it is wrong, and a dry run beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from analytics.rules.rule import Rule
from app.dialogs.buttons import without_icons
from app.dialogs.condition_builder import ConditionBuilder
from app.dialogs.dry_run import DryRunView
from app.dialogs.form import add_row, label_for, line_of, tab_through
from app.dialogs.hair_line import HairLine
from app.dialogs.rule_fields import MomentAfter, RuleFields
from app.dialogs.watch_field import WatchField
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.viewmodels.condition import free_name, is_own_title, title_of
from app.viewmodels.dry_run import DryRunModel
from app.viewmodels.rule_faults import faulty_keys
from app.viewmodels.snooze import leading_symbol

_WIDTH_PX = 520
_BUILDER_LEFT = "The boxes follow one plain condition; this text says more, so edit it here."


@dataclass(frozen=True, slots=True)
class AlertChoices:
    """What the dialog offers: symbols, series, and names that other rules bear.

    `groups_indian` says whether a symbol's numbers group the Indian way; `moment_after` tells when a snooze ends.
    """

    symbols: tuple[str, ...]
    series: tuple[str, ...]
    groups_indian: Callable[[str], bool]
    taken: frozenset[str] = frozenset()
    moment_after: MomentAfter | None = None


class AlertDialog(QDialog):
    """Edits a copy of `rule`; `validate` returns the reason why a rule is wrong, or None.

    With a `dry_run` the rule is tried as it is edited, and `moment_picked` carries symbol and instant (ns) of a mark
    that was clicked there. The dialog leaves the window usable; whoever made the dry run closes it.
    """

    moment_picked = Signal(str, object)

    def __init__(
        self,
        rule: Rule,
        choices: AlertChoices,
        validate: Callable[[Rule], str | None],
        *,
        new: bool,
        parent: QWidget | None = None,
        dry_run: DryRunModel | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New alert" if new else "Edit alert")
        self.setMinimumWidth(_WIDTH_PX)
        self.is_new = new
        self._rule = rule
        self._taken = set(choices.taken)
        self._validate = validate
        self._groups_indian = choices.groups_indian
        self._names_itself = not rule.name or is_own_title(
            rule.name, rule.when, indian=self._indian(rule.symbol)
        )
        self.watch = WatchField(choices.symbols)
        self.symbol = self.watch.symbols
        self.builder = ConditionBuilder(choices.series)
        self.when = line_of("Rule text", "price crosses above vwap(session)")
        self.name = line_of("Name", "")
        self.fields = RuleFields(choices.moment_after)
        self.hysteresis, self.repeat = self.fields.hysteresis, self.fields.repeat
        self.cooldown, self.active = self.fields.cooldown, self.fields.active
        self.expires, self.snooze = self.fields.expires, self.fields.snooze
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setAccessibleName("What is wrong")
        set_look(self.reason, "tone", "warning")
        self._note = QLabel(_BUILDER_LEFT)
        self._note.setFont(desk_font(SECONDARY_PX))
        set_look(self._note, "tone", "dim")
        self._dry_run = dry_run
        self.dry_view = None if dry_run is None else DryRunView(dry_run)
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
        tab_through(self._tab_order())
        (self.builder.boxes[2] if self.builder.isEnabled() else self.when).setFocus()
        self.resize(self.sizeHint().expandedTo(self.minimumSize()))

    @property
    def rule(self) -> Rule:
        """Return the rule as it stands in the dialog."""
        kept = self._rule  # what is not asked for here stays
        named = replace(
            kept, name=self.name.text().strip(), symbol=self.watch.text, when=self.when.text().strip()
        )
        return self.fields.put_into(named)

    @property
    def snooze_changed(self) -> bool:
        """Return whether the snooze is another than it was when the dialog opened."""
        return self.rule.snooze_until != self._rule.snooze_until

    def set_when(self, symbol: str, when: str) -> None:
        """Put another condition in the place of the one that stands here, such as a level that was pointed at."""
        self.watch.set_text(symbol)
        self.fields.set_symbol(symbol)
        self.when.setText(when)
        self._follow(when)

    def _fill(self, rule: Rule) -> None:
        self.watch.set_text(rule.symbol)
        self.when.setText(rule.when)
        self.fields.fill(rule)
        self.name.setText(rule.name or self._own_name(rule.when))
        self._follow(rule.when)

    def _connect(self) -> None:
        self.builder.edited.connect(self.when.setText)
        self.when.textChanged.connect(self._renamed)
        self.when.textEdited.connect(self._follow)
        self.name.textEdited.connect(self._named)
        self.name.textChanged.connect(self._check)
        self.watch.edited.connect(self._watched)
        self.fields.edited.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        if self.dry_view is not None:
            self.dry_view.moment_picked.connect(self.moment_picked)

    def _follow(self, when: str) -> None:
        self._note.setHidden(self.builder.follow(when))

    def _watched(self, symbol: str) -> None:
        self.fields.set_symbol(symbol)
        self._check()

    def _named(self, text: str) -> None:
        self._names_itself = not text.strip()

    def _renamed(self, when: str) -> None:
        if self._names_itself:
            self.name.setText(self._own_name(when))
        self._check()

    def _own_name(self, when: str) -> str:
        return free_name(title_of(when, indian=self._indian(self.watch.text)), self._taken)

    def _indian(self, symbol: str) -> bool:
        return self._groups_indian(leading_symbol(symbol) or symbol)

    def _check(self) -> None:
        """Say what is wrong and where, allow OK only where nothing is, and have the rule tried then."""
        rule = self.rule
        reason, keys = self._reason(rule)
        self._ok.setEnabled(reason is None)
        set_look(self.when, "wrong", "when" in keys)
        set_look(self.name, "wrong", "name" in keys)
        set_look(self.symbol, "wrong", "symbol" in keys)
        self.fields.mark(keys)
        self.reason.setText(reason or "")
        self.reason.setToolTip(reason or "")
        if self._dry_run is not None:
            self._dry_run.try_rule(rule if reason is None or keys == ("name",) else None)

    def _reason(self, rule: Rule) -> tuple[str | None, tuple[str, ...]]:
        """Return why a rule is wrong, and which keys of it; None and none where it is right."""
        if not rule.symbol:
            return "Choose a symbol.", ("symbol",)
        if not rule.when:
            return "Write a condition, such as: price crosses above vwap(session)", ("when",)
        reason = self._validate(rule)
        if reason is not None:
            return reason.removeprefix(f"rule {rule.name!r}: "), faulty_keys(rule) or ("when",)
        if not rule.name:
            return "Give the alert a name.", ("name",)
        if rule.name in self._taken:
            return f"Another alert is called “{rule.name}”; give this one its own name.", ("name",)
        return None, ()

    def _tab_order(self) -> list[QWidget]:
        """Return the controls from top to bottom, each row from left to right."""
        order: list[QWidget] = [self.watch.how, self.symbol, *self.builder.boxes, self.when]
        order += [self.hysteresis, self.repeat, self.cooldown, self.active, self.expires, self.snooze]
        order.append(self.name)
        if self.dry_view is not None:
            order += [self.dry_view.timeline, self.dry_view.times]
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        return [*order, self._ok, cancel]

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        symbol_label = label_for("&Symbol", self.symbol)
        add_row(grid, symbol_label, self.watch)
        add_row(grid, label_for("&Condition", self.builder.boxes[2]), self.builder)
        add_row(grid, label_for("Rule &text", self.when), self.when)
        add_row(grid, None, self._note)
        row = grid.rowCount()
        grid.addWidget(self.fields, row, 0, 1, 2)
        add_row(grid, label_for("&Name", self.name), self.name)
        widest = max(label.sizeHint().width() for label in self.fields.first_labels)
        grid.setColumnMinimumWidth(0, widest)
        for label in self.fields.first_labels:
            label.setMinimumWidth(max(widest, symbol_label.sizeHint().width()))
        # Three lines are kept free, so that typing moves nothing.
        self.reason.setFont(desk_font(SECONDARY_PX))
        self.reason.setFixedHeight(3 * self.reason.fontMetrics().lineSpacing() + 2)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        add_row(grid, None, self.reason)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(10)
        column.addLayout(grid)
        if self.dry_view is not None:
            column.addWidget(HairLine())
            column.addWidget(self.dry_view)
        column.addStretch(1)
        column.addWidget(self._buttons)
