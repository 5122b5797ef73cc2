"""Edits of the rules that can be undone: every edit puts a whole set of rules in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.rules.rule import Rule
from app.desk import Desk

_DEEPEST = 200  # edits that can be undone


@dataclass(frozen=True, slots=True)
class _Edit:
    what: str
    before: tuple[Rule, ...]


class RuleHistory:
    """Adds, changes and deletes rules through the desk, and takes each edit back in turn.

    Every edit may raise RuleError, and changes nothing then.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._edits: list[_Edit] = []

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules in force."""
        return self._desk.rules

    @property
    def undoable(self) -> str | None:
        """Return what the next undo takes back, None where there is nothing."""
        return self._edits[-1].what if self._edits else None

    def add(self, rule: Rule) -> None:
        """Put one more rule in force."""
        self._put((*self.rules, rule), f"add “{rule.name}”")

    def change(self, name: str, rule: Rule) -> None:
        """Put `rule` in the place of the rule called `name`."""
        changed = tuple(rule if each.name == name else each for each in self.rules)
        if changed != self.rules:
            self._put(changed, f"change “{name}”")

    def delete(self, name: str) -> None:
        """Take a rule out of force."""
        left = tuple(each for each in self.rules if each.name != name)
        if left != self.rules:
            self._put(left, f"delete “{name}”")

    def toggle(self, name: str) -> None:
        """Turn a rule off, or on again."""
        for rule in self.rules:
            if rule.name == name:
                self.change(name, replace(rule, enabled=not rule.enabled))
                return

    def undo(self) -> str | None:
        """Take the last edit back and return what it was; None where there is nothing to undo."""
        if not self._edits:
            return None
        edit = self._edits[-1]
        self._desk.set_rules(edit.before)
        self._edits.pop()
        return edit.what

    def _put(self, rules: tuple[Rule, ...], what: str) -> None:
        before = self.rules
        self._desk.set_rules(rules)
        self._edits.append(_Edit(what, before))
        del self._edits[:-_DEEPEST]
