"""What a chart shows at one moment: reads the columns, chooses the scales, tells every item its part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont

from analytics.columns import ColumnsView
from app.charts.alerts import AlertLines
from app.charts.axes import PriceAxis, Tag
from app.charts.axis_marks import AxisMarks
from app.charts.curves import Curves
from app.charts.drawn import Drawn, Held
from app.charts.instrument import NOTHING_SHOWN, Shown
from app.charts.lower_panes import LowerPanes
from app.charts.marks import Firings, Grid
from app.charts.newest import Newest
from app.charts.overlay import Overlay
from app.charts.panes import Panes
from app.charts.pointing import Pointing
from app.charts.price_candles import TICKS, PriceCandles
from app.charts.price_window import PriceWindow, with_bands
from app.charts.readout import Figure
from app.charts.row_figures import row_figures, row_under
from app.charts.scale import Scale
from app.charts.sheet import Sheet
from app.charts.specs import BandSpec, CurveSpec, FiringMark, PaneSpec
from app.charts.time_window import TimeWindow
from app.charts.traces import session_start
from app.charts.volume_pane import VolumePane
from app.theme import Theme

_STALE_OPACITY = 0.4
_LEAST_RELATIVE, _LEAST_STEPS = 1e-4, 10
"""A pane shows at least this share of the price from top to bottom, and so many of its smallest steps."""
_SILENCE_SHARE = 0.06
"""In silence the view moves on with the clock by at most this share of the width."""
_BAR_SHARE = 0.25
"""A bar in progress is shown to its end where that is at most so much of the width away."""


class Picture:
    """One chart's picture. `draw` reads what is new; everything else only says what is to be shown."""

    def __init__(
        self,
        panes: Panes,
        window: TimeWindow,
        theme: Theme,
        font: QFont,
        alert_moved: Callable[[str, float], None],
    ) -> None:
        self._panes = panes
        self._window = window
        self._theme = theme
        self.shown: Shown = NOTHING_SHOWN
        self.scale = Scale()
        self._curves = Curves(theme)
        self._grid = Grid()
        self._sheet = Sheet(panes.price, 0.0)
        self._ratio = 1.0  # pixel columns of the screen by one of the pane's
        self._volume = VolumePane(panes.volume, panes.volume_axis, theme, font)
        self._candles: PriceCandles | None = None
        self._lower = LowerPanes(panes, theme, font)
        self._newest = Newest(panes.price)
        self._firings = Firings(panes.price, 35.0)
        self._pointing = Pointing(panes)
        self._prices = PriceWindow()
        self._specs: tuple[tuple[CurveSpec, ...], tuple[BandSpec, ...]] = ((), ())
        self._drawn: Drawn | None = None
        self._held = Held()
        self._touched, self._looked = True, False
        self._marks = AxisMarks(panes)
        self.alerts = AlertLines(panes.price, theme, font, alert_moved)
        self.alerts.changed = self._show_tags
        self._tagged = False
        self._overlays: list[Overlay] = []
        self._font = font

    # What is to be shown

    def touch(self) -> None:
        """Have the next `draw` draw everything."""
        self._touched = True

    def look_again(self) -> None:
        """Have the next `draw` look where the view is now, even where no tick is new."""
        self._looked = False

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._font = theme, font
        self._curves.set_theme(theme)
        if self._candles is not None:
            self._candles.set_theme(theme)
        self._volume.set_theme(theme, font)
        self._lower.set_theme(theme, font)
        self._grid.set_theme(theme)
        self._sheet.change_all()
        self._firings.set_colour(QColor(theme.alert))
        self._pointing.set_theme(theme)
        self.alerts.set_theme(theme, font)
        for overlay in self._overlays:
            overlay.set_theme(theme, font)
        self._show_last()
        self.touch()

    def set_instrument(self, shown: Shown) -> None:
        """Show another symbol."""
        self.shown = shown
        self._panes.ribbon.set_zone(shown.zone)
        self._volume.indian = shown.indian
        self._lower.set_indian(shown.indian)
        if self._candles is not None:
            self._candles.set_zone(shown.zone)
        self.alerts.set_rounding(shown.rounded)
        self._firings.set_marks(())
        self.clear()

    def set_curves(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Draw these series over the price."""
        if self._specs != (specs := (tuple(curves), tuple(bands))):
            self._specs = specs
            self._curves.set_specs(curves, bands)
            self._set_layers()

    def add_overlay(self, overlay: Overlay) -> None:
        """Have a tool drawn with the prices."""
        self._overlays.append(overlay)
        overlay.set_theme(self._theme, self._font)
        self.touch()

    def set_style(self, style: str) -> None:
        """Show the price as a line through its ``ticks``, or as candles, such as ``1m`` or ``500 ticks``.

        Raises ConfigError for any other text, and changes nothing.
        """
        if style == (TICKS if self._candles is None else self._candles.style):
            return
        self._candles = None if style == TICKS else PriceCandles(style, self.shown.zone, self._theme)
        self._newest.set_dotted(self._candles is None)
        self._volume.set_candles(self._candles)
        self._set_layers()

    def _set_layers(self) -> None:
        layers = [self._grid, *self._curves.layers(price=self._candles is None)]
        self._sheet.set_layers(layers if self._candles is None else [*layers, self._candles.layer])
        self.touch()

    def set_panes(self, panes: Sequence[PaneSpec]) -> None:
        """Show these panes below the volume; those without room are left out, from the last."""
        if self._lower.set_specs(panes):
            self.touch()

    def set_volume_shown(self, shown: bool) -> None:
        """Show the volume, where the symbol has any, or not."""
        self._panes.set_volume_wanted(shown)

    def link_pointer(self, ts_ns: int | None) -> None:
        """Point at an instant that another chart points at; the own pointer goes before."""
        if self._pointing.linked_ns != ts_ns:
            self._pointing.linked_ns = ts_ns
            self._show_pointer()

    def pointed_ns(self) -> int | None:
        """Return the instant under the own pointer, None where there is none."""
        return None if self._newest.tick is None else self._pointing.own_ns(self.scale)

    def set_firings(self, marks: Sequence[FiringMark]) -> None:
        """Show where rules fired."""
        self._firings.set_marks(marks)

    def set_stale(self, stale: bool) -> None:
        """Dim the curves."""
        if self._newest.stale != stale:
            self._newest.stale = stale
            opacity = _STALE_OPACITY if stale else 1.0
            self._sheet.setOpacity(opacity)
            self._volume.set_opacity(opacity)
            self._lower.set_opacity(opacity)
            self._show_last()

    def set_replay(self, replay: bool) -> None:
        """Let the last price wear the replay's colour."""
        if self._newest.replay != replay:
            self._newest.replay = replay
            self._show_last()

    def placed(self) -> None:
        """Take the panes' new sizes."""
        width = self._panes.price.size().width()
        self._ratio = self._panes.devicePixelRatioF()
        self._window.resize(round(width * self._ratio))
        self.touch()

    # Drawing

    def draw(self, view: ColumnsView | None, now_ns: int | None) -> bool:
        """Draw what is new; True if anything was."""
        if view is None:
            return self.clear()
        if self._panes.devicePixelRatioF() != self._ratio:  # the window is on another screen
            self.placed()
        if self._drawn is not None and self._drawn.is_of_others(view):
            self._forget()
        first_ns = int(view.time_ns[view.first])
        if self._drawn is None:
            self._curves.traces.reset(first_ns)
            self._lower.reset(first_ns)
        drawn = Drawn(view.symbol, view.generation, view.count, int(view.time_ns[view.count - 1]))
        session_row = session_start(view)
        moved = self._window.advance(
            first_ns, int(view.time_ns[session_row]), self._reading_edge(drawn.newest_ns, now_ns)
        )
        self._notice(view)
        building = self._candles is not None and self._candles.bars.building
        if self._looked and not (moved or self._touched or building or drawn != self._drawn):
            return False
        everything = self._touched
        self._touched = self._looked = False  # what is touched from here on is for the next frame
        self._drawn = drawn
        self._newest.opening = float(view.prices(session_row, session_row + 1)[0])
        self._newest.tick = drawn.newest_ns, float(view.prices(view.count - 1, view.count)[0])
        candles_ns = None if self._candles is None else self._candles.take(view)
        self._draw_prices(view, everything, candles_ns)
        self._draw_below(view, candles_ns)
        for overlay in self._overlays:
            overlay.take(view)
        self._tagged = self._show_last()
        self._show_pointer()
        self._looked = True
        return True

    def _draw_below(self, view: ColumnsView, candles_ns: tuple[int, int] | None) -> None:
        scale, column_ns, marks = self.scale, self._window.width_ns, self._marks
        if self._panes.shows_volume:
            self._volume.draw(view, scale, column_ns, marks.down, candles_ns)
        self._fit_axis(self._lower.draw(view, scale, column_ns, (marks.down, marks.begun)))

    @property
    def marked(self) -> bool:
        """Return whether any of what was drawn last is to be painted: ticks out of sight may change nothing.

        Whatever moves in a pane is on its sheet, or moves with the newest price's tag.
        """
        volume = self._panes.shows_volume and self._volume.waiting
        return self._tagged or self._sheet.waiting or volume or self._lower.waiting

    def clear(self) -> bool:
        """Show nothing but empty axes; True if there was something."""
        if self._newest.tick is None:
            return False
        self._forget()
        self._marks.clear()
        self._volume.clear()
        self._lower.clear()
        self._curves.clear()
        self._grid.set_marks((), (), ())
        self._sheet.change_all()
        self._newest.hide()
        self._firings.set_scale(Scale())
        for overlay in self._overlays:
            overlay.take(None)
        self.point_at(None)
        return True

    def _forget(self) -> None:
        self._drawn = None
        self._newest.tick = None
        self._prices.reset()
        self._volume.reset()
        if self._candles is not None:
            self._candles.reset()
        self.touch()

    def _reading_edge(self, newest_ns: int, now_ns: int | None) -> int:
        """Return what the view follows: the newest tick, in silence a little of the clock, a bar to its end."""
        span_ns, edge_ns = self._window.span_ns, newest_ns
        if now_ns is not None:
            edge_ns = max(newest_ns, min(now_ns, newest_ns + int(span_ns * _SILENCE_SHARE)))
        ends_ns = newest_ns if self._candles is None else self._candles.ends_ns()
        return max(edge_ns, ends_ns) if ends_ns - newest_ns <= span_ns * _BAR_SHARE else edge_ns

    def _draw_prices(self, view: ColumnsView, everything: bool, candles_ns: tuple[int, int] | None) -> None:
        window = self._window
        assert self._newest.tick is not None
        newest_ns, price = self._newest.tick
        low, high = self._reach(view)
        least = max(abs(price) * _LEAST_RELATIVE, _LEAST_STEPS * 10.0**-self.shown.decimals)
        self._prices.fit(low, high, least)
        size, prices = self._panes.price.size(), self._prices
        width, height = max(size.width(), 1.0), max(size.height(), 1.0)
        ns_per_px = window.width_ns * self._ratio
        scale = Scale(window.left_ns, ns_per_px, prices.low, prices.high, width, height)
        if everything or scale != self.scale:
            self.scale = scale
            self._scale_changed(view, everything)
        changed, until = self._curves.draw(view, scale), scale.x(newest_ns)
        if candles_ns is not None:
            changed, until = min(changed, scale.x(candles_ns[0])), max(until, scale.x(candles_ns[1]))
        if changed < scale.width:
            self._sheet.change_between(changed, max(until, changed))

    def _reach(self, view: ColumnsView) -> tuple[float, float]:
        """Read what is new, and return which prices are to be seen."""
        left_ns, right_ns = self._window.left_ns, self._window.right_ns
        extent = self._curves.take(view, (left_ns, right_ns), self._window.width_ns)
        low, high = extent.price
        if self._candles is not None:
            lowest, highest = self._candles.reach(view, left_ns, right_ns)
            low, high = float(np.fmin(low, lowest)), float(np.fmax(high, highest))
        return self.alerts.near(*with_bands((low, high), extent.bands))

    def _notice(self, view: ColumnsView) -> None:
        """Read all rows again where a series has come or gone, draw everything where a session has."""
        if self._held.series_changed(view):
            self._curves.traces.restart()
            self._lower.restart()
            self.touch()
        if self._held.sessions_changed(view):
            self.touch()

    def _scale_changed(self, view: ColumnsView, everything: bool) -> None:
        scale = self.scale
        self._sheet.set_scale(scale, self._curves.traces.base_ns, self._window.width_ns)
        if everything:
            self._sheet.change_all()
        self._fit_axis(self._marks.show_prices(scale, self.shown, anew=everything))
        self._marks.show_times(scale, self.shown, view)
        self._grid.set_marks(self._marks.across, self._marks.down, self._marks.begun)
        self._panes.ribbon.set_scale(scale)
        self.alerts.set_scale(scale)
        self._firings.set_scale(scale)
        for overlay in self._overlays:
            overlay.set_scale(scale)

    def _fit_axis(self, texts: Sequence[str]) -> None:
        if texts and self._newest.tick is not None:
            self._marks.fit(texts, self.shown.price_text(self._newest.tick[1]))

    # The newest price, the crosshair, and their tags

    def _show_last(self) -> bool:
        """Show the newest price; True if its tag is another."""
        self._newest.show(self.scale, self._theme)
        return self._show_tags()

    def _show_tags(self) -> bool:
        scale, theme, text, tags = self.scale, self._theme, self.shown.price_text, []
        if self._newest.tick is not None:
            tags.append(self._newest.tag(scale, text(self._newest.tick[1]), theme))
        if self.alerts.held is not None:
            price = self.alerts.held
            tags.append(Tag(scale.y(price), text(price), theme.alert, theme.on_accent))
        elif (pointed := self.crosshair_price()) is not None:
            plate = (theme.raised, theme.text, theme.faint)
            tags.append(Tag(scale.y(pointed), text(pointed), *plate))
        return self._panes.price_axis.set_tags(tags)

    def point_at(self, at: QPointF | None) -> None:
        """Put the crosshair at a point of the scene; None takes it away."""
        self._pointing.point_at(at)
        self._show_pointer()
        self._show_tags()

    def _show_pointer(self) -> None:
        if self._newest.tick is None:
            self._pointing.hide()
        else:
            self._pointing.show(self.scale, self.shown, self._theme, self._text_below)

    def _text_below(self, axis: PriceAxis, y: float) -> str | None:
        """Return the value at a pixel of a pane below the price."""
        return self._volume.text_at(y) if axis is self._panes.volume_axis else self._lower.text_at(axis, y)

    def price_at(self, y: float) -> float:
        """Return the price at a pixel of the price pane, rounded as the symbol's prices are."""
        return self.shown.rounded(self.scale.price_at(y))

    def crosshair_price(self) -> float | None:
        """Return the price under the crosshair, or None where it is not over the prices."""
        if self._newest.tick is None or self._pointing.axis() is not self._panes.price_axis:
            return None
        return self.price_at(self._pointing.height())

    def figures(self, view: ColumnsView | None) -> list[Figure]:
        """Return the figures of the row under the crosshair, or of the newest; the panes below tell theirs."""
        if view is None or self._newest.tick is None:
            return []
        ts_ns = self._pointing.instant(self.scale)
        row = row_under(view, ts_ns)
        self._lower.show_row(view, row)
        self._volume.show_at(view, ts_ns)
        bar = None if self._candles is None else self._candles.bar_at(view, ts_ns)
        return row_figures(view, row, self.shown, self._specs, self._theme, bar)
