"""Alert rules: their text, their meaning, and their state tick by tick."""

from analytics.rules.amounts import Hysteresis, Unit, decimal_text, parse_decimal, parse_hysteresis
from analytics.rules.distance import distance
from analytics.rules.rule import Firing, Hidden, Reading, Repeat, Rule
from analytics.rules.schedule import parse_active, parse_moment
from analytics.rules.state import Fired, RuleState
from analytics.rules.syntax import ParsedRule, format_when, parse_rule, parse_when
from analytics.rules.terms import (
    Compare,
    Extreme,
    Gap,
    Move,
    Op,
    Range,
    Side,
    Silence,
    Spike,
    SymbolSeries,
    Term,
    side_text,
)
from analytics.rules.watch import Watch, Watching, parse_watch

__all__ = [
    "Compare",
    "Extreme",
    "Fired",
    "Firing",
    "Gap",
    "Hidden",
    "Hysteresis",
    "Move",
    "Op",
    "ParsedRule",
    "Range",
    "Reading",
    "Repeat",
    "Rule",
    "RuleState",
    "Side",
    "Silence",
    "Spike",
    "SymbolSeries",
    "Term",
    "Unit",
    "Watch",
    "Watching",
    "decimal_text",
    "distance",
    "format_when",
    "parse_active",
    "parse_decimal",
    "parse_hysteresis",
    "parse_moment",
    "parse_rule",
    "parse_watch",
    "parse_when",
    "side_text",
]
