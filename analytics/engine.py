"""The engine: appends clean ticks to columns, computes series, evaluates rules.

One writer's thread. Views are published symbol by symbol once their series and rules are done; firings
follow in the engine's order: by tick, then by rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.columns import ColumnsView, SymbolColumns
from analytics.events import DataEvent, EventKind
from analytics.fingerprint import DIGEST_TICKS
from analytics.frame import Frame
from analytics.grouping import by_code
from analytics.in_force import RulesInForce
from analytics.instruments import InstrumentTable
from analytics.log import AppendLog
from analytics.memory import Memory, PlainMemory
from analytics.retention import Holding, Retention
from analytics.rules.rule import Firing, Rule
from analytics.rules.watch import EVERY
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import NO_TIME, Int64, Position, TickBatch
from analytics.tracked import Tracked

MOST_TOGETHER = 32_768
"""Ticks that are taken together at most: windows over more ran slower, and readers wait for whole spans."""


class Witness(Protocol):
    """Looks at what the engine computed, on its thread."""

    def see(self, frame: Frame, firings: Sequence[Firing]) -> None:
        """Look at a frame whose series and rules are done; `firings` are its own, in order, shown or not."""

    def forget(self) -> None:
        """Begin anew: the engine was reset."""


class Engine:
    """Series and rules over any number of symbols.

    `series` are kept for every symbol, `of_symbols` for those alone; a rule's own are added to its symbol. `events` receives what a
    person should know, such as a series that has passed its exact range. `memory` is where all that views hold
    lies; without one, the process's own. `retention` bounds what is held of each symbol, without changing any
    number; without one all is held.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        series: Iterable[SeriesSpec] = (),
        *,
        events: AppendLog[DataEvent] | None = None,
        memory: Memory | None = None,
        retention: Retention | None = None,
        of_symbols: Mapping[str, Sequence[SeriesSpec]] | None = None,
    ) -> None:
        self.retention = retention
        """What is held of each symbol; a change counts from the next ticks on."""
        self._memory = PlainMemory() if memory is None else memory
        self.firings: AppendLog[Firing] = AppendLog()
        self.events: AppendLog[DataEvent] = AppendLog() if events is None else events
        self._instruments = instruments
        self._series = tuple(spec for spec in dict.fromkeys(series) if not spec.is_column)
        self._alone: Mapping[str, Sequence[SeriesSpec]] = of_symbols or {}
        self._rules = RulesInForce(instruments)
        self._symbols: dict[str, Tracked] = {}
        self._columns: dict[str, SymbolColumns] = {}  # those of `_symbols`
        # by symbol, or under EVERY, what rules and other symbols' series look at
        self._needed: dict[str, dict[SeriesSpec, None]] = {}
        self._clock_ns = NO_TIME
        self._ticks = 0  # a frame ends at every multiple of DIGEST_TICKS
        self.witness: Witness | None = None
        """Who looks at every frame before it is published, such as what takes a fingerprint."""

    def reset(self) -> None:
        """Forget all ticks and firings; series and rules stay, rules armed anew."""
        self.firings.clear()
        self._clock_ns = NO_TIME
        self._ticks = 0
        self._symbols, self._columns = {}, {}
        self._rules.reset()
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

    @property
    def holdings(self) -> Mapping[str, Holding]:
        """Return what is held of each symbol; any thread."""
        return {name: each.holding for name, each in tuple(self._symbols.items())}

    def add_series(self, spec: SeriesSpec) -> None:
        """Keep a series for every symbol from its first tick on, and for symbols to come.

        Of a symbol whose first ticks were let go of, from the first that is held on: see `Tracked.keep`.
        """
        if spec.is_column or spec in self._series:
            return
        self._series = (*self._series, spec)
        for symbol in self._symbols.values():
            self._keep(symbol, spec)
        self._publish()

    def drop_series(self, spec: SeriesSpec) -> None:
        """Keep a series no longer, but where a rule or another series looks at it."""
        self._series = tuple(each for each in self._series if each != spec)
        self._need_anew()
        self._publish()

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Put these rules in force. One that stays equal but for its snooze keeps its state; a new one starts armed.

        Of a symbol whose first ticks were let go of, a new rule knows those alone that are held.
        Raises RuleError naming the rule that is wrong; then the rules before stay in force.
        """
        self._rules.replace(rules)
        self._need_anew()
        self._publish()

    def deadline(self) -> int | None:
        """Return the clock at which silence alone makes a rule fire, None where none waits for that."""
        return self._rules.deadline()

    def state_digest(self) -> int:
        """Return 64 bits of what the rules hold between two ticks."""
        return self._rules.digest()

    def take(self, batch: TickBatch) -> list[Firing]:
        """Append a batch and return its firings, in order; they are also appended to `firings`."""
        fired: list[Firing] = []
        for start, stop in self._steps(len(batch)):
            fired += self._take(batch, start, stop)
        return fired

    def _steps(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of what is taken together, at least once: no more than is fast, no digest within."""
        start = 0
        while True:
            stop = min(start + MOST_TOGETHER, start + DIGEST_TICKS - self._ticks % DIGEST_TICKS, count)
            yield start, stop
            self._ticks += stop - start
            start = stop
            if start >= count:
                return

    def _take(self, batch: TickBatch, start: int, stop: int) -> list[Firing]:
        frame = self._append(batch, start, stop)
        for name, span in frame.spans.items():
            self._tell_troubles(frame, self._symbols[name], span)
        firings = self._rules.evaluate(frame)
        if self.witness is not None:
            self.witness.see(frame, firings)
        for firing in firings:  # before the columns: who has read a row finds its firings
            self.firings.append(firing if firing.shown else replace(firing, readings=()))
        for name, span in frame.spans.items():
            span.close()
            symbol = self._symbols[name]
            if self.retention is not None:
                symbol.retain(self.retention)
            symbol.columns.publish()
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
            spans[name] = symbol.append([column[mine] for column in together])
            places[name] = by_symbol.places(mine)
        told = batch.clock_ns
        clock_ns = np.maximum.accumulate(batch.arrival_ns[part]) if told is None else told[part]
        if len(clock_ns) and clock_ns[0] < self._clock_ns:
            clock_ns = np.maximum(clock_ns, self._clock_ns)
        marks = self._marks(batch, start, stop, clock_ns)
        frame = Frame(batch, start, stop, spans, places, self._columns, clock_ns, marks)
        for name in spans:
            if self._symbols[name].wide:
                self._symbols[name].look_around(frame, self._instruments)
        return frame

    def _marks(self, batch: TickBatch, start: int, stop: int, clock_ns: Int64) -> tuple[tuple[int, int], ...]:
        """Return the marks among some ticks, and move the clock past all of it."""
        if not batch.marks:
            self._clock_ns = int(clock_ns[-1]) if len(clock_ns) else self._clock_ns
            return ()
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

    def _symbol(self, name: str, price_scale: int, size_scale: int) -> Tracked:
        symbol = self._symbols.get(name)
        if symbol is None:
            calendar = self._instruments.calendar_of(name)
            columns = SymbolColumns(name, calendar, price_scale, size_scale, memory=self._memory)
            symbol = self._symbols[name] = Tracked(columns)
            self._columns[name] = columns
            needed = (*self._needed.get(EVERY, ()), *self._needed.get(name, ()))
            for spec in (*self._series, *self._alone.get(name, ()), *needed):
                self._keep(symbol, spec)
        symbol.rescale(price_scale, size_scale)
        return symbol

    def _keep(self, symbol: Tracked, spec: SeriesSpec) -> None:
        """Keep a series of one symbol, and of others what it needs of them."""
        if not symbol.keep(spec):
            return
        wide = symbol.wide.get(spec)
        if wide is not None:
            for name, needed in wide.needs(symbol.columns.symbol, self._instruments).items():
                self._need(name, needed)

    def _need(self, name: str, spec: SeriesSpec) -> None:
        """Keep a series of a symbol, or of every one, that a rule or another symbol's series looks at."""
        self._needed.setdefault(name, {})[spec] = None
        for each in list(self._symbols) if name == EVERY else [name] if name in self._symbols else []:
            self._keep(self._symbols[each], spec)

    def _need_anew(self) -> None:
        """Keep what rules look at, and no series that nothing asks for any more."""
        self._needed = {}
        for name, specs in self._rules.needed.items():
            for spec in specs:
                self._need(name, spec)
        self._let_go()

    def _let_go(self) -> None:
        """Keep no series that nothing asks for any more."""
        for name, symbol in self._symbols.items():
            for spec, wide in symbol.wide.items():
                if self._is_wanted(name, spec):
                    for other, needed in wide.needs(name, self._instruments).items():
                        self._need(other, needed)
        for name, symbol in self._symbols.items():
            for spec in [each for each in symbol.kept if not self._is_wanted(name, each)]:
                symbol.drop(spec)

    def _is_wanted(self, name: str, spec: SeriesSpec) -> bool:
        """Return whether a series of a symbol is asked for by a person, a rule, or another symbol's series."""
        if spec in self._series or spec in self._alone.get(name, ()):
            return True
        return any(spec in self._needed.get(each, ()) for each in (EVERY, name))

    def _publish(self) -> None:
        for symbol in self._symbols.values():
            symbol.columns.publish()

    def _tell_troubles(self, frame: Frame, symbol: Tracked, span: Span) -> None:
        """Tell of series that have failed, or have passed what is held exactly, each once."""
        name = symbol.columns.symbol
        at = frame.places[name]
        if not span.holds(2):
            for spec, row in symbol.newly_past_bound(span):
                detail = f"{spec.text} has no value from here on: its sums pass what is held exactly"
                self._tell(EventKind.OUT_OF_RANGE, frame, int(at[row]), name, detail)
        for detail, row in symbol.new_faults():
            place = int(at[min(max(row - span.start, 0), len(at) - 1)])
            self._tell(EventKind.SERIES_FAULT, frame, place, name, detail)

    def _tell(self, kind: EventKind, frame: Frame, place: int, name: str, detail: str) -> None:
        row, ts_ns = (int(each[frame.start + place]) for each in (frame.batch.row, frame.batch.ts_ns))
        self.events.append(DataEvent(kind, name, ts_ns, Position(0, row), row, detail))
