"""How far a rule is from firing at the newest tick."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from analytics.calendar import NO_SESSION
from analytics.columns import ColumnsView
from analytics.rules.syntax import ParsedRule
from analytics.rules.terms import Compare, Move, Range, Side, SymbolSeries

ViewOf = Callable[[str], ColumnsView | None]
"""Gives a symbol's published columns, None before its first tick."""


def distance(parsed: ParsedRule, view: ColumnsView, view_of: ViewOf | None = None) -> float | None:
    """Return left minus right of a rule's first term at the newest row, in points; None without a value.

    For a range the right side is its nearer end, for a move the price a window ago; terms without sides
    have no distance. `view_of` gives the columns of symbols that the rule names.
    """
    term = parsed.terms[0]
    if view.count == 0:
        return None
    if isinstance(term, Move):
        return _moved(term, view)
    if not isinstance(term, Compare | Range):
        return None

    def newest(side: Side) -> float | None:
        if isinstance(side, Fraction):
            return float(side)
        if isinstance(side, SymbolSeries):
            other = None if view_of is None else view_of(side.symbol)
            return None if other is None or not other.count else _newest(side.spec.text, other)
        return _newest(side.text, view)

    left = newest(term.left)
    ends = (term.low, term.high) if isinstance(term, Range) else (term.right,)
    found = [left - right for end in ends if left is not None and (right := newest(end)) is not None]
    return min(found, key=abs) if len(found) == len(ends) else None


def _newest(text: str, view: ColumnsView) -> float | None:
    if text in ("price", "size"):
        return float(view.values(text, view.count - 1, view.count)[0])
    return view.last_value(text)


def _moved(term: Move, view: ColumnsView) -> float | None:
    last = view.count - 1
    at_ns = int(view.time_ns[last]) - term.window.length_ns
    before = view.first + int(view.time_ns[view.first : view.count].searchsorted(at_ns, side="right")) - 1
    session = int(view.session[last])
    if before < view.first or session == NO_SESSION or int(view.session[before]) != session:
        return None
    return float((view.price[last] - view.price[before]) / 10.0**view.price_scale)
