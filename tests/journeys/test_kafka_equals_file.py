"""A recording through a real broker: the same series and the same firings as of the file, tick for tick."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.calendar import calendar_named
from analytics.engine import Engine
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.rules.rule import Rule
from analytics.series import parse_series
from app.cli import main
from app.commands.publishing import publish
from feeds.address import FileAddress, KafkaAddress, parse_address
from feeds.clock import SystemClock
from feeds.consumer import Consumer
from feeds.files import Recording, open_recording
from feeds.instruments import load_instruments
from feeds.kafka.sink import KafkaSink
from feeds.kafka.source import KafkaSource
from feeds.opening import reading_for
from feeds.replay import ReplaySource
from tests.builders.broker import Broker

pytestmark = pytest.mark.kafka

WAIT_S = 120.0
SERIES = ("vwap(session)", "vwap(60s)", "sigma(60s)", "vwap_upper(session, 2)", "vwap(500 ticks)", "ema(20)")
SPY_RULES = (
    Rule("session", "SPY", "price crosses vwap(session)", hysteresis="0.02"),
    Rule("minute", "SPY", "price crosses above vwap(60s)", hysteresis="0.01", cooldown="30s"),
    Rule("band", "SPY", "price leaves vwap_lower(60s, 2)..vwap_upper(60s, 2)", cooldown="10s"),
)
SIMULATED_RULES = tuple(
    Rule(f"{symbol} crosses", symbol, "price crosses vwap(60s)", hysteresis="1 tick", cooldown="5s")
    for symbol in ("NIFTY-FUT", "RELIANCE", "HDFCBANK", "ITC")
)


@dataclass(frozen=True, slots=True)
class Case:
    """A recording with the instruments and rules it is taken with."""

    recording: Recording
    instruments: InstrumentTable
    rules: tuple[Rule, ...]

    def parts(self) -> tuple[Guard, Engine]:
        guard = Guard(self.instruments)
        engine = Engine(self.instruments, [parse_series(text) for text in SERIES], events=guard.events)
        engine.set_rules(self.rules)
        return guard, engine


@pytest.fixture(scope="module")
def spy_day(test_data: Path) -> Case:
    instruments = load_instruments().with_calendar(calendar_named("us"))
    path = test_data / "lean" / "usa_tick_spy_20131007_trade.zip"
    recording = open_recording(FileAddress(path), reading_for(instruments, "America/New_York"))
    assert recording.rows == 250_601
    return Case(recording, instruments, SPY_RULES)


@pytest.fixture(scope="module")
def simulated_quarter(tmp_path_factory: pytest.TempPathFactory) -> Case:
    path = tmp_path_factory.mktemp("simulated") / "day.parquet"
    assert main(["simulate", "--to", str(path), "--seed", "3", "--for", "10m", "--date", "2026-11-20"]) == 0
    instruments = load_instruments()
    recording = open_recording(FileAddress(path), reading_for(instruments))
    assert len(recording.symbols) == 13
    return Case(recording, instruments, SIMULATED_RULES)


def of_the_file(case: Case) -> tuple[Guard, Engine]:
    guard, engine = case.parts()
    for start in range(0, case.recording.rows, 10_000):
        for batch in guard.take(case.recording.arrivals(start, min(start + 10_000, case.recording.rows))):
            engine.take(batch)
    for batch in guard.finish():
        engine.take(batch)
    return guard, engine


def wait_until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if holds():
            return
        pause.wait(0.01)
    pytest.fail(f"not so within {WAIT_S:g} s")


def through_the_broker(case: Case, address: KafkaAddress) -> tuple[Guard, Engine]:
    with KafkaSink(address) as sink:
        rows = publish(
            ReplaySource(case.recording, SystemClock(), speed=None),
            sink,
            threading.Event(),
            lambda _: None,
            None,
        )
        assert rows == case.recording.rows
        assert sink.close().acknowledged == rows
    guard, engine = case.parts()
    source = KafkaSource(address, SystemClock())
    source.connect()
    consumer = Consumer(source, guard, engine, clock=SystemClock())
    consumer.start()
    wait_until(lambda: consumer.taken >= case.recording.rows and source.lag == 0)
    assert consumer.stop(WAIT_S)
    return guard, engine


def assert_same(found: Engine, expected: Engine) -> None:
    assert set(found.symbols) == set(expected.symbols)
    for symbol in expected.symbols:
        one, other = found.view(symbol), expected.view(symbol)
        assert one is not None
        assert other is not None
        assert one.count == other.count
        for name in ("ts_ns", "time_ns", "price", "size", "seq", "session"):
            assert np.array_equal(getattr(one, name)[: one.count], getattr(other, name)[: one.count]), name
        for text in SERIES:
            assert np.array_equal(
                one.values(text, 0, one.count), other.values(text, 0, one.count), equal_nan=True
            ), f"{symbol} {text}"
        assert one.gaps().tolist() == other.gaps().tolist() == []


def firings_by_symbol(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    firings, _ = engine.firings.since(0)
    for each in firings:
        line = (each.rule, each.ts_ns, each.seq, each.price, each.value, each.shown)
        found.setdefault(each.symbol, []).append(line)
    return found


@pytest.mark.parametrize("form", ["json", "arrow"])
@pytest.mark.parametrize("case_name", ["spy_day", "simulated_quarter"])
def test_a_topic_of_four_partitions_gives_what_the_file_gives(
    case_name: str, form: str, broker: Broker, request: pytest.FixtureRequest
) -> None:
    case: Case = request.getfixturevalue(case_name)
    topic = f"{case_name}.{form}"
    broker.create_topic(topic, partitions=4)
    address = parse_address(f"kafka://{broker.server}/{topic}?from=earliest&form={form}&tune=throughput")
    assert isinstance(address, KafkaAddress)
    guard, engine = through_the_broker(case, address)
    guard_of_file, engine_of_file = of_the_file(case)
    assert guard.counts == guard_of_file.counts
    assert guard.counts.taken == case.recording.rows
    assert_same(engine, engine_of_file)
    fired = firings_by_symbol(engine_of_file)
    assert sum(len(each) for each in fired.values()) > 50
    assert firings_by_symbol(engine) == fired


def test_the_commands_alone_do_it_too(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day, tape, rules = tmp_path / "day.csv", tmp_path / "tape", tmp_path / "rules.toml"
    topic = f"kafka://{broker.server}/commands.v1"
    symbols = "NIFTY-FUT,RELIANCE,ITC,TCS"
    assert main(["simulate", "--to", str(day), "--symbols", symbols, "--for", "3m"]) == 0
    assert main(["topics", "create", topic]) == 0
    assert main(["replay", str(day), "--to", f"{topic}?form=arrow", "--speed", "max"]) == 0
    assert main(["record", "--feed", f"{topic}?from=earliest", "--to", str(tape), "--for", "6s"]) == 0
    rules.write_text(
        '[[rule]]\nname = "cross"\nsymbol = "NIFTY-FUT"\nwhen = "price crosses vwap(60s)"\n'
        '[[rule]]\nname = "move"\nsymbol = "RELIANCE"\nwhen = "price moves 0.02 % in 10s"\n'
    )
    found, fired = {}, {}
    for name, file in (("day", day), ("tape", tape)):
        out = tmp_path / f"{name}.parquet"
        series = [word for text in ("vwap(session)", "vwap(60s)") for word in ("--series", text)]
        assert main(["analyze", str(file), *series, "--out", str(out)]) == 0
        found[name] = pl.read_parquet(out).sort("symbol", "seq")
        capsys.readouterr()
        assert main(["alerts", "check", str(rules), str(file), "--json"]) == 0
        lines = pl.read_ndjson(capsys.readouterr().out.encode())
        fired[name] = lines.drop("row").sort("symbol", "seq", "rule")
    assert found["day"].equals(found["tape"], null_equal=True)
    assert found["day"].height > 1_000
    assert fired["day"].equals(fired["tape"])
    assert fired["day"].height > 5


def test_a_simulated_market_goes_live_into_a_topic(
    broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = f"kafka://{broker.server}/live.v1"
    assert main(["topics", "create", topic, "--partitions", "2"]) == 0
    assert main(["simulate", "--to", topic, "--rate", "300", "--for", "1s", "--date", "2026-11-20"]) == 0
    told = capsys.readouterr().err.strip().splitlines()[-1]
    count = int(told.split()[0])
    assert 50 < count < 2_000
    assert told == f"{count} ticks published to live.v1 at {broker.server}"
    assert main(["topics", "show", topic]) == 0
    shown = capsys.readouterr().out
    assert f"messages   {count}\n" in shown
    assert "note:" not in shown


def test_the_date_of_a_simulated_market_is_its_own(broker: Broker) -> None:
    topic = f"kafka://{broker.server}/dated.v1"
    assert main(["topics", "create", topic]) == 0
    assert main(["simulate", "--to", f"{topic}?form=arrow", "--for", "500ms", "--date", "2026-11-19"]) == 0
    address = parse_address(f"{topic}?from=earliest")
    assert isinstance(address, KafkaAddress)
    source = KafkaSource(address, SystemClock())
    try:
        source.connect()
        arrivals = None
        while arrivals is None:
            arrivals = source.poll(1.0)
        days = {datetime.fromtimestamp(int(each) // 10**9, UTC).date() for each in arrivals.ts_ns}
        assert days == {date(2026, 11, 19)}
    finally:
        source.close()
