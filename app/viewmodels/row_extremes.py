"""Lowest and highest prices of runs of rows, read from the pyramid's lowest nodes where there are some."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analytics.columns import ColumnsView
from analytics.pyramid import LEVEL_ROWS
from analytics.ticks import Int64

_FEW_NODES = 16
"""Rows that fill no more nodes of a level are read by a lower one faster."""
_NODES_A_RUN = 256
"""Runs are read by the highest level that has so many nodes in all of them."""


def price_extremes(view: ColumnsView, start: int, stop: int) -> tuple[int, int]:
    """Return the lowest and highest price of rows [start, stop), which are held and not empty, in integer units."""
    level = _level(view, stop - start, _FEW_NODES)
    if level is None:
        prices = view.price[start:stop]
        return int(prices.min()), int(prices.max())
    first, last = _nodes_within(view, start, stop, level)
    if first >= last:
        return _joined(view, ((start, (start + stop) // 2), ((start + stop) // 2, stop)))
    nodes, rows = view.nodes["price"], LEVEL_ROWS[level]
    low, high = int(nodes.low(level)[first:last].min()), int(nodes.high(level)[first:last].max())
    ends = [each for each in ((start, first * rows), (last * rows, stop)) if each[0] < each[1]]
    if not ends:
        return low, high
    lows, highs = _joined(view, ends)
    return min(low, lows), max(high, highs)


def run_extremes(view: ColumnsView, starts: Int64, stop: int) -> tuple[Int64, Int64]:
    """Return the lowest and highest price of the runs of rows that begin at `starts` and end at `stop`.

    `starts`, shape (n,), ascend strictly and lie below `stop`. Of many rows a run may begin some rows early,
    by less than a hundredth of them all, so that whole nodes are read. Shapes (n,), integer units.
    """
    start = int(starts[0])
    level = _level(view, stop - start, _NODES_A_RUN)
    first, last = (0, 0) if level is None else _nodes_within(view, start, stop, level)
    if level is None or first >= last:
        prices, at = view.price[start:stop], starts - start
        return np.minimum.reduceat(prices, at), np.maximum.reduceat(prices, at)
    nodes, rows = view.nodes["price"], LEVEL_ROWS[level]
    head, tail = view.price[start : first * rows], view.price[last * rows : stop]
    at = starts - start
    noded = (starts >= first * rows) & (starts < last * rows)
    behind = starts >= last * rows
    at[noded] = len(head) + starts[noded] // rows - first
    at[behind] = len(head) + (last - first) + starts[behind] - last * rows
    lows = np.concatenate((head, nodes.low(level)[first:last], tail))
    highs = np.concatenate((head, nodes.high(level)[first:last], tail))
    return np.minimum.reduceat(lows, at), np.maximum.reduceat(highs, at)


def _joined(view: ColumnsView, spans: Iterable[tuple[int, int]]) -> tuple[int, int]:
    found = [price_extremes(view, start, stop) for start, stop in spans]
    return min(low for low, _ in found), max(high for _, high in found)


def _level(view: ColumnsView, rows: int, nodes: int) -> int | None:
    """Return the highest level that has so many nodes over so many rows, None where none has."""
    if "price" not in view.nodes:
        return None
    levels = [level for level, node_rows in enumerate(LEVEL_ROWS) if rows >= nodes * node_rows]
    return levels[-1] if levels else None


def _nodes_within(view: ColumnsView, start: int, stop: int, level: int) -> tuple[int, int]:
    """Return the first full node of a level that lies within rows [start, stop), and the one after the last."""
    rows = LEVEL_ROWS[level]
    return -(-start // rows), min(stop, view.noded) // rows
