import random

import numpy as np
import pytest

from analytics.calendar import NSE
from analytics.columns import SymbolColumns
from analytics.ticks import NO_SEQ
from app.viewmodels.row_extremes import price_extremes, run_extremes

OPEN_NS = 1_795_145_400_000_000_000


@pytest.fixture(scope="module")
def view():
    rng = np.random.default_rng(7)
    columns = SymbolColumns("SBIN", NSE, 2, 0)
    for count in (1, 63, 40_000, 300_000, 777):
        price = rng.integers(50_000, 150_000, count)
        ts_ns = OPEN_NS + columns.count + np.arange(count)
        columns.append(
            ts_ns, price, np.ones(count, np.int64), np.full(count, NO_SEQ), np.zeros(count, np.bool_)
        )
        columns.publish()
    return columns.view


@pytest.mark.parametrize("seed", range(40))
def test_extremes_of_any_rows_are_those_of_looking_at_each(view, seed):
    rng = random.Random(seed)
    length = min(int(10 ** rng.uniform(0, 5.6)), view.count)
    start = rng.randrange(view.count - length + 1)
    prices = view.price[start : start + length]
    assert price_extremes(view, start, start + length) == (prices.min(), prices.max())


@pytest.mark.parametrize("length", [1, 5, 700, 30_000, 330_000])
def test_runs_together_hold_the_extremes_and_stray_by_less_than_a_hundredth(view, length):
    stop = view.count - 11
    start = stop - length
    starts = np.unique(np.linspace(start, stop - 1, min(length, 48)).astype(np.int64))
    lows, highs = run_extremes(view, starts, stop)
    assert (lows.min(), highs.max()) == price_extremes(view, start, stop)
    early = length // 100
    ends = np.append(starts[1:], stop)
    for begin, end, low, high in zip(starts, ends, lows, highs, strict=True):
        around = view.price[max(begin - early, start) : end]
        assert around.min() <= low <= high <= around.max()
        inside = view.price[begin : max(end - early, begin)]
        if len(inside):
            assert low <= inside.min()
            assert high >= inside.max()
