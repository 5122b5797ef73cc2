"""Which gaps of a symbol came before one: several may be of the same instant."""

from __future__ import annotations

import numpy as np

from analytics.columns import ColumnsView
from analytics.ticks import Int64


def gaps_since(view: ColumnsView, ts_ns: int, row: int) -> Int64:
    """Return the gap rows that are held and below `row`, from the first on that may be of an instant, ns UTC."""
    gaps = view.gaps()
    first = view.first + int(np.searchsorted(view.time_ns[view.first : view.count], ts_ns))
    start, stop = np.searchsorted(gaps, (first, row)).tolist()
    return gaps[start:stop]


def gaps_of_instant_before(view: ColumnsView, row: int) -> int:
    """Return how many gaps before the gap at `row`, which is held, are of the same instant as it."""
    ts_ns = int(view.ts_ns[row])
    return int(np.count_nonzero(view.ts_ns[gaps_since(view, ts_ns, row)] == ts_ns))
