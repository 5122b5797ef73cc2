"""``tickdesk screenshot``: the window as a picture, where there need be no display."""

from __future__ import annotations

import os
import re
from pathlib import Path

from analytics.durations import NS_PER_SECOND, parse_duration_ns
from analytics.errors import ConfigError, FeedError
from app.commands.desk import checked_feed
from app.commands.ending import asked_to_end
from app.commands.output import require_writable, written_aside
from app.desk import Desk
from app.libraries import require_window
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState

_OVER = (FeedState.ENDED, FeedState.FAILED)
_LEAST, _MOST = (640, 420), (7680, 4320)
_LOOK_EVERY_MS = 50
_LONGEST_START_NS = 30 * NS_PER_SECOND
"""The wait begins this long after the start even where no tick has come."""


def run(feed: str, after: str, out: Path, size: str, theme: str, symbol: str | None) -> int:
    """Open a feed in a window without settings, wait for `after` from its first tick on, and save a picture.

    Raises ConfigError for a bad option, WindowUnavailable where Qt cannot paint, FeedError where the feed
    shows nothing, OSError where the picture cannot be written.
    """
    width, height = parse_size(size)
    after_ns = parse_duration_ns(after)
    address = checked_feed(feed)
    require_writable(out)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    require_window()
    _paint(address, after_ns, out, (width, height), theme, symbol)
    return 0


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height of a text such as ``1280x720``. Raises ConfigError."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None:
        raise ConfigError(f"--size is WxH in pixels, as 1280x720; found {text!r}")
    width, height = int(match[1]), int(match[2])
    if not (_LEAST[0] <= width <= _MOST[0] and _LEAST[1] <= height <= _MOST[1]):
        raise ConfigError(f"--size is from {_LEAST[0]}x{_LEAST[1]} to {_MOST[0]}x{_MOST[1]}, found {text}")
    return width, height


def _paint(
    address: str, after_ns: int, out: Path, size: tuple[int, int], theme: str, symbol: str | None
) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

    from app.theme import THEMES
    from app.window import MainWindow

    application = QApplication.instance() or QApplication(["tickdesk"])
    clock = SystemClock()
    desk = Desk(clock=clock, instruments=load_instruments())
    window = MainWindow(
        desk,
        theme=THEMES[theme],
        layout_file=None,
        clock=clock,
        first_start=False,
        symbol=symbol,
        beep=False,
    )
    asked_ns = clock.monotonic_ns()
    began_ns: int | None = None
    picture: QPixmap | None = None

    def look() -> None:
        nonlocal began_ns, picture
        now_ns = clock.monotonic_ns()
        if began_ns is None and (_has_begun(desk) or now_ns - asked_ns >= _LONGEST_START_NS):
            began_ns = now_ns
        if _fault(desk):
            application.quit()
        elif began_ns is not None and now_ns - began_ns >= after_ns:
            window.refresh_now()
            picture = window.grab()  # before the end, which hides the window
            application.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    try:
        window.resize(*size)
        window.show()
        desk.open(address)
        timer.start(_LOOK_EVERY_MS)
        with asked_to_end(application.quit):
            application.exec()
        if _fault(desk):
            raise FeedError(_fault(desk))
        if not _shows_ticks(desk):
            shown = f"{desk.status.state.value} {desk.status.cause}".strip()
            raise FeedError(f"{address}: no tick to show ({shown})")
        if picture is None:
            raise FeedError(f"{address}: ended before the picture was due")
        with written_aside(out) as aside:
            if not picture.save(str(aside), "PNG"):
                raise OSError(f"{out}: the picture cannot be written")
    finally:
        timer.stop()
        window.close()
        desk.close()


def _fault(desk: Desk) -> str:
    """Return why the feed could not be opened, or ``""``; a broker that does not answer is not waited for."""
    if desk.open_fault is not None:
        return desk.open_fault.cause
    return desk.loading.status.cause if desk.loading is not None else ""


def _has_begun(desk: Desk) -> bool:
    return _shows_ticks(desk) or (desk.info is not None and desk.status.state in _OVER)


def _shows_ticks(desk: Desk) -> bool:
    return any(desk.view(each) is not None for each in desk.symbols)
