"""One chart of one symbol: prices, the honesty ribbon, volume, and the axes they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QMetaMethod, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.panes import Panes
from app.charts.pens import figures
from app.charts.picture import Picture
from app.charts.readout import ReadOut
from app.charts.scale import Scale
from app.charts.specs import AlertLine, BandSpec, CurveSpec, FiringMark, RibbonMark
from app.charts.time_window import TimeWindow
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_ZOOM_A_NOTCH = 0.8
_PAN_A_NOTCH = 0.08
_NOTCH = 120.0
_NEAR_NEWEST = 0.80
"""From this fraction of the width on, the wheel is meant for the newest tick and keeps following it."""

_READ_OUT_FRAMES = 3
"""The read-out takes part in every third frame: its figures are read, not watched."""
_WAITING = "Waiting for ticks…"


class ChartArea(QWidget):
    """A chart that follows the newest tick until someone looks elsewhere.

    The wheel zooms, a drag pans, a double click picks a price, End goes back to the newest tick.
    `refresh` is called at the screen's rate and paints only what changed.
    """

    levelPicked = Signal(float)  # noqa: N815
    alertDragged = Signal(str, float)  # noqa: N815
    followChanged = Signal(bool)  # noqa: N815
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
        self._live = QPushButton("⟶ Live (End)", self._panes)
        self._live.setAccessibleName("Back to the newest tick")
        self._live.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._live.setCursor(Qt.CursorShape.PointingHandCursor)
        self._live.clicked.connect(self.follow)
        self._live.hide()
        self._empty = QLabel(_WAITING, self._panes)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        layout.addWidget(self._panes)
        self._view: ColumnsView | None = None
        self._now_ns: int | None = None
        self._pan_from_ns = 0
        self._frames_unread, self._unread = _READ_OUT_FRAMES, False
        self._connect()
        self.set_theme(theme)

    def _connect(self) -> None:
        self._panes.painted.connect(self.painted)
        self._painted_signal = QMetaMethod.fromSignal(self.painted)
        self._panes.placed.connect(self._placed)
        self._panes.viewport().installEventFilter(self)
        self._panes.scene().sigMouseMoved.connect(self._point_at)
        for pane in (self._panes.price, self._panes.volume):
            pane.wheeled.connect(self._wheel)
            pane.scrolled.connect(self._scroll)
            pane.dragged.connect(self._drag)

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        font = figures(self.font())
        self._panes.set_theme(theme, font)
        self._picture.set_theme(theme, font)
        self._readout.set_theme(theme, font)
        self._empty.setStyleSheet(f"color: {theme.dim}; background: transparent; font-size: 13px;")
        self._live.setStyleSheet(
            f"QPushButton {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.line};"
            "border-radius: 6px; padding: 4px 10px; font-size: 11px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.up}; }}"
        )
        self._place_overlays()
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
        """Show another symbol: nothing of the one before stays.

        `indian` groups sizes the Indian way; prices picked or dragged are rounded to `tick`, where it is
        not 0, and to `decimals`.
        """
        self._picture.set_instrument(Shown(symbol, zone, decimals, has_volume, price_text, indian, tick))
        self._panes.start_again(has_volume=has_volume)
        self._view = None
        self.setAccessibleName(f"Price chart of {symbol}")
        self._show_empty()
        self._show_figures()
        self.follow()

    def set_curves(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Draw these series over the price."""
        self._picture.set_curves(curves, bands)

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
        self._empty.setText(_WAITING if awaiting else "")

    def set_replay(self, replay: bool) -> None:
        """Let the last price wear the replay's colour."""
        self._picture.set_replay(replay)

    def refresh(self, view: ColumnsView | None, now_ns: int | None) -> bool:
        """Draw what is new since the last call; True if anything was, in sight or not. For the frame timer."""
        had_rows = self._view is not None
        self._view = view if view is not None and view.count else None
        self._now_ns = now_ns
        painted = self._picture.draw(self._view, now_ns)
        if had_rows != (self._view is not None):
            self._show_empty()
            painted = True
            self._frames_unread = _READ_OUT_FRAMES
        self._frames_unread += 1
        self._unread |= painted
        if self._unread and self._frames_unread >= _READ_OUT_FRAMES:
            self._show_figures()
        if painted and self._picture.marked and self.isSignalConnected(self._painted_signal):
            self._panes.await_paint()
        return painted

    # Which time is shown

    @property
    def following(self) -> bool:
        """Return whether the chart stays with the newest tick."""
        return self._window.following

    def follow(self) -> None:
        """Go back to the newest tick and stay with it."""
        before = self._window.following
        self._window.follow()
        self._follow_changed(before)

    def show_span(self, seconds: float | None) -> None:
        """Show a span of time; None is the whole session so far, up to 30 minutes."""
        self._window.show_span(seconds)
        self._picture.look_again()

    def shown_scale(self) -> Scale:
        """Return which times and prices were drawn last."""
        return self._picture.scale

    def crosshair_price(self) -> float | None:
        """Return the price under the crosshair, or None where there is none."""
        return self._picture.crosshair_price()

    # The pointer and the keys

    def _wheel(self, notches: float, x: float) -> None:
        before = self._window.following
        at = x / max(self._picture.scale.width, 1.0)
        if before and at < _NEAR_NEWEST:
            self._window.following = False
        self._window.zoom(_ZOOM_A_NOTCH**notches, at)
        self._follow_changed(before)

    def _zoom(self, notches: float) -> None:
        """Zoom about the newest tick while following, else about the middle."""
        self._window.zoom(_ZOOM_A_NOTCH**notches, 0.5)
        self._picture.look_again()

    def _drag(self, moved_px: float, is_first: bool) -> None:
        if is_first:
            self._pan_from_ns = self._window.left_ns
        before = self._window.following
        self._window.pan_to(self._pan_from_ns - int(moved_px * self._picture.scale.ns_per_px))
        self._follow_changed(before)

    def _scroll(self, notches: float) -> None:
        self._pan_by(-notches * _PAN_A_NOTCH)

    def _pan_by(self, share: float) -> None:
        before = self._window.following
        self._window.pan_to(self._window.left_ns + int(self._window.span_ns * share))
        self._follow_changed(before)

    def _follow_changed(self, before: bool) -> None:
        self._picture.look_again()
        if before != self._window.following:
            self._live.setVisible(not self._window.following)
            self.followChanged.emit(self._window.following)

    def _pick(self, at: QPointF) -> None:
        self._point_at(at)
        price = self.crosshair_price()
        if price is not None:
            self.levelPicked.emit(price)

    def _point_at(self, at: QPointF) -> None:
        if self._view is not None:
            self._picture.point_at(at)
            self._show_figures()

    def _show_figures(self) -> None:
        self._frames_unread, self._unread = 0, False
        self._readout.set_figures(self._picture.figures(self._view))

    @override
    @guarded(nothing)
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """End follows, Home goes to the first tick, + and - zoom, Page Up and Down pan."""
        key = event.key()
        if key == Qt.Key.Key_End:
            self.follow()
        elif key == Qt.Key.Key_Home and self._view is not None:
            before = self._window.following
            self._window.pan_to(int(self._view.time_ns[self._view.first]))
            self._follow_changed(before)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._zoom(-1 if key == Qt.Key.Key_Minus else 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._pan_by(-0.5 if key == Qt.Key.Key_PageUp else 0.5)
        else:
            super().keyPressEvent(event)

    @override
    @guarded(nothing)
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer an alert at the price pointed at, and the way back to the newest tick."""
        self._menu().popup(event.globalPos())

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        price = self.crosshair_price()
        if price is not None:
            text = self._picture.shown.price_text(price)
            menu.addAction(f"Alert here: {text}", lambda: self.levelPicked.emit(price))
            menu.addSeparator()
        menu.addAction("Follow newest (End)", self.follow)
        menu.addAction("Whole session, up to 30 min", self._show_session)
        return menu

    def _show_session(self) -> None:
        self.show_span(None)
        self.follow()

    @override
    @guarded(lambda: False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the crosshair when the pointer leaves, pick a price at a double click, and let the wheel
        over an axis zoom without leaving the newest tick.
        """
        if event.type() == QEvent.Type.Leave:
            self._picture.point_at(None)
            self._show_figures()
        elif isinstance(event, QMouseEvent) and _is_double_click(event):
            self._pick(self._panes.mapToScene(event.position().toPoint()))
        elif isinstance(event, QWheelEvent) and not self._panes.over_panes(event.position()):
            self._zoom(event.angleDelta().y() / _NOTCH)
            return True
        return super().eventFilter(watched, event)

    # Places

    @override
    @guarded(nothing)
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlays in their places."""
        super().resizeEvent(event)
        self._place_overlays()

    def _placed(self) -> None:
        self._picture.placed()
        self._place_overlays()

    def _show_empty(self) -> None:
        self._empty.setVisible(self._view is None)

    def _place_overlays(self) -> None:
        pane = self._panes.price.geometry()
        self._live.adjustSize()
        size = self._live.size()
        self._live.move(int(pane.right()) - size.width() - 12, int(pane.bottom()) - size.height() - 12)
        self._empty.setGeometry(pane.toRect())


def _is_double_click(event: QMouseEvent) -> bool:
    is_double = event.type() == QEvent.Type.MouseButtonDblClick
    return is_double and event.button() == Qt.MouseButton.LeftButton
