"""Parts of a whole of arrivals: a range of rows as views, or some rows in another order."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import Arrivals, Int64

Scalar = TypeVar("Scalar", bound=np.generic)


def rows_between(whole: Arrivals, start: int, stop: int, defect_rows: Sequence[int]) -> Arrivals:
    """Return rows `start` to `stop` (exclusive) as views, numbered from `start`, without time marks.

    `defect_rows` are the rows of ``whole.defects``, ascending.
    """
    near = defect_rows[bisect.bisect_left(defect_rows, start) : bisect.bisect_left(defect_rows, stop)]
    defects = {row - start: whole.defects[row] for row in near}
    raw = whole.raw
    shifted = None if raw is None else lambda place: raw(start + place)
    return replace(_at(whole, slice(start, stop), defects, shifted), first_row=start)


def rows_at(whole: Arrivals, order: Int64) -> Arrivals:
    """Return the rows at some places, in that order, without time marks; their positions go with them."""
    defects: dict[int, str] = {}
    if whole.defects:
        marked = np.zeros(len(whole), np.bool_)
        marked[list(whole.defects)] = True
        for place in np.flatnonzero(marked[order]).tolist():
            defects[place] = whole.defects[int(order[place])]
    raw = whole.raw
    shifted = None if raw is None else lambda place: raw(int(order[place]))
    return _at(whole, order, defects, shifted)


def _at(
    whole: Arrivals,
    at: slice | Int64,
    defects: Mapping[int, str],
    raw: Callable[[int], bytes] | None,
) -> Arrivals:
    def cut(values: NDArray[Scalar] | None) -> NDArray[Scalar] | None:
        return None if values is None else values[at]

    return replace(
        whole,
        symbol=whole.symbol[at],
        ts_ns=whole.ts_ns[at],
        price=whole.price[at],
        size=whole.size[at],
        seq=whole.seq[at],
        arrival_ns=whole.arrival_ns[at],
        partition=whole.partition[at],
        offset=whole.offset[at],
        index=whole.index[at],
        volume_total=cut(whole.volume_total),
        run=cut(whole.run),
        source=cut(whole.source),
        bid=cut(whole.bid),
        ask=cut(whole.ask),
        defects=defects,
        raw=raw,
        time_marks=(),
    )
