"""The engine: appends clean ticks to columns, computes series, evaluates rules.

One writer's thread. Views are published symbol by symbol once their series and rules are done; firings
follow in the engine's order: by tick, then by rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.columns import ColumnsView, SymbolColumns
from analytics.events import DataEvent, EventKind
from analytics.frame import Frame
from analytics.grouping import by_code
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Rule
from analytics.rules.state import RuleState
from analytics.rules.syntax import ParsedRule, parse_rule
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import NO_SEQ, NO_TIME, Float64, Int64, Position, TickBatch
from analytics.tracked import Tracked

MOST_TOGETHER = 32_768
"""Ticks that are taken together at most: windows over more ran slower, and readers wait for whole spans."""


@dataclass(slots=True)
class _Symbol:
    """What the engine holds of one symbol."""

    tracked: Tracked
    rules: list[tuple[int, RuleState]] = field(default_factory=list)

    @property
    def columns(self) -> SymbolColumns:
        """Return the symbol's columns."""
        return self.tracked.columns


class Witness(Protocol):
    """Looks at what the engine computed, on its thread."""

    def see(self, frame: Frame, firings: Sequence[Firing]) -> None:
        """Look at a frame whose series and rules are done; `firings` are its own, in order, shown or not."""

    def forget(self) -> None:
        """Begin anew: the engine was reset."""


