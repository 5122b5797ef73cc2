"""``tickdesk alerts explain``: why rules fired over a recording, and how near the others came to it."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.engine import Witness
from analytics.errors import ConfigError, nearest
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules import Hidden, ParsedRule, Reading, parse_moment, parse_rule
from analytics.rules.misses import Miss, MissSeeker, TermMiss
from analytics.rules.rule import Firing, Rule
from analytics.rules.schedule import instant_ns
from app.commands.alerts_check import firing_fields, firing_line, json_text, missing_symbols, time_text
from app.commands.output import on_one_line, tell
from app.commands.recording import Passage
from app.rule_store import read_rules

_EVER = -(2**63), 2**63 - 1


def run(
    rules_file: Path,
    file: str,
    rule: str | None,
    span: tuple[str | None, str | None],
    as_json: bool,
    tz: str | None,
    calendar: str | None,
) -> int:
    """Print each shown firing of `span` (from, to) with its terms, then each rule's counts and nearest miss.

    In JSON hidden firings are told too. Raises RuleError for the rules, ConfigError for a rule's name, a
    time, address, zone or calendar, TapeError or OSError for the files.
    """
    rules = _chosen(read_rules(rules_file), rule)
    passage = Passage(file, tz, calendar)
    passage.engine.set_rules(rules)
    watch = _Watch(rules, passage.instruments, span, tz)
    passage.engine.witness = watch
    for _ in passage.taken(show_progress=sys.stderr.isatty() and not sys.stdout.isatty()):
        for firing in watch.fresh():
            if as_json:
                sys.stdout.write(json_text(_fields(firing)) + "\n")
            elif firing.shown:
                sys.stdout.write("\n".join(map(on_one_line, explained(firing, passage.instruments))) + "\n")
    for each in rules:
        found = watch.found(each)
        if as_json:
            sys.stdout.write(json_text(_summary_fields(each, found)) + "\n")
        else:
            missing = missing_symbols(each, passage.engine.symbols)
            sys.stdout.write(
                "\n".join(map(on_one_line, _summary(each, found, missing, passage.instruments))) + "\n"
            )
    sys.stdout.flush()  # a reader that has left is noticed before anything is said beside
    passage.tell_counts()
    if not rules:
        tell("there are no rules")
    return 0


def _chosen(rules: Sequence[Rule], name: str | None) -> tuple[Rule, ...]:
    """Return the rules to look at. Raises ConfigError where none has the name."""
    found = tuple(rule for rule in rules if name in (None, rule.name))
    if name is not None and not found:
        known = [rule.name for rule in rules]
        raise ConfigError(f"expected a rule of the file, found --rule {name!r}.{nearest(name, known)}")
    return found


class _Found:
    """What became of one rule inside the span."""

    def __init__(self, parsed: ParsedRule, instruments: InstrumentTable, span: tuple[int, int]) -> None:
        self.span = span
        self.shown = 0
        self.hidden: Counter[Hidden] = Counter()
        self.seeker: MissSeeker | None = MissSeeker(parsed, instruments, *span)

    @property
    def miss(self) -> Miss | None:
        """Return the nearest miss of a rule that did not fire."""
        return None if self.seeker is None else self.seeker.best

    def take(self, firing: Firing) -> bool:
        """Count a firing; return whether it lies inside the span."""
        if not self.span[0] <= firing.ts_ns < self.span[1]:
            return False
        self.seeker = None
        if firing.shown:
            self.shown += 1
        else:
            self.hidden[firing.hidden or Hidden.COOLDOWN] += 1
        return True


class _Watch(Witness):
    """Sees every frame: gathers firings inside the span, and seeks the misses of rules without one."""

    def __init__(
        self,
        rules: Sequence[Rule],
        instruments: InstrumentTable,
        span: tuple[str | None, str | None],
        tz: str | None,
    ) -> None:
        self._found: dict[str, _Found] = {}
        self._fresh: list[Firing] = []
        for rule in rules:
            if rule.enabled:
                parsed = parse_rule(rule)
                zone = ZoneInfo(tz) if tz is not None else _zone(parsed, instruments)
                self._found[rule.name] = _Found(parsed, instruments, _instants(span, zone))

    def see(self, frame: Frame, firings: Sequence[Firing]) -> None:
        """Look at a frame."""
        self._fresh += [firing for firing in firings if self._found[firing.rule].take(firing)]
        for found in self._found.values():
            if found.seeker is not None:
                found.seeker.see(frame)

    def forget(self) -> None:
        """Nothing is asked to begin anew here: a passage is gone through once."""

    def fresh(self) -> list[Firing]:
        """Return the firings since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def found(self, rule: Rule) -> _Found | None:
        """Return what became of a rule, None for one that is off."""
        return self._found.get(rule.name)


