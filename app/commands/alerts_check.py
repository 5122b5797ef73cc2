"""``tickdesk alerts check``: which rules would have fired over a recording."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from analytics.instruments import InstrumentTable
from analytics.rules import parse_watch
from analytics.rules.rule import Firing, Hidden, Rule
from analytics.rules.storm import Storm, Storms
from app.commands.output import on_one_line, tell
from app.commands.recording import Passage
from app.rule_store import read_rules

_NS = 1_000_000_000
_encode = json.JSONEncoder(ensure_ascii=False).encode
_TOLD_APART = {Hidden.ACTIVE: "outside active hours", Hidden.SNOOZE: "snoozed"}
_MOST_SYMBOLS = 8


def run(rules_file: Path, file: str, as_json: bool, tz: str | None, calendar: str | None) -> int:
    """Print the firings that are shown, in the engine's order; a summary goes to stderr.

    In the readable form a storm is one line. Raises RuleError for the rules, ConfigError for address, zone
    or calendar, TapeError or OSError for the files.
    """
    rules = read_rules(rules_file)
    passage = Passage(file, tz, calendar)
    passage.engine.set_rules(rules)
    counts = Counts()
    storms = Storms()
    beside_output = sys.stderr.isatty() and not sys.stdout.isatty()
    for taken in passage.taken(show_progress=beside_output):
        counts.take(taken.firings)
        shown = [firing for firing in taken.firings if firing.shown]
        if as_json:
            _write(_json_line(firing) for firing in shown)
        else:
            _write(
                storm_line(storm, passage.instruments) for firing in shown for storm in storms.take(firing)
            )
    _write(storm_line(storm, passage.instruments) for storm in storms.finish())
    sys.stdout.flush()  # a reader that has left is noticed before anything is said beside
    passage.tell_counts()
    _summarise(rules, passage.engine.symbols, counts)
    return 0


class Counts:
    """How many firings were shown and hidden, by rule."""

    def __init__(self) -> None:
        self.shown: Counter[str] = Counter()
        self.hidden: dict[str, Counter[Hidden]] = {}

    def take(self, firings: Iterable[Firing]) -> None:
        """Count firings."""
        for firing in firings:
            if firing.shown:
                self.shown[firing.rule] += 1
            else:
                of_rule = self.hidden.setdefault(firing.rule, Counter())
                of_rule[firing.hidden or Hidden.COOLDOWN] += 1

    def text(self, rule: str | None = None) -> str:
        """Return the counts of a rule in words, of all without one."""
        hidden: Counter[Hidden] = Counter()
        for name, of_rule in self.hidden.items():
            hidden.update(of_rule if rule in (None, name) else {})
        shown = self.shown.total() if rule is None else self.shown[rule]
        quiet = hidden[Hidden.COOLDOWN] + hidden[Hidden.REPEAT]
        others = "".join(f", {hidden[why]} {text}" for why, text in _TOLD_APART.items() if hidden[why])
        return f"{shown} fired, {quiet} in cool-down or past repeat{others}"


def time_text(ts_ns: int, zone: tzinfo) -> str:
    """Return an instant as a local date and time to the millisecond, with the zone's name."""
    seconds, ns = divmod(ts_ns, _NS)
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ns // 1_000_000:03d} {at:%Z}"


def firing_line(firing: Firing, instruments: InstrumentTable) -> str:
    """Return a firing in one readable line."""
    time = time_text(firing.ts_ns, instruments.calendar_of(firing.symbol).zone)
    against = "" if math.isnan(firing.value) else f" against {firing.value:.10g}"
    return f"{time}  {firing.rule}  {firing.symbol} {firing.price:.10g}{against}"


def storm_line(storm: Storm, instruments: InstrumentTable) -> str:
    """Return a storm in one readable line: its first firing, how many there were, until when and of whom."""
    line = firing_line(storm.first, instruments)
    if storm.count == 1:
        return line
    last = time_text(storm.last.ts_ns, instruments.calendar_of(storm.first.symbol).zone)
    line += f"  ×{storm.count} until {last.split(' ')[1]}"
    if len(storm.symbols) > 1:
        more = len(storm.symbols) - _MOST_SYMBOLS
        line += f": {', '.join(storm.symbols[:_MOST_SYMBOLS])}" + (f" and {more} more" if more > 0 else "")
    return line


def firing_fields(firing: Firing) -> dict[str, object]:
    """Return the fields of a firing's JSON line."""
    return {
        "rule": firing.rule,
        "symbol": firing.symbol,
        "row": firing.row,
        "ts_ns": firing.ts_ns,
        "seq": firing.seq,
        "price": firing.price,
        "value": None if math.isnan(firing.value) else firing.value,
    }


def json_text(fields: Mapping[str, object]) -> str:
    """Return a JSON line."""
    return _encode(fields)


def _json_line(firing: Firing) -> str:
    return _encode(firing_fields(firing))


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{on_one_line(line)}\n" for line in lines)


def _summarise(rules: Sequence[Rule], symbols: Sequence[str], counts: Counts) -> None:
    for rule in rules:
        missing = missing_symbols(rule, symbols)
        if not rule.enabled:
            tell(f"{rule.name}: is off")
        elif missing:
            tell(f"{rule.name}: {missing} is not in the file")
        else:
            tell(f"{rule.name}: {counts.text(rule.name)}")
    tell(counts.text())


def missing_symbols(rule: Rule, symbols: Sequence[str]) -> str:
    """Return the symbols that a rule watches where a file has none of them, else an empty text."""
    watched = parse_watch(rule.symbol).symbols
    return "" if watched is None or any(each in symbols for each in watched) else ", ".join(watched)
