"""Why a firing fired: each term before and after, the level, the tick's place, and how far it is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from zoneinfo import ZoneInfo

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError
from analytics.rules.rule import Firing, Repeat, Rule
from app.formatting import NumberStyle, span_text, time_ms_text
from app.viewmodels.suspicion import WARNING_SIGN
from app.viewmodels.term_words import pair_text, state_text

MOST_TERMS = 8
"""Terms of a rule that are told; one over all of fifty symbols has a hundred."""


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term: its text, its sides before and now (``""`` where it has none), and whether it became true."""

    text: str
    before: str
    now: str
    state: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One firing in words. `facts` are pairs of label and value; `suspicion` is ``""`` for whole data."""

    title: str
    tick: str
    terms: tuple[TermLine, ...]
    facts: tuple[tuple[str, str], ...]
    suspicion: str

    @property
    def text(self) -> str:
        """Return all of it in lines, as a tooltip or a screen reader has it."""
        lines = [self.title, self.tick]
        if self.suspicion:
            lines.append(f"{WARNING_SIGN} on suspect data: {self.suspicion}")
        for term in self.terms:
            sides = f": {term.before}, then {term.now}" if term.now else ""
            lines.append(f"{term.text}{sides} ({term.state})")
        lines += [f"{label}: {value}" for label, value in self.facts]
        return "\n".join(lines)


def explain(
    firing: Firing, rule: Rule | None, style: NumberStyle, zone: ZoneInfo, suspicion: str = ""
) -> Explanation:
    """Return why a firing fired; `rule` is the one in force, None where it is gone or bears another name now."""
    terms = tuple(
        TermLine(
            each.text,
            pair_text(each.text, each.before, style),
            pair_text(each.text, each.now, style),
            state_text(each),
        )
        for each in firing.readings[:MOST_TERMS]
    )
    facts: list[tuple[str, str]] = []
    if not firing.silent and not isnan(firing.value) and not any(term.now for term in terms):
        facts.append(("Level", style.price(firing.value)))
    seq = "" if firing.seq is None else f" · seq {firing.seq:,}"
    place = f"row {firing.row + 1:,}{seq}"
    facts.append(("Place", f"after {place}, by silence" if firing.silent else place))
    if len(firing.readings) > MOST_TERMS:
        facts.append(("Terms", f"{len(firing.readings) - MOST_TERMS} more"))
    if rule is not None:
        facts += _of_rule(rule)
    time = time_ms_text(firing.ts_ns, zone)
    return Explanation(
        firing.rule, f"{firing.symbol} {style.price(firing.price)} at {time}", terms, tuple(facts), suspicion
    )


def _of_rule(rule: Rule) -> list[tuple[str, str]]:
    """Return what else decided about it."""
    found = []
    if rule.hysteresis.strip() not in {"", "0", "0.0"}:
        found.append(("Hysteresis", rule.hysteresis))
    cooldown_ns = _duration_ns(rule.cooldown)
    if cooldown_ns:
        found.append(("Cool-down", span_text(cooldown_ns)))
    if rule.repeat is not Repeat.EACH:
        found.append(("Repeat", "once" if rule.repeat is Repeat.ONCE else "once a session"))
    if rule.active:
        found.append(("Active", rule.active))
    return found


def _duration_ns(text: str) -> int:
    try:
        return parse_duration_ns(text)
    except ConfigError:
        return 0
