"""Rules on disk: ``alerts.toml``, one ``[[rule]]`` table a rule.

The window and a person write the same file. It is read as a whole or refused with the file, rule and key
that are wrong, and written so that a kill during the save leaves the rules of before or those of after.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError, RuleError, nearest
from analytics.rules import parse_active, parse_moment, parse_watch
from analytics.rules.rule import Repeat, Rule
from analytics.validation import normal_symbol
from app.places import write_whole

KEYS = tuple(each.name for each in fields(Rule))
_REQUIRED = ("name", "symbol", "when")
_DEFAULTS = {each.name: each.default for each in fields(Rule) if each.name not in _REQUIRED}
_HEADER = "# Price alerts. The window writes this file whenever a rule changes; comments are not kept.\n"


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file, in its order.

    Raises RuleError naming file, rule and key, and OSError where the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: expected UTF-8 text, found byte {error.start} that is none") from None
    return parse_rules(text, str(path))


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file as `read_rules` does; none where there is no such file yet."""
    try:
        return read_rules(path)
    except FileNotFoundError:
        return ()


def save_rules(path: Path, rules: Iterable[Rule]) -> None:
    """Write rules in place of those in the file. Raises OSError."""
    write_whole(path, format_rules(rules))


def parse_rules(text: str, where: str) -> tuple[Rule, ...]:
    """Return the rules of a TOML text; `where` names it in errors.

    Symbols are put into the composed form that ticks have. What `when` and `hysteresis` mean is not looked
    at here. Raises RuleError.
    """
    try:
        whole = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{where}: not TOML: {error}") from None
    for key in whole:
        if key != "rule":
            raise RuleError(
                f"{where}: expected only [[rule]] tables, found {key!r}.{nearest(key, ('rule',))}"
            )
    tables = whole.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RuleError(f"{where}: rules are [[rule]] tables, with two brackets on each side")
    rules: dict[str, Rule] = {}
    for number, table in enumerate(tables, start=1):
        rule = _rule(table, _place(where, number, table.get("name")))
        if rule.name in rules:
            raise RuleError(
                f"{where}: rule {number}: another rule is called {rule.name!r}; give each its own name"
            )
        rules[rule.name] = rule
    return tuple(rules.values())


def format_rules(rules: Iterable[Rule]) -> str:
    """Return rules as the text that `parse_rules` reads back; keys at their default are left out.

    >>> print(format_rules([Rule("high", "NIFTY", "price above 25000")]).split(chr(10), 2)[2])
    [[rule]]
    name = "high"
    symbol = "NIFTY"
    when = "price above 25000"
    <BLANKLINE>
    """
    return _HEADER + "".join("\n[[rule]]\n" + "".join(_lines(rule)) for rule in rules)


def _place(where: str, number: int, name: object) -> str:
    return f"{where}: rule {name!r}" if isinstance(name, str) and name else f"{where}: rule {number}"


def _rule(table: Mapping[str, object], place: str) -> Rule:
    for key in table:
        if key not in KEYS:
            raise RuleError(f"{place}: unknown key {key!r}.{nearest(key, KEYS)} Known: {', '.join(KEYS)}")
    for key in _REQUIRED:
        if key not in table:
            raise RuleError(f"{place}: {key} is missing")
    return Rule(
        name=_text(table, "name", place),
        symbol=_checked("symbol", normal_symbol(_text(table, "symbol", place)), parse_watch, place),
        when=_text(table, "when", place),
        hysteresis=_amount(table, "hysteresis", place),
        repeat=_repeat(table, place),
        cooldown=_checked("cooldown", _amount(table, "cooldown", place), parse_duration_ns, place),
        enabled=_switch(table, "enabled", place),
        expires=_checked("expires", _time(table, "expires", place), parse_moment, place),
        active=_checked("active", _time(table, "active", place), parse_active, place),
        snooze_until=_checked("snooze_until", _time(table, "snooze_until", place), parse_moment, place),
    )


def _checked(key: str, text: str, parse: Callable[[str], object], place: str) -> str:
    """Return a text that can be understood, or one that is empty. Raises RuleError naming the key."""
    try:
        if text:
            parse(text)
    except ConfigError as error:
        raise RuleError(f"{place}: {key}: {error}") from None
    return text


def _time(table: Mapping[str, object], key: str, place: str) -> str:
    """Return a text of times, "" for none; a date and time of TOML's own is taken as it is written."""
    value = table.get(key, "")
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str) or (value and not value.strip()):
        raise RuleError(f"{place}: {key} is a text, found {value!r}")
    return value


def _text(table: Mapping[str, object], key: str, place: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{place}: {key} is a text that is not empty, found {value!r}")
    return value


def _amount(table: Mapping[str, object], key: str, place: str) -> str:
    """Return a text such as ``0.50`` or ``2 ticks``; a bare number is taken as it is written."""
    value = table.get(key, _DEFAULTS[key])
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{place}: {key} is a text such as {_DEFAULTS[key]!r}, found {value!r}")
    return value


def _repeat(table: Mapping[str, object], place: str) -> Repeat:
    value = table.get("repeat", Repeat.EACH.value)
    known = [each.value for each in Repeat]
    if not isinstance(value, str) or value not in known:
        raise RuleError(
            f"{place}: repeat is one of {', '.join(known)}, found {value!r}.{nearest(str(value), known)}"
        )
    return Repeat(value)


def _switch(table: Mapping[str, object], key: str, place: str) -> bool:
    value = table.get(key, True)
    if not isinstance(value, bool):
        raise RuleError(f"{place}: {key} is true or false, found {value!r}")
    return value


def _lines(rule: Rule) -> Iterable[str]:
    for key in KEYS:
        value = getattr(rule, key)
        if key in _REQUIRED or value != _DEFAULTS[key]:
            yield f"{key} = {_toml(value)}\n"


def _toml(value: str | bool | Repeat) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.value if isinstance(value, Repeat) else value
    return '"' + "".join(_ESCAPES.get(each) or _escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x20 or code == 0x7F else character


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
