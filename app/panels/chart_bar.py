"""The bar over a chart: its bars, its series as chips, its tools. What does not fit goes into the menu behind …"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QMenu, QPushButton, QWidget

from app.guarded import guarded, nothing
from app.override import override
from app.panels.bar_menus import COUNTS, TOOLS, BarMenus
from app.panels.bars_popup import BarsPopup
from app.panels.elided import ElidedLabel
from app.panels.grid_button import GridButton
from app.panels.series_chip import SeriesChip
from app.stylesheet import SECONDARY_PX, desk_font, set_look
from app.theme import Theme
from app.viewmodels.chart_choice import ChartChoice
from app.viewmodels.chart_series import DrawnSeries, style_label

BAR_PX = 30
STYLES = ("ticks", "60s", "5m", "500 ticks")
_EDGE_PX, _GAP_PX, _GROUP_PX, _BUTTON_PX, _LEAST_NOTE_PX = 8, 2, 8, 24, 90
_WIDE_PX = 500
_NAME_AIR_PX = 18  # a quiet button's edge and padding


class ChartBar(QFrame):
    """Shows a `ChartChoice` and emits what the user wants of it; it changes nothing by itself."""

    style_picked = Signal(str)
    series_shown = Signal(str, bool)
    series_removed = Signal(str)
    series_edited = Signal(str)
    picker_wanted = Signal()
    tool_picked = Signal(object)
    switched = Signal(str, bool)
    """``bands``, ``volume`` or ``profile``, and whether it is to be shown."""
    count_picked = Signal(int)
    link_switched = Signal(str, bool)
    """``time`` or ``symbol``, and whether charts are to be linked by it."""
    activated = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chartBar")
        self.setAccessibleName("Chart bar")
        self.setFixedHeight(BAR_PX)
        self.choice = ChartChoice()
        self.series: tuple[DrawnSeries, ...] = ()
        self.tool: str | None = None
        self.count, self.links = 1, {"time": True, "symbol": False}
        self.menus: BarMenus = BarMenus(self)
        self._theme, self._symbol = theme, ""
        self._chips: list[SeriesChip] = []
        self.name = self._button("", "Symbol of this chart", self.activated.emit)
        self.name.setFont(desk_font(weight=QFont.Weight.DemiBold))
        set_look(self.name, "look", "quiet")
        self.name.hide()
        self.styles = {each: self._style_button(each) for each in STYLES}
        self.other = self._style_button("")
        self.more = self._button("…", "More of this chart", self._open_more)
        self.more.setToolTip("Other bars, series, bands, volume, tools")
        self.add = self._button("+ Series", "Add a series", self.picker_wanted.emit)
        self.add.setToolTip("Add a series")
        self.note = ElidedLabel(self)
        self.note.setFont(desk_font(SECONDARY_PX))
        self.note.setAccessibleName("Note on this chart")
        set_look(self.note, "tone", "dim")
        self.tools = self._button("Tools ▾", "Tools", self._open_tools)
        self.tools.setCheckable(True)
        self.profile = self._button("Profile", "Volume profile", lambda: None)
        self.profile.setCheckable(True)
        self.profile.setToolTip("Volume profile of what is in sight, with point of control and value area")
        self.profile.clicked.connect(lambda: self.switched.emit("profile", self.profile.isChecked()))
        self.layout_button = GridButton(theme, self)
        self.layout_button.clicked.connect(lambda: self._drop(self.menus.layout(), self.layout_button))
        self.layout_button.hide()
        self.bars = BarsPopup(self)
        self.bars.picked.connect(self.style_picked)
        self._order_of_tabs()

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self.layout_button.set_theme(theme)
        for chip in self._chips:
            chip.set_theme(theme)

    def show_choice(self, choice: ChartChoice, series: tuple[DrawnSeries, ...]) -> None:
        """Show a choice, and its series as they are drawn."""
        if (choice, series) == (self.choice, self.series) and self._chips:
            return
        self.choice, self.series = choice, series
        for style, button in self.styles.items():
            button.setChecked(style == choice.style)
        self.other.setText(style_label(choice.style))
        self.other.setAccessibleName(f"Bars: {style_label(choice.style)}")
        self.other.setChecked(True)
        self.profile.setChecked(choice.profile)
        self._fit_chips()
        fault = next((each.fault for each in series if each.fault), "")
        self.note.setText(fault)
        self._place()

    def show_symbol(self, symbol: str, *, named: bool) -> None:
        """Show the chart's symbol, where there are others beside it."""
        self._symbol = symbol
        self.name.setAccessibleName(f"Chart of {symbol}")
        self.name.setToolTip(symbol)
        self.name.setVisible(named)
        self._place()

    def show_layout(self, count: int, links: dict[str, bool], *, shown: bool) -> None:
        """Show how many charts there are, and what links them; only one chart offers to change it."""
        self.count, self.links = count, dict(links)
        self.layout_button.show_count(count)
        self.layout_button.setVisible(shown)
        self._place()

    def show_tool(self, name: object) -> None:
        """Show which tool is in hand, None for none."""
        self.tool = name if isinstance(name, str) else None
        title = next((title for each, title, _ in TOOLS if each == self.tool), None)
        self.tools.setText(f"{title} ×" if title else "Tools ▾")
        self.tools.setAccessibleName(f"End {title.lower()}" if title else "Tools")
        self.tools.setToolTip("Esc ends it" if title else "Measure, levels, anchored VWAP, zoom")
        self.tools.setChecked(title is not None)
        self._place()

    def chip(self, text: str) -> SeriesChip | None:
        """Return the chip of a series, None where it has none."""
        return next((each for each in self._chips if each.series.text == text), None)

    @property
    def folded(self) -> tuple[str, ...]:
        """Return the series whose chips do not fit now: the menu has them."""
        return tuple(chip.series.text for chip in self._chips if chip.isHidden() and not chip.series.fault)

    # Building

    def _button(self, text: str, name: str, act: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(name)
        set_look(button, "look", "speed")
        button.clicked.connect(act)
        self._leave_keys(button)
        return button

    def _leave_keys(self, button: QAbstractButton) -> None:
        """Have a click leave the keys with the chart, for its single keys; by Tab the button is reached all the same."""
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: None if button.hasFocus() else self.activated.emit())

    def _style_button(self, style: str) -> QPushButton:
        text = style_label(style) if style else ""
        button = self._button(text, f"Bars: {text}", lambda: self._pick_style(style))
        button.setCheckable(True)
        return button

    def _pick_style(self, style: str) -> None:
        for each, button in self.styles.items():  # a click checks by itself; the choice says which one is
            button.setChecked(each == self.choice.style)
        self.other.setChecked(True)
        if style and style != self.choice.style:
            self.style_picked.emit(style)

    def _fit_chips(self) -> None:
        """Have a chip for each series, and keep those that are there, with the keyboard where it is."""
        had_focus = any(chip.hasFocus() for chip in self._chips)
        while len(self._chips) > len(self.series):
            gone = self._chips.pop()
            gone.hide()
            gone.deleteLater()
        for place, series in enumerate(self.series):
            if place == len(self._chips):
                chip = SeriesChip(series, self._theme, self)
                chip.clicked.connect(partial(self._toggle, chip))
                self._leave_keys(chip)
                chip.remove_wanted.connect(self.series_removed)
                chip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                chip.customContextMenuRequested.connect(partial(self._open_chip, chip))
                self._chips.append(chip)
            self._chips[place].show_series(series)
        if had_focus and not any(chip.hasFocus() for chip in self._chips):
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._order_of_tabs()

    def _toggle(self, chip: SeriesChip) -> None:
        chip.setChecked(chip.series.shown)
        self.series_shown.emit(chip.series.text, not chip.series.shown)

    def _order_of_tabs(self) -> None:
        before: QWidget = self.name
        tail = (self.add, self.tools, self.profile, self.layout_button)
        for each in (*self.styles.values(), self.other, self.more, *self._chips, *tail):
            QWidget.setTabOrder(before, each)
            before = each

    # Menus

    def _drop(self, menu: QMenu, place: QWidget) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place.mapToGlobal(QPoint(0, place.height() + 4)))

    def _open_chip(self, chip: SeriesChip, _at: QPoint) -> None:
        self._drop(self.menus.chip(chip.series), chip)

    def _open_more(self) -> None:
        self._drop(self.menus.more(), self.more)

    def _open_tools(self) -> None:
        self.tools.setChecked(
            self.tool is not None
        )  # a click checks by itself; the tool in hand says whether
        if self.tool is not None:
            self.tool_picked.emit(None)
        else:
            self._drop(self.menus.tools(), self.tools)

    # Places

    @override
    @guarded(QSize)
    def minimumSizeHint(self) -> QSize:
        return QSize(200, BAR_PX)

    @override
    @guarded(nothing)
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put everything in its place, and what matters least into the menu."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        active = self.styles.get(self.choice.style, self.other)
        self._fit_name(active)
        self.add.setText("+ Series" if self.width() >= _WIDE_PX else "+")
        shown = self._fitting(active)
        for each in (*self.styles.values(), self.other, *self._chips, self.add, self.tools, self.profile):
            each.setVisible(each in shown)
        x = _EDGE_PX
        if not self.name.isHidden():
            x = self._put(self.name, x) + _GAP_PX
        for button in (*self.styles.values(), self.other):
            x = self._put(button, x) + _GAP_PX if button in shown else x
        x = self._put(self.more, x) + _GROUP_PX
        for chip in self._chips:
            x = self._put(chip, x) + _GROUP_PX if chip in shown else x
        x = self._put(self.add, x) if self.add in shown else x
        right = self.width() - _EDGE_PX
        tail: tuple[QWidget, ...] = (self.layout_button, self.profile, self.tools)
        for end in tail:
            if end in shown or (end is self.layout_button and not end.isHidden()):
                width = end.sizeHint().width()
                right = self._put(end, right - width) - width - _GAP_PX
        room = right - x - 2 * _GROUP_PX
        self.note.setVisible(bool(self.note.text()) and room >= _LEAST_NOTE_PX)
        self.note.setGeometry(x + _GROUP_PX, 0, max(room, 0), BAR_PX)

    def _fit_name(self, active: QPushButton) -> None:
        """Cut the symbol's name where the bars in force need its room."""
        room = self.width() - 2 * _EDGE_PX - _GROUP_PX - 4 * _GAP_PX - _NAME_AIR_PX
        others: tuple[QWidget, ...] = (active, self.more, self.layout_button)
        room -= sum(each.sizeHint().width() for each in others if each is active or not each.isHidden())
        text = self.name.fontMetrics().elidedText(self._symbol or "–", Qt.TextElideMode.ElideRight, room)
        if text != self.name.text():
            self.name.setText(text)

    def _put(self, each: QWidget, x: int) -> int:
        width = each.sizeHint().width()
        each.setGeometry(x, (BAR_PX - _BUTTON_PX) // 2, width, _BUTTON_PX)
        return x + width

    def _fitting(self, active: QPushButton) -> set[QWidget]:
        """Return what fits, taken in order of what matters most."""
        room = self.width() - 2 * _EDGE_PX - self.more.sizeHint().width() - _GROUP_PX
        fixed: tuple[QWidget, ...] = (self.name, self.layout_button)
        for each in fixed:
            room -= 0 if each.isHidden() else each.sizeHint().width() + _GAP_PX
        if self.note.text():
            room -= min(self.note.text_px + 2 * _GROUP_PX, max(room // 2, 0))
        others = [each for each in self.styles.values() if each is not active]
        chips = [each for each in self._chips if not each.series.fault]  # of the others the note says why
        ranked: tuple[QWidget, ...] = (active, *chips[:1], self.add, *chips[1:3], self.tools, *others[:1])
        shown: set[QWidget] = set()
        for each in (*ranked, *chips[3:5], *others[1:], self.profile, *chips[5:]):
            wanted = each.sizeHint().width() + (_GROUP_PX if isinstance(each, SeriesChip) else _GAP_PX)
            if wanted > room:
                break
            room -= wanted
            shown.add(each)
        return shown | {active}


__all__ = ["BAR_PX", "COUNTS", "STYLES", "TOOLS", "ChartBar"]
