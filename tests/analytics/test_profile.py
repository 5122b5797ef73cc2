"""Volume profiles against a walk made anew at each tick, and the same wherever batches end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, US, Calendar
from analytics.errors import ConfigError
from analytics.kernels.profile import Profile, bucket_of, bucket_volumes, value_area, volume_profile
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import bits, computed, engine, values

SECOND = 10**9
EVENING = 1_757_966_370 * SECOND  # 2025-09-15, half a minute before 16:00 in New York
FROM_TICK = 20
WINDOWS = ("session", "7s", "60s", "1 ticks", "30 ticks", f"from tick {FROM_TICK}")
STEPS = ("0.0001", "0.05", "0.0015")
NAMES = ("poc", "value_area_low", "value_area_high")
COARSE = ("0.01", "0.5", "0.015")


def texts(steps: Sequence[str] = STEPS) -> list[str]:
    return [f"{name}({window}, {step})" for name in NAMES for window in WINDOWS for step in steps]


AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)


def area_of(volumes: Mapping[int, Fraction | int]) -> tuple[int, int, int] | None:
    """Return point of control, area's low and area's high, as the catalogue words them."""
    held = Counter({bucket: volume for bucket, volume in volumes.items() if volume})
    if not held:
        return None
    bottom, top = min(held), max(held)
    middle = Fraction(bottom + top, 2)
    most = max(held.values())
    control = min((abs(each - middle), each) for each in held if held[each] == most)[1]
    low = high = control
    inside = most
    while inside < Fraction(7, 10) * sum(held.values()):
        above = held[high + 1] + held[high + 2] if high < top else -1
        below = held[low - 1] + held[low - 2] if low > bottom else -1
        if above >= below:
            inside, high = inside + above, min(high + 2, top)
        else:
            inside, low = inside + below, max(low - 2, bottom)
    return control, low, high


def buckets(trades: Sequence[slow.Trade], step: Fraction) -> list[tuple[int, Fraction]]:
    return [(floor(each.price / step), each.size) for each in trades]


def summed(trades: Sequence[tuple[int, Fraction]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for bucket, size in trades:
        found[bucket] += size
    return found


def assert_exact(
    found: dict[str, np.ndarray], tape: Sequence[slow.Trade], steps: Sequence[str] = STEPS
) -> None:
    for step in steps:
        trades = buckets(tape, Fraction(step))
        for window in WINDOWS:
            for at in range(len(tape)):
                first = at + 1 - len(slow.window(tape, at, window)) if "from" not in window else FROM_TICK
                area = area_of(summed(trades[first : at + 1]))
                shown = [found[f"{name}({window}, {step})"][at] for name in NAMES]
                if area is None:
                    assert np.isnan(shown).all(), (window, step, at)
                else:
                    assert shown == [float(each * Fraction(step)) for each in area], (window, step, at)


@settings(max_examples=4, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(["always", "us"]))
def test_profiles_are_exact_over_every_window(seed: int, calendar: str) -> None:
    rng = random.Random(seed)
    ticks = walk(rng, 40, start_ns=EVENING, step_ns=rng.choice((10**6, SECOND, 3 * SECOND)))
    found = computed(ticks, texts(), random_cuts(rng, 40), {"always": ALWAYS, "us": US}[calendar])
    assert_exact(found, slow.trades(ticks, Scale(), calendar))


@settings(max_examples=6, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([ALWAYS, US]))
def test_profiles_are_the_same_to_the_bit_wherever_batches_end(seed: int, calendar: Calendar) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300))
    ticks = walk(rng, count, start_ns=EVENING, step_ns=rng.choice((10**6, SECOND)))
    in_parts = computed(ticks, texts(), random_cuts(rng, count), calendar)
    assert bits(in_parts) == bits(computed(ticks, texts(), calendar=calendar))


@settings(max_examples=4, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_profiles_stay_exact_as_scales_widen_and_for_a_series_added_late(seed: int) -> None:
    rng = random.Random(seed)
    narrow = walk(rng, 30, start_ns=EVENING, step_ns=SECOND, price=10_000)
    finer = walk(rng, 30, start_ns=narrow[-1].ts_ns, step_ns=SECOND, price=narrow[-1].price * 1_000)
    kept = texts(COARSE)
    taking = engine(kept[1::2])
    batches = Batching(scales={"A": Scale(2, 0)}).split(narrow, random_cuts(rng, 30))
    batches += Batching(scales={"A": Scale(5, 2)}).split(finer, random_cuts(rng, 30))
    added = rng.randrange(1, len(batches))
    for batch in batches[:added]:
        taking.take(batch)
    for text in kept[::2]:
        taking.add_series(parse_series(text))
    for batch in batches[added:]:
        taking.take(batch)
    ticks = [replace(tick, price=tick.price * 1_000, size=tick.size * 100) for tick in narrow] + finer
    assert_exact(values(taking, kept), slow.trades(ticks, Scale(5, 2)), COARSE)


def shown(profile: Mapping[int, int]) -> tuple[float, ...]:
    """Return point of control, area's low and high of a session that traded these volumes at whole prices."""
    ticks = [Clean(at, price * 10_000, volume) for at, (price, volume) in enumerate(profile.items())]
    found = computed(ticks, [f"{name}(session, 1)" for name in NAMES])
    return tuple(column[-1] for column in found.values())


