"""``tickdesk desk``: the window, on the feed that was asked for, or the last one, or the demo market."""

from __future__ import annotations

import gc
import logging
from pathlib import Path

from analytics.errors import ConfigError
from analytics.retention import Retention
from app.commands.ending import asked_to_end
from app.desk import Desk
from app.libraries import require_window
from app.places import Places, find_places
from app.sessions import EngineChoice
from app.settings import Settings, load_remembered, load_settings, remember
from feeds.address import FileAddress, parse_address
from feeds.clock import SystemClock
from feeds.instruments import load_instruments

DEMO = "sim:"
_log = logging.getLogger(__name__)


def run(feed: str | None, workspace: str | None, engine: str | None = None) -> int:
    """Show the window until it is closed.

    Raises ConfigError for a bad feed, workspace or setting, WindowUnavailable where no window can start.
    """
    places = find_places()
    settings = load_settings(places, chosen={"feed": feed, "engine": engine})
    layout_file = places.layout if workspace is None else places.workspace(workspace)
    first_start = settings.feed is None and not load_remembered(places).first_start_done
    address, fault = _first_feed(places, settings)
    require_window()
    return _show(places, settings, layout_file, first_start, address, fault)


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


def _show(
    places: Places,
    settings: Settings,
    layout_file: Path,
    first_start: bool,
    address: str,
    fault: str | None,
) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.theme import THEMES
    from app.window import MainWindow

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
            layout_file=layout_file,
            clock=clock,
            first_start=first_start,
            symbol=settings.symbol,
            tapes=places.tapes,
            beep=settings.beep,
        )
        window.strip_dismissed.connect(lambda: _keep(places, first_start_done=True))
        window.theme_changed.connect(lambda name: _keep(places, theme=name))
        window.symbol_changed.connect(lambda symbol: _keep(places, symbol=symbol))
        window.feed_chosen.connect(lambda text: _keep(places, feed=lasting(text), first_start_done=True))
        if fault is not None:
            window.notices.say("The last feed is not there", fault)
        desk.open(address)
        if settings.feed is not None and fault is None:
            _keep(places, feed=lasting(address), first_start_done=True)
        with asked_to_end(lambda: QTimer.singleShot(0, window.close)):  # a signal may come amid a paint
            window.show()
            gc.collect()
            gc.freeze()  # what the start has made stays; a full collection over it stalls a frame
            return application.exec()
    finally:
        desk.close()


def _keep(places: Places, **changes: object) -> None:
    try:
        remember(places, **changes)
    except OSError as error:
        _log.warning("not remembered: %s", error)
