"""From the text of a single term to its meaning.

::

    term  = SERIES crosses above | crosses below | crosses | above | below  SERIES | NUMBER
          | SERIES enters | leaves  LOW..HIGH
          | price moves NUMBER % in TIME
          | volume spikes NUMBERx in TIME against TIME
          | new session high | new session low
          | no tick for TIME
          | gap in feed
    SERIES = series | SYMBOL:series | "any symbol":series
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NoReturn

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError, nearest
from analytics.rules.amounts import parse_decimal
from analytics.rules.terms import (
    Compare,
    Extreme,
    Gap,
    Move,
    Op,
    Operand,
    Range,
    Side,
    Silence,
    Spike,
    SymbolSeries,
    Term,
)
from analytics.series import parse_series
from analytics.validation import normal_symbol, symbol_fault
from analytics.windows import TimeWindow, parse_window

_QUOTED = r'"(?:[^"]|"")*"'
_SYMBOL = re.compile(r'(?:"((?:[^"]|"")*)"|([^\s"(),:]+))\s*:\s*(?=[A-Za-z_])')
_SERIES_FIRST = re.compile(r"([A-Za-z_]\w*\s*(?:\([^()]*\))?)\s*(.*)", re.DOTALL)
_OPERATOR = re.compile(
    r"(crosses\s+above|crosses\s+below|crosses|above|below|enters|leaves|moves)(?![\w])\s*(.*)", re.DOTALL
)
_OPERATORS = tuple(op.value for op in Op)[: tuple(Op).index(Op.MOVES) + 1]
_MOVE = re.compile(r"(\S+?)\s*%\s*in\s+(.+)", re.DOTALL)
_SPIKE = re.compile(r"volume\s+spikes\s+(\S+?)\s*x\s+in\s+(.+?)\s+against\s+(.+)", re.DOTALL)
_SILENCE = re.compile(r"no\s+tick\s+for\s+(.+)", re.DOTALL)
_WHOLE = (
    (re.compile(r"volume\s+spikes\b"), "volume spikes 5x in 10s against 10m"),
    (re.compile(r"new\s+session\b"), "new session high, or new session low"),
    (re.compile(r"no\s+tick\b"), "no tick for 30s"),
    (re.compile(r"gap\s+in\b"), "gap in feed"),
)
"""How terms without operands begin, and how they are written."""
_WHOLE_TEXTS = (Op.NEW_HIGH.value, Op.NEW_LOW.value, Op.GAP.value, "no tick for 30s", _WHOLE[0][1])
_NUMBER_LIKE = re.compile(r"[+-]?\.?[0-9]")
_SIGNS = {">": "above", ">=": "above", "<": "below", "<=": "below"}
_LONGEST_NS = 366 * 86_400 * 1_000_000_000


def pieces(text: str, separator: str, most: int = 0) -> list[str]:
    """Return the pieces between separators (a pattern) that stand outside quotes.

    With `most`, only so many separators are looked for.
    """
    found: list[str] = []
    start = 0
    for each in re.finditer(rf"{_QUOTED}|(?P<here>{separator})", text):
        if each["here"] is not None and (not most or len(found) < most):
            found.append(text[start : each.start()])
            start = each.end()
    return [*found, text[start:]]


def parse_term(text: str, whole: str) -> Term:
    """Return the term that a text names; `whole` is the condition that it stands in. Raises ConfigError."""
    text = text.strip()
    if not text:
        raise ConfigError(f"expected a term on both sides of every 'and' and 'or', found {whole!r}")
    bare = re.sub(_QUOTED, "", text)
    if '"' in bare:
        raise ConfigError(f"expected a second quotation mark after the symbol, found {text!r}")
    if bare.count("(") != bare.count(")") or bare.startswith("("):
        raise ConfigError(
            f"expected terms without brackets around them, found {text!r}; 'and' binds tighter than 'or'"
        )
    for beginning, form in _WHOLE:
        if beginning.match(text):
            return _parse_whole(text, form)
    symbol = _SYMBOL.match(text)
    if symbol is None and _NUMBER_LIKE.match(text):
        raise ConfigError(f"expected a series on the left, found {text!r}; swap its sides")
    prefix, rest = ("", text) if symbol is None else (symbol[0], text[symbol.end() :])
    split = _SERIES_FIRST.fullmatch(rest)
    if split is None:
        raise ConfigError(f"expected a term such as price above 100, found {text!r}")
    operator = _OPERATOR.fullmatch(split[2])
    if operator is None:
        _unknown_operator(split[2], text)
    left = _operand(prefix + split[1].strip(), text)
    op = Op(" ".join(operator[1].split()))
    if op is Op.MOVES:
        return _parse_move(left, operator[2], text)
    if op in (Op.ENTERS, Op.LEAVES):
        return _parse_range(left, op, operator[2], text)
    return Compare(left, op, _parse_side(operator[2], text))


def _parse_side(text: str, term: str) -> Side:
    number = parse_decimal(text)
    if number is not None:
        return number
    if not text.strip():
        raise ConfigError(f"expected a series or a number at the end of {term!r}, found nothing")
    if _NUMBER_LIKE.match(text.strip()) and _SYMBOL.match(text.strip()) is None:
        raise ConfigError(
            f"expected a number such as 24850.5, found {text!r} in {term!r}; write plain digits"
        )
    return _operand(text.strip(), term)


def _operand(text: str, term: str) -> Operand:
    found = _SYMBOL.match(text)
    try:
        spec = parse_series(text if found is None else text[found.end() :])
    except ConfigError as error:
        raise ConfigError(f"{error} (in {term!r})") from None
    if found is None:
        return spec
    symbol = normal_symbol(found[2] or found[1].replace('""', '"'))
    fault = symbol_fault(symbol)
    if fault:
        raise ConfigError(f"{fault} (in {term!r})")
    return SymbolSeries(symbol, spec)


def _parse_range(left: Operand, op: Op, text: str, term: str) -> Range:
    ends = pieces(text, r"\.\.", most=1)
    if len(ends) != 2 or not all(end.strip() for end in ends):
        raise ConfigError(
            f"expected a range such as 24800..24900 after {op.value!r}, found {text!r} in {term!r}"
        )
    low, high = (_parse_side(end.strip(), term) for end in ends)
    if isinstance(low, Fraction) and isinstance(high, Fraction) and low > high:
        raise ConfigError(f"expected the lower end of the range first, found {text!r} in {term!r}; swap them")
    return Range(left, op, low, high)


def _parse_move(left: Operand, text: str, term: str) -> Move:
    match = _MOVE.fullmatch(text)
    percent = None if match is None else parse_decimal(match[1])
    if isinstance(left, SymbolSeries):
        raise ConfigError(
            f"expected price moves of the rule's own symbol, found {term!r}; write another rule"
        )
    if left.name != "price" or match is None or percent is None or percent <= 0:
        raise ConfigError(f"expected price moves 0.5 % in 60s, or so, found {term!r}")
    return Move(percent, _time(match[2], "in", term))


def _parse_whole(text: str, form: str) -> Term:
    """Return a term that has no operands."""
    written = " ".join(text.split())
    for op in (Op.NEW_HIGH, Op.NEW_LOW):
        if written == op.value:
            return Extreme(op)
    if written == Op.GAP.value:
        return Gap()
    spike, silence = _SPIKE.fullmatch(text), _SILENCE.fullmatch(text)
    times = None if spike is None else parse_decimal(spike[1])
    if spike is not None and times is not None and times > 0:
        window, past = _time(spike[2], "in", text), _time(spike[3], "against", text)
        if window.length_ns + past.length_ns <= _LONGEST_NS:
            return Spike(times, window, past)
    if silence is not None:
        length_ns = parse_duration_ns(silence[1])
        if 0 < length_ns <= _LONGEST_NS:
            return Silence(length_ns)
    raise ConfigError(f"expected {form}, or so, found {text!r}")


def _time(text: str, after: str, term: str) -> TimeWindow:
    window = parse_window(text)
    if not isinstance(window, TimeWindow):
        raise ConfigError(f"expected a time such as 60s after {after!r}, found {text!r} in {term!r}")
    return window


def _unknown_operator(rest: str, term: str) -> NoReturn:
    words = rest.split()
    found = words[0] if words else ""
    hint = f" Did you mean {_SIGNS[found]!r}?" if found in _SIGNS else ""
    if not hint:
        hint = nearest(" ".join(term.split()).casefold(), _WHOLE_TEXTS)
    for phrase in (" ".join(words[:2]), found):
        if phrase and not hint:
            hint, found = nearest(phrase.casefold(), _OPERATORS), phrase
    found = repr(found) if found else "nothing"
    forms = "; or write " + "; ".join(form for _, form in _WHOLE)
    raise ConfigError(
        f"expected an operator, found {found} in {term!r}.{hint} Known: {', '.join(_OPERATORS)}{forms}"
    )