class Engine:
    """Series and rules over any number of symbols.

    `series` are kept for every symbol; a rule's own are added to its symbol. `events` receives what a
    person should know, such as a series that has passed its exact range.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        series: Iterable[SeriesSpec] = (),
        *,
        events: AppendLog[DataEvent] | None = None,
    ) -> None:
        self.firings: AppendLog[Firing] = AppendLog()
        self.events: AppendLog[DataEvent] = AppendLog() if events is None else events
        self._instruments = instruments
        self._series = tuple(spec for spec in dict.fromkeys(series) if not spec.is_column)
        self._rules: list[tuple[Rule, ParsedRule]] = []
        self._states: dict[Rule, RuleState] = {}
        self._symbols: dict[str, _Symbol] = {}
        self._needed: dict[str, dict[SeriesSpec, None]] = {}  # by symbol, what others look at
        self._clock_ns = NO_TIME
        self.witness: Witness | None = None
        """Who looks at every frame before it is published, such as what takes a fingerprint."""

    def reset(self) -> None:
        """Forget all ticks and firings; series and rules stay, rules armed anew."""
        self.firings.clear()
        self._clock_ns = NO_TIME
        self._symbols = {}
        self._states = {}
        if self.witness is not None:
            self.witness.forget()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have ticks, in order of the first."""
        return tuple(self._symbols)

    def view(self, symbol: str) -> ColumnsView | None:
        """Return a symbol's published columns, or None before its first tick; any thread."""
        found = self._symbols.get(symbol)
        return None if found is None or found.columns.view.count == 0 else found.columns.view

    @property
    def views(self) -> Mapping[str, ColumnsView]:
        """Return all published columns by symbol; any thread."""
        symbols = tuple(self._symbols.items())  # taken in one step, as the writer may add one
        return MappingProxyType({name: each.columns.view for name, each in symbols})

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep a series for every symbol from its first tick on, and for symbols to come."""
        if spec.is_column or spec in self._series:
            return
        self._series = (*self._series, spec)
        for symbol in self._symbols.values():
            self._keep(symbol, spec)
        self._publish()

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Put these rules in force. One that stays equal keeps its state; a new one starts armed.

        Raises RuleError naming the rule that is wrong; then the rules before stay in force.
        """
        parsed = [(rule, parse_rule(rule)) for rule in rules if rule.enabled]
        self._check_grids(parsed)
        kept = {rule: self._states[rule] for rule, _ in parsed if rule in self._states}
        self._rules, self._states = parsed, kept
        for name, symbol in self._symbols.items():
            self._arm(name, symbol)
        self._publish()

    def deadline(self) -> int | None:
        """Return the clock at which silence alone makes a rule fire, None where none waits for that."""
        return None

    def take(self, batch: TickBatch) -> list[Firing]:
        """Append a batch and return its firings, in order; they are also appended to `firings`."""
        fired: list[Firing] = []
        for start in range(0, max(len(batch), 1), MOST_TOGETHER):
            fired += self._take(batch, start, min(start + MOST_TOGETHER, len(batch)))
        for firing in fired:
            self.firings.append(firing)
        return fired

    def _take(self, batch: TickBatch, start: int, stop: int) -> list[Firing]:
        frame = self._append(batch, start, stop)
        fired: list[tuple[int, int, Firing]] = []
        for name, span in frame.spans.items():
            symbol, at = self._symbols[name], frame.places[name]
            if not span.is_held:
                self._tell_past_bound(batch, start + int(at[np.argmin(span.held())]), symbol)
            for detail, row in symbol.tracked.new_faults():
                place = int(at[min(max(row - span.start, 0), len(at) - 1)])
                self._tell(EventKind.SERIES_FAULT, batch, start + place, name, detail)
            if symbol.rules:
                fired += self._evaluate(batch, symbol, span, at + start)
        fired.sort(key=lambda each: each[:2])
        firings = [firing for _, _, firing in fired]
        if self.witness is not None:
            self.witness.see(frame, firings)
        for name in frame.spans:
            self._symbols[name].columns.publish()
        return firings

    def _append(self, batch: TickBatch, start: int, stop: int) -> Frame:
        """Append ticks to their symbols' columns with the series of each, and return the frame of it."""
        part = slice(start, stop)
        whole = stop - start == len(batch)
        by_symbol = batch.by_symbol if whole and batch.by_symbol is not None else by_code(batch.symbol[part])
        columns = (batch.ts_ns, batch.price, batch.size, batch.seq)
        together: list[NDArray[Any]] = [by_symbol.together(column[part]) for column in columns]
        gap = batch.after_gap[part]
        together.append(by_symbol.together(gap) if np.count_nonzero(gap) else gap)
        spans: dict[str, Span] = {}
        places: dict[str, Int64] = {}
        for code, mine in sorted(by_symbol.slices, key=lambda each: by_symbol.place(each[1].start)):
            symbol = self._symbol(batch.symbols[code], batch.price_scale[code], batch.size_scale[code])
            name = batch.symbols[code]
            spans[name] = symbol.tracked.append([column[mine] for column in together])
            places[name] = by_symbol.places(mine)
        told = batch.clock_ns
        clock_ns = np.maximum.accumulate(batch.arrival_ns[part]) if told is None else told[part]
        if len(clock_ns) and clock_ns[0] < self._clock_ns:
            clock_ns = np.maximum(clock_ns, self._clock_ns)
        marks = self._marks(batch, start, stop, clock_ns)
        known = {name: each.columns for name, each in self._symbols.items()}
        frame = Frame(batch, start, stop, spans, places, known, clock_ns, marks)
        for name in spans:
            if self._symbols[name].tracked.wide:
                self._symbols[name].tracked.look_around(frame, self._instruments)
        return frame

    def _marks(self, batch: TickBatch, start: int, stop: int, clock_ns: Int64) -> tuple[tuple[int, int], ...]:
        """Return the marks among some ticks, and move the clock past all of it."""
        last = stop == len(batch)
        mine = [each for each in batch.marks if start <= each[0] < stop or (last and each[0] == stop)]
        marks = []
        for index, at_ns in mine:
            place = index - start
            before_ns = self._clock_ns if place == 0 else int(clock_ns[place - 1])
            marks.append((place, max(at_ns, before_ns)))
        newest = [*(int(each) for each in clock_ns[-1:]), *(at_ns for _, at_ns in marks[-1:])]
        self._clock_ns = max(newest, default=self._clock_ns)
        return tuple(marks)

    def _evaluate(
        self, batch: TickBatch, symbol: _Symbol, span: Span, at: Int64
    ) -> list[tuple[int, int, Firing]]:
        columns = symbol.columns

        def values(spec: SeriesSpec) -> Float64:
            if spec.is_column:
                scale = columns.price_scale if spec.name == "price" else columns.size_scale
                floats: Float64 = columns.column(spec.name)[span.start : span.stop] / 10.0**scale
                return floats
            return columns.series(spec.text)[span.start : span.stop]

        found = []
        for rank, state in symbol.rules:
            for each in state.evaluate(span, values):
                place = int(at[each.index])
                seq = int(batch.seq[place])
                firing = Firing(
                    rule=state.parsed.rule.name,
                    symbol=columns.symbol,
                    row=int(batch.row[place]),
                    ts_ns=int(batch.ts_ns[place]),
                    seq=None if seq == NO_SEQ else seq,
                    price=float(batch.price[place] / 10.0**columns.price_scale),
                    value=each.value,
                    shown=each.shown,
                )
                found.append((place, rank, firing))
        return found

    def _symbol(self, name: str, price_scale: int, size_scale: int) -> _Symbol:
        symbol = self._symbols.get(name)
        if symbol is None:
            calendar = self._instruments.calendar_of(name)
            columns = SymbolColumns(name, calendar, price_scale, size_scale)
            symbol = self._symbols[name] = _Symbol(Tracked(columns, MOST_TOGETHER))
            for spec in (*self._series, *self._needed.get(name, ())):
                self._keep(symbol, spec)
            self._arm(name, symbol)
        symbol.tracked.rescale(price_scale, size_scale)
        return symbol

    def _keep(self, symbol: _Symbol, spec: SeriesSpec) -> None:
        """Keep a series of one symbol, and of others what it needs of them."""
        if not symbol.tracked.keep(spec):
            return
        wide = symbol.tracked.wide.get(spec)
        if wide is not None:
            for name, needed in wide.needs(symbol.columns.symbol, self._instruments).items():
                self._need(name, needed)

    def _need(self, name: str, spec: SeriesSpec) -> None:
        """Keep a series of a symbol that others look at, once it has a tick."""
        self._needed.setdefault(name, {})[spec] = None
        if name in self._symbols:
            self._keep(self._symbols[name], spec)

    def _publish(self) -> None:
        for symbol in self._symbols.values():
            symbol.columns.publish()

    def _arm(self, name: str, symbol: _Symbol) -> None:
        """Give a symbol its rules, each with its state, and the series they need."""
        symbol.rules = []
        for rank, (rule, parsed) in enumerate(self._rules):
            if rule.symbol != name:
                continue
            state = self._states.get(rule)
            if state is None:
                state = self._states[rule] = RuleState(parsed, self._instruments[name])
            for spec in parsed.series:
                if not spec.is_column:
                    self._keep(symbol, spec)
            symbol.rules.append((rank, state))

    def _check_grids(self, parsed: list[tuple[Rule, ParsedRule]]) -> None:
        """Build each rule's state once, so that what its instrument lacks is said at once."""
        for rule, each in parsed:
            RuleState(each, self._instruments[rule.symbol])

    def _tell_past_bound(self, batch: TickBatch, at: int, symbol: _Symbol) -> None:
        for spec in symbol.tracked.newly_past_bound():
            detail = f"{spec.text} has no value from here on: its sums pass what is held exactly"
            self._tell(EventKind.OUT_OF_RANGE, batch, at, symbol.columns.symbol, detail)

    def _tell(self, kind: EventKind, batch: TickBatch, at: int, name: str, detail: str) -> None:
        row = int(batch.row[at])
        self.events.append(DataEvent(kind, name, int(batch.ts_ns[at]), Position(0, row), row, detail))