def test_the_area_takes_the_two_buckets_that_hold_more_until_70_percent_are_inside() -> None:
    # from 15: 4 + 9 above are more than 5 + 2 below, and make 28 of 40; of 41, 5 + 2 below are taken too
    assert shown({12: 2, 13: 2, 14: 5, 15: 15, 16: 4, 17: 9, 18: 1, 19: 2}) == (15, 15, 17)
    assert shown({12: 2, 13: 2, 14: 5, 15: 15, 16: 4, 17: 9, 18: 1, 19: 3}) == (15, 13, 17)


def test_equal_pairs_are_taken_upwards_and_no_further_than_the_range() -> None:
    assert shown({9: 1, 10: 2, 11: 5, 12: 2, 13: 1}) == (11, 11, 13)
    assert shown({9: 1, 10: 2, 11: 4, 12: 3}) == (11, 11, 12)


def test_of_equal_buckets_the_middle_one_is_the_point_of_control_then_the_lower() -> None:
    assert shown({10: 5, 14: 5, 20: 1})[0] == 14
    assert shown({10: 5, 14: 5, 18: 5, 20: 1})[0] == 14
    assert shown({10: 5, 20: 5})[0] == 10


def test_a_bucket_is_told_by_its_lower_end_also_below_zero() -> None:
    ticks = [Clean(0, 10_4999, 1), Clean(1, -1, 5), Clean(2, -5000, 9)]
    assert computed(ticks, ["poc(session, 0.5)"])["poc(session, 0.5)"].tolist() == [10.0, -0.5, -0.5]


def test_zero_sizes_make_no_profile_and_leave_one_as_it_is() -> None:
    ticks = [Clean(0, 50_000, 0), Clean(1, 60_000, 3), Clean(2, 90_000, 0)]
    found = computed(ticks, ["poc(session, 1)", "value_area_high(session, 1)"])
    assert [str(column.tolist()) for column in found.values()] == ["[nan, 6.0, 6.0]"] * 2


def test_prices_far_apart_cost_no_walk_over_the_empty_buckets_between() -> None:
    far = 10**15
    ticks = [Clean(at, 10_000 + (at % 2) * far + at, 1 + at % 3) for at in range(300)]
    found = computed(ticks, [f"{name}(40 ticks, 0.0001)" for name in NAMES], [100])
    for at in (299, 298, 200, 100):
        last = ticks[max(0, at - 39) : at + 1]
        area = area_of_far({each.price: each.size for each in last})
        assert [column[at] for column in found.values()] == [each / 10_000 for each in area]


def area_of_far(volumes: Mapping[int, int]) -> tuple[int, int, int]:
    """Return the area of two distant groups of prices, by bringing them nearer together.

    What lies between them is empty and stays an even number of buckets wide, more than a pair.
    """
    split = 10**14
    near = {price if price < split else price - 10**15 + 2_000: volume for price, volume in volumes.items()}
    area = area_of(near)
    assert area is not None
    control, low, high = (each if each < 12_000 else each + 10**15 - 2_000 for each in area)
    return control, low, high


# A profile that moves


