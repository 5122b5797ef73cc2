"""The engine on mixed symbols: its rate, whether a tick's cost stays flat, and the memory a tick takes.

Messages hold 1,000 ticks. Of what one poll returned so many are taken together as the engine takes at most;
what it costs to join them and to check them is a row of its own.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, thread_time_ns

import numpy as np

from analytics.engine import MOST_TOGETHER, Engine
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.ticks import Arrivals, TickBatch
from benchmarks.market import MixedMarket
from benchmarks.rows import Row
from feeds.pieces import joined

TICKS, HELD_TICKS = 2_000_000, 10_000_000
SYMBOLS = 50
SERIES = (
    "vwap(session)",
    "vwap(60s)",
    "sigma(60s)",
    "ema(20)",
    "rsi(14)",
    "high(300s)",
    "low(300s)",
    "rate(1s)",
)
MESSAGE = 1_000
RUNS = 3
RATE_GOAL, FLAT_GOAL, BYTES_GOAL = 1.5e6, 1.2, 160.0
_TOGETHER = MOST_TOGETHER // MESSAGE  # messages that are joined
_FEWER_ALONE = 8  # times fewer messages are taken one at a time, which takes so much longer
_FEW_HELD, _TIMED = 10_000, 500_000
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def run(
    ticks: int = TICKS, held_ticks: int = HELD_TICKS, series: Sequence[str] = SERIES, runs: int = RUNS
) -> list[Row]:
    """Return the rows for the engine, alone and behind the guard."""
    market = MixedMarket.of(SYMBOLS)
    messages = [_arrivals(market.batch(MESSAGE)) for _ in range(ticks // MESSAGE)]
    load = f"{SYMBOLS} symbols, {len(series)} series, messages of {MESSAGE:,}"
    few = messages[: -(-len(messages) // _FEWER_ALONE)]
    together, alone = [], []
    for _ in range(runs):  # taken in turn, so that a noisy moment is nobody's alone
        together.append(_cost_ns(messages, _TOGETHER, series))
        alone.append(_cost_ns(few, 1, series))
    (engine_ns, whole_ns), (alone_ns, whole_alone_ns) = (
        map(min, zip(*each, strict=True)) for each in (together, alone)
    )
    rate, one_by_one = 1e9 / engine_ns, "one message at a time"
    return [
        Row(
            f"engine, {load} taken {_TOGETHER} together",
            rate / 1e6,
            "M ticks/s",
            one_by_one,
            alone_ns / engine_ns,
            f"at least {RATE_GOAL / 1e6:g} M ticks/s",
            rate >= RATE_GOAL,
        ),
        Row(f"engine, {load}, {one_by_one}", 1e3 / alone_ns, "M ticks/s"),
        Row(
            f"joining, guard and engine, {load} taken {_TOGETHER} together",
            1e3 / whole_ns,
            "M ticks/s",
            one_by_one,
            whole_alone_ns / whole_ns,
        ),
        *_held(held_ticks, series, runs),
    ]


def _cost_ns(messages: list[Arrivals], together: int, series: Sequence[str]) -> tuple[float, float]:
    """Return the ns a tick that the engine takes, and with joining and the guard before it."""
    guard, engine = Guard(InstrumentTable()), _engine(series)
    engine_s, start = 0.0, perf_counter()
    for at in range(0, len(messages), together):
        for batch in guard.take(joined(messages[at : at + together])):
            began = perf_counter()
            engine.take(batch)
            engine_s += perf_counter() - began
    a_tick = 1e9 / (len(messages) * MESSAGE)
    return engine_s * a_tick, (perf_counter() - start) * a_tick


def _engine(series: Sequence[str]) -> Engine:
    return Engine(InstrumentTable(), [parse_series(text) for text in series])


def _arrivals(batch: TickBatch) -> Arrivals:
    zero = np.zeros(len(batch), np.int32)
    return Arrivals(
        symbols=batch.symbols,
        symbol=batch.symbol,
        ts_ns=batch.ts_ns,
        price=batch.price / 100.0,
        size=batch.size.astype(np.float64),
        seq=batch.seq,
        arrival_ns=batch.arrival_ns,
        partition=zero,
        offset=batch.row,
        index=zero,
        first_row=int(batch.row[0]),
    )


# What the engine holds; told by processes of their own, which nothing else has given memory


def _held(ticks: int, series: Sequence[str], runs: int) -> list[Row]:
    few, many = zip(*((_child(_FEW_HELD, series), _child(ticks, series)) for _ in range(runs)), strict=True)
    few_ns, many_ns = (min(cost_ns for cost_ns, _ in each) for each in (few, many))
    bytes_a_tick = max(bytes_each for _, bytes_each in many)
    load = f"engine, {SYMBOLS} symbols, {len(series)} series"
    much = f"{ticks / 1e6:g} M held"
    return [
        Row(
            f"{load}: a tick's cost at {much}",
            many_ns,
            "ns of CPU",
            f"at {_FEW_HELD:,} held",
            few_ns / many_ns,
            f"at most {FLAT_GOAL:g} times as much",
            many_ns <= few_ns * FLAT_GOAL,
        ),
        Row(
            f"{load}: memory a tick, {much}",
            bytes_a_tick,
            "bytes",
            goal=f"at most {BYTES_GOAL:g} bytes",
            met=0.0 < bytes_a_tick <= BYTES_GOAL,
        ),
    ]


def _child(ticks: int, series: Sequence[str]) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.engine", str(ticks), *series]
    reply = subprocess.run(command, check=True, capture_output=True, text=True)
    cost_ns, bytes_a_tick = (float(each) for each in reply.stdout.split())
    return cost_ns, bytes_a_tick


def held(ticks: int, series: Sequence[str]) -> tuple[float, float]:
    """Return the ns of CPU that one more tick takes where `ticks` are held, and the bytes that each held one takes."""
    market = MixedMarket.of(SYMBOLS)
    market.batch(_TOGETHER * MESSAGE)  # so that only what the engine holds comes on top
    gc.collect()
    before = _resident_bytes()
    engine = _engine(series)
    _fill(market, engine, ticks)
    gc.collect()
    bytes_a_tick = (_resident_bytes() - before) / ticks
    return _fill(market, engine, _TIMED), bytes_a_tick


def _fill(market: MixedMarket, engine: Engine, ticks: int) -> float:
    """Give the engine so many more ticks; return the ns of CPU that it took for one."""
    spent_ns, left = 0, ticks
    while left > 0:
        batch = market.batch(min(left, _TOGETHER * MESSAGE))
        left -= len(batch)
        start_ns = thread_time_ns()
        engine.take(batch)
        spent_ns += thread_time_ns() - start_ns
    return spent_ns / ticks


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except OSError:  # no /proc: memory is not told on this system
        return 0


if __name__ == "__main__":
    print(*held(int(sys.argv[1]), sys.argv[2:]))
