"""A replay's life on a real display: paused, stepped, sought by the timeline, played to its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders.real_window import Window, started
from tests.builders.waiting import wait_until

OPEN_NS = 1_795_147_200_000_000_000  # 2026-11-20 09:30:00 IST
ROWS = 900
CHART = (620, 250)  # inside the price pane of a window of 1280x720
TIMELINE = (640, 655)  # the timeline's middle there


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Return a minute and a half of ticks, ten a second, each five paise above the one before."""
    path = tmp_path / "rising.csv"
    rows = [f"NIFTY-FUT,{OPEN_NS + at * 100_000_000},{24_800 + at * 0.05:.2f},65" for at in range(ROWS)]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def row_of(window: Window) -> int:
    """Return the row whose price stands in the title, -1 where none does."""
    found = re.match(r"NIFTY-FUT ([\d,.]+)", window.title)
    return -1 if found is None else round((float(found[1].replace(",", "")) - 24_800) / 0.05)


@pytest.mark.window
def test_a_replay_is_paused_stepped_sought_and_played_to_its_end(
    display: dict[str, str], ticks: Path
) -> None:
    with started(display, "--feed", f"file:{ticks}?speed=1") as window:
        wait_until(lambda: row_of(window) > 3, "the first ticks")
        window.click(*CHART)
        window.key("space")
        wait_until(lambda: "Paused" in window.title, "the pause, in words")
        paused = row_of(window)
        window.key("Right", "Right", "Right")
        wait_until(lambda: row_of(window) == paused + 3, "three steps")
        window.key("Left")
        wait_until(lambda: row_of(window) == paused + 2, "a step back")

        window.click(*TIMELINE)
        wait_until(lambda: abs(row_of(window) - ROWS // 2) < ROWS // 20, "the middle of the recording")
        window.key("Home")
        wait_until(lambda: row_of(window) < 2, "its start")

        window.click(*CHART)
        window.key("space", *["bracketright"] * 6)  # the fastest
        wait_until(lambda: row_of(window) == ROWS - 1, "the last tick")
        wait_until(lambda: "End of recording" in window.title, "the end, in words")
