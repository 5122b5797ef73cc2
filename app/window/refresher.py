"""Takes what is new from the desk to the charts and panels: frames, tables, figures; what is hidden is skipped."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal

from analytics.events import DataEvent, EventKind
from analytics.rules.rule import Firing, Rule
from app.desk import Desk
from app.formatting import NumberStyle, clock_text, date_text
from app.viewmodels.feed_face import STALE_AFTER_NS, face_of, is_waiting
from app.viewmodels.market_phase import Phase, phase_at
from app.viewmodels.meters import RateMeter, resident_mb
from app.viewmodels.tick_path import TickPath
from app.window.chart_feed import ChartFeed
from app.window.chart_marks import MOST_MARKS
from app.window.chart_pane import ChartPane
from app.window.kept_series import KeptSeries
from app.window.parts import EVENTS, REPLAY, TRADES, Models, Parts
from feeds.clock import Clock
from feeds.source import FeedState

NEWS_NS = 15_000_000_000
"""A firing older than this when the window learns of it is history: it is logged and not announced."""
_FEW_MARKS, _RIBBON_EVERY = 200, 5  # many marks are drawn at every fifth pull: a storm must not cost frames
_RESORT_EVERY = 20  # pulls of the tables: a sorted watchlist is put in order every two seconds


class Refresher(QObject):
    """Remembers what was last shown and pulls what changed. `fired` carries new shown firings.

    It drives one `ChartFeed` a chart. The symbol of the active one is that of the whole window.
    """

    fired = Signal(object)
    symbol_changed = Signal(str)

    def __init__(self, desk: Desk, models: Models, parts: Parts, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._models, self._parts, self._clock = desk, models, parts, clock
        self._feeds: dict[ChartPane, ChartFeed] = {}
        self._kept = KeptSeries(desk)
        self.wanted_symbol: str | None = None
        self.silent_ns: int | None = None
        self._generation = desk.generation
        self._address: str | None = None
        self._rules: tuple[Rule, ...] = ()
        self._firings: list[Firing] = []
        self._told: deque[Firing] = deque(maxlen=200)  # the log is read again when the engine has moved
        self._marked: tuple[set[int], set[int]] = (set(), set())  # rows of firings and gaps in the recording
        self._events: list[DataEvent] = []
        self.tick_path = TickPath()
        self._passages_read = 0
        self._ticks = RateMeter()
        self._played = RateMeter()
        self._replaying = False
        self._trouble = ""  # the feed's state in a word or two, where it is not simply live
        self._asked = False  # whether the symbol that was asked for has been looked for
        self._tables_pulled = 0
        charts = parts.charts
        for pane in charts.panes:
            self._feed_chart(pane)
        self._in_sight = set(self.feeds)
        charts.pane_added.connect(self._feed_chart)
        charts.pane_changed.connect(self._pane_changed)
        charts.symbol_changed.connect(self._symbol_shown)
        charts.count_changed.connect(self._charts_laid_out)

    # The charts

    def _feed_chart(self, pane: ChartPane) -> None:
        feed = ChartFeed(self._desk, self._models.quotes, pane, self._clock, self)
        feed.wanted_changed.connect(self._keep_series)
        self._feeds[pane] = feed

    @property
    def feeds(self) -> list[ChartFeed]:
        """Return what feeds the charts in sight."""
        return [self._feeds[pane] for pane in self._parts.charts.visible_panes]

    def _keep_series(self) -> None:
        fault = self._kept.want(frozenset().union(*(feed.wanted for feed in self.feeds)))
        if fault:
            self._parts.charts.refused.emit(fault)

    def _charts_laid_out(self) -> None:
        """Show in charts that came into sight what is there by now."""
        before, self._in_sight = self._in_sight, set(self.feeds)
        self._choose_symbols()
        for feed in self._in_sight - before:
            self._chart_anew(feed)
        self._keep_series()

    def _pane_changed(self, pane: ChartPane) -> None:
        feed = self._feeds[pane]
        if feed in self.feeds:
            self._chart_anew(feed)

    def _chart_anew(self, feed: ChartFeed) -> None:
        feed.chart_anew()
        self._mark(feed)

    def _mark(self, feed: ChartFeed) -> None:
        feed.chart_rules(self._rules)
        feed.mark_firings(self._firings)
        feed.mark_ribbon(self._models.honesty)

    def play_excerpt(self, symbol: str, ts_ns: int, before_s: float = 30.0, after_s: float = 30.0) -> bool:
        """Play once more the time around an instant in a chart of a symbol, the active one where none shows it.

        False where no tick of it is held.
        """
        charts = self._parts.charts
        shown = [pane for pane in (charts.active_pane, *charts.visible_panes) if pane.symbol == symbol]
        if not shown:
            self.show_symbol(symbol)
        pane = shown[0] if shown else charts.active_pane
        if not self._feeds[pane].play_excerpt(ts_ns, before_s, after_s):
            return False
        pane.take_keyboard()
        return True

    def stop_excerpt(self) -> bool:
        """Have all charts go back to now; True if one was elsewhere."""
        playing = [feed for feed in self.feeds if feed.playing]
        for feed in playing:
            feed.stop_excerpt()
        return bool(playing)

    # The symbol

    @property
    def symbol(self) -> str:
        """Return the active chart's symbol, ``""`` for none."""
        return self._parts.charts.symbol

    @property
    def title(self) -> str:
        """Return the window's title, readable in a task bar: symbol, last price, and what is to be known of the feed."""
        quote = self._models.quotes.quote(self.symbol) if self.symbol else None
        if quote is None:
            return "Tickdesk"
        state = f" · {self._trouble}" if self._trouble else ""
        return f"{quote.symbol} {quote.style.price(quote.last)}{state} · Tickdesk"

    def show_symbol(self, symbol: str) -> None:
        """Chart a symbol in the active chart."""
        if symbol:
            self._parts.charts.show_symbol(symbol)

    def _symbol_shown(self, symbol: str) -> None:
        self._models.watchlist.set_shown(symbol)
        self._models.alerts.set_charted(symbol)
        self._models.firings.set_charted(symbol)
        self._models.events.set_charted(symbol)
        self._models.trades.set_symbol(symbol)
        self._parts.replay.set_zone(self._models.quotes.calendar(symbol).zone)
        self.pull_top()
        self.symbol_changed.emit(symbol)

    def chart_rules(self) -> None:
        """Draw the alert lines again, whether or not the rules changed."""
        if self._rules != self._desk.rules:
            self._marked[0].clear()
        self._rules = self._desk.rules
        for feed in self.feeds:
            feed.chart_rules(self._rules)

    def _choose_symbols(self) -> None:
        """Chart what the feed opens on, where the symbol charted now is not one of its own.

        Charts beside the active one show symbols that none shows yet.
        """
        symbols = self._desk.symbols
        info = self._desk.info
        if not symbols or info is None:
            return
        asked, self._asked = self._asked, True
        charts = self._parts.charts
        if self.symbol not in symbols or (not asked and self.wanted_symbol in symbols):
            wanted = (self.wanted_symbol, info.opening_symbol, symbols[0])
            self.show_symbol(next(each for each in wanted if each is not None and each in symbols))
        for pane in charts.visible_panes:
            if pane.symbol not in symbols:
                shown = {each.symbol for each in charts.visible_panes}
                pane.show_symbol(next((each for each in symbols if each not in shown), symbols[0]))

    # Frames, 60 a second

    def pull_frame(self) -> bool:
        """Draw what is new in the chart and return whether anything was painted."""
        self._notice_generation()
        passages, self._passages_read = self._desk.passages.since(self._passages_read)
        self.tick_path.begin_frame(passages, self._clock.monotonic_ns(), self._desk.counts)
        painted = False
        for feed in self.feeds:
            painted = feed.pull() or painted
        if painted and self.symbol:
            self._parts.top.show_quote(self.symbol, self._models.quotes.quote(self.symbol))
        return painted

    def _notice_generation(self) -> None:
        """Forget what belongs to columns that are no more, before anything of the new ones is read."""
        if self._desk.generation == self._generation:
            return
        self._generation = self._desk.generation
        self._firings.clear()
        self._events.clear()
        for pane in self._parts.charts.panes:
            pane.chart.link_pointer(None)  # an instant of other columns
        for feed in self.feeds:
            feed.stop_excerpt()
            if feed.symbol in self._desk.symbols:
                self._chart_anew(feed)

    # Tables, 10 a second

    def pull_tables(self) -> None:
        """Bring tables, lists and the top bar up to date."""
        parts, models = self._parts, self._models
        self._tables_pulled += 1
        self._choose_symbols()
        parts.top.symbol_box.set_symbols(self._desk.symbols)
        if parts.watchlist.isVisible():
            models.watchlist.refresh()
            if self._tables_pulled % _RESORT_EVERY == 0:
                models.watchlist.resort()
        if parts.alerts.isVisible():
            models.alerts.refresh()
        if self._desk.rules != self._rules:
            self.chart_rules()
        self._pull_firings()
        self._pull_events()
        if parts.bottom.unfolded == TRADES:
            models.trades.refresh()
        self.pull_top()
        self.pull_replay()

    def _pull_firings(self) -> None:
        fresh = self._models.firings.refresh()
        self._notice_generation()  # these may be the first of new columns
        self._parts.alerts.show_count()
        if not fresh:
            return
        self._firings = [*self._firings, *fresh][-MOST_MARKS:]
        self._mark_firings()
        now_ns = self._desk.now_ns
        news = [each for each in fresh if now_ns - each.ts_ns <= NEWS_NS and each not in self._told]
        if news and not self._desk.settling:
            self._told.extend(news)
            self.fired.emit(news)

    def _pull_events(self) -> None:
        fresh = self._models.events.refresh()
        self._notice_generation()
        if self._parts.bottom.unfolded == EVENTS:
            self._models.events.mark_seen()
        self._parts.bottom.set_badge(EVENTS, self._models.events.unseen)
        if fresh:
            self._events = [*self._events, *fresh][-MOST_MARKS:]
            self._mark_timeline()
        for feed in self.feeds:
            if feed.ribbon_marks < _FEW_MARKS or self._tables_pulled % _RIBBON_EVERY == 0:
                feed.mark_ribbon(self._models.honesty)

    def _mark_firings(self) -> None:
        for feed in self.feeds:
            feed.mark_firings(self._firings)
        self._mark_timeline()

    def _mark_timeline(self) -> None:
        """Mark what this recording is known to hold; a seek back forgets nothing, other rules do."""
        if self._desk.transport is None:
            return
        firings, gaps = self._marked
        firings.update(each.row for each in self._firings)
        gaps.update(each.row for each in self._events if each.kind is EventKind.GAP)
        self._parts.replay.set_marks(tuple(sorted(firings)), tuple(sorted(gaps)))

    # The top bar and the replay

    def pull_top(self) -> None:
        """Show quote, feed, phase and clock."""
        desk, top = self._desk, self._parts.top
        status, transport, info = desk.status, desk.transport, desk.info
        quote = self._models.quotes.quote(self.symbol) if self.symbol else None
        calendar = self._models.quotes.calendar(self.symbol)
        now_ns = desk.now_ns
        traded = quote is not None and date_text(quote.ts_ns, calendar.zone) == date_text(
            now_ns, calendar.zone
        )
        phase = phase_at(calendar, now_ns, traded_today=traded)
        idle_ns = round(desk.idle_s * 1e9)
        waiting = is_waiting(desk)
        ticks_due = status.state is FeedState.LIVE and phase is not Phase.CLOSED and not waiting
        quiet = ticks_due and idle_ns > STALE_AFTER_NS
        self.silent_ns = idle_ns if quiet else None
        stale = quiet or status.state is FeedState.RECONNECTING
        replaying = transport is not None
        top.show_quote(self.symbol, quote)
        face = face_of(info, status, transport, self.silent_ns, waiting=waiting, closed=phase is Phase.CLOSED)
        self._trouble = (
            "" if status.state is FeedState.LIVE and not stale else face.status.lstrip("●○◐◌■✕▶▮ ")
        )
        top.show_feed(face, replay=replaying, stale=stale)
        said = phase is Phase.CLOSED and status.state is FeedState.LIVE  # by the status already
        words = phase.value if self.symbol and not said else ""
        top.show_time(clock_text(now_ns, calendar.zone), words)
        top.show_recording(desk.recording)
        self._models.watchlist.set_stale(stale)
        awaiting = desk.info is not None or desk.loading is not None
        for feed in self.feeds:
            if feed.settle():
                self._mark(feed)
            feed.wear(stale=stale, replay=replaying, awaiting=awaiting)
        self._wear_replay(replaying)

    def _wear_replay(self, replaying: bool) -> None:
        address = self._desk.address
        if replaying == self._replaying and address == self._address:
            return
        opened = address != self._address
        self._replaying, self._address = replaying, address
        if opened:
            for rows in self._marked:
                rows.clear()
            self._parts.replay.set_marks((), ())
            self._parts.side.toasts.clear()  # they are of another feed
        bottom = self._parts.bottom
        bottom.set_replay(replaying)
        if opened and replaying:
            bottom.unfold(REPLAY)
        elif not replaying and bottom.unfolded == REPLAY:
            bottom.unfold(None)

    def pull_replay(self) -> None:
        """Show where the replay stands."""
        if self._parts.bottom.unfolded != REPLAY and self._desk.transport is None:
            return
        transport = self._desk.transport
        if transport is not None:
            self._played.add(self._clock.monotonic_ns(), transport.row)
        self._parts.replay.show_transport(
            transport,
            self._desk.status.state,
            self._played.per_second,
            self._style(),
            seeking=self._desk.settling,
        )

    # Figures, 2 a second

    def pull_figures(self, frame_ms: float) -> None:
        """Show counts, rate, lag and costs."""
        desk, status = self._desk, self._parts.status
        counts = desk.counts
        self._ticks.add(self._clock.monotonic_ns(), counts.sent)
        status.show_counts(counts, self._ticks.per_second, desk.lag_ticks, indian=self._style().indian)
        to_pixel = self.tick_path.arrival_to_pixel()
        status.show_costs(frame_ms, resident_mb(), None if to_pixel is None else to_pixel.p50_ms)

    @property
    def ticks_s(self) -> float:
        """Return how many ticks a second came lately."""
        return self._ticks.per_second

    @property
    def indian(self) -> bool:
        """Return whether the charted symbol's numbers are grouped the Indian way."""
        return self._style().indian

    def _style(self) -> NumberStyle:
        return self._models.quotes.style(self.symbol)
