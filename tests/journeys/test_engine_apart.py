"""An engine apart over a real broker, killed while it catches up: the same columns and firings, nothing lost or twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.rules.rule import Rule
from analytics.series import parse_series, wide_calculator
from app.cli import main
from app.desk import Desk
from app.places import Places
from app.sessions import EngineChoice
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState
from tests.builders.broker import Broker

pytestmark = pytest.mark.kafka

WAIT_S = 120.0
RULES = tuple(
    Rule(f"{symbol} crosses", symbol, "price crosses vwap(60s)", hysteresis="1 tick", cooldown="5s")
    for symbol in ("NIFTY-FUT", "RELIANCE", "HDFCBANK", "ITC")
)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.005)):
        if holds():
            return
        pause.wait(0.005)
    pytest.fail(f"waited {WAIT_S:g} s for {what}")


@pytest.fixture
def desks(places: Places) -> Iterator[Callable[[EngineChoice], Desk]]:
    made: list[Desk] = []

    def make(choice: EngineChoice) -> Desk:
        desk = Desk(clock=SystemClock(), instruments=load_instruments(), engine=choice)
        desk.set_rules(RULES)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.close()


def kill(desk: Desk) -> None:
    os.kill(int(desk.engine_place.split()[1]), signal.SIGKILL)


def told(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    for each in desk.firings.since(0)[0]:
        found.setdefault(each.symbol, []).append(
            (each.rule, each.ts_ns, each.seq, each.price, each.value, each.shown)
        )
    return found


def test_a_process_killed_while_it_catches_up_loses_and_repeats_nothing(
    broker: Broker, desks: Callable[[EngineChoice], Desk], tmp_path: Path
) -> None:
    day, topic = tmp_path / "day.parquet", f"kafka://{broker.server}/apart.v1"
    assert main(["simulate", "--to", str(day), "--seed", "3", "--for", "4m", "--rate", "1000"]) == 0
    rows = pl.scan_parquet(day).select(pl.len()).collect().item()
    assert main(["topics", "create", topic]) == 0
    assert main(["replay", str(day), "--to", f"{topic}?form=arrow", "--speed", "max"]) == 0

    apart, thread = desks(EngineChoice.APART), desks(EngineChoice.THREAD)
    apart.open(f"{topic}?from=earliest")
    wait_until(lambda: apart.counts.taken > rows // 10, "a tenth")
    generation = apart.generation
    kill(apart)
    wait_until(lambda: apart.status.state is FeedState.RECONNECTING, "the loss")
    wait_until(lambda: apart.generation > generation and apart.counts.taken == rows, "all of it")
    kill(apart)  # with nothing more to come
    wait_until(lambda: apart.status.state is FeedState.RECONNECTING, "the second loss")
    generation = apart.generation
    wait_until(lambda: apart.generation > generation and apart.counts.taken == rows, "all of it again")

    thread.open(f"file:{day}?speed=max")
    wait_until(lambda: thread.finished, "the file")
    assert set(apart.symbols) == set(thread.symbols)
    for symbol in thread.symbols:
        mine, theirs = apart.view(symbol), thread.view(symbol)
        assert mine is not None
        assert theirs is not None
        assert mine.count == theirs.count
        for name in ("ts_ns", "price", "size", "seq", "sum_vd", "sum_vdd"):
            assert np.array_equal(getattr(mine, name)[: mine.count], getattr(theirs, name)[: theirs.count]), (
                name
            )
        assert set(mine.series) == set(theirs.series)
        for text, column in theirs.series.items():
            if wide_calculator(parse_series(text)) is not None:
                continue  # it looks at another symbol, and partitions come in no order among themselves
            assert np.array_equal(mine.series[text][: mine.count], column[: theirs.count], equal_nan=True), (
                text
            )
    assert told(apart) == told(thread)
    assert sum(len(each) for each in told(thread).values()) > 50
    assert replace(apart.counts, idle=0) == thread.counts  # a topic falls idle, a file does not


def test_a_rule_made_before_the_death_is_not_applied_to_what_came_before_it(
    broker: Broker, desks: Callable[[EngineChoice], Desk], tmp_path: Path
) -> None:
    topic = f"kafka://{broker.server}/armed.v1"
    ticks = tmp_path / "ticks.csv"
    assert main(["topics", "create", topic, "--partitions", "1"]) == 0

    def publish(first: int, stop: int) -> None:
        rows = [f"A,{1_700_000_000_000_000_000 + i * 10**6},{100 + i % 2},1,{i}" for i in range(first, stop)]
        ticks.write_text("symbol,ts_ns,price,size,seq\n" + "\n".join(rows) + "\n")
        assert main(["replay", str(ticks), "--to", topic, "--speed", "max"]) == 0

    publish(0, 100)
    desk = desks(EngineChoice.APART)
    desk.open(f"{topic}?from=earliest")
    wait_until(lambda: desk.counts.taken == 100, "the first ticks")
    desk.set_rules((Rule("up", "A", "price crosses above 100.5"),))
    publish(100, 110)
    wait_until(lambda: desk.counts.taken == 110, "some more")
    wait_until(lambda: desk.firings.count == 5, "their firings")
    kill(desk)
    publish(110, 120)
    generation = desk.generation
    wait_until(lambda: desk.generation > generation and desk.counts.taken == 120, "the last ones")
    assert [each.seq for each in desk.firings.since(0)[0]] == list(range(101, 120, 2))
