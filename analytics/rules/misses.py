"""Why not: the tick on which a rule that did not fire came nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules.condition import Condition, Part
from analytics.rules.course import Course
from analytics.rules.reading import Rows, Sides
from analytics.rules.syntax import ParsedRule
from analytics.rules.terms import Compare, Extreme, Gap, Move, Op, Range, Silence, Spike, Term
from analytics.rules.watch import Watching
from analytics.ticks import Float64

_NO_PLACE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class TermMiss:
    """One term at the nearest miss: its sides there, NaN without a value, and how far it was from true.

    `short` is in the unit of the sides (of a silence in seconds): 0 where the term held, NaN where
    nothing can be said.
    """

    text: str
    left: float
    right: float
    short: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Miss:
    """The nearest miss of a rule: the tick, and the terms of the group that was nearest to being met.

    `row` is the tick's reading order in the feed. Where all terms hold, the rule had been true before.
    """

    symbol: str
    row: int
    ts_ns: int
    price: float
    terms: tuple[TermMiss, ...]


class MissSeeker:
    """Looks for the nearest miss of one rule in frames that follow one another.

    Only ticks with `from_ns` <= time as received < `to_ns` count. Of two ticks the nearer is that with
    fewer unmet terms, then that whose worst unmet term is short by the lesser part of its right side, then
    the earlier. The rule's terms have states of their own here, as if it were in force from the first frame.
    """

    def __init__(self, parsed: ParsedRule, instruments: InstrumentTable, from_ns: int, to_ns: int) -> None:
        self.best: Miss | None = None
        self._score = np.inf
        self._parsed = parsed
        self._instruments = instruments
        self._span = from_ns, to_ns
        self._last_clock: dict[str, int] = {}
        self._conditions: dict[str, Condition] = {}
        watch = parsed.watch
        if watch.how is Watching.ALL and watch.symbols is not None:
            self._conditions[watch.symbols[0]] = Condition(parsed, watch.symbols, instruments)
        else:
            self._add(watch.symbols or ())

    def see(self, frame: Frame) -> None:
        """Look at a frame."""
        if self._parsed.watch.symbols is None:
            self._add(tuple(frame.spans))
        course = Course(frame)
        for condition in self._conditions.values():
            self._look(course, condition)

    def _add(self, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            if symbol not in self._conditions:
                self._conditions[symbol] = Condition(self._parsed, (symbol,), self._instruments)

    def _look(self, course: Course, condition: Condition) -> None:
        frame = course.frame
        moments = condition.look(course)
        only = self._parsed.terms[0] if len(self._parsed.terms) == 1 else None
        if isinstance(only, Silence) and len(condition.seen_from) == 1:
            self._look_at_silence(course, condition.parts[0], only)
            return
        places = course.taken(moments) if len(moments) else _NO_PLACE
        ticked = moments % 2 == 1
        ts_ns = frame.batch.ts_ns[frame.start + np.maximum(places, 0)]
        counts = ticked & (ts_ns >= self._span[0]) & (ts_ns < self._span[1])
        if not counts.any():
            return
        rows = {symbol: frame.rows_at(symbol, places) for symbol in condition.symbols}
        seen = {id(part): _Seen(part, frame, rows, len(places)) for part in condition.parts}
        scores = []
        for groups in condition.groups:
            of_groups = [_score([seen[id(part)] for part in group]) for group in groups]
            scores.append(np.min(of_groups, axis=0))
        total = np.where(counts, np.sum(scores, axis=0), np.inf)
        at = int(np.argmin(total))
        if total[at] < self._score:
            self._score = float(total[at])
            nearest = []
            for groups in condition.groups:
                group = min(groups, key=lambda group: _score([seen[id(part)] for part in group])[at])
                nearest += [seen[id(part)].at(at, len(condition.seen_from) > 1) for part in group]
            self.best = _miss(frame, int(places[at]), tuple(nearest))

    def _look_at_silence(self, course: Course, part: Part, term: Silence) -> None:
        """Take the longest time between two ticks of the symbol."""
        frame, places = course.frame, course.frame.places.get(part.own)
        if places is None:
            return
        clock_ns = course.clock_ns[course.events(places)]
        before_ns = np.concatenate(([self._last_clock.get(part.own, clock_ns[0])], clock_ns[:-1]))
        self._last_clock[part.own] = int(clock_ns[-1])
        waited = (clock_ns - before_ns) / 1e9
        ts_ns = frame.batch.ts_ns[frame.start + places]
        waited[(ts_ns < self._span[0]) | (ts_ns >= self._span[1])] = -np.inf
        at = int(np.argmax(waited))
        length = term.length_ns / 1e9
        if waited[at] >= 0 and length - waited[at] < self._score:
            self._score = float(length - waited[at])
            short = max(self._score, 0.0)
            found = TermMiss(term.text, float(waited[at]), length, short, holds=False)
            self.best = _miss(frame, int(places[at]), (found,))


class _Seen:
    """One term over the moments of a frame."""

    def __init__(self, part: Part, frame: Frame, rows: Rows, count: int) -> None:
        self._part = part
        self.holds = part.truth
        self._sides = part.reader.sides(frame.columns, rows, count)
        self.short = np.where(self.holds, 0.0, _short(part.term, self._sides))

    @property
    def share(self) -> Float64:
        """Return how much is missing as a part of the right side, squashed into [0, 1]."""
        size = np.abs(self._sides[1])
        share = self.short / np.where(size > 0, size, 1.0)
        found: Float64 = np.nan_to_num(share / (1.0 + share), nan=1.0)
        return found

    def at(self, index: int, several: bool) -> TermMiss:
        """Return the term at a moment."""
        part, (left, right) = self._part, self._sides
        text = f"{part.own}: {part.term.text}" if several else part.term.text
        values = (float(left[index]), float(right[index]), float(self.short[index]))
        return TermMiss(text, *values, bool(self.holds[index]))


def _score(group: list[_Seen]) -> Float64:
    """Return the number of unmet terms, and in its fraction how far the worst of them was from met."""
    unmet = np.sum([~each.holds for each in group], axis=0)
    worst = np.max([np.where(each.holds, 0.0, each.share) for each in group], axis=0)
    found: Float64 = unmet + np.minimum(worst, 0.999)
    return found


def _short(term: Term, sides: Sides) -> Float64:
    """Return how far a term that does not hold is from it, in the unit of its sides."""
    left, right = sides
    if isinstance(term, Gap | Silence):
        return np.full(len(left), np.nan)
    if isinstance(term, Move):
        return np.maximum(float(term.percent / 100) * np.abs(right) - np.abs(left - right), 0.0)
    if isinstance(term, Spike):
        return np.maximum(float(term.times) * right - left, 0.0)
    if isinstance(term, Range) or (isinstance(term, Compare) and term.op.is_crossing):
        return np.abs(left - right)
    up = term.op in (Op.ABOVE, Op.NEW_HIGH)
    assert isinstance(term, Compare | Extreme)
    return np.maximum(right - left if up else left - right, 0.0)


def _miss(frame: Frame, place: int, terms: tuple[TermMiss, ...]) -> Miss:
    batch, at = frame.batch, frame.start + place
    code = int(batch.symbol[at])
    price = float(batch.price[at] / 10.0 ** batch.price_scale[code])
    return Miss(batch.symbols[code], int(batch.row[at]), int(batch.ts_ns[at]), price, terms)
