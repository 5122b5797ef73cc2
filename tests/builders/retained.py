"""A market of some sessions, and engines over it that hold all or let go, with what they computed and fired."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from analytics.calendar import NSE
from analytics.columns import ColumnsView
from analytics.engine import Engine
from analytics.fingerprint import Checked, Fingerprint
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.retention import Retention
from analytics.rules import Firing, Rule
from analytics.series import parse_series
from analytics.ticks import TickBatch
from tests.builders.batches import Batching, Clean, Scale, random_cuts
from tests.builders.memories import PoisonMemory, is_poison
from tests.builders.ticks import MORNING, SECOND

SYMBOLS = ("A", "B", "NIFTY")
TABLE = InstrumentTable(
    [
        Instrument("A", Kind.STOCK, NSE),
        Instrument("B", Kind.STOCK, NSE),
        Instrument("NIFTY", Kind.INDEX, NSE, vwap_source="A"),
    ]
)
RETENTION = Retention(ticks=520, bytes=10**9)
DAY = 86_400 * SECOND
WINDOWS = (
    "session",
    "60s",
    "20m",
    "30 ticks",
    "700 ticks",
    "from tick 400",
    "from 2025-09-16T10:15",
)
OVER_WINDOWS = (
    *("vwap({})", "sigma({})", "vwap_upper({}, 2)", "vwap_lower({}, 2)", "zscore({})", "twap({})"),
    *("volume({})", "volume_rate({})", "rate({})", "delta({})", "high({})", "low({})", "volatility({})"),
    *("poc({}, 0.5)", "value_area_high({}, 0.5)", "value_area_low({}, 0.5)"),
)
BARS = ("5m", "40 ticks", "84000 volume", "0.5 range")
OVER_BARS = ("bar_open({})", "bar_high({})", "bar_low({})", "bar_close({})", "bar_volume({})", "atr(5, {})")
PLAIN = (
    *("sma(5)", "sma(900)", "ema(20)", "bollinger_upper(20, 2)", "bollinger_lower(900, 2)", "rsi(14)"),
    *("macd(12, 26)", "macd_signal(12, 26, 9)", "macd_hist(12, 26, 9)", "signed_size"),
    *("index_vwap(session, future)", "index_vwap(60s, future)"),
)
TEXTS = (
    *(text.format(window) for window in WINDOWS for text in OVER_WINDOWS),
    *(text.format(bars) for bars in BARS for text in OVER_BARS),
    *PLAIN,
)
WHENS = (
    "price crosses vwap(session)",
    "price above vwap(700 ticks)",
    "price crosses above vwap(from tick 400) and price below vwap(20m)",
    "price crosses 1000",
    "vwap(60s) crosses vwap(session)",
    "price leaves 998..1002",
    "price enters vwap_lower(session, 1)..vwap_upper(session, 1)",
    "price moves 0.2 % in 60s",
    "price moves 0.3 % in 2h",
    "volume spikes 2x in 60s against 10m",
    "volume spikes 1.2x in 10m against 2h",
    "new session high",
    "new session low and size above 20",
    "gap in feed",
    "no tick for 50s",
    "B:price crosses B:vwap(session)",
    "B:vwap(20m) above A:price or new session high",
    "A:vwap(from tick 400) crosses B:price",
)
RULES = tuple(
    [
        Rule(f"{symbol} {when} {hysteresis}", symbol, when, hysteresis)
        for symbol in ("A", "ANY of A, B")
        for when in WHENS
        for hysteresis in ("0", "0.1")
    ]
    + [Rule("all", "ALL of A, B", "price above vwap(session)"), Rule("every", "ANY of *", "new session low")]
)


def market(seed: int, count: int) -> list[Clean]:
    """Return ticks of some sessions, off hours and idle stretches among them."""
    rng = random.Random(seed)
    found, at_ns, prices = [], MORNING, dict.fromkeys(SYMBOLS, 100_000)
    for row in range(count):
        at_ns += rng.choice((0, 1, SECOND, 2 * SECOND, 5 * SECOND, 400 * SECOND * (rng.random() < 0.01)))
        if row % (count // 3) == count // 6:
            at_ns = at_ns // DAY * DAY + DAY + MORNING % DAY - rng.choice((0, 3_600)) * SECOND
        symbol = rng.choice(("A", "A", "A", "B", "B", "NIFTY"))
        prices[symbol] += rng.choice((0, 1, -1, 5, -5, 20, -20)) + (prices[symbol] < 100_000)
        back_ns = rng.randrange(3 * SECOND) if rng.random() < 0.1 else 0
        size = rng.choice((0, 1, 10, rng.randrange(100), rng.randrange(1_000)))
        found.append(Clean(at_ns - back_ns, prices[symbol], size, symbol, after_gap=rng.random() < 0.005))
    return found


def batches(seed: int, ticks: Sequence[Clean], widen_from: int) -> list[TickBatch]:
    """Return ticks in random batches; A's come with more decimals from a batch on."""
    rng = random.Random(seed)
    bounds = [0, *sorted({*random_cuts(rng, len(ticks)), *range(0, len(ticks), 500)} - {0}), len(ticks)]
    found, narrow = [], {name: Scale(2, 0) for name in SYMBOLS}
    for start, stop in pairwise(bounds):
        part, scales = ticks[start:stop], narrow
        if start >= widen_from:
            scales = {**narrow, "A": Scale(3, 1)}
            part = [
                Clean(t.ts_ns, t.price * 10, t.size * 10, t.symbol, t.seq, t.after_gap)
                if t.symbol == "A"
                else t
                for t in part
            ]
        found.append(Batching(SYMBOLS, scales).batch(part, start))
    return found


