"""The rules as rows: name, how they repeat, and how far the price has to go."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError
from analytics.rules.rule import Repeat, Rule
from app.desk import Desk
from app.formatting import NO_VALUE, span_text
from app.guarded import guarded, nothing
from app.override import override
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE, FIGURE_ROLE, KEY_ROLE, SHOWN_ROLE
from app.viewmodels.watchlist import AnyIndex

_NO_PARENT = QModelIndex()
REPEAT_TEXT = {Repeat.EACH: "each", Repeat.SESSION: "once a session", Repeat.ONCE: "once"}


def rule_detail(rule: Rule, charted: str) -> str:
    """Return a rule's second line: its symbol where the chart shows another, repeat, cool-down, hysteresis."""
    parts = [] if rule.symbol == charted else [rule.symbol]
    if not rule.enabled:
        return " · ".join([*parts, "off"])
    parts.append(REPEAT_TEXT[rule.repeat])
    cooldown = _cooldown_text(rule.cooldown)
    if cooldown:
        parts.append(cooldown)
    if rule.hysteresis.strip() not in {"", "0", "0.0"}:
        parts.append(f"hyst {rule.hysteresis}")
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
        self._figures: list[str] = []
        self._charted = ""

    def refresh(self) -> None:
        """Take the rules and their distances from the desk."""
        if self._desk.rules != self._rules:
            self.beginResetModel()
            self._rules = self._desk.rules
            self._figures = [self._figure(rule) for rule in self._rules]
            self.endResetModel()
            return
        for row, rule in enumerate(self._rules):
            figure = self._figure(rule)
            if figure != self._figures[row]:
                self._figures[row] = figure
                self.dataChanged.emit(self.index(row), self.index(row), [FIGURE_ROLE])

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
            return rule_detail(rule, self._charted)
        if role == FIGURE_ROLE:
            return self._figures[index.row()]
        if role == SHOWN_ROLE:
            return rule.enabled
        if role == KEY_ROLE:
            return rule.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{rule.symbol}: {rule.when}\nTo the level: {self._figures[index.row()]}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "on" if rule.enabled else "off"
            return f"{rule.name}, {rule.symbol}, {state}, {self._figures[index.row()]} to the level"
        return None

    def _figure(self, rule: Rule) -> str:
        """Return how far the left side has to move to reach the right: minus of left minus right."""
        distance = self._desk.distance(rule) if rule.enabled else None
        if distance is None:
            return NO_VALUE
        return self._quotes.style(rule.symbol).signed(-distance)
