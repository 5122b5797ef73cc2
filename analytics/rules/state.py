"""A rule in force on its symbol: fed span by span, it tells when it fires and what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.instruments import Instrument
from analytics.rules.comparing import check_grid, comparer
from analytics.rules.latch import marked, turned_true
from analytics.rules.past_states import ExtremeState
from analytics.rules.reading import Reader, readings
from analytics.rules.rule import Hidden, Reading
from analytics.rules.showing import Showing
from analytics.rules.sides import SpanSteps, Values
from analytics.rules.syntax import ParsedRule
from analytics.rules.term_states import term_state
from analytics.span import Span
from analytics.ticks import Bool, Float64, Int64


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing: the row inside its span, the first term's right side there, and what is shown of it.

    `hidden` says why it is not shown, None where it is; `readings` are the terms, in the order of the text.
    """

    index: int
    value: float
    hidden: Hidden | None
    readings: tuple[Reading, ...]

    @property
    def shown(self) -> bool:
        """Return whether the firing is shown."""
        return self.hidden is None


class RuleState:
    """One rule on one symbol whose rows are all that it looks at, armed at first.

    Raises RuleError where the rule's hysteresis is in ticks and the instrument has no known grid.
    """

    HOLDS = ("_true",)

    def __init__(self, parsed: ParsedRule, instrument: Instrument) -> None:
        check_grid(parsed, instrument)
        self.parsed = parsed
        bands = instrument.bands
        compare = comparer(parsed.hysteresis, bands)
        self._any_of = [
            [term_state(term, compare, parsed.hysteresis, bands) for term in group] for group in parsed.any_of
        ]
        self._states = [state for group in self._any_of for state in group]
        self._lone = len(parsed.terms) == 1
        self._true = False
        self._truths: list[Bool] = []
        self._truths_before = [False] * len(parsed.terms)
        self._symbol = instrument.symbol
        self._readers = [Reader(term, instrument.symbol) for term in parsed.terms]
        self._texts = [term.text for term in parsed.terms]
        self._fired_last = False
        self._showing: Showing | None = None

    def snooze(self, parsed: ParsedRule) -> None:
        """Take the snooze of a rule that is otherwise the same; all else stays what it was."""
        self.parsed = parsed
        if self._showing is not None:
            self._showing.snooze(parsed)

    def evaluate(self, span: Span, values: Values) -> list[Fired]:
        """Return the firings of the span's rows, in order.

        `values` gives the float64 column of each of `parsed.series` over the span, shape (n,), which the
        span's columns hold too. Spans follow one another; where they end makes no difference.
        """
        first = self._any_of[0][0]
        steps = SpanSteps(span, values)
        rows = first.turns(steps) if self._lone else self._turns(steps)
        fired_before, self._fired_last = self._fired_last, False
        if not len(rows):
            return []
        if self._showing is None:
            self._showing = Showing(self.parsed, span.columns.calendar)
        showing = self._showing
        self._fired_last = int(rows[-1]) == len(steps) - 1
        time_ns = span.columns.column("time_ns")[span.start + rows]
        if time_ns[-1] >= showing.expires_ns:
            in_force = time_ns < showing.expires_ns
            rows, time_ns = rows[in_force], time_ns[in_force]
        if not len(rows):
            return []
        rights = first.rights(steps, rows)
        readings = self._readings(steps, rows, rights, fired_before)
        session = span.session_first[rows].tolist()
        each = zip(rows.tolist(), rights.tolist(), time_ns.tolist(), session, readings, strict=True)
        return [
            Fired(row, value, showing.hides(at_ns, stretch), around)
            for row, value, at_ns, stretch, around in each
        ]

    def _readings(
        self, steps: SpanSteps, rows: Int64, rights: Float64, fired_before: bool
    ) -> Iterator[tuple[Reading, ...]]:
        """Yield the terms around each firing."""
        span = steps.span
        columns, mine = {self._symbol: span.columns}, {self._symbol: span.start + rows}
        earlier = {self._symbol: span.start + rows - 1}
        terms = []
        for k, reader in enumerate(self._readers):
            extreme = None
            if isinstance(self._states[k], ExtremeState):
                extreme = rights if k == 0 else self._states[k].rights(steps, rows)
            before, now = reader.around(columns, mine, earlier, extreme)
            if k == 0:
                now = (now[0], rights)
            truth = self._truths[k] if self._truths else marked(rows, len(span))
            was, holds = truth[rows - 1], truth[rows]
            if not rows[0]:
                was[0] = fired_before if self._lone else self._truths_before[k]
            terms.append(readings(self._texts[k], before, now, was, holds))
        return zip(*terms, strict=True)

    def _turns(self, steps: SpanSteps) -> Int64:
        """Return the rows on which the whole turns true."""
        whole = np.zeros(len(steps), np.bool_)
        self._truths_before = [bool(truth[-1]) for truth in self._truths] or self._truths_before
        self._truths = []
        for group in self._any_of:
            truths = [term.truth(steps) for term in group]
            self._truths += truths
            met = truths[0]
            for truth in truths[1:]:
                met = met & truth
            whole |= met
        rows: Int64 = turned_true(whole, self._true).nonzero()[0]
        self._true = bool(whole[-1])
        return rows
