"""Whole numbers by row, such as running sums, of which old rows are let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from analytics.ticks import Int64

_FIRST_ROWS = 64


class Running:
    """`width` int64 for each row, appended in order; what is let go of costs no memory from the next growth on."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self._values = np.zeros((width, _FIRST_ROWS), np.int64)
        self._from = 0  # the row that the values begin with
        self._low = 0  # rows below are let go of, but for those pinned
        self._pinned: dict[int, Int64] = {}

    def append(self, count: int) -> Int64:
        """Return room for so many rows more, shape (width, count), to be filled by the caller."""
        start, stop = self.count - self._from, self.count - self._from + count
        if stop > self._values.shape[1]:
            kept = self._values[:, self._low - self._from : start]
            grown = np.zeros((len(kept), 2 * (kept.shape[1] + count)), np.int64)
            grown[:, : kept.shape[1]] = kept
            self._values, self._from = grown, self._low
            start, stop = kept.shape[1], kept.shape[1] + count
        self.count += count
        return self._values[:, start:stop]

    def rows(self, start: int, stop: int) -> Int64:
        """Return what rows [start, stop) hold, shape (width, stop - start); of held rows alone."""
        return self._values[:, start - self._from : stop - self._from]

    def at(self, rows: Int64 | int) -> Int64:
        """Return what some rows hold, ascending, shape (width, n), of one row (width, 1); held or pinned ones."""
        if isinstance(rows, int):
            pinned = self._pinned.get(rows) if rows < self._low else None
            return self.rows(rows, rows + 1) if pinned is None else pinned
        if not len(rows) or rows[0] >= self._from:
            return self._values.take(rows - self._from, axis=1)
        found = self._values.take(np.maximum(rows - self._from, 0), axis=1)
        for row, value in self._pinned.items():
            found[:, rows == row] = value
        return found

    def let_go(self, low: int, pins: Iterable[int]) -> None:
        """Let go of rows below `low` but those of `pins`, which are held or pinned until now."""
        self._pinned = {row: self.at(row).copy() for row in pins if 0 <= row < min(low, self.count)}
        self._low = max(self._low, min(low, self.count))

    def change(self, by: Callable[[Int64], None]) -> None:
        """Have all that is held changed in place, as to another unit; `by` gets shape (width, n)."""
        for part in (self.rows(self._low, self.count), *self._pinned.values()):
            by(part)
