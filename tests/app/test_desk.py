"""The desk: opening, failing, cancelling, rules that last, and a tape made on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from analytics.calendar import NO_SESSION
from analytics.errors import ConfigError, RuleError
from analytics.rules.rule import Rule
from app.desk import Desk
from app.places import Places
from app.rule_store import load_rules
from app.sessions import EngineChoice
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState
from tests.builders.waiting import wait_until

RULE = Rule("level", "A", "price crosses above 100.5")


@pytest.fixture(params=[EngineChoice.THREAD, EngineChoice.APART], ids=lambda choice: choice.value)
def desk(places: Places, request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(
        clock=SystemClock(),
        instruments=load_instruments(),
        alerts_file=places.alerts,
        engine=request.param,
    )
    yield made
    made.close()


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Return a file of 50 ticks a millisecond apart, prices 100, 101, 100, 101 …"""
    path = tmp_path / "ticks.csv"
    rows = [f"A,{1_700_000_000_000_000_000 + i * 1_000_000},{100 + i % 2},10" for i in range(50)]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n")
    return path


def opened(desk: Desk, path: Path, options: str = "?speed=max") -> None:
    desk.open(f"file:{path}{options}")
    wait_until(lambda: desk.loading is None and desk.info is not None, "the file")


def test_nothing_is_open_at_first_and_everything_answers(desk: Desk) -> None:
    assert desk.info is None
    assert desk.status.state is FeedState.ENDED
    assert desk.symbols == ()
    assert desk.view("A") is None
    assert desk.transport is None
    assert desk.counts.sent == 0
    desk.play()
    desk.seek(3)
    desk.step()
    desk.close()


def test_a_bad_address_is_said_at_once_and_changes_nothing(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="no feed is called 'smi'"):
        desk.open("smi:")
    assert desk.loading is None


def test_a_file_that_cannot_be_read_is_a_fault_and_the_feed_before_goes_on(
    desk: Desk, ticks: Path, tmp_path: Path
) -> None:
    opened(desk, ticks)
    wait_until(lambda: desk.finished, "the replay")
    generation = desk.generation
    bad = tmp_path / "bad.csv"
    bad.write_text("when,what\n1,2\n")
    desk.open(f"file:{bad}")
    wait_until(lambda: desk.open_fault is not None, "the fault")
    fault = desk.open_fault
    assert fault is not None
    assert fault.state is FeedState.FAILED
    assert "bad.csv" in fault.cause
    assert "when, what" in fault.cause.replace("'", "")
    assert desk.generation == generation
    view = desk.view("A")
    assert view is not None
    assert view.count == 50
    desk.dismiss_fault()
    assert desk.open_fault is None


def test_another_feed_takes_the_place_of_the_one_before(desk: Desk, ticks: Path) -> None:
    opened(desk, ticks)
    generation = desk.generation
    desk.open("sim:?symbols=INFY&rate=10")
    wait_until(lambda: desk.view("INFY") is not None, "simulated ticks")
    assert desk.generation > generation
    assert desk.view("A") is None
    assert desk.info is not None
    assert desk.info.kind == "sim"


def test_an_opening_that_is_cancelled_leaves_no_fault(desk: Desk, ticks: Path) -> None:
    desk.open(f"file:{ticks}")
    desk.cancel_open()
    assert desk.loading is None
    assert desk.open_fault is None


def test_rules_outlive_the_desk_and_wrong_ones_change_nothing(desk: Desk, places: Places) -> None:
    desk.set_rules((RULE,))
    with pytest.raises(RuleError, match="nonsense"):
        desk.set_rules((RULE, Rule("bad", "A", "price nonsense 3")))
    with pytest.raises(RuleError, match="two rules are called 'level'"):
        desk.set_rules((RULE, RULE))
    assert desk.rules == (RULE,)
    again = Desk(clock=SystemClock(), instruments=load_instruments(), alerts_file=places.alerts)
    assert again.rules == (RULE,)


def test_rules_that_cannot_be_read_are_left_alone_and_said(places: Places) -> None:
    places.alerts.parent.mkdir(parents=True)
    places.alerts.write_text("[[rule]]\nname = 'x'\nsymbl = 'A'\n")
    desk = Desk(clock=SystemClock(), instruments=load_instruments(), alerts_file=places.alerts)
    assert desk.rules == ()
    assert "alerts.toml" in desk.rules_fault
    assert "symbl" in places.alerts.read_text()


def test_a_rule_made_during_a_replay_fires_from_then_on(desk: Desk, ticks: Path) -> None:
    opened(desk, ticks, "?speed=0.001")
    desk.pause()
    wait_until(lambda: desk.status.state is FeedState.PAUSED, "the pause")
    desk.seek(20)
    wait_until(
        lambda: not desk.settling and desk.view("A") is not None and desk.view("A").count == 20, "20 ticks"
    )
    desk.set_rules((RULE,))
    desk.seek(50)
    wait_until(lambda: desk.finished, "the end")
    rows = [each.row for each in desk.firings.since(0)[0]]
    assert rows == list(range(21, 50, 2))
    desk.seek(0)
    wait_until(lambda: not desk.settling, "the start")
    desk.seek(50)
    wait_until(lambda: desk.finished and desk.counts.taken == 50, "the end again")
    rows = [each.row for each in desk.firings.since(0)[0]]
    assert rows == list(range(1, 50, 2))


