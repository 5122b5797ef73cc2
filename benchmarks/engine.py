"""Guard and engine on mixed symbols, in messages as they arrive."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from analytics.engine import Engine
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.ticks import Arrivals
from benchmarks.rows import Row

TICKS = 2_000_000
SYMBOLS = tuple(f"S{number:02}" for number in range(13))
SERIES = ("vwap(session)", "vwap(60s)")


def run() -> list[Row]:
    """Return the rows for the whole path from arrivals to published columns."""
    rows = []
    alone = _rate(32_768)
    for message in (1_000, 32_768):
        rate = _rate(message) if message != 32_768 else alone
        rows.append(
            Row(
                f"guard and engine, 13 symbols, {len(SERIES)} series, {message:,} ticks together",
                rate / 1e6,
                "M ticks/s",
                "32,768 together",
                rate / alone,
            )
        )
    return rows


def _rate(message: int) -> float:
    rng = np.random.default_rng(3)
    symbol = rng.integers(0, len(SYMBOLS), TICKS).astype(np.int32)
    seq = np.empty(TICKS, np.int64)
    for code in range(len(SYMBOLS)):
        mine = symbol == code
        seq[mine] = np.arange(1, mine.sum() + 1)
    ts_ns = 1_700_000_000_000_000_000 + np.arange(TICKS) * 400_000
    price = 1_000.0 + np.cumsum(rng.integers(-1, 2, TICKS)) * 0.05
    price = np.rint(price * 100) / 100
    size = rng.integers(1, 50, TICKS).astype(np.float64)
    zero = np.zeros(TICKS, np.int32)
    place = np.arange(TICKS)
    guard = Guard(InstrumentTable())
    engine = Engine(InstrumentTable(), [parse_series(text) for text in SERIES])
    start = perf_counter()
    for at in range(0, TICKS, message):
        cut = slice(at, at + message)
        arrivals = Arrivals(
            symbols=SYMBOLS,
            symbol=symbol[cut],
            ts_ns=ts_ns[cut],
            price=price[cut],
            size=size[cut],
            seq=seq[cut],
            arrival_ns=ts_ns[cut],
            partition=zero[cut],
            offset=place[cut],
            index=zero[cut],
            first_row=at,
        )
        for batch in guard.take(arrivals):
            engine.take(batch)
    return TICKS / (perf_counter() - start)