def _zone(parsed: ParsedRule, instruments: InstrumentTable) -> tzinfo:
    return instruments.calendar_of((parsed.watch.symbols or ("",))[0]).zone


def _instants(span: tuple[str | None, str | None], zone: tzinfo) -> tuple[int, int]:
    """Return [from, to) in ns. Raises ConfigError naming the option."""
    found = list(_EVER)
    for at, (option, text) in enumerate(zip(("--from", "--to"), span, strict=True)):
        if text is not None:
            try:
                found[at] = instant_ns(parse_moment(text), zone)
            except ConfigError as error:
                raise ConfigError(f"{option}: {error}") from None
    return found[0], found[1]


def explained(firing: Firing, instruments: InstrumentTable) -> Iterator[str]:
    """Yield a firing in a readable line, and one for each of its terms."""
    seq = "" if firing.seq is None else f", seq {firing.seq}"
    yield f"{firing_line(firing, instruments)}  (row {firing.row}{seq})"
    for reading in firing.readings:
        yield f"    {reading.text}: {_around(reading)}"


def _around(reading: Reading) -> str:
    state = "became true" if reading.holds and not reading.was else "true" if reading.holds else "not true"
    if math.isnan(reading.now[0]) and math.isnan(reading.now[1]):
        return state
    return f"{_pair(*reading.before)} before, {_pair(*reading.now)} now: {state}"


def _pair(left: float, right: float) -> str:
    return f"{_number(left)} against {_number(right)}"


def _number(value: float) -> str:
    return "no value" if math.isnan(value) else f"{value:.10g}"


def _summary(rule: Rule, found: _Found | None, missing: str, instruments: InstrumentTable) -> Iterator[str]:
    if found is None:
        yield f"{rule.name}: is off"
        return
    if missing:
        yield f"{rule.name}: {missing} is not in the file"
        return
    hidden = ", ".join(f"{count} by {why.value}" for why, count in sorted(found.hidden.items(), key=str))
    yield f"{rule.name}: fired {found.shown} times" + (f"; hidden: {hidden}" if hidden else "")
    miss = found.miss
    if found.seeker is None:
        return
    if miss is None:
        yield "    no tick came near it"
        return
    time = time_text(miss.ts_ns, instruments.calendar_of(miss.symbol).zone)
    held = all(term.holds for term in miss.terms)
    title = "was true before, and did not become so anew" if held else "nearest miss"
    yield f"    {title}: {time}  {miss.symbol} {miss.price:.10g}  (row {miss.row})"
    for term in miss.terms:
        yield f"    {term.text}: {_missed(term)}"


def _missed(term: TermMiss) -> str:
    if term.holds:
        state = "true"
    else:
        state = "not true" if math.isnan(term.short) else f"{term.short:.10g} short of it"
    if math.isnan(term.left) and math.isnan(term.right):
        return state
    return f"{_pair(term.left, term.right)}: {state}"


def _fields(firing: Firing) -> Mapping[str, object]:
    terms = [
        {
            "text": each.text,
            "before": [_or_null(value) for value in each.before],
            "now": [_or_null(value) for value in each.now],
            "was": each.was,
            "holds": each.holds,
        }
        for each in firing.readings
    ]
    hidden = None if firing.shown else (firing.hidden or Hidden.COOLDOWN).value
    return {**firing_fields(firing), "hidden": hidden, "terms": terms}


def _summary_fields(rule: Rule, found: _Found | None) -> Mapping[str, object]:
    if found is None:
        return {"rule": rule.name, "enabled": False}
    miss = found.miss
    told = None
    if miss is not None:
        terms = [
            {
                "text": each.text,
                "left": _or_null(each.left),
                "right": _or_null(each.right),
                "short": _or_null(each.short),
                "holds": each.holds,
            }
            for each in miss.terms
        ]
        place = {"symbol": miss.symbol, "row": miss.row, "ts_ns": miss.ts_ns, "price": miss.price}
        told = {**place, "terms": terms}
    hidden = {why.value: count for why, count in found.hidden.items()}
    return {"rule": rule.name, "fired": found.shown, "hidden": hidden, "nearest_miss": told}


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None
