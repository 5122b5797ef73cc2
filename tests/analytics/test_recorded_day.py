"""Every trade of a recorded day against exact whole-number sums: SPY, 2013-10-07, 250,601 trades."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from math import sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.calendar import ALWAYS
from analytics.columns import ColumnsView
from analytics.engine import Engine
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.ticks import NO_SEQ, Arrivals, TickBatch
from feeds.pieces import piece
from tests.builders.batches import slices

TRADES = 250_601
MIDNIGHT_NS = int(datetime(2013, 10, 7, tzinfo=ZoneInfo("America/New_York")).timestamp()) * 10**9
MINUTE_NS = 60 * 10**9
TEXTS = ("vwap(session)", "vwap(60s)", "sigma(session)", "sigma(60s)", "vwap(500 ticks)", "ema(20)")
UNITS = 10**4


@dataclass(frozen=True, slots=True)
class Day:
    """A day's trades as whole numbers: prices in units of 1/10,000."""

    ts_ns: list[int]
    price: list[int]
    size: list[int]

    def batch(self) -> TickBatch:
        rows = np.arange(len(self.ts_ns), dtype=np.int64)
        return TickBatch(
            symbols=("SPY",),
            symbol=np.zeros(len(rows), np.int32),
            ts_ns=np.array(self.ts_ns, np.int64),
            arrival_ns=np.array(self.ts_ns, np.int64),
            price=np.array(self.price, np.int64),
            size=np.array(self.size, np.int64),
            seq=np.full(len(rows), NO_SEQ),
            row=rows,
            after_gap=np.zeros(len(rows), np.bool_),
            price_scale=(4,),
            size_scale=(0,),
        )


def table(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return list(csv.reader(io.StringIO(archive.read(name).decode())))


@pytest.fixture(scope="module")
def day(test_data: Path) -> Day:
    rows = table(test_data / "lean" / "usa_tick_spy_20131007_trade.zip")
    return Day(
        [MIDNIGHT_NS + int(row[0]) * 10**6 for row in rows],
        [int(row[1]) for row in rows],
        [int(row[2]) for row in rows],
    )


def engine_over(batches: list[TickBatch]) -> ColumnsView:
    engine = Engine(InstrumentTable(calendar=ALWAYS), [parse_series(text) for text in TEXTS])
    for batch in batches:
        engine.take(batch)
    view = engine.view("SPY")
    assert view is not None
    return view


@pytest.fixture(scope="module")
def view(day: Day) -> ColumnsView:
    return engine_over([day.batch()])


class Sums:
    """Whole-number sums over any rows of a day."""

    def __init__(self, day: Day) -> None:
        weighted = list(zip(day.size, day.price, strict=True))
        self.v = [0, *accumulate(day.size)]
        self.pv = [0, *accumulate(size * price for size, price in weighted)]
        self.ppv = [0, *accumulate(size * price * price for size, price in weighted)]

    def vwap(self, start: int, stop: int) -> float:
        volume = self.v[stop] - self.v[start]
        return (self.pv[stop] - self.pv[start]) / (volume * UNITS) if volume else float("nan")

    def sigma(self, start: int, stop: int) -> float:
        v, pv, ppv = (each[stop] - each[start] for each in (self.v, self.pv, self.ppv))
        return sqrt((v * ppv - pv * pv) / (v * v * UNITS * UNITS)) if v else float("nan")


@pytest.fixture(scope="module")
def sums(day: Day) -> Sums:
    return Sums(day)


def starts(day: Day, window: str) -> list[int]:
    """Return the first row of each row's window; sessions are UTC days."""
    if window == "60s":
        return [bisect_right(day.ts_ns, ts_ns - MINUTE_NS, 0, at + 1) for at, ts_ns in enumerate(day.ts_ns)]
    if window == "500 ticks":
        return [max(0, at - 499) for at in range(TRADES)]
    days = [ts_ns // (1_440 * MINUTE_NS) for ts_ns in day.ts_ns]
    return [days.index(each) for each in days] if days[0] != days[-1] else [0] * TRADES


def test_the_recording_is_the_one_described(day: Day) -> None:
    assert len(day.ts_ns) == TRADES
    assert day.ts_ns == sorted(day.ts_ns)


@pytest.mark.parametrize("window", ["session", "60s", "500 ticks"])
def test_vwap_is_exact_at_every_trade(day: Day, view: ColumnsView, sums: Sums, window: str) -> None:
    exact = np.array([sums.vwap(start, at + 1) for at, start in enumerate(starts(day, window))])
    np.testing.assert_allclose(view.values(f"vwap({window})", 0, TRADES), exact, rtol=1e-12, atol=0)


@pytest.mark.parametrize("window", ["session", "60s"])
def test_sigma_is_exact_at_every_trade(day: Day, view: ColumnsView, sums: Sums, window: str) -> None:
    exact = np.array([sums.sigma(start, at + 1) for at, start in enumerate(starts(day, window))])
    np.testing.assert_allclose(view.values(f"sigma({window})", 0, TRADES), exact, rtol=1e-9, atol=0)


def test_prices_and_sizes_come_back_as_they_were_recorded(day: Day, view: ColumnsView) -> None:
    assert view.values("price", 0, TRADES).tolist() == [price / UNITS for price in day.price]
    assert view.values("size", 0, TRADES).tolist() == [float(size) for size in day.size]


@pytest.mark.parametrize("seed", range(3))
def test_a_day_in_parts_equals_the_whole_day_to_the_bit(day: Day, view: ColumnsView, seed: int) -> None:
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(TRADES), 10 ** (seed + 1)))
    in_parts = engine_over(slices(day.batch(), cuts))
    for text in TEXTS:
        whole = view.values(text, 0, TRADES)
        assert in_parts.values(text, 0, TRADES).tobytes() == whole.tobytes(), text


