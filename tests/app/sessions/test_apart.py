"""An engine in a process of its own: it computes what a thread does, and its death loses nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.columns import ColumnsView
from analytics.errors import TapeError
from analytics.rules.rule import Rule
from app.cli import main
from app.desk import Desk
from app.places import Places
from app.sessions import EngineChoice
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState
from tests.builders.waiting import wait_until

ROWS = 30_000
RULES = (
    Rule("level", "A", "price crosses above 100.5"),
    Rule("vwap", "B", "price crosses vwap(1s)", hysteresis="0.02"),
)


def made(places: Places, choice: EngineChoice) -> Desk:
    return Desk(clock=SystemClock(), instruments=load_instruments(), alerts_file=places.alerts, engine=choice)


@pytest.fixture
def apart(places: Places) -> Iterator[Desk]:
    desk = made(places, EngineChoice.APART)
    yield desk
    desk.close()


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    path = tmp_path / "ticks.csv"
    start = 1_700_000_000_000_000_000
    prices = np.round(100 + np.cumsum(rng.normal(0, 0.02, ROWS)), 2)
    rows = [f"{'AB'[i % 2]},{start + i * 1_000_000},{prices[i]:.2f},{1 + i % 7}" for i in range(ROWS)]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n")
    return path


def process_of(desk: Desk) -> int:
    word, number = desk.engine_place.split()
    assert word == "process"
    return int(number)


def same(mine: ColumnsView, theirs: ColumnsView, rows: int) -> None:
    for name in ("ts_ns", "time_ns", "price", "size", "seq", "session", "sum_v", "sum_vd", "sum_vdd"):
        np.testing.assert_array_equal(getattr(mine, name)[:rows], getattr(theirs, name)[:rows], err_msg=name)
    assert set(mine.series) == set(theirs.series)
    for text, column in theirs.series.items():
        np.testing.assert_array_equal(
            mine.series[text][:rows].view(np.int64), column[:rows].view(np.int64), err_msg=text
        )
    np.testing.assert_array_equal(mine.gaps(), theirs.gaps())
    np.testing.assert_array_equal(mine.sessions(), theirs.sessions())


def test_a_process_computes_what_a_thread_does_bit_for_bit(places: Places, apart: Desk, ticks: Path) -> None:
    thread = made(places, EngineChoice.THREAD)
    try:
        for desk in (thread, apart):
            desk.set_rules(RULES)
            desk.open(f"file:{ticks}?speed=max")
        for desk in (thread, apart):
            wait_until(lambda desk=desk: desk.finished, "the end")
        assert apart.engine_place != thread.engine_place == "thread"
        assert apart.symbols == thread.symbols
        for symbol in thread.symbols:
            mine, theirs = apart.view(symbol), thread.view(symbol)
            assert mine is not None
            assert theirs is not None
            assert mine.count == theirs.count == ROWS // 2
            same(mine, theirs, theirs.count)
        assert apart.counts == thread.counts
        assert apart.firings.since(0) == thread.firings.since(0)
        assert thread.firings.count > 20
        assert apart.events.since(0) == thread.events.since(0)
    finally:
        thread.close()


def test_a_series_kept_later_is_there_for_all_rows(apart: Desk, ticks: Path) -> None:
    apart.open(f"file:{ticks}?speed=max")
    wait_until(lambda: apart.finished, "the end")
    apart.keep_series("ema(20)")
    wait_until(lambda: "ema(20)" in apart.view("A").series, "the series")
    view = apart.view("A")
    assert np.isfinite(view.series["ema(20)"][30 : view.count]).all()


def test_a_tape_that_cannot_be_begun_is_said_at_once(apart: Desk, ticks: Path, tmp_path: Path) -> None:
    apart.open(f"file:{ticks}?speed=1")
    wait_until(lambda: apart.info is not None, "the file")
    stands = tmp_path / "stands"
    stands.write_text("a file")
    with pytest.raises(TapeError, match="stands"):
        apart.record(str(stands))
    assert apart.recording is None


def test_a_killed_process_is_started_anew_and_the_replay_goes_on_where_it_was(
    places: Places, apart: Desk, ticks: Path
) -> None:
    apart.set_rules(RULES)
    apart.open(f"file:{ticks}?speed=0.001")
    wait_until(lambda: apart.info is not None, "the file")
    apart.pause()
    apart.seek(20_000)
    wait_until(lambda: apart.view("A") is not None and apart.view("A").count == 10_000, "20,000 rows")
    before = apart.view("A")
    generation, firings = apart.generation, apart.firings.since(0)
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.status.state is FeedState.RECONNECTING, "the loss")
    assert "SIGKILL" in apart.status.cause
    assert apart.view("A").count == 10_000  # what was shown stays
    wait_until(lambda: apart.generation > generation, "another process")
    after = apart.view("A")
    assert after is not before
    assert after.count == 10_000
    same(after, before, 10_000)
    assert apart.status.state is FeedState.PAUSED
    assert apart.transport.row == 20_000
    assert apart.firings.since(0) == firings  # nothing is told twice
    apart.seek(ROWS)
    wait_until(lambda: apart.finished and apart.view("A").count == ROWS // 2, "the end")
    assert apart.counts.taken == ROWS
    assert apart.firings.count > len(firings[0])
    thread = made(places, EngineChoice.THREAD)
    try:
        thread.open(f"file:{ticks}?speed=max")
        wait_until(lambda: thread.finished, "the end in a thread")
        assert apart.firings.since(0) == thread.firings.since(0)
    finally:
        thread.close()


def test_a_market_goes_on_after_its_process_was_killed_with_the_same_ticks(apart: Desk) -> None:
    apart.open("sim:?symbols=INFY&rate=500&seed=4&date=2026-11-20")
    wait_until(lambda: apart.status.state is FeedState.LIVE and apart.view("INFY") is not None, "ticks")
    before = apart.view("INFY")
    generation = apart.generation
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.generation > generation, "another process")
    wait_until(lambda: apart.view("INFY").count > before.count, "new ticks")
    same(apart.view("INFY"), before, before.count)
    assert apart.status.state is FeedState.LIVE


def test_a_tape_goes_on_through_a_death_with_every_tick_once(apart: Desk, tmp_path: Path) -> None:
    tape, out = tmp_path / "tape", tmp_path / "out.parquet"
    apart.open("sim:?symbols=INFY,TCS&rate=300&seed=4&date=2026-11-20")
    wait_until(lambda: apart.view("INFY") is not None, "ticks")
    apart.record(str(tape))
    begun = apart.counts.sent
    wait_until(lambda: apart.counts.sent > begun + 100, "recorded ticks")
    generation = apart.generation
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.generation > generation, "another process")
    assert apart.recording == str(tape)
    restarted = apart.counts.sent
    wait_until(lambda: apart.counts.sent > restarted + 100, "more recorded ticks")
    apart.record(None)
    apart.close()
    assert main(["analyze", str(tape), "--series", "vwap(60s)", "--out", str(out)]) == 0
    table = pl.read_parquet(out)
    assert table.height > 200
    for _, ticks in table.group_by("symbol"):  # none is missing, none comes twice
        assert ticks["seq"].sort().diff().drop_nulls().unique().to_list() == [1]


def test_a_death_amid_a_storm_of_firings_loses_and_repeats_none(
    places: Places, apart: Desk, tmp_path: Path
) -> None:
    count = 60_000
    path = tmp_path / "storm.csv"
    rows = [f"A,{1_700_000_000_000_000_000 + i * 1_000_000},{100 + i % 2},1" for i in range(count)]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n")
    apart.set_rules((Rule("up", "A", "price crosses above 100.5"),))
    apart.open(f"file:{path}?speed=max")
    wait_until(lambda: apart.firings.count > 0, "the first firings")
    generation = apart.generation
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.generation > generation and apart.finished, "all of it")
    assert [each.at for each in apart.firings.since(0)[0]] == list(range(1, count, 2))


def test_what_was_asked_while_a_process_was_started_anew_is_done(apart: Desk, ticks: Path) -> None:
    apart.set_rules(RULES[:1])
    apart.open(f"file:{ticks}?speed=0.001")
    wait_until(lambda: apart.info is not None, "the file")
    apart.seek(20_000)
    wait_until(lambda: not apart.settling and apart.transport.row == 20_000, "20,000 rows")
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.status.state is FeedState.RECONNECTING, "the loss")
    with pytest.raises(TapeError, match="started anew"):
        apart.record("anywhere")
    apart.pause()
    apart.seek(5_000)
    apart.set_rules(RULES)
    apart.keep_series("ema(20)")
    wait_until(lambda: apart.status.state is FeedState.PAUSED and not apart.settling, "the new process")
    assert apart.transport.row == 5_000
    wait_until(lambda: "ema(20)" in apart.view("A").series, "the series")
    apart.seek(ROWS)
    wait_until(lambda: apart.finished, "the end")
    assert {each.rule for each in apart.firings.since(0)[0]} == {"level", "vwap"}


def test_a_stopped_process_does_not_hold_up_the_end(apart: Desk, ticks: Path) -> None:
    apart.open(f"file:{ticks}?speed=1")
    wait_until(lambda: apart.info is not None, "the file")
    number = process_of(apart)
    os.kill(number, signal.SIGSTOP)
    apart.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_tape_that_cannot_be_resumed_ends_the_recording_and_not_the_feed(
    apart: Desk, tmp_path: Path
) -> None:
    tape = tmp_path / "tape"
    apart.open("sim:?symbols=INFY&rate=100&date=2026-11-20")
    wait_until(lambda: apart.view("INFY") is not None, "ticks")
    apart.record(str(tape))
    begun = apart.counts.sent
    wait_until(lambda: apart.counts.sent > begun + 10, "recorded ticks")
    generation = apart.generation
    shutil.rmtree(tape)
    tape.write_text("in the way")
    os.kill(process_of(apart), signal.SIGKILL)
    wait_until(lambda: apart.generation > generation, "another process")
    assert apart.recording is None
    assert "tape" in apart.recording_fault
    assert apart.status.state is FeedState.LIVE


def test_a_process_that_cannot_go_on_is_given_up_with_its_cause(apart: Desk, ticks: Path) -> None:
    apart.open(f"file:{ticks}?speed=1")
    wait_until(lambda: apart.info is not None, "the file")
    ticks.unlink()
    os.kill(process_of(apart), signal.SIGKILL)

    def given_up() -> bool:
        apart.try_now()
        return apart.status.state is FeedState.FAILED

    wait_until(given_up, "the end of the attempts")
    assert "ticks.csv" in apart.status.cause
    assert "open the feed again" in apart.status.cause


def test_no_process_outlives_its_desk(places: Places, ticks: Path) -> None:
    desk = made(places, EngineChoice.APART)
    desk.open(f"file:{ticks}?speed=1")
    wait_until(lambda: desk.info is not None, "the file")
    number = process_of(desk)
    desk.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_no_process_outlives_a_desk_that_is_killed(ticks: Path) -> None:
    text = (
        "import sys, time\n"
        "from app.desk import Desk\n"
        "from app.sessions import EngineChoice\n"
        "from feeds.clock import SystemClock\n"
        "from feeds.instruments import load_instruments\n"
        "desk = Desk(clock=SystemClock(), instruments=load_instruments(), engine=EngineChoice.APART)\n"
        f"desk.open('file:{ticks}?speed=1')\n"
        "while desk.view('A') is None: time.sleep(0.01)\n"
        "print(desk.engine_place.split()[1], flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        number = int(program.stdout.readline())
        os.kill(number, 0)
        program.kill()
    wait_until(lambda: not Path(f"/proc/{number}").exists() or is_zombie(number), "the process's end")


def is_zombie(number: int) -> bool:
    """Return whether a process has ended and only waits for being noticed."""
    return ") Z " in Path(f"/proc/{number}/stat").read_text()
