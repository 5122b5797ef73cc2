"""The tools of one chart, wired: what is in hand, what they draw, the keys and the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QMenu, QWidget

from analytics.columns import ColumnsView
from app.charts.anchor import Anchor
from app.charts.chart_menu import MenuDeeds, MenuState, chart_menu
from app.charts.instrument import Shown
from app.charts.levels import Levels
from app.charts.measure_box import MeasureBox
from app.charts.panes import Panes
from app.charts.picture import Picture
from app.charts.pointer import Pointer, PointerDeeds
from app.charts.profile_side import ProfileSide
from app.charts.row_figures import row_under
from app.charts.rubber_band import RubberBand
from app.charts.steering import Steering
from app.charts.tool_keys import KeyDeeds, ToolKeys
from app.charts.toolbox import Toolbox
from app.formatting import time_text
from app.theme import Theme


@dataclass(frozen=True, slots=True)
class ToolDeeds:
    """What a chart does when its tools have something to tell, and what they ask of it."""

    level_picked: Callable[[float], object]
    levels_changed: Callable[[object], object]
    anchor_picked: Callable[[object], object]
    tool_changed: Callable[[str | None], object]
    profile_changed: Callable[[bool], object]
    point_at: Callable[[QPointF | None], object]
    """Put the crosshair to a point of the scene."""
    follow: Callable[[], object]
    session: Callable[[], object]
    save: Callable[[], object]
    export: Callable[[], object]


class ChartTools:
    """Owns the tools; the chart tells it of what it shows, and is told by `deeds`."""

    def __init__(
        self, panes: Panes, picture: Picture, steering: Steering, wear: tuple[Theme, QFont], deeds: ToolDeeds
    ) -> None:
        self._panes, self._picture, self._deeds = panes, picture, deeds
        self._view: ColumnsView | None = None
        self._at: QPointF | None = None  # of the scene
        self.levels = Levels(panes.price, *wear, deeds.levels_changed)
        self.measure = MeasureBox(panes.price, lambda: picture.shown)
        self.band = RubberBand(panes.price, steering.zoom_between)
        self.profile = ProfileSide(panes.price, lambda: picture.shown)
        for overlay in (self.levels, self.measure, self.band, self.profile):
            picture.add_overlay(overlay)
        self.toolbox = Toolbox(
            {
                "measure": self.measure,
                "level": self.levels,
                "zoom": self.band,
                "anchor": Anchor(self._anchor_at),
            },
            deeds.tool_changed,
        )
        self.pointer = Pointer(
            panes, self.toolbox, steering, PointerDeeds(deeds.point_at, self._pick, self._click)
        )
        self.keys = self._make_keys()

    def _make_keys(self) -> ToolKeys:
        return ToolKeys(
            KeyDeeds(
                busy=lambda: self.toolbox.busy,
                nudge=self._nudge,
                set_point=self._set_point,
                end=self._end,
                ends=lambda: self.toolbox.busy or bool(self.measure.lines),
                remove=self._remove_level,
                letters={
                    Qt.Key.Key_M: lambda: self.toolbox.start("measure"),
                    Qt.Key.Key_Z: lambda: self.toolbox.start("zoom"),
                    Qt.Key.Key_L: lambda: self._here_or_start("level"),
                    Qt.Key.Key_V: lambda: self._here_or_start("anchor"),
                },
            )
        )

    # What the chart says

    def set_instrument(self, shown: Shown) -> None:
        """Show another symbol: what was drawn for the one before goes."""
        self.toolbox.start(None)
        self.measure.cancel()
        self.levels.set_instrument(shown)

    def refresh(self, view: ColumnsView | None) -> bool:
        """Take the columns of a frame, after they are drawn; True if something of the tools changed."""
        self._view = view
        return self.profile.poll()

    def pointed_at(self, at: QPointF | None) -> None:
        """Know where the crosshair is, of the scene."""
        self._at = at
        self.levels.point_at(None if at is None else self._in_pane(at))

    def menu(self, parent: QWidget, *, following: bool) -> QMenu:
        """Return the menu of what is under the crosshair."""
        picture, price, level = self._picture, self._picture.crosshair_price(), self.levels.pointed
        row = self._pointed_row()
        text = picture.shown.price_text
        state = MenuState(
            price=None if price is None else text(price),
            level=None if level is None else text(level),
            time=None
            if row is None or self._view is None
            else time_text(int(self._view.time_ns[row]), picture.shown.zone),
            has_ticks=self._view is not None,
            has_volume=picture.shown.has_volume,
            profile=self.profile.shown,
            profile_of_session=self.profile.of_session,
            following=following,
        )
        anchored = None if row is None or self._view is None else int(self._view.time_ns[row])
        return chart_menu(parent, state, self._menu_deeds(price, level, anchored))

    def _menu_deeds(self, price: float | None, level: float | None, anchored: int | None) -> MenuDeeds:
        """Return what the entries do, with what is under the crosshair now: it moves while a menu is open."""
        deeds = self._deeds
        return MenuDeeds(
            alert=lambda: None if price is None else deeds.level_picked(price),
            anchor=lambda: None if anchored is None else deeds.anchor_picked(anchored),
            level=lambda: None if price is None else self.levels.put(price),
            level_alert=lambda: None if level is None else deeds.level_picked(level),
            level_remove=lambda: None if level is None else self.levels.remove(level),
            tool=self.toolbox.start,
            profile=self._choose_profile,
            follow=deeds.follow,
            session=deeds.session,
            save=deeds.save,
            export=deeds.export,
        )

    # What the user does

    def _pick(self, at: QPointF) -> None:
        self._deeds.point_at(at)
        price = self._picture.crosshair_price()
        if price is not None:
            self._deeds.level_picked(price)

    def _click(self) -> None:
        self.measure.cancel()
        self.levels.choose_pointed()

    def _choose_profile(self, shown: bool, of_session: bool) -> None:
        before = self.profile.shown
        self.profile.show_profile(shown, of_session=of_session)
        if shown != before:
            self._deeds.profile_changed(shown)

    def _here_or_start(self, name: str) -> None:
        """Do what is done with one point where the crosshair is, or take the tool where it is nowhere."""
        if self._at is not None and self._picture.crosshair_price() is not None:
            self.toolbox.start(name)
            self._set_point()
        else:
            self.toolbox.start(name)

    def _set_point(self) -> None:
        if self._at is None:
            self._nudge(0, 0)
        if self._at is not None:
            self.toolbox.click(self._in_pane(self._at))

    def _nudge(self, right_px: int, down_px: int) -> None:
        """Move the crosshair inside the price pane; where there is none it comes to the newest tick."""
        pane = self._panes.price.geometry()
        at = self._at
        if at is None or not pane.contains(at):
            at, right_px, down_px = self._newest_point(), 0, 0
        if at is None:
            return
        x = min(max(at.x() + right_px, pane.left()), pane.right() - 1)
        y = min(max(at.y() + down_px, pane.top()), pane.bottom() - 1)
        self._deeds.point_at(QPointF(x, y))
        self.toolbox.move(self._in_pane(QPointF(x, y)))

    def _newest_point(self) -> QPointF | None:
        view, scale = self._view, self._picture.scale
        price = None if view is None else view.last_price()
        if view is None or price is None:
            return None
        x, y = scale.x(int(view.time_ns[view.count - 1])), scale.y(price)
        inside = QPointF(min(max(x, 0.0), scale.width - 1), min(max(y, 0.0), scale.height - 1))
        return inside + QPointF(self._panes.price.geometry().topLeft())

    def _end(self) -> bool:
        had = self.toolbox.busy or bool(self.measure.lines)
        self.toolbox.start(None)
        self.measure.cancel()
        return had

    def _remove_level(self) -> bool:
        price = self.levels.picked
        if price is None:
            return False
        self.levels.remove(price)
        return True

    def _anchor_at(self, x: float) -> None:
        if self._view is not None:
            row = row_under(self._view, self._picture.scale.time_at(x))
            self._deeds.anchor_picked(int(self._view.time_ns[row]))

    def _pointed_row(self) -> int | None:
        ts_ns = self._picture.pointed_ns()
        return None if ts_ns is None or self._view is None else row_under(self._view, ts_ns)

    def _in_pane(self, at: QPointF) -> QPointF:
        return at - QPointF(self._panes.price.geometry().topLeft())
