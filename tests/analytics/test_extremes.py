"""Highs and lows against a look through the whole window, the same wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, US, Calendar
from analytics.kernels.extremes import SHORT, extremes, first_carry
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import bits, computed, engine, values

SECOND = 10**9
EVENING = 1_757_966_370 * SECOND  # 2025-09-15, half a minute before 16:00 in New York
WINDOWS = ("session", "7s", "300s", "1 ticks", "50 ticks", "400 ticks", "from tick 30")
TEXTS = [f"{name}({window})" for name in ("high", "low") for window in WINDOWS]
AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)


def seen(tape: Sequence[slow.Trade], at: int, window: str) -> Sequence[slow.Trade]:
    """Return the trades of the window of a row, none where it has no value."""
    if window.startswith("from tick "):
        return tape[int(window.removeprefix("from tick ")) : at + 1]
    return slow.window(tape, at, window)


def assert_exact(found: dict[str, np.ndarray], tape: Sequence[slow.Trade]) -> None:
    for text, column in found.items():
        name, window = text.removesuffix(")").split("(")
        extreme = max if name == "high" else min
        assert len(column) == len(tape)
        for at, value in enumerate(column.tolist()):
            trades = seen(tape, at, window)
            if not trades:
                assert np.isnan(value), (text, at)
            else:
                assert value == float(extreme(each.price for each in trades)), (text, at)


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(["always", "us"]))
def test_highs_and_lows_are_exact_over_every_window(seed: int, calendar: str) -> None:
    rng = random.Random(seed)
    ticks = walk(rng, 100, start_ns=EVENING, step_ns=rng.choice((10**6, SECOND, 9 * SECOND)))
    found = computed(ticks, TEXTS, random_cuts(rng, 100), {"always": ALWAYS, "us": US}[calendar])
    assert_exact(found, slow.trades(ticks, Scale(), calendar))


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([ALWAYS, US]))
def test_highs_and_lows_are_the_same_to_the_bit_wherever_batches_end(seed: int, calendar: Calendar) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300, 3_000))
    ticks = walk(rng, count, start_ns=EVENING, step_ns=rng.choice((10**6, 10**8, SECOND)))
    in_parts = computed(ticks, TEXTS, random_cuts(rng, count), calendar)
    assert bits(in_parts) == bits(computed(ticks, TEXTS, calendar=calendar))


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_highs_and_lows_stay_exact_as_scales_widen_and_for_a_series_added_late(seed: int) -> None:
    rng = random.Random(seed)
    narrow = walk(rng, 60, start_ns=EVENING, step_ns=SECOND)
    finer = walk(rng, 60, start_ns=narrow[-1].ts_ns, step_ns=SECOND, price=narrow[-1].price * 100)
    taking = engine(TEXTS[1::2])
    batches = Batching().split(narrow, random_cuts(rng, 60))
    batches += Batching(scales={"A": Scale(6, 1)}).split(finer, random_cuts(rng, 60))
    added = rng.randrange(1, len(batches))
    for batch in batches[:added]:
        taking.take(batch)
    for text in TEXTS[::2]:
        taking.add_series(parse_series(text))
    for batch in batches[added:]:
        taking.take(batch)
    ticks = [replace(tick, price=tick.price * 100, size=tick.size * 10) for tick in narrow] + finer
    assert_exact(values(taking, TEXTS), slow.trades(ticks, Scale(6, 1)))


def test_a_session_begins_its_own_high_and_outside_hours_there_is_none() -> None:
    morning = EVENING + 63_030 * SECOND  # 09:30 and more of the next day
    prices = [(EVENING, 30), (EVENING + 60 * SECOND, 99), (morning, 20), (morning + 1, 25), (morning + 2, 10)]
    ticks = [Clean(at, price * 10_000, 0) for at, price in prices]
    found = computed(ticks, ["high(session)", "low(session)", "high(9 ticks)"], (), US)
    assert str(found["high(session)"].tolist()) == "[30.0, nan, 20.0, 25.0, 25.0]"
    assert str(found["low(session)"].tolist()) == "[30.0, nan, 20.0, 20.0, 10.0]"
    assert found["high(9 ticks)"].tolist() == [30.0, 99.0, 99.0, 99.0, 99.0]


def test_a_window_leaves_out_its_oldest_end_and_equal_times_see_those_up_to_themselves() -> None:
    at = [(0, 50), (SECOND, 40), (SECOND, 60), (60 * SECOND, 10), (61 * SECOND, 20)]
    ticks = [Clean(ts_ns, price * 10_000) for ts_ns, price in at]
    found = computed(ticks, ["high(60s)", "low(60s)"])
    assert found["high(60s)"].tolist() == [50, 50, 60, 60, 20]
    assert found["low(60s)"].tolist() == [50, 40, 40, 10, 10]


# The kernel, over windows of any length


def starts(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return the first row of each of some windows: short, long, or about where one way gives to the other."""
    kind = rng.integers(4)
    if kind == 0:
        back = rng.integers(0, rng.choice((2, 20, 3 * SHORT)), count)
    elif kind == 1:
        back = np.abs(np.cumsum(rng.integers(-9, 10, count))) + rng.choice((0, SHORT // 2, SHORT))
    elif kind == 2:
        back = np.where(np.arange(count) // rng.integers(1, 900) % 2, 3, 5 * SHORT)
    else:
        back = np.full(count, rng.choice((0, 1, SHORT - 2, SHORT - 1, SHORT, 9 * SHORT)))
    return np.maximum.accumulate(np.maximum(np.arange(count) - back, 0))


@settings(max_examples=60, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.booleans())
def test_windows_of_any_length_are_looked_through_wherever_calls_end(seed: int, highest: bool) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.choice((3, 700, 1_500)))
    price, first = rng.integers(-50, 50, count) * 2**40, starts(rng, count)
    most = int(rng.choice((1, 9, 300, count)))
    found: list[int] = []
    carry = first_carry(highest=highest)
    while (at := len(found)) < count:
        stop = min(count, at + int(rng.integers(1, most + 1)))
        part, carry = extremes(price[:stop], first[at:stop], at, stop, carry)
        found += part.tolist()
    extreme = max if highest else min
    listed = price.tolist()
    assert found == [extreme(listed[low : row + 1]) for row, low in enumerate(first.tolist())]


@settings(max_examples=20, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_windows_that_all_begin_at_one_row_may_be_told_by_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    price = rng.integers(-50, 50, 900)
    begin, at = int(rng.integers(0, 300)), 0
    carry = first_carry(highest=True)
    for stop in (begin, 450, 451, 900):
        if stop > at:
            first: np.ndarray | int = begin if at >= begin else np.arange(at, stop)
            found, carry = extremes(price, first, at, stop, carry)
            listed = [int(price[begin if at >= begin else row : row + 1].max()) for row in range(at, stop)]
            assert found.tolist() == listed
        at = stop


@pytest.mark.parametrize("highest", [True, False])
def test_a_carry_follows_wider_scales(highest: bool) -> None:
    price = np.random.default_rng(2).integers(1, 99, 2_000)
    first = np.maximum(np.arange(2_000) - 700, 0)
    carry = first_carry(highest=highest)
    _, carry = extremes(price, first[:1_200], 0, 1_200, carry)
    wide, _ = extremes(price * 1_000, first[1_200:], 1_200, 2_000, carry.scaled(1_000))
    whole, _ = extremes(price, first, 0, 2_000, first_carry(highest=highest))
    assert wide.tolist() == (whole[1_200:] * 1_000).tolist()
