"""Walks a whole window and tells what is cut off in it; run as a program, at the scale of QT_SCALE_FACTOR.

``python -m tests.app.window.walk 1280x720 1000x640`` prints a JSON list, a line of words for each fault.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from analytics.events import EventKind
from analytics.rules.rule import Rule
from app.dialogs.pages import ShortcutsPage
from app.dialogs.settings import SettingsDialog
from app.places import places_at
from app.settings_book import SettingsBook
from app.theme import DARK
from app.window import MainWindow
from app.window.deeds import sheet_of

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView)
_EDGE_PX = 2
"""What a bar may take of a control's empty edge above and below."""
_INNER = ("QTableCornerButton", "QHeaderView", "QComboBoxListView", "QComboBoxPrivateContainer")


def filled(desk) -> MainWindow:
    """Return a window that shows much at once: a replay with rules, firings and events."""
    desk.go_replay("NIFTY-FUT", "SBIN", "BANKNIFTY-FUT")
    desk.trade("NIFTY-FUT", *(24_900.0 + (at % 17) for at in range(200)))
    desk.trade("SBIN", 842.0, 843.5)
    desk.trade("BANKNIFTY-FUT", 52_340.2, 52_311.0)
    desk.set_rules(
        (
            Rule("Crosses above 24,945", "NIFTY-FUT", "price crosses above 24945"),
            Rule("Leaves VWAP by two sigma", "NIFTY-FUT", "price crosses above vwap_upper(session, 2)"),
        )
    )
    desk.fire("Crosses above 24,945", "NIFTY-FUT", at_s=1_000, price=24_945.0)
    desk.happen(EventKind.GAP, "NIFTY-FUT", "5 ticks are missing")
    window = MainWindow(desk, clock=desk.clock, theme=DARK, layout_file=None, first_start=True, beep=False)
    window.show()
    window._loop.stop()
    window.refresh_now()
    return window


def at_size(window: MainWindow, width: int, height: int) -> None:
    """Give the window a size, and let its layouts follow."""
    window.resize(width, height)
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()
        window.refresh_now()


def pages(window: MainWindow) -> Iterator[QWidget]:
    """Open the palette and the pages of the window, one after the other."""
    window.front.open_palette("price above 24950 and more")
    yield window.front.palette
    window.front.palette.close_quietly()
    with tempfile.TemporaryDirectory() as home:
        book = SettingsBook(places_at(Path(home)), {"TICKDESK_ENGINE": "process"})
        for page in (ShortcutsPage(sheet_of(window.deeds), window), SettingsDialog(book, window)):
            page.show()
            QApplication.processEvents()
            yield page
            page.close()


def shown(window: QWidget, kinds: tuple[type[QWidget], ...]) -> list[QWidget]:
    """Return the visible widgets of some kinds that are no inner parts of another."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.isVisible()
        and not widget.visibleRegion().isEmpty()
        and widget.metaObject().className() not in _INNER
        and not isinstance(widget.parent(), QComboBox)
        and not widget.objectName().startswith("qt_")
    ]


def cut_off(window: QWidget) -> Iterator[str]:
    """Tell each text that is wider or higher than its place, and each control that hangs out of its parent."""
    for label in shown(window, (QLabel,)):
        if label.text() and type(label) is QLabel and label.textFormat() != Qt.TextFormat.RichText:
            yield from _of_label(label)
    for button in shown(window, (QPushButton, QCheckBox)):
        yield from _of_text(button, button.text().replace("&&", "&"), button.rect())
        if button.width() < button.minimumSizeHint().width() and not button.property("elides"):
            yield f"{_told(button)} is {button.width()} px wide and needs {button.minimumSizeHint().width()}"
    for control in shown(window, CONTROLS):
        seen = control.visibleRegion().boundingRect()
        lost = (
            control.rect().width() - seen.width() + max(control.rect().height() - seen.height() - _EDGE_PX, 0)
        )
        if not _scrolls(control) and lost:
            yield (
                f"{_told(control)} is {control.width()}x{control.height()} px, of which "
                f"{seen.width()}x{seen.height()} are seen"
            )


def _of_label(label: QLabel) -> Iterator[str]:
    if label.wordWrap():
        if label.heightForWidth(label.width()) > label.height():
            yield f"{_told(label)} has more lines than fit"
    else:
        yield from _of_text(label, label.text(), label.contentsRect())


def _of_text(widget: QWidget, text: str, room: QRect) -> Iterator[str]:
    metrics = widget.fontMetrics()
    width = max((metrics.horizontalAdvance(line) for line in text.splitlines()), default=0)
    if width > room.width() + 1:
        yield f"{_told(widget)} has {room.width()} px for {width} px of text"
    if text and metrics.ascent() > room.height():
        yield f"{_told(widget)} has {room.height()} px of height for text of {metrics.ascent()} px"


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _told(widget: QWidget) -> str:
    text = getattr(widget, "text", str)()
    parents, parent = [], widget.parentWidget()
    while parent is not None and len(parents) < 3:
        parents.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return f"{type(widget).__name__} {text or widget.accessibleName()!r} in {'/'.join(reversed(parents))}"


def main(sizes: list[str]) -> int:
    """Walk the window at each size."""
    from tests.app.conftest import FakeDesk

    QApplication([])
    window = filled(FakeDesk())
    found = []
    for size in sizes:
        width, height = (int(each) for each in size.split("x"))
        at_size(window, width, height)
        for page in (None, "replay", "events", "trades"):
            window.parts.bottom.unfold(page)
            at_size(window, width, height)
            found += [f"{size}, {page}: {words}" for words in cut_off(window)]
    found += [f"{type(page).__name__}: {words}" for page in pages(window) for words in cut_off(page)]
    window.close()
    print(json.dumps(sorted(set(found))))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
