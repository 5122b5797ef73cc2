"""Rolling VWAP as ticks arrive, a thousand at a time: our engine beside csp and talipp.

csp has its own engine: it is given the batches as Arrow tables, which its C++ adapter turns into ticks in
event time. talipp has no window by time: its VWAP keeps running sums, and a loop of ours takes the
difference between now and 60 s ago, which gives the same value. Both are given float64, as they want it;
ours is given what the guard lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.engine import Engine
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from analytics.ticks import Float64
from benchmarks.market import Ticks, one_symbol, one_symbol_batches, stretches
from benchmarks.rows import Row, in_turn, peer
from benchmarks.series import WINDOW_NS

TICKS, TALIPP_TICKS = 2_000_000, 200_000
MESSAGE = 1_000
CSP_GOAL, TALIPP_GOAL = 3.0, 10.0
RUNS = 3
_SERIES = "vwap(60s)"
_NEAR = 1e-9  # relative; peers add floats up


def run(ticks: int = TICKS, talipp_ticks: int = TALIPP_TICKS) -> list[Row]:
    """Return the rows for rolling VWAP as it arrives."""
    market = one_symbol(ticks)
    few = Ticks(*(column[:talipp_ticks] for column in (market.ts_ns, market.price, market.size)))
    batches = one_symbol_batches(market, MESSAGE)
    found: dict[str, Float64] = {}

    def ours() -> None:
        engine = Engine(InstrumentTable(), [parse_series(_SERIES)])
        for batch in batches:
            engine.take(batch)
        view = engine.view("BENCH")
        assert view is not None
        found["ours"] = view.values(_SERIES, 0, view.count)

    graph = _CspGraph(market)
    whole = _CspGraph(market, whole=True)

    def theirs() -> None:
        found["csp"] = graph.run()

    def loop() -> None:
        found["talipp"] = _talipp(few)

    ours_s, csp_s, whole_s, talipp_s = in_turn(RUNS, ours, theirs, whole.run, loop)
    rate = ticks / ours_s
    name = f"rolling 60 s VWAP as it arrives, {ticks / 1e6:g} M ticks in batches of {MESSAGE:,}"
    csp_like = "csp.stats.mean weighted by size"
    return [
        _row(name, rate, f"{csp_like}, from Arrow batches", ticks / csp_s, CSP_GOAL, _alike(found, "csp")),
        Row(
            name,
            rate / 1e6,
            "M ticks/s",
            f"{csp_like}, given all ticks at once as arrays",
            rate / (ticks / whole_s),
        ),
        _row(
            name,
            rate,
            f"talipp VWAP's running sums, window by a loop, {talipp_ticks / 1e6:g} M ticks",
            talipp_ticks / talipp_s,
            TALIPP_GOAL,
            _alike(found, "talipp"),
        ),
    ]


def _row(name: str, rate: float, against: str, their_rate: float, goal: float, alike: bool) -> Row:
    ratio = rate / their_rate
    name = name if alike else f"{name}: VALUES DIFFER"
    met = ratio >= goal and alike
    return Row(name, rate / 1e6, "M ticks/s", against, ratio, f"at least {goal:g}x", met)


def _alike(found: dict[str, Float64], name: str) -> bool:
    """Return whether a peer computed the same thing, or the ratio would say nothing."""
    theirs = found[name]
    return bool(np.allclose(theirs, found["ours"][: len(theirs)], rtol=_NEAR, atol=0.0))


@dataclass(slots=True)
class _CspGraph:
    """csp's rolling mean of price weighted by size, over ticks in batches or, `whole`, over arrays."""

    market: Ticks
    whole: bool = False
    tables: tuple[pa.Table, ...] = ()

    def __post_init__(self) -> None:
        if not self.whole:
            self.tables = tuple(_tables(self.market))

    def run(self) -> Float64:
        """Run it to the end, and return its values."""
        csp = peer("csp")
        first_ns, last_ns = int(self.market.ts_ns[0]), int(self.market.ts_ns[-1])
        outputs = csp.run(
            self._build,
            starttime=_utc(first_ns) - timedelta(seconds=1),
            endtime=_utc(last_ns) + timedelta(seconds=1),
            output_numpy=True,
        )
        values: Float64 = outputs[0][1]
        return values

    def _build(self) -> Any:
        csp, stats = peer("csp"), peer("csp.stats")
        price, size = self._from_arrays(csp) if self.whole else self._from_batches()
        window = timedelta(microseconds=WINDOW_NS // 1_000)
        csp.add_graph_output(0, stats.mean(price, window, min_window=timedelta(0), weights=size))

    def _from_arrays(self, csp: Any) -> tuple[Any, Any]:
        times = self.market.ts_ns.view("datetime64[ns]")
        price, size = self.market.floats, self.market.size.astype(np.float64)
        return csp.curve(float, (times, price)), csp.curve(float, (times, size))

    def _from_batches(self) -> tuple[Any, Any]:
        reader = peer("csp.adapters.parquet").ParquetReader(
            lambda _start, _end: iter(self.tables), time_column="t", read_from_memory_tables=True
        )
        return reader.subscribe_all(float, "price"), reader.subscribe_all(float, "size")


def _tables(market: Ticks) -> Iterator[pa.Table]:
    price, size = market.floats, market.size.astype(np.float64)
    for start, stop in stretches(len(market), MESSAGE):
        times = pa.array(market.ts_ns[start:stop], pa.timestamp("ns", tz="UTC"))
        yield pa.table({"t": times, "price": price[start:stop], "size": size[start:stop]})


def _utc(at_ns: int) -> datetime:
    """Return a time as csp wants it: UTC without saying so."""
    return datetime.fromtimestamp(at_ns // 10**9, UTC).replace(tzinfo=None)


def _talipp(market: Ticks) -> Float64:
    """Return the VWAP of each tick's window, tick by tick."""
    make, indicator = peer("talipp.ohlcv").OHLCV, peer("talipp.indicators").VWAP()
    traded, volume = indicator.sum_price_vol, indicator.sum_vol  # from 0.0 before the first tick on
    times: list[int] = []
    found: list[float] = []
    before = 0
    price, size = market.floats, market.size.astype(np.float64)
    for start, stop in stretches(len(market), MESSAGE):
        mine = slice(start, stop)
        for at, p, s in zip(
            market.ts_ns[mine].tolist(), price[mine].tolist(), size[mine].tolist(), strict=True
        ):
            indicator.add(make(p, p, p, p, s))
            times.append(at)
            while times[before] <= at - WINDOW_NS:
                before += 1
            found.append((traded[-1] - traded[before]) / (volume[-1] - volume[before]))
    return np.array(found)
