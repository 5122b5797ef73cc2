"""How far a rule is from firing, live, or why nobody can say."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from analytics.errors import RuleError
from analytics.rules import Extreme, Gap, Move, Op, ParsedRule, Silence, Spike, Watching, parse_rule
from analytics.rules.rule import Rule
from analytics.rules.terms import SymbolSeries
from app.desk import Desk
from app.formatting import NO_VALUE, number_text
from app.viewmodels.quotes import Quotes

MOST_SYMBOLS = 64
"""Symbols of a group whose distances are looked at ten times a second."""
_NO_DISTANCE = {
    Gap: "A gap in the feed cannot be seen coming.",
    Silence: "It fires by time: once no tick has come for that long.",
    Spike: "A burst of volume has no distance; “Why not?” tells how much was missing.",
}


class Distance(NamedTuple):
    """What a rule's row shows, and a sentence on what it means, or why there is none."""

    figure: str
    words: str


class RuleDistances:
    """Distances of rules, of the first term of each: how far its left side has to move to reach the right."""

    def __init__(self, desk: Desk, quotes: Quotes) -> None:
        self._desk, self._quotes = desk, quotes
        self._parsed: dict[Rule, ParsedRule | None] = {}
        self._each: dict[Rule, dict[str, Rule]] = {}

    def forget(self) -> None:
        """Forget what was understood of rules, as others come into force."""
        self._parsed.clear()
        self._each.clear()

    def of(self, rule: Rule) -> Distance:
        """Return how far a rule is from firing."""
        if not rule.enabled:
            return Distance(NO_VALUE, "It is off.")
        parsed = self._understood(rule)
        if parsed is None:
            return Distance(NO_VALUE, "The rule cannot be understood.")
        term = parsed.terms[0]
        why = _NO_DISTANCE.get(type(term))
        if why is not None:
            return Distance(NO_VALUE, why)
        if parsed.watch.how is Watching.ALL:
            return Distance(NO_VALUE, "It fires once its condition holds for all of the symbols together.")
        if parsed.watch.how is Watching.ANY:
            return self._of_any(rule, parsed)
        if isinstance(term, Extreme):
            return self._to_extreme(rule.symbol, term)
        return self._plain(rule, rule.symbol, parsed)

    def _plain(self, rule: Rule, symbol: str, parsed: ParsedRule) -> Distance:
        distance = self._desk.distance(rule)
        if distance is None:
            return Distance(NO_VALUE, "One of its sides has no value yet.")
        term = parsed.terms[0]
        style = self._quotes.style(symbol)
        if isinstance(term, Move):
            quote = self._quotes.quote(symbol)
            before = None if quote is None else quote.last - distance
            if not before:
                return Distance(NO_VALUE, "There is no price yet.")
            moved = number_text(100.0 * abs(distance) / before, 2)
            return Distance(
                f"{moved} %", f"Moved by {moved} % in {term.window}; fires at {float(term.percent):g} %."
            )
        left = term.sides[0]
        if isinstance(left, SymbolSeries) or getattr(left, "name", "") != "size":
            figure = style.signed(-distance)
        else:
            figure = number_text(-distance, 0, indian=style.indian, signed=True)
        first = " of its first term" if len(parsed.terms) > 1 else ""
        return Distance(figure, f"To the level{first}: {figure}")

    def _to_extreme(self, symbol: str, term: Extreme) -> Distance:
        quote = self._quotes.quote(symbol)
        if quote is None:
            return Distance(NO_VALUE, "There is no price yet.")
        high = term.op is Op.NEW_HIGH
        figure = quote.style.signed((quote.high if high else quote.low) - quote.last)
        return Distance(figure, f"To the session's {'high' if high else 'low'}: {figure}")

    def _of_any(self, rule: Rule, parsed: ParsedRule) -> Distance:
        """Return the distance of the symbol that is nearest, as a share of its price."""
        symbols = self._desk.symbols if parsed.watch.symbols is None else parsed.watch.symbols
        if isinstance(parsed.terms[0], Extreme):
            return Distance(NO_VALUE, "Each symbol has its own high and low.")
        if len(symbols) > MOST_SYMBOLS:
            return Distance(
                NO_VALUE, f"It watches {len(symbols)} symbols; distances are told for up to {MOST_SYMBOLS}."
            )
        each = self._each.setdefault(rule, {})
        nearest: tuple[float, str] | None = None
        for symbol in symbols:
            mine = each.get(symbol)
            if mine is None:
                mine = each[symbol] = replace(rule, symbol=symbol)
            quote, distance = self._quotes.quote(symbol), self._desk.distance(mine)
            if quote is not None and distance is not None:
                share = abs(distance) / (abs(quote.last) or 1.0)
                if nearest is None or share < nearest[0]:
                    nearest = share, symbol
        if nearest is None:
            return Distance(NO_VALUE, "None of its symbols has a value yet.")
        symbol = nearest[1]
        found = self._plain(each[symbol], symbol, parsed)
        return Distance(f"{symbol} {found.figure}", f"Nearest is {symbol}. {found.words}")

    def _understood(self, rule: Rule) -> ParsedRule | None:
        if rule not in self._parsed:
            try:
                self._parsed[rule] = parse_rule(rule)
            except RuleError:
                self._parsed[rule] = None
        return self._parsed[rule]
