"""``tickdesk desk``: the window, on the feed that was asked for, or the last one, or the demo market."""

from __future__ import annotations

import gc
import logging
import os
import threading
from dataclasses import dataclass

from analytics.errors import ConfigError
from analytics.retention import Retention
from app.commands.ending import asked_to_end
from app.desk import Desk
from app.libraries import require_window
from app.places import Places, find_places
from app.sessions import EngineChoice
from app.settings import Settings, load_remembered, load_settings, remember
from app.settings_book import SettingsBook
from app.topic_finder import LOOKUP_THREAD
from feeds.address import FileAddress, parse_address
from feeds.clock import SystemClock
from feeds.instruments import load_instruments

DEMO = "sim:"
_LOOKUP_S = 1.0
_log = logging.getLogger(__name__)


def run(feed: str | None, workspace: str | None, engine: str | None = None) -> int:
    """Show the window until it is closed.

    Raises ConfigError for a bad feed, workspace or setting, WindowUnavailable where no window can start.
    """
    gc.disable()  # the start makes 100,000 objects that stay: looking them through is a tenth of its time
    try:
        return _run(feed, workspace, engine)
    finally:
        gc.enable()


def _run(feed: str | None, workspace: str | None, engine: str | None) -> int:
    places = find_places()
    chosen = {"feed": feed, "engine": engine}
    book = SettingsBook(places, chosen={name: value for name, value in chosen.items() if value is not None})
    settings = load_settings(places, chosen=chosen)
    first_start = settings.feed is None and not load_remembered(places).first_start_done
    start = Start(_workspace(places, workspace), first_start, *_first_feed(places, settings))
    if settings.scale:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{settings.scale:g}")
    require_window()
    return _show(book, settings, start)


@dataclass(frozen=True, slots=True)
class Start:
    """How the window begins: in a workspace, or None for the layout without a name; on a feed.

    `fault` says why that is not the feed that was open last.
    """

    workspace: str | None
    first_start: bool
    address: str
    fault: str | None


def _workspace(places: Places, wanted: str | None) -> str | None:
    """Return the workspace to begin in: the one asked for, else the last one while it is there.

    Raises ConfigError for a name that cannot be one.
    """
    if wanted is not None:
        places.workspace(wanted)
        return wanted
    last = load_remembered(places).workspace
    try:
        return last if last is not None and places.workspace(last).exists() else None
    except ConfigError:
        return None


def checked_feed(text: str) -> str:
    """Return an address that names a feed. Raises ConfigError for any other."""
    parse_address(text)
    return text


def lasting(text: str) -> str:
    """Return an address that names the same feed from any folder."""
    address = parse_address(text)
    if not isinstance(address, FileAddress):
        return text
    _, mark, options = address.text.partition("?")
    return f"file:{address.path.absolute()}{mark}{options}"


def _first_feed(places: Places, settings: Settings) -> tuple[str, str | None]:
    """Return the feed to open, and why it is not the remembered one: that may be gone since.

    A feed that somebody chose has to be right, else ConfigError is raised.
    """
    if settings.feed is None:
        return DEMO, None
    try:
        return checked_feed(settings.feed), None
    except ConfigError as error:
        if settings.feed != load_remembered(places).feed:
            raise
        return DEMO, str(error)


def _show(book: SettingsBook, settings: Settings, start: Start) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.theme import THEMES
    from app.window import MainWindow
    from app.window.choices import WindowChoices

    places = book.places
    application = QApplication(["tickdesk"])
    application.setApplicationDisplayName("Tickdesk")
    clock = SystemClock()
    desk = Desk(
        clock=clock,
        instruments=load_instruments(),
        alerts_file=places.alerts,
        series_folder=places.series,
        engine=EngineChoice(settings.engine),
        retention=Retention(settings.keep_ticks, settings.keep_mb * 1_000_000),
    )
    try:
        window = MainWindow(
            desk,
            theme=THEMES[settings.theme],
            layout_file=places.layout,
            clock=clock,
            first_start=start.first_start,
            symbol=settings.symbol,
            beep=settings.beep,
            choices=WindowChoices(
                workspace=start.workspace,
                settings=book,
                tapes=places.tapes,
                flash=settings.flash,
                tray=settings.tray,
            ),
        )
        window.strip_dismissed.connect(lambda: _keep(places, first_start_done=True))
        window.theme_changed.connect(lambda name: _keep(places, theme=name))
        window.symbol_changed.connect(lambda symbol: _keep(places, symbol=symbol))
        window.feed_chosen.connect(lambda text: _keep(places, feed=lasting(text), first_start_done=True))
        window.workspace_changed.connect(lambda name: _keep(places, workspace=name))
        if start.fault is not None:
            window.notices.say("The last feed is not there", start.fault)
        desk.open(start.address)
        if settings.feed is not None and start.fault is None:
            _keep(places, feed=lasting(start.address), first_start_done=True)
        with asked_to_end(lambda: QTimer.singleShot(0, window.close)):  # a signal may come amid a paint
            window.show()
            gc.freeze()  # what the start has made stays; a full collection over it stalls a frame
            gc.enable()
            return application.exec()
    finally:
        desk.close()
        _await_lookups()


def _await_lookups() -> None:
    """Give a look-up of topics a moment to end: one that still loads its library as the interpreter ends may abort it."""
    for thread in threading.enumerate():
        if thread.name == LOOKUP_THREAD:
            thread.join(_LOOKUP_S)


def _keep(places: Places, **changes: object) -> None:
    try:
        remember(places, **changes)
    except OSError as error:
        _log.warning("not remembered: %s", error)
