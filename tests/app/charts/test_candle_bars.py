from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.bars import Bars, parse_bar_rule
from analytics.calendar import NSE_DERIVATIVES
from app.charts.candle_bars import (
    FIRST_ROW,
    LAST,
    MIDDLE,
    NOMINAL,
    ROSE,
    START,
    STOP,
    STOP_ROW,
    VOLUME,
    CandleBars,
)

OPEN_NS, SECOND, DAY_S = 1_795_146_300_000_000_000, 1_000_000_000, 86_400
RULES = ("60s", "7s", "1h", "50 ticks", "900 volume", "2 range")


def exact(rule, view):
    """Return the project's own bars of all rows."""
    bars = Bars(parse_bar_rule(rule), NSE_DERIVATIVES, view.price_scale, view.size_scale)
    rows = slice(view.first, view.count)
    bars.extend(view.time_ns[rows], view.price[rows], view.size[rows], view.session[rows])
    return bars.view.every()


@pytest.fixture
def market(ticks):
    """Return ticks of two sessions, and of a morning before the open, with a gap."""
    rng = np.random.default_rng(5)
    seconds = [-1_200 + np.cumsum(rng.exponential(2.0, 200)), np.cumsum(rng.exponential(0.7, 900))]
    seconds.append(DAY_S + np.cumsum(rng.exponential(0.7, 900)))
    seconds[1][400:] += 90
    every = np.concatenate(seconds)
    prices = np.round(24_900 + np.cumsum(rng.normal(0, 0.3, len(every))), 2)
    return ticks().add(every, prices, rng.integers(0, 80, len(every)), gaps=(600,))


@pytest.mark.parametrize("rule", RULES)
def test_they_are_the_projects_own_bars_however_the_rows_come(rule, market):
    view = market.columns.view
    wanted = exact(rule, view)
    rng = np.random.default_rng(2)
    made, seen = CandleBars(parse_bar_rule(rule), "Asia/Kolkata"), 0
    while seen < view.count:
        seen = min(seen + int(rng.integers(1, 90)), view.count)
        made.update(replace(view, count=seen))
    told = made.table[[FIRST_ROW, STOP_ROW, NOMINAL, *range(LAST, VOLUME + 1)]]
    assert np.array_equal(told, wanted[:9])
    at_once = CandleBars(parse_bar_rule(rule), "Asia/Kolkata")
    at_once.update(view)
    assert np.array_equal(at_once.table, made.table)


@pytest.mark.parametrize("rule", RULES)
def test_what_is_before_the_instant_that_an_update_tells_stays_as_it_was(rule, market):
    view, made = market.columns.view, CandleBars(parse_bar_rule(rule), "Asia/Kolkata")
    before, rng, seen = made.table.copy(), np.random.default_rng(3), 0
    while seen < view.count:
        seen = min(seen + int(rng.integers(1, 40)), view.count)
        since = made.update(replace(view, count=seen))
        kept = int(np.searchsorted(before[STOP], since, side="left"))
        assert np.array_equal(made.table[:, :kept], before[:, :kept])
        before = made.table.copy()
    assert made.update(view) is None


@pytest.mark.parametrize("rule", RULES)
def test_each_stands_over_its_own_time_in_order(rule, market):
    made = CandleBars(parse_bar_rule(rule), "Asia/Kolkata")
    made.update(market.columns.view)
    start, stop = made.table[START], made.table[STOP]
    assert (start <= stop).all()
    assert (stop[:-1] <= start[1:]).all()
    assert ((made.table[MIDDLE] >= start) & (made.table[MIDDLE] <= stop)).all()
    assert (made.table[LAST] <= stop).all()


def test_a_time_bar_stands_over_its_nominal_time(ticks):
    made = CandleBars(parse_bar_rule("60s"), "Asia/Kolkata")
    made.update(ticks().add([0, 10, 61, 65, 300], [100, 101, 102, 103, 104]).columns.view)
    assert ((made.table[START] - OPEN_NS) / SECOND).tolist() == [0, 60, 300]
    assert ((made.table[STOP] - OPEN_NS) / SECOND).tolist() == [60, 120, 360]


def test_a_bar_of_ticks_lasts_until_the_next_begins_but_not_over_a_gap(ticks):
    made = CandleBars(parse_bar_rule("2 ticks"), "Asia/Kolkata")
    made.update(
        ticks().add([0, 1, 5, 6, 90, 91, 95], [100, 101, 102, 103, 104, 103, 102], gaps=(4,)).columns.view
    )
    assert ((made.table[START] - OPEN_NS) / SECOND).tolist() == [0, 5, 90, 95]
    assert ((made.table[STOP] - OPEN_NS) / SECOND).tolist() == [5, 6, 95, 95]


