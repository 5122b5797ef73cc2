"""The first start on a real display: the demo market at once, and a strip whose choices are for good."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.places import Places
from app.settings import load_remembered
from app.window import MainWindow
from tests.builders.real_window import Window, spot, started
from tests.builders.waiting import wait_until


def on_strip(number: int) -> tuple[int, int]:
    """Return where a button of the strip stands, counted from the left."""

    def button(window: MainWindow) -> QPushButton:
        buttons = window.parts.side.strip.findChildren(QPushButton)
        return sorted(buttons, key=lambda each: each.x())[number]

    return spot(button, first_start=True)


def shows_ticks(window: Window) -> bool:
    return "NIFTY" in window.title


@pytest.mark.window
def test_the_demo_market_ticks_and_is_kept_for_good(
    qtbot: QtBot, display: dict[str, str], places: Places
) -> None:
    keep = on_strip(0)
    with started(display) as window:
        wait_until(lambda: shows_ticks(window), "ticks")
        first = window.title
        wait_until(lambda: window.title != first, "the market to go on")
        assert not load_remembered(places).first_start_done
        window.click(*keep)
        wait_until(lambda: load_remembered(places).first_start_done, "the choice to be remembered")
    with started(display) as window:
        wait_until(lambda: shows_ticks(window), "the demo market again")


@pytest.mark.window
@pytest.mark.parametrize(("number", "dialog"), [(1, "Open tick file"), (2, "Connect Kafka")])
def test_the_other_choices_open_their_dialogs_and_a_way_back(
    qtbot: QtBot, display: dict[str, str], number: int, dialog: str
) -> None:
    place = on_strip(number)
    with started(display) as window:
        wait_until(lambda: shows_ticks(window), "ticks")
        window.click(*place)
        wait_until(lambda: bool(window.windows(dialog)), "the dialog")
        window.key("Escape")
        wait_until(lambda: not window.windows(dialog), "the dialog to be closed")
        before = window.title
        wait_until(lambda: window.title != before, "the demo market behind it to go on")
