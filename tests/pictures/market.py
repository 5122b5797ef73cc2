"""The recording that every picture shows: half an hour of the demo market, with a gap, late and duplicate ticks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from app.commands.simulate import tick_table
from feeds.address import SimAddress
from feeds.clock import ManualClock
from feeds.instruments import load_instruments
from feeds.simulator import simulated_ticks

SYMBOL = "NIFTY-FUT"
MINUTES = 36
DAY = date(2026, 11, 20)
_RATE = 60.0
_MINUTE_NS = 60_000_000_000
_GAP_FROM_NS, _GAP_NS = 21 * _MINUTE_NS, 45_000_000_000
_TWICE, _LATE = 9_000, 15_500
"""Rows of the symbol that come twice, and some seconds too late."""
_LATE_BY = 90


def write_market(path: Path) -> None:
    """Write the recording; equal versions of the simulator write equal files."""
    clock = ManualClock()
    market = SimAddress(rate=_RATE, seed=20, date=DAY)
    parts = simulated_ticks(market, clock, load_instruments(), duration_ns=MINUTES * _MINUTE_NS)
    whole = pl.concat([pl.DataFrame(pl.from_arrow(tick_table(part))) for part in parts])
    start = whole["ts_ns"].min()
    assert isinstance(start, int)
    in_gap = (pl.col("ts_ns") - start).is_between(_GAP_FROM_NS, _GAP_FROM_NS + _GAP_NS)
    whole = whole.filter(~(in_gap & (pl.col("symbol") == SYMBOL))).with_row_index("place")
    mine = whole.filter(pl.col("symbol") == SYMBOL)["place"]
    twice, late, after = int(mine[_TWICE]), int(mine[_LATE]), int(mine[_LATE + _LATE_BY])
    rows = whole.with_columns(
        pl.when(pl.col("place") == late).then(after + 0.5).otherwise(pl.col("place")).alias("place")
    )
    again = whole.filter(pl.col("place") == twice).with_columns(pl.lit(twice + 40.5).alias("place"))
    pl.concat([rows, again]).sort("place").drop("place", "arrival_ns").write_parquet(path)
