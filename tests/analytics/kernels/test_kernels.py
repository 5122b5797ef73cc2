"""Kernels against slow oracles, and the chunk law: one call over a+b equals a, then b."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.kernels import EmaCarry, ema, high_difference, high_limbs, sigma, vwap, window_starts
from analytics.kernels.limbs import high_product, high_subtraction
from analytics.kernels.moving import block_length
from analytics.kernels.twap import TwoLimbs, between, less_held, price_time, twap
from analytics.kernels.vwap import WideSums, shift, volumes
from tests.analytics.oracles import series as slow

WRAP = 2**64
terms = st.lists(st.tuples(st.integers(0, 2**50), st.integers(-(2**30), 2**30)), min_size=1, max_size=40)
wider = st.lists(st.tuples(st.integers(0, 2**34), st.integers(-(2**43), 2**43)), min_size=1, max_size=40)
narrow = st.lists(st.tuples(st.integers(0, 2**20), st.integers(-(2**17), 2**17)), min_size=1, max_size=40)
whole = st.integers(-(2**63), 2**63 - 1)
steps = st.lists(st.integers(0, 4), min_size=1, max_size=50)


def int64(values: list[int]) -> np.ndarray:
    """Return whole numbers modulo 2**64."""
    return np.array([value % WRAP for value in values], np.uint64).view(np.int64)


@given(steps, st.integers(1, 9), st.data())
def test_a_window_starts_after_its_oldest_end(gaps: list[int], length_ns: int, data: st.DataObject) -> None:
    time_ns = np.cumsum(np.array(gaps, np.int64))
    exact = [
        next(at for at in range(row + 1) if time_ns[at] > time_ns[row] - length_ns)
        for row in range(len(gaps))
    ]
    cut = data.draw(st.integers(1, len(gaps)))
    first = window_starts(time_ns, 0, 0, cut, length_ns)
    then = window_starts(time_ns, int(first[-1]), cut, len(gaps), length_ns)
    assert [*first.tolist(), *then.tolist()] == exact


def limbs(values: list[int]) -> TwoLimbs:
    """Return whole numbers in two limbs, the low one signed."""
    return TwoLimbs(int64(values), np.array([(value + WRAP // 2) // WRAP for value in values], np.int64))


def exactly(found: TwoLimbs) -> list[int]:
    """Return the whole numbers of signed limbs."""
    return [high * WRAP + low for low, high in zip(found.low.tolist(), found.high.tolist(), strict=True)]


def summed(ticks: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the running sums of v, v·d and v·d²."""
    sums = [(0, 0, 0)]
    for v, d in ticks:
        sums.append((sums[-1][0] + v, sums[-1][1] + v * d, sums[-1][2] + v * d * d))
    return sums[1:]


@settings(max_examples=60)
@given(terms | wider, st.integers(0, 6), st.sampled_from([2**44, 1_000, 0, -5]))
def test_the_mean_and_deviation_of_running_sums_are_exact(
    ticks: list[tuple[int, int]], scale: int, reference: int
) -> None:
    sums = summed(ticks)
    v = int64([each[0] for each in sums])
    vd, vdd = (limbs([each[part] for each in sums]) for part in (1, 2))
    weight, untraded = volumes(v)
    by = shift(v, weight, vd.low, vd.high)
    means = vwap(weight, vd.low, reference, scale, by, vd.high)
    deviations = sigma(weight, by, vd.low, vdd.low, scale, WideSums(vd.high, vdd.high))
    assert [each <= 0 for each, *_ in sums] == (
        [False] * len(sums) if untraded is None else untraded.tolist()
    )
    for at, (volume, traded, squares) in enumerate(sums):
        if not volume:
            continue
        mean = Fraction(traded, volume)
        exact = (reference + mean) / 10**scale
        assert abs(Fraction(means[at]) - exact) <= Fraction(1, 10**15) * abs(exact)
        root = slow.root(Fraction(squares, volume) - mean * mean) / 10**scale
        assert abs(Decimal(deviations[at]) - root) <= Decimal("1e-12") * root


@given(narrow, st.integers(0, 4))
def test_two_limbs_change_no_bit_of_what_fits_one(ticks: list[tuple[int, int]], scale: int) -> None:
    sums = summed(ticks)
    v, vd, vdd = (int64([each[part] for each in sums]) for part in range(3))
    none = np.zeros(len(sums), np.int64)
    weight, _ = volumes(v)
    by, by_limbs = shift(v, weight, vd), shift(v, weight, vd, none)
    means = [
        vwap(weight, vd, 10**6, scale, each, high).tobytes()
        for each, high in ((None, None), (by, None), (by_limbs, none))  # all are nearer than half of it
    ]
    assert means[0] == means[1] == means[2]
    wide = sigma(weight, by_limbs, vd, vdd, scale, WideSums(none, none))
    assert sigma(weight, by, vd, vdd, scale).tobytes() == wide.tobytes()


@given(st.lists(st.tuples(whole, whole, st.integers(-(2**60), 2**60)), min_size=1, max_size=20))
def test_products_and_differences_of_two_limbs_are_those_of_whole_numbers(
    rows: list[tuple[int, int, int]],
) -> None:
    exact = [low + high * WRAP for low, _, high in rows]
    a, b = limbs(exact), int64([factor for _, factor, _ in rows])
    less = TwoLimbs(a.low - b, high_subtraction(a.high, a.low, None, b))
    assert exactly(less) == [each - factor for each, (_, factor, _) in zip(exact, rows, strict=True)]
    both = TwoLimbs(less.low - a.low, high_subtraction(less.high, less.low, a.high, a.low))
    assert exactly(both) == [-factor for _, factor, _ in rows]
    product = TwoLimbs(a.low * b, high_product(b, a.high, a.low))
    for found, factor, value in zip(exactly(product), b.tolist(), exact, strict=True):
        assert (found - factor * value) % 2**128 == 0
    small = TwoLimbs(a.low * b, high_product(b, 0, a.low))
    assert exactly(small) == [low * factor for low, factor, _ in rows]


