"""Rules that look at more than one symbol's rows: at several symbols, at gaps in the feed, or at silence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules.condition import UNSEEN, Condition
from analytics.rules.course import Course
from analytics.rules.fired_moments import Moments
from analytics.rules.reading import readings as readings_of
from analytics.rules.rule import Hidden, Reading
from analytics.rules.showing import Showing
from analytics.rules.state import RuleState
from analytics.rules.syntax import ParsedRule
from analytics.rules.terms import Gap, Silence, SymbolSeries
from analytics.rules.tracks import values_of
from analytics.rules.watch import EVERY, Watching
from analytics.series import SeriesSpec
from analytics.ticks import Int64


class WideFired(NamedTuple):
    """One firing in a frame.

    `place` is that of its tick, or, of a silence, of the tick before which it was told (the frame's size:
    after the last). `row` is the row of the columns of `symbol`, `feed_row` the reading order in the feed:
    of a silence those of the symbol's last tick. `at_ns` is the tick's time as received, of a silence its
    deadline. `value`, `hidden` and `readings` are as in `Fired`.
    """

    place: int
    symbol: str
    row: int
    feed_row: int
    at_ns: int
    value: float
    hidden: Hidden | None
    readings: tuple[Reading, ...]

    @property
    def shown(self) -> bool:
        """Return whether the firing is shown."""
        return self.hidden is None


class WideRuleState:
    """One rule over frames, armed at first; frames follow one another, where they end makes no difference.

    Raises RuleError where the rule's hysteresis is in ticks and a symbol has no known grid; for every
    symbol of the feed that is told as a symbol comes, by leaving it out.
    """

    def __init__(self, parsed: ParsedRule, instruments: InstrumentTable) -> None:
        self.parsed = parsed
        self._instruments = instruments
        self._watchers: dict[str, _Watcher | _Rows] = {}
        self._unseen: Condition | None = None
        watch = parsed.watch
        if watch.how is Watching.ALL and watch.symbols is not None:
            self._watchers[watch.symbols[0]] = _Watcher(parsed, watch.symbols, instruments, None)
        for symbol in watch.symbols or () if watch.how is not Watching.ALL else ():
            self._watchers[symbol] = self._watcher(symbol)
        if watch.symbols is None and parsed.named_series:
            self._unseen = Condition(parsed, (UNSEEN,), instruments)

    @property
    def symbols(self) -> tuple[str, ...] | None:
        """Return the symbols at whose ticks the rule is evaluated; None for every one, or where time counts."""
        if self.parsed.watch.symbols is None or any(isinstance(term, Silence) for term in self.parsed.terms):
            return None
        found = dict.fromkeys(self.parsed.watch.symbols)
        found.update(dict.fromkeys(self.parsed.named_series))
        return tuple(found)

    def snooze(self, parsed: ParsedRule) -> None:
        """Take the snooze of a rule that is otherwise the same; all else stays what it was."""
        self.parsed = parsed
        for each in self._watchers.values():
            each.snooze(parsed)

    def deadline(self) -> int | None:
        """Return the engine's clock at which silence alone makes it fire, None where none does."""
        found = [each for watcher in self._watchers.values() if (each := watcher.deadline()) is not None]
        return min(found, default=None)

    def evaluate(self, frame: Frame) -> list[WideFired]:
        """Return the firings of a frame, in the order of their places.

        Its columns hold the series that `needs` names.
        """
        course = Course(frame)
        if self.parsed.watch.symbols is None:
            for symbol in frame.spans:
                if symbol not in self._watchers and self._fits(symbol):
                    self._watchers[symbol] = self._watcher(symbol)
            if self._unseen is not None:
                self._unseen.fires(self._unseen.look(course))
        told = [each for watcher in self._watchers.values() for each in watcher.evaluate(course)]
        told.sort(key=lambda each: each[0])
        return [fired for _, fired in told]

    def _watcher(self, symbol: str) -> _Watcher | _Rows:
        parsed = self.parsed
        alone = not any(
            isinstance(term, Gap | Silence) or any(isinstance(side, SymbolSeries) for side in term.sides)
            for term in parsed.terms
        )
        if alone:
            return _Rows(RuleState(parsed, self._instruments[symbol]), symbol)
        return _Watcher(parsed, (symbol,), self._instruments, self._unseen)

    def _fits(self, symbol: str) -> bool:
        """Return whether a symbol has the grid that a hysteresis in ticks is counted on."""
        return not self.parsed.hysteresis_in_ticks or bool(self._instruments[symbol].bands)


def needs(parsed: ParsedRule) -> dict[str, tuple[SeriesSpec, ...]]:
    """Return the series that must be kept by symbol; under ``*`` those of every symbol of the feed."""
    found: dict[str, dict[SeriesSpec, None]] = {}
    for symbol in (EVERY,) if parsed.watch.symbols is None else parsed.watch.symbols:
        found[symbol] = dict.fromkeys(parsed.series)
    for symbol, specs in parsed.named_series.items():
        found.setdefault(symbol, {}).update(dict.fromkeys(specs))
    return {symbol: tuple(specs) for symbol, specs in found.items()}


