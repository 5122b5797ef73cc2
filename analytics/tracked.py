"""One symbol as the engine holds it: its columns, and what computes the series kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.columns import SymbolColumns
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.renumbered import Renumbered
from analytics.retention import Holding, Retention
from analytics.series import (
    Calculator,
    Keeps,
    LooksBack,
    SeriesSpec,
    WideCalculator,
    backfill,
    calculator,
    continued,
    power_of,
    wide_calculator,
)
from analytics.span import Span
from analytics.window_book import WindowBook


@dataclass(slots=True)
class _Late:
    """A series that began after rows had been let go of and carries on what it looked at: it sees no others."""

    rows: Renumbered
    book: WindowBook
    each: Calculator


class Tracked:
    """A symbol's columns and series; for the engine's thread."""

    def __init__(self, columns: SymbolColumns) -> None:
        self.columns = columns
        self.wide: dict[SeriesSpec, WideCalculator] = {}
        """What computes the series that look at other symbols too."""
        self._book = WindowBook(since=columns.since, anchors=columns.anchors)
        self._calculators: dict[SeriesSpec, Calculator] = {}
        self._by_text: dict[str, Calculator] = {}
        self._late: dict[str, _Late] = {}
        self._may_fail: dict[str, Calculator] = {}
        self._past_bound: set[SeriesSpec] = set()
        self._for_windows = 0
        self._looks_again = 0

    def keep(self, spec: SeriesSpec) -> bool:
        """Keep a series; return whether it is new.

        It is computed for the ticks there are as if it had been kept from the first; one that looks at other
        symbols has no value before now. Once ticks have been let go of, it is computed for those that are held:
        a window holds none of the others, but for one over the session whose value follows from sums, such as
        its VWAP, and everything else begins with the first that is held.
        """
        if spec.is_column or spec in self._calculators or spec in self.wide:
            return False
        columns = self.columns
        wide = wide_calculator(spec)
        if wide is not None:
            self.wide[spec] = wide
            columns.add_series(spec.text)[columns.first : columns.count] = np.nan
            return True
        each = self._calculators[spec] = calculator(spec)
        if hasattr(each, "fault"):
            self._may_fail[spec.text] = each
        column = columns.add_series(spec.text)
        if columns.first and getattr(each, "CARRIES", True):
            late = self._late[spec.text] = _Late(Renumbered(columns, columns.first), self._new_book(), each)
            continued(late.rows, 0, each, column[columns.first :], late.book)
            return True
        self._by_text[spec.text] = each
        if columns.first:
            book = self._new_book()
            book.session = self._session_of_first()
            continued(columns, columns.first, each, column, book)
        else:
            book = backfill(columns, each, column)
        self._book.follow(book, columns.count)
        return True

    @property
    def kept(self) -> list[SeriesSpec]:
        """Return the series that are kept."""
        return [*self._calculators, *self.wide]

    def drop(self, spec: SeriesSpec) -> None:
        """Keep a series no more; what is published of it stays with those who hold it."""
        self._calculators.pop(spec, None)
        self._by_text.pop(spec.text, None)
        self._late.pop(spec.text, None)
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
        for text, late in self._late.items():
            origin = late.rows.origin
            part = Span(late.rows, start - origin, columns.count - origin, late.book)
            columns.series(text)[start : columns.count] = late.each.extend(part)
        return span

    def retain(self, most: Retention) -> None:
        """Let go of the oldest rows where more are held than is wanted, once they are many enough.

        Rows that windows reach back to stay, and so do single ones that longer windows began with.
        """
        columns = self.columns
        rows, step = most.rows(columns.row_bytes), most.step(columns.row_bytes)
        if columns.count - columns.first < rows + step or columns.count < self._looks_again:
            return
        low, pins = self._reads()
        self._looks_again = (
            columns.count + step
        )  # windows may hold all of it: that is not asked at every frame
        wanted = columns.count - rows
        self._for_windows = max(wanted - low, 0)
        if min(low, wanted) - columns.first >= step:
            columns.let_go(min(low, wanted), pins)

    @property
    def holding(self) -> Holding:
        """Return what is held; any thread."""
        view = self.columns.view
        return Holding(view.count, view.count - view.first, self.columns.row_bytes, self._for_windows)

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
        for book in (self._book, *(late.book for late in self._late.values())):
            book.rescale(by_price, by_size)
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

    def _reads(self) -> tuple[int, set[int]]:
        """Return the row from which on all is read again, and single rows below it.

        What calculators keep row by row is let go of at once: nobody else reads it.
        """
        stop = self.columns.count
        low, pins = self._book.reads(stop)
        for each in self._by_text.values():
            low, pins = _with(each, stop, low, pins)
        for each in self._by_text.values():
            if isinstance(each, Keeps):
                each.let_go(low, pins)
        for late in self._late.values():
            origin = late.rows.origin
            own_low, own_pins = _with(late.each, stop - origin, *late.book.reads(stop - origin))
            if isinstance(late.each, Keeps):
                late.each.let_go(own_low, own_pins)
            low = min(low, max(own_low, 0) + origin)
            pins = pins | {row + origin for row in own_pins if row >= 0} | {origin - 1, origin}
        return low, pins

    def _new_book(self) -> WindowBook:
        """Return a book for rows that are looked at again, with the bounds of all rows."""
        volume, largest_size, largest_d = self._book.bounds
        return WindowBook(largest_d=largest_d, largest_size=largest_size, volume=volume)

    def _session_of_first(self) -> tuple[int, int]:
        """Return the session of the first row that is held, and its first row, or of an earlier session that one."""
        columns = self.columns
        session, first = int(columns.column("session")[columns.first]), columns.session_first(columns.first)
        return session, first if first == self._book.session[1] else columns.first


def _with(each: Calculator, stop: int, low: int, pins: set[int]) -> tuple[int, set[int]]:
    """Return the lowest row that is read again, and single ones below, with those of a calculator."""
    if not isinstance(each, LooksBack):
        return low, pins
    own_low, own_pins = each.reads(stop)
    return min(low, own_low), pins | own_pins
