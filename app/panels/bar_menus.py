"""The menus of the chart's bar: all that it can do, whatever of it fits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from app.viewmodels.chart_series import BAND_LABEL, DrawnSeries, style_label

if TYPE_CHECKING:
    from app.panels.chart_bar import ChartBar

COUNTS = ((1, "One chart"), (2, "Two charts"), (4, "Four charts"))
TOOLS = (
    ("measure", "Measure", "M"),
    ("level", "Level", "L"),
    ("anchor", "Anchored VWAP", "V"),
    ("zoom", "Zoom to a span", "Z"),
)
"""Tools of a chart: name, title and key."""
_LINKS = (("time", "Link time"), ("symbol", "Link symbol"))
_SWITCHES = (("bands", f"Band {BAND_LABEL}"), ("volume", "Volume"), ("profile", "Volume profile"))


class BarMenus:
    """Makes a menu of what a bar shows at the moment; each is made as it opens."""

    def __init__(self, bar: ChartBar) -> None:
        self._bar = bar

    def more(self) -> QMenu:
        """Return the menu behind …"""
        menu = self._menu("More of this chart")
        self._add_styles(menu)
        menu.addSeparator()
        self._add_series(menu)
        menu.addAction("Add series…", self._bar.picker_wanted.emit)
        menu.addSeparator()
        for name, title in _SWITCHES:
            self._check(menu, title, getattr(self._bar.choice, name), partial(self._bar.switched.emit, name))
        menu.addSeparator()
        self._add_tools(menu.addMenu("Tools"))
        return menu

    def tools(self) -> QMenu:
        """Return the menu of tools."""
        menu = self._menu("Tools")
        self._add_tools(menu)
        return menu

    def chip(self, series: DrawnSeries) -> QMenu:
        """Return the menu of one series' chip."""
        bar = self._bar
        menu = self._menu(f"Series {series.label}")
        show = partial(bar.series_shown.emit, series.text, not series.shown)
        menu.addAction("Hide" if series.shown else "Show", show)
        if "(" in series.text:
            menu.addAction("Change…", partial(bar.series_edited.emit, series.text))
        remove = menu.addAction("Remove", partial(bar.series_removed.emit, series.text))
        remove.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.setShortcutVisibleInContextMenu(True)
        return menu

    def layout(self) -> QMenu:
        """Return the menu of layouts."""
        menu = self._menu("Layout of charts")
        self._add_layout(menu)
        return menu

    def _menu(self, name: str) -> QMenu:
        menu = QMenu(self._bar)
        menu.setAccessibleName(name)
        return menu

    def _check(self, menu: QMenu, title: str, on: bool, act: Callable[[bool], object]) -> QAction:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(lambda on: act(on))  # a partial alone would be called without it
        return action

    def _one_of(self, menu: QMenu, actions: list[QAction]) -> None:
        group = QActionGroup(menu)
        for each in actions:
            group.addAction(each)

    def _add_styles(self, menu: QMenu) -> None:
        bar = self._bar
        styles = list(bar.styles)
        if bar.choice.style not in styles:
            styles.append(bar.choice.style)
        self._one_of(
            menu,
            [
                self._check(menu, style_label(each), each == bar.choice.style, partial(self._style, each))
                for each in styles
            ],
        )
        menu.addAction("Other bars…", lambda: bar.bars.open_below(bar.more))

    def _style(self, style: str, _on: bool) -> None:
        if style != self._bar.choice.style:
            self._bar.style_picked.emit(style)

    def _add_series(self, menu: QMenu) -> None:
        for each in self._bar.series:
            act = partial(self._bar.series_shown.emit, each.text)
            self._check(menu, each.label, each.shown, act).setToolTip(each.fault or each.text)
        if self._bar.series:
            remove = menu.addMenu("Remove series")
            for each in self._bar.series:
                remove.addAction(each.label, partial(self._bar.series_removed.emit, each.text))

    def _add_tools(self, menu: QMenu) -> None:
        for name, title, key in TOOLS:
            action = menu.addAction(title, partial(self._bar.tool_picked.emit, name))
            if key:  # shown here; the chart has the key itself
                action.setShortcut(QKeySequence(key))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
                action.setShortcutVisibleInContextMenu(True)

    def _add_layout(self, menu: QMenu) -> None:
        bar = self._bar
        self._one_of(
            menu,
            [
                self._check(menu, title, count == bar.count, partial(self._count, count))
                for count, title in COUNTS
            ],
        )
        menu.addSeparator()
        for name, title in _LINKS:
            self._check(menu, title, bar.links[name], partial(bar.link_switched.emit, name))

    def _count(self, count: int, _on: bool) -> None:
        if count != self._bar.count:
            self._bar.count_picked.emit(count)