_Told = tuple[int, WideFired]
"""A moment as in `analytics.rules.course`, and what fired at it."""


class _Rows:
    """A rule that looks at one symbol's rows alone."""

    def __init__(self, state: RuleState, symbol: str) -> None:
        self._state = state
        self._symbol = symbol
        self.snooze = state.snooze

    def deadline(self) -> int | None:
        return None

    def evaluate(self, course: Course) -> list[_Told]:
        frame = course.frame
        span = frame.spans.get(self._symbol)
        fired = [] if span is None else self._state.evaluate(span, values_of(span))
        if span is None or not fired:
            return []
        places = frame.places[self._symbol][[each.index for each in fired]]
        moments = (2 * course.events(places) + 1).tolist()
        told = []
        batch, symbol = frame.batch, self._symbol
        for moment, place, each in zip(moments, places.tolist(), fired, strict=True):
            row, ts_ns = int(batch.row[frame.start + place]), int(batch.ts_ns[frame.start + place])
            at = span.start + each.index
            fire = WideFired(place, symbol, at, row, ts_ns, each.value, each.hidden, each.readings)
            told.append((moment, fire))
        return told


class _Watcher:
    """A rule that looks at more, from one symbol or from all of several."""

    def __init__(
        self,
        parsed: ParsedRule,
        symbols: tuple[str, ...],
        instruments: InstrumentTable,
        unseen: Condition | None,
    ) -> None:
        self._condition = Condition(parsed, symbols, instruments, unseen)
        self._awaited = symbols[0] if parsed.watch.how is Watching.ANY else None
        self._found = parsed.watch.symbols is None
        self._stretch = NO_SESSION, 0, 0
        self._grouped = parsed.watch.how is not Watching.ONE
        self._calendar = instruments.calendar_of(symbols[0])
        self._showing = Showing(parsed, self._calendar)
        self.snooze = self._showing.snooze

    def deadline(self) -> int | None:
        """Return the clock at which silence alone makes it fire."""
        at_ns = self._condition.deadline_ns
        return None if at_ns is None or at_ns >= self._showing.expires_ns else at_ns

    def evaluate(self, course: Course) -> list[_Told]:
        moments = self._condition.look(course)
        at = self._condition.fires(moments)
        first = self._first(course)
        at = at[moments[at] >= first] if first else at
        if not len(at):
            return []
        fired = Moments(course, self._condition, moments[at])
        readings = self._readings(course.frame, fired, at)
        values = self._values(fired, readings)
        told = []
        for k, (moment, symbol, at_ns) in enumerate(
            zip(fired.moments, fired.symbols, fired.time_ns, strict=True)
        ):
            if at_ns < self._showing.expires_ns:
                row = int(fired.rows[symbol][k])
                hidden = self._showing.hides(at_ns, self._stretch_of(at_ns))
                place, feed_row, ts_ns = fired.places[k], fired.feed_rows[k], fired.ts_ns[k]
                each = WideFired(place, symbol, row, feed_row, ts_ns, values[k], hidden, readings[k])
                told.append((moment, each))
        return told

    def _first(self, course: Course) -> int:
        """Return the moment from which on firings count: of one of a group that of its first tick."""
        if self._awaited is None:
            return 0
        frame = course.frame
        places = frame.places.get(self._awaited)
        if places is None:
            return 0 if self._awaited in frame.columns else 2 * len(course.clock_ns)
        is_first = self._found or frame.spans[self._awaited].start == 0
        self._awaited = None
        return 2 * int(course.events(places[:1])[0]) + 1 if is_first else 0

    def _stretch_of(self, at_ns: int) -> tuple[int, int]:
        """Return the session of an instant, or the stretch outside hours."""
        session, first_ns, end_ns = self._stretch
        if not first_ns <= at_ns < end_ns:
            session, first_ns, _ = self._stretch = self._calendar.session_bounds(at_ns)
        return session, first_ns

    def _readings(self, frame: Frame, fired: Moments, at: Int64) -> list[tuple[Reading, ...]]:
        """Return the terms around each firing."""
        terms = []
        for part in self._condition.parts:
            before, now = part.reader.around(frame.columns, fired.rows, fired.earlier)
            was, holds = part.truth[at - 1], part.truth[at]
            if not at[0]:
                was[0] = part.on
            text = f"{part.own}: {part.term.text}" if self._grouped else part.term.text
            terms.append(readings_of(text, before, now, was, holds))
        return list(zip(*terms, strict=True))

    def _values(self, fired: Moments, readings: list[tuple[Reading, ...]]) -> list[float]:
        """Return the right sides of the first term, seen from the tick's symbol where that is watched."""
        condition = self._condition
        terms = len(condition.parts) // len(condition.seen_from)
        moments = np.array(fired.moments, np.int64)
        found = {}
        for k, symbol in enumerate(condition.seen_from):
            first = k * terms
            latest = [each[first].now[1] for each in readings]
            found[symbol] = condition.parts[first].track.rights_at(moments, latest)
        other = condition.seen_from[0]
        return [found.get(symbol, found[other])[k] for k, symbol in enumerate(fired.symbols)]