@dataclass
class Watched:
    """An engine, what it computed tick by tick, and what fired."""

    retention: Retention | None
    texts: Sequence[str] = TEXTS
    rules: Sequence[Rule] = RULES
    memory: PoisonMemory = field(default_factory=PoisonMemory)
    blocks: list[Checked] = field(default_factory=list)
    fired: list[Firing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(
            TABLE,
            [parse_series(text) for text in self.texts],
            memory=self.memory,
            retention=self.retention,
        )
        self.engine.set_rules(self.rules)
        witness = Fingerprint(self.blocks.append, digest=self.engine.state_digest)
        witness.watch([parse_series(text).text for text in self.texts])
        self.engine.witness = witness

    def take(self, batch: TickBatch) -> None:
        self.fired += self.engine.take(batch)

    def taken(self, batches: Sequence[TickBatch]) -> Watched:
        for batch in batches:
            self.take(batch)
        return self

    def view(self, symbol: str) -> ColumnsView:
        found = self.engine.view(symbol)
        assert found is not None
        return found

    def values(self, text: str) -> np.ndarray:
        return np.concatenate([block.values[text] for block in self.blocks])

    def fingerprint(self) -> np.ndarray:
        return np.concatenate([block.fingerprint for block in self.blocks])


def held_arrays(view: ColumnsView) -> Iterator[tuple[str, np.ndarray]]:
    """Yield every array of a view, its held rows alone."""
    rows = slice(view.first, view.count)
    for name in ("ts_ns", "time_ns", "price", "size", "seq", "session", "sum_v", "sum_vd", "sum_vdd"):
        yield name, getattr(view, name)[rows]
    for text, column in view.series.items():
        yield text, column[rows]


def assert_equal_where_held(less: ColumnsView, more: ColumnsView) -> None:
    """Check that two views agree to the bit on the rows that the first one holds."""
    assert (less.count, less.price_scale, less.generation) == (more.count, more.price_scale, more.generation)
    rows = slice(less.first, less.count)
    whole = {
        **{name: getattr(more, name) for name, _ in held_arrays(less) if hasattr(more, name)},
        **more.series,
    }
    for name, column in held_arrays(less):
        assert not is_poison(column).any(), name
        assert column.tobytes() == whole[name][rows].tobytes(), name
    assert less.gaps().tolist() == more.gaps().tolist()
    assert less.sessions().tolist() == more.sessions().tolist()
