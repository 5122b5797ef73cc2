"""Series over ten million ticks, beside polars' rolling sums."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.calendar import ALWAYS
from analytics.columns import SymbolColumns
from analytics.series import SeriesSpec, calculator, parse_series
from analytics.span import Span, WindowBook
from analytics.ticks import Int64
from benchmarks.rows import Row, best_of

TICKS = 10_000_000
_BLOCK = 32_768
_PANDAS_TICKS = 1_000_000


def run() -> list[Row]:
    """Return the rows for rolling VWAP, with and without sigma."""
    rng = np.random.default_rng(7)
    ts_ns = 1_700_000_000_000_000_000 + np.cumsum(rng.exponential(5e6, TICKS).astype(np.int64))
    price = 2_490_000 + np.cumsum(rng.integers(-1, 2, TICKS)) * 5
    size = rng.integers(1, 50, TICKS) * 65
    columns = SymbolColumns("BENCH", ALWAYS, 2, 0)
    none = np.full(TICKS, np.iinfo(np.int64).min)
    columns.append(ts_ns, price, size, none, np.zeros(TICKS, np.bool_))
    ours = best_of(2, lambda: _compute(columns, [parse_series("vwap(60s)")]))
    with_sigma = best_of(
        2, lambda: _compute(columns, [parse_series("vwap(60s)"), parse_series("sigma(60s)")])
    )
    frame = pl.DataFrame({"t": ts_ns, "v": size, "pv": price * size}).with_columns(
        pl.col("t").cast(pl.Datetime("ns")), (pl.col("pv") * price).alias("ppv")
    )
    two = best_of(2, lambda: _polars(frame, ("v", "pv")))
    three = best_of(2, lambda: _polars(frame, ("v", "pv", "ppv")))
    rows = [
        Row(
            "rolling 60 s VWAP, 10 M ticks, exact",
            TICKS / ours / 1e6,
            "M ticks/s",
            "polars rolling_sum_by, two sums",
            two / ours,
        ),
        Row(
            "rolling 60 s VWAP and sigma, 10 M ticks, exact",
            TICKS / with_sigma / 1e6,
            "M ticks/s",
            "polars rolling_sum_by, three sums",
            three / with_sigma,
        ),
    ]
    pandas = _pandas_seconds(ts_ns[:_PANDAS_TICKS], size[:_PANDAS_TICKS], price[:_PANDAS_TICKS])
    if pandas is not None:
        rate = TICKS / ours / 1e6
        theirs = _PANDAS_TICKS / pandas / 1e6
        name = "rolling 60 s VWAP, exact, against floats"
        rows.append(Row(name, rate, "M ticks/s", "pandas rolling sums, 1 M ticks", rate / theirs))
    return rows


def _pandas_seconds(ts_ns: Int64, size: Int64, price: Int64) -> float | None:
    """Return the seconds pandas takes for two rolling sums, None where the extra `bench` is not installed."""
    try:
        import pandas as pd
    except ImportError:
        return None
    frame = pd.DataFrame({"v": size * 1.0, "pv": price * 1.0 * size}, index=pd.to_datetime(ts_ns))
    return best_of(2, lambda: frame.rolling("60s").sum())


def _compute(columns: SymbolColumns, specs: list[SeriesSpec]) -> None:
    book = WindowBook()
    each = [calculator(spec) for spec in specs]
    for start in range(0, columns.count, _BLOCK):
        span = Span(columns, start, min(start + _BLOCK, columns.count), book)
        for one in each:
            one.extend(span)


def _polars(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    return frame.select(pl.col(name).rolling_sum_by("t", window_size="60s", closed="right") for name in names)
