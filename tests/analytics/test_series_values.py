"""Series against exact fractions, and the same to the bit wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, NSE, NSE_DERIVATIVES, US, Calendar
from analytics.engine import Engine
from analytics.events import EventKind
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk

WINDOWS = ("session", "7s", "60s", "1 tick", "50 ticks")
CALENDARS = {"always": ALWAYS, "nse": NSE_DERIVATIVES, "us": US}
AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler
HOLDS = 1e-12
SIGMA_HOLDS = 1e-9


def family(windows: Sequence[str] = WINDOWS) -> list[str]:
    names = [f"{name}({window})" for name in ("vwap", "sigma") for window in windows]
    return names + [f"{name}({window}, 2)" for name in ("vwap_upper", "vwap_lower") for window in windows]


def instruments(calendar: Calendar) -> InstrumentTable:
    return InstrumentTable([Instrument(symbol, Kind.UNKNOWN, calendar) for symbol in "ABC"])


def computed(
    ticks: Sequence[Clean],
    texts: Sequence[str],
    cuts: Sequence[int] = (),
    *,
    scale: Scale = Scale(),  # noqa: B008  frozen
    calendar: Calendar = ALWAYS,
) -> dict[str, np.ndarray]:
    """Return the values of some series for symbol A by text as given."""
    specs = {text: parse_series(text) for text in texts}
    engine = Engine(instruments(calendar), specs.values())
    for batch in Batching(scales={"A": scale}).split(ticks, cuts):
        engine.take(batch)
    view = engine.view("A")
    assert view is not None
    return {text: view.values(spec.text, 0, view.count) for text, spec in specs.items()}


def assert_family_is_exact(
    ticks: Sequence[Clean],
    windows: Sequence[str],
    found: dict[str, np.ndarray],
    *,
    scale: Scale = Scale(),  # noqa: B008
    calendar: str = "always",
) -> None:
    tape = slow.trades(ticks, scale, calendar)
    for window in windows:
        for at in range(len(tape)):
            exact = slow.mean_and_variance(slow.window(tape, at, window))
            values = [
                found[f"vwap({window})"][at],
                found[f"sigma({window})"][at],
                found[f"vwap_upper({window}, 2)"][at],
                found[f"vwap_lower({window}, 2)"][at],
            ]
            if exact is None:
                assert np.isnan(values).all(), (window, at)
                continue
            mean, sigma = exact[0], slow.root(exact[1])
            assert not np.isnan(values).any(), (window, at)
            assert abs(Fraction(values[0]) - mean) <= HOLDS * mean, (window, at)
            assert abs(Decimal(values[1]) - sigma) <= Decimal(SIGMA_HOLDS) * sigma, (window, at)
            upper, lower = Fraction(mean + 2 * Fraction(sigma)), Fraction(mean - 2 * Fraction(sigma))
            assert abs(Fraction(values[2]) - upper) <= HOLDS * mean + SIGMA_HOLDS * Fraction(sigma)
            assert abs(Fraction(values[3]) - lower) <= HOLDS * mean + SIGMA_HOLDS * Fraction(sigma)


def bits(values: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {text: np.ascontiguousarray(column).tobytes() for text, column in values.items()}


def at(zone: str, text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp()) * 10**9


OPENINGS = {
    "always": (1_757_908_800 * 10**9, at("UTC", "2024-12-31T23:59:30"), 0),
    "nse": (
        at("Asia/Kolkata", "2025-09-15T08:59:40"),
        at("Asia/Kolkata", "2025-09-15T15:29:30"),
        at("Asia/Kolkata", "2026-08-02T15:29:40"),
        at("Asia/Kolkata", "2026-08-03T15:39:40"),
    ),
    "us": (
        at("America/New_York", "2025-03-07T15:59:40"),
        at("America/New_York", "2025-03-10T09:29:40"),  # the first trading day of summer time
        at("America/New_York", "2025-11-03T09:29:40"),  # the first of winter time
    ),
}


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(sorted(CALENDARS)), st.sampled_from([0, 2, 4]))
def test_the_vwap_family_is_exact_over_every_window(seed: int, calendar: str, size_scale: int) -> None:
    rng = random.Random(seed)
    start_ns = rng.choice(OPENINGS[calendar])
    ticks = walk(rng, 90, start_ns=start_ns, step_ns=rng.choice((10**6, 10**9, 3 * 10**9)))
    scale = Scale(4, size_scale)
    found = computed(ticks, family(), random_cuts(rng, 90), scale=scale, calendar=CALENDARS[calendar])
    assert_family_is_exact(ticks, WINDOWS, found, scale=scale, calendar=calendar)


@settings(max_examples=15, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from(sorted(CALENDARS)))
def test_series_are_the_same_to_the_bit_wherever_batches_end(seed: int, calendar: str) -> None:
    rng = random.Random(seed)
    count = rng.choice((5, 300, 3_000))
    ticks = walk(rng, count, start_ns=rng.choice(OPENINGS[calendar]), step_ns=rng.choice((10**6, 10**9)))
    texts = [*family(), "ema(1)", "ema(2)", "ema(9)", "ema(200)", "ema(2500)", "price", "size"]
    whole = computed(ticks, texts, calendar=CALENDARS[calendar])
    in_parts = computed(ticks, texts, random_cuts(rng, count), calendar=CALENDARS[calendar])
    assert bits(in_parts) == bits(whole)


def test_windows_leave_out_their_oldest_end_and_equal_times_see_those_up_to_themselves() -> None:
    second = 10**9
    ticks = [Clean(0, 10_0000), Clean(second, 20_0000), Clean(second, 30_0000), Clean(60 * second, 40_0000)]
    found = computed([*ticks, Clean(61 * second, 50_0000)], ["vwap(60s)"])["vwap(60s)"]
    assert found.tolist() == [10.0, 15.0, 20.0, 30.0, 45.0]


def test_a_tick_whose_time_runs_back_is_taken_at_the_newest_time() -> None:
    second = 10**9
    ticks = [Clean(0, 10_0000), Clean(70 * second, 20_0000), Clean(10 * second, 30_0000)]
    assert computed(ticks, ["vwap(60s)"])["vwap(60s)"].tolist() == [10.0, 20.0, 25.0]


def test_zero_sizes_count_as_ticks_and_add_no_volume() -> None:
    ticks = [Clean(0, 10_0000, 0), Clean(1, 20_0000, 5), Clean(2, 30_0000, 0), Clean(3, 40_0000, 0)]
    found = computed(ticks, ["vwap(2 ticks)", "vwap(session)", "sigma(session)"])
    assert str(found["vwap(2 ticks)"].tolist()) == "[nan, 20.0, 20.0, nan]"
    assert str(found["vwap(session)"].tolist()) == "[nan, 20.0, 20.0, 20.0]"
    assert str(found["sigma(session)"].tolist()) == "[nan, 0.0, 0.0, 0.0]"


def test_time_and_tick_windows_cross_sessions_and_a_session_starts_anew() -> None:
    evening = at("America/New_York", "2025-09-15T16:00:00")
    ticks = [
        Clean(evening, 10_0000),
        Clean(evening + 10**9, 20_0000),
        Clean(evening + 63_000 * 10**9, 30_0000),
    ]
    texts = ["vwap(session)", "vwap(18h)", "vwap(9 ticks)"]
    found = computed(ticks, texts, calendar=US)
    assert str(found["vwap(session)"].tolist()) == "[10.0, nan, 30.0]"
    assert found["vwap(18h)"].tolist() == [10.0, 15.0, 20.0]
    assert found["vwap(9 ticks)"].tolist() == [10.0, 15.0, 20.0]


def test_the_pre_open_match_and_the_closing_second_belong_to_the_session() -> None:
    zone = "Asia/Kolkata"
    times = [at(zone, f"2025-09-15T{each}") for each in ("08:59:59", "09:07:30", "09:15:00", "15:30:00")]
    ticks = [Clean(ts_ns, price * 10_0000) for ts_ns, price in zip(times, (1, 2, 4, 6), strict=True)]
    ticks += [Clean(times[-1] + 10**9 - 1, 8 * 10_0000), Clean(times[-1] + 10**9, 100 * 10_0000)]
    found = computed(ticks, ["vwap(session)"], calendar=NSE)["vwap(session)"]
    assert str((found / 10).tolist()) == "[nan, 2.0, 3.0, 4.0, 5.0, nan]"


def test_prices_and_sizes_are_the_nearest_floats() -> None:
    ticks = [Clean(at, 2_485_005 + at, 3) for at in range(200)]
    found = computed(ticks, ["price", "size"], scale=Scale(2, 1))
    assert found["price"].tolist() == [float(f"{24850.05 + at / 100:.2f}") for at in range(200)]
    assert set(found["size"].tolist()) == {0.3}


def test_sigma_of_one_price_is_exactly_zero_however_large_the_volume() -> None:
    ticks = [Clean(at, 248_500_001, 10**9) for at in range(50)]
    assert set(computed(ticks, ["sigma(session)"])["sigma(session)"].tolist()) == {0.0}


def test_a_price_far_from_the_first_keeps_sigma_exact() -> None:
    rng = random.Random(7)
    ticks = [Clean(0, 100_0000)] + [Clean(at, 24_850_0000 + rng.randrange(3), 7) for at in range(1, 60)]
    found = computed(ticks, family(("20 ticks",)))
    assert_family_is_exact(ticks, ("20 ticks",), found)


@settings(max_examples=20, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_series_stay_exact_as_scales_widen(seed: int) -> None:
    rng = random.Random(seed)
    narrow = walk(rng, 50, start_ns=OPENINGS["always"][0], step_ns=10**9)
    finer = walk(rng, 50, start_ns=narrow[-1].ts_ns, step_ns=10**9, price=narrow[-1].price * 1_000)
    texts = [*family(), "ema(1)", "ema(7)", "ema(40)"]
    specs = {text: parse_series(text) for text in texts}
    engine = Engine(instruments(ALWAYS), specs.values())
    batches = Batching(scales={"A": Scale(2, 0)}).split(narrow, random_cuts(rng, 50))
    batches += Batching(scales={"A": Scale(5, 1)}).split(finer, random_cuts(rng, 50))
    for batch in batches:
        engine.take(batch)
    view = engine.view("A")
    assert view is not None
    ticks = [replace(tick, price=tick.price * 1_000, size=tick.size * 10) for tick in narrow] + finer
    found = {text: view.values(spec.text, 0, 100) for text, spec in specs.items()}
    assert_family_is_exact(ticks, WINDOWS, found, scale=Scale(5, 1))
    prices = [each.price for each in slow.trades(ticks, Scale(5, 1))]
    for length in (1, 7, 40):
        assert_ema_is_exact(found[f"ema({length})"], prices, length)


# The exact range


@pytest.mark.parametrize(
    ("text", "d", "sizes"),
    [
        ("sigma(60s)", 2**30, [1, 2**49, 2**50, 1]),  # the third d² times size passes 2**110
        ("vwap_upper(9 ticks, 2)", 2**30, [1, 2**49, 2**50, 1]),
        ("vwap(session)", 2**52, [1, 2**49, 2**58, 1]),  # as d times size does here
        ("volume(60s)", 2**52, [1, 2**49, 2**62, 1]),
    ],
)
def test_past_what_is_held_there_is_no_value_and_it_is_told_once(text: str, d: int, sizes: list[int]) -> None:
    ticks = [Clean(at, 10**6 + d * (at > 0), size) for at, size in enumerate(sizes)]
    for cuts in ([], [1, 2, 3]):
        engine = Engine(InstrumentTable(), [parse_series(text)])
        for batch in Batching().split(ticks, cuts):
            engine.take(batch)
        view = engine.view("A")
        assert view is not None
        values = view.values(parse_series(text).text, 0, 4)
        assert np.isfinite(values).tolist() == [True, True, False, False]
        (event,) = engine.events.since(0)[0]
        assert (event.kind, event.row, event.symbol) == (EventKind.OUT_OF_RANGE, 2, "A")


@pytest.mark.parametrize(("scale", "held"), [(Scale(4, 1), True), (Scale(4, 4), False), (Scale(6, 0), False)])
def test_what_is_held_follows_scales_that_widen(scale: Scale, held: bool) -> None:
    by_price, by_size = 10 ** (scale.price - 4), 10**scale.size
    engine = Engine(InstrumentTable(), [parse_series("sigma(session)")])
    wide = [Clean(0, 10**6), Clean(1, 10**6 + 2**30, 2**40)]
    engine.take(Batching().batch(wide))
    engine.take(Batching(scales={"A": scale}).batch([Clean(2, 10**6 * by_price, by_size)], 2))
    view = engine.view("A")
    assert view is not None
    assert np.isfinite(view.values("sigma(session)", 0, 3)).tolist() == [True, True, held]


@settings(max_examples=25, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_a_vwap_is_exact_where_only_the_squares_are_past_what_is_held(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.randrange(1, 2**40) for _ in range(40)]
    prices = [2**44] + [2**44 + rng.randrange(-(2**43), 2**43) for _ in range(39)]
    ticks = [Clean(at, price, size) for at, (price, size) in enumerate(zip(prices, sizes, strict=True))]
    found = computed(ticks, ("vwap(session)", "vwap(7 ticks)", "volume(session)"), random_cuts(rng, 40))
    for text, first in (("vwap(session)", lambda at: 0), ("vwap(7 ticks)", lambda at: max(0, at - 6))):
        for at, value in enumerate(found[text].tolist()):
            seen = slice(first(at), at + 1)
            traded = sum(p * v for p, v in zip(prices[seen], sizes[seen], strict=True))
            exact = Fraction(traded, sum(sizes[seen]) * 10**4)
            assert abs(Fraction(value) - exact) <= Fraction(1, 10**15) * exact
    assert found["volume(session)"].tolist() == [float(sum(sizes[: at + 1])) for at in range(40)]


@settings(max_examples=25, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_sums_past_64_bits_stay_exact_in_two_limbs(seed: int) -> None:
    rng = random.Random(seed)
    largest, spread = 2 ** rng.randrange(10, 41), 2 ** rng.randrange(0, 32)  # below 2**110 in all
    first = 2**32 + rng.choice((0, spread // 2, spread))
    ticks = [Clean(0, first, 0)]
    ticks += [Clean(at * 10**8, 2**32 + rng.randrange(spread), rng.randrange(largest)) for at in range(1, 60)]
    windows = ("session", "10 ticks", "2s")
    found = computed(ticks, family(windows), random_cuts(rng, 60))
    assert bits(found) == bits(computed(ticks, family(windows)))
    assert_family_is_exact(ticks, windows, found)


def test_an_unknown_symbol_that_moves_far_at_four_decimals_keeps_its_bands() -> None:
    rng = random.Random(5)
    ticks = [
        Clean(at * 10**9, 248_500_000 + 3_000_000 * at // 80 + rng.randrange(9_000), 150_000)
        for at in range(80)
    ]
    ticks.insert(0, Clean(0, 10_000, 1))  # a first print of 1.0000, far from all the others
    assert_family_is_exact(ticks, WINDOWS, computed(ticks, family()))


# The exponential mean


def assert_ema_is_exact(found: np.ndarray, prices: Sequence[Fraction], length: int) -> None:
    for value, exact in zip(found.tolist(), slow.ema(prices, length), strict=True):
        assert np.isnan(value) if exact is None else abs(Decimal(value) - exact) <= Decimal(HOLDS) * exact


@pytest.mark.parametrize("length", [1, 2, 3, 14, 100, 1_000])
def test_the_ema_follows_its_recursion_from_the_mean_of_the_first(length: int) -> None:
    rng = random.Random(length)
    ticks = walk(rng, 2_600, start_ns=0, step_ns=10**6, price=248_500_000)
    found = computed(ticks, [f"ema({length})"], random_cuts(rng, 2_600))[f"ema({length})"]
    assert_ema_is_exact(found, [each.price for each in slow.trades(ticks, Scale())], length)


def test_an_ema_longer_than_the_day_has_no_value() -> None:
    ticks = walk(random.Random(3), 500, start_ns=0, step_ns=10**6)
    assert np.isnan(computed(ticks, ["ema(501)"], [7, 200])["ema(501)"]).all()
    assert np.isnan(computed(ticks, ["ema(500)"], [7, 200])["ema(500)"]).tolist() == [True] * 499 + [False]
