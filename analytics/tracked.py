"""One symbol as the engine holds it: its columns, and what computes the series kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.columns import SymbolColumns
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.series import (
    Calculator,
    SeriesSpec,
    WideCalculator,
    backfill,
    calculator,
    power_of,
    wide_calculator,
)
from analytics.span import Span, WindowBook


class Tracked:
    """A symbol's columns and series; for the engine's thread."""

    def __init__(self, columns: SymbolColumns) -> None:
        self.columns = columns
        self.wide: dict[SeriesSpec, WideCalculator] = {}
        """What computes the series that look at other symbols too."""
        self._book = WindowBook()
        self._calculators: dict[SeriesSpec, Calculator] = {}
        self._by_text: dict[str, Calculator] = {}
        self._may_fail: dict[str, Calculator] = {}
        self._past_bound: set[SeriesSpec] = set()

    def keep(self, spec: SeriesSpec) -> bool:
        """Keep a series; return whether it is new.

        It is computed for the ticks there are as if it had been kept from the first; one that looks at other
        symbols has no value before now.
        """
        if spec.is_column or spec in self._calculators or spec in self.wide:
            return False
        columns = self.columns
        wide = wide_calculator(spec)
        if wide is not None:
            self.wide[spec] = wide
            columns.add_series(spec.text)[: columns.count] = np.nan
            return True
        each = self._calculators[spec] = self._by_text[spec.text] = calculator(spec)
        if hasattr(each, "fault"):
            self._may_fail[spec.text] = each
        book = backfill(columns, each, columns.add_series(spec.text))
        for window, low in book.lows.items():
            self._book.lows.setdefault(window, low)
        return True

    @property
    def kept(self) -> list[SeriesSpec]:
        """Return the series that are kept."""
        return [*self._calculators, *self.wide]

    def drop(self, spec: SeriesSpec) -> None:
        """Keep a series no more; what is published of it stays with those who hold it."""
        self._calculators.pop(spec, None)
        self._by_text.pop(spec.text, None)
        self._may_fail.pop(spec.text, None)
        self.wide.pop(spec, None)
        self._past_bound.discard(spec)
        self.columns.drop_series(spec.text)

    def append(self, ticks: Iterable[NDArray[Any]]) -> Span:
        """Append ticks, column by column as `SymbolColumns.append` has them, and the series of this symbol alone."""
        columns = self.columns
        start = columns.count
        columns.append(*ticks)
        span = Span(columns, start, columns.count, self._book)
        for text, each in self._by_text.items():
            columns.series(text)[start : columns.count] = each.extend(span)
        return span

    def look_around(self, frame: Frame, instruments: InstrumentTable) -> None:
        """Compute the series that look at other symbols, once all have been appended."""
        name = self.columns.symbol
        span = frame.spans[name]
        for spec, each in self.wide.items():
            self.columns.series(spec.text)[span.start : span.stop] = each.extend(frame, name, instruments)

    def rescale(self, price_scale: int, size_scale: int) -> None:
        """Widen to more decimals."""
        columns = self.columns
        if (price_scale, size_scale) == (columns.price_scale, columns.size_scale):
            return
        by_price = 10 ** (price_scale - columns.price_scale)
        by_size = 10 ** (size_scale - columns.size_scale)
        columns.rescale(price_scale, size_scale)
        self._book.rescale(by_price, by_size)
        for each in self._calculators.values():
            each.rescale(by_price, by_size)

    def new_faults(self) -> list[tuple[str, int]]:
        """Return what went wrong with series since the last call, each with the row that failed; told once."""
        failed = {text: each for text, each in self._may_fail.items() if getattr(each, "fault", None)}
        for text in failed:
            del self._may_fail[text]
        return [
            (f"{text}: {getattr(each, 'fault', '')}", int(getattr(each, "failed_row", 0)))
            for text, each in failed.items()
        ]

    def newly_past_bound(self, span: Span) -> list[tuple[SeriesSpec, int]]:
        """Return the series not yet told of that have no value from some row of a span on, and that row of it."""
        found = []
        for spec in self._calculators:
            power = power_of(spec)
            if power is not None and not span.holds(power) and spec not in self._past_bound:
                found.append((spec, int(np.argmin(span.held(power)))))
        self._past_bound.update(spec for spec, _ in found)
        return found
