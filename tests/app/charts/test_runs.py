from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.pyramid import LEVEL_ROWS, Nodes, values_of
from app.charts.decimate import column_ends, extremes
from app.charts.runs import Runs

NODE = LEVEL_ROWS[0]


def with_nodes(values, unnoded=100, first=0):
    """Return the nodes of a column, and how many rows they cover; rows below `first` are let go of."""
    nodes = Nodes(np.full(values_of(len(values)), -(10**9)).astype(values.dtype), len(values))
    noded = max(len(values) - unnoded, 0) // NODE * NODE
    nodes.fill(values, 0, noded, first)
    return nodes, noded


@st.composite
def some_runs(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(20_000, 200_000))
    values = np.cumsum(rng.integers(-3, 4, n))
    if draw(st.booleans()):
        values = values / 8.0
        values[rng.random(n) < draw(st.sampled_from([0.0, 0.5, 0.995]))] = np.nan
    first = draw(st.integers(0, 5_000))
    starts = np.unique(rng.integers(first, n, draw(st.integers(1, 700))))
    if draw(st.booleans()):
        starts = starts // NODE * NODE + draw(st.integers(0, 1))
    starts = np.unique(np.append(starts[starts > first], first))
    stop = draw(st.integers(int(starts[-1]) + 1, n))
    return values, starts, column_ends(starts, stop), first, draw(st.integers(0, 9_000))


def same(found, expected):
    return all(
        np.array_equal(getattr(found, part), getattr(expected, part), equal_nan=True)
        for part in ("first", "low", "high", "last")
    )


@settings(max_examples=120)
@given(some_runs())
def test_runs_read_from_nodes_are_those_read_row_by_row(made):
    values, starts, ends, first, unnoded = made
    nodes, noded = with_nodes(values, unnoded, first)
    gone = values.copy()
    gone[:first] = 10**9 if values.dtype == np.int64 else 1e9
    every = np.ones(len(starts), np.bool_)
    assert same(
        Runs(starts, ends, noded, every).extremes(gone, nodes, 4.0), extremes(values, (starts, ends), 4.0)
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(2, 40), st.sampled_from([1_100, 3_000, 20_000]))
def test_long_runs_reach_what_they_reach_within_a_node_of_their_ends(seed, count, length):
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.integers(length, length + 500, count))
    stop = int(starts[-1]) + length
    values = np.cumsum(rng.integers(-3, 4, stop))
    kept = rng.random(count) < 0.3
    nodes, noded = with_nodes(values, unnoded=0)
    ends = column_ends(starts, stop)
    found = Runs(starts, ends, noded, kept).extremes(values, nodes)
    allowed = max(rows for rows in LEVEL_ROWS if rows * 16 <= length + 500)
    for n, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        soft = (n > 0 and not kept[n], n + 1 < count and not kept[n + 1])
        most = values[start - allowed * soft[0] : end + 1 + allowed * soft[1]]
        least = values[start + allowed * soft[0] : end + 1 - allowed * soft[1]]
        assert most.min() <= found.low[n] <= least.min()
        assert least.max() <= found.high[n] <= most.max()
        assert (found.first[n], found.last[n]) == (values[start], values[end])


@st.composite
def uneven_runs(draw, level):
    """Runs as long in the mean as are rounded to nodes of a level, some of them much shorter."""
    each = LEVEL_ROWS[level]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(*((20, 40), (2, 20), (2, 6))[level]))
    first = draw(st.integers(0, 2 * each))
    stop = first + 17 * each * count + draw(st.integers(0, each))
    around = rng.integers(first, stop, draw(st.integers(1, count)))
    if draw(st.booleans()):
        around = np.append(around, draw(st.sampled_from((first, stop))))
    span = draw(st.sampled_from((3, each, 3 * each)))
    starts = rng.choice(around, count - 1) + rng.integers(-span, span + 1, count - 1)
    starts = np.unique(np.append(starts[(starts > first) & (starts < stop)], first))
    kept = rng.random(len(starts)) < draw(st.sampled_from((0.0, 0.2, 0.8)))
    return starts, stop, kept, draw(st.integers(0, each)), draw(st.integers(0, each))


@pytest.mark.parametrize("level", [0, 1, 2])
@settings(max_examples=40)
@given(st.data())
def test_every_row_of_uneven_runs_is_read_by_one_run_within_half_a_node_of_it(level, data):
    starts, stop, kept, beyond, unnoded = data.draw(uneven_runs(level))
    each, ends = LEVEL_ROWS[level], column_ends(starts, stop)
    rows = np.arange(stop + beyond)
    rows[: starts[0]], rows[stop:] = 10**9, -(10**9)
    nodes, noded = with_nodes(rows, unnoded, int(starts[0]))
    runs = Runs(starts, ends, noded, kept)
    found = runs.extremes(rows, nodes)
    low, high = found.low.astype(int), found.high.astype(int)
    assert (low[0], high[-1]) == (starts[0], ends[-1])
    assert low[1:].tolist() == (high[:-1] + 1).tolist()
    assert np.abs(low - starts).max() <= each // 2
    assert low[kept].tolist() == starts[kept].tolist()

    walk = np.cumsum(np.random.default_rng(1).integers(-3, 4, len(rows)))
    reached = runs.extremes(walk, with_nodes(walk, unnoded, int(starts[0]))[0])
    parts = [walk[a : b + 1] for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    assert reached.low.tolist() == [part.min() for part in parts]
    assert reached.high.tolist() == [part.max() for part in parts]


@pytest.mark.parametrize("length", [40, 100, 1_000, 5_000])
def test_a_series_without_nodes_is_read_row_by_row(length):
    values = np.sin(np.arange(400_000) / 700)
    starts = np.arange(0, 400_000 - length, length)
    ends = column_ends(starts, 400_000)
    found = Runs(starts, ends, 390_016, np.zeros(len(starts), np.bool_)).extremes(values, None)
    assert same(found, extremes(values, (starts, ends)))


@pytest.mark.parametrize(("length", "around"), [(1_000, NODE), (5_000, 0)])
def test_of_long_runs_only_the_rows_around_their_ends_are_read(length, around):
    values = np.arange(2_000_000)
    nodes, noded = with_nodes(values, unnoded=0)
    starts = np.arange(0, len(values), length)
    ends = column_ends(starts, len(values))
    unread = np.full(len(values), 10**12)
    near = (starts[:, None] // NODE * NODE + np.arange(around)).ravel()
    for rows in (starts, ends, near[near < len(values)], np.arange(len(values) - length - NODE, len(values))):
        unread[rows] = values[rows]
    kept = np.zeros(len(starts), np.bool_)
    found = Runs(starts, ends, noded, kept).extremes(unread, nodes)
    assert np.abs(found.low - starts).max() <= NODE
    assert np.abs(found.high - ends).max() <= NODE
