"""A feed with faults, taken live and taped; its tape, replayed, gives the same columns and firings."""

from __future__ import annotations

import threading
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.rules.rule import Rule
from analytics.series import parse_series
from analytics.ticks import NO_SEQ, Arrivals
from feeds.address import FileAddress, SimAddress
from feeds.clock import ManualClock, SystemClock
from feeds.consumer import Consumer
from feeds.instruments import load_instruments
from feeds.opening import open_source
from feeds.pieces import piece
from feeds.replay import ReplaySource
from feeds.simulator import SimulatedSource, simulated_ticks
from feeds.source import Source
from feeds.tape import TapeWriter

SERIES = ("vwap(session)", "vwap(60s)", "sigma(60s)", "vwap_upper(session, 2)", "ema(20)")
RULES = (
    Rule("cross", "NIFTY-FUT", "price crosses vwap(60s)", hysteresis="1 tick", cooldown="5s"),
    Rule("band", "HDFCBANK", "price leaves vwap_lower(60s, 2)..vwap_upper(60s, 2)"),
    Rule("move", "RELIANCE", "price moves 0.02 % in 10s or price above vwap(500 ticks)"),
    Rule("basis", "NIFTY-FUT", "size above HDFCBANK:size"),
    Rule("quiet", "ANY of *", "no tick for 0.5s"),
    Rule("highs", "ANY of HDFCBANK, ICICIBANK, LT", "new session high", hysteresis="2 ticks"),
    Rule("banks", "ALL of HDFCBANK, ICICIBANK", "price above vwap(60s)"),
    Rule("gap", "RELIANCE", "gap in feed"),
)
DAY = date(2026, 11, 20)
OPENING_NS = 1_795_147_200_000_000_000  # 09:30:00 of that day: what is before it is in the topic at once
WAIT_S = 60.0


def desk_parts() -> tuple[InstrumentTable, Guard, Engine]:
    instruments = load_instruments()
    guard = Guard(instruments)
    engine = Engine(instruments, [parse_series(text) for text in SERIES], events=guard.events)
    engine.set_rules(RULES)
    return instruments, guard, engine


def simulated(seconds: int) -> list[Arrivals]:
    address = SimAddress(rate=400.0, seed=5, date=DAY)
    return list(
        simulated_ticks(address, ManualClock(), load_instruments(), duration_ns=seconds * 1_000_000_000)
    )


def with_faults(clean: list[Arrivals], seed: int) -> list[Arrivals]:
    """Return the ticks with some lost, some twice, some behind others, some bad, in odd pieces."""
    rng = np.random.default_rng(seed)
    faulty = []
    offset = 0
    for each in clean:
        order = np.arange(len(each), dtype=np.float64)
        order += np.where(rng.random(len(each)) < 0.03, rng.integers(1, 200, len(each)), 0)
        rows = np.argsort(order, kind="stable")
        rows = rows[rng.random(len(rows)) > 0.01]
        rows = np.repeat(rows, np.where(rng.random(len(rows)) < 0.01, 2, 1))
        price = each.price[rows].copy()
        price[rng.random(len(rows)) < 0.002] = -1.0
        faulty.append(
            Arrivals(
                symbols=each.symbols,
                symbol=each.symbol[rows],
                ts_ns=each.ts_ns[rows],
                price=price,
                size=each.size[rows],
                seq=np.where(rng.random(len(rows)) < 0.002, NO_SEQ, each.seq[rows]),
                arrival_ns=np.maximum.accumulate(each.arrival_ns[rows]),
                partition=np.zeros(len(rows), np.int32),
                offset=offset + np.arange(len(rows)),
                index=np.zeros(len(rows), np.int32),
                first_row=offset,
                runs=each.runs,
                run=None if each.run is None else each.run[rows],
                sources=each.sources,
                source=None if each.source is None else each.source[rows],
            )
        )
        offset += len(rows)
    return [part for each in faulty for part in cut(each, rng)]


def cut(arrivals: Arrivals, rng: np.random.Generator) -> list[Arrivals]:
    borders = np.unique(np.concatenate(([0, len(arrivals)], rng.integers(0, len(arrivals) + 1, 6))))
    return [piece(arrivals, int(a), int(b)) for a, b in pairwise(borders)]


