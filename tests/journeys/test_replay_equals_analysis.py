"""The recorded SPY day: replayed through the desk's own thread, analysed, and checked against exact sums."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.calendar import calendar_named
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Repeat, Rule
from app.cli import main
from app.desk import Desk
from app.rule_store import save_rules
from app.sessions import EngineChoice
from feeds.clock import SystemClock
from feeds.instruments import load_instruments

SERIES = ("vwap(session)", "vwap(60s)", "sigma(60s)")
TRADES = 250_601
WAIT_S = 60.0
RULES = (
    Rule("above-vwap", "SPY", "price crosses above vwap(session)", hysteresis="0.05", cooldown="30s"),
    Rule("level", "SPY", "price crosses 168.00", hysteresis="0.02"),
    Rule("band", "SPY", "price leaves vwap_lower(session, 2)..vwap_upper(session, 2)", repeat=Repeat.SESSION),
    Rule("burst", "SPY", "price moves 0.1 % in 60s and price above vwap(60s)", cooldown="5m"),
    Rule("fast", "SPY", "ema(50) crosses above ema(500) or size above 100000", hysteresis="0.01 %"),
)


@pytest.fixture(scope="module")
def spy(test_data: Path) -> Path:
    return test_data / "lean" / "usa_tick_spy_20131007_trade.zip"


@dataclass(frozen=True, slots=True)
class Analysed:
    """What the commands said of the day."""

    table: pl.DataFrame
    firings: list[dict[str, object]]


@pytest.fixture(scope="module")
def analysed(spy: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    folder = tmp_path_factory.mktemp("analysed")
    out = folder / "out.parquet"
    options = ["--tz", "America/New_York", "--calendar", "always"]
    texts = [option for text in SERIES for option in ("--series", text)]
    assert main(["analyze", str(spy), *options, *texts, "--out", str(out)]) == 0
    save_rules(folder / "rules.toml", RULES)
    lines = _printed(["alerts", "check", str(folder / "rules.toml"), str(spy), "--json", *options])
    return Analysed(pl.read_parquet(out), [json.loads(line) for line in lines])


def _printed(arguments: list[str]) -> list[str]:
    import contextlib
    import io

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        assert main(arguments) == 0
    return text.getvalue().splitlines()


@pytest.fixture(params=[EngineChoice.THREAD, EngineChoice.APART], ids=lambda choice: choice.value)
def replayed(spy: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(
        clock=SystemClock(),
        instruments=load_instruments().with_calendar(calendar_named("always")),
        alerts_file=tmp_path / "alerts.toml",
        zone="America/New_York",
        series=SERIES,
        engine=request.param,
    )
    desk.set_rules(RULES)
    desk.open(f"file:{spy}?speed=max")
    yield desk
    desk.close()


def wait_until(condition, what: str) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError(f"waited {WAIT_S:.0f} s for {what}")


def _is_through(desk: Desk) -> bool:
    return desk.finished and desk.counts.taken == TRADES


def _assert_equal(desk: Desk, analysed: Analysed) -> None:
    view = desk.view("SPY")
    assert view is not None
    assert view.count == TRADES
    for text in SERIES:
        ours = view.values(text, 0, TRADES)
        theirs = analysed.table[text].fill_null(float("nan")).to_numpy()
        np.testing.assert_array_equal(ours.view(np.int64), theirs.view(np.int64), err_msg=text)
    assert shown(desk.firings) == analysed.firings


def shown(log: AppendLog[Firing]) -> list[dict[str, object]]:
    names = ("rule", "symbol", "row", "ts_ns", "seq", "price", "value")
    return [{name: getattr(each, name) for name in names} for each in log.since(0)[0] if each.shown]


def test_a_replay_gives_the_columns_and_firings_of_analysis_tick_for_tick(replayed, analysed) -> None:
    wait_until(lambda: _is_through(replayed), "the end of the replay")
    assert len(analysed.firings) > 20
    assert {each["rule"] for each in analysed.firings} == {rule.name for rule in RULES}
    _assert_equal(replayed, analysed)


def test_after_seeking_back_and_forth_a_replay_still_equals_analysis(replayed, analysed) -> None:
    wait_until(lambda: _is_through(replayed), "the end of the replay")
    replayed.pause()
    replayed.seek(100_000)
    wait_until(lambda: not replayed.settling, "the seek back")
    view = replayed.view("SPY")
    assert view is not None
    assert view.count == 100_000
    before = [each for each in analysed.firings if each["row"] < 100_000]
    assert shown(replayed.firings) == before
    replayed.step(1)
    wait_until(lambda: replayed.view("SPY").count == 100_001, "one step")
    replayed.step(-1)
    wait_until(lambda: replayed.view("SPY").count == 100_000 and not replayed.settling, "one step back")
    replayed.seek(TRADES)
    replayed.play()
    wait_until(lambda: _is_through(replayed), "the end again")
    _assert_equal(replayed, analysed)


def test_every_value_lies_on_an_exact_oracle(analysed: Analysed) -> None:
    table = analysed.table
    ts_ns = table["ts_ns"].to_list()
    units = [round(price * 10_000) for price in table["price"].to_list()]
    size = [int(each) for each in table["size"].to_list()]
    assert len(units) == TRADES
    session = table["vwap(session)"].to_list()
    rolling = table["vwap(60s)"].to_list()
    spread = table["sigma(60s)"].to_list()
    v = pv = ppv = total_v = total_pv = 0
    low = 0
    day = None
    worst_vwap, worst_sigma = Fraction(0), 0.0
    for i, (t, p, s) in enumerate(zip(ts_ns, units, size, strict=True)):
        if t // 86_400_000_000_000 != day:
            day, total_v, total_pv = t // 86_400_000_000_000, 0, 0
        total_v, total_pv = total_v + s, total_pv + p * s
        v, pv, ppv = v + s, pv + p * s, ppv + p * p * s
        while ts_ns[low] <= t - 60_000_000_000:
            v, pv, ppv = v - size[low], pv - units[low] * size[low], ppv - units[low] ** 2 * size[low]
            low += 1
        if i % 7:  # every seventh tick in full precision: Fractions are slow
            continue
        for ours, volume, traded in ((session[i], total_v, total_pv), (rolling[i], v, pv)):
            exact = Fraction(traded, volume * 10_000)
            worst_vwap = max(worst_vwap, abs(Fraction(ours) - exact) / exact)
        variance = Fraction(ppv * v - pv * pv, v * v * 100_000_000)
        if variance == 0:
            assert spread[i] == 0.0
        else:
            relative = abs(Fraction(spread[i]) ** 2 / variance - 1) / 2
            worst_sigma = max(worst_sigma, float(relative))
    assert worst_vwap <= Fraction(1, 10**12)
    assert worst_sigma <= 1e-9


def test_minute_volumes_are_the_vendors(analysed: Analysed, test_data: Path) -> None:
    bars = pl.read_csv(
        _only_file(test_data / "lean" / "usa_minute_spy_20131007_trade.zip"),
        has_header=False,
        new_columns=["ms", "open", "high", "low", "close", "volume"],
    )
    midnight_ns = 1_381_118_400_000_000_000  # 2013-10-07 00:00 in New York
    minutes = (
        analysed.table.with_columns(((pl.col("ts_ns") - midnight_ns) // 60_000_000_000 * 60_000).alias("ms"))
        .group_by("ms")
        .agg(pl.col("size").sum())
    )
    both = bars.join(minutes, on="ms", how="full")
    equal = (both["volume"].cast(pl.Float64) == both["size"]).fill_null(value=False).sum()
    assert equal / len(both) >= 0.995


def _only_file(path: Path) -> bytes:
    from zipfile import ZipFile

    with ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])