@settings(max_examples=100, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_an_area_that_is_carried_along_is_the_one_walked_anew(seed: int) -> None:
    rng = random.Random(seed)
    profile, held, window = Profile(), Counter[int](), []
    most, spread = rng.choice((1, 3, 10, 40, 200)), rng.choice((0, 2, 8, 30, 200))
    largest, bucket = rng.choice((1, 2, 10, 1_000)), rng.randrange(-5, 100)
    for _ in range(rng.choice((30, 120))):
        jump = 5 * spread if rng.random() < 0.02 else 0
        bucket += rng.choice((0, 0, 1, -1, rng.randint(-spread, spread), rng.randint(-jump, jump)))
        window.append((bucket, rng.randint(0, largest)))
        if rng.random() < 0.02:
            profile.rescale(10)
            held = Counter({each: volume * 10 for each, volume in held.items()})
            window = [(each, volume * 10) for each, volume in window]
        profile.add(*window[-1])
        held[bucket] += window[-1][1]
        while len(window) > most:
            gone, volume = window.pop(0)
            profile.add(gone, -volume)
            held[gone] -= volume
        if rng.random() < 0.8:
            assert profile.area() == area_of(held)


# Any rows at once


@pytest.mark.parametrize("step", ["0.0001", "0.05", "2.5"])
def test_a_profile_of_any_rows_is_what_the_series_show_at_its_last_tick(step: str) -> None:
    ticks = walk(random.Random(4), 400, start_ns=0, step_ns=10**6)
    taking = engine([f"{name}(150 ticks, {step})" for name in NAMES])
    taking.take(Batching(scales={"A": Scale(4, 2)}).batch(ticks))
    view = taking.view("A")
    assert view is not None
    area = value_area(view, 220, 370, Fraction(step))
    series = values(taking, [f"{name}(150 ticks, {step})" for name in NAMES])
    assert area == tuple(column[369] for column in series.values())
    prices, volumes = volume_profile(view, 220, 370, Fraction(step))
    exact = summed(buckets(slow.trades(ticks, Scale(4, 2))[220:370], Fraction(step)))
    wanted = [(float(each * Fraction(step)), float(exact[each])) for each in sorted(exact) if exact[each]]
    assert list(zip(prices.tolist(), volumes.tolist(), strict=True)) == wanted


def test_rows_without_volume_have_no_area() -> None:
    taking = engine([])
    taking.take(Batching().batch([Clean(0, 10, 0)]))
    view = taking.view("A")
    assert view is not None
    assert value_area(view, 0, 1, Fraction(1)) is None
    assert value_area(view, 1, 1, Fraction(1)) is None
    assert [len(each) for each in volume_profile(view, 0, 1, Fraction(1))] == [0, 0]


@settings(max_examples=40)
@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8),
    st.integers(0, 8),
    st.integers(1, 10**9 - 1),
    st.integers(0, 8),
)
def test_a_bucket_is_the_floor_of_price_by_step(prices: list[int], scale: int, n: int, decimals: int) -> None:
    step = Fraction(n, 10**decimals)
    found = bucket_of(np.array(prices), scale, step)
    assert found.tolist() == [floor(Fraction(price, 10**scale) / step) for price in prices]


@pytest.mark.parametrize("spread", [50, 10**15])
def test_volumes_are_summed_exactly_however_wide_the_range(spread: int) -> None:
    rng = np.random.default_rng(6)
    numbers = rng.integers(-spread, spread, 500)
    size = rng.integers(0, 2, 500) * (2**53 + 1)
    exact: Counter[int] = Counter()
    for bucket, volume in zip(numbers.tolist(), size.tolist(), strict=True):
        exact[bucket] += volume
    wanted = [(each, exact[each]) for each in sorted(exact) if exact[each]]
    assert list(zip(*(each.tolist() for each in bucket_volumes(numbers, size)), strict=True)) == wanted


# How a step is written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("poc(session,0.05)", "poc(session, 0.05)"),
        ("poc(60s, 1)", "poc(60s, 1)"),
        ("value_area_high(9 ticks, 2.50)", "value_area_high(9 ticks, 2.5)"),
        ("value_area_low(60s, 0.00000001)", "value_area_low(60s, 1e-08)"),
        ("poc(60s, 0.00001234)", "poc(60s, 1.234e-05)"),
        ("poc(60s, 123456.789)", "poc(60s, 123456.789)"),
        ("poc(60s, 999999999)", "poc(60s, 999999999)"),
    ],
)
def test_a_step_is_read_as_written(text: str, shown: str) -> None:
    spec = parse_series(text)
    assert spec.text == shown
    assert parse_series(shown) == spec


@pytest.mark.parametrize(
    "step", ["0", "-1", "nan", "inf", "1e3", "1 tick", "0.000000001", "1234567890", "12345.67891", "1_0"]
)
def test_what_is_no_step_is_refused_with_the_text(step: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_series(f"poc(session, {step})")
    assert "expected a step above 0" in str(refused.value)
    assert repr(step) in str(refused.value)
