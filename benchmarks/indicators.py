"""EMA, RSI and Bollinger bands over whole arrays, beside TA-Lib; the same to the bit in any batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.columns import SymbolColumns
from analytics.series import SeriesSpec, parse_series
from analytics.ticks import Float64
from benchmarks.market import Ticks, computed, computed_as_it_comes, held, one_symbol
from benchmarks.rows import Row, in_turn, peer

TICKS, BATCHED_TICKS = 5_000_000, 500_000
GOAL = 0.2
RUNS = 3
_BATCHES = 1_000
_NEAR = 1e-9  # TA-Lib carries floats from tick to tick; of the range of the values


@dataclass(frozen=True, slots=True)
class _Case:
    """An indicator: our series, and TA-Lib's call that returns the same arrays."""

    name: str
    series: tuple[str, ...]
    against: str
    theirs: Callable[[Any, Float64], tuple[Float64, ...]]


CASES = (
    _Case("EMA (20)", ("ema(20)",), "TA-Lib EMA", lambda lib, p: (lib.EMA(p, 20),)),
    _Case("RSI (14)", ("rsi(14)",), "TA-Lib RSI", lambda lib, p: (lib.RSI(p, 14),)),
    _Case(
        "Bollinger (20, 2), both bands",
        ("bollinger_upper(20, 2)", "bollinger_lower(20, 2)"),
        "TA-Lib BBANDS",
        lambda lib, p: lib.BBANDS(p, 20, 2.0, 2.0)[::2],
    ),
)


def run(ticks: int = TICKS, batched_ticks: int = BATCHED_TICKS) -> list[Row]:
    """Return a row for each indicator."""
    market = one_symbol(ticks)
    few = Ticks(*(column[:batched_ticks] for column in (market.ts_ns, market.price, market.size)))
    columns, prices = held(market), market.floats
    return [_row(case, columns, prices, few) for case in CASES]


def _row(case: _Case, columns: SymbolColumns, prices: Float64, few: Ticks) -> Row:
    talib = peer("talib")
    specs = [parse_series(text) for text in case.series]
    theirs_s, ours_s = in_turn(RUNS, lambda: case.theirs(talib, prices), lambda: computed(columns, specs))
    ours, ratio = computed(columns, specs), theirs_s / ours_s
    faults = []
    if not same_in_batches(few, specs, ours):
        faults.append("NOT THE SAME IN BATCHES")
    if not _alike(ours, case.theirs(talib, prices)):
        faults.append("VALUES DIFFER")
    name = f"{case.name}, {len(prices) / 1e6:g} M ticks, the same to the bit in any batches"
    goal, met = f"at least {GOAL:g}x", ratio >= GOAL and not faults
    rate = len(prices) / ours_s / 1e6
    return Row(": ".join([name, *faults]), rate, "M ticks/s", case.against, ratio, goal, met)


def same_in_batches(market: Ticks, specs: list[SeriesSpec], whole: list[Float64]) -> bool:
    """Return whether random batches give the bits that whole spans gave."""
    rng = np.random.default_rng(11)
    stops = np.unique(rng.integers(1, len(market), min(_BATCHES, len(market)))).tolist()
    found = computed_as_it_comes(market, specs, [*stops, len(market)])
    return all(
        one.tobytes() == other[: len(market)].tobytes() for one, other in zip(found, whole, strict=True)
    )


def _alike(ours: list[Float64], theirs: tuple[Float64, ...]) -> bool:
    return all(
        np.allclose(one, other, rtol=_NEAR, atol=_NEAR * 100, equal_nan=True)
        for one, other in zip(ours, theirs, strict=True)
    )
