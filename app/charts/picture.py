"""What a chart shows at one moment: reads the columns, chooses the scales, tells every item its part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont

from analytics.columns import ColumnsView
from app.charts.alerts import AlertLines
from app.charts.axes import Tag
from app.charts.crosshair import Crosshair
from app.charts.curves import Curves
from app.charts.instrument import NOTHING_SHOWN, Shown
from app.charts.last_price import LastPrice
from app.charts.marks import Firings, Grid
from app.charts.panes import Panes
from app.charts.price_window import PriceWindow, with_bands
from app.charts.readout import Figure
from app.charts.row_figures import row_figures, row_under
from app.charts.scale import Scale
from app.charts.sheet import Sheet
from app.charts.specs import BandSpec, CurveSpec, FiringMark
from app.charts.steps import TimeMark, pointer_text, price_marks, session_text, time_marks, time_step
from app.charts.time_window import TimeWindow
from app.charts.traces import rows_between, session_start
from app.charts.volume_pane import VolumePane
from app.theme import Theme

_NS = 1e9
_STALE_OPACITY = 0.4
_LEAST_RELATIVE, _LEAST_STEPS = 1e-4, 10
"""A pane shows at least this share of the price from top to bottom, and so many of its smallest steps."""
_SILENCE_SHARE = 0.06
"""In silence the view moves on with the clock by at most this share of the width."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Which columns a picture shows: as far as they were when it was drawn."""

    symbol: str
    generation: int
    count: int
    newest_ns: int

    def is_of_others(self, view: ColumnsView) -> bool:
        """Return whether the columns are not these, grown."""
        row = self.count - 1
        same = (view.symbol, view.generation) == (self.symbol, self.generation)
        held = view.first <= row < view.count
        return not (same and held and int(view.time_ns[row]) == self.newest_ns)


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
        self._volume = VolumePane(panes.volume, panes.volume_axis)
        self._last = LastPrice(panes.price)
        self._firings = Firings(panes.price, 35.0)
        self._crosshair = Crosshair(panes.board)
        self._pointer: QPointF | None = None
        self._prices = PriceWindow()
        self._specs: tuple[tuple[CurveSpec, ...], tuple[BandSpec, ...]] = ((), ())
        self._drawn: _Drawn | None = None
        self._kept: frozenset[str] = frozenset()
        self._sessions = (0, 0)  # which of the rows that begin a session are held: [start, stop)
        self._touched, self._looked = True, False
        self._replay = self._stale = False
        self._down: list[int] = []
        self._across: tuple[object, list[tuple[float, str]]] = ((), [])
        self.alerts = AlertLines(panes.price, theme, font, alert_moved)
        self.alerts.changed = self._show_tags
        self._newest: tuple[int, float] | None = None
        self._opening = 0.0
        self._tagged = False

    # What is to be shown

    def touch(self) -> None:
        """Have the next `draw` draw everything."""
        self._touched = True

    def look_again(self) -> None:
        """Have the next `draw` look where the view is now, even where no tick is new."""
        self._looked = False

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme = theme
        self._curves.set_theme(theme)
        self._volume.set_theme(theme, font)
        self._grid.set_theme(theme)
        self._sheet.change_all()
        self._firings.set_colour(QColor(theme.alert))
        self._crosshair.set_theme(theme)
        self.alerts.set_theme(theme, font)
        self._show_last()
        self.touch()

    def set_instrument(self, shown: Shown) -> None:
        """Show another symbol."""
        self.shown = shown
        self._panes.ribbon.set_zone(shown.zone)
        self._volume.indian = shown.indian
        self.alerts.set_rounding(shown.rounded)
        self._firings.set_marks(())
        self.clear()

    def set_curves(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Draw these series over the price."""
        if self._specs != (specs := (tuple(curves), tuple(bands))):
            self._specs = specs
            self._curves.set_specs(curves, bands)
            self._sheet.set_layers([self._grid, *self._curves.layers()])
            self.touch()

    def set_firings(self, marks: Sequence[FiringMark]) -> None:
        """Show where rules fired."""
        self._firings.set_marks(marks)

    def set_stale(self, stale: bool) -> None:
        """Dim the curves."""
        if self._stale != stale:
            self._stale = stale
            opacity = _STALE_OPACITY if stale else 1.0
            self._sheet.setOpacity(opacity)
            self._volume.set_opacity(opacity)
            self._show_last()

    def set_replay(self, replay: bool) -> None:
        """Let the last price wear the replay's colour."""
        if self._replay != replay:
            self._replay = replay
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
        drawn = _Drawn(view.symbol, view.generation, view.count, int(view.time_ns[view.count - 1]))
        session_row = session_start(view)
        moved = self._window.advance(
            first_ns, int(view.time_ns[session_row]), self._reading_edge(drawn.newest_ns, now_ns)
        )
        self._notice_series(view)
        self._notice_sessions(view)
        if self._looked and not (moved or self._touched or drawn != self._drawn):
            return False
        everything = self._touched
        self._touched = self._looked = False  # what is touched from here on is for the next frame
        self._drawn = drawn
        self._opening = float(view.prices(session_row, session_row + 1)[0])
        self._newest = (drawn.newest_ns, float(view.prices(view.count - 1, view.count)[0]))
        self._draw_prices(view, everything)
        if self.shown.has_volume:
            self._volume.draw(view, self.scale, self._window.width_ns, self._down)
        self._tagged = self._show_last()
        self._show_pointer()
        self._looked = True
        return True

    @property
    def marked(self) -> bool:
        """Return whether any of what was drawn last is to be painted: ticks out of sight may change nothing.

        Whatever moves in a pane is on its sheet, or moves with the newest price's tag.
        """
        return self._tagged or self._sheet.waiting or (self.shown.has_volume and self._volume.waiting)

    def clear(self) -> bool:
        """Show nothing but empty axes; True if there was something."""
        if self._newest is None:
            return False
        self._forget()
        self._panes.price_axis.set_marks(())
        self._panes.time_axis.set_marks(())
        for axis in (self._panes.price_axis, self._panes.time_axis):
            axis.set_tags(())
        self._volume.clear()
        self._curves.clear()
        self._grid.set_marks((), (), ())
        self._sheet.change_all()
        self._last.hide()
        self._firings.set_scale(Scale())
        self.point_at(None)
        return True

    def _forget(self) -> None:
        self._drawn = None
        self._newest = None
        self._prices.reset()
        self._volume.reset()
        self.touch()

    def _reading_edge(self, newest_ns: int, now_ns: int | None) -> int:
        if now_ns is None:
            return newest_ns
        return max(newest_ns, min(now_ns, newest_ns + int(self._window.span_ns * _SILENCE_SHARE)))

    def _draw_prices(self, view: ColumnsView, everything: bool) -> None:
        window, pane = self._window, self._panes.price
        size = pane.size()
        extent = self._curves.take(view, (window.left_ns, window.right_ns), window.width_ns)
        assert self._newest is not None
        low, high = self.alerts.near(*with_bands(extent.price, extent.bands))
        least = max(abs(self._newest[1]) * _LEAST_RELATIVE, _LEAST_STEPS * 10.0**-self.shown.decimals)
        self._prices.fit(low, high, least)
        scale = Scale(
            window.left_ns,
            window.width_ns * self._ratio,
            self._prices.low,
            self._prices.high,
            max(size.width(), 1.0),
            max(size.height(), 1.0),
        )
        if everything or scale != self.scale:
            self.scale = scale
            self._scale_changed(view, everything)
        changed = self._curves.draw(view, scale)
        if changed < scale.width:
            self._sheet.change_between(changed, max(scale.x(self._newest[0]), changed))

    def _notice_series(self, view: ColumnsView) -> None:
        """Read all rows again where a series has come or gone."""
        kept = frozenset(view.series)
        if kept != self._kept:
            self._kept = kept
            self._curves.traces.restart()
            self.touch()

    def _notice_sessions(self, view: ColumnsView) -> None:
        """Draw everything where a session has begun, or where a session's start is no longer held."""
        sessions = view.sessions()
        held = (int(sessions.searchsorted(view.first)) - (view.first == 0), len(sessions))
        if held != self._sessions:
            self._sessions = held
            self.touch()

    def _scale_changed(self, view: ColumnsView, everything: bool) -> None:
        scale, panes = self.scale, self._panes
        self._sheet.set_scale(scale, self._curves.traces.base_ns, self._window.width_ns)
        if everything:
            self._sheet.change_all()
        self._show_prices(everything)
        sessions = self._session_marks(view)
        times = time_marks(scale.left_ns, scale.right_ns, time_step(scale.ns_per_px), self.shown.zone)
        panes.time_axis.set_marks([(scale.x(mark.ts_ns), mark) for mark in (*sessions, *times)])
        self._down = [mark.ts_ns for mark in times]
        across = [price for price, _ in self._across[1]]
        self._grid.set_marks(across, self._down, [mark.ts_ns for mark in sessions])
        panes.ribbon.set_scale(scale)
        self.alerts.set_scale(scale)
        self._firings.set_scale(scale)

    def _show_prices(self, everything: bool) -> None:
        """Put the prices' texts at the axis, where they are not those that stand there."""
        scale, shown = self.scale, self.shown
        key = (scale.low, scale.high, scale.height, shown)
        if everything or key != self._across[0]:
            texts = price_marks(scale.low, scale.high, scale.height, shown.decimals, shown.price_text)
            self._across = (key, texts)
            self._panes.price_axis.set_marks([(scale.y(price), text) for price, text in texts])
            self._fit_axis([text for _, text in texts])

    def _session_marks(self, view: ColumnsView) -> list[TimeMark]:
        rows = rows_between(view.sessions(), view.first, view.count)
        times = view.time_ns[rows if view.first else np.concatenate(([0], rows))]
        visible = times[(times >= self.scale.left_ns) & (times <= self.scale.right_ns)]
        return [TimeMark(ts, session_text(ts, self.shown.zone), True) for ts in visible.tolist()]

    def _fit_axis(self, texts: Sequence[str]) -> None:
        """Widen the axis for longer texts; it never narrows for one symbol, so that nothing jumps."""
        assert self._newest is not None
        wanted = self._panes.price_axis.wanted_width([*texts, self.shown.price_text(self._newest[1])])
        if wanted > self._panes.axis_width:
            self._panes.axis_width = wanted
            self._panes.place()

    # The newest price, the crosshair, and their tags

    def _last_colour(self) -> str:
        theme = self._theme
        if self._stale:
            return theme.dim
        if self._replay:
            return theme.replay
        fell = self._newest is not None and self._newest[1] < self._opening
        return theme.down if fell else theme.up

    def _show_last(self) -> bool:
        """Show the newest price; True if its tag is another."""
        if self._newest is not None:
            ts_ns, price = self._newest
            self._last.set_colour(self._last_colour(), self._theme.window)
            size = (self.scale.width, self.scale.height)
            self._last.show_at(self.scale.x(ts_ns), self.scale.y(price), size)
        return self._show_tags()

    def _show_tags(self) -> bool:
        scale, theme, tags = self.scale, self._theme, []
        if self._newest is not None:
            price = self._newest[1]
            text = self.shown.price_text(price)
            tags.append(Tag(scale.y(price), text, self._last_colour(), theme.on_accent))
        if self.alerts.held is not None:
            price = self.alerts.held
            text = self.shown.price_text(price)
            tags.append(Tag(scale.y(price), text, theme.alert, theme.on_accent))
        elif (pointed := self.crosshair_price()) is not None:
            plate = (theme.raised, theme.text, theme.faint)
            tags.append(Tag(scale.y(pointed), self.shown.price_text(pointed), *plate))
        return self._panes.price_axis.set_tags(tags)

    def point_at(self, at: QPointF | None) -> None:
        """Put the crosshair at a point of the scene; None takes it away."""
        if at is not None:
            inside = self._panes.price.geometry().united(self._panes.volume.geometry())
            at = at if inside.contains(at) else None
        self._pointer = at
        self._show_pointer()
        self._show_tags()

    def _show_pointer(self) -> None:
        if self._pointer is None or self._newest is None:
            self._crosshair.hide()
            self._panes.time_axis.set_tags(())
            return
        pane = self._panes.price.geometry()
        self._crosshair.show_at(self._pointer, pane.left(), pane.right(), self._panes.foot())
        x = self._pointer.x() - pane.left()
        text = pointer_text(self.scale.time_at(x), self.scale.ns_per_px, self.shown.zone)
        theme = self._theme
        self._panes.time_axis.set_tags([Tag(x, text, theme.raised, theme.text, theme.faint)])

    def price_at(self, y: float) -> float:
        """Return the price at a pixel of the price pane, rounded as the symbol's prices are."""
        return self.shown.rounded(self.scale.price_at(y))

    def crosshair_price(self) -> float | None:
        """Return the price under the crosshair, or None where it is not over the prices."""
        pane = self._panes.price.geometry()
        if self._pointer is None or self._newest is None or not pane.contains(self._pointer):
            return None
        return self.price_at(self._pointer.y() - pane.top())

    def figures(self, view: ColumnsView | None) -> list[Figure]:
        """Return the figures of the row under the crosshair, or of the newest."""
        if view is None or self._newest is None:
            return []
        ts_ns = None
        if self._pointer is not None:
            ts_ns = self.scale.time_at(self._pointer.x() - self._panes.price.geometry().left())
        return row_figures(view, row_under(view, ts_ns), self.shown, *self._specs, self._theme)
