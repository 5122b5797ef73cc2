"""The mean by time and the z-score against exact fractions, the same to the bit wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, US, Calendar
from analytics.engine import Engine
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.series import CATALOGUE, parse_series
from analytics.series.spec import Pane, Unit
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler
SECOND = 10**9
CLOSE = 1_741_381_180 * SECOND  # 20 seconds before the close in New York
WINDOWS = ("session", "7s", "60s", "1 tick", "12 ticks", "from tick 9")
LAST_DIGITS = 2 * Fraction(1, 2**52)


def engine_of(texts: Sequence[str], calendar: Calendar = ALWAYS) -> Engine:
    table = InstrumentTable([Instrument("A", Kind.UNKNOWN, calendar)])
    return Engine(table, [parse_series(text) for text in texts])


def computed(
    ticks: Sequence[Clean],
    texts: Sequence[str],
    cuts: Sequence[int] = (),
    *,
    scale: Scale = Scale(),  # noqa: B008  frozen
    calendar: Calendar = ALWAYS,
) -> dict[str, np.ndarray]:
    engine = engine_of(texts, calendar)
    for batch in Batching(scales={"A": scale}).split(ticks, cuts):
        engine.take(batch)
    return values(engine, texts)


def values(engine: Engine, texts: Sequence[str]) -> dict[str, np.ndarray]:
    view = engine.view("A")
    assert view is not None
    return {text: view.values(parse_series(text).text, 0, view.count) for text in texts}


def slow_twap(tape: Sequence[slow.Trade], row: int, window: str) -> Fraction | None:
    """Return the mean by time: the step function of prices, piece by piece."""
    now = tape[row]
    if window.startswith("from"):
        first = int(window.split()[2])
        seen = list(tape[first : row + 1])
    elif window.endswith("s") and "tick" not in window:
        begin_ns = max(now.time_ns - int(window[:-1]) * SECOND, tape[0].time_ns)
        held = max(k for k in range(row + 1) if tape[k].time_ns <= begin_ns)
        seen = [replace(tape[held], time_ns=begin_ns), *tape[held + 1 : row + 1]]
    else:
        seen = slow.window(tape, row, window)
    if not seen:
        return None
    length_ns = now.time_ns - seen[0].time_ns
    if length_ns == 0:
        return now.price
    pieces = pairwise(seen)
    return sum((each.price * (then.time_ns - each.time_ns) for each, then in pieces), Fraction()) / length_ns


def assert_twap_is_exact(tape: Sequence[slow.Trade], found: dict[str, np.ndarray]) -> None:
    for window in WINDOWS:
        for row in range(len(tape)):
            value, exact = found[f"twap({window})"][row], slow_twap(tape, row, window)
            if exact is None:
                assert np.isnan(value), (window, row)
            else:
                assert abs(Fraction(value) - exact) <= LAST_DIGITS * exact, (window, row)


TWAPS = [f"twap({window})" for window in WINDOWS]


@settings(max_examples=25, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from((ALWAYS, US)), st.sampled_from((2, 4, 8)))
def test_the_mean_by_time_is_exact_over_every_window(seed: int, calendar: Calendar, decimals: int) -> None:
    rng = random.Random(seed)
    step_ns = rng.choice((10**6, SECOND, 3 * SECOND, 10_000 * SECOND))
    price = rng.choice((10**6, 10**13))
    ticks = walk(rng, 60, start_ns=CLOSE, step_ns=step_ns, price=price)
    far = rng.choice((1, 10**6, 10**9))  # d·Δt past 64 bits
    ticks = [
        replace(each, price=price + (each.price - price) * far if price == 10**13 else each.price)
        for each in ticks
    ]
    scale = Scale(decimals, 0)
    found = computed(ticks, TWAPS, random_cuts(rng, 60), scale=scale, calendar=calendar)
    assert_twap_is_exact(slow.trades(ticks, scale, calendar.name), found)


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_the_family_is_the_same_to_the_bit_wherever_batches_end(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300, 3_000))
    ticks = walk(rng, count, start_ns=CLOSE, step_ns=rng.choice((10**6, SECOND)))
    texts = [*TWAPS, *(f"zscore({window})" for window in WINDOWS)]
    whole = computed(ticks, texts, calendar=US)
    parts = computed(ticks, texts, random_cuts(rng, count), calendar=US)
    assert {text: column.tobytes() for text, column in parts.items()} == {
        text: column.tobytes() for text, column in whole.items()
    }


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.booleans())
def test_the_mean_by_time_stays_exact_as_a_scale_widens(seed: int, late: bool) -> None:
    rng = random.Random(seed)
    narrow = walk(rng, 40, start_ns=CLOSE, step_ns=SECOND)
    finer = walk(rng, 30, start_ns=narrow[-1].ts_ns, step_ns=SECOND, price=narrow[-1].price * 10**6)
    engine = engine_of(() if late else TWAPS)
    for batch in Batching(scales={"A": Scale(2, 0)}).split(narrow, random_cuts(rng, 40)):
        engine.take(batch)
    for batch in Batching(scales={"A": Scale(8, 3)}).split(finer, random_cuts(rng, 30)):
        engine.take(batch)
    for text in TWAPS:
        engine.add_series(parse_series(text))
    ticks = [replace(each, price=each.price * 10**6) for each in narrow] + finer
    assert_twap_is_exact(slow.trades(ticks, Scale(8, 3)), values(engine, TWAPS))


def test_a_price_holds_until_the_next_tick_and_counts_nothing_at_its_own() -> None:
    ticks = [Clean(at * SECOND, price * 10_000) for at, price in ((0, 10), (10, 20), (10, 30), (40, 90))]
    found = computed(ticks, ["twap(session)", "twap(20s)", "twap(2 ticks)", "twap(from tick 1)"])
    assert found["twap(session)"].tolist() == [10.0, 10.0, 10.0, 25.0]
    assert found["twap(20s)"].tolist() == [10.0, 10.0, 10.0, 30.0]
    assert found["twap(2 ticks)"].tolist() == [10.0, 10.0, 30.0, 30.0]
    assert str(found["twap(from tick 1)"].tolist()) == "[nan, 20.0, 30.0, 30.0]"


def test_the_price_at_a_windows_start_is_the_last_at_or_before_it() -> None:
    ticks = [Clean(at * SECOND, price * 10_000) for at, price in ((0, 10), (5, 20), (10, 40), (15, 80))]
    found = computed(ticks, ["twap(5s)", "twap(10s)", "twap(12s)"])
    assert found["twap(5s)"].tolist() == [10.0, 10.0, 20.0, 40.0]
    assert found["twap(10s)"].tolist() == [10.0, 10.0, 15.0, 30.0]
    assert found["twap(12s)"].tolist() == [10.0, 10.0, 15.0, pytest.approx((20 + 100 + 200) / 12, rel=1e-15)]


def test_a_session_mean_by_time_begins_anew_and_has_no_value_outside_hours() -> None:
    close = CLOSE + 20 * SECOND
    opening = close + 63_000 * SECOND
    ticks = [
        Clean(close - SECOND, 10_0000),
        Clean(close, 20_0000),
        Clean(close + SECOND, 30_0000),
        Clean(opening + 172_800 * SECOND, 40_0000),
        Clean(opening + 172_801 * SECOND, 50_0000),
    ]
    found = computed(ticks, ["twap(session)"], calendar=US)["twap(session)"]
    assert str(found.tolist()) == "[10.0, 10.0, nan, 40.0, 40.0]"


def test_one_price_held_all_day_is_its_own_mean_to_the_last_digit() -> None:
    ticks = [Clean(0, 1), *(Clean(at * 977_777_777, 123_456_789_013) for at in range(1, 400))]
    found = computed(ticks, ["twap(from tick 1)", "twap(9s)"], scale=Scale(8, 0))
    assert set(found["twap(from tick 1)"][1:].tolist()) == {1234.56789013}
    assert set(found["twap(9s)"][20:].tolist()) == {1234.56789013}


# The z-score


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_a_z_score_is_the_distance_to_the_vwap_in_sigmas(seed: int) -> None:
    rng = random.Random(seed)
    ticks = walk(rng, 60, start_ns=CLOSE, step_ns=SECOND)
    windows = WINDOWS[:-1]
    found = computed(ticks, [f"zscore({window})" for window in windows], random_cuts(rng, 60), calendar=US)
    tape = slow.trades(ticks, Scale(), "us")
    for window in windows:
        for row in range(len(tape)):
            value = found[f"zscore({window})"][row]
            exact = slow.mean_and_variance(slow.window(tape, row, window))
            if exact is None or exact[1] == 0:
                assert np.isnan(value), (window, row)
                continue
            mean, sigma = exact[0], Fraction(slow.root(exact[1]))
            z = (tape[row].price - mean) / sigma
            rounding = 2 * LAST_DIGITS * mean / sigma  # of price and VWAP, which may cancel
            assert abs(Fraction(value) - z) <= rounding + Fraction(1, 10**12) * abs(z), (window, row)


def test_a_z_score_has_no_value_without_spread_or_volume() -> None:
    ticks = [
        Clean(0, 10_0000, 0),
        Clean(1, 10_0000),
        Clean(2, 10_0000),
        Clean(3, 40_0000),
        Clean(4, 10_0000, 0),
    ]
    found = computed(ticks, ["zscore(session)", "zscore(1 tick)"])
    assert str(found["zscore(session)"][:3].tolist()) == "[nan, nan, nan]"
    assert found["zscore(session)"][3] == pytest.approx(2**0.5, rel=1e-15)
    assert found["zscore(session)"][4] == pytest.approx(-(2**-0.5), rel=1e-15)
    assert np.isnan(found["zscore(1 tick)"]).all()


def test_the_catalogue_tells_what_the_family_is_measured_in() -> None:
    assert (CATALOGUE["zscore"].unit, CATALOGUE["zscore"].pane) == (Unit.SIGMAS, Pane.OWN)
    assert (CATALOGUE["twap"].unit, CATALOGUE["twap"].pane) == (Unit.PRICE, Pane.PRICE)
    assert parse_series("twap(1m)").text == "twap(60s)"
    assert parse_series("zscore(500ticks)").text == "zscore(500 ticks)"
