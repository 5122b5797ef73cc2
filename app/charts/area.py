"""One chart of one symbol: prices, the honesty ribbon, volume, and the axes they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QMetaMethod, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.over_panes import WAITING, OverPanes
from app.charts.paced import Paced
from app.charts.panes import Panes
from app.charts.pens import figures
from app.charts.picture import Picture
from app.charts.readout import ReadOut
from app.charts.scale import Scale
from app.charts.sight import rows_in_sight
from app.charts.snapshot import Caption, save_snapshot, span_caption
from app.charts.specs import AlertLine, BandSpec, CurveSpec, FiringMark, PaneSpec, RibbonMark
from app.charts.steering import Steering
from app.charts.time_window import TimeWindow
from app.charts.tools import ChartTools, ToolDeeds
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_READ_OUT_FRAMES = 3
"""The read-out takes part in every third frame: its figures are read, not watched."""


class ChartArea(QWidget):
    """A chart that follows the newest tick until someone looks elsewhere.

    The wheel zooms, a drag pans, a double click picks a price, End goes back to the newest tick. Shift and a drag
    zoom to a span, Ctrl and a drag measure; M, Z, L and V take the tools. `refresh` is called at the screen's
    rate and paints only what changed.
    """

    levelPicked = Signal(float)  # noqa: N815
    alertDragged = Signal(str, float)  # noqa: N815
    followChanged = Signal(bool)  # noqa: N815
    levelsChanged = Signal(object)  # noqa: N815
    """The user drew, dragged or removed a level: all of them, tuple[float, ...], ascending."""
    anchorPicked = Signal(object)  # noqa: N815
    """An anchored VWAP is to begin at the tick of this time: int, ts_ns."""
    pointedAt = Signal(object)  # noqa: N815
    """The instant under the pointer, int ns or None; at most once a frame."""
    spanMoved = Signal(object)  # noqa: N815
    """The user looks elsewhere: (left_ns, right_ns, following); at most once a frame."""
    toolChanged = Signal(object)  # noqa: N815
    """The tool in hand, str or None."""
    profileChanged = Signal(bool)  # noqa: N815
    """The menu showed the volume profile, or took it away."""
    saveWanted, exportWanted = Signal(), Signal()  # noqa: N815
    markPicked = Signal(object, object)  # noqa: N815  # a mark of the ribbon: its kind and time, ns UTC
    painted = Signal()
    """What a `refresh` drew is on the screen; several that were painted together are told of once.

    A `refresh` that drew nothing in sight is not told of.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Price chart")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        font = figures(self.font())
        self._theme = theme
        self._window = TimeWindow()
        self._panes = Panes(theme, font, self)
        self._panes.setAccessibleName("Price and volume")
        self._readout = ReadOut(theme, self)
        self._picture = Picture(self._panes, self._window, theme, font, self.alertDragged.emit)
        self._steering = Steering(self._window, self.shown_scale, self._moved)
        self._over = OverPanes(self._panes, self.follow)
        self._live, self._empty = self._over.live, self._over.empty
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        layout.addWidget(self._panes)
        self._view: ColumnsView | None = None
        self._frames_unread, self._unread = _READ_OUT_FRAMES, False
        self._told = True  # whether it is told where the chart looks
        self._pointed = Paced[int | None](self.pointedAt.emit, None)
        self._span = Paced[tuple[int, int, bool]](self.spanMoved.emit, (0, 0, True))
        self._tools = self._make_tools(theme)
        self._panes.ribbon.picked.connect(self.markPicked)
        self._panes.ribbon.summed.connect(self._panes.setAccessibleDescription)
        self._panes.painted.connect(self.painted)
        self._painted_signal = QMetaMethod.fromSignal(self.painted)
        self._panes.placed.connect(self._placed)
        self.set_theme(theme)

    def _make_tools(self, theme: Theme) -> ChartTools:
        deeds = ToolDeeds(
            level_picked=self.levelPicked.emit,
            levels_changed=self.levelsChanged.emit,
            anchor_picked=self.anchorPicked.emit,
            tool_changed=self._tool_changed,
            profile_changed=self.profileChanged.emit,
            point_at=self._point_at,
            follow=self.follow,
            session=self._show_session,
            save=self.saveWanted.emit,
            export=self.exportWanted.emit,
        )
        wear = (theme, figures(self.font()))
        return ChartTools(self._panes, self._picture, self._steering, wear, deeds)

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        font = figures(self.font())
        self._panes.set_theme(theme, font)
        self._picture.set_theme(theme, font)
        self._readout.set_theme(theme, font)
        self._over.set_theme(theme)
        self._show_figures()

    def set_instrument(
        self,
        *,
        symbol: str,
        zone: ZoneInfo,
        decimals: int,
        has_volume: bool,
        price_text: Callable[[float], str],
        indian: bool = False,
        tick: float = 0.0,
    ) -> None:
        """Show another symbol: nothing of the one before stays, its levels included.

        `indian` groups sizes the Indian way; prices picked or dragged are rounded to `tick`, where it is
        not 0, and to `decimals`.
        """
        shown = Shown(symbol, zone, decimals, has_volume, price_text, indian, tick)
        self._picture.set_instrument(shown)
        self._tools.set_instrument(shown)
        self._panes.start_again(has_volume=has_volume)
        self._view = None
        self.setAccessibleName(f"Price chart of {symbol}")
        self._show_empty()
        self._show_figures()
        before = self.following
        with self._quiet():
            self.follow()
        if not before:
            self.followChanged.emit(True)

    def set_style(self, style: str) -> None:
        """Show ``ticks`` as a line, or candles such as ``1m`` or ``500 ticks``. Raises ConfigError for others."""
        self._picture.set_style(style)

    def set_curves(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Draw these series over the price."""
        self._picture.set_curves(curves, bands)

    def set_panes(self, panes: Sequence[PaneSpec]) -> None:
        """Show these panes of series below the volume."""
        self._picture.set_panes(panes)

    def set_volume_shown(self, shown: bool) -> None:
        """Show the volume, where the symbol has any, or not."""
        self._picture.set_volume_shown(shown)

    def set_profile(self, shown: bool, *, of_session: bool | None = None) -> None:
        """Show the volume by price at the right side: of what is in sight or, `of_session`, of the session.

        None leaves which of them as it is.
        """
        kept = self._tools.profile.of_session if of_session is None else of_session
        self._tools.profile.show_profile(shown, of_session=kept)

    def set_levels(self, levels: Sequence[float]) -> None:
        """Show these drawn levels; a change of symbol takes them away."""
        self._tools.levels.set_prices(levels)

    def levels(self) -> tuple[float, ...]:
        """Return the drawn levels, ascending."""
        return self._tools.levels.prices

    def set_alert_lines(self, lines: Sequence[AlertLine]) -> None:
        """Show these alert levels; one that is being dragged keeps its place until it is let go."""
        if self._picture.alerts.set_lines(lines):
            self._picture.look_again()  # levels near the price widen the range

    def set_firings(self, marks: Sequence[FiringMark]) -> None:
        """Show where rules fired."""
        self._picture.set_firings(marks)

    def set_ribbon(self, marks: Sequence[RibbonMark]) -> None:
        """Show where the data was not whole."""
        self._panes.ribbon.set_marks(marks)

    def set_stale(self, stale: bool) -> None:
        """Dim the curves: nothing new has come for a while."""
        self._picture.set_stale(stale)

    def set_awaiting(self, awaiting: bool) -> None:
        """Say in an empty chart that ticks are awaited, or nothing where no feed is open."""
        self._empty.setText(WAITING if awaiting else "")

    def set_replay(self, replay: bool) -> None:
        """Let the last price wear the replay's colour."""
        self._picture.set_replay(replay)

    def refresh(self, view: ColumnsView | None, now_ns: int | None) -> bool:
        """Draw what is new since the last call; True if anything was, in sight or not. For the frame timer."""
        had_rows = self._view is not None
        self._view = view if view is not None and view.count else None
        self._pointed.next_frame()
        self._span.next_frame()
        painted = self._picture.draw(self._view, now_ns)
        marked = painted and self._picture.marked
        if self._tools.refresh(self._view):
            painted = marked = True
        if had_rows != (self._view is not None):
            self._show_empty()
            painted = True
            self._frames_unread = _READ_OUT_FRAMES
        if painted:
            self._pointed.offer(self._picture.pointed_ns())  # the picture may have moved under the pointer
        self._frames_unread += 1
        self._unread |= painted
        if self._unread and self._frames_unread >= _READ_OUT_FRAMES:
            self._show_figures()
        if marked and self.isSignalConnected(self._painted_signal):
            self._panes.await_paint()
        return painted

    # Which time is shown

    @property
    def following(self) -> bool:
        """Return whether the chart stays with the newest tick."""
        return self._window.following

    def follow(self) -> None:
        """Go back to the newest tick and stay with it, in the span before any that was zoomed to by a band."""
        self._steering.follow()

    def show_span(self, seconds: float | None) -> None:
        """Show a span of time; None is the whole session so far, up to 30 minutes."""
        self._steering.show_span(seconds)

    def show_time(self, ts_ns: int, span_s: float | None = None) -> None:
        """Leave the newest tick and put an instant into the middle, in the span shown or another."""
        self._steering.show_time(ts_ns, span_s)

    def shown_scale(self) -> Scale:
        """Return which times and prices were drawn last."""
        return self._picture.scale

    def visible_ticks(self) -> tuple[ColumnsView, int, int] | None:
        """Return the columns and the rows [start, stop) whose ticks are in sight, None where there are none."""
        view = self._view
        if view is None:
            return None
        start, stop = rows_in_sight(view, self._window.left_ns, self._window.right_ns)
        return (view, start, stop) if start < stop else None

    def link_pointer(self, ts_ns: int | None) -> None:
        """Point at an instant that another chart points at; the own pointer goes before. Nothing is emitted."""
        self._picture.link_pointer(ts_ns)
        self._show_figures()

    def link_span(self, left_ns: int, right_ns: int, following: bool) -> None:
        """Show the time that another chart shows. Nothing is emitted."""
        with self._quiet():
            self._steering.link(left_ns, right_ns, following)

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Tell nobody of what moves."""
        self._told = False
        try:
            yield
        finally:
            self._told = True
            self._span.forget(self._shown_span())

    def _moved(self, before: bool) -> None:
        """Look where the window is now; `before` tells whether the newest tick was followed."""
        self._picture.look_again()
        following = self._window.following
        self._live.setVisible(not following)
        if not self._told:
            return
        if before != following:
            self.followChanged.emit(following)
        self._span.offer(self._shown_span())

    def _shown_span(self) -> tuple[int, int, bool]:
        return self._window.left_ns, self._window.right_ns, self._window.following

    def _show_session(self) -> None:
        self.show_span(None)
        self.follow()

    # Tools, pointer and keys

    def start_tool(self, name: str | None) -> None:
        """Take a tool in hand: ``measure``, ``level``, ``zoom`` or ``anchor``; None puts it back.

        Raises KeyError for another name.
        """
        self._tools.toolbox.start(name)
        if name is not None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # its keys are taken here

    @property
    def tool(self) -> str | None:
        """Return the tool in hand."""
        return self._tools.toolbox.name

    def save_picture(self, path: Path) -> None:
        """Write the chart as PNG or, by the suffix, SVG, with symbol, span and figures above it. Raises OSError."""
        shown, window = self._picture.shown, self._window
        span = span_caption(window.left_ns, window.right_ns, shown.zone) if self._view is not None else ""
        caption = Caption(shown.symbol, span, self._picture.figures(self._view))
        save_snapshot(self._panes, caption, self._theme, figures(self.font()), path)

    def crosshair_price(self) -> float | None:
        """Return the price under the crosshair, or None where there is none."""
        return self._picture.crosshair_price()

    def _tool_changed(self, name: str | None) -> None:
        self._over.show_hint(self._tools.toolbox.hint)
        self.toolChanged.emit(name)

    def _point_at(self, at: QPointF | None) -> None:
        if self._view is not None or at is None:
            self._picture.point_at(at)
            self._tools.pointed_at(at)
            self._pointed.offer(self._picture.pointed_ns())
            self._show_figures()

    def _show_figures(self) -> None:
        self._frames_unread, self._unread = 0, False
        self._readout.set_figures(self._picture.figures(self._view))

    @override
    @guarded(lambda: False)
    def event(self, event: QEvent) -> bool:
        """Claim the keys of the tool in hand before they are taken for shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._tools.keys.claims(event)
        ):
            event.accept()
            return True
        return super().event(event)

    @override
    @guarded(nothing)
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """End follows, Home goes to the first tick, + and - zoom, Page Up and Down pan; the rest is the tools'."""
        key, steering = event.key(), self._steering
        if key == Qt.Key.Key_End:
            self.follow()
        elif key == Qt.Key.Key_Home and self._view is not None:
            steering.pan_to(int(self._view.time_ns[self._view.first]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            steering.zoom(-1 if key == Qt.Key.Key_Minus else 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            steering.pan_by(-0.5 if key == Qt.Key.Key_PageUp else 0.5)
        elif not self._tools.keys.press(event):
            super().keyPressEvent(event)

    @override
    @guarded(nothing)
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done where the pointer is."""
        self._menu().popup(event.globalPos())

    def _menu(self) -> QMenu:
        return self._tools.menu(self, following=self.following)

    # Places

    @override
    @guarded(nothing)
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlays in their places."""
        super().resizeEvent(event)
        self._over.place(self._panes.price.geometry())

    def _placed(self) -> None:
        self._picture.placed()
        self._over.place(self._panes.price.geometry())

    def _show_empty(self) -> None:
        self._empty.setVisible(self._view is None)