FIRST_SEQ = 10_000
HELD_NS = 200 * 10**6  # less than the guard waits for a missing number


def disturbed(day: Day, rng: random.Random) -> tuple[list[tuple[int, int]], int, int]:
    """Return (row, seq) of a day as it might come, with how many duplicates and late ticks are among them.

    Ticks are numbered. Some come a little after those that follow them, some come again, and some are older
    than the first number seen.
    """
    place = [float(at) for at in range(TRADES)]
    for at in rng.sample(range(100, TRADES - 100), 2_000):
        behind = at + rng.randint(1, 40)
        if day.ts_ns[behind] - day.ts_ns[at] < HELD_NS:
            place[at] = behind + 0.5
    come = [(place[at], at, FIRST_SEQ + at) for at in range(TRADES)]
    again = [
        (rng.uniform(place[at] + 50, TRADES), at, FIRST_SEQ + at) for at in rng.sample(range(TRADES), 1_500)
    ]
    older = [(rng.uniform(100, TRADES), rng.randrange(TRADES), seq) for seq in range(1, 1_001)]
    return [(row, seq) for _, row, seq in sorted(come + again + older)], len(again), len(older)


def arrivals_of(day: Day, come: list[tuple[int, int]]) -> Arrivals:
    rows, seq = (np.array(each, np.int64) for each in zip(*come, strict=True))
    zero = np.zeros(len(rows), np.int32)
    ts_ns = np.array(day.ts_ns, np.int64)[rows]
    return Arrivals(
        symbols=("SPY",),
        symbol=zero,
        ts_ns=ts_ns,
        price=np.array(day.price)[rows] / UNITS,
        size=np.array(day.size, np.float64)[rows],
        seq=seq,
        arrival_ns=np.maximum.accumulate(np.where(seq < FIRST_SEQ, 0, ts_ns)),
        partition=zero,
        offset=np.arange(len(rows)),
        index=zero,
        runs=("one",),
        run=zero,
    )


@pytest.mark.parametrize("seed", range(2))
def test_a_day_with_late_and_duplicate_ticks_equals_the_clean_day_to_the_bit(
    day: Day, view: ColumnsView, seed: int
) -> None:
    rng = random.Random(seed)
    come, duplicates, late = disturbed(day, rng)
    arrivals = arrivals_of(day, come)
    guard = Guard(InstrumentTable(calendar=ALWAYS))
    borders = [0, *sorted(rng.sample(range(len(come)), 40)), len(come)]
    batches = [
        batch for start, stop in pairwise(borders) for batch in guard.take(piece(arrivals, start, stop))
    ]
    found = engine_over([*batches, *guard.finish()])
    counts = guard.counts
    assert (counts.taken, counts.late, counts.duplicate, counts.gaps) == (TRADES, late, duplicates, 0)
    for text in ("price", "size", *TEXTS):
        assert found.values(text, 0, TRADES).tobytes() == view.values(text, 0, TRADES).tobytes(), text


def test_minute_volumes_equal_the_vendors_minute_bars(test_data: Path, view: ColumnsView) -> None:
    bars = {
        MIDNIGHT_NS + int(row[0]) * 10**6: int(row[5])
        for row in table(test_data / "lean" / "usa_minute_spy_20131007_trade.zip")
    }
    traded: Counter[int] = Counter()
    for ts_ns, size in zip(
        view.ts_ns[: view.count].tolist(), view.values("size", 0, view.count).tolist(), strict=True
    ):
        traded[ts_ns - ts_ns % MINUTE_NS] += int(size)
    equal = sum(traded[minute] == volume for minute, volume in bars.items())
    assert equal / len(bars) >= 0.995
