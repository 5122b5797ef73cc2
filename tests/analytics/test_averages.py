"""Means over ticks against exact fractions; the same to the bit wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from time import thread_time

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS
from analytics.columns import SymbolColumns
from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.kernels import EmaCarry, wilder
from analytics.kernels.moving import running_sum
from analytics.series import calculator, parse_series
from analytics.span import Span
from analytics.ticks import NO_SEQ
from analytics.window_book import WindowBook
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import widened

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
HOLDS = Fraction(1, 10**15)


def computed(
    ticks: Sequence[Clean],
    text: str,
    cuts: Sequence[int] = (),
    scale: Scale = Scale(),  # noqa: B008  frozen
) -> np.ndarray:
    """Return the values of a series for symbol A."""
    spec = parse_series(text)
    engine = Engine(InstrumentTable(), [spec])
    for batch in Batching(scales={"A": scale}).split(ticks, cuts):
        engine.take(batch)
    return engine.views["A"].values(spec.text, 0, len(ticks))


def assert_sma_is_exact(found: np.ndarray, prices: Sequence[int], length: int, scale: int = 4) -> None:
    for at, value in enumerate(found.tolist()):
        if at < length - 1:
            assert np.isnan(value)
            continue
        exact = Fraction(sum(prices[at + 1 - length : at + 1]), length * 10**scale)
        assert abs(Fraction(value) - exact) <= HOLDS * exact, at


@settings(max_examples=60, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 14, 100, 700]))
def test_the_sma_is_exact_wherever_batches_end(seed: int, length: int) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 90, 800))
    ticks = walk(rng, count, start_ns=0, step_ns=10**6, price=248_500_000)
    whole = computed(ticks, f"sma({length})")
    assert_sma_is_exact(whole, [each.price for each in ticks], length)
    assert computed(ticks, f"sma({length})", random_cuts(rng, count)).tobytes() == whole.tobytes()


def test_an_sma_whose_sums_pass_64_bits_is_exact() -> None:
    rng, length = random.Random(4), 1_500
    prices = [1, *(2**53 - 1 - rng.randrange(10**6) for _ in range(2_000))]
    ticks = [Clean(at, price) for at, price in enumerate(prices)]
    whole = computed(ticks, f"sma({length})", scale=Scale(8, 0))
    assert_sma_is_exact(whole, prices, length, 8)
    assert computed(ticks, f"sma({length})", [3, 1_499, 1_502], Scale(8, 0)).tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", ["sma", "ema"])
@pytest.mark.parametrize("length", [1, 2, 9, 60, 300])
def test_means_follow_wider_scales(name: str, length: int) -> None:
    ticks = walk(random.Random(length), 400, start_ns=0, step_ns=10**6)
    plain = computed(ticks, f"{name}({length})")
    for cut in (1, 9, 59, 61, 155, 399):
        np.testing.assert_allclose(widened(ticks, f"{name}({length})", cut), plain, rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", ["sma", "ema"])
def test_the_mean_of_one_price_is_that_price(name: str) -> None:
    ticks = [Clean(at, 1_234_567) for at in range(900)]
    assert computed(ticks, f"{name}(20)", [5, 300])[19:].tolist() == [123.4567] * 881


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 14, 200, 1_000]))
def test_wilders_mean_follows_its_recursion_wherever_calls_end(seed: int, length: int) -> None:
    rng = random.Random(seed)
    x = np.array([rng.randrange(10**6) for _ in range(1_300)])
    carry, parts, start = EmaCarry(None, length), [], 0
    while start < len(x):
        stop = start + rng.choice((0, 1, 2, 100, 600))
        values, carry = wilder(x[start:stop], carry, length)
        parts.append(values)
        start = stop
    found, _ = wilder(x, EmaCarry(None, length), length)
    assert np.concatenate(parts).tobytes() == found.tobytes()
    assert np.isnan(found[: length - 1]).all()
    exact = Decimal(int(x[:length].sum())) / length
    for at in range(length - 1, len(x)):
        if at >= length:
            exact = (exact * (length - 1) + int(x[at])) / length
        assert abs(Decimal(found[at]) - exact) <= Decimal("1e-12") * max(exact, 1), at


@given(st.lists(st.floats(-1e9, 1e9), max_size=40), st.data())
def test_a_running_sum_can_be_taken_in_parts(terms: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(terms)))
    whole = running_sum(np.array(terms, np.float64), 0.0)
    first = running_sum(np.array(terms[:cut], np.float64), 0.0)
    assert running_sum(np.array(terms[cut:], np.float64), first) == whole
    exact = 0.0
    for term in terms:
        exact += term
    assert whole == exact


def test_an_ema_of_a_long_day_is_exact_at_its_end() -> None:
    ticks = walk(random.Random(2), 6_000, start_ns=0, step_ns=10**6, price=248_500_000)
    found = computed(ticks, "ema(50)", [999, 4_321])
    exact = slow.ema([each.price for each in slow.trades(ticks, Scale())], 50)[-1]
    assert exact is not None
    assert abs(Decimal(found[-1]) - exact) <= Decimal("1e-15") * exact


@pytest.mark.parametrize(
    "text", ["ema(20)", "sma(20)", "rsi(14)", "macd_hist(12, 26, 9)", "bollinger_upper(20, 2)"]
)
def test_the_cost_of_a_span_does_not_grow_with_the_ticks_held(text: str) -> None:
    count, rows = 2_000_000, 650
    columns = SymbolColumns("A", ALWAYS, 2, 0)
    price = 2_490_000 + np.cumsum(np.random.default_rng(1).integers(-1, 2, count))
    none = np.full(count, NO_SEQ)
    columns.append(np.arange(count), price, np.ones(count, np.int64), none, np.zeros(count, np.bool_))
    each, book = calculator(parse_series(text)), WindowBook()

    def quickest(start: int, spans: int) -> float:
        best = np.inf
        for row in range(start, start + spans * rows, rows):
            span = Span(columns, row, row + rows, book)
            before = thread_time()
            each.extend(span)
            best = min(best, thread_time() - before)
        return best

    few = quickest(0, 100)
    each.extend(Span(columns, 100 * rows, count - 100 * rows, book))
    assert quickest(count - 100 * rows, 100) < 3 * few
