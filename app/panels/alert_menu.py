"""The menu on a rule: edit, switch, snooze, why not, duplicate, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from analytics.rules.rule import Rule
from app.viewmodels.snooze import SNOOZES

Ask = Callable[[], object]


class AlertMenu(QMenu):
    """Made for one rule, or for none, where only a new one can be asked for; it goes away as it closes."""

    def __init__(self, parent: QWidget, *, new: Ask) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Alert menu")
        self.addAction("New alert…", new)

    def add_rule(self, rule: Rule, asks: Mapping[str, Ask], snooze: Callable[[int | None], object]) -> None:
        """Add what can be asked of a rule; `asks` has edit, toggle, why_not, duplicate and delete."""
        self.addSeparator()
        self._entry("Edit…", Qt.Key.Key_Return, asks["edit"])
        self._entry("Turn off" if rule.enabled else "Turn on", Qt.Key.Key_Space, asks["toggle"])
        within = self.addMenu("Snooze")
        for minutes, words in SNOOZES:
            action = within.addAction(words, partial(snooze, minutes))
            if minutes == SNOOZES[0][0]:
                action.setShortcut(QKeySequence(Qt.Key.Key_S))
                action.setShortcutVisibleInContextMenu(True)
        if rule.snooze_until:
            within.addSeparator()
            within.addAction("Wake", partial(snooze, 0))
        self._entry("Why not?", Qt.Key.Key_W, asks["why_not"])
        self.addSeparator()
        self.addAction("Duplicate", asks["duplicate"])
        self._entry("Delete", Qt.Key.Key_Delete, asks["delete"])

    def _entry(self, title: str, key: Qt.Key, act: Ask) -> None:
        action = self.addAction(title, act)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