def test_no_bar_stands_over_a_night(ticks):
    market = ticks().add([0, 1, 2, DAY_S, DAY_S + 1], [100, 101, 102, 103, 104])
    made = CandleBars(parse_bar_rule("10 ticks"), "Asia/Kolkata")
    made.update(market.columns.view)
    assert ((made.table[STOP] - OPEN_NS) / SECOND).tolist() == [2, DAY_S + 1]


def test_the_first_bar_of_a_session_stands_from_its_first_tick_on(ticks):
    market = ticks().add([0, 10, DAY_S + 5, DAY_S + 7], [100, 101, 102, 103])
    made = CandleBars(parse_bar_rule("1h"), "Asia/Kolkata")
    made.update(market.columns.view)
    assert ((made.table[START] - OPEN_NS) / SECOND).tolist() == [0, DAY_S + 5]
    assert ((made.table[NOMINAL] - OPEN_NS) / SECOND).tolist() == [-900, DAY_S - 900]
    assert ((made.table[STOP] - OPEN_NS) / SECOND).tolist() == [2_700, DAY_S + 2_700]


def test_a_bar_that_ends_where_it_began_is_told_from_the_one_before(ticks):
    prices = [100, 101, 101, 101, 99, 100, 100, 100, 100, 99]
    made = CandleBars(parse_bar_rule("2 ticks"), "Asia/Kolkata")
    made.update(ticks().add(range(10), prices).columns.view)
    assert made.table[ROSE].tolist() == [1, 1, 1, 1, 0]
    flat = CandleBars(parse_bar_rule("2 ticks"), "Asia/Kolkata")
    flat.update(ticks().add(range(6), [100, 99, 98, 98, 97, 97]).columns.view)
    assert flat.table[ROSE].tolist() == [0, 0, 0]


def test_a_long_history_is_taken_in_slices_of_time(ticks):
    view = ticks(series=False).walk(70_000, per_second=50).columns.view
    times = iter(np.arange(100) * 0.001)
    made = CandleBars(parse_bar_rule("60s"), "Asia/Kolkata", clock=lambda: float(next(times)))
    sizes = []
    while not sizes or made.building:
        assert made.update(view, budget_s=0.0015) is not None
        sizes.append(int(made.table[STOP_ROW, -1]))
    assert sizes == [40_000, 70_000]
    assert np.array_equal(made.table[:9][VOLUME], exact("60s", view)[8])


def test_rows_that_are_let_go_of_take_old_bars_with_them(ticks, let_go):
    view = ticks(series=False).walk(9_000, per_second=50).columns.view
    made = CandleBars(parse_bar_rule("2 ticks"), "Asia/Kolkata")
    made.update(replace(view, count=8_000))
    kept = made.table[:, 3_500:-1].copy()
    made.update(let_go(view, 7_000))
    assert np.array_equal(made.table[:, : kept.shape[1]], kept)
    assert made.table[[FIRST_ROW, STOP_ROW], [0, -1]].tolist() == [7_000, 9_000]


def test_after_rows_that_were_never_seen_they_begin_anew(ticks, let_go):
    view = ticks(series=False).walk(300, per_second=50).columns.view
    made = CandleBars(parse_bar_rule("10 ticks"), "Asia/Kolkata")
    made.update(replace(view, count=50))
    made.update(let_go(view, 105))
    assert made.table[FIRST_ROW].tolist() == list(range(105, 300, 10))
    assert np.array_equal(made.table[VOLUME], exact("10 ticks", let_go(view, 105))[8])


def test_the_bar_in_progress_keeps_its_start_while_the_table_grows(ticks):
    seconds = np.arange(0, 2_600, 0.5)
    view = ticks().add(seconds, 24_900 + np.sin(seconds), np.full(len(seconds), 5)).columns.view
    made = CandleBars(parse_bar_rule("1s"), "Asia/Kolkata")
    for seen in range(1, view.count + 1, 3):
        made.update(replace(view, count=seen))
    made.update(view)
    assert made.table.shape[1] > 2_048
    assert (np.diff(made.table[START]) > 0).all()
    assert np.array_equal(made.table[NOMINAL], exact("1s", view)[2])
