"""From a rule's texts to their meaning.

::

    when  = terms joined by "and", those joined by "or"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from analytics.durations import parse_duration_ns
from analytics.errors import ConfigError, RuleError
from analytics.rules.amounts import Hysteresis, Unit, parse_hysteresis
from analytics.rules.rule import Rule
from analytics.rules.schedule import ActiveHours, parse_active, parse_moment
from analytics.rules.term_texts import parse_term, pieces
from analytics.rules.terms import AnyOf, Gap, Silence, SymbolSeries, Term, seen_from, series_of
from analytics.rules.watch import Watch, Watching, parse_watch
from analytics.series import SeriesSpec

T = TypeVar("T")
_MOST_CHARACTERS = 2_000
_QUOTED_OR_SPACE = re.compile(r'("[^"]*")|\s+')


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule that was understood.

    `any_of` holds the groups joined by ``or``, each a tuple of terms joined by ``and``, in the order of
    the text; `cooldown_ns` is event time. A moment without a zone is in that of the symbol's calendar.
    """

    rule: Rule
    any_of: AnyOf
    hysteresis: Hysteresis
    cooldown_ns: int
    watch: Watch
    expires: datetime | None = None
    active: ActiveHours | None = None
    snooze_until: datetime | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return all terms in the order of the text."""
        return tuple(term for group in self.any_of for term in group)

    @property
    def series(self) -> tuple[SeriesSpec, ...]:
        """Return the series to be computed for each watched symbol, each once; not price and size."""
        needed = (spec for term in self.terms for symbol, spec in series_of(term, "") if not symbol)
        return tuple(dict.fromkeys(spec for spec in needed if not spec.is_column))

    @property
    def named_series(self) -> dict[str, tuple[SeriesSpec, ...]]:
        """Return the series of symbols that the condition names, by symbol; not price and size."""
        found: dict[str, dict[SeriesSpec, None]] = {}
        for term in self.terms:
            for symbol, spec in series_of(term, ""):
                if symbol:
                    found.setdefault(symbol, {}).update({} if spec.is_column else {spec: None})
        return {symbol: tuple(specs) for symbol, specs in found.items()}

    @property
    def is_wide(self) -> bool:
        """Return whether the rule looks at more than the rows of one symbol: at others, or at time."""
        if self.watch.how is not Watching.ONE:
            return True
        return any(
            isinstance(term, Silence | Gap) or any(isinstance(side, SymbolSeries) for side in term.sides)
            for term in self.terms
        )

    @property
    def hysteresis_in_ticks(self) -> bool:
        """Return whether the hysteresis is counted on a symbol's price grid."""
        return self.hysteresis.unit is Unit.TICKS

    @property
    def when(self) -> str:
        """Return the condition as `format_when` writes it."""
        return format_when(self.any_of)


def parse_rule(rule: Rule) -> ParsedRule:
    """Return what a rule says.

    Raises RuleError with one line that names the rule, what was found and the fix. Whether the rule's
    symbols have the grid that a hysteresis in ticks needs is told by its state.
    """
    try:
        watch = parse_watch(rule.symbol)
        any_of = parse_when(rule.when)
        if watch.how is Watching.ONE and watch.symbols is not None:
            own = watch.symbols[0]
            any_of = tuple(tuple(seen_from(term, own) for term in group) for group in any_of)
        if watch.how is Watching.ALL:
            _check_all(watch, any_of)
        return ParsedRule(
            rule,
            any_of,
            parse_hysteresis(rule.hysteresis),
            parse_duration_ns(rule.cooldown),
            watch,
            _key("expires", rule.expires, parse_moment),
            _key("active", rule.active, parse_active),
            _key("snooze_until", rule.snooze_until, parse_moment),
        )
    except ConfigError as error:
        raise RuleError(f"rule {rule.name!r}: {error}") from None


def parse_when(text: str) -> AnyOf:
    """Return the groups of terms of a condition: ``or`` of ``and``.

    >>> parse_when("price above 100 and size above 5 or price below 90")[1][0].text
    'price below 90'

    Raises ConfigError naming the piece that was not understood.
    """
    text = _QUOTED_OR_SPACE.sub(lambda found: found[1] or " ", text).strip()
    if not text:
        raise ConfigError('expected a condition such as "price crosses above vwap(session)", found none')
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(
            f"expected at most {_MOST_CHARACTERS} characters, found {len(text)}; use several rules"
        )
    return tuple(
        tuple(parse_term(term, text) for term in pieces(group, r"\band\b"))
        for group in pieces(text, r"\bor\b")
    )


def format_when(any_of: AnyOf) -> str:
    """Return the text that `parse_when` reads back into the same terms."""
    return " or ".join(" and ".join(term.text for term in group) for group in any_of)


def _key(name: str, text: str, parse: Callable[[str], T]) -> T | None:
    if not text:
        return None
    try:
        return parse(text)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _check_all(watch: Watch, any_of: AnyOf) -> None:
    """Refuse a condition that can hold for one symbol at a time only. Raises ConfigError."""
    assert watch.symbols is not None
    crossings = [next((term for term in group if term.op.is_crossing), None) for group in any_of]
    if len(watch.symbols) > 1 and all(crossings):
        assert crossings[0] is not None
        raise ConfigError(
            f"expected a term that lasts, such as 'above', for ALL of several symbols, found "
            f"{crossings[0].text!r}, which is true on one tick only"
        )
