"""Window sums of spans: exact past 63 and past 110 bits, at eight decimals, wherever spans end."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS
from analytics.columns import SymbolColumns
from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.span import FITS, HELD, HELD_TERM, Span, WindowBook
from analytics.windows import Window, parse_window
from tests.analytics.oracles import series as slow
from tests.builders.batches import Batching, Clean, Scale, random_cuts

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler
COIN, DOLLAR = 10**8, 10**8
WINDOWS = ("session", "3s", "7 ticks", "from tick 4", "from 1970-01-01T00:00:02Z")
HOLDS, SIGMA_HOLDS = Fraction(1, 10**15), Decimal("1e-12")


def spans(ticks: Sequence[Clean], cuts: Iterable[int], scale: Scale = Scale(8, 8)) -> list[Span]:  # noqa: B008
    columns, book = SymbolColumns("A", ALWAYS, scale.price, scale.size), WindowBook()
    found = []
    for start, stop in pairwise([0, *sorted({cut for cut in cuts if 0 < cut < len(ticks)}), len(ticks)]):
        some = ticks[start:stop]
        ts_ns, price, size = (
            np.array([getattr(each, name) for each in some], np.int64) for name in ("ts_ns", "price", "size")
        )
        columns.append(ts_ns, price, size, np.arange(start, stop), np.zeros(stop - start, np.bool_))
        found.append(Span(columns, start, stop, book))
        for window in WINDOWS:
            found[-1].sums(parse_window(window)).vd  # noqa: B018  read before more rows come
    return found


def rows_of(ticks: Sequence[Clean], at: int, window: str) -> Sequence[Clean]:
    """Return the ticks of the window of one row; all are of one day."""
    if window.startswith("from tick"):
        return ticks[int(window.split()[2]) : at + 1]
    if window.startswith("from"):
        return [each for each in ticks[: at + 1] if each.ts_ns >= 2 * 10**9]
    if window.endswith("ticks"):
        return ticks[max(0, at - 6) : at + 1]
    if window == "session":
        return ticks[: at + 1]
    return [each for each in ticks[: at + 1] if each.ts_ns > ticks[at].ts_ns - 3 * 10**9]


def assert_sums_are_exact(ticks: Sequence[Clean], cuts: Iterable[int]) -> None:
    reference = ticks[0].price
    for span in spans(ticks, cuts):
        assert all(span.holds(power) for power in (0, 1, 2))
        for text in WINDOWS:
            window: Window = parse_window(text)
            sums = span.sums(window)
            v, vd = sums.v.tolist(), sums.vd.tolist()
            means, deviations = span.vwap(window), span.sigma(window)
            for row in range(len(span)):
                seen = rows_of(ticks, span.start + row, text)
                volume = sum(each.size for each in seen)
                traded = sum(each.size * (each.price - reference) for each in seen)
                assert (v[row], vd[row]) == (volume, traded), (text, span.start + row)
                assert bool(sums.has_value[row]) == bool(seen)
                if not volume:
                    assert np.isnan([means[row], deviations[row]]).all()
                    continue
                mean = Fraction(traded, volume)
                squares = sum(each.size * (each.price - reference) ** 2 for each in seen)
                exact, root = (
                    (reference + mean) / 10**8,
                    slow.root(Fraction(squares, volume) - mean**2) / 10**8,
                )
                assert abs(Fraction(means[row]) - exact) <= HOLDS * exact
                assert abs(Decimal(deviations[row]) - root) <= SIGMA_HOLDS * root


def coins(rng: random.Random, count: int, move: int, most: int) -> list[Clean]:
    """Return ticks of eight decimals, times ascending over some seconds."""
    at_ns, ticks = 0, [Clean(0, 60_000 * DOLLAR)]
    for _ in range(count - 1):
        at_ns += rng.choice((0, 10**7, 10**8, rng.randrange(10**9)))
        price = 60_000 * DOLLAR + rng.randrange(-move, move + 1)
        ticks.append(Clean(at_ns, price, rng.choice((0, 1, most, rng.randrange(most)))))
    return ticks


@settings(max_examples=25, phases=AT_ONCE)
@given(
    st.integers(0, 2**32),
    st.sampled_from((10, DOLLAR, 100 * DOLLAR, 10_000 * DOLLAR)),
    st.sampled_from((5, COIN, 10 * COIN)),
)
def test_sums_of_eight_decimals_are_exact_wherever_spans_end(seed: int, move: int, most: int) -> None:
    rng = random.Random(seed)
    ticks = coins(rng, 50, move, most)
    assert_sums_are_exact(ticks, random_cuts(rng, len(ticks)))


def test_sums_past_63_and_110_bits_are_exact() -> None:
    rng = random.Random(11)
    ticks = coins(rng, 90, 10_000 * DOLLAR, 10 * COIN)
    d = [abs(each.price - ticks[0].price) for each in ticks]
    squares = sum(each.size * far**2 for each, far in zip(ticks, d, strict=True))
    assert sum(each.size * far for each, far in zip(ticks, d, strict=True)) > 2**63
    assert squares > 2**110
    assert_sums_are_exact(ticks, random_cuts(rng, len(ticks)))


def test_a_first_price_far_away_costs_no_digit() -> None:
    rng = random.Random(3)
    ticks = [Clean(0, 50_000 * DOLLAR), *coins(rng, 60, 20, COIN)[1:]]
    assert_sums_are_exact(ticks, [20, 40])


@settings(max_examples=12, phases=AT_ONCE)
@given(st.integers(0, 2**32), st.sampled_from((DOLLAR, 10_000 * DOLLAR)), st.booleans())
def test_scales_that_widen_in_the_middle_leave_sums_exact(seed: int, move: int, late: bool) -> None:
    rng = random.Random(seed)
    ticks = coins(rng, 60, move, 10 * COIN)
    middle = [rng.randrange(5, 25), rng.randrange(30, 50)]
    scales = [Scale(4, 2), Scale(6, 2), Scale(8, 8)]
    rounded, batches = [], []
    for (start, stop), scale in zip(pairwise([0, *middle, len(ticks)]), scales, strict=True):
        by_price, by_size = 10 ** (8 - scale.price), 10 ** (8 - scale.size)
        some = [Clean(each.ts_ns, each.price // by_price, each.size // by_size) for each in ticks[start:stop]]
        rounded += [Clean(each.ts_ns, each.price * by_price, each.size * by_size) for each in some]
        batches += Batching(scales={"A": scale}).split(some, random_cuts(rng, len(some)))
    texts = [f"{name}({window})" for name in ("vwap", "sigma") for window in WINDOWS]
    specs = [parse_series(text) for text in texts]
    engine = Engine(InstrumentTable(), () if late else specs)
    for batch in batches:
        engine.take(batch)
    for spec in specs:
        engine.add_series(spec)
    view = engine.view("A")
    assert view is not None
    for window in WINDOWS:
        means, deviations = (view.values(f"{name}({window})", 0, 60) for name in ("vwap", "sigma"))
        for at in range(60):
            seen = [
                slow.Trade(each.ts_ns, Fraction(each.price, 10**8), Fraction(each.size, 10**8), None)
                for each in rows_of(rounded, at, window)
            ]
            exact = slow.mean_and_variance(seen)
            if exact is None:
                assert np.isnan([means[at], deviations[at]]).all()
                continue
            root = slow.root(exact[1])
            assert abs(Fraction(means[at]) - exact[0]) <= HOLDS * exact[0]
            assert abs(Decimal(deviations[at]) - root) <= SIGMA_HOLDS * root


# The bound


def held_rows(price: np.ndarray, size: np.ndarray, power: int) -> int:
    """Return how many rows there are before the first past a bound, in whole numbers."""
    volume = largest = far = 0
    for row, (p, v) in enumerate(zip(price.tolist(), size.tolist(), strict=True)):
        volume, largest, far = volume + v, max(largest, v), max(far, abs(p - int(price[0])), 1)
        if volume >= FITS or largest * far**power >= HELD_TERM or volume * far**power >= HELD:
            return row
    return len(size)


def values_held(price: np.ndarray, size: np.ndarray, cuts: Iterable[int], power: int) -> np.ndarray:
    """Return which rows have a VWAP of the session, or with power 2 a deviation."""
    columns, book = SymbolColumns("A", ALWAYS, 8, 8), WindowBook()
    found = []
    for start, stop in pairwise([0, *sorted({cut for cut in cuts if 0 < cut < len(price)}), len(price)]):
        rows = np.arange(start, stop)
        columns.append(rows, price[start:stop], size[start:stop], rows, np.zeros(stop - start, np.bool_))
        span = Span(columns, start, stop, book)
        window = parse_window("session")
        values = span.vwap(window) if power == 1 else span.sigma(window)
        assert span.holds(power) == bool(span.held(power).all())
        found.append(np.isfinite(values))
    return np.concatenate(found)


@settings(max_examples=20, phases=AT_ONCE)
@given(
    st.integers(0, 2**32),
    st.sampled_from(((53, 1), (53, 30), (40, 36), (30, 41), (2, 54))),
    st.sampled_from((1, 2)),
)
def test_the_bound_is_met_at_the_same_row_wherever_spans_end(
    seed: int, bits: tuple[int, int], power: int
) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(2 ** (bits[0] - 2), 2 ** bits[0], 2_000)
    price = 2**53 - rng.integers(0, 2 ** min(bits[1], 53), 2_000)
    cuts = rng.integers(1, 2_000, int(rng.choice((0, 1, 30)))).tolist()
    held = held_rows(price, size, power)
    assert values_held(price, size, cuts, power).tolist() == [True] * held + [False] * (2_000 - held)


@pytest.mark.parametrize(
    ("size", "d", "held"), [(2**52, 1, 1_023), (2**29, 2**40, 2**17 - 1), (2**30, 2**40, 1)]
)
@pytest.mark.parametrize("cuts", [(), (1, 1_022, 1_023, 1_024, 65_536, 131_071)])
def test_each_bound_is_met_to_the_tick(size: int, d: int, held: int, cuts: tuple[int, ...]) -> None:
    sizes = np.full(2**17 + 5, size)
    price = np.full(len(sizes), 10**6 + d)
    price[0] = 10**6
    found = values_held(price, sizes, cuts, 2)
    assert int(found.sum()) == held
    assert found[:held].all()


@pytest.mark.parametrize(("size_scale", "held"), [(7, True), (8, False)])
def test_the_largest_size_follows_a_scale_that_widens(size_scale: int, held: bool) -> None:
    engine = Engine(InstrumentTable(), [parse_series("sigma(session)")])
    engine.take(Batching().batch([Clean(0, 10**6), Clean(1, 10**6 + 2**30, 2**24)]))  # 10**8 times passes
    engine.take(Batching(scales={"A": Scale(4, size_scale)}).batch([Clean(2, 10**6)], 2))
    view = engine.view("A")
    assert view is not None
    assert np.isfinite(view.values("sigma(session)", 0, 3)).tolist() == [True, True, held]
