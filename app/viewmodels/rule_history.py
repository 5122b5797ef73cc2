"""Edits of the rules that can be undone and done again: every edit puts a whole set of rules in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.rules.rule import Rule
from app.desk import Desk

_DEEPEST = 200  # edits that can be undone


@dataclass(frozen=True, slots=True)
class _Edit:
    what: str
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]


class RuleHistory:
    """Adds, changes and deletes rules through the desk, takes each edit back in turn, and does it again.

    Every edit may raise RuleError, and changes nothing then.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._edits: list[_Edit] = []
        self._undone: list[_Edit] = []
        self.changes = 0
        """How often rules were put in force here: an edit that changes nothing does not count."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules in force."""
        return self._desk.rules

    @property
    def undoable(self) -> str | None:
        """Return what the next undo takes back, None where there is nothing."""
        return self._edits[-1].what if self._edits else None

    @property
    def redoable(self) -> str | None:
        """Return what the next redo does again, None where there is nothing."""
        return self._undone[-1].what if self._undone else None

    def add(self, rule: Rule) -> None:
        """Put one more rule in force."""
        self._put((*self.rules, rule), f"add “{rule.name}”")

    def change(self, name: str, rule: Rule, deed: str = "change") -> None:
        """Put `rule` in the place of the rule called `name`; `deed` is the word for it."""
        changed = tuple(rule if each.name == name else each for each in self.rules)
        if changed != self.rules:
            self._put(changed, f"{deed} “{name}”")

    def delete(self, name: str) -> None:
        """Take a rule out of force."""
        left = tuple(each for each in self.rules if each.name != name)
        if left != self.rules:
            self._put(left, f"delete “{name}”")

    def toggle(self, name: str) -> None:
        """Turn a rule off, or on again."""
        for rule in self.rules:
            if rule.name == name:
                switched = replace(rule, enabled=not rule.enabled)
                self.change(name, switched, "turn on" if switched.enabled else "turn off")
                return

    def snooze(self, name: str, until: str) -> None:
        """Hide a rule's firings until a moment, as its text says it; an empty text ends that."""
        for rule in self.rules:
            if rule.name == name:
                self.change(name, replace(rule, snooze_until=until), "snooze" if until else "wake")
                return

    def undo(self) -> str | None:
        """Take the last edit back and return what it was; None where there is nothing to undo."""
        if not self._edits:
            return None
        edit = self._edits[-1]
        self._desk.set_rules(edit.before)
        self._undone.append(self._edits.pop())
        self.changes += 1
        return edit.what

    def redo(self) -> str | None:
        """Do the edit that was undone last again and return what it is; None where there is none since a new edit."""
        if not self._undone:
            return None
        edit = self._undone[-1]
        self._desk.set_rules(edit.after)
        self._edits.append(self._undone.pop())
        self.changes += 1
        return edit.what

    def _put(self, rules: tuple[Rule, ...], what: str) -> None:
        before = self.rules
        self._desk.set_rules(rules)
        self._edits.append(_Edit(what, before, rules))
        self.changes += 1
        self._undone.clear()
        del self._edits[:-_DEEPEST]
