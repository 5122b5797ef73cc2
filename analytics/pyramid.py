"""The lowest and highest values of fixed runs of rows, kept as ticks come: what painting reads instead of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL_ROWS = (64, 1_024, 16_384)
"""Rows that a node of each level covers: node n of a level covers rows [n * rows, (n + 1) * rows)."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The lowest and highest value of a column over fixed runs of rows, for painting any span at the cost of its pixels.

    `values` holds the lows of all levels and then the highs, so that they lie in one piece of memory, in
    the column's dtype; `capacity` is the column's rows. Of each level the nodes below ``noded // rows`` are
    full and never change; others, and those that reach below a view's `first`, are not to be read. NaN is
    skipped; a node of NaN alone is NaN.
    """

    values: NDArray  # type: ignore[type-arg]
    capacity: int

    def low(self, level: int) -> NDArray:  # type: ignore[type-arg]
        """Return the lowest value of each node of a level, shape (capacity // LEVEL_ROWS[level],)."""
        start = nodes_of(self.capacity, level)
        return self.values[start : start + self.capacity // LEVEL_ROWS[level]]

    def high(self, level: int) -> NDArray:  # type: ignore[type-arg]
        """Return the highest value of each node of a level, shape (capacity // LEVEL_ROWS[level],)."""
        start = nodes_of(self.capacity) + nodes_of(self.capacity, level)
        return self.values[start : start + self.capacity // LEVEL_ROWS[level]]

    def fill(self, column: NDArray, start: int, stop: int, first: int = 0) -> None:  # type: ignore[type-arg]
        """Write the nodes that end after row `start` and at or before `stop`; those before are there.

        Nodes that reach below row `first` are left out: rows below it are no longer held.
        """
        below: tuple[NDArray, NDArray] = (column, column)  # type: ignore[type-arg]
        rows_below = 1
        for level, rows in enumerate(LEVEL_ROWS):
            since, until = max(start // rows, -(-first // rows)), stop // rows
            here, fewer = (self.low(level), self.high(level)), rows // rows_below
            if since < until:
                for extreme, lower, nodes in zip((np.fmin, np.fmax), below, here, strict=True):
                    runs = lower[since * fewer : until * fewer].reshape(-1, fewer)
                    extreme.reduce(runs, axis=1, out=nodes[since:until])
            below, rows_below = here, rows

    def copy_from(self, other: Nodes, start: int, stop: int) -> None:
        """Take over what another holds of the nodes over rows [start, stop)."""
        for level, rows in enumerate(LEVEL_ROWS):
            nodes = slice(start // rows, stop // rows)
            self.low(level)[nodes] = other.low(level)[nodes]
            self.high(level)[nodes] = other.high(level)[nodes]

    def pieces(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield where in `values` the nodes lie that cover none but rows of [start, stop)."""
        for half in (0, nodes_of(self.capacity)):
            for level, rows in enumerate(LEVEL_ROWS):
                at = half + nodes_of(self.capacity, level)
                yield at + -(-start // rows), at + stop // rows


def nodes_of(capacity: int, levels: int = len(LEVEL_ROWS)) -> int:
    """Return how many nodes the lowest levels have over so many rows."""
    return sum(capacity // rows for rows in LEVEL_ROWS[:levels])


def values_of(capacity: int) -> int:
    """Return how long the `values` of nodes over so many rows are."""
    return 2 * nodes_of(capacity)
