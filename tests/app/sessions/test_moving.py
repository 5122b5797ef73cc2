"""An engine that moves to a process of its own under load: nothing is lost, nothing is told twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analytics.rules.rule import Firing, Repeat, Rule
from app.desk import Desk
from app.places import Places
from app.sessions import EngineChoice
from app.sessions.load import HEAVY_TICKS_S, IN_A_ROW, LATE_MS, LoadWatch, calls_for_process
from feeds.address import parse_address
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from tests.builders.waiting import wait_until

CROSSES = Rule("crosses", "INFY", "price crosses vwap(60s)", hysteresis="0.5")
ONCE = Rule("once", "INFY", "price crosses vwap(60s)", repeat=Repeat.ONCE)


@pytest.fixture
def desk(places: Places) -> Iterator[Desk]:
    made = Desk(
        clock=SystemClock(),
        instruments=load_instruments(),
        alerts_file=places.alerts,
        engine=EngineChoice.AUTO,
    )
    yield made
    made.close()


def weigh_heavy(desk: Desk, times: int = IN_A_ROW) -> None:
    for _ in range(times):
        desk.weigh(HEAVY_TICKS_S, LATE_MS)


def moved(desk: Desk) -> bool:
    weigh_heavy(desk, 1)
    return desk.engine_place.startswith("process")


def test_a_load_is_too_heavy_once_it_has_been_so_for_some_weighings() -> None:
    load = LoadWatch()
    assert not any(load.weigh(HEAVY_TICKS_S, LATE_MS) for _ in range(IN_A_ROW - 1))
    assert not load.weigh(HEAVY_TICKS_S, LATE_MS - 1)  # a window that keeps up needs no help
    assert [load.weigh(HEAVY_TICKS_S, LATE_MS) for _ in range(IN_A_ROW + 1)] == [False] * (IN_A_ROW - 1) + [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("address", "heavy"),
    [
        ("sim:?rate=50000", False),
        ("kafka://localhost:9092/ticks.v1", False),
        ("kafka://localhost:9092/ticks.v1?from=earliest", True),
        ("file:ticks.csv?speed=max", True),
        ("file:ticks.csv", False),
    ],
)
def test_a_past_that_is_read_as_fast_as_it_is_computed_begins_in_a_process(address: str, heavy: bool) -> None:
    assert calls_for_process(parse_address(address)) is heavy


def test_an_engine_moves_under_load_and_computes_on_as_if_it_had_not(desk: Desk) -> None:
    desk.set_rules((CROSSES,))
    desk.open("sim:?symbols=INFY,TCS&rate=300&seed=4&date=2026-11-20")
    wait_until(lambda: desk.view("INFY") is not None and desk.firings.count > 3, "firings")
    assert desk.engine_place == "thread"
    before, generation = desk.view("INFY"), desk.generation
    desk.set_rules((CROSSES, ONCE))  # armed now: it must not have fired in the past
    told = list(desk.firings.since(0)[0])
    wait_until(lambda: moved(desk), "the move")
    assert desk.generation > generation
    after = desk.view("INFY")
    assert after.count >= before.count
    rows = before.count
    np.testing.assert_array_equal(after.price[:rows], before.price[:rows])
    np.testing.assert_array_equal(after.sum_vdd[:rows], before.sum_vdd[:rows])
    assert desk.firings.since(0)[0][: len(told)] == told
    wait_until(lambda: desk.view("INFY").count > after.count, "new ticks")
    desk.set_rules((CROSSES, ONCE, Rule("later", "INFY", "price above 0.05")))
    wait_until(lambda: any(each.rule == "later" for each in desk.firings.since(0)[0]), "the rule made later")
    firings = desk.firings.since(0)[0]
    assert len({key(each) for each in firings}) == len(firings)
    assert all(each.at >= rows for each in firings if each.rule == "once")


def test_a_rule_made_while_an_engine_moves_is_in_force_wherever_the_engine_is(desk: Desk) -> None:
    desk.open("sim:?symbols=INFY&rate=200&seed=4&date=2026-11-20")
    wait_until(lambda: desk.view("INFY") is not None, "ticks")
    weigh_heavy(desk)
    assert movers()
    begun = desk.view("INFY").count
    desk.set_rules((CROSSES,))
    wait_until(lambda: moved(desk), "the move")
    wait_until(lambda: desk.firings.count >= 3, "firings")
    firings = desk.firings.since(0)[0]
    assert all(each.at >= begun for each in firings)
    assert len({key(each) for each in firings}) == len(firings)


def movers() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "tickdesk-mover"]


def key(firing: Firing) -> tuple[str, int]:
    return firing.rule, firing.at


def test_a_replay_stays_where_it_is(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    path.write_text("symbol,ts_ns,price,size\nA,1700000000000000000,1,1\nA,1700000100000000000,2,1\n")
    desk.open(f"file:{path}")
    wait_until(lambda: desk.info is not None, "the file")
    weigh_heavy(desk, 2 * IN_A_ROW)
    assert desk.engine_place == "thread"
    assert not movers()


def test_a_feed_that_is_recorded_stays_where_it_is(desk: Desk, tmp_path: Path) -> None:
    desk.open("sim:?symbols=INFY&rate=50&date=2026-11-20")
    wait_until(lambda: desk.view("INFY") is not None, "ticks")
    desk.record(str(tmp_path / "tape"))
    weigh_heavy(desk, 2 * IN_A_ROW)
    assert desk.engine_place == "thread"
    assert not movers()


def test_another_feed_opened_meanwhile_ends_the_move(desk: Desk) -> None:
    desk.open("sim:?symbols=INFY&rate=50&date=2026-11-20")
    wait_until(lambda: desk.view("INFY") is not None, "ticks")
    weigh_heavy(desk)
    desk.open("sim:?symbols=TCS&rate=50&date=2026-11-20")
    wait_until(lambda: desk.view("TCS") is not None, "the other feed")
    assert desk.engine_place == "thread"
    assert desk.view("INFY") is None
