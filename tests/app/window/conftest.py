"""A window over a desk that the test fills."""

import pytest

from app.theme import DARK
from app.window import MainWindow


@pytest.fixture
def open_window(desk, qtbot):
    def make(**given):
        options = {"theme": DARK, "layout_file": None, "first_start": False, "beep": False} | given
        window = MainWindow(desk, clock=desk.clock, **options)
        qtbot.addWidget(window)
        window.show()
        window._loop.stop()
        return window

    return make


@pytest.fixture
def live(desk, open_window):
    desk.go_live("NIFTY-FUT", "NIFTY", "SBIN")
    desk.trade("NIFTY-FUT", 24_900.0, 24_907.0)
    desk.trade("SBIN", 842.0)
    window = open_window()
    window.refresh_now()
    return window


@pytest.fixture
def replay(desk, open_window):
    desk.go_replay("NIFTY-FUT", "SBIN")
    desk.trade("NIFTY-FUT", 24_900.0, 24_907.0)
    window = open_window()
    window.refresh_now()
    desk.calls.clear()
    return window
