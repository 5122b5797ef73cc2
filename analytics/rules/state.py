"""A rule in force on its symbol: fed span by span, it tells when it fires and what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import ColumnsView
from analytics.errors import RuleError
from analytics.instruments import Instrument
from analytics.rules.amounts import Unit
from analytics.rules.latch import turned_true
from analytics.rules.rule import Repeat
from analytics.rules.sides import Values
from analytics.rules.syntax import ParsedRule
from analytics.rules.term_states import term_state
from analytics.rules.terms import Move, Range, Side
from analytics.span import Span
from analytics.ticks import Int64


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing: the row inside its span, the first term's right side there, and whether it is shown."""

    index: int
    value: float
    shown: bool


class RuleState:
    """One rule on one symbol, armed at first.

    Raises RuleError where the rule's hysteresis is in ticks and the instrument has no known grid.
    """

    def __init__(self, parsed: ParsedRule, instrument: Instrument) -> None:
        if parsed.hysteresis.unit is Unit.TICKS and not instrument.bands:
            raise RuleError(
                f"rule {parsed.rule.name!r}: expected a symbol with a known grid for a hysteresis in ticks, "
                f"found {instrument.symbol!r}; write {parsed.hysteresis.text!r} in points or per cent"
            )
        self.parsed = parsed
        self._any_of = [
            [term_state(term, parsed.hysteresis, instrument.bands) for term in group]
            for group in parsed.any_of
        ]
        self._lone = len(parsed.terms) == 1
        self._true = False
        self._showing = _Showing(parsed.rule.repeat, parsed.cooldown_ns)

    def evaluate(self, span: Span, values: Values) -> list[Fired]:
        """Return the firings of the span's rows, in order.

        `values` gives the float64 column of each of `parsed.series` over the span, shape (n,). Spans
        follow one another; where they end makes no difference.
        """
        first = self._any_of[0][0]
        rows = first.turns(span, values) if self._lone else self._turns(span, values)
        if not len(rows):
            return []
        time_ns = span.columns.column("time_ns")[span.start + rows].tolist()
        session = span.session_first[rows].tolist()
        rights = first.rights(span, values, rows).tolist()
        return [
            Fired(row, value, self._showing.shows(at_ns, stretch))
            for row, value, at_ns, stretch in zip(rows.tolist(), rights, time_ns, session, strict=True)
        ]

    def _turns(self, span: Span, values: Values) -> Int64:
        """Return the rows on which the whole turns true."""
        whole = np.zeros(len(span), np.bool_)
        for group in self._any_of:
            met = group[0].truth(span, values)
            for term in group[1:]:
                met &= term.truth(span, values)
            whole |= met
        rows: Int64 = turned_true(whole, self._true).nonzero()[0]
        self._true = bool(whole[-1])
        return rows


class _Showing:
    """Which firings are shown: none within the cool-down of the last shown, and as `repeat` allows."""

    def __init__(self, repeat: Repeat, cooldown_ns: int) -> None:
        self._repeat = repeat
        self._cooldown_ns = cooldown_ns
        self._last_ns: int | None = None
        self._stretch: int | None = None

    def shows(self, at_ns: int, stretch: int) -> bool:
        """Return whether a firing is shown; `stretch` is the first row of its session, or of the
        stretch outside hours that it falls into.
        """
        if self._last_ns is not None:
            if self._repeat is Repeat.ONCE or at_ns - self._last_ns < self._cooldown_ns:
                return False
            if self._repeat is Repeat.SESSION and stretch == self._stretch:
                return False
        self._last_ns, self._stretch = at_ns, stretch
        return True


def distance(parsed: ParsedRule, view: ColumnsView) -> float | None:
    """Return left minus right of a rule's first term at the newest row, in points; None without a value.

    For a range the right side is its nearer end, for a move the price a window ago.
    """
    term = parsed.terms[0]
    if view.count == 0:
        return None
    if isinstance(term, Move):
        return _moved(term, view)
    left = _newest(term.left, view)
    ends = (term.low, term.high) if isinstance(term, Range) else (term.right,)
    found = [left - right for end in ends if left is not None and (right := _newest(end, view)) is not None]
    return min(found, key=abs) if len(found) == len(ends) else None


def _newest(side: Side, view: ColumnsView) -> float | None:
    if isinstance(side, Fraction):
        return float(side)
    if side.is_column:
        return float(view.values(side.text, view.count - 1, view.count)[0])
    return view.last_value(side.text)


def _moved(term: Move, view: ColumnsView) -> float | None:
    last = view.count - 1
    at_ns = int(view.time_ns[last]) - term.window.length_ns
    before = int(np.searchsorted(view.time_ns[: view.count], at_ns, side="right")) - 1
    session = int(view.session[last])
    if before < 0 or session == NO_SESSION or int(view.session[before]) != session:
        return None
    return float((view.price[last] - view.price[before]) / 10.0**view.price_scale)
