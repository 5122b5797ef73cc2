"""One symbol's arrays: they come from one memory, grow and widen together, and are given back row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.kernels.limbs import scaled
from analytics.memory import Memory
from analytics.pyramid import LEVEL_ROWS, Nodes, values_of
from analytics.ticks import Float64, Int64

FIRST_CAPACITY = 64
_CAPACITIES = (512, 8_192, 65_536, 523_264)
_GROWTH = 4
"""Rows after the first, and how many times as many from there. Untouched pages cost no memory, copies cost
time; the last one keeps a column just below 4 MiB, from where on numpy asks for pages of 2 MiB."""
_NODES_FROM = 4_096
"""Rows of capacity from which on nodes are kept: fewer are as quickly read one by one."""
_NODED_TOGETHER = 8_192
"""Rows after which their nodes are written: each call has its price, and readers read what is left row by row."""
_FIRST_MARKS = 4
_TOLD_AGAIN = 4_096
"""Elements before those that are given back which may share a page with them, of up to 32 KiB."""

_INT, _FLOAT = np.dtype(np.int64), np.dtype(np.float64)
_BASE: dict[str, np.dtype[Any]] = {
    "ts_ns": _INT,
    "time_ns": _INT,
    "price": _INT,
    "size": _INT,
    "seq": _INT,
    "session": np.dtype(np.int32),
}
SUMS = ("sum_v", "sum_vd", "sum_vdd")
"""Rows of one array, so that they are summed in one call: most spans are short."""
HIGH = {"sum_vd": "high_vd", "sum_vdd": "high_vdd"}
"""The columns of high limbs by the sums that they belong to."""
_NODES_OF_ROW = 2 * sum(1 / rows for rows in LEVEL_ROWS)
_FITS = 2**62
_SIGN = 63


class RowList:
    """Rows in ascending order; what is below a count that was published never changes."""

    def __init__(self, memory: Memory, rows: Int64) -> None:
        self._memory = memory
        self.rows = rows
        self.count = 0

    def append(self, rows: Int64) -> None:
        """Append rows above those there are, shape (n,)."""
        stop = self.count + len(rows)
        if stop > len(self.rows):
            (grown,) = self._memory.allocate([(max(2 * len(self.rows), stop), _INT)])
            grown[: self.count] = self.rows[: self.count]
            self.rows = grown
        self.rows[self.count : stop] = rows
        self.count = stop

    def newest(self, row: int) -> int:
        """Return the last one at or below a row, 0 where there is none."""
        at = int(self.rows[: self.count].searchsorted(row, side="right"))
        return int(self.rows[at - 1]) if at else 0


class Store:
    """Columns, series and nodes of one symbol, by row from 0 to `capacity`.

    Growth, a wider scale and a new series put new arrays beside those that readers still have; mappings are
    replaced, never changed. Rows that were let go of are neither copied nor read.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.capacity = FIRST_CAPACITY
        self.series: dict[str, Float64] = {}
        self.nodes: dict[str, Nodes] = {}
        self.noded = 0
        """Rows below are covered by full nodes."""
        self.held_from = 0
        """Rows below have been given back, but for those of `pins`."""
        self.pins: frozenset[int] = frozenset()
        self.row_bytes = 0
        """What a row costs, its series and its part of the nodes included."""
        self._without_nodes: set[str] = set()  # series that have none below `noded` yet
        wanted = [(_FIRST_MARKS, _INT), (_FIRST_MARKS, _INT), (3 * FIRST_CAPACITY, _INT)]
        wanted += [(FIRST_CAPACITY, kind) for kind in _BASE.values()]
        gaps, sessions, sums, *columns = memory.allocate(wanted)
        self.gaps, self.sessions = RowList(memory, gaps), RowList(memory, sessions)
        self.base = dict(zip(_BASE, columns, strict=True))
        self.sums: Int64
        self._keep_sums(sums)
        self._count_bytes()

    def add_series(self, text: str) -> Float64:
        """Return the column of one more series, to be filled."""
        wanted = [(self.capacity, _FLOAT)]
        if self.nodes:
            wanted.append((values_of(self.capacity), _FLOAT))
        column, *nodes = self._memory.allocate(wanted)
        self.series = {**self.series, text: column}
        if nodes:
            self.nodes = {**self.nodes, text: Nodes(nodes[0], self.capacity)}
            self._without_nodes.add(text)
        self._count_bytes()
        return column

    def drop_series(self, text: str) -> None:
        """Let go of a series."""
        self.series = {name: column for name, column in self.series.items() if name != text}
        self.nodes = {name: nodes for name, nodes in self.nodes.items() if name != text}
        self._without_nodes.discard(text)
        self._count_bytes()

    def grow(self, needed: int, count: int) -> None:
        """Make room for so many rows, with the `count` that there are."""
        capacity = next(
            (each for each in _CAPACITIES if each >= needed), _GROWTH * max(self.capacity, needed)
        )
        plain = {name: column for name, column in self.base.items() if name not in SUMS}
        noded = ["price", *self.series] if capacity >= _NODES_FROM else []
        arrays = iter(
            self._memory.allocate(
                [
                    *((capacity, column.dtype) for column in plain.values()),
                    *((capacity, _FLOAT) for _ in self.series),
                    (3 * capacity, _INT),
                    *((values_of(capacity), _INT if text == "price" else _FLOAT) for text in noded),
                ]
            )
        )
        held = list(self.held(count))
        self.base = {name: _copied(column, next(arrays), held) for name, column in plain.items()}
        self.series = {text: _copied(column, next(arrays), held) for text, column in self.series.items()}
        self.capacity, before = capacity, self.sums
        self._keep_sums(next(arrays))
        for start, stop in held:
            self.sums[:, start:stop] = before[:, start:stop]
        nodes = {text: Nodes(next(arrays), capacity) for text in noded}
        for text, each in self.nodes.items():
            nodes[text].copy_from(each, self.held_from, self.noded)
        self.nodes = nodes
        self._count_bytes()

    def keep_high_limbs(self, count: int) -> None:
        """Keep the columns of `HIGH` too, the sums of `count` rows being below 2**63, as they stand."""
        high = self._memory.allocate([(self.capacity, _INT) for _ in HIGH])
        for (total, name), column in zip(HIGH.items(), high, strict=True):
            for start, stop in self.held(count):
                np.right_shift(self.base[total][start:stop], _SIGN, out=column[start:stop])
            self.base[name] = column
        self._count_bytes()

    def rescale(self, by_price: int, by_size: int, count: int) -> None:
        """Multiply prices, sizes and sums of `count` rows by what wider scales make of them."""
        factors = {"price": by_price, "size": by_size}
        by_sums = {
            "sum_v": (by_size,),
            "sum_vd": (by_size, by_price),
            "sum_vdd": (by_size, by_price, by_price),
        }
        self._keep_limbs_for(by_sums, count)
        limbs = [name for name in HIGH.values() if name in self.base]
        nodes = [values_of(self.capacity)] if "price" in self.nodes else []
        lengths = [self.capacity] * (len(factors) + len(limbs)) + [3 * self.capacity] + nodes
        arrays = iter(self._memory.allocate([(length, _INT) for length in lengths]))
        before, held = self.base, list(self.held(count))
        self.base = dict(before)
        for name, factor in factors.items():
            self.base[name] = _multiplied(before[name], (factor,), next(arrays), held)
        for (total, name), _ in zip(HIGH.items(), limbs, strict=False):
            self.base[name] = _limbs_multiplied(
                before[name], before[total], by_sums[total], next(arrays), held
            )
        self._keep_sums(next(arrays))
        for name, each in by_sums.items():
            _multiplied(before[name], each, self.base[name], held)
        if nodes:
            wide = Nodes(next(arrays), self.capacity)
            _multiplied(self.nodes["price"].values, (by_price,), wide.values, [(0, nodes[0])])
            self.nodes = {**self.nodes, "price": wide}

    def fill_nodes(self, count: int, first: int) -> None:
        """Write the nodes of rows that have come, once they are many, and all of series that are new."""
        if not self.nodes or not (self._without_nodes or count - self.noded >= _NODED_TOGETHER):
            return
        step = LEVEL_ROWS[0]
        stop = count // step * step
        for text, nodes in self.nodes.items():
            column = self.base["price"] if text == "price" else self.series[text]
            nodes.fill(column, 0 if text in self._without_nodes else self.noded, stop, first)
        self._without_nodes.clear()
        self.noded = stop

    def held(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield the (first, row after the last) of the stretches below `count` that are held."""
        for row in sorted(self.pins):
            yield row, row + 1
        yield self.held_from, count

    def let_go(self, stop: int, pins: Iterable[int]) -> None:
        """Give back all rows below `stop` but those of `pins`, which were held until now."""
        kept = frozenset(row for row in pins if 0 <= row < stop)
        start = self.held_from if self.pins <= kept else 0  # what held a single row is given back too
        since = 0
        for row in (*sorted(kept), stop):
            if max(since, start) < row:
                self._give_back(since, max(since, start), row)
            since = row + 1
        self.pins, self.held_from = kept, stop

    def _give_back(self, low: int, start: int, stop: int) -> None:
        """Give back rows [start, stop), those from `low` on being given back already.

        Some of the latter are told of again: only whole pages go, and a few rows would never make up one.
        """
        for column in (*self.base.values(), *self.series.values()):
            self._memory.let_go(column, max(low, start // _TOLD_AGAIN * _TOLD_AGAIN), stop)
        for nodes in self.nodes.values():
            for (lowest, _), (since, until) in zip(
                nodes.pieces(low, stop), nodes.pieces(start, stop), strict=True
            ):
                since = max(lowest, since // _TOLD_AGAIN * _TOLD_AGAIN)
                if since < until:
                    self._memory.let_go(nodes.values, since, until)

    def _count_bytes(self) -> None:
        columns = (*self.base.values(), *self.series.values())
        nodes = sum(each.values.itemsize for each in self.nodes.values())
        self.row_bytes = sum(each.itemsize for each in columns) + round(nodes * _NODES_OF_ROW)

    def _keep_sums(self, sums: Int64) -> None:
        self.sums = sums.reshape(3, self.capacity)
        self.base.update(zip(SUMS, self.sums, strict=True))

    def _keep_limbs_for(self, by_sums: dict[str, tuple[int, ...]], count: int) -> None:
        """Keep high limbs where sums that fit so far would not once they are multiplied."""
        if HIGH["sum_vd"] in self.base:
            return
        for total in HIGH:
            largest = max(
                (
                    int(np.abs(self.base[total][start:stop]).max(initial=0))
                    for start, stop in self.held(count)
                ),
            )
            if largest * int(np.prod(by_sums[total], dtype=object)) >= _FITS:
                self.keep_high_limbs(count)
                return


def _copied(column: NDArray, into: NDArray, held: list[tuple[int, int]]) -> NDArray:  # type: ignore[type-arg]
    for start, stop in held:
        into[start:stop] = column[start:stop]
    return into


def _multiplied(whole: Int64, factors: Iterable[int], into: Int64, held: list[tuple[int, int]]) -> Int64:
    """Multiply modulo 2**64."""
    factor = np.uint64(int(np.prod([*factors], dtype=object)) % 2**64)
    for start, stop in held:
        np.multiply(whole[start:stop].view(np.uint64), factor, out=into[start:stop].view(np.uint64))
    return into


def _limbs_multiplied(
    high: Int64, low: Int64, factors: Iterable[int], into: Int64, held: list[tuple[int, int]]
) -> Int64:
    """Return the high limbs of running sums that are multiplied, beside low limbs without a sign."""
    for start, stop in held:
        limbs = low[start:stop], high[start:stop]
        for factor in factors:
            limbs = scaled(*limbs, factor)
        into[start:stop] = limbs[1]
    return into
