"""What columns hold: ticks, and the memory that they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.columns import ColumnsView

_BASE_BYTES = 8 * 8 + 4
"""Times, price, size, seq and three sums, and the session's number."""
_SERIES_BYTES = 8


@dataclass(frozen=True, slots=True)
class Held:
    """Ticks held over all symbols, and their bytes; `symbols` have any."""

    symbols: int = 0
    ticks: int = 0
    bytes: int = 0

    @property
    def megabytes(self) -> float:
        """Return the bytes in MB."""
        return self.bytes / 1e6


def held_by(views: Iterable[ColumnsView]) -> Held:
    """Return what some columns hold; rows that were let go of cost nothing."""
    symbols = ticks = size = 0
    for view in views:
        rows = view.count - view.first
        symbols += 1
        ticks += rows
        size += round(rows * bytes_a_tick(view))
    return Held(symbols, ticks, size)


def bytes_a_tick(view: ColumnsView) -> float:
    """Return what one more tick of a symbol costs, its series and their nodes included."""
    nodes = sum(each.values.nbytes / each.capacity for each in view.nodes.values())
    return _BASE_BYTES + _SERIES_BYTES * len(view.series) + nodes
