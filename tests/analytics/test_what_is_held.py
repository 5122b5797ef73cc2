"""What a bounded engine holds and tells of it, and what series and rules that are added late see of it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from analytics.calendar import NSE
from analytics.columns import SymbolColumns
from analytics.errors import ConfigError
from analytics.pyramid import LEVEL_ROWS
from analytics.retention import LEAST_HELD, Retention
from analytics.rules import Rule
from analytics.rules.joint import window_sums
from analytics.series import SeriesSpec, parse_series
from analytics.series.own import GuardedSeries, OwnSeries, Ticks
from analytics.span import Span
from analytics.ticks import TickBatch
from analytics.window_book import WindowBook
from analytics.windows import parse_window
from tests.builders.batches import Batching, Clean, slices
from tests.builders.memories import is_poison
from tests.builders.retained import (
    RETENTION,
    RULES,
    SYMBOLS,
    TEXTS,
    WINDOWS,
    Watched,
    batches,
    held_arrays,
    market,
)
from tests.builders.ticks import MORNING, SECOND


@pytest.fixture(scope="module")
def taken() -> list[TickBatch]:
    return batches(7, market(7, 12_000), widen_from=7_000)


def test_a_reader_of_the_view_before_finds_it_whole_until_the_next_step(taken: list[TickBatch]) -> None:
    less, before, steps = Watched(RETENTION, ["vwap(60s)"], ()), None, 0
    for batch in taken:
        less.take(batch)
        view = less.engine.view("A")
        if before is not None and before.first < view.first:
            steps += 1
            assert not any(is_poison(column).any() for _, column in held_arrays(before))
        before = view
    assert steps > 20


def test_gaps_sessions_and_nodes_are_told_of_what_is_held(taken: list[TickBatch]) -> None:
    less = Watched(Retention(9_000, 10**9), ["vwap(60s)"], ())
    more = Watched(None, ["vwap(60s)"], ())
    rng = np.random.default_rng(3)
    count = 60_000
    ticks = [
        Clean(MORNING + row * SECOND // 4, 100_000 + int(step), 1)
        for row, step in enumerate(rng.integers(-5, 6, count).cumsum())
    ]
    for start in range(0, count, 5_000):
        for each in (less, more):
            each.take(Batching(SYMBOLS).batch(ticks[start : start + 5_000], start))
    view, other = less.view("A"), more.view("A")
    assert view.first > 45_000
    assert view.noded == other.noded
    for text, nodes in view.nodes.items():
        for level, rows in enumerate(LEVEL_ROWS):
            held = slice(-(-view.first // rows), view.noded // rows)
            assert nodes.low(level)[held].tobytes() == other.nodes[text].low(level)[held].tobytes()
            assert nodes.high(level)[held].tobytes() == other.nodes[text].high(level)[held].tobytes()
            assert is_poison(nodes.low(level)[1 : (view.first - 6_000) // rows]).all()


def test_what_is_held_is_told_and_bounded_by_ticks_and_by_bytes(taken: list[TickBatch]) -> None:
    few = Watched(RETENTION, ["vwap(60s)"], ()).taken(taken).engine.holdings["A"]
    assert few.count > 5_000
    assert RETENTION.ticks <= few.ticks <= RETENTION.ticks * 9 // 8 + 1 + 500  # a batch comes whole
    assert few.row_bytes == 8 * 8 + 4 + 8 + 1  # columns, the series, its part of the nodes
    assert few.bytes == few.ticks * few.row_bytes
    by_bytes = Watched(Retention(10**9, 700 * few.row_bytes), ["vwap(60s)"], ()).taken(taken)
    assert 700 <= by_bytes.engine.holdings["A"].ticks <= 700 * 9 // 8 + 1 + 500
    all_held = Watched(None, ["vwap(60s)"], ()).taken(taken).engine.holdings["A"]
    assert all_held.ticks == all_held.count
    assert few.for_windows == 0


def test_a_window_that_is_longer_than_retention_holds_more_and_that_is_told(taken: list[TickBatch]) -> None:
    held = Watched(RETENTION, ["vwap(3000 ticks)"], ()).taken(taken).engine.holdings["A"]
    assert held.ticks > 3_000
    assert held.for_windows >= held.ticks - RETENTION.ticks * 9 // 8 - 500
    assert held.for_windows > 2_000


def test_once_nobody_asks_for_a_long_window_its_rows_go_too(taken: list[TickBatch]) -> None:
    rule = Rule("long", "A", "price above vwap(3000 ticks)")
    less = Watched(RETENTION, (), [rule]).taken(taken[:-8])
    assert less.engine.holdings["A"].ticks > 3_000
    less.engine.set_rules(())
    less.taken(taken[-8:])
    assert less.engine.holdings["A"].ticks < 1_200


def test_a_retention_of_little_holds_what_series_look_back_on(taken: list[TickBatch]) -> None:
    tiny = Watched(Retention(1, 1), ["high(60s)", "poc(60s, 0.5)"], ()).taken(taken)
    assert tiny.engine.holdings["A"].ticks >= LEAST_HELD
    with pytest.raises(ConfigError, match="1 tick"):
        Retention(0, 100)


@pytest.mark.parametrize("text", TEXTS)
def test_a_series_that_is_added_late_has_values_of_held_rows_that_do_not_depend_on_batches(
    text: str, taken: list[TickBatch]
) -> None:
    late = Watched(RETENTION, (), ()).taken(taken[:-12])
    late.engine.add_series(parse_series(text))
    first = late.view("A").first
    late.taken(taken[-12:-6])
    again = Watched(RETENTION, (), ()).taken(taken[:-12])
    again.engine.add_series(parse_series(text))
    for batch in taken[-12:-6]:
        for part in slices(batch, range(0, len(batch), 97)):
            again.take(part)
    name, rows = parse_series(text).text, slice(max(first, again.view("A").first), late.view("A").count)
    one, other = (each.view("A").series[name][rows] for each in (late, again))
    assert one.tobytes() == other.tobytes()
    assert not is_poison(one).any()
    if text.startswith(
        ("vwap(60s", "sma(5", "high(60s", "delta(60s", "twap(60s", "volume(session", "rate(session")
    ):
        whole = Watched(None, [text], ()).taken(taken[:-6]).view("A").series[name]
        beyond = slice(late.view("A").count - 400, late.view("A").count)
        assert np.allclose(whole[beyond], late.view("A").series[name][beyond], rtol=1e-12, equal_nan=True)


def test_rules_that_are_added_late_know_what_is_held(taken: list[TickBatch]) -> None:
    late, cut = (Watched(RETENTION, (), ()).taken(taken[:-8]) for _ in range(2))
    for each in (late, cut):
        each.engine.set_rules(RULES)
        each.fired.clear()
    late.taken(taken[-8:])
    for batch in taken[-8:]:
        cut.taken(slices(batch, range(0, len(batch), 61)))
    assert repr(late.fired) == repr(cut.fired)
    assert len({each.rule for each in late.fired}) > len(RULES) // 3


@pytest.mark.parametrize("window", WINDOWS)
def test_sums_that_are_looked_up_row_by_row_are_those_of_spans(window: str, taken: list[TickBatch]) -> None:
    text, over = f"vwap({window})", parse_window(window)
    found = []
    for retention in (RETENTION, None):
        engine = Watched(retention, [text], ()).taken(taken).engine
        columns = engine._columns["A"]
        rows = np.arange(columns.count - 3, columns.count)
        found.append([each.tolist() for each in window_sums(columns, over, rows)])
        view = engine.view("A")
        assert view is not None
        v, vd = (np.array(each, np.float64) for each in found[-1])
        vwap = (view.reference + vd / v) / 10.0**view.price_scale
        assert np.allclose(vwap, view.values(parse_series(text).text, *rows[[0, -1]] + [0, 1]), rtol=1e-13)
    assert found[0] == found[1]


class Failing:
    """The sum of all prices so far; it fails on a tick."""

    def __init__(self, tick: int, copied: bool) -> None:
        self.tick = tick
        self.total = 0.0
        if not copied:
            self.lock = threading.Lock()

    def extend(self, ticks: Ticks) -> np.ndarray:
        if ticks.first <= self.tick < ticks.first + len(ticks):
            raise ValueError("no")
        found = self.total + ticks.price.cumsum()
        self.total = float(found[-1])
        return found


@pytest.mark.parametrize(("copied", "told"), [(True, 1_234), (False, 1_200)])
def test_own_code_that_fails_is_repeated_from_a_copy_once_rows_are_gone(copied: bool, told: int) -> None:
    columns, book = SymbolColumns("A", NSE, 2, 0), WindowBook()
    own = OwnSeries(Failing, "failing.py")
    each = GuardedSeries(SeriesSpec("failing", (1_234, copied)), own)
    values = []
    for start in range(0, 1_400, 200):
        rows = np.arange(start, start + 200)
        ones = np.ones(200, np.int64)
        columns.append(MORNING + rows, rows + 500, ones, ones, np.zeros(200, np.bool_))
        values += each.extend(Span(columns, start, start + 200, book)).tolist()
        if start == 800:
            each.let_go(0, ())
            columns.column("price")[:900] = 2**61
    price = (np.arange(1_400) + 500) / 100.0
    assert np.allclose(values[:told], price.cumsum()[:told], rtol=1e-13)
    assert np.isnan(values[told:]).all()
    assert each.failed_row == told
    assert each.fault is not None
    assert f"tick {told} on" in each.fault
