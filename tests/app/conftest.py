"""A desk that a test fills by hand: real columns and logs, no feed, no thread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from analytics.calendar import NSE_DERIVATIVES
from analytics.columns import SymbolColumns
from analytics.errors import FeedUnavailable, RuleError
from analytics.events import DataEvent, EventKind, GuardCounts
from analytics.log import AppendLog
from analytics.retention import Retention
from analytics.rules import parse_rule
from analytics.rules.rule import Firing, Rule
from analytics.series import CATALOGUE, SeriesSpec, parse_series
from analytics.ticks import NO_SEQ, Position
from app.sessions import Held
from app.topic_finder import TopicFinder
from feeds.clock import ManualClock
from feeds.instruments import load_instruments
from feeds.kafka.vocabulary import TopicSummary
from feeds.source import FeedInfo, FeedState, FeedStatus, TimelineBin, Transport
from feeds.stages import Passage

OPEN_NS = 1_795_145_400_000_000_000  # 2026-11-20 09:00 IST
SECOND_NS = 1_000_000_000
SERIES = ("vwap(session)", "vwap_upper(session, 2)", "vwap_lower(session, 2)", "vwap(60s)")


class FakeDesk:
    """Has what `app.desk.Desk` has; `calls` lists the commands that it was given."""

    def __init__(self) -> None:
        self.instruments = load_instruments()
        self.clock = ManualClock(OPEN_NS)
        self.generation = 1
        self.info: FeedInfo | None = None
        self.address: str | None = None
        self.status = FeedStatus(FeedState.ENDED, "no feed is open")
        self.open_fault: FeedStatus | None = None
        self.loading = None
        self.now_ns = OPEN_NS
        self.counts = GuardCounts()
        self.lag_ticks = 0
        self.idle_s = 0.0
        self.settling = False
        self.recording: str | None = None
        self.recording_fault = ""
        self.rules_fault = ""
        self.series_faults: tuple[str, ...] = ()
        self.transport: Transport | None = None
        self.firings: AppendLog[Firing] = AppendLog()
        self.events: AppendLog[DataEvent] = AppendLog()
        self.passages: AppendLog[Passage] = AppendLog()
        self.engine_place = "thread"
        self.held = Held()
        self.retention: Retention | None = None
        self.rules: tuple[Rule, ...] = ()
        self.calls: list[tuple[object, ...]] = []
        self.distances: dict[str, float] = {}
        self.topics_of: dict[tuple[str, ...], tuple[TopicSummary, ...]] = {}
        self._columns: dict[str, SymbolColumns] = {}

    def begin_frame(self) -> None:
        """Nothing here moves by itself."""

    def weigh(self, ticks_s: float, late_ms: float) -> None:
        """No load is too heavy here."""

    # What a test does

    def go_live(self, *symbols: str, kind: str = "sim", closes: dict[str, float] | None = None) -> FakeDesk:
        self.info = FeedInfo(kind, "sim", "sim:", symbols, symbols[0] if symbols else None, closes or {})
        self.address = "sim:"
        self.status = FeedStatus(FeedState.LIVE)
        return self

    def go_replay(self, *symbols: str, rows: int = 1000, row: int = 400, paused: bool = False) -> FakeDesk:
        self.info = FeedInfo("file", "nifty-2026-11-20", "file:x", symbols, symbols[0])
        self.address = "file:x"
        bins = tuple(TimelineBin(at, at + 100, OPEN_NS + at * SECOND_NS, 50.0) for at in range(0, rows, 100))
        self.transport = Transport(row, rows, self.now_ns, OPEN_NS, OPEN_NS + rows, 20.0, paused, bins)
        self.status = FeedStatus(FeedState.PAUSED if paused else FeedState.REPLAYING)
        return self

    def move(self, **changes: object) -> None:
        self.transport = replace(self.transport, **changes)

    def trade(
        self, symbol: str, *prices: float, size: float = 65, at_s: float = 900, gap: bool = False
    ) -> None:
        """Append ticks one second apart, the first `at_s` seconds after 09:00, or after the last."""
        columns = self._columns.get(symbol)
        if columns is None:
            instrument = self.instruments[symbol]
            calendar = self.instruments.calendar_of(symbol)
            columns = SymbolColumns(symbol, calendar, instrument.price_scale, 0)
            for text in SERIES:
                columns.add_series(text)
            self._columns[symbol] = columns
        start = columns.count
        after = int(columns.column("ts_ns")[start - 1]) + SECOND_NS if start else OPEN_NS
        first = max(after, OPEN_NS + round(at_s * SECOND_NS))
        count = len(prices)
        ts_ns = first + np.arange(count, dtype=np.int64) * SECOND_NS
        price = np.rint(np.array(prices) * 10**columns.price_scale).astype(np.int64)
        sizes = np.full(count, size, np.int64)
        after_gap = np.zeros(count, np.bool_)
        after_gap[0] = gap
        columns.append(ts_ns, price, sizes, np.full(count, NO_SEQ), after_gap)
        stop = start + count
        volume = columns.column("sum_v")[:stop].astype(float)
        drift = columns.column("sum_vd")[:stop] / np.where(volume > 0, volume, np.nan)
        vwap = (columns.reference + drift) / 10.0**columns.price_scale
        for text, offset in zip(SERIES, (0.0, 2.0, -2.0, 0.5), strict=True):
            columns.series(text)[:stop] = vwap + offset
        columns.publish()
        self.now_ns = max(self.now_ns, int(ts_ns[-1]))
        self.counts = replace(self.counts, taken=self.counts.taken + count)

    def fire(
        self, rule: str, symbol: str, *, at_s: float, price: float, shown: bool = True, row: int = 1
    ) -> Firing:
        ts_ns = OPEN_NS + round(at_s * SECOND_NS)
        firing = Firing(rule, symbol, row, ts_ns, None, price, price, shown)
        self.firings.append(firing)
        self.now_ns = max(self.now_ns, ts_ns)
        return firing

    def happen(self, kind: EventKind, symbol: str, detail: str, *, at_s: float = 900, row: int = 1) -> None:
        ts_ns = OPEN_NS + round(at_s * SECOND_NS)
        self.events.append(DataEvent(kind, symbol, ts_ns, Position(0, row), row, detail))

    def begin_anew(self) -> None:
        self.generation += 1
        self._columns.clear()
        self.firings, self.events = AppendLog(), AppendLog()

    # What the window uses

    @property
    def symbols(self) -> tuple[str, ...]:
        known = self.info.symbols if self.info is not None else ()
        return tuple(dict.fromkeys((*known, *self._columns)))

    def view(self, symbol: str):
        columns = self._columns.get(symbol)
        return None if columns is None else columns.view

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        for rule in rules:
            parse_rule(rule)
        self.rules = rules

    def rule_fault(self, rule: Rule) -> str | None:
        try:
            parse_rule(rule)
        except RuleError as error:
            return str(error)
        return None

    def distance(self, rule: Rule) -> float | None:
        return self.distances.get(rule.name)

    def keep_series(self, text: str) -> SeriesSpec:
        spec = parse_series(text)
        self.calls.append(("keep_series", spec.text))
        return spec

    def drop_series(self, text: str) -> None:
        self.calls.append(("drop_series", parse_series(text).text))

    def topic_finder(self) -> TopicFinder:
        def look(servers: tuple[str, ...]) -> tuple[TopicSummary, ...]:
            if servers not in self.topics_of:
                raise FeedUnavailable(f"nothing answers at {','.join(servers)}")
            return self.topics_of[servers]

        return TopicFinder(look)

    def __getattr__(self, name: str):
        if name not in {
            "open", "cancel_open", "dismiss_fault", "close", "play", "pause", "step", "set_speed", "seek",
            "record",
        }:  # fmt: skip
            raise AttributeError(name)
        return lambda *given: self.calls.append((name, *given))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def calendar():
    return NSE_DERIVATIVES


@pytest.fixture
def catalogue() -> Iterator[None]:
    """Put the catalogue back to what it was, and let go of the modules of a test."""
    entries, modules = dict(CATALOGUE), set(sys.modules)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(entries)
    for name in set(sys.modules) - modules:
        if name.startswith("tickdesk_own_series_"):
            del sys.modules[name]