def run_to_the_end(source: Source, guard: Guard, engine: Engine) -> None:
    consumer = Consumer(source, guard, engine, clock=SystemClock())
    consumer.start()
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if consumer.finished:
            break
        pause.wait(0.01)
    assert consumer.finished
    assert consumer.stop(WAIT_S)


def replay_of(tape: Path, instruments: InstrumentTable) -> ReplaySource:
    address = FileAddress(tape, speed=None, text=f"file:{tape}")
    source = open_source(address, clock=SystemClock(), instruments=instruments)
    assert isinstance(source, ReplaySource)
    return source


def assert_same(live: Engine, replayed: Engine) -> None:
    assert set(live.symbols) == set(replayed.symbols)
    for symbol in live.symbols:
        one, other = live.view(symbol), replayed.view(symbol)
        assert one is not None
        assert other is not None
        assert one.count == other.count
        for name in ("ts_ns", "time_ns", "price", "size", "seq", "session"):
            np.testing.assert_array_equal(getattr(one, name)[: one.count], getattr(other, name)[: one.count])
        for text in one.series:
            ours = one.values(text, 0, one.count).view(np.int64)
            np.testing.assert_array_equal(ours, other.values(text, 0, one.count).view(np.int64), err_msg=text)
        np.testing.assert_array_equal(one.gaps(), other.gaps())
    fired, again = ([repr(each) for each in engine.firings.since(0)[0]] for engine in (live, replayed))
    assert fired == again  # as text: a NaN is not equal to itself


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tape_of_a_faulty_feed_replays_to_the_same_columns_and_firings(tmp_path: Path, seed: int) -> None:
    arrivals = with_faults(simulated(60), seed)
    rng = np.random.default_rng(seed)
    instruments, guard, engine = desk_parts()
    with TapeWriter(tmp_path / "tape", topic_id="test", part_rows=7_000) as tape:
        for each in arrivals:
            tape.write(each)
            for batch in guard.take(each):
                engine.take(batch)
            due = guard.deadline()
            if due is not None and rng.random() < 0.5:  # silence long enough for the gap to be declared
                tape.note_time(due[1], due[0])
                for batch in guard.pass_time(due[1], due[0]):
                    engine.take(batch)
            silence_ns = engine.deadline()
            if silence_ns is not None and rng.random() < 0.05:
                for partition in guard.behind(silence_ns):
                    tape.note_time(partition, silence_ns)
                    for batch in guard.pass_time(partition, silence_ns):
                        engine.take(batch)
        for batch in guard.finish():
            engine.take(batch)
    counts = guard.counts
    assert min(counts.quarantined, counts.late, counts.duplicate, counts.gaps) > 10
    assert counts.sent == sum(len(each) for each in arrivals)
    assert {each.rule for each in engine.firings.since(0)[0]} == {rule.name for rule in RULES}

    _, guard_again, engine_again = desk_parts()
    run_to_the_end(replay_of(tmp_path / "tape", instruments), guard_again, engine_again)
    assert guard_again.counts == counts
    assert_same(engine, engine_again)


def test_a_tape_written_while_the_simulator_runs_replays_to_what_was_live(tmp_path: Path) -> None:
    instruments, guard, engine = desk_parts()
    source = SimulatedSource(SimAddress(rate=100.0, seed=9, date=DAY), SystemClock(), instruments)
    consumer = Consumer(source, guard, engine, clock=SystemClock())
    consumer.record(TapeWriter(tmp_path / "tape", topic_id="sim"))
    consumer.start()
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if source.now_ns > OPENING_NS and consumer.taken > 20_000 and source.lag == 0:
            break
        pause.wait(0.01)
    assert consumer.stop(WAIT_S)
    assert consumer.taken > 20_000

    _, guard_again, engine_again = desk_parts()
    run_to_the_end(replay_of(tmp_path / "tape", instruments), guard_again, engine_again)
    assert guard_again.counts == guard.counts
    assert_same(engine, engine_again)
