"""The rules in force: checked before they count, saved at each change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analytics.engine import Engine
from analytics.errors import RuleError, TickdeskError
from analytics.instruments import InstrumentTable
from analytics.rules import ParsedRule, parse_rule
from analytics.rules.rule import Rule
from app.rule_store import load_rules, save_rules


class Rulebook:
    """The rules of one desk, read from and written to `file` where there is one.

    `fault` says why the saved rules could not be read, or ``""``; the file is then left alone until
    someone sets rules.
    """

    def __init__(self, instruments: InstrumentTable, file: Path | None) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.fault = ""
        self._instruments = instruments
        self._file = file
        self._parsed: dict[Rule, ParsedRule | None] = {}
        if file is not None:
            try:
                rules = load_rules(file)
                self.check(rules)
            except (TickdeskError, OSError) as error:
                self.fault = str(error)
            else:
                self.rules = rules

    def check(self, rules: tuple[Rule, ...]) -> None:
        """Raise RuleError naming the rule that is wrong, or two of one name; else do nothing."""
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise RuleError(f"two rules are called {name!r}; give one another name")
        Engine(self._instruments).set_rules(rules)

    def keep(self, rules: tuple[Rule, ...]) -> None:
        """Save checked rules and put them in place of those before. Raises OSError; then those before stay."""
        if self._file is not None:
            save_rules(self._file, rules)
            self.fault = ""
        self.rules = rules
        self._parsed.clear()

    def fault_of(self, rule: Rule) -> str | None:
        """Return why a rule cannot be used, in one line, or None."""
        try:
            Engine(self._instruments).set_rules((replace(rule, enabled=True),))
        except TickdeskError as error:
            return str(error)
        return None

    def parsed(self, rule: Rule) -> ParsedRule | None:
        """Return a rule as it was understood, None where it was not; remembered until rules change."""
        if rule not in self._parsed:
            try:
                self._parsed[rule] = parse_rule(rule)
            except TickdeskError:
                self._parsed[rule] = None
        return self._parsed[rule]
