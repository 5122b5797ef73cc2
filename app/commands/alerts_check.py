"""``tickdesk alerts check``: which rules would have fired over a recording."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from analytics.instruments import InstrumentTable
from analytics.rules.rule import Firing, Rule
from app.commands.output import tell
from app.commands.recording import Passage
from app.rule_store import read_rules

_NS = 1_000_000_000


def run(rules_file: Path, file: str, as_json: bool, tz: str | None, calendar: str | None) -> int:
    """Print the firings that are shown, in the engine's order; a summary goes to stderr.

    Raises RuleError for the rules, ConfigError for address, zone or calendar, TapeError or OSError for
    the files.
    """
    rules = read_rules(rules_file)
    passage = Passage(file, tz, calendar)
    passage.engine.set_rules(rules)
    shown: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    beside_output = sys.stderr.isatty() and not sys.stdout.isatty()
    for taken in passage.taken(show_progress=beside_output):
        for firing in taken.firings:
            (shown if firing.shown else hidden)[firing.rule] += 1
            if firing.shown:
                typer.echo(_json_line(firing) if as_json else _readable(firing, passage.instruments))
    passage.tell_counts()
    _summarise(rules, passage.engine.symbols, shown, hidden)
    return 0


def _json_line(firing: Firing) -> str:
    line = {
        "rule": firing.rule,
        "symbol": firing.symbol,
        "row": firing.row,
        "ts_ns": firing.ts_ns,
        "seq": firing.seq,
        "price": firing.price,
        "value": None if math.isnan(firing.value) else firing.value,
    }
    return json.dumps(line, ensure_ascii=False)


def _readable(firing: Firing, instruments: InstrumentTable) -> str:
    zone = instruments.calendar_of(firing.symbol).zone
    seconds, ns = divmod(firing.ts_ns, _NS)
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    time = f"{at:%Y-%m-%d %H:%M:%S}.{ns // 1_000_000:03d} {at:%Z}"
    return f"{time}  {firing.rule}  {firing.symbol} {firing.price:.10g} against {firing.value:.10g}"


def _summarise(
    rules: Sequence[Rule], symbols: Sequence[str], shown: Counter[str], hidden: Counter[str]
) -> None:
    for rule in rules:
        if not rule.enabled:
            tell(f"{rule.name}: is off")
        elif rule.symbol not in symbols:
            tell(f"{rule.name}: {rule.symbol} is not in the file")
        else:
            tell(f"{rule.name}: {shown[rule.name]} fired, {hidden[rule.name]} in cool-down or past repeat")
    tell(f"{shown.total()} fired, {hidden.total()} in cool-down or past repeat")
