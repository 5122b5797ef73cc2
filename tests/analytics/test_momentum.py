"""Oscillators against exact recursions; the same to the bit wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.engine import Engine
from analytics.errors import ConfigError
from analytics.instruments import InstrumentTable
from analytics.kernels import RsiCarry, rsi
from analytics.series import parse_series
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.computed import widened

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
MACDS = ("macd({0}, {1})", "macd_signal({0}, {1}, {2})", "macd_hist({0}, {1}, {2})")


def computed(ticks: Sequence[Clean], texts: Sequence[str], cuts: Sequence[int] = ()) -> list[np.ndarray]:
    """Return the values of some series for symbol A."""
    specs = [parse_series(text) for text in texts]
    engine = Engine(InstrumentTable(), specs)
    for batch in Batching().split(ticks, cuts):
        engine.take(batch)
    return [engine.views["A"].values(spec.text, 0, len(ticks)) for spec in specs]


def slow_rsi(prices: Sequence[int], length: int) -> list[Decimal | None]:
    """Return Wilder's index as he words it: means of gains and losses, smoothed by (N-1)/N."""
    found: list[Decimal | None] = [None] * min(length, len(prices))
    changes = [Decimal(after - before) for before, after in pairwise(prices)]
    if len(changes) < length:
        return found
    with localcontext() as context:
        context.prec = slow.DIGITS
        gain = sum((max(each, Decimal(0)) for each in changes[:length]), Decimal(0)) / length
        loss = sum((max(-each, Decimal(0)) for each in changes[:length]), Decimal(0)) / length
        for at in range(length - 1, len(changes)):
            if at >= length:
                gain = (gain * (length - 1) + max(changes[at], Decimal(0))) / length
                loss = (loss * (length - 1) + max(-changes[at], Decimal(0))) / length
            found.append(100 * gain / (gain + loss) if gain + loss else Decimal(50))
    return found


def slow_signal(difference: Sequence[Decimal | None], length: int) -> list[Decimal | None]:
    """Return the exponential mean of what has a value, seeded by the mean of its first."""
    warm = sum(each is None for each in difference)
    values = [Fraction(each) for each in difference if each is not None]
    return [None] * warm + slow.ema(values, length)


def less(left: Sequence[Decimal | None], right: Sequence[Decimal | None]) -> list[Decimal | None]:
    pairs = zip(left, right, strict=True)
    return [None if one is None or other is None else one - other for one, other in pairs]


def assert_near(found: np.ndarray, exact: Sequence[Decimal | None], bound: str) -> None:
    for at, (value, each) in enumerate(zip(found.tolist(), exact, strict=True)):
        assert np.isnan(value) if each is None else abs(Decimal(value) - each) <= Decimal(bound), (at, value)


# The relative strength index


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 14, 100, 300]))
def test_the_rsi_is_wilders_wherever_batches_end(seed: int, length: int) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 2, 15, 600))
    ticks = walk(rng, count, start_ns=0, step_ns=10**6)
    (whole,) = computed(ticks, [f"rsi({length})"])
    assert_near(whole, slow_rsi([each.price for each in ticks], length), "1e-11")
    (in_parts,) = computed(ticks, [f"rsi({length})"], random_cuts(rng, count))
    assert in_parts.tobytes() == whole.tobytes()


def test_the_first_rsi_is_that_of_the_nth_change() -> None:
    ticks = [Clean(at, 100 + at % 2) for at in range(20)]
    (found,) = computed(ticks, ["rsi(14)"])
    assert np.isnan(found).tolist() == [True] * 14 + [False] * 6
    assert found[14] == 50.0


@pytest.mark.parametrize(("step", "index"), [(1, 100.0), (-1, 0.0), (0, 50.0)])
@pytest.mark.parametrize("length", [1, 2, 14])
def test_one_way_is_0_or_100_exactly_and_none_is_50(step: int, index: float, length: int) -> None:
    ticks = [Clean(at, 10_000 + step * at) for at in range(3_000)]
    (found,) = computed(ticks, [f"rsi({length})"], [7, 1_000])
    assert found[length:].tolist() == [index] * (3_000 - length)


