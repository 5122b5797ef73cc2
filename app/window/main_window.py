"""The main window: it puts the parts together and wires them to the desk and to each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QStatusBar

from analytics.rules.rule import Firing
from app.desk import Desk
from app.override import override
from app.panels.status_bar import BAR_PX
from app.stylesheet import desk_stylesheet, dress
from app.theme import THEMES, Theme
from app.viewmodels.workspaces import Workspaces
from app.window.alert_edits import AlertEdits
from app.window.announcer import Announcer
from app.window.chart_files import ChartFiles
from app.window.choices import WindowChoices
from app.window.deed_table import Rooms, WindowActs, make_table
from app.window.deeds import Place, Table
from app.window.docks import Docks
from app.window.feed_choices import FeedChoices
from app.window.frame_loop import FRAME_MS, FrameLoop, Pulls
from app.window.front import Front
from app.window.keys import bind_keys
from app.window.layout_keeper import LayoutKeeper
from app.window.moments import Moments
from app.window.notices import Notices
from app.window.palette_choices import PaletteChoices
from app.window.parts import make_models, make_parts
from app.window.performance import lines_of, timings_of
from app.window.refresher import Refresher
from app.window.undo import Undo
from feeds.clock import Clock

START_SIZE = QSize(1280, 720)
LEAST_SIZE = QSize(640, 420)
SAID_NS = 8_000_000_000
_NO_CHOICES = WindowChoices()


class MainWindow(QMainWindow):
    """Shows one desk. It neither opens the first feed nor closes the desk: its owner does.

    `first_start` shows the strip above the chart until a choice is made. `symbol` is charted where the feed
    has it. Without a `layout_file` nothing is kept. What the owner may want to remember is told by signals.
    """

    strip_dismissed = Signal()
    theme_changed = Signal(str)
    symbol_changed = Signal(str)
    feed_chosen = Signal(str)
    workspace_changed = Signal(object)
    """The workspace in force, None for the layout without a name."""

    def __init__(
        self,
        desk: Desk,
        *,
        theme: Theme,
        layout_file: Path | None,
        clock: Clock,
        first_start: bool,
        symbol: str | None = None,
        beep: bool = True,
        choices: WindowChoices = _NO_CHOICES,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Tickdesk")
        self.setMinimumSize(LEAST_SIZE)
        self.setAcceptDrops(True)
        self._desk, self._clock, self._theme = desk, clock, theme
        self._said_until_ns = 0
        self._dress()
        self.models = make_models(desk, self)
        self.parts = make_parts(self.models, theme)
        self.setMenuWidget(self.parts.top)
        self.setCentralWidget(self.parts.side)
        self._add_status_bar()
        self._docks = Docks(self, self.parts)
        self.edits = AlertEdits(desk, self.models.quotes, self)
        self.feeds = FeedChoices(desk, clock, choices.tapes, self)
        self.notices = Notices(desk, self.parts.side.banner, self.feeds, clock)
        self.refresher = Refresher(desk, self.models, self.parts, clock, self)
        self.refresher.wanted_symbol = symbol
        self.moments = Moments(desk, self.parts, self.refresher, self)
        self.files = ChartFiles(self)
        self.announcer = self._make_announcer()
        self.announcer.beep = beep
        self.announcer.tray.switch(choices.tray)
        self._loop = FrameLoop(Pulls(self._pull_frame, self._pull_tables, self._pull_figures), clock, self)
        self.undo = Undo(self.edits, self._say)
        workspaces = None if layout_file is None else Workspaces(layout_file, choices.workspace)
        self.keeper = LayoutKeeper(workspaces, self._docks, self.parts, self)
        self.front = Front(self, self.parts, self.notices, choices.settings)
        self.deeds = self._make_deeds()
        self.front.fill(self.deeds, self._make_choices().palette, theme)
        bind_keys(
            self.deeds,
            {Place.WINDOW: (self,), Place.CHART: (self.parts.charts, self.parts.replay)},
        )
        self.parts.side.strip.setVisible(first_start)
        self.parts.watchlist.set_flash(choices.flash)
        self._wire_parts()
        self._wire_hub()
        self.resize(START_SIZE)
        self.keeper.restore(self.feeds)

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
        self.front.palette.set_theme(theme)
        self.announcer.tray.set_theme(theme)
        self.theme_changed.emit(theme.name)

    @property
    def menu(self) -> QMenu:
        """Return the menu behind ☰, as it was when it opened last."""
        return self.front.menu

    def refresh_now(self) -> None:
        """Pull everything at once, as before a picture is taken."""
        self._desk.begin_frame()
        self._pull_tables()
        self.refresher.pull_frame()
        self._pull_figures()
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)

    def show_firing(self, firing: Firing) -> None:
        """Chart the symbol that a firing is of."""
        self.moments.show_firing(firing)

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

    def _make_announcer(self) -> Announcer:
        models = self.models
        toasts = self.parts.side.toasts
        return Announcer(self, toasts, models.firings, models.quotes, self._clock, self._theme)

    def _make_deeds(self) -> Table:
        rooms = Rooms(self._desk, self.parts, self._docks, self.edits, self.feeds, self.keeper, self.undo)
        front = self.front
        acts = WindowActs(
            palette=front.open_palette,
            add_series=lambda: self.parts.charts.active_pane.picker_wanted.emit(""),
            menu=front.open_menu,
            settings=front.open_settings,
            shortcuts=front.open_shortcuts,
            about=front.open_about,
            quit=self.close,
            escape=front.escape,
            full_screen=front.switch_full_screen,
            performance=lambda: front.switch_performance(self._pull_figures),
            new_alert=self._new_alert,
            theme=lambda: self._theme,
            set_theme=self._choose_theme,
            has_settings=lambda: front.settings is not None,
            is_full_screen=self.isFullScreen,
        )
        return make_table(rooms, acts)

    def _make_choices(self) -> PaletteChoices:
        return PaletteChoices(
            self._desk,
            self.deeds,
            charted=lambda: self.refresher.symbol,
            chart=self.moments.show_symbol,
            add_series=lambda text: self.parts.charts.active_pane.add_series(text),
            add_alert=lambda symbol, when: self.edits.add_text(symbol, when),
            complete=self.edits.completed,
        )

    def _wire_parts(self) -> None:
        parts, desk, edits, moments = self.parts, self._desk, self.edits, self.moments
        parts.top.menu_wanted.connect(self.front.open_menu)
        parts.top.symbol_box.symbol_picked.connect(moments.show_symbol)
        parts.watchlist.symbol_picked.connect(moments.show_symbol)
        parts.watchlist.edited.connect(self.undo.add_here)
        parts.alerts.new_wanted.connect(self._new_alert)
        parts.alerts.edit_wanted.connect(edits.edit)
        parts.alerts.toggle_wanted.connect(edits.toggle)
        parts.alerts.delete_wanted.connect(edits.delete)
        parts.alerts.duplicate_wanted.connect(edits.duplicate)
        parts.alerts.firing_picked.connect(moments.show_firing)
        parts.alerts.firing_replayed.connect(moments.play_firing)
        parts.side.toasts.firing_picked.connect(moments.show_firing)
        edits.follow(parts.alerts, parts.side.toasts)
        for source in (edits, parts.events, parts.trades):
            source.moment_picked.connect(moments.show_moment)
        parts.status.events_wanted.connect(moments.show_events)
        charts = parts.charts
        charts.level_picked.connect(edits.new_at)
        charts.alert_dragged.connect(self._drag_alert)
        charts.mark_picked.connect(moments.show_event)
        charts.painted.connect(lambda: self.refresher.tick_path.painted(self._clock.monotonic_ns()))
        charts.save_wanted.connect(self.files.ask_picture)
        charts.export_wanted.connect(self.files.ask_export)
        charts.refused.connect(lambda reason: self.notices.say("The chart could not do that", reason))
        parts.replay.play_wanted.connect(desk.play)
        parts.replay.pause_wanted.connect(desk.pause)
        parts.replay.step_wanted.connect(desk.step)
        parts.replay.speed_wanted.connect(desk.set_speed)
        parts.replay.seek_wanted.connect(desk.seek)
        parts.replay.open_wanted.connect(self.feeds.ask_file)
        parts.replay.look_wanted.connect(self.refresher.pull_replay)
        parts.events.failed.connect(lambda reason: self.notices.say("The event log was not exported", reason))

    def _wire_hub(self) -> None:
        strip, edits, feeds, keeper = self.parts.side.strip, self.edits, self.feeds, self.keeper
        strip.kept.connect(self._dismiss_strip)
        strip.open_wanted.connect(feeds.ask_file)
        strip.kafka_wanted.connect(feeds.ask_kafka)  # a choice only once it is made
        strip.open_wanted.connect(self._dismiss_strip)
        edits.done.connect(self._rules_changed)
        edits.failed.connect(lambda reason: self.notices.say("The alerts were not changed", reason))
        edits.failed.connect(self.refresher.chart_rules)
        feeds.opened.connect(self._feed_opened)
        feeds.failed.connect(lambda reason: self.notices.say("That did not work", reason))
        feeds.said.connect(self._say)
        self.refresher.symbol_changed.connect(self.symbol_changed)
        self.refresher.fired.connect(self.announcer.announce)
        self.moments.failed.connect(lambda reason: self.notices.say("The firing cannot be replayed", reason))
        self.files.said.connect(self._say)
        self.files.failed.connect(lambda reason: self.notices.say("The chart was not saved", reason))
        keeper.theme_of = lambda: self._theme
        keeper.symbol_of = lambda: self.refresher.symbol
        keeper.failed.connect(self.notices.say)
        keeper.said.connect(self._say)
        keeper.theme_wanted.connect(self.set_theme)
        keeper.symbol_wanted.connect(self.moments.want_symbol)
        keeper.deleted.connect(self.undo.add)
        keeper.left.connect(self.undo.leave)
        keeper.current_changed.connect(self.workspace_changed)
        self.front.settings_saved.connect(self._settings_saved)

    # Pulls

    def _pull_frame(self) -> bool:
        self._desk.begin_frame()
        return self.refresher.pull_frame()

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

    # What is done

    def _choose_theme(self, theme: Theme) -> None:
        """Recolour, and say where the next start will take another theme all the same."""
        self.set_theme(theme)
        book = self.front.settings
        stronger = None if book is None else book.stronger_than_memory("theme")
        if stronger is not None and stronger.value != theme.name:
            self._say(f"{theme.title} for now: {stronger.origin_text} says {stronger.value}")

    def _new_alert(self) -> None:
        self.edits.new_at(self.refresher.symbol, self.parts.chart.crosshair_price())

    def _drag_alert(self, name: str, price: float) -> None:
        self.edits.drag(name, price)
        self.refresher.chart_rules()

    def _rules_changed(self, words: str) -> None:
        self._say(words)
        self.undo.alerts_changed()
        self.models.alerts.refresh()
        self.refresher.chart_rules()

    def _say(self, words: str) -> None:
        """Say for a few seconds what was just done."""
        self.parts.status.say(words)
        self._said_until_ns = self._clock.monotonic_ns() + SAID_NS

    def _feed_opened(self, address: str) -> None:
        self._dismiss_strip()
        self.feed_chosen.emit(address)

    def _dismiss_strip(self) -> None:
        if not self.parts.side.strip.isHidden():
            self.parts.side.strip.hide()
            self.strip_dismissed.emit()

    def _settings_saved(self, changes: Mapping[str, object]) -> None:
        """Take on at once what was changed and does not need a start."""
        book = self.front.settings
        if book is None:
            return
        now = {each.fact.name: each.value for each in book.read() if each.fact.name in changes}
        if "theme" in now:
            self.set_theme(THEMES[str(now["theme"])])
        if "beep" in now:
            self.announcer.beep = bool(now["beep"])
        if "tray" in now:
            self.announcer.tray.switch(bool(now["tray"]))
        if "flash" in now:
            self.parts.watchlist.set_flash(bool(now["flash"]))
        self._say("Settings saved")

    # Events

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._docks.settle()
        self._docks.fit(self.width())
        self.moments.focus_chart()
        self.refresh_now()
        self._loop.start()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._loop.stop()
        self.front.close()
        self.feeds.close()
        self.files.close()
        self.keeper.save()
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
        if self.feeds.take_drop(event.mimeData()):
            event.acceptProposedAction()
