"""Rolling VWAP over ten million ticks that are held, beside polars' and pandas' rolling sums.

Columns keep running sums from the moment a tick is appended; what that costs is a row of its own. The peers'
products of price and size are made before the clock runs. Ours computes on one thread.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import polars as pl

from analytics.series import parse_series
from analytics.ticks import Float64
from benchmarks.market import PRICE_SCALE, Ticks, computed, held, one_symbol
from benchmarks.rows import Row, best_of, in_turn, peer

TICKS = 10_000_000
WINDOW_NS = 60_000_000_000
TWO_GOAL, THREE_GOAL = 1.0, 1.2
RUNS = 3
_CHECKED = 300
_LAST_DIGITS = 4 * 2.0**-52  # the sums are exact; the few operations after them round
_PANDAS_TICKS = 1_000_000


def run(ticks: int = TICKS) -> list[Row]:
    """Return the rows for rolling VWAP, with and without sigma."""
    market = one_symbol(ticks)
    append_s = best_of(2, lambda: held(market))
    columns = held(market)
    vwap, sigma = parse_series("vwap(60s)"), parse_series("sigma(60s)")
    frame = _frame(market)
    two, ours = in_turn(RUNS, lambda: _polars(frame, ("v", "pv")), lambda: computed(columns, [vwap]))
    three, with_sigma = in_turn(
        RUNS, lambda: _polars(frame, ("v", "pv", "ppv")), lambda: computed(columns, [vwap, sigma])
    )
    vwap_off, sigma_off = inexact(market, *computed(columns, [vwap, sigma]))
    threads = pl.thread_pool_size()
    size = f"{ticks / 1e6:g} M ticks held"
    rows = [
        _row(f"rolling 60 s VWAP, {size}", ticks / ours, "two", threads, two / ours, TWO_GOAL, vwap_off),
        _row(
            f"rolling 60 s VWAP and sigma, {size}",
            ticks / with_sigma,
            "three",
            threads,
            three / with_sigma,
            THREE_GOAL,
            vwap_off + sigma_off,
        ),
    ]
    some = min(ticks, _PANDAS_TICKS)
    pandas_s = _pandas_seconds(market, some)
    name = f"rolling 60 s VWAP, {size}"
    appending = f"appending, with the running sums of v, v·d and v·d², {ticks / 1e6:g} M ticks"
    rows.append(Row(appending, ticks / append_s / 1e6, "M ticks/s"))
    against = f"pandas rolling sums of floats, {some / 1e6:g} M ticks"
    rows.append(Row(name, ticks / ours / 1e6, "M ticks/s", against, ticks / ours / (some / pandas_s)))
    return rows


def _row(name: str, rate: float, sums: str, threads: int, ratio: float, goal: float, off: int) -> Row:
    return Row(
        f"{name}, {off} of {_CHECKED} values off" if off else f"{name}, exact",
        rate / 1e6,
        "M ticks/s",
        f"polars rolling_sum_by, {sums} sums, {threads} threads",
        ratio,
        f"at least {goal:g}x, exact",
        ratio >= goal and off == 0,
    )


def inexact(market: Ticks, vwap: Float64, sigma: Float64) -> tuple[int, int]:
    """Return how many of some hundred values of each differ from the same in Python's own integers."""
    rows = np.random.default_rng(1).integers(0, len(market), _CHECKED)
    off = [0, 0]
    for row in rows.tolist():
        low = int(np.searchsorted(market.ts_ns, market.ts_ns[row] - WINDOW_NS, side="right"))
        price, size = market.price[low : row + 1].tolist(), market.size[low : row + 1].tolist()
        v = sum(size)
        pv = sum(p * s for p, s in zip(price, size, strict=True))
        ppv = sum(p * p * s for p, s in zip(price, size, strict=True))
        off[0] += not _equal(vwap[row], Fraction(pv, v * 10**PRICE_SCALE))
        off[1] += not _equal(sigma[row], _root(Fraction(ppv * v - pv * pv, v * v)) / 10**PRICE_SCALE)
    return off[0], off[1]


def _equal(value: float, exact: Fraction) -> bool:
    return abs(Fraction(float(value)) - exact) <= abs(exact) * Fraction(_LAST_DIGITS)


def _root(square: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = 60
        return Fraction((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def _frame(market: Ticks) -> pl.DataFrame:
    traded = market.price * market.size
    return pl.DataFrame(
        {"t": market.ts_ns, "v": market.size, "pv": traded, "ppv": traded * market.price}
    ).with_columns(pl.col("t").cast(pl.Datetime("ns")))


def _polars(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    return frame.select(pl.col(name).rolling_sum_by("t", window_size="60s", closed="right") for name in names)


def _pandas_seconds(market: Ticks, some: int) -> float:
    """Return the seconds that pandas takes for two rolling sums."""
    pandas = peer("pandas")
    size = market.size[:some] * 1.0
    columns = {"v": size, "pv": size * market.price[:some]}
    frame = pandas.DataFrame(columns, index=pandas.to_datetime(market.ts_ns[:some]))
    return best_of(2, lambda: frame.rolling("60s").sum())