moves = st.lists(
    st.tuples(st.integers(-(2**40), 2**40), st.integers(0, 3) | st.integers(0, 2**50)),
    min_size=2,
    max_size=40,
)


@settings(max_examples=60)
@given(moves, st.integers(0, 6), st.data())
def test_the_mean_by_time_is_exact_in_parts_too(
    rows: list[tuple[int, int]], scale: int, data: st.DataObject
) -> None:
    d = np.array([each[0] for each in rows], np.int64)
    time_ns = np.cumsum(np.array([each[1] for each in rows], np.int64))
    cut = data.draw(st.integers(1, len(rows) - 1))
    head = price_time(d[: cut + 1], time_ns[: cut + 1], (0, 0))
    tail = price_time(d[cut:], time_ns[cut:], (int(head.low[-1]), int(head.high[-1])))
    none = np.zeros(1, np.int64)
    low, high = (np.concatenate((none, *parts)) for parts in zip(head, tail, strict=True))
    first = data.draw(st.integers(0, len(rows) - 1))
    into_ns = data.draw(st.integers(0, int(time_ns[min(first + 1, len(rows) - 1)] - time_ns[first])))
    now, then = TwoLimbs(low[first:], high[first:]), TwoLimbs(low[[first]], high[[first]])
    total = less_held(between(now, then), d[[first]], np.array([into_ns]))
    length_ns = time_ns[first:] - time_ns[first] - into_ns
    some = length_ns >= 0  # a window may not begin after its own row
    total = TwoLimbs(total.low[some], total.high[some])
    found = twap(*total, length_ns[some], d[first:][some], 2**44, scale)
    if not total.high.any():
        short = twap(total.low, None, length_ns[some], d[first:][some], 2**44, scale)
        assert short.tobytes() == found.tobytes()
    for row, value in zip(np.flatnonzero(some) + first, found.tolist(), strict=True):
        exact = slow_mean_by_time(d, time_ns, first, into_ns, int(row))
        exact = (2**44 + exact) / 10**scale
        assert abs(Fraction(value) - exact) <= Fraction(1, 10**15) * exact


def slow_mean_by_time(d: np.ndarray, time_ns: np.ndarray, first: int, into_ns: int, row: int) -> Fraction:
    area, length_ns = -int(d[first]) * into_ns, -into_ns
    for at in range(first, row):
        gap_ns = int(time_ns[at + 1] - time_ns[at])
        area, length_ns = area + int(d[at]) * gap_ns, length_ns + gap_ns
    return Fraction(area, length_ns) if length_ns else Fraction(int(d[row]))


@given(terms, st.data())
def test_high_limbs_hold_what_64_bits_do_not(ticks: list[tuple[int, int]], data: st.DataObject) -> None:
    exact = [v * d * abs(d) * 2**10 for v, d in ticks]
    running = [sum(exact[: at + 1]) for at in range(len(exact))]
    assume(sum(abs(each) for each in exact) < 2**110)  # what a span holds to be exact
    term, total = int64(exact), int64(running)
    estimate = np.array([float(each) for each in exact])
    cut = data.draw(st.integers(0, len(exact)))
    first = high_limbs(term[:cut], estimate[:cut], total[:cut], 0)
    before = int(first[-1]) if cut else 0
    high = np.concatenate((first, high_limbs(term[cut:], estimate[cut:], total[cut:], before)))
    assert [h * WRAP + low % WRAP for h, low in zip(high.tolist(), total.tolist(), strict=True)] == running
    start = data.draw(st.integers(0, len(exact) - 1))
    difference = high_difference(high[start:], total[start:], high[start], total[start])
    low = total[start:] - total[start]
    assert [h * WRAP + rest for h, rest in zip(difference.tolist(), low.tolist(), strict=True)] == [
        each - running[start] for each in running[start:]
    ]


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 7, 50, 255, 256, 257, 5_000]))
def test_an_ema_in_parts_equals_the_whole_to_the_bit(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 900)) + (length if length < 1_000 else 0)
    d = np.cumsum(rng.integers(-9, 10, count)).astype(np.float64)
    whole, _ = ema(d, EmaCarry(None, length), 0, length)
    carry, parts, start = EmaCarry(None, length), [], 0
    while start < count:
        stop = min(count, start + int(rng.choice([1, 2, 100, 300])))
        values, carry = ema(d[:stop], carry, start, length)
        parts.append(values)
        start = stop
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert np.isnan(whole[: length - 1]).all()


@pytest.mark.parametrize("length", [1, 2, 3, 20, 400])
def test_an_ema_follows_its_recursion(length: int) -> None:
    rng = random.Random(length)
    d = [rng.randrange(10**6) for _ in range(900)]
    found, _ = ema(np.array(d, np.float64), EmaCarry(None, length), 0, length)
    for value, exact in zip(found.tolist(), slow.ema([Fraction(each) for each in d], length), strict=True):
        assert np.isnan(value) if exact is None else abs(Decimal(value) - exact) <= Decimal("1e-12") * exact


@pytest.mark.parametrize("length", [1, 2, 3, 10, 100, 10_000, 1_000_000])
def test_weights_inside_a_block_stay_in_range(length: int) -> None:
    ratio = (length - 1) / (length + 1)
    assert 1 <= block_length(length) <= 256
    assert length <= 2 or ratio ** -block_length(length) <= 1_024 * (1 + 1e-9)