def test_why_a_rule_cannot_be_used_is_told_in_one_line(desk: Desk) -> None:
    assert desk.rule_fault(RULE) is None
    fault = desk.rule_fault(Rule("x", "A", "prise above 3"))
    assert fault is not None
    assert "Did you mean 'price'" in fault


def test_distance_is_left_minus_right_of_the_newest_tick(desk: Desk, ticks: Path) -> None:
    opened(desk, ticks)
    wait_until(lambda: desk.finished, "the replay")
    assert desk.distance(RULE) == 101 - 100.5
    assert desk.distance(Rule("y", "NOBODY", "price above 3")) is None


def test_a_tape_made_on_request_holds_what_came_meanwhile(desk: Desk, ticks: Path, tmp_path: Path) -> None:
    opened(desk, ticks, "?speed=0.001")
    desk.pause()
    wait_until(lambda: desk.status.state is FeedState.PAUSED, "the pause")
    desk.seek(10)
    wait_until(lambda: not desk.settling, "ten ticks")
    desk.record(str(tmp_path / "tape"))
    assert desk.recording == str(tmp_path / "tape")
    desk.seek(30)
    wait_until(lambda: desk.view("A") is not None and desk.view("A").count == 30, "twenty more")
    desk.record(None)
    assert desk.recording is None
    desk.close()
    table = pl.read_parquet(tmp_path / "tape" / "**" / "part-*.parquet")
    assert table["offset"].to_list() == list(range(10, 30))
    assert desk.recording_fault == ""


def test_within_a_frame_every_reader_sees_one_moment(desk: Desk, ticks: Path) -> None:
    opened(desk, ticks, "?speed=0.001")
    desk.pause()
    wait_until(lambda: desk.status.state is FeedState.PAUSED, "the pause")
    desk.seek(10)
    wait_until(lambda: not desk.settling, "ten ticks")
    desk.begin_frame()
    before = desk.view("A")
    assert before is not None
    desk.seek(20)
    if desk.engine_place == "thread":  # figures move within a frame, columns do not
        wait_until(lambda: desk.counts.taken == 20 and not desk.settling, "ten more")
    assert desk.view("A") is before

    def twenty_in_a_new_frame() -> bool:
        same = desk.view("A")
        desk.begin_frame()
        after = desk.view("A")
        return after is not None and after is not same and after.count == 20

    wait_until(twenty_in_a_new_frame, "a frame with ten more")
    assert before.count == 10


def kept(desk: Desk) -> set[str]:
    view = desk.view("A")
    return set() if view is None else set(view.series)


def test_a_series_is_kept_while_somebody_asks_for_it(desk: Desk, ticks: Path) -> None:
    opened(desk, ticks)
    desk.set_rules((Rule("cross", "A", "price crosses above sma(5)"),))
    for text in ("ema(20)", "sma(5)"):
        desk.keep_series(text)
    wait_until(lambda: {"ema(20)", "sma(5)"} <= kept(desk), "the series")
    for text in ("ema(20)", "sma(5)", "vwap(session)"):
        desk.drop_series(text)
    wait_until(lambda: "ema(20)" not in kept(desk), "that one is gone")
    assert {"sma(5)", "vwap(session)"} <= kept(desk)
    with pytest.raises(ConfigError, match="emma"):
        desk.drop_series("emma(20)")
    opened(desk, ticks)
    wait_until(lambda: desk.finished and "vwap(session)" in kept(desk), "the file again")
    assert "ema(20)" not in kept(desk)


def test_a_calendar_named_with_a_file_holds_for_it_and_for_no_other(desk: Desk, ticks: Path) -> None:
    own = desk.instruments.calendar_of("A").name
    opened(desk, ticks, "?speed=max&calendar=us")
    wait_until(lambda: desk.finished, "all ticks")
    assert desk.instruments.calendar_of("A").name == "us" != own
    view = desk.view("A")
    assert view is not None
    assert (view.session[: view.count] == NO_SESSION).all()  # 22:13 UTC is after New York's close
    opened(desk, ticks)
    wait_until(lambda: desk.instruments.calendar_of("A").name == own, "the file without")


def test_an_index_has_its_futures_vwap_from_its_first_tick_on_and_nobody_else(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "index.csv"
    start = 1_795_147_200_000_000_000  # 2026-11-20 09:30 IST
    rows = [
        f"{symbol},{start + at * 1_000_000_000},{price + at},{size}"
        for at in range(20)
        for symbol, price, size in (("NIFTY-FUT", 24_900, 65), ("NIFTY", 24_850, 0))
    ]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n")
    opened(desk, path)
    wait_until(lambda: desk.finished, "all ticks")
    index, future = desk.view("NIFTY"), desk.view("NIFTY-FUT")
    assert index is not None
    assert future is not None
    text = "index_vwap(session, future)"
    assert (
        index.series[text][: index.count].tolist() == future.series["vwap(session)"][: index.count].tolist()
    )
    assert text not in future.series
    desk.set_rules(())
    desk.keep_series("ema(3)")
    desk.drop_series("ema(3)")
    wait_until(lambda: "ema(3)" not in desk.view("NIFTY").series, "the other series")
    assert text in desk.view("NIFTY").series


def test_rules_that_cannot_be_saved_are_not_put_in_force(
    desk: Desk, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.set_rules((RULE,))

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("app.rulebook.save_rules", full)
        with pytest.raises(OSError, match="no space"):
            desk.set_rules(())
    assert desk.rules == (RULE,)
    assert load_rules(places.alerts) == (RULE,)
