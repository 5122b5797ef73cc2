"""Volume, rates and signed volume against plain fractions, and the same to the bit wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, US, Calendar
from analytics.kernels.flow import SignedSums, tick_signs
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import bits, computed, engine, values

SECOND = 10**9
EVENING = 1_757_966_370 * SECOND  # 2025-09-15, half a minute before 16:00 in New York
WINDOWS = ("session", "7s", "60s", "1 ticks", "20 ticks", "from tick 20")
TEXTS = [f"{name}({window})" for name in ("volume", "volume_rate", "rate", "delta") for window in WINDOWS]
TEXTS.append("signed_size")
AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
ROUNDED = Fraction(1, 10**15)


def signed_sizes(tape: Sequence[slow.Trade]) -> list[Fraction]:
    found, sign = [], 0
    for at, trade in enumerate(tape):
        if at and trade.price != tape[at - 1].price:
            sign = 1 if trade.price > tape[at - 1].price else -1
        found.append(sign * trade.size)
    return found


def window_start(tape: Sequence[slow.Trade], at: int, window: str) -> int | None:
    """Return the first row of the window of a row, None where it has no value."""
    if window.startswith("from tick "):
        first = int(window.removeprefix("from tick "))
        return first if first <= at else None
    seen = slow.window(tape, at, window)
    return at + 1 - len(seen) if seen else None


def expected(tape: Sequence[slow.Trade], signed: Sequence[Fraction], at: int, text: str) -> Fraction | None:
    if text == "signed_size":
        return signed[at]
    name, window = text.removesuffix(")").split("(")
    first = window_start(tape, at, window)
    if first is None:
        return None
    if name == "delta":
        return sum(signed[first : at + 1], Fraction())
    number = Fraction(at + 1 - first)
    if "volume" in name:
        number = sum((each.size for each in tape[first : at + 1]), Fraction())
    if name == "volume":
        return number
    length_ns = tape[at].time_ns - tape[first].time_ns
    if window.endswith("s") and window[:-1].isdigit():
        length_ns = int(window[:-1]) * SECOND
    return number / Fraction(length_ns, SECOND) if length_ns else None


def assert_exact(found: dict[str, np.ndarray], tape: Sequence[slow.Trade]) -> None:
    signed = signed_sizes(tape)
    for text, column in found.items():
        assert len(column) == len(tape)
        for at, value in enumerate(column.tolist()):
            exact = expected(tape, signed, at, text)
            if exact is None:
                assert np.isnan(value), (text, at)
            elif "rate" in text:
                assert abs(Fraction(value) - exact) <= ROUNDED * exact, (text, at)
            else:
                assert value == float(exact), (text, at)


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(["always", "us"]))
def test_flow_is_exact_over_every_window(seed: int, calendar: str) -> None:
    rng = random.Random(seed)
    ticks = walk(rng, 50, start_ns=EVENING, step_ns=rng.choice((10**6, SECOND, 3 * SECOND)))
    found = computed(ticks, TEXTS, random_cuts(rng, 50), {"always": ALWAYS, "us": US}[calendar])
    assert_exact(found, slow.trades(ticks, Scale(), calendar))


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([ALWAYS, US]))
def test_flow_is_the_same_to_the_bit_wherever_batches_end(seed: int, calendar: Calendar) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300, 2_000))
    ticks = walk(rng, count, start_ns=EVENING, step_ns=rng.choice((10**6, SECOND)))
    in_parts = computed(ticks, TEXTS, random_cuts(rng, count), calendar)
    assert bits(in_parts) == bits(computed(ticks, TEXTS, calendar=calendar))


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_flow_stays_exact_as_scales_widen_and_for_a_series_added_late(seed: int) -> None:
    rng = random.Random(seed)
    narrow = walk(rng, 25, start_ns=EVENING, step_ns=SECOND)
    finer = walk(rng, 25, start_ns=narrow[-1].ts_ns, step_ns=SECOND, price=narrow[-1].price * 10)
    late = TEXTS[::2]
    taking = engine(TEXTS[1::2])
    batches = Batching().split(narrow, random_cuts(rng, 25))
    batches += Batching(scales={"A": Scale(5, 2)}).split(finer, random_cuts(rng, 25))
    added = rng.randrange(1, len(batches))
    for batch in batches[:added]:
        taking.take(batch)
    for text in late:
        taking.add_series(parse_series(text))
    for batch in batches[added:]:
        taking.take(batch)
    ticks = [replace(tick, price=tick.price * 10, size=tick.size * 100) for tick in narrow] + finer
    assert_exact(values(taking, TEXTS), slow.trades(ticks, Scale(5, 2)))


def test_a_time_window_counts_by_its_whole_length_and_others_by_the_time_since_their_first_tick() -> None:
    ticks = [Clean(0, 10, 6), Clean(0, 10, 2), Clean(2 * SECOND, 10, 4), Clean(4 * SECOND, 10, 0)]
    texts = ["rate(4s)", "rate(session)", "rate(2 ticks)", "volume_rate(4s)", "volume_rate(session)"]
    found = {text: column.tolist() for text, column in computed(ticks, texts).items()}
    assert found["rate(4s)"] == [0.25, 0.5, 0.75, 0.5]
    assert str(found["rate(session)"]) == "[nan, nan, 1.5, 1.0]"
    assert str(found["rate(2 ticks)"]) == "[nan, nan, 1.0, 1.0]"
    assert found["volume_rate(4s)"] == [1.5, 2.0, 3.0, 1.0]
    assert str(found["volume_rate(session)"]) == "[nan, nan, 6.0, 3.0]"


def test_a_size_is_signed_by_the_last_change_of_price_however_long_ago() -> None:
    prices = [10, 10, 11, 11, 11, 9, 9, 10]
    ticks = [Clean(at, price, at + 1) for at, price in enumerate(prices)]
    ticks.insert(6, Clean(5, 8, 0))  # a tick without size moves the price as well
    found = computed(ticks, ["signed_size", "delta(session)", "delta(2 ticks)"])
    assert found["signed_size"].tolist() == [0, 0, 3, 4, 5, -6, 0, 7, 8]
    assert found["delta(session)"].tolist() == [0, 0, 3, 7, 12, 6, 6, 13, 21]
    assert found["delta(2 ticks)"].tolist() == [0, 0, 3, 7, 9, -1, -6, 7, 15]


def test_a_sign_crosses_sessions_and_a_session_has_its_own_delta() -> None:
    day = 86_400 * SECOND
    ticks = [Clean(0, 10), Clean(1, 11, 5), Clean(day, 11, 7), Clean(day + 1, 10, 2)]
    assert computed(ticks, ["delta(session)"])["delta(session)"].tolist() == [0, 5, 7, 5]


def test_outside_hours_there_is_no_flow_of_a_session() -> None:
    ticks = [Clean(EVENING, 10, 5), Clean(EVENING + 60 * SECOND, 12, 5), Clean(EVENING + 61 * SECOND, 11, 3)]
    texts = ["volume(session)", "delta(session)", "rate(session)", "volume(9 ticks)"]
    found = {text: str(column.tolist()) for text, column in computed(ticks, texts, (), US).items()}
    assert found["volume(session)"] == "[5.0, nan, nan]"
    assert found["delta(session)"] == "[0.0, nan, nan]"
    assert found["rate(session)"] == "[nan, nan, nan]"
    assert found["volume(9 ticks)"] == "[5.0, 10.0, 13.0]"


@pytest.mark.parametrize("cuts", [(), (1, 2, 3)])
def test_past_what_sums_hold_there_is_no_volume_and_still_a_rate(cuts: Sequence[int]) -> None:
    ticks = [Clean(at * SECOND, 10 + at, 2**61) for at in range(4)]
    found = computed(ticks, ["volume(session)", "delta(session)", "rate(2s)"], cuts)
    assert np.isfinite(found["volume(session)"]).tolist() == [True, False, False, False]
    assert np.isfinite(found["delta(session)"]).tolist() == [True, False, False, False]
    assert found["rate(2s)"].tolist() == [0.5, 1.0, 1.0, 1.0]


@settings(max_examples=60)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(-3, 3), st.sampled_from([-1, 0, 1]))
def test_signs_follow_one_another_through_any_carry(prices: list[int], before: int, sign: int) -> None:
    wanted, last, now = [], before, sign
    for price in prices:
        now = now if price == last else (1 if price > last else -1)
        wanted.append(now)
        last = price
    assert tick_signs(np.array(prices), before, sign).tolist() == wanted


def test_running_sums_keep_what_was_there_as_they_grow() -> None:
    rng = np.random.default_rng(5)
    price, size = rng.integers(1, 9, 9_000), rng.integers(0, 2**40, 9_000)
    sums, at = SignedSums(), 0
    for stop in (1, 1_000, 1_023, 1_024, 1_025, 5_000, 9_000):
        sums.append(price[at:stop], size[at:stop], int(price[max(at - 1, 0)]))
        at = stop
    signed = tick_signs(price, int(price[0]), 0) * size
    assert sums.each(0, 9_000).tolist() == signed.tolist()
    assert sums.between(-1, 0, 9_000).tolist() == np.cumsum(signed).tolist()
