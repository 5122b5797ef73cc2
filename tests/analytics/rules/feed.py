"""A feed of several symbols in a few lines, as the frames that the engine makes of it, cut anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.columns import SymbolColumns
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.rules import Rule, parse_rule
from analytics.rules.wide import WideFired, WideRuleState, needs
from analytics.series import SeriesSpec, calculator
from analytics.span import Span
from analytics.ticks import NO_SEQ, NO_TIME, TickBatch
from analytics.window_book import WindowBook

SECOND = 1_000_000_000


@dataclass(frozen=True)
class Tick:
    """A tick of a symbol; price and size in whole units of its scales, the clock that of its arrival."""

    symbol: str
    ts_ns: int
    price: int
    size: int = 1
    gap: bool = False
    clock_ns: int | None = None

    @property
    def arrival_ns(self) -> int:
        return self.ts_ns if self.clock_ns is None else self.clock_ns


@dataclass(frozen=True)
class Mark:
    """Time that passed in silence."""

    clock_ns: int


@dataclass
class Feed:
    """Events in the engine's order; `scales` are (price, size) by symbol."""

    events: Sequence[Tick | Mark]
    instruments: InstrumentTable
    scales: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    columns: dict[str, SymbolColumns] = field(default_factory=dict)

    def scale(self, symbol: str) -> tuple[int, int]:
        return self.scales.get(symbol, (1, 0))

    def fired(self, rule: Rule, cuts: Iterable[int] = ()) -> list[WideFired]:
        """Return the firings of one rule over frames that end at `cuts`; places count from the first event."""
        parsed = parse_rule(rule)
        state = WideRuleState(parsed, self.instruments)
        found = []
        for first, frame in self.frames(needs(parsed), cuts):
            found += [each._replace(place=each.place + first) for each in state.evaluate(frame)]
        return found

    def frames(
        self, series: Mapping[str, Sequence[SeriesSpec]], cuts: Iterable[int] = ()
    ) -> Iterator[tuple[int, Frame]]:
        """Yield each frame with the number of ticks before it."""
        columns = self.columns = {}
        calculators: dict[str, dict] = {}
        books: dict[str, WindowBook] = {}
        count, clock_ns = len(self.events), NO_TIME
        ends = sorted({cut for cut in cuts if 0 < cut < count} | {count})
        taken = 0
        for start, stop in zip([0, *ends], ends, strict=False):
            part = self.events[start:stop]
            ticks = [each for each in part if isinstance(each, Tick)]
            batch = self._batch(ticks, taken)
            spans, places = {}, {}
            for symbol in dict.fromkeys(tick.symbol for tick in ticks):
                if symbol not in columns:
                    columns[symbol] = SymbolColumns(
                        symbol, self.instruments.calendar_of(symbol), *self.scale(symbol)
                    )
                    books[symbol] = WindowBook()
                    specs = dict.fromkeys([*series.get(symbol, ()), *series.get("*", ())])
                    calculators[symbol] = {spec: calculator(spec) for spec in specs}
                    for spec in specs:
                        columns[symbol].add_series(spec.text)
                at = np.array([k for k, tick in enumerate(ticks) if tick.symbol == symbol], np.int64)
                mine = columns[symbol]
                before = mine.count
                mine.append(
                    *(each[at] for each in (batch.ts_ns, batch.price, batch.size, batch.seq, batch.after_gap))
                )
                span = spans[symbol] = Span(mine, before, mine.count, books[symbol])
                places[symbol] = at
                for spec, each in calculators[symbol].items():
                    mine.series(spec.text)[before : mine.count] = each.extend(span)
            clocks, marks = [], []
            for each in part:
                clock_ns = max(clock_ns, each.arrival_ns if isinstance(each, Tick) else each.clock_ns)
                if isinstance(each, Tick):
                    clocks.append(clock_ns)
                else:
                    marks.append((len(clocks), clock_ns))
            clock = np.array(clocks, np.int64)
            yield (
                taken,
                Frame(batch, 0, len(ticks), spans, places, dict(columns), clock, tuple(marks)),
            )
            taken += len(ticks)

    def _batch(self, ticks: Sequence[Tick], first_row: int) -> TickBatch:
        symbols = tuple(dict.fromkeys(tick.symbol for tick in self.events if isinstance(tick, Tick)))
        count = len(ticks)
        return TickBatch(
            symbols=symbols,
            symbol=np.array([symbols.index(tick.symbol) for tick in ticks], np.int32),
            ts_ns=np.array([tick.ts_ns for tick in ticks], np.int64),
            arrival_ns=np.array([tick.arrival_ns for tick in ticks], np.int64),
            price=np.array([tick.price for tick in ticks], np.int64),
            size=np.array([tick.size for tick in ticks], np.int64),
            seq=np.full(count, NO_SEQ, np.int64),
            row=np.arange(first_row, first_row + count, dtype=np.int64),
            after_gap=np.array([tick.gap for tick in ticks], np.bool_),
            price_scale=tuple(self.scale(symbol)[0] for symbol in symbols),
            size_scale=tuple(self.scale(symbol)[1] for symbol in symbols),
        )
