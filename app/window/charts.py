"""The window's charts: one, two or four, linked in time; one of them is active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from app.charts import ChartArea
from app.theme import Theme
from app.viewmodels.chart_choice import as_dict, choice_from
from app.window.chart_pane import ChartPane

COUNTS = (1, 2, 4)
LINKED = {"time": True, "symbol": False}
"""What charts are linked by until someone says otherwise."""
_PLACES = {1: ((0, 0),), 2: ((0, 0), (0, 1)), 4: ((0, 0), (0, 1), (1, 0), (1, 1))}


class Charts(QWidget):
    """A grid of charts. What the user does in one is told with its symbol; the active one gets the keys."""

    level_picked = Signal(str, float)
    alert_dragged = Signal(str, float)
    symbol_changed = Signal(str)
    """The active chart has another symbol, or another chart is active."""
    active_changed = Signal()
    pane_added = Signal(object)
    pane_changed = Signal(object)
    """This `ChartPane` has another symbol; told before `symbol_changed`."""
    count_changed = Signal(int)
    choice_changed = Signal()
    save_wanted = Signal(object)
    """The picture of this `ChartArea` is to be saved."""
    export_wanted = Signal(object)
    """The ticks in sight in this `ChartArea` are to be exported."""
    painted = Signal()
    refused = Signal(str)
    mark_picked = Signal(object, object)
    """A mark of a ribbon: its kind and time, ns UTC."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("charts")
        self.setAccessibleName("Charts")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self.panes: list[ChartPane] = []
        """Every chart that was made, those out of sight included: they keep their choice."""
        self._count, self._active, self.links = 1, 0, dict(LINKED)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)
        self._lay_out()
        self._dress()

    # Which charts there are

    @property
    def count(self) -> int:
        """Return how many charts are in sight."""
        return self._count

    @property
    def visible_panes(self) -> list[ChartPane]:
        """Return the charts in sight, row by row."""
        return self.panes[: self._count]

    @property
    def active_pane(self) -> ChartPane:
        """Return the chart that keys and picked symbols act on."""
        return self.panes[self._active]

    @property
    def active(self) -> ChartArea:
        """Return the active chart."""
        return self.active_pane.chart

    @property
    def symbol(self) -> str:
        """Return the active chart's symbol, ``""`` before it has one."""
        return self.active_pane.symbol

    def set_count(self, count: int) -> None:
        """Show one, two or four charts."""
        if count not in COUNTS or count == self._count:
            return
        self._count = count
        if self._active >= count:
            self._set_active(0)
        self._lay_out()
        self.count_changed.emit(count)
        if self.links["time"]:
            self._look_where_the_active_does()

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self._dress()
        for pane in self.panes:
            pane.set_theme(theme)

    def show_symbol(self, symbol: str) -> None:
        """Chart a symbol in the active chart, or in all where they are linked by it."""
        for pane in self.visible_panes if self.links["symbol"] else [self.active_pane]:
            pane.show_symbol(symbol)

    def escape(self) -> bool:
        """Put a tool back, or end an excerpt; True if there was one."""
        if self.active.tool is not None:
            self.active.start_tool(None)
            return True
        playing = [pane for pane in self.visible_panes if not pane.pill.isHidden()]
        for pane in playing:
            pane.stop_wanted.emit()
        return bool(playing)

    def link(self, name: str, on: bool) -> None:
        """Link the charts by ``time`` or by ``symbol``, or not."""
        self.links[name] = on
        if name == "symbol" and on:
            self.show_symbol(self.symbol)
        if name == "time" and on:
            self._look_where_the_active_does()
        elif name == "time":
            for pane in self.panes:
                pane.chart.link_pointer(None)
        self._show_places()

    def _look_where_the_active_does(self) -> None:
        scale = self.active.shown_scale()
        if scale.left_ns > 0:  # before its first tick it looks nowhere
            self._span_moved(self.active_pane, (scale.left_ns, scale.right_ns, self.active.following))

    # Building

    def _dress(self) -> None:
        """Be the hairline between the charts."""
        self.setStyleSheet(f"#charts {{ background: {self._theme.line}; }}")

    def _lay_out(self) -> None:
        while len(self.panes) < self._count:
            self._add_pane()
        for pane in self.panes:
            self._grid.removeWidget(pane)
            pane.setVisible(False)
            pane.chart.link_pointer(None)  # one out of sight is not told where the pointer goes
        for pane, (row, column) in zip(self.panes, _PLACES[self._count], strict=False):
            self._grid.addWidget(pane, row, column)
            pane.setVisible(True)
        for at in (0, 1):
            self._grid.setColumnStretch(at, 1 if at == 0 or self._count > 1 else 0)
            self._grid.setRowStretch(at, 1 if at == 0 or self._count > 2 else 0)
        self._show_places()

    def _add_pane(self) -> None:
        pane = ChartPane(self._theme, self)
        if self.panes:  # levels are of a symbol, not of a chart
            pane.choice = replace(pane.choice, levels=self.panes[0].choice.levels)
        self.panes.append(pane)
        chart, bar = pane.chart, pane.bar
        chart.levelPicked.connect(lambda price: self.level_picked.emit(pane.symbol, price))
        chart.alertDragged.connect(self.alert_dragged)
        chart.painted.connect(self.painted)
        chart.markPicked.connect(self.mark_picked)
        chart.saveWanted.connect(lambda: self.save_wanted.emit(chart))
        chart.exportWanted.connect(lambda: self.export_wanted.emit(chart))
        chart.levelsChanged.connect(lambda levels: self._levels_drawn(pane.symbol, levels))
        chart.pointedAt.connect(lambda ts_ns: self._pointed(pane, ts_ns))
        chart.spanMoved.connect(lambda span: self._span_moved(pane, span))
        bar.count_picked.connect(self.set_count)
        bar.link_switched.connect(self.link)
        pane.symbol_changed.connect(lambda _symbol: self._symbol_changed(pane))
        pane.choice_changed.connect(self.choice_changed)
        pane.refused.connect(self.refused)
        self.pane_added.emit(pane)

    def _show_places(self) -> None:
        for place, pane in enumerate(self.panes):
            pane.show_place(alone=self._count == 1, active=place == self._active)
            pane.bar.show_layout(self._count, self.links, shown=place == 0)

    def _focus_moved(self, _before: object, now: QWidget | None) -> None:
        if now is None or not self.isAncestorOf(now):
            return
        for place, pane in enumerate(self.visible_panes):
            if pane.isAncestorOf(now):
                self._set_active(place)

    def _set_active(self, place: int) -> None:
        if place == self._active:
            return
        self._active = place
        self._show_places()
        self.active_changed.emit()
        self.symbol_changed.emit(self.symbol)

    def _symbol_changed(self, pane: ChartPane) -> None:
        self._show_places()
        self.pane_changed.emit(pane)
        if pane is self.active_pane:
            self.symbol_changed.emit(pane.symbol)

    # What links them

    def _others(self, pane: ChartPane) -> Iterator[ChartPane]:
        if self.links["time"]:
            yield from (each for each in self.visible_panes if each is not pane)

    def _pointed(self, pane: ChartPane, ts_ns: int | None) -> None:
        for other in self._others(pane):
            other.chart.link_pointer(ts_ns)

    def _span_moved(self, pane: ChartPane, span: tuple[int, int, bool]) -> None:
        for other in self._others(pane):
            if other.pill.isHidden():
                other.link_span(*span)

    def _levels_drawn(self, symbol: str, levels: tuple[float, ...]) -> None:
        """Have every chart keep a symbol's levels: they are of the symbol, not of a chart."""
        for pane in self.panes:
            pane.choose(pane.choice.with_levels(symbol, levels))

    # The layout

    def layout_choice(self) -> dict[str, object]:
        """Return which charts there are and what they show, as JSON can hold it."""
        return {
            "count": self._count,
            "active": self._active,
            "links": dict(self.links),
            "charts": [{"symbol": pane.symbol, **as_dict(pane.choice)} for pane in self.panes],
        }

    def restore(self, found: object) -> tuple[str, ...]:
        """Take on what `layout_choice` returned; returns what of it could not be used, a line each.

        Nothing at all is no fault; unknown keys are passed over.
        """
        if not found:
            return ()
        if not isinstance(found, dict):
            return (f"charts: expected an object, found {str(found)[:60]!r}",)
        faults: list[str] = []
        links = found.get("links")
        for name in LINKED:
            value = links.get(name) if isinstance(links, dict) else None
            self.links[name] = value if isinstance(value, bool) else LINKED[name]
        self._take_counts(found, faults)
        kept = found.get("charts", [])
        if not isinstance(kept, list):
            faults.append(f"charts: expected a list, found {str(kept)[:60]!r}")
            kept = []
        while len(self.panes) < min(len(kept), max(COUNTS)):
            self._add_pane()
        self._lay_out()
        for place, (pane, each) in enumerate(zip(self.panes, kept, strict=False)):
            choice, wrong = choice_from(each)
            faults += [f"chart {place + 1}: {fault}" for fault in wrong]
            symbol = each.get("symbol") if isinstance(each, dict) else None
            pane.choose(choice)
            if isinstance(symbol, str) and symbol:
                pane.show_symbol(symbol)
        self._show_places()
        return tuple(faults)

    def _take_counts(self, found: dict[object, object], faults: list[str]) -> None:
        count, active = found.get("count", 1), found.get("active", 0)
        if count in COUNTS and isinstance(count, int):
            self.set_count(count)
        else:
            faults.append(f"charts: expected 1, 2 or 4, found {str(count)[:60]!r}")
        if isinstance(active, int) and 0 <= active < self._count:
            self._set_active(active)
