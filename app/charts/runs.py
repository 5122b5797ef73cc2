"""The extremes of runs of rows, read from a column's nodes where that is less work than reading its rows.

Short runs are read row by row. Of longer ones the whole nodes are read, and the rows of the nodes in which one
run ends and the next begins: the result is that of reading every row. Where runs are at least 16 nodes long in
the mean, the row at which one run ends and the next begins is rounded to a whole node instead, by at most half a
node, a thirty-second of a mean run; each row is still read by one run. Never rounded are the first and the last
end, those that must be kept, such as a gap in the ticks, and those of runs shorter than two nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analytics.pyramid import LEVEL_ROWS, Nodes
from analytics.ticks import Bool, Float64, Int64
from app.charts.decimate import Extremes, extremes

_WORTH_ROWS = 128
"""Runs of fewer rows in the mean are read row by row."""
_ROUNDED_NODES = 16
"""From so many nodes in the mean on, runs are rounded to whole nodes, each end by half a node at most."""
_FEW_ROWS = 16_384
"""So many rows in all are read one by one: the nodes' bookkeeping takes longer."""
_NODE = LEVEL_ROWS[0]
Values: TypeAlias = Float64 | Int64


@dataclass(frozen=True, slots=True)
class _Whole:
    """Whole nodes of a level: those of run `owners[k]` are [first[k], stop[k]), at least one."""

    level: int
    owners: Int64
    first: Int64
    stop: Int64

    def reach(self, nodes: Nodes, low: Float64, high: Float64) -> None:
        if len(self.owners) == 0:
            return
        begin, end = int(self.first[0]), int(self.stop[-1])
        bounds = np.empty(2 * len(self.first), np.int64)
        bounds[::2], bounds[1::2] = self.first, self.stop
        bounds -= begin  # what lies between two runs is read as well, and left
        lows, highs = nodes.low(self.level)[begin:end], nodes.high(self.level)[begin:end]
        _widen(self.owners, np.fmin.reduceat(lows, bounds[:-1])[::2], np.fmin, low)
        _widen(self.owners, np.fmax.reduceat(highs, bounds[:-1])[::2], np.fmax, high)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Single rows: those of run `owners[k]` start at `offsets[k]` of `index`."""

    owners: Int64
    index: Int64
    offsets: Int64

    def reach(self, values: Values, low: Float64, high: Float64) -> None:
        if len(self.owners) == 0:
            return
        rows = values[self.index]
        _widen(self.owners, np.fmin.reduceat(rows, self.offsets), np.fmin, low)
        _widen(self.owners, np.fmax.reduceat(rows, self.offsets), np.fmax, high)


@dataclass(frozen=True, slots=True)
class _Seams:
    """The nodes of the lowest level in which runs meet: seam k is between run k - 1 and run k.

    `node` and the rows before the seam in it, `before`; shape (runs + 1,).
    """

    node: Int64
    before: Int64

    def reach(self, values: Values, low: Float64, high: Float64) -> None:
        n = len(self.node) - 1
        full = values[: len(values) // _NODE * _NODE].reshape(-1, _NODE)
        rows = np.take(full, self.node, axis=0).ravel()
        starts = np.arange(1, n + 1) * _NODE
        bounds = np.empty(2 * n, np.int64)  # the head of each run, then the tail
        bounds[::2], bounds[1::2] = starts - _NODE + self.before[:-1], starts
        last = int(starts[-1] + self.before[-1])
        has_tail = self.before[1:] > 0
        if not has_tail[-1]:
            bounds = bounds[:-1]
        for extreme, found in ((np.fmin, low), (np.fmax, high)):
            reached = extreme.reduceat(rows[:last], bounds).astype(np.float64, copy=False)
            extreme(found, reached[::2], out=found)
            tails = np.flatnonzero(has_tail)
            _widen(tails, reached[1::2][tails], extreme, found)


class Runs:
    """n runs of rows that follow one another, [starts[k], ends[k]] both included: built once, read for every series.

    Rows below `noded` are covered by nodes; `kept` says which starts may not be rounded.
    """

    def __init__(self, starts: Int64, ends: Int64, noded: int = 0, kept: Bool | None = None) -> None:
        self.starts = starts
        self.ends = ends
        self._by_nodes = 0  # so many runs are
        self._seams: _Seams | None = None
        count = int(np.searchsorted(ends, noded))
        if count == 0:
            return
        bounds = np.append(starts[:count], ends[count - 1] + 1)
        rows = int(bounds[-1] - bounds[0])
        if rows <= _FEW_ROWS or rows < _WORTH_ROWS * count:
            return
        self._by_nodes = count
        if kept is None or rows < _ROUNDED_NODES * _NODE * count:
            self._meet(bounds)
        else:
            fitting = [
                level for level, each in enumerate(LEVEL_ROWS) if rows >= _ROUNDED_NODES * each * count
            ]
            self._round(bounds, kept[:count], fitting[-1])

    def __len__(self) -> int:
        return len(self.starts)

    def extremes(self, values: Values, nodes: Nodes | None, divisor: float = 1.0) -> Extremes:
        """Return first, lowest, highest and last value of each run, divided by `divisor`.

        `values` holds all rows, `nodes` their nodes. Only the results are divided, so that integer prices
        need no copy as floats. NaN is skipped; a run of NaN alone is NaN.
        """
        count = self._by_nodes
        if count == 0 or nodes is None:
            return extremes(values, (self.starts, self.ends), divisor)
        low, high = np.full((2, len(self)), np.nan)
        if count < len(self):
            rest = extremes(values, (self.starts[count:], self.ends[count:]))
            low[count:], high[count:] = rest.low, rest.high
        if self._seams is not None:
            self._seams.reach(values, low[:count], high[:count])
            low[self._inside], high[self._inside] = np.nan, np.nan
        self._whole.reach(nodes, low, high)
        for rows in self._rows:
            rows.reach(values, low, high)
        return Extremes(
            values[self.starts] / divisor, low / divisor, high / divisor, values[self.ends] / divisor
        )

    def _meet(self, bounds: Int64) -> None:
        """Read the nodes in which runs meet row by row; a run inside one node is read by itself."""
        node, before = np.divmod(bounds, _NODE)
        over = node[-1] * _NODE >= bounds[-1] and before[-1] == 0
        if over:  # the last run ends with its node: stay inside what is held
            node[-1], before[-1] = node[-1] - 1, _NODE
        self._seams = _Seams(node, before)
        self._inside = np.flatnonzero(node[1:] == node[:-1])
        self._whole = _whole(0, node[:-1] + 1, node[1:])
        self._rows = [_rows(self._inside, bounds[self._inside], bounds[self._inside + 1])]

    def _round(self, bounds: Int64, kept: Bool, level: int) -> None:
        """Read whole nodes of a level; single rows at the ends that are kept, and around runs of under two nodes.

        Such a run may hold no whole node. It is read to the row, and so are its neighbours where they meet it:
        else the rows between them would be nobody's. Longer ones hold a node however their ends are rounded, and
        no rounded end lies outside the runs.
        """
        rows = LEVEL_ROWS[level]
        short = np.diff(bounds) < 2 * rows
        exact = np.append(kept, True)
        exact[0] = True
        exact[:-1] |= short
        exact[1:] |= short
        near = (bounds + rows // 2) // rows
        first = np.where(exact, -(-bounds // rows), near)[:-1]
        stop = np.where(exact, bounds // rows, near)[1:]
        none = np.flatnonzero(first >= stop)
        some = first < stop
        heads = np.flatnonzero(exact[:-1] & some)
        tails = np.flatnonzero(exact[1:] & some)
        self._inside = none[:0]
        self._whole = _whole(level, first, stop)
        self._rows = [
            _rows(none, bounds[none], bounds[none + 1]),
            _rows(heads, bounds[heads], first[heads] * rows),
            _rows(tails, stop[tails] * rows, bounds[tails + 1]),
        ]


def _whole(level: int, first: Int64, stop: Int64) -> _Whole:
    some = np.flatnonzero(first < stop)
    return _Whole(level, some, first[some], stop[some])


def _rows(owners: Int64, starts: Int64, stops: Int64) -> _Rows:
    """Return the rows [starts, stops) of runs."""
    some = np.flatnonzero(starts < stops)
    lengths = (stops - starts)[some]
    offsets = np.cumsum(lengths) - lengths
    index = np.repeat(starts[some] - offsets, lengths) + np.arange(int(lengths.sum()))
    return _Rows(owners[some], index, offsets)


def _widen(owners: Int64, reached: Values, extreme: np.ufunc, found: Float64) -> None:
    """Take the extremes reached by some runs, none of them twice, into what is found."""
    found[owners] = extreme(found[owners], reached)
