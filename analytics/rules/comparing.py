"""How two sides are compared: in integers, exactly beside a float64 value, or as float64 values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from analytics.errors import RuleError
from analytics.instruments import Instrument, TickBand
from analytics.rules.amounts import Hysteresis, Unit
from analytics.rules.difference import FloatComparison, FloatDifference, LevelComparison, LevelDifference
from analytics.rules.exact import ExactComparison, ExactDifference
from analytics.rules.margin import Margins
from analytics.rules.sides import is_plain, is_vwap
from analytics.rules.syntax import ParsedRule
from analytics.rules.terms import Operand, Side

Comparison: TypeAlias = LevelComparison | ExactComparison | FloatComparison
Difference: TypeAlias = LevelDifference | ExactDifference | FloatDifference
Comparer: TypeAlias = Callable[[Operand, Side], Comparison]
"""Gives the way to compare two sides."""


def comparer(hysteresis: Hysteresis, bands: tuple[TickBand, ...]) -> Comparer:
    """Return how sides of one symbol are compared; `bands` is its grid."""
    margins = Margins(hysteresis, bands)

    def compare(left: Operand, right: Side) -> Comparison:
        if left.is_column and isinstance(right, Fraction):
            return LevelComparison(left, right, margins)
        return exact_or_float(left, right, margins)

    return compare


def check_grid(parsed: ParsedRule, instrument: Instrument) -> None:
    """Raise RuleError where a rule's hysteresis is in ticks and the instrument has no known grid."""
    if parsed.hysteresis.unit is Unit.TICKS and not instrument.bands:
        raise RuleError(
            f"rule {parsed.rule.name!r}: expected a symbol with a known grid for a hysteresis in ticks, "
            f"found {instrument.symbol!r}; write {parsed.hysteresis.text!r} in points or per cent"
        )


def exact_or_float(left: Operand, right: Side, margins: Margins) -> ExactComparison | FloatComparison:
    """Return the way to compare two sides: exact for numbers, prices, sizes and one VWAP."""
    if (
        (is_plain(left) or is_vwap(left))
        and (is_plain(right) or is_vwap(right))
        and not (is_vwap(left) and is_vwap(right))
    ):
        return ExactComparison(left, right, margins)
    return FloatComparison(left, right, margins)
