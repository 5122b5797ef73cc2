"""Takes what is new from the desk to the panels: frames, tables, figures; what is hidden is skipped."""

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
from app.window.chart_marks import BANDS, CURVES, MOST_MARKS, alert_lines, firing_marks, ribbon_marks
from app.window.parts import EVENTS, REPLAY, TRADES, Models, Parts
from feeds.clock import Clock
from feeds.source import FeedState

NEWS_NS = 15_000_000_000
"""A firing older than this when the window learns of it is history: it is logged and not announced."""
_FEW_EVENTS, _RIBBON_EVERY = (
    200,
    5,
)  # many events are marked at every fifth pull: a storm must not cost frames
_RESORT_EVERY = 20  # pulls of the tables: a sorted watchlist is put in order every two seconds


class Refresher(QObject):
    """Remembers what was last shown and pulls what changed. `fired` carries new shown firings."""

    fired = Signal(object)
    symbol_changed = Signal(str)

    def __init__(self, desk: Desk, models: Models, parts: Parts, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._models, self._parts, self._clock = desk, models, parts, clock
        self.symbol = ""
        self.wanted_symbol: str | None = None
        self.silent_ns: int | None = None
        self._generation = desk.generation
        self._address: str | None = None
        self._rules: tuple[Rule, ...] = ()
        self._firings: list[Firing] = []
        self._told: deque[Firing] = deque(maxlen=200)  # the log is read again when the engine has moved
        self._marked: tuple[set[int], set[int]] = (set(), set())  # rows of firings and gaps in the recording
        self._events: list[DataEvent] = []
        self._gaps_drawn = -1
        self._ribbon_stale = False
        self.tick_path = TickPath()
        self._passages_read = 0
        self._ticks = RateMeter()
        self._played = RateMeter()
        self._decimals = -1
        self._has_volume = True
        self._replaying = False
        self._tables_pulled = 0

    # The symbol

    @property
    def title(self) -> str:
        """Return the window's title: symbol and last price, readable in a task bar."""
        quote = self._models.quotes.quote(self.symbol) if self.symbol else None
        return "Tickdesk" if quote is None else f"{quote.symbol} {quote.style.price(quote.last)} · Tickdesk"

    def show_symbol(self, symbol: str) -> None:
        """Chart a symbol."""
        if not symbol or symbol == self.symbol:
            return
        self.symbol = symbol
        self._chart_anew()
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
        lines = alert_lines(self._rules, self.symbol, indian=self._style().indian)
        self._parts.chart.set_alert_lines(lines)

    def _tick_size(self, symbol: str) -> float:
        """Return the grid step where the symbol trades now, 0 where none is known."""
        instrument, view = self._desk.instruments[symbol], self._desk.view(symbol)
        price = instrument.previous_close if view is None else view.last_price()
        step = None if price is None else instrument.tick_at(price)
        return 0.0 if step is None else float(step)

    def _trades(self, symbol: str) -> bool:
        """Return whether ticks of a symbol have sizes: those of an index may, if its publisher gives them."""
        view = self._desk.view(symbol)
        sized = view is not None and view.count > 0 and int(view.sum_v[view.count - 1]) > 0
        return self._desk.instruments[symbol].has_volume or sized

    def _chart_anew(self) -> None:
        symbol, chart = self.symbol, self._parts.chart
        style = self._models.quotes.style(symbol)
        self._decimals = style.decimals
        self._has_volume = self._trades(symbol)
        chart.set_instrument(
            symbol=symbol,
            zone=self._models.quotes.calendar(symbol).zone,
            decimals=style.decimals,
            has_volume=self._has_volume,
            price_text=style.price,
            indian=style.indian,
            tick=self._tick_size(symbol),
        )
        chart.set_curves(CURVES if self._has_volume else (), BANDS if self._has_volume else ())
        self.chart_rules()
        self._mark_firings()
        self._mark_ribbon()

    def _choose_symbol(self) -> None:
        """Chart what the feed opens on, where the symbol charted now is not one of its own."""
        symbols = self._desk.symbols
        info = self._desk.info
        if not symbols or info is None or self.symbol in symbols:
            return
        for wanted in (self.wanted_symbol, info.opening_symbol, symbols[0]):
            if wanted in symbols:
                self.show_symbol(wanted)
                return

    # Frames, 60 a second

    def pull_frame(self) -> bool:
        """Draw what is new in the chart and return whether anything was painted."""
        if self._desk.generation != self._generation:
            self._begin_anew()
        passages, self._passages_read = self._desk.passages.since(self._passages_read)
        self.tick_path.begin_frame(passages, self._clock.monotonic_ns(), self._desk.counts)
        if not self._parts.chart.isVisible():
            return False
        view = self._desk.view(self.symbol) if self.symbol else None
        painted = self._parts.chart.refresh(view, self._desk.now_ns if view is not None else None)
        if painted and view is not None:
            self._parts.top.show_quote(self.symbol, self._models.quotes.quote(self.symbol))
        return painted

    def _begin_anew(self) -> None:
        self._generation = self._desk.generation
        self._firings.clear()
        self._events.clear()
        if self.symbol in self._desk.symbols:
            self._chart_anew()

    # Tables, 10 a second

    def pull_tables(self) -> None:
        """Bring tables, lists and the top bar up to date."""
        parts, models = self._parts, self._models
        self._tables_pulled += 1
        self._choose_symbol()
        parts.chart.set_awaiting(self._desk.info is not None or self._desk.loading is not None)
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
        if self._parts.bottom.unfolded == EVENTS:
            self._models.events.mark_seen()
        self._parts.bottom.set_badge(EVENTS, self._models.events.unseen)
        view = self._desk.view(self.symbol) if self.symbol else None
        gaps = view.gap_count if view is not None else 0
        if fresh:
            self._events = [*self._events, *fresh][-MOST_MARKS:]
        if gaps != self._gaps_drawn or any(each.symbol == self.symbol for each in fresh):
            self._ribbon_stale = True
        in_turn = len(self._events) < _FEW_EVENTS or self._tables_pulled % _RIBBON_EVERY == 0
        if self._ribbon_stale and in_turn:
            self._mark_ribbon()

    def _mark_firings(self) -> None:
        self._parts.chart.set_firings(firing_marks(self._firings, self.symbol))
        self._mark_timeline()

    def _mark_ribbon(self) -> None:
        self._ribbon_stale = False
        view = self._desk.view(self.symbol)
        self._gaps_drawn = view.gap_count if view is not None else 0
        self._parts.chart.set_ribbon(ribbon_marks(self._events, view, self.symbol))
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
        top.show_feed(
            face_of(info, status, transport, self.silent_ns, waiting=waiting),
            replay=replaying,
            stale=stale,
        )
        top.show_time(clock_text(now_ns, calendar.zone), phase.value if self.symbol else "")
        top.show_recording(desk.recording)
        self._parts.chart.set_stale(stale)
        self._models.watchlist.set_stale(stale)
        if quote is not None and (
            quote.style.decimals != self._decimals or (quote.volume > 0 and not self._has_volume)
        ):
            self._chart_anew()
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
        bottom = self._parts.bottom
        self._parts.chart.set_replay(replaying)
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
        status.show_costs(frame_ms, resident_mb())

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
