"""A window over the recording in a state that a scene asks for; nothing in it moves by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from analytics.rules.rule import Repeat, Rule
from app.desk import Desk
from app.places import places_at
from app.settings_book import SettingsBook
from app.theme import Theme
from app.topic_finder import TopicFinder
from app.window import MainWindow
from app.window.choices import WindowChoices
from feeds.clock import ManualClock, SystemClock
from feeds.instruments import load_instruments
from feeds.kafka.vocabulary import TopicSummary
from feeds.source import FeedInfo, FeedState, FeedStatus
from tests.builders.waiting import wait_until
from tests.pictures.market import SYMBOL

SIZE = (1280, 720)
TOPICS = (TopicSummary("orders.v1", 4, 1_204), TopicSummary("ticks.v1", 12, 2_086_110))
RULES = (
    Rule("Crosses below VWAP", SYMBOL, "price crosses below vwap(session)", hysteresis="60 ticks", cooldown="1m"),
    Rule("Leaves VWAP ±2σ", SYMBOL, "price leaves vwap_lower(session, 2)..vwap_upper(session, 2)",
         repeat=Repeat.SESSION),
    Rule("HDFCBANK moves 0.15 %", "HDFCBANK", "price moves 0.15 % in 60s", cooldown="5m"),
    Rule("No tick for 5 s", SYMBOL, "no tick for 5s", enabled=False),
)  # fmt: skip


class StageDesk(Desk):
    """A desk that says of its feed what `told` holds, and of everything else the truth."""

    told: dict[str, Any]

    def topic_finder(self) -> TopicFinder:
        """Return what finds the same topics at every broker: none is asked."""
        return TopicFinder(lambda _servers: TOPICS)

    @property
    def _is_told(self) -> dict[str, Any]:
        return self.__dict__.setdefault("told", {})


def _tell(name: str) -> property:
    real = getattr(Desk, name)
    return property(lambda desk: desk.told[name] if name in desk._is_told else real.__get__(desk))


for _name in (
    "info",
    "status",
    "transport",
    "now_ns",
    "idle_s",
    "lag_ticks",
    "loading",
    "open_fault",
    "address",
):
    setattr(StageDesk, _name, _tell(_name))


@dataclass(slots=True)
class Stage:
    """One window, its desk, and the clock of both; a scene changes them and says what is to be pictured."""

    desk: StageDesk
    window: MainWindow
    clock: ManualClock
    theme: Theme
    recording: Path
    closing: list[Callable[[], object]] = field(default_factory=list)

    def tell(self, **told: object) -> None:
        """Have the desk say these things of its feed."""
        self.desk.told.update(told)

    def live(self, state: FeedState = FeedState.LIVE, **status: Any) -> None:
        """Have the feed be the demo market, at the newest tick of the recording."""
        symbols, known = self.desk.symbols, self.desk.instruments
        closes = {each: close for each in symbols if (close := known[each].previous_close) is not None}
        self.window.models.quotes._made.clear()  # they were told against the first trade
        self.tell(
            info=FeedInfo("sim", "sim", "sim:", symbols, SYMBOL, closes),
            address="sim:",
            status=FeedStatus(state, **status),
            transport=None,
            idle_s=0.2,
            now_ns=self.newest_ns + 200_000_000,
        )

    @property
    def newest_ns(self) -> int:
        """Return the time of the newest tick."""
        views = (self.desk.view(symbol) for symbol in self.desk.symbols)
        return max(int(view.ts_ns[view.count - 1]) for view in views if view is not None)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Run the window until something holds."""

        def looked() -> bool:
            self.window.refresh_now()
            QApplication.processEvents()
            return holds()

        wait_until(looked, "the window")

    def charts_are_done(self) -> bool:
        """Return whether every chart has its series, and no profile is being made."""
        for feed in self.window.refresher.feeds:
            view = self.desk.view(feed.symbol)
            if view is None or not feed.wanted <= set(view.series):
                return False
        panes = self.window.parts.charts.visible_panes
        return all(pane.chart._tools.profile._job._thread is None for pane in panes)

    def point_at(self, across: float, down: float) -> None:
        """Put the pointer at a place of the active chart's prices, in shares of its size."""
        chart = self.window.parts.chart
        chart._point_at(self._place(across, down))
        QApplication.processEvents()

    def drag(
        self, start: tuple[float, float], stop: tuple[float, float], modifier: Qt.KeyboardModifier
    ) -> None:
        """Drag over the active chart's prices with the left button."""
        view = self.window.parts.chart._panes
        first, last = (view.mapFromScene(self._place(*each)) for each in (start, stop))
        QTest.mouseMove(view.viewport(), first + QPoint(9, 9))
        QTest.mouseMove(view.viewport(), first, delay=11)
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, modifier, first)
        for share in (0.3, 0.6, 1.0):
            QTest.mouseMove(view.viewport(), first + (last - first) * share)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, modifier, last)
        QApplication.processEvents()

    def dialog(self, kind: str) -> QDialog:
        """Return the dialog of a class that is open, to be closed at the end."""
        found = [
            each for each in QApplication.allWidgets() if type(each).__name__ == kind and each.isVisible()
        ]
        (dialog,) = found
        assert isinstance(dialog, QDialog)
        self.closing.append(dialog.reject)
        return dialog

    def _place(self, across: float, down: float) -> QPointF:
        prices = self.window.parts.chart._panes.price.geometry()
        return QPointF(prices.left() + across * prices.width(), prices.top() + down * prices.height())

    def settle(self, pulls: int = 12) -> None:
        """Pull frames and tables until everything shown is up to date, then the figures that never stand still."""
        for _ in range(pulls):
            self.clock.advance(0.1)
            self.window.refresh_now()
            QApplication.processEvents()
        self.window.refresh_now()
        status = self.window.parts.status
        status.show_counts(self.desk.counts, 212.0, 0, indian=True)
        status.show_costs(4.1, 148.0)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()

    def grab(self, over: QWidget | None = None) -> QPixmap:
        """Return the window's picture, with a window of its own over it where it stands."""
        picture = self.window.grab()
        if over is not None:
            place = over.mapToGlobal(QPoint()) - self.window.mapToGlobal(QPoint())
            with QPainter(picture) as painter:
                painter.drawPixmap(place, over.grab())
                painter.setPen(QColor(self.theme.faint))
                painter.drawRect(QRect(place, over.size()).adjusted(0, 0, -1, -1))
        return picture


@contextmanager
def a_stage(
    recording: Path, home: Path, theme: Theme, size: tuple[int, int] = SIZE, *, first_start: bool = False
) -> Iterator[Stage]:
    """Open the recording in a window, all of it played through."""
    clock = ManualClock(1_795_000_000_000_000_000)
    desk = StageDesk(clock=SystemClock(), instruments=load_instruments(), alerts_file=home / "alerts.toml")
    window: MainWindow | None = None
    QApplication.setCursorFlashTime(0)
    try:
        desk.set_rules(RULES)
        desk.open(f"file:{recording}?speed=max")
        wait_until(lambda: desk.finished, "the recording")
        choices = WindowChoices(settings=SettingsBook(places_at(home), {}), flash=False)
        given = {"theme": theme, "layout_file": None, "clock": clock, "symbol": SYMBOL, "beep": False}
        window = MainWindow(desk, first_start=first_start, choices=choices, **given)
        window.resize(*size)
        window.show()
        window._loop.stop()
        stage = Stage(desk, window, clock, theme, recording)
        yield stage
        for close in reversed(stage.closing):
            close()
    finally:
        if window is not None:
            window.close()
            window.deleteLater()
        desk.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
