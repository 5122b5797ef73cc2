"""A symbol's columns from some row on, numbered from 0 there: for a series that cannot look back further."""

from __future__ import annotations

from numpy.typing import NDArray

from analytics.calendar import Calendar
from analytics.columns import SymbolColumns
from analytics.ticks import Float64


class Renumbered:
    """Rows from `origin` on, as if the symbol's first tick were that one; nothing is copied."""

    def __init__(self, columns: SymbolColumns, origin: int) -> None:
        self._columns = columns
        self.origin = origin

    @property
    def symbol(self) -> str:
        """Return the symbol."""
        return self._columns.symbol

    @property
    def count(self) -> int:
        """Return the row after the last."""
        return self._columns.count - self.origin

    @property
    def calendar(self) -> Calendar:
        """Return the symbol's calendar."""
        return self._columns.calendar

    @property
    def price_scale(self) -> int:
        """Return the decimals of prices."""
        return self._columns.price_scale

    @property
    def size_scale(self) -> int:
        """Return the decimals of sizes."""
        return self._columns.size_scale

    @property
    def reference(self) -> int:
        """Return the price that sums are measured from."""
        return self._columns.reference

    @property
    def largest_d(self) -> int:
        """Return a bound of |price - reference|."""
        return self._columns.largest_d

    @property
    def first(self) -> int:
        """Return the first row that is held."""
        return max(self._columns.first - self.origin, 0)

    def column(self, name: str) -> NDArray:  # type: ignore[type-arg]
        """Return a base column from the first row on."""
        return self._columns.column(name)[self.origin :]

    def series(self, text: str) -> Float64:
        """Return a series' column from the first row on."""
        return self._columns.series(text)[self.origin :]

    def session_first(self, row: int) -> int:
        """Return the first row of a row's session, of those from 0 on."""
        return max(self._columns.session_first(row + self.origin) - self.origin, 0)

    def total_before(self, name: str) -> int:
        """Return a running sum before the first row."""
        return int(self._columns.column(name)[self.origin - 1])

    def widen(self, largest_d: int) -> None:
        """Take a bound of |price - reference|."""
        self._columns.widen(largest_d)

    def keep_high_limbs(self, start: int) -> None:
        """Keep high limbs beside the sums, those of rows below `start` being below 2**63."""
        self._columns.keep_high_limbs(start + self.origin)
