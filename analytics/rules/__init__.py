"""Alert rules: their text, their meaning, and their state tick by tick."""

from analytics.rules.amounts import Hysteresis, Unit, decimal_text, parse_decimal, parse_hysteresis
from analytics.rules.rule import Firing, Repeat, Rule
from analytics.rules.state import Fired, RuleState, distance
from analytics.rules.syntax import ParsedRule, format_when, parse_rule, parse_when
from analytics.rules.terms import Compare, Move, Op, Range, Side, Term, side_text

__all__ = [
    "Compare",
    "Fired",
    "Firing",
    "Hysteresis",
    "Move",
    "Op",
    "ParsedRule",
    "Range",
    "Repeat",
    "Rule",
    "RuleState",
    "Side",
    "Term",
    "Unit",
    "decimal_text",
    "distance",
    "format_when",
    "parse_decimal",
    "parse_hysteresis",
    "parse_rule",
    "parse_when",
    "side_text",
]
