"""A whole window over a feed, and what its banner says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytestqt.qtbot import QtBot

from app.desk import Desk
from app.theme import DARK
from app.window import MainWindow
from feeds.clock import SystemClock
from feeds.instruments import load_instruments

WAIT_MS = 60_000


@contextmanager
def a_window(qtbot: QtBot, address: str) -> Iterator[tuple[Desk, MainWindow]]:
    """Open a window that opens a feed; at the end both are closed."""
    clock = SystemClock()
    desk = Desk(clock=clock, instruments=load_instruments())
    window = MainWindow(desk, theme=DARK, layout_file=None, clock=clock, first_start=False, beep=False)
    qtbot.addWidget(window)
    window.show()
    try:
        window.feeds.open(address)
        yield desk, window
    finally:
        window.close()
        desk.close()


def until(qtbot: QtBot, holds: Callable[[], bool]) -> None:
    """Run the event loop until something holds."""
    qtbot.waitUntil(holds, timeout=WAIT_MS)


def banner(window: MainWindow) -> str:
    """Return title and detail of the banner, ``""`` where none is shown."""
    shown = window.parts.side.banner.notice
    return "" if shown is None else f"{shown.title} {shown.detail}"
