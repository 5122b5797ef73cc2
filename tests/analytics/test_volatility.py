"""Bands, realised volatility and average true range against exact sums; the same wherever batches end."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.bars import Bars, parse_bar_rule
from analytics.calendar import ALWAYS, NSE, US, Calendar
from analytics.engine import Engine
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.kernels import deviation, squared_returns
from analytics.kernels.volatility import RETURN_UNIT
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import widened

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
SECOND = 10**9
CALENDARS = {"always": ALWAYS, "nse": NSE, "us": US}
OPENINGS = {
    "always": 1_735_689_590 * SECOND,  # ten seconds before a UTC day ends
    "nse": 1_757_906_980 * SECOND,  # 2025-09-15 08:59:40 in India
    "us": 1_741_613_380 * SECOND,  # 2025-03-10 09:29:40 in New York
}


def computed(
    ticks: Sequence[Clean],
    text: str,
    cuts: Sequence[int] = (),
    *,
    scale: Scale = Scale(),  # noqa: B008  frozen
    calendar: Calendar = ALWAYS,
) -> np.ndarray:
    """Return the values of a series for symbol A."""
    spec = parse_series(text)
    engine = Engine(InstrumentTable([Instrument("A", Kind.UNKNOWN, calendar)]), [spec])
    for batch in Batching(scales={"A": scale}).split(ticks, cuts):
        engine.take(batch)
    return engine.views["A"].values(spec.text, 0, len(ticks))


# Bollinger's bands


def assert_band_is_exact(found: np.ndarray, prices: Sequence[int], length: int, by: int, scale: int) -> None:
    for at, value in enumerate(found.tolist()):
        if at < length - 1:
            assert np.isnan(value)
            continue
        seen = prices[at + 1 - length : at + 1]
        mean = Fraction(sum(seen), length)
        sigma = Fraction(slow.root(sum((each - mean) ** 2 for each in seen) / length))
        exact = (mean + by * sigma) / 10**scale
        assert abs(Fraction(value) - exact) <= Fraction(1, 10**15) * (mean + abs(by) * sigma) / 10**scale, at


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 20, 150]))
def test_bands_are_exact_wherever_batches_end(seed: int, length: int) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 30, 300))
    ticks = walk(rng, count, start_ns=0, step_ns=10**6, price=248_500_000)
    prices = [each.price for each in ticks]
    for name, by in (("bollinger_upper", 2), ("bollinger_lower", -3)):
        text = f"{name}({length}, {abs(by)})"
        whole = computed(ticks, text)
        assert_band_is_exact(whole, prices, length, by, 4)
        assert computed(ticks, text, random_cuts(rng, count)).tobytes() == whole.tobytes()


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([2, 20]), st.sampled_from([2**10, 2**26, 2**32, 2**45, 2**52]))
def test_bands_are_exact_however_far_prices_move(seed: int, length: int, spread: int) -> None:
    """The first price is far off, some stretches are calm, others wide: every way of adding is taken."""
    rng = random.Random(seed)
    prices = [1, *(2**52 + rng.randrange(rng.choice((3, 1_000, spread))) for _ in range(120))]
    ticks = [Clean(at, price) for at, price in enumerate(prices)]
    whole = computed(ticks, f"bollinger_upper({length}, 2)", scale=Scale(8, 0))
    assert_band_is_exact(whole, prices, length, 2, 8)
    for _ in range(3):
        cuts = random_cuts(rng, len(ticks))
        in_parts = computed(ticks, f"bollinger_upper({length}, 2)", cuts, scale=Scale(8, 0))
        assert in_parts.tobytes() == whole.tobytes()


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=30), st.integers(-(2**20), 2**20))
def test_a_deviation_is_the_same_from_wherever_it_is_measured(x: list[int], shift: int) -> None:
    found = []
    for kind, origin in ((np.int64, 0), (np.int64, shift), (object, shift)):
        moved = [each - origin for each in x]
        sums, squares = (np.array([total], kind) for total in (sum(moved), sum(each**2 for each in moved)))
        found.append(float(deviation(sums, squares, len(x))[0]))
    assert found[0] == found[1] == found[2]
    exact = slow.root(Fraction(len(x) * sum(each**2 for each in x) - sum(x) ** 2))
    assert abs(Decimal(found[0]) - exact) <= Decimal("3e-16") * exact


def test_bands_of_one_price_meet_in_it() -> None:
    ticks = [Clean(at, 1_234_567) for at in range(300)]
    for name in ("bollinger_upper", "bollinger_lower"):
        assert computed(ticks, f"{name}(20, 2)", [5, 100])[19:].tolist() == [123.4567] * 281


# Realised volatility


def slow_volatility(ticks: Sequence[Clean], text: str, calendar: str) -> list[Decimal | None]:
    tape = slow.trades(ticks, Scale(), calendar, derivative=False)
    with localcontext() as context:
        context.prec = 50
        logs = [(Decimal(each.price.numerator) / Decimal(each.price.denominator)).ln() for each in tape]
        squares = [
            Decimal(0),
            *((after - before) ** 2 for before, after in pairwise(logs)),
        ]
        found: list[Decimal | None] = []
        for at in range(len(tape)):
            count = len(slow.window(tape, at, text))
            inside = squares[at + 2 - count : at + 1]  # a return of two ticks of the window
            found.append(100 * sum(inside, Decimal(0)).sqrt() if count > 1 else None)
    return found


@settings(max_examples=40, phases=AT_ONCE)
@given(
    st.integers(0, 2**32),
    st.sampled_from(["session", "7s", "60s", "1 tick", "2 ticks", "50 ticks"]),
    st.sampled_from(sorted(CALENDARS)),
)
def test_volatility_is_exact_wherever_batches_end(seed: int, window: str, calendar: str) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 2, 90))
    step_ns = rng.choice((10**6, SECOND, 3 * SECOND))
    price = rng.choice((200, 30_000, 248_500_000))  # at 200 steps of 100 are far returns
    ticks = walk(rng, count, start_ns=OPENINGS[calendar], step_ns=step_ns, price=price)
    whole = computed(ticks, f"volatility({window})", calendar=CALENDARS[calendar])
    for value, exact in zip(whole.tolist(), slow_volatility(ticks, window, calendar), strict=True):
        if exact is None:
            assert np.isnan(value)
        else:
            rounded = 10**4 * count * Decimal(RETURN_UNIT)  # each squared return to a whole unit
            assert abs(Decimal(value) ** 2 - exact**2) <= Decimal("1e-14") * exact**2 + rounded
    cuts = random_cuts(rng, count)
    in_parts = computed(ticks, f"volatility({window})", cuts, calendar=CALENDARS[calendar])
    assert in_parts.tobytes() == whole.tobytes()


@pytest.mark.parametrize("window", ["3s", "60s", "session", "9 ticks"])
def test_volatility_of_a_long_stretch_has_no_drift(window: str) -> None:
    rng = random.Random(7)
    ticks = walk(rng, 4_000, start_ns=OPENINGS["nse"], step_ns=SECOND // 4)
    calm = [Clean(ticks[-1].ts_ns + at * SECOND, ticks[-1].price) for at in range(1, 200)]
    found = computed([*ticks, *calm], f"volatility({window})", random_cuts(rng, 4_199), calendar=NSE)
    alone = computed([*ticks, *calm], f"volatility({window})", calendar=NSE)
    assert found.tobytes() == alone.tobytes()
    if window != "session":
        assert set(found[-100:].tolist()) == {0.0}


def test_volatility_has_no_value_while_a_price_in_the_window_is_not_above_0() -> None:
    prices = [-5, 100, 101, 0, 102, 103, 104, 105, -1, 107]
    ticks = [Clean(at * SECOND, price) for at, price in enumerate(prices)]
    for cuts in ([], [1, 4, 5], range(10)):
        found = computed(ticks, "volatility(3 ticks)", cuts)
        assert np.isfinite(found).tolist() == [
            False, False, False, False, False, False, True, True, False, False,
        ]  # fmt: skip
        assert found[6] == pytest.approx(
            100 * math.hypot(math.log(103 / 102), math.log(104 / 103)), rel=1e-12
        )
        assert computed(ticks, "volatility(4s)", cuts)[7] == pytest.approx(
            100 * math.sqrt(sum(math.log((each + 1) / each) ** 2 for each in (102, 103, 104))), rel=1e-12
        )


@given(st.lists(st.integers(1, 2**53 - 1), min_size=2, max_size=30), st.data())
def test_a_squared_return_has_the_same_bits_alone_and_among_others(
    prices: list[int], data: st.DataObject
) -> None:
    near = data.draw(st.lists(st.integers(-20, 20), min_size=len(prices), max_size=len(prices)))
    before = np.array(prices)
    price = np.where(data.draw(st.booleans()), np.maximum(before + near, 1), before[::-1])
    found = squared_returns(price, before)
    for at in range(len(prices)):
        alone = squared_returns(price[at : at + 1], before[at : at + 1])
        assert (alone.high[0], alone.low[0]) == (found.high[at], found.low[at])
        with localcontext() as context:
            context.prec = 60
            exact = (Decimal(int(price[at])) / Decimal(int(before[at]))).ln() ** 2
            value = (Decimal(int(found.high[at])) * 2**40 + int(found.low[at])) * Decimal(RETURN_UNIT)
            assert abs(value - exact) <= Decimal("2e-15") * exact + Decimal(RETURN_UNIT)


# Wilder's average true range


def slow_atr(ticks: Sequence[Clean], length: int, rule: str, calendar: Calendar) -> list[Fraction | None]:
    time_ns = np.maximum.accumulate(np.array([each.ts_ns for each in ticks]))
    price, size = (np.array([getattr(each, name) for each in ticks]) for name in ("price", "size"))
    bars = Bars(parse_bar_rule(rule), calendar, 4, 0)
    bars.extend(time_ns, price, size, calendar.session_of(time_ns))
    found: list[Fraction | None] = []
    ranges: list[int] = []
    mean, close = Fraction(), None
    for first, stop in bars.view.every()[:2].T.tolist():
        found += [mean / 10**4 if len(ranges) >= length else None] * (stop - first)
        prices = price[first:stop].tolist()
        reach = prices if close is None else [*prices, close]
        ranges.append(max(reach) - min(reach))
        close = prices[-1]
        if len(ranges) == length:
            mean = Fraction(sum(ranges), length)
        elif len(ranges) > length:
            mean = Fraction(float(mean * (length - 1) + ranges[-1])) / length  # else its digits never end
    return found


@settings(max_examples=50, phases=AT_ONCE)
@given(
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 14, 100]),
    st.sampled_from(["1s", "15m", "1 tick", "3 ticks", "100000 volume", "0.01 range"]),
    st.sampled_from(sorted(CALENDARS)),
)
def test_the_atr_is_wilders_over_closed_bars(seed: int, length: int, rule: str, calendar: str) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 3, 400))
    ticks = walk(rng, count, start_ns=OPENINGS[calendar], step_ns=rng.choice((10**6, SECOND)))
    text = f"atr({length}, {rule})"
    whole = computed(ticks, text, calendar=CALENDARS[calendar])
    for at, exact in enumerate(slow_atr(ticks, length, rule, CALENDARS[calendar])):
        assert np.isnan(whole[at]) if exact is None else abs(Fraction(whole[at]) - exact) <= exact / 10**12, (
            at
        )
    in_parts = computed(ticks, text, random_cuts(rng, count), calendar=CALENDARS[calendar])
    assert in_parts.tobytes() == whole.tobytes()


def test_the_atr_changes_on_the_tick_that_opens_the_next_bar() -> None:
    prices = [100, 110, 105, 105, 130, 125, 125, 126]
    ticks = [Clean(at, price * 10**4) for at, price in enumerate(prices)]
    found = computed(ticks, "atr(2, 2 ticks)", [1, 4, 5])
    # ranges: 10, then 110 to 105, then 105 to 130
    assert np.isnan(found[:4]).all()
    assert found[4:].tolist() == [7.5, 7.5, 16.25, 16.25]


@pytest.mark.parametrize(
    "text",
    [
        "bollinger_upper(9, 2)",
        "volatility(9 ticks)",
        "volatility(60s)",
        "atr(3, 4 ticks)",
        "atr(2, 0.01 range)",
    ],
)
def test_these_series_follow_wider_scales(text: str) -> None:
    ticks = walk(random.Random(6), 300, start_ns=0, step_ns=SECOND)
    plain = computed(ticks, text)
    for cut in (1, 5, 8, 9, 10, 90, 299):
        np.testing.assert_allclose(
            widened(ticks, text, cut, by_size=10, scale=Scale(6, 1)), plain, rtol=1e-13, atol=0
        )
