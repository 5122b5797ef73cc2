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
from analytics.kernels.moving import block_length
from tests.analytics.oracles import series as slow

WRAP = 2**64
terms = st.lists(st.tuples(st.integers(0, 2**50), st.integers(-(2**30), 2**30)), min_size=1, max_size=40)
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


@settings(max_examples=60)
@given(terms, st.integers(0, 6))
def test_the_mean_and_deviation_of_running_sums_are_exact(ticks: list[tuple[int, int]], scale: int) -> None:
    reference = 2**31
    sums = [(0, 0, 0)]
    for v, d in ticks:
        sums.append((sums[-1][0] + v, sums[-1][1] + v * d, sums[-1][2] + v * d * d))
    v, vd, vdd = (int64([each[part] for each in sums[1:]]) for part in range(3))
    vd_high, vdd_high = (
        np.array([(each[part] + WRAP // 2) // WRAP for each in sums[1:]], np.int64) for part in (1, 2)
    )
    means = vwap(v, vd, reference, scale, vd_high=vd_high)
    deviations = sigma(v, vd, vdd, scale, vd_high=vd_high, vdd_high=vdd_high)
    for at, (volume, traded, squares) in enumerate(sums[1:]):
        if not volume:
            assert np.isnan([means[at], deviations[at]]).all()
            continue
        mean = Fraction(traded, volume)
        exact = (reference + mean) / 10**scale
        assert abs(Fraction(means[at]) - exact) <= Fraction(1, 10**15) * exact
        root = slow.root(Fraction(squares, volume) - mean * mean) / 10**scale
        assert abs(Decimal(deviations[at]) - root) <= Decimal("1e-12") * root


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
