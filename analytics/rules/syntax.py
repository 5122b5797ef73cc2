"""From a rule's text to its terms.

::

    when  = terms joined by "and", those joined by "or"
    term  = SERIES crosses above | crosses below | crosses | above | below  SERIES | NUMBER
          | SERIES enters | leaves  LOW..HIGH
          | price moves NUMBER % in TIME
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError, RuleError, nearest
from analytics.rules.amounts import Hysteresis, parse_decimal, parse_hysteresis
from analytics.rules.rule import Rule
from analytics.rules.terms import Compare, Move, Op, Range, Side, Term
from analytics.series import SeriesSpec, parse_series
from analytics.windows import TimeWindow, parse_window

_SERIES_FIRST = re.compile(r"([A-Za-z_]\w*\s*(?:\([^()]*\))?)\s*(.*)", re.DOTALL)
_OPERATOR = re.compile(
    r"(crosses\s+above|crosses\s+below|crosses|above|below|enters|leaves|moves)(?![\w])\s*(.*)", re.DOTALL
)
_MOVE = re.compile(r"(\S+?)\s*%\s*in\s+(.+)", re.DOTALL)
_NUMBER_LIKE = re.compile(r"[+-]?\.?[0-9]")
_MOST_CHARACTERS = 2_000
_SIGNS = {">": "above", ">=": "above", "<": "below", "<=": "below"}


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule that was understood.

    `any_of` holds the groups joined by ``or``, each a tuple of terms joined by ``and``, in the order of
    the text; `cooldown_ns` is event time.
    """

    rule: Rule
    any_of: tuple[tuple[Term, ...], ...]
    hysteresis: Hysteresis
    cooldown_ns: int

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return all terms in the order of the text."""
        return tuple(term for group in self.any_of for term in group)

    @property
    def series(self) -> tuple[SeriesSpec, ...]:
        """Return the series to be computed for this rule, each once; not price and size."""
        needed = (each for term in self.terms for each in term.series if not each.is_column)
        return tuple(dict.fromkeys(needed))

    @property
    def when(self) -> str:
        """Return the condition as `format_when` writes it."""
        return format_when(self.any_of)


def parse_rule(rule: Rule) -> ParsedRule:
    """Return what a rule says.

    Raises RuleError with one line that names the rule, what was found and the fix. Whether the rule's
    symbol has the grid that a hysteresis in ticks needs is told by `RuleState`.
    """
    if not rule.symbol.strip():
        raise RuleError(f"rule {rule.name!r}: expected a symbol to watch, found none; name one in 'symbol'")
    try:
        return ParsedRule(
            rule, parse_when(rule.when), parse_hysteresis(rule.hysteresis), parse_duration_ns(rule.cooldown)
        )
    except ConfigError as error:
        raise RuleError(f"rule {rule.name!r}: {error}") from None


def parse_when(text: str) -> tuple[tuple[Term, ...], ...]:
    """Return the groups of terms of a condition: ``or`` of ``and``.

    >>> parse_when("price above 100 and size above 5 or price below 90")[1][0].text
    'price below 90'

    Raises ConfigError naming the piece that was not understood.
    """
    text = " ".join(text.split())
    if not text:
        raise ConfigError('expected a condition such as "price crosses above vwap(session)", found none')
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(
            f"expected at most {_MOST_CHARACTERS} characters, found {len(text)}; use several rules"
        )
    return tuple(
        tuple(_parse_term(term, text) for term in re.split(r"\band\b", group))
        for group in re.split(r"\bor\b", text)
    )


def format_when(any_of: tuple[tuple[Term, ...], ...]) -> str:
    """Return the text that `parse_when` reads back into the same terms."""
    return " or ".join(" and ".join(term.text for term in group) for group in any_of)


def _parse_term(text: str, whole: str) -> Term:
    text = text.strip()
    if not text:
        raise ConfigError(f"expected a term on both sides of every 'and' and 'or', found {whole!r}")
    if text.count("(") != text.count(")") or text.startswith("("):
        raise ConfigError(
            f"expected terms without brackets around them, found {text!r}; 'and' binds tighter than 'or'"
        )
    if _NUMBER_LIKE.match(text):
        raise ConfigError(f"expected a series on the left, found {text!r}; swap its sides")
    split = _SERIES_FIRST.fullmatch(text)
    if split is None:
        raise ConfigError(f"expected a term such as price above 100, found {text!r}")
    operator = _OPERATOR.fullmatch(split[2])
    if operator is None:
        _unknown_operator(split[2], text)
    left = _series(split[1].strip(), text)
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
    if _NUMBER_LIKE.match(text.strip()):
        raise ConfigError(
            f"expected a number such as 24850.5, found {text!r} in {term!r}; write plain digits"
        )
    return _series(text.strip(), term)


def _series(text: str, term: str) -> SeriesSpec:
    try:
        return parse_series(text)
    except ConfigError as error:
        raise ConfigError(f"{error} (in {term!r})") from None


def _parse_range(left: SeriesSpec, op: Op, text: str, term: str) -> Range:
    ends = text.split("..", 1)
    if len(ends) != 2 or not all(end.strip() for end in ends):
        raise ConfigError(
            f"expected a range such as 24800..24900 after {op.value!r}, found {text!r} in {term!r}"
        )
    low, high = (_parse_side(end.strip(), term) for end in ends)
    if not isinstance(low, SeriesSpec) and not isinstance(high, SeriesSpec) and low > high:
        raise ConfigError(f"expected the lower end of the range first, found {text!r} in {term!r}; swap them")
    return Range(left, op, low, high)


def _parse_move(left: SeriesSpec, text: str, term: str) -> Move:
    match = _MOVE.fullmatch(text)
    percent = None if match is None else parse_decimal(match[1])
    if left.name != "price" or match is None or percent is None or percent <= 0:
        raise ConfigError(f"expected price moves 0.5 % in 60s, or so, found {term!r}")
    window = parse_window(match[2])
    if not isinstance(window, TimeWindow):
        raise ConfigError(f"expected a time such as 60s after 'in', found {match[2]!r} in {term!r}")
    return Move(percent, window)


def _unknown_operator(rest: str, term: str) -> NoReturn:
    known = [op.value for op in Op]
    words = rest.split()
    found = words[0] if words else ""
    hint = f" Did you mean {_SIGNS[found]!r}?" if found in _SIGNS else ""
    for phrase in (" ".join(words[:2]), found):
        if phrase and not hint:
            hint, found = nearest(phrase.casefold(), known), phrase
    found = repr(found) if found else "nothing"
    raise ConfigError(f"expected an operator, found {found} in {term!r}.{hint} Known: {', '.join(known)}")
