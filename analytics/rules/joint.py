"""Sides of several symbols, compared at each tick of any of them against the others' latest values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.columns import SymbolColumns, row_at_or_before
from analytics.frame import Frame
from analytics.instruments import TickBand
from analytics.kernels import high_difference
from analytics.rules.amounts import Hysteresis
from analytics.rules.comparing import Comparer, Comparison, exact_or_float
from analytics.rules.margin import Margins
from analytics.rules.sides import Quotient
from analytics.rules.terms import Operand, Side, SymbolSeries
from analytics.series import SeriesSpec
from analytics.store import HIGH
from analytics.ticks import Float64, Int64
from analytics.windows import SessionWindow, TickWindow, TimeWindow, Window, anchor_ns


class JointSteps:
    """The ticks of any of some symbols in a frame; `own` is the symbol of sides that name none."""

    def __init__(self, frame: Frame, own: str, places: Int64) -> None:
        self.places = places
        self._frame = frame
        self._own = own
        self._rows: dict[str, Int64] = {}
        self._values: dict[tuple[str, str], Float64] = {}

    def __len__(self) -> int:
        return len(self.places)

    def floats(self, side: Side) -> Float64 | float:
        """Return a side's newest values at each tick, NaN before its symbol's first."""
        if isinstance(side, Fraction):
            return float(side)
        symbol, spec = named(side, self._own)
        found = self._values.get((symbol, spec.text))
        if found is None:
            if symbol in self._frame.columns:
                found = self._frame.values_at(symbol, spec.text, self._rows_of(symbol))
            else:
                found = np.full(len(self), np.nan)
            self._values[symbol, spec.text] = found
        return found

    def floats_at(self, side: Side, steps: Int64) -> Float64:
        """Return a side's newest values at some ticks."""
        found = self.floats(side)
        return np.full(len(steps), found) if isinstance(found, float) else found[steps]

    def largest(self, side: Side) -> float:
        """Return a bound of a side."""
        if isinstance(side, Fraction):
            return float(abs(side))
        symbol, spec = named(side, self._own)
        columns = self._frame.columns.get(symbol)
        if columns is None:
            return 0.0
        if spec.name == "size":
            return float(np.fmax.reduce(self.floats(side), initial=0.0))
        return (abs(columns.reference) + columns.largest_d) / 10.0**columns.price_scale

    def quotient(self, side: Side, steps: Int64) -> Quotient:
        """Return a side at some ticks on which it has a value, exactly."""
        if isinstance(side, Fraction):
            return Quotient(0, side.numerator, side.denominator)
        symbol, spec = named(side, self._own)
        columns, rows = self._frame.columns[symbol], self._rows_of(symbol)[steps]
        if spec.window is not None:
            v, vd = window_sums(columns, spec.window, rows)
            return Quotient(columns.price_scale, vd, v, columns.reference)
        scale = columns.price_scale if spec.name == "price" else columns.size_scale
        return Quotient(scale, columns.column(spec.name)[rows])

    def _rows_of(self, symbol: str) -> Int64:
        found = self._rows.get(symbol)
        if found is None:
            found = self._rows[symbol] = self._frame.rows_at(symbol, self.places)
        return found


def named(side: Operand, own: str) -> tuple[str, SeriesSpec]:
    """Return the symbol and the series of a side; `own` is the symbol of one that names none."""
    return (side.symbol, side.spec) if isinstance(side, SymbolSeries) else (own, side)


def places_of(frame: Frame, symbols: Sequence[str]) -> Int64:
    """Return the places of the ticks of some symbols, ascending."""
    found = [frame.places[symbol] for symbol in symbols if symbol in frame.places]
    if len(found) == 1:
        return found[0]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def joint_comparer(
    hysteresis: Hysteresis, own: str, bands_of: Callable[[str], tuple[TickBand, ...]]
) -> Comparer:
    """Return how sides of several symbols are compared.

    A hysteresis in ticks is counted on the grid of the right side's symbol, beside a number on the left's.
    """

    def compare(left: Operand, right: Side) -> Comparison:
        symbol, _ = named(left if isinstance(right, Fraction) else right, own)
        return exact_or_float(left, right, Margins(hysteresis, bands_of(symbol)))

    return compare


def window_sums(
    columns: SymbolColumns, window: Window, rows: Int64
) -> tuple[Int64 | NDArray[np.object_], Int64 | NDArray[np.object_]]:
    """Return the exact Σv and Σv·(price - reference) of the windows of some rows, looked up one by one."""
    before = _before(columns, window, rows)
    inside = before >= 0
    found: list[NDArray[Any]] = []
    for name in ("sum_v", "sum_vd"):
        total = columns.column(name)
        found.append(total[rows] - np.where(inside, total[np.maximum(before, 0)], 0))
    try:
        high = columns.column(HIGH["sum_vd"])
    except KeyError:
        return found[0], found[1]
    total = columns.column("sum_vd")
    high_before, total_before = (np.where(inside, each[np.maximum(before, 0)], 0) for each in (high, total))
    over = high_difference(high[rows], total[rows], high_before, total_before)
    return found[0], found[1] + over.astype(object) * 2**64 if over.any() else found[1]


def _before(columns: SymbolColumns, window: Window, rows: Int64) -> Int64:
    """Return the row before each row's window, -1 where there is none; as spans have it."""
    if isinstance(window, SessionWindow):
        return np.array([columns.session_first(row) - 1 for row in rows.tolist()], np.int64)
    since = columns.since.get(window, 0)
    if isinstance(window, TickWindow):
        return np.maximum(rows - min(window.ticks, columns.count + 1), since - 1)
    if isinstance(window, TimeWindow):
        return np.maximum(row_at_or_before(columns, rows, window.length_ns), since - 1)
    first = columns.anchors.get(window)
    if first is None and isinstance(window.anchor, int):
        first = window.anchor
    elif first is None:
        instant_ns = anchor_ns(window.anchor, columns.calendar.zone)
        first = columns.first + int(
            columns.column("time_ns")[columns.first : columns.count].searchsorted(instant_ns)
        )
    return np.full(len(rows), max(first, since) - 1, np.int64)
