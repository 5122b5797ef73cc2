"""The main window: it puts the parts together, wires them to the desk, and keeps its layout."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QStatusBar

from analytics.errors import ConfigError
from analytics.rules.rule import Firing
from app.desk import Desk
from app.dialogs.pages import AboutPage, ShortcutsPage
from app.formatting import time_ms_text
from app.override import override
from app.panels.status_bar import BAR_PX
from app.stylesheet import desk_stylesheet, dress
from app.theme import DARK, LIGHT, Theme
from app.viewmodels.layout import WindowLayout, load_layout, save_layout
from app.window.alert_edits import AlertEdits
from app.window.docks import Docks
from app.window.feed_choices import FeedChoices
from app.window.frame_loop import FRAME_MS, FrameLoop, Pulls
from app.window.menu import Deeds, DeskMenu, bind_keys
from app.window.notices import Notices
from app.window.parts import make_models, make_parts
from app.window.performance import lines_of, timings_of
from app.window.refresher import Refresher
from feeds.clock import Clock

START_SIZE = QSize(1280, 720)
LEAST_SIZE = QSize(640, 420)
SAID_NS = 8_000_000_000


class MainWindow(QMainWindow):
    """Shows one desk. It neither opens the first feed nor closes the desk: its owner does.

    `first_start` shows the strip above the chart until a choice is made. `symbol` is charted where the feed
    has it. `tapes` is the folder for recordings; without it the window asks. What the owner may want to
    remember is told by signals.
    """

    strip_dismissed = Signal()
    theme_changed = Signal(str)
    symbol_changed = Signal(str)
    feed_chosen = Signal(str)

    def __init__(
        self,
        desk: Desk,
        *,
        theme: Theme,
        layout_file: Path | None,
        clock: Clock,
        first_start: bool,
        symbol: str | None = None,
        tapes: Path | None = None,
        beep: bool = True,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Tickdesk")
        self.setMinimumSize(LEAST_SIZE)
        self.setAcceptDrops(True)
        self._desk, self._clock, self._theme, self._beep = desk, clock, theme, beep
        self._layout_file = layout_file
        self._said_until_ns = 0
        self._dress()
        self.models = make_models(desk, self)
        self.parts = make_parts(self.models, theme)
        self.setMenuWidget(self.parts.top)
        self.setCentralWidget(self.parts.side)
        self._add_status_bar()
        self._docks = Docks(self, self.parts)
        self.edits = AlertEdits(desk, self.models.quotes, self)
        self.feeds = FeedChoices(desk, clock, tapes, self)
        self.notices = Notices(desk, self.parts.side.banner, self.feeds, clock)
        self.refresher = Refresher(desk, self.models, self.parts, clock, self)
        self.refresher.wanted_symbol = symbol
        self._loop = FrameLoop(Pulls(self._pull_frame, self._pull_tables, self._pull_figures), clock, self)
        deeds = self._deeds()
        self.menu = DeskMenu(deeds, self._docks.panels, self)
        bind_keys(self, deeds, (self.parts.chart, self.parts.replay))
        self.parts.side.strip.setVisible(first_start)
        self._wire()
        self.resize(START_SIZE)
        self._restore_layout()

    # What others may ask of the window

    @property
    def theme(self) -> Theme:
        """Return the theme in force."""
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Recolour everything."""
        if theme == self._theme:
            return
        self._theme = theme
        self._dress()
        self.parts.set_theme(theme)
        self.theme_changed.emit(theme.name)

    def refresh_now(self) -> None:
        """Pull everything at once, as before a picture is taken."""
        self._desk.begin_frame()
        self._pull_tables()
        self.refresher.pull_frame()
        self._pull_figures()
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)

    def _pull_frame(self) -> bool:
        self._desk.begin_frame()
        return self.refresher.pull_frame()

    def show_firing(self, firing: Firing) -> None:
        """Chart the symbol that a firing is of."""
        self.refresher.show_symbol(firing.symbol)
        self.parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    # Building

    def _dress(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            dress(application, self._theme)
        self.setStyleSheet(desk_stylesheet(self._theme))

    def _add_status_bar(self) -> None:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(BAR_PX)
        bar.addWidget(self.parts.status, 1)
        self.setStatusBar(bar)

    def _deeds(self) -> Deeds:
        return Deeds(
            find=self.parts.watchlist.focus_find,
            open_file=self.feeds.ask_file,
            open_folder=self.feeds.ask_folder,
            connect_kafka=self.feeds.ask_kafka,
            demo=self.feeds.open_demo,
            record=self.feeds.switch_recording,
            open=self.feeds.open,
            switch_theme=lambda: self.set_theme(LIGHT if self._theme.is_dark else DARK),
            undo=self.edits.undo,
            shortcuts=lambda: self._open_page(ShortcutsPage(self)),
            about=lambda: self._open_page(AboutPage(self)),
            menu=self._open_menu,
            full_screen=self._switch_full_screen,
            performance=self._switch_performance,
            escape=self._escape,
            follow=self.parts.chart.follow,
            new_alert=self._new_alert,
            play=self._play_or_pause,
            step=lambda ticks: self._desk.step(ticks) if self._desk.transport is not None else None,
            speed=self._shift_speed,
        )

    def _wire(self) -> None:
        parts, desk, edits = self.parts, self._desk, self.edits
        parts.top.menu_wanted.connect(self._open_menu)
        parts.top.symbol_box.symbol_picked.connect(self._pick_symbol)
        parts.watchlist.symbol_picked.connect(self._pick_symbol)
        parts.alerts.new_wanted.connect(self._new_alert)
        parts.alerts.edit_wanted.connect(edits.edit)
        parts.alerts.toggle_wanted.connect(edits.toggle)
        parts.alerts.delete_wanted.connect(edits.delete)
        parts.alerts.duplicate_wanted.connect(edits.duplicate)
        parts.alerts.firing_picked.connect(self.show_firing)
        parts.side.toasts.firing_picked.connect(self.show_firing)
        edits.done.connect(self._rules_changed)
        edits.failed.connect(lambda reason: self.notices.say("The alerts were not changed", reason))
        edits.failed.connect(self.refresher.chart_rules)
        parts.chart.levelPicked.connect(lambda price: edits.new_at(self.refresher.symbol, price))
        parts.chart.alertDragged.connect(self._drag_alert)
        parts.chart.painted.connect(lambda: self.refresher.tick_path.painted(self._clock.monotonic_ns()))
        parts.replay.play_wanted.connect(desk.play)
        parts.replay.pause_wanted.connect(desk.pause)
        parts.replay.step_wanted.connect(desk.step)
        parts.replay.speed_wanted.connect(desk.set_speed)
        parts.replay.seek_wanted.connect(desk.seek)
        parts.replay.open_wanted.connect(self.feeds.ask_file)
        parts.events.event_picked.connect(lambda event: self._pick_symbol(event.symbol))
        strip = parts.side.strip
        strip.kept.connect(self._dismiss_strip)
        strip.open_wanted.connect(self.feeds.ask_file)
        strip.kafka_wanted.connect(self.feeds.ask_kafka)  # a choice only once it is made
        strip.open_wanted.connect(self._dismiss_strip)
        self.feeds.opened.connect(self._feed_opened)
        self.feeds.failed.connect(lambda reason: self.notices.say("That did not work", reason))
        self.feeds.said.connect(self._say)
        self.refresher.symbol_changed.connect(self.symbol_changed)
        self.refresher.fired.connect(self._toast)

    # Pulls

    def _pull_tables(self) -> None:
        self.refresher.pull_tables()
        self.notices.pull(self.refresher.silent_ns)
        self.parts.side.toasts.expire(self._clock.monotonic_ns())

    def _pull_figures(self) -> None:
        frames = self._loop.frame_times
        self.refresher.pull_figures(frames.percentile_ms(50))
        self._desk.weigh(self.refresher.ticks_s, max(self._loop.heartbeats.percentile_ms(99) - FRAME_MS, 0.0))
        self.setWindowTitle(self.refresher.title)
        if self._clock.monotonic_ns() >= self._said_until_ns:
            self.parts.status.say("")
        overlay = self.parts.side.performance
        if overlay.isVisible():
            path, indian = self.refresher.tick_path, self.refresher.indian
            overlay.show_values(timings_of(self._loop, path), lines_of(self._desk, path, indian=indian))
            self.parts.side.place_overlays()

    # Deeds

    def _pick_symbol(self, symbol: str) -> None:
        if symbol in self._desk.symbols:
            self.refresher.show_symbol(symbol)
            self.parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    def _new_alert(self) -> None:
        self.edits.new_at(self.refresher.symbol, self.parts.chart.crosshair_price())

    def _drag_alert(self, name: str, price: float) -> None:
        self.edits.drag(name, price)
        self.refresher.chart_rules()

    def _rules_changed(self, words: str) -> None:
        self._say(words)
        self.models.alerts.refresh()
        self.refresher.chart_rules()

    def _say(self, words: str) -> None:
        """Say for a few seconds what was just done."""
        self.parts.status.say(words)
        self._said_until_ns = self._clock.monotonic_ns() + SAID_NS

    def _play_or_pause(self) -> None:
        if self._desk.transport is not None:
            self.parts.replay.toggle()

    def _shift_speed(self, places: int) -> None:
        if self._desk.transport is not None:
            self.parts.replay.shift_speed(places)

    def _feed_opened(self, address: str) -> None:
        self._dismiss_strip()
        self.feed_chosen.emit(address)

    def _dismiss_strip(self) -> None:
        if not self.parts.side.strip.isHidden():
            self.parts.side.strip.hide()
            self.strip_dismissed.emit()

    def _toast(self, firings: list[Firing]) -> None:
        now_ns = self._clock.monotonic_ns()
        new = False
        for firing in firings:
            price = self.models.quotes.style(firing.symbol).price(firing.price)
            time = time_ms_text(firing.ts_ns, self.models.quotes.calendar(firing.symbol).zone)
            detail = f"{firing.symbol} {price} · {time}"
            new = self.parts.side.toasts.add(firing, firing.rule, detail, now_ns) or new
        if new and self._beep:
            QApplication.beep()

    def _open_page(self, page: QDialog) -> None:
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.open()

    def _open_menu(self) -> None:
        self.menu.prepare(
            dark=self._theme.is_dark,
            recording=self._desk.recording is not None,
            can_record=self._desk.info is not None,
            undoable=self.edits.undoable,
            recent=self.feeds.recent,
        )
        button = self.parts.top.menu_button
        left = button.width() - self.menu.sizeHint().width()
        self.menu.popup(button.mapToGlobal(QPoint(left, button.height() + 4)))

    def _switch_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _switch_performance(self) -> None:
        overlay = self.parts.side.performance
        overlay.setVisible(not overlay.isVisible())
        self._pull_figures()

    def _escape(self) -> None:
        """Close what is in front: toasts, the overlay, a notice, full screen; else back to the chart."""
        side = self.parts.side
        if side.toasts.clear():
            return
        if side.performance.isVisible():
            side.performance.hide()
        elif self.notices.dismiss():
            return
        elif self.isFullScreen():
            self.showNormal()
        else:
            self.parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    # Layout

    def _restore_layout(self) -> None:
        layout = WindowLayout()
        if self._layout_file is not None:
            try:
                layout = load_layout(self._layout_file)
            except ConfigError as error:
                self.notices.say("The window starts with its default layout", str(error))
        self.feeds.recent = layout.recent
        self.parts.watchlist.show_columns(layout.columns)
        if not self._docks.restore(layout):
            self.notices.say(
                "The window starts with its default layout", f"{self._layout_file} is of another version"
            )

    def _save_layout(self) -> None:
        if self._layout_file is None:
            return
        try:
            save_layout(
                self._layout_file,
                self._docks.layout(self.feeds.recent, self.parts.watchlist.extra_columns),
            )
        except OSError as error:
            self.notices.say("The layout was not saved", str(error))

    # Events

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._docks.settle()
        self._docks.fit(self.width())
        self.parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh_now()
        self._loop.start()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._loop.stop()
        self.feeds.close()
        self._save_layout()
        super().closeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self._docks.fit(event.size().width())

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.feeds.dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        path = self.feeds.dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.feeds.open(path)
