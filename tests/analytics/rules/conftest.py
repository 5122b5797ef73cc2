"""A market in a few lines: ticks in, the firings of one rule out, with the spans cut anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from analytics.calendar import ALWAYS, NSE, Calendar
from analytics.columns import SymbolColumns
from analytics.instruments import Instrument, Kind, TickBand
from analytics.rules import Fired, Rule, RuleState, parse_rule
from analytics.series import SeriesSpec, calculator
from analytics.span import Span
from analytics.ticks import NO_SEQ, Float64
from analytics.window_book import WindowBook

# The grid changes at 10, in the middle of the prices that the tests walk over.
GRID = (TickBand(10, Fraction(1, 10)), TickBand(None, Fraction(1, 5)))


@dataclass(frozen=True)
class Tick:
    """One tick; price and size are whole numbers of the market's scales."""

    ts_ns: int
    price: int
    size: int = 1


@dataclass
class Market:
    """One symbol's ticks. `widen` gives new scales (price, size) from a row on."""

    ticks: Sequence[Tick]
    calendar: Calendar = ALWAYS
    bands: tuple[TickBand, ...] = GRID
    price_scale: int = 1
    size_scale: int = 0
    widen: tuple[int, int, int] | None = None

    @property
    def instrument(self) -> Instrument:
        return Instrument("X", Kind.STOCK, self.calendar, bands=self.bands)

    def fired(self, rule: Rule, cuts: Sequence[int] = ()) -> list[tuple[int, float, bool]]:
        """Return (row, value, shown) of each firing; spans end at `cuts`."""
        parsed = parse_rule(rule)
        state = RuleState(parsed, self.instrument)
        found: list[tuple[int, float, bool]] = []

        def read(span: Span, values: Callable[[SeriesSpec], Float64]) -> None:
            for each in state.evaluate(span, values):
                assert isinstance(each, Fired)
                found.append((span.start + each.index, each.value, each.shown))

        self.run(parsed.series, read, cuts)
        return found

    def run(
        self,
        series: Sequence[SeriesSpec],
        read: Callable[[Span, Callable[[SeriesSpec], Float64]], None],
        cuts: Sequence[int] = (),
    ) -> SymbolColumns:
        """Append the ticks span by span and hand each span with its series to `read`."""
        columns = SymbolColumns("X", self.calendar, self.price_scale, self.size_scale)
        book = WindowBook()
        calculators = {spec: calculator(spec) for spec in series if not spec.is_column}
        for spec in calculators:
            columns.add_series(spec.text)
        count = len(self.ticks)
        ends = {cut for cut in cuts if 0 < cut < count} | {count}
        if self.widen is not None:
            ends.add(min(max(self.widen[0], 1), count))
        start = 0
        for stop in sorted(ends):
            if self.widen is not None and start == self.widen[0]:
                self._widen(columns, book, calculators.values())
            self._append(columns, self.ticks[start:stop])
            span = Span(columns, start, stop, book)
            extended = {spec: each.extend(span) for spec, each in calculators.items()}
            for spec, values in extended.items():
                columns.series(spec.text)[start:stop] = values
            read(span, extended.__getitem__)
            start = stop
        return columns

    def _append(self, columns: SymbolColumns, ticks: Sequence[Tick]) -> None:
        by_price = 10 ** (columns.price_scale - self.price_scale)
        by_size = 10 ** (columns.size_scale - self.size_scale)
        count = len(ticks)
        columns.append(
            np.array([tick.ts_ns for tick in ticks], np.int64),
            np.array([tick.price * by_price for tick in ticks], np.int64),
            np.array([tick.size * by_size for tick in ticks], np.int64),
            np.full(count, NO_SEQ, np.int64),
            np.zeros(count, np.bool_),
        )

    def _widen(self, columns, book, calculators) -> None:
        _, price_scale, size_scale = self.widen
        by_price = 10 ** (price_scale - columns.price_scale)
        by_size = 10 ** (size_scale - columns.size_scale)
        columns.rescale(price_scale, size_scale)
        book.rescale(by_price, by_size)
        for each in calculators:
            each.rescale(by_price, by_size)


@pytest.fixture(scope="session")
def market() -> Callable[..., Market]:
    """Build a market from (price, size) or price of one tick a second, or from whole `Tick`s."""

    def build(prices: Sequence[int | tuple[int, int] | Tick], step_s: float = 1.0, **settings) -> Market:
        ticks = []
        for k, each in enumerate(prices):
            if isinstance(each, Tick):
                ticks.append(each)
                continue
            price, size = each if isinstance(each, tuple) else (each, 1)
            ticks.append(Tick(int(k * step_s * 1e9), price, size))
        return Market(ticks, **settings)

    return build


@pytest.fixture(scope="session")
def nse_market(market) -> Callable[..., Market]:
    """Build a market on the exchange's hours."""
    return lambda prices, **settings: market(prices, calendar=NSE, **settings)


@pytest.fixture(scope="session")
def tick() -> type[Tick]:
    """Return the class of ticks."""
    return Tick
