from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.kernels.profile import value_area, volume_profile
from app.charts import profile_rows
from app.charts.profile_rows import ProfileRows, bucket_step


@pytest.fixture
def market(ticks):
    rng = np.random.default_rng(7)
    prices = np.round((24_900 + np.cumsum(rng.normal(0, 0.5, 3_000))) * 20) / 20
    return ticks().add(np.arange(3_000) / 4, prices, rng.integers(0, 9, 3_000) * 75)


def agrees(found, view, start, stop, step):
    prices, volumes = volume_profile(view, start, stop, step)
    assert np.array_equal(found.prices, prices)
    assert np.array_equal(found.volumes, volumes)
    assert (found.control, found.low, found.high) == value_area(view, start, stop, step)


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(profile_rows, "_BLOCK_ROWS", 64)
    return ProfileRows()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_rows_give_what_the_kernel_gives_whatever_blocks_are_kept(market, rows, data):
    view = market.columns.view
    start = data.draw(st.integers(0, 2_990))
    stop = data.draw(st.integers(start + 1, 3_000))
    step = data.draw(st.sampled_from([Fraction(1, 20), Fraction(1, 2), Fraction(2), Fraction(7, 4)]))
    found = rows.profile(view, start, stop, step)
    if found is None:
        assert value_area(view, start, stop, step) is None
    else:
        agrees(found, view, start, stop, step)


def test_a_block_is_summed_once(market, rows, monkeypatch):
    rows.profile(market.columns.view, 0, 3_000, Fraction(1))
    read = []
    whole = profile_rows._of_rows
    monkeypatch.setattr(
        profile_rows, "_of_rows", lambda *given: read.append(given[2] - given[1]) or whole(*given)
    )
    rows.profile(market.columns.view, 10, 2_990, Fraction(1))
    assert sum(read) < 2 * 64


def test_columns_of_another_generation_are_read_anew(market, rows, ticks):
    rows.profile(market.columns.view, 0, 640, Fraction(1))
    other = ticks()
    other.columns._generation = 1
    other.walk(640)
    agrees(rows.profile(other.columns.view, 0, 640, Fraction(1)), other.columns.view, 0, 640, Fraction(1))


def test_rows_that_are_let_go_are_not_read(market, rows, let_go):
    view = let_go(market.columns.view, 100)
    agrees(rows.profile(view, 100, 3_000, Fraction(1)), market.columns.view, 100, 3_000, Fraction(1))


def test_nothing_traded_has_no_profile(ticks):
    view = ticks().add([0, 1], [100, 101], [0, 0]).columns.view
    assert ProfileRows().profile(view, 0, 2, Fraction(1)) is None


def test_very_many_buckets_are_put_together(ticks):
    view = ticks().add([0, 1], [100, 100_000]).columns.view
    found = ProfileRows().profile(view, 0, 2, Fraction(1, 20))
    assert (100_000 - 100) / found.step <= 2_048


@pytest.mark.parametrize(
    ("tick", "decimals", "least", "step"),
    [
        (0.05, 2, 0.01, Fraction(1, 20)),
        (0.05, 2, 0.051, Fraction(1, 10)),
        (0.05, 2, 0.11, Fraction(1, 4)),
        (0.05, 2, 0.3, Fraction(1, 2)),
        (0.0, 2, 0.011, Fraction(1, 50)),
        (1.0, 0, 37.0, Fraction(50)),
    ],
)
def test_a_bucket_is_a_round_number_of_ticks(tick, decimals, least, step):
    assert bucket_step(tick, decimals, least) == step
