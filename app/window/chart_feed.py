"""Feeds one chart from the desk: its symbol, its series and marks, frame after frame; or an excerpt, once more."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from analytics.bars import BarKind, parse_bar_rule
from analytics.rules.rule import Firing, Rule
from app.charts import RibbonMark
from app.desk import Desk
from app.formatting import NumberStyle, time_text
from app.viewmodels.anchor import anchored_vwap
from app.viewmodels.chart_choice import TICKS
from app.viewmodels.chart_series import Subject, drawn_series, subject_of, wanted_series
from app.viewmodels.excerpt import Excerpt, is_held
from app.viewmodels.honesty import Honesty, HonestyMark
from app.viewmodels.quotes import Quotes
from app.window.chart_marks import alert_lines, firing_marks
from app.window.chart_pane import ChartPane
from app.window.chart_specs import specs_of
from feeds.clock import Clock

_NS = 1_000_000_000
_AIR = 0.1
"""So much of an excerpt's length is free at each side of it."""


class ChartFeed(QObject):
    """Has one `ChartPane` show what the desk has of its symbol. `wanted_changed`: it needs other series kept."""

    wanted_changed = Signal()

    def __init__(self, desk: Desk, quotes: Quotes, pane: ChartPane, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._quotes, self.pane, self._clock = desk, quotes, pane, clock
        self._style = NumberStyle()
        self._subject: Subject | None = None
        self._replaying = False
        self._excerpt: Excerpt | None = None
        self._span_before: tuple[int, int, bool] = (0, 0, True)
        self._marks: list[HonestyMark] = []
        pane.choice_changed.connect(self._apply_choice)
        pane.picker_wanted.connect(self._open_picker)
        pane.stop_wanted.connect(self.stop_excerpt)
        pane.chart.anchorPicked.connect(self._anchor)
        pane.chart.followChanged.connect(self._follow_changed)
        pane.bar.show_choice(pane.choice, ())

    @property
    def symbol(self) -> str:
        """Return the symbol charted, ``""`` for none."""
        return self.pane.symbol

    @property
    def wanted(self) -> frozenset[str]:
        """Return the series that are to be kept for what is shown."""
        return frozenset() if self._subject is None else wanted_series(self.pane.choice, self._subject)

    # What is charted

    def chart_anew(self) -> None:
        """Show the pane's symbol from the start; the caller marks rules, firings and events again."""
        symbol, chart = self.symbol, self.pane.chart
        if not symbol:
            return
        self.stop_excerpt()
        self._style = self._quotes.style(symbol)
        self._subject = self._subject_now()
        chart.set_instrument(
            symbol=symbol,
            zone=self._subject.zone,
            decimals=self._style.decimals,
            has_volume=self._subject.has_volume,
            price_text=self._style.price,
            indian=self._style.indian,
            tick=self._tick_size(symbol),
        )
        self._marks = []
        self._apply_choice()

    def settle(self) -> bool:
        """Look whether ticks, or the feed's symbols, have told something new of the symbol; True if all is anew."""
        before = self._subject
        if before is None:
            return False
        quote = self._quotes.quote(self.symbol)
        if quote is not None:
            sized = quote.volume > 0 and not before.has_volume
            if sized or quote.style.decimals != self._style.decimals:
                self.chart_anew()
                return True
        if not before.has_volume and (now := self._subject_now()) != before:
            self._subject = now
            self._apply_choice()
        return False

    def _subject_now(self) -> Subject:
        symbol, desk = self.symbol, self._desk
        return subject_of(symbol, self._trades(symbol), desk.instruments, desk.symbols)

    def _trades(self, symbol: str) -> bool:
        """Return whether ticks of a symbol have sizes: those of an index may, if its publisher gives them."""
        view = self._desk.view(symbol)
        sized = view is not None and view.count > 0 and int(view.sum_v[view.count - 1]) > 0
        return self._desk.instruments[symbol].has_volume or sized

    def _tick_size(self, symbol: str) -> float:
        """Return the grid step where the symbol trades now, 0 where none is known."""
        instrument, view = self._desk.instruments[symbol], self._desk.view(symbol)
        price = instrument.previous_close if view is None else view.last_price()
        step = None if price is None else instrument.tick_at(price)
        return 0.0 if step is None else float(step)

    def _style_for(self, style: str, subject: Subject) -> str:
        """Return the bars to draw: of volume there are none where nothing is traded, and that is told."""
        if style == TICKS or subject.has_volume or parse_bar_rule(style).kind is not BarKind.VOLUME:
            return style
        self.pane.refused.emit(f"{self.symbol} has no volume: ticks are shown in place of bars of {style}")
        return TICKS

    def _apply_choice(self) -> None:
        choice, chart, subject = self.pane.choice, self.pane.chart, self._subject
        if subject is None:
            self.pane.show_series(())
            return
        curves, bands, panes = specs_of(choice, subject)
        chart.set_style(self._style_for(choice.style, subject))
        chart.set_curves(curves, bands)
        chart.set_panes(panes)
        chart.set_volume_shown(choice.volume and subject.has_volume)
        chart.set_profile(choice.profile and subject.has_volume)
        levels = choice.levels_of(self.symbol)
        if levels != chart.levels():
            chart.set_levels(levels)
        self.pane.show_series(drawn_series(choice, subject))
        self.wanted_changed.emit()

    def _open_picker(self, before: str) -> None:
        from app.dialogs.series_picker import SeriesPicker  # loaded when opened first, as every dialog
        from app.viewmodels.series_offer import offers

        view = self._desk.view(self.symbol) if self.symbol else None
        price = None if view is None else view.last_price()
        offered = offers(self._desk.instruments[self.symbol], price)
        dialog = SeriesPicker(offered, self.symbol, self.pane, before=before)
        if before:
            dialog.picked.connect(lambda after: self.pane.change_series(before, after))
        else:
            dialog.picked.connect(self.pane.add_series)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _anchor(self, ts_ns: int) -> None:
        view = self._desk.view(self.symbol)
        if view is not None and view.count:
            self.pane.add_series(anchored_vwap(view, ts_ns))

    # Marks

    def chart_rules(self, rules: Sequence[Rule]) -> None:
        """Draw the levels of rules."""
        self.pane.chart.set_alert_lines(alert_lines(rules, self.symbol, indian=self._style.indian))

    def mark_firings(self, firings: Sequence[Firing]) -> None:
        """Draw where rules fired."""
        self.pane.chart.set_firings(firing_marks(firings, self.symbol))

    def mark_ribbon(self, honesty: Honesty) -> None:
        """Draw where the data was not whole, where that is not what was drawn."""
        view = self._desk.view(self.symbol) if self.symbol else None
        marks = honesty.marks(self.symbol, view)
        if marks is not self._marks:
            self._marks = marks
            self.pane.chart.set_ribbon([RibbonMark(*each) for each in marks])

    @property
    def ribbon_marks(self) -> int:
        """Return how many marks the ribbon was drawn with."""
        return len(self._marks)

    def wear(self, *, stale: bool, replay: bool, awaiting: bool) -> None:
        """Show what state the feed is in."""
        chart = self.pane.chart
        self._replaying = replay
        chart.set_awaiting(awaiting)
        chart.set_stale(stale and self._excerpt is None)
        chart.set_replay(replay or self._excerpt is not None)

    # Frames

    def pull(self) -> bool:
        """Draw what is new and return whether anything was painted."""
        chart = self.pane.chart
        if not chart.isVisible():
            return False
        view = self._desk.view(self.symbol) if self.symbol else None
        excerpt = self._excerpt
        if excerpt is not None:
            excerpt.take(view)
            if not excerpt.done:
                return chart.refresh(excerpt.view_now(), excerpt.now_ns)
            self.stop_excerpt()
        return chart.refresh(view, self._desk.now_ns if view is not None else None)

    # An excerpt

    @property
    def playing(self) -> bool:
        """Return whether an excerpt is played."""
        return self._excerpt is not None

    def play_excerpt(self, ts_ns: int, before_s: float = 30.0, after_s: float = 30.0) -> bool:
        """Play once more what is held of the time around an instant, in place; False where nothing is held.

        It ends by itself, or by `stop_excerpt`, and the chart is back where it was.
        """
        view = self._desk.view(self.symbol) if self.symbol else None
        if view is None or view.count == 0:
            return False
        first_ns = int(view.time_ns[view.first])
        start_ns, stop_ns = ts_ns - round(before_s * _NS), ts_ns + round(after_s * _NS)
        if ts_ns < first_ns or not (view.first == 0 or is_held(view, ts_ns)):
            return False
        chart = self.pane.chart
        if self._excerpt is None:
            scale = chart.shown_scale()
            self._span_before = (scale.left_ns, scale.right_ns, chart.following)
        self._excerpt = Excerpt(view, max(start_ns, first_ns), stop_ns, self._clock)
        air = round((stop_ns - start_ns) * _AIR)
        chart.link_span(start_ns - air, stop_ns + air, False)
        chart.set_replay(True)
        chart.set_stale(False)
        zone = self._quotes.calendar(self.symbol).zone
        self.pane.show_pill(f"Replay {time_text(ts_ns, zone)} · Esc")
        return True

    def _follow_changed(self, following: bool) -> None:
        """End the excerpt where the user wants to see the newest tick."""
        if following and self._excerpt is not None:
            self._span_before = (*self._span_before[:2], True)
            self.stop_excerpt()

    def stop_excerpt(self) -> None:
        """Go back to now, and to where the chart was."""
        if self._excerpt is None:
            return
        self._excerpt = None
        chart, (left_ns, right_ns, following) = self.pane.chart, self._span_before
        if following and not self.pane.span_chosen:
            chart.link_span(left_ns, right_ns, True)
            with QSignalBlocker(chart):  # it goes back; nobody looks elsewhere
                chart.show_span(None)
        else:
            chart.link_span(left_ns, right_ns, following)
        chart.set_replay(self._replaying)
        self.pane.show_pill("")
