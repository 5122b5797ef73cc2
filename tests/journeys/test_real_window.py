"""The program on a real display, with real keys and clicks: an alert's life over a replayed file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.places import Places
from app.rule_store import load_rules

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 40.0
OPEN_NS = 1_795_147_200_000_000_000  # 2026-11-20 09:30:00 IST
LEVEL = r"price crosses (above|below) 248(49|50|51)\.\d0"  # a level on the grid, within the swing's range
CHART_X, CHART_Y = 620, 250  # inside the price pane of a window of 1280x720


@dataclass(frozen=True, slots=True)
class Window:
    """A window on the display, driven from outside."""

    ident: str
    environ: dict[str, str]

    def do(self, *words: str) -> str:
        line = ["xdotool", *words]
        done = subprocess.run(
            line, env=self.environ, capture_output=True, text=True, timeout=WAIT_S, check=True
        )
        return done.stdout.strip()

    def key(self, *names: str) -> None:
        self.do("key", "--delay", "40", *names)

    @property
    def title(self) -> str:
        return self.do("getwindowname", self.ident)

    def double_click(self, x: int, y: int) -> None:
        self.do(
            "mousemove",
            "--window",
            self.ident,
            str(x),
            str(y),
            "click",
            "--repeat",
            "2",
            "--delay",
            "60",
            "1",
        )

    def click(self, x: int, y: int) -> None:
        self.do("mousemove", "--window", self.ident, str(x), str(y), "click", "1")

    def dialogs(self) -> list[str]:
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "New alert"],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        return found.stdout.split()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError(f"waited {WAIT_S:.0f} s for {what}")


@contextmanager
def started(environ: dict[str, str], *arguments: str) -> Iterator[Window]:
    """Start the program, hand out its window, end it by signal, and let it have said nothing."""
    line = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(line, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) as running:
        try:
            find = ["search", "--sync", "--onlyvisible", "--pid", str(running.pid), "--name", "Tickdesk"]
            ident = Window("", environ).do(*find).split()[-1]
            window = Window(ident, environ)
            window.do("windowactivate", "--sync", ident)
            yield window
        finally:
            running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=WAIT_S)
    assert (running.returncode, said) == (0, "")


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


@pytest.fixture
def display(window_environ: dict[str, str]) -> dict[str, str]:
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool")
    return {**window_environ, "TZ": "America/Los_Angeles", "LANG": "C", "TICKDESK_BEEP": "false"}


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
        wait_until(lambda: bool(window.dialogs()), "the dialog on a double click")
        window.key("Return")
        wait_until(lambda: len(load_rules(places.alerts)) == 1, "the alert in its file")
        (by_click,) = load_rules(places.alerts)
        assert by_click.symbol == "NIFTY-FUT"
        assert re.fullmatch(LEVEL, by_click.when)

        window.click(CHART_X, CHART_Y)
        window.key("a")
        wait_until(lambda: bool(window.dialogs()), "the dialog on the key A")
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
        assert not window.dialogs()
        before = window.title
        wait_until(lambda: window.title != before, "the replay to go on: space was text")
        assert load_rules(places.alerts) == ()
