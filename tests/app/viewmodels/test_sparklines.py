import random

import pytest

from app.viewmodels.sparklines import BUDGET_NS, MOST_CELLS, Sparklines

MINUTE_NS = 60_000_000_000


class Timer:
    """A clock that goes on by so much at each look."""

    def __init__(self, step_ns=0):
        self.now_ns, self.step_ns = 0, step_ns

    def __call__(self):
        self.now_ns += self.step_ns
        return self.now_ns


def prices(seed, count):
    rng = random.Random(seed)
    return [round(842 + rng.uniform(-9, 9), 2) for _ in range(count)]


@pytest.mark.parametrize("parts", [(1,), (1, 2, 50), (3_000, 1, 4_000), (20_000,)])
def test_a_sparkline_holds_the_sessions_extremes_in_few_cells_however_the_ticks_came(desk, parts):
    desk.go_live("SBIN")
    sparks, paid = Sparklines(desk, timer=Timer()), []
    for seed, part in enumerate(parts):
        fresh = prices(seed, part)
        desk.trade("SBIN", *fresh)
        paid += fresh
        sparks.refresh(("SBIN",))
    spark = sparks.spark("SBIN")
    assert (min(spark.lows), max(spark.highs), spark.last) == (min(paid), max(paid), paid[-1])
    assert len(spark.places) <= MOST_CELLS
    assert list(spark.places) == sorted(set(spark.places))
    assert spark.places[0] == 0.0
    assert spark.places[-1] == (1.0 if len(spark.places) > 1 else 0.0)


def test_another_session_begins_another_sparkline(desk):
    desk.go_live("SBIN").trade("SBIN", 700.0, 900.0)
    sparks = Sparklines(desk, timer=Timer())
    sparks.refresh(("SBIN",))
    desk.trade("SBIN", 840.0, 841.0, at_s=3 * 86_400 + 900)
    sparks.refresh(("SBIN",))
    spark = sparks.spark("SBIN")
    assert (min(spark.lows), max(spark.highs)) == (840.0, 841.0)


def test_the_last_minutes_forget_what_is_older(desk):
    desk.go_live("SBIN").trade("SBIN", 900.0, *prices(1, 100))
    sparks = Sparklines(desk, timer=Timer())
    sparks.set_span(5 * MINUTE_NS)
    sparks.refresh(("SBIN",))
    assert max(sparks.spark("SBIN").highs) == 900.0
    late = prices(2, 400)
    desk.trade("SBIN", *late)
    sparks.refresh(("SBIN",))
    spark = sparks.spark("SBIN")
    assert max(spark.highs) <= max(late)
    assert min(spark.lows) == min(late[-300:])
    assert len(spark.places) <= MOST_CELLS
    sparks.set_span(None)
    assert sparks.spark("SBIN") is None
    sparks.refresh(("SBIN",))
    assert max(sparks.spark("SBIN").highs) == 900.0


def test_only_symbols_with_new_ticks_are_told_of(desk):
    desk.go_live("SBIN", "TCS").trade("SBIN", 842.0)
    sparks = Sparklines(desk, timer=Timer())
    assert sparks.refresh(("SBIN", "TCS")) == ["SBIN"]
    assert sparks.refresh(("SBIN", "TCS")) == []
    desk.trade("TCS", 3_400.0)
    assert sparks.refresh(("SBIN", "TCS")) == ["TCS"]


def test_a_pull_stops_when_its_budget_is_spent_and_the_next_goes_on(desk):
    symbols = tuple(f"S{number}" for number in range(12))
    desk.go_live(*symbols)
    for symbol in symbols:
        desk.trade(symbol, 1.0, 2.0)
    sparks = Sparklines(desk, timer=Timer(step_ns=BUDGET_NS // 3))
    first = sparks.refresh(symbols)
    assert 0 < len(first) < len(symbols)
    made = list(first)
    while len(made) < len(symbols):
        made += sparks.refresh(symbols)
    assert made == list(symbols)


def test_a_share_of_the_symbols_is_looked_at_in_turn(desk):
    symbols = tuple(f"S{number}" for number in range(10))
    desk.go_live(*symbols)
    for symbol in symbols:
        desk.trade(symbol, 1.0)
    sparks = Sparklines(desk, timer=Timer())
    assert [sparks.refresh(symbols, share=5) for _ in range(5)] == [
        ["S0", "S1"], ["S2", "S3"], ["S4", "S5"], ["S6", "S7"], ["S8", "S9"]
    ]  # fmt: skip


def test_new_columns_forget_the_course_of_the_old(desk):
    desk.go_live("SBIN").trade("SBIN", 900.0)
    sparks = Sparklines(desk, timer=Timer())
    sparks.refresh(("SBIN",))
    desk.begin_anew()
    desk.trade("SBIN", 800.0)
    sparks.refresh(("SBIN",))
    assert max(sparks.spark("SBIN").highs) == 800.0
