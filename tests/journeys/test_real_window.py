"""The program on a real display, with real keys and clicks: an alert's life over a replayed file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.places import Places
from app.rule_store import load_rules
from tests.builders.real_window import started
from tests.builders.waiting import wait_until

OPEN_NS = 1_795_147_200_000_000_000  # 2026-11-20 09:30:00 IST
LEVEL = r"price crosses (above|below) 248(49|50|51)\.\d0"  # a level on the grid, within the swing's range
CHART_X, CHART_Y = 620, 250  # inside the price pane of a window of 1280x720


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Return a minute of ticks, ten a second, that swing a rupee about 24,850."""
    path = tmp_path / "swing.csv"
    rows = [
        f"NIFTY-FUT,{OPEN_NS + i * 100_000_000},{24850 + abs(i % 40 - 20) / 10 - 1:.2f},65"
        for i in range(600)
    ]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.window
def test_an_alert_is_made_by_a_click_fires_is_undone_and_survives_a_restart(
    display: dict[str, str], places: Places, ticks: Path
) -> None:
    assert os.environ["TICKDESK_HOME"] == display["TICKDESK_HOME"]
    with started(display, "--feed", f"file:{ticks}?speed=1") as window:
        wait_until(lambda: window.title.startswith("NIFTY-FUT"), "the first price in the title")

        window.click(CHART_X, CHART_Y)
        window.key("space")
        paused = window.title
        window.key("Right", "Right", "Right")
        wait_until(lambda: window.title != paused, "three steps to move the price")

        window.double_click(CHART_X, CHART_Y)
        wait_until(lambda: bool(window.windows("New alert")), "the dialog on a double click")
        window.key("Return")
        wait_until(lambda: len(load_rules(places.alerts)) == 1, "the alert in its file")
        (by_click,) = load_rules(places.alerts)
        assert by_click.symbol == "NIFTY-FUT"
        assert re.fullmatch(LEVEL, by_click.when)

        window.click(CHART_X, CHART_Y)
        window.key("a")
        wait_until(lambda: bool(window.windows("New alert")), "the dialog on the key A")
        window.key("Return")
        wait_until(lambda: len(load_rules(places.alerts)) == 2, "the second alert")
        by_key = load_rules(places.alerts)[1]
        assert re.fullmatch(LEVEL, by_key.when)  # the axis may have moved to show the first alert's line
        assert by_key.name != by_click.name

        window.key("ctrl+z")
        wait_until(lambda: load_rules(places.alerts) == (by_click,), "one undo to take the second back")

    with started(display) as window:
        wait_until(lambda: window.title.startswith("NIFTY-FUT"), "the remembered feed")
    assert load_rules(places.alerts) == (by_click,)


@pytest.mark.window
def test_letters_typed_into_the_find_box_stay_there(
    display: dict[str, str], places: Places, ticks: Path
) -> None:
    with started(display, "--feed", f"file:{ticks}?speed=1") as window:
        wait_until(lambda: window.title.startswith("NIFTY-FUT"), "the first price in the title")
        window.click(CHART_X, CHART_Y)
        window.key("slash")
        window.key("a", "space", "Left", "a")
        assert not window.windows("New alert")
        before = window.title
        wait_until(lambda: window.title != before, "the replay to go on: space was text")
        assert load_rules(places.alerts) == ()