@settings(max_examples=40)
@given(st.lists(st.sampled_from([-7, -1, 0, 1, 3]), min_size=30, max_size=300), st.sampled_from([1, 2, 14]))
def test_the_rsi_stays_within_0_and_100(changes: list[int], length: int) -> None:
    found, _ = rsi(np.array(changes), RsiCarry(length), length)
    assert ((found[length - 1 :] >= 0.0) & (found[length - 1 :] <= 100.0)).all()


@pytest.mark.parametrize("length", [2, 14])
def test_a_long_flat_stretch_keeps_the_index_and_the_next_change_moves_it(length: int) -> None:
    moves = [1, -2, 5, 1, -1] * 10
    changes = np.array([*moves, *[0] * 60_000, -1, 2])
    found, _ = rsi(changes, RsiCarry(length), length)
    flat = found[len(moves) - 1 : -2]
    assert np.abs(flat - flat[0]).max() < 1e-11
    assert found[-2] == 0.0
    assert found[-1] == pytest.approx(100 * 2 / (2 + (length - 1) / length), rel=1e-12)
    carry, parts = RsiCarry(length), []
    for part in np.split(changes, [60, 777, 30_001, 60_050]):
        values, carry = rsi(part, carry, length)
        parts.append(values)
    assert np.concatenate(parts).tobytes() == found.tobytes()


# The difference of two means


@settings(max_examples=30, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from([(12, 26, 9), (1, 2, 1), (3, 50, 200), (5, 6, 1)]))
def test_macd_signal_and_histogram_follow_their_recursions(seed: int, lengths: tuple[int, int, int]) -> None:
    rng = random.Random(seed)
    count = rng.choice((1, 20, 400))
    ticks = walk(rng, count, start_ns=0, step_ns=10**6)
    texts = [text.format(*lengths) for text in MACDS]
    found = computed(ticks, texts)
    prices = [each.price for each in slow.trades(ticks, Scale())]
    with localcontext() as context:
        context.prec = slow.DIGITS
        difference = less(slow.ema(prices, lengths[0]), slow.ema(prices, lengths[1]))
        signal = slow_signal(difference, lengths[2])
        for values, exact in zip(found, (difference, signal, less(difference, signal)), strict=True):
            assert_near(values, exact, "1e-13")
    in_parts = computed(ticks, texts, random_cuts(rng, count))
    assert [each.tobytes() for each in in_parts] == [each.tobytes() for each in found]


def test_macd_begins_with_the_slow_mean_and_its_signal_later() -> None:
    ticks = walk(random.Random(1), 60, start_ns=0, step_ns=10**6)
    found = computed(ticks, [text.format(12, 26, 9) for text in MACDS], [13, 27, 30])
    assert [int(np.isnan(each).sum()) for each in found] == [25, 33, 33]


def test_a_flat_market_has_a_macd_of_zero() -> None:
    ticks = [Clean(at, 1_234_567) for at in range(700)]
    for values in computed(ticks, [text.format(12, 26, 9) for text in MACDS]):
        zeros = values[~np.isnan(values)]
        assert len(zeros) > 600
        assert zeros.tobytes() == np.zeros(len(zeros)).tobytes()


@pytest.mark.parametrize("text", ["macd(26, 12)", "macd_signal(9, 9, 3)", "macd_hist(2, 1, 5)"])
def test_the_fast_mean_is_the_shorter(text: str) -> None:
    with pytest.raises(ConfigError, match="expected F below S"):
        parse_series(text)


@pytest.mark.parametrize("text", ["rsi(14)", "rsi(1)", *(each.format(3, 8, 5) for each in MACDS)])
def test_oscillators_follow_wider_scales(text: str) -> None:
    ticks = walk(random.Random(6), 300, start_ns=0, step_ns=10**6)
    (plain,) = computed(ticks, [text])
    for cut in (1, 5, 13, 14, 15, 90, 299):
        np.testing.assert_allclose(widened(ticks, text, cut), plain, rtol=1e-11, atol=1e-13)
