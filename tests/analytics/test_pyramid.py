"""The pyramid against the plain lowest and highest of the same rows, however the rows came."""

from __future__ import annotations

import random

import numpy as np
import pytest

from analytics.calendar import ALWAYS, US
from analytics.columns import ColumnsView, SymbolColumns
from analytics.pyramid import LEVEL_ROWS, Nodes, values_of
from analytics.ticks import NO_SEQ
from tests.builders.ticks import MORNING, SECOND

MOST_BATCH = 30_000


def lowest(values: np.ndarray) -> float:
    """Return the lowest value that is not NaN, NaN if all are."""
    told = [value for value in values.tolist() if value == value]
    return min(told, default=float("nan"))


def highest(values: np.ndarray) -> float:
    """Return the highest value that is not NaN, NaN if all are."""
    told = [value for value in values.tolist() if value == value]
    return max(told, default=float("nan"))


def assert_covers(view: ColumnsView, text: str) -> None:
    """Check every full node of one column against its rows."""
    nodes, column = view.nodes[text], view.price if text == "price" else view.series[text]
    assert nodes.values.dtype == column.dtype
    assert nodes.capacity == len(column)
    for level, rows in enumerate(LEVEL_ROWS):
        low, high = nodes.low(level), nodes.high(level)
        assert len(low) == len(high) == nodes.capacity // rows
        for node in range(-(-view.first // rows), view.noded // rows):
            inside = column[node * rows : (node + 1) * rows]
            assert np.array_equal([low[node], high[node]], [lowest(inside), highest(inside)], equal_nan=True)


class Writer:
    """Appends a random walk in random batches, with one series that has runs of NaN."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.columns = SymbolColumns("A", ALWAYS, 2, 0)
        self.columns.add_series("x")
        self._last = 1_000

    def append(self, length: int) -> None:
        columns, start = self.columns, self.columns.count
        unit = 10 ** (columns.price_scale - 2)
        walk = self._last + self.noise.integers(-5, 6, length).cumsum()
        self._last = int(walk[-1])
        times = MORNING + np.arange(start, start + length) * SECOND
        ones = np.ones(length, np.int64)
        columns.append(times, walk * unit, ones, ones * NO_SEQ, np.zeros(length, np.bool_))
        values = walk / 7.0
        for _ in range(3):
            at = self.rng.randrange(length)
            values[at : at + self.rng.choice([1, 70, 2_000])] = np.nan
        columns.series("x")[start : start + length] = values
        if "late" in columns.view.series:
            columns.series("late")[start : start + length] = -values


@pytest.mark.parametrize("seed", range(6))
def test_full_nodes_hold_the_extremes_of_their_rows_whatever_the_batches(seed: int) -> None:
    writer = Writer(seed)
    columns = writer.columns
    while columns.count < 90_000:
        writer.append(writer.rng.choice([1, 63, 64, 1_000, writer.rng.randrange(1, MOST_BATCH)]))
        columns.publish()
        view = columns.view
        assert view.noded % LEVEL_ROWS[0] == 0
        assert view.noded <= view.count
        if view.nodes and writer.rng.random() < 0.3:
            assert_covers(view, "price")
            assert_covers(view, "x")
    assert columns.view.noded > 60_000
    for text in columns.view.nodes:
        assert_covers(columns.view, text)


def test_few_rows_are_left_unread_by_nodes() -> None:
    writer = Writer(1)
    for _ in range(300):
        writer.append(300)
        writer.columns.publish()
        view = writer.columns.view
        assert not view.nodes or view.count - view.noded < MOST_BATCH
    assert view.nodes
    assert view.count - view.noded < 10_000


def test_columns_of_few_rows_keep_none() -> None:
    writer = Writer(2)
    writer.append(500)
    writer.columns.publish()
    assert not writer.columns.view.nodes
    assert writer.columns.view.noded == 0


def test_a_widened_scale_widens_the_nodes_of_the_price_alone() -> None:
    writer = Writer(3)
    writer.append(40_000)
    writer.columns.publish()
    before = writer.columns.view
    writer.columns.rescale(5, 1)
    writer.append(10)
    writer.columns.publish()
    after = writer.columns.view
    assert after.noded == before.noded > 0
    assert_covers(after, "price")
    assert_covers(after, "x")
    assert_covers(before, "price")
    writer.append(30_000)
    writer.columns.publish()
    assert_covers(writer.columns.view, "price")


def test_a_series_that_is_added_late_has_the_nodes_of_its_old_rows_and_one_that_is_dropped_none() -> None:
    writer = Writer(4)
    writer.append(50_000)
    writer.columns.publish()
    noded = writer.columns.view.noded
    writer.columns.add_series("late")[:50_000] = np.arange(50_000) % 1_234
    writer.columns.drop_series("x")
    writer.columns.publish()
    view = writer.columns.view
    assert view.noded >= noded > 0
    assert sorted(view.nodes) == ["late", "price"]
    assert_covers(view, "late")
    writer.columns.add_series("x")[:50_000] = 0.0
    writer.append(40_000)  # grows before they were published
    writer.columns.publish()
    for text in ("late", "price", "x"):
        assert_covers(writer.columns.view, text)


def test_published_nodes_never_change() -> None:
    writer = Writer(5)
    writer.append(20_000)
    writer.columns.publish()
    view = writer.columns.view
    kept = [
        (each(level)[: view.noded // rows], each(level)[: view.noded // rows].copy())
        for nodes in view.nodes.values()
        for level, rows in enumerate(LEVEL_ROWS)
        for each in (nodes.low, nodes.high)
    ]
    for _ in range(10):
        writer.append(9_000)
        writer.columns.publish()
    writer.columns.rescale(4, 0)
    writer.columns.publish()
    assert all(np.array_equal(now, then, equal_nan=True) for now, then in kept)


def test_a_node_of_nan_alone_is_nan_and_one_number_among_them_is_both_extremes() -> None:
    column = np.full(LEVEL_ROWS[-1], np.nan)
    column[200] = 3.0
    nodes = Nodes(np.zeros(values_of(len(column))), len(column))
    nodes.fill(column, 0, len(column))
    assert np.isnan(nodes.low(0)[[0, 2, 4]]).all()
    assert [
        float(each(level)[0 if level else 3]) for level in range(3) for each in (nodes.low, nodes.high)
    ] == [3.0] * 6


def test_nodes_that_reach_below_the_first_held_row_are_left_alone() -> None:
    column = np.arange(4 * LEVEL_ROWS[1], dtype=np.int64)
    nodes = Nodes(np.full(values_of(len(column)), -1), len(column))
    nodes.fill(column, 0, len(column), first=LEVEL_ROWS[1] + 1)
    assert nodes.low(0)[:17].tolist() == [-1] * 17
    assert nodes.low(0)[17] == 17 * 64
    assert nodes.low(1).tolist() == [-1, -1, 2 * LEVEL_ROWS[1], 3 * LEVEL_ROWS[1]]


def test_session_rows_are_where_the_session_changes_however_ticks_are_appended() -> None:
    rng = np.random.default_rng(7)
    ts_ns = MORNING + rng.integers(0, 40 * SECOND, 20_000).cumsum() * 20
    ones = np.ones(len(ts_ns), np.int64)
    found = []
    for step in (1, 17, 1_000, len(ts_ns)):
        columns = SymbolColumns("A", US, 2, 0)
        taken = ts_ns if step > 1 else ts_ns[:3_000]
        for start in range(0, len(taken), step):
            rows = slice(start, min(start + step, len(taken)))
            few = ones[rows]
            columns.append(taken[rows], few, few, few, np.zeros(len(few), np.bool_))
        columns.publish()
        view = columns.view
        session = view.session[: view.count]
        assert view.sessions().tolist() == (np.flatnonzero(session[1:] != session[:-1]) + 1).tolist()
        found.append(view.sessions().tolist())
    assert len(found[-1]) > 16
    assert found[1] == found[2] == found[3]
    assert found[0] == found[1][: len(found[0])]
