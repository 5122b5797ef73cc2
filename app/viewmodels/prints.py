"""What stands in time and sales: ticks of at least a size, with gaps and late ticks at their places."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from analytics.columns import ColumnsView
from analytics.events import DataEvent
from analytics.ticks import Int64

Entry: TypeAlias = "int | DataEvent"
"""A tick's row; ``~row`` for what is missing before that row; a late tick, which has no row."""
_USUAL_ROWS = 2_048
_LOUD_SHARE, _LOUD_TIMES = 0.99, 5


def least_units(view: ColumnsView, least: float) -> int:
    """Return a size in units of the columns' scale, rounded up."""
    return math.ceil(round(least * 10.0**view.size_scale, 6))


def rows_of_size(view: ColumnsView, start: int, stop: int, least: float, most: int) -> Int64:
    """Return the newest `most` rows of [start, stop) whose size is at least `least`, ascending."""
    if least <= 0:
        return np.arange(max(start, stop - most), stop, dtype=np.int64)
    return (np.flatnonzero(view.size[start:stop] >= least_units(view, least)) + start)[-most:]


def count_of_size(view: ColumnsView, start: int, stop: int, least: float) -> int:
    """Return how many rows of [start, stop) have at least that size."""
    if least <= 0:
        return stop - start
    return int(np.count_nonzero(view.size[start:stop] >= least_units(view, least)))


def entries_between(
    view: ColumnsView, rows: Int64, span: tuple[int, int], least: float, late: Iterable[DataEvent] = ()
) -> list[Entry]:
    """Return ticks' `rows` with the gaps and late ticks of a span of rows at their places, newest first."""
    start, stop = span
    gaps = view.gaps()
    inside = gaps[np.searchsorted(gaps, max(start, view.first + 1)) : np.searchsorted(gaps, stop)]
    marks: list[tuple[int, int, Entry]] = [(row, 0, ~row) for row in inside.tolist()]
    for event in late:
        row = (
            int(np.searchsorted(view.time_ns[view.first : view.count], event.ts_ns, side="right"))
            + view.first
        )
        if start < row <= stop and not event.size < least:
            marks.append((row, -1, event))
    if not marks:
        newest: list[Entry] = rows[::-1].tolist()
        return newest
    whole = [*marks, *((row, 1, row) for row in rows.tolist())]
    whole.sort(key=lambda each: each[:2], reverse=True)
    return [entry for _row, _kind, entry in whole]


def loud_units(view: ColumnsView) -> int | None:
    """Return the size from which on a print stands out among the newest ones, None where none has a size."""
    sizes = view.size[max(view.count - _USUAL_ROWS, view.first) : view.count]
    if not len(sizes):
        return None
    ranked = np.sort(sizes)
    usual, rare = int(ranked[len(ranked) // 2]), int(ranked[int(len(ranked) * _LOUD_SHARE)])
    return max(rare, _LOUD_TIMES * usual) if usual else None
