"""The program on a real display, started as a user starts it and driven by real keys and clicks."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import Desk
from app.theme import DARK
from app.window import MainWindow
from feeds.clock import SystemClock
from feeds.instruments import load_instruments

_GONE = re.compile(r"^qt\.qpa\.xcb: QXcbConnection: XCB error: \d+ \(BadWindow\)")
"""The display's word on a window that has closed while it was asked about: no fault of the program."""
ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 40.0


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

    def windows(self, title: str) -> list[str]:
        """Return the windows on the display whose title matches a pattern."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        return found.stdout.split()


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
    told = "".join(line for line in said.splitlines(keepends=True) if not _GONE.search(line))
    assert (running.returncode, told) == (0, ""), f"ended with {running.returncode}: {said}"


def spot(of: Callable[[MainWindow], QWidget], *, first_start: bool = False) -> tuple[int, int]:
    """Return where the middle of a widget stands in a window as the program starts with it."""
    desk = Desk(clock=SystemClock(), instruments=load_instruments())
    window = MainWindow(
        desk, theme=DARK, layout_file=None, clock=SystemClock(), first_start=first_start, beep=False
    )
    try:
        window.show()
        QApplication.processEvents()
        widget = of(window)
        QApplication.processEvents()
        place = widget.mapTo(window, widget.rect().center())
        return place.x(), place.y()
    finally:
        window.close()
        window.deleteLater()
        desk.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
