"""The rules as rows: name, how they repeat or how long they are snoozed, and how far the price has to go."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError
from analytics.rules.rule import Repeat, Rule
from app.desk import Desk
from app.formatting import span_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quotes
from app.viewmodels.rule_distance import Distance, RuleDistances
from app.viewmodels.snooze import leading_symbol, left_ns, snooze_words
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, KEY_ROLE, SHOWN_ROLE
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
REPEAT_TEXT = {Repeat.EACH: "each", Repeat.SESSION: "once a session", Repeat.ONCE: "once"}


def rule_detail(rule: Rule, charted: str, state: str = "") -> str:
    """Return a rule's second line: its symbol where the chart shows another, repeat, cool-down, hysteresis.

    A `state`, such as how long it is snoozed, stands in the place of the rest.
    """
    parts = [] if rule.symbol == charted else [rule.symbol]
    if not rule.enabled or state:
        return " · ".join([*parts, state if rule.enabled else "off"])
    parts.append(REPEAT_TEXT[rule.repeat])
    cooldown = _cooldown_text(rule.cooldown)
    if cooldown:
        parts.append(cooldown)
    if rule.hysteresis.strip() not in {"", "0", "0.0"}:
        parts.append(f"hyst {rule.hysteresis}")
    if rule.active:
        parts.append(rule.active)
    return " · ".join(parts)


def _cooldown_text(text: str) -> str:
    try:
        duration_ns = parse_duration_ns(text)
    except ConfigError:
        return text
    return span_text(duration_ns) if duration_ns else ""


class AlertsModel(QAbstractListModel):
    """The desk's rules in their order, with the distance of each told live."""

    def __init__(self, desk: Desk, quotes: Quotes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._quotes = quotes
        self._rules: tuple[Rule, ...] = ()
        self._distances = RuleDistances(desk, quotes)
        self._figures: list[Distance] = []
        self._states: list[str] = []
        self._charted = ""

    def refresh(self) -> None:
        """Take the rules, their distances and what is left of their snoozes from the desk."""
        if self._desk.rules != self._rules:
            self.beginResetModel()
            self._distances.forget()
            self._rules = self._desk.rules
            self._figures = [self._distances.of(rule) for rule in self._rules]
            self._states = [self._state(rule) for rule in self._rules]
            self.endResetModel()
            return
        for row, rule in enumerate(self._rules):
            figure, state = self._distances.of(rule), self._state(rule)
            roles = []
            if figure != self._figures[row]:
                self._figures[row] = figure
                roles.append(FIGURE_ROLE)
            if state != self._states[row]:
                self._states[row] = state
                roles.append(DETAIL_ROLE)
            if roles:
                self.dataChanged.emit(self.index(row), self.index(row), roles)

    def set_charted(self, symbol: str) -> None:
        """Say which symbol the chart shows: rules of others name theirs."""
        self._charted = symbol
        if self._rules:
            self.dataChanged.emit(self.index(0), self.index(len(self._rules) - 1), [DETAIL_ROLE])

    def rule_at(self, row: int) -> Rule | None:
        """Return the rule of a row, None past the last."""
        return self._rules[row] if 0 <= row < len(self._rules) else None

    @override
    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rules)

    @override
    @guarded(nothing)
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        rule = self.rule_at(index.row())
        if rule is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return rule.name
        if role == DETAIL_ROLE:
            return rule_detail(rule, self._charted, self._states[index.row()])
        if role == FIGURE_ROLE:
            return self._figures[index.row()].figure
        if role == SHOWN_ROLE:
            return rule.enabled
        if role == KEY_ROLE:
            return rule.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{rule.symbol}: {rule.when}\n{self._figures[index.row()].words}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = self._states[index.row()] or "on" if rule.enabled else "off"
            return f"{rule.name}, {rule.symbol}, {state}, {self._figures[index.row()].words}"
        return None

    def _state(self, rule: Rule) -> str:
        """Return what keeps a rule quiet now: a snooze, or that it has expired."""
        if not (rule.snooze_until or rule.expires):
            return ""
        leading = leading_symbol(rule.symbol, self._desk.symbols)
        calendar, now_ns = self._quotes.calendar(leading), self._desk.now_ns
        if rule.expires and not left_ns(rule.expires, now_ns, calendar):
            return "expired"
        return snooze_words(rule, now_ns, calendar)
