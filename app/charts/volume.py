"""Traded volume by time: bars at round steps of the clock, coloured by the price's change over each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.columns import ColumnsView
from analytics.ticks import Bool, Float64, Int64

_NS = 1_000_000_000
_STEPS_NS = tuple(
    int(seconds * _NS)
    for seconds in (
        *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
        *(n * 60 for n in (1, 2, 5, 10, 15, 30)),
        *(n * 3_600 for n in (1, 2, 4, 6, 12, 24)),
    )
)
LEAST_BAR_PX = 3.2
"""Bars are at least so far apart, so that each shows a gap to the next."""


@dataclass(frozen=True, slots=True)
class VolumeBars:
    """n bars with volume in them: start (absolute ns), volume, and whether the price rose or held."""

    start_ns: Int64
    volume: Float64
    rose: Bool
    step_ns: int

    def since(self, ts_ns: int) -> VolumeBars:
        """Return the bars that end after an instant."""
        at = int(self.start_ns.searchsorted(ts_ns - self.step_ns, side="right"))
        return VolumeBars(self.start_ns[at:], self.volume[at:], self.rose[at:], self.step_ns)

    def then(self, more: VolumeBars) -> VolumeBars:
        """Return these bars and more of the same step; the first of them may be the last of these, grown."""
        kept = len(self.start_ns)
        if kept and len(more.start_ns) and self.start_ns[-1] == more.start_ns[0]:
            kept -= 1
        return VolumeBars(
            np.concatenate((self.start_ns[:kept], more.start_ns)),
            np.concatenate((self.volume[:kept], more.volume)),
            np.concatenate((self.rose[:kept], more.rose)),
            self.step_ns,
        )


NO_BARS = VolumeBars(np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_), 1)


def volume_step(ns_per_px: float) -> int:
    """Return the smallest round step in ns whose bars are wide enough to be told apart."""
    return next((step for step in _STEPS_NS if step / ns_per_px >= LEAST_BAR_PX), _STEPS_NS[-1])


def volume_bars(view: ColumnsView, left_ns: int, right_ns: int, step_ns: int) -> VolumeBars:
    """Return the bars that touch [left, right], from the running sums: no row but the edges' is read."""
    first, last = left_ns // step_ns, right_ns // step_ns
    edges = np.arange(first, last + 2, dtype=np.int64) * step_ns
    rows = np.maximum(np.searchsorted(view.time_ns[: view.count], edges), view.first)
    start, stop = rows[:-1], rows[1:]
    filled = stop > start
    start, stop, begins = start[filled], stop[filled], edges[:-1][filled]
    if len(start) == 0:
        return VolumeBars(begins, np.empty(0), np.empty(0, np.bool_), step_ns)
    before = view.sum_v[start] - view.size[start]
    volume = (view.sum_v[stop - 1] - before) / 10.0**view.size_scale
    closing = view.price[stop - 1]
    opening = view.price[start]
    previous = view.price[np.maximum(start - 1, view.first)]
    rose = np.where(closing != opening, closing > opening, closing >= previous)
    return VolumeBars(begins, volume, rose, step_ns)
