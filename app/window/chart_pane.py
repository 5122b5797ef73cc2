"""One chart of the grid with its bar: it keeps what was chosen for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from analytics.errors import ConfigError
from app.charts import ChartArea
from app.guarded import guarded, nothing
from app.override import override
from app.panels.chart_bar import BAR_PX, ChartBar
from app.stylesheet import set_look
from app.theme import Theme
from app.viewmodels.chart_choice import ChartChoice
from app.viewmodels.chart_series import DrawnSeries

_PILL_BELOW_PX = 32  # the read-out stays free


class ChartPane(QWidget):
    """Holds a chart, its bar, and the pill that says that an excerpt is played.

    `symbol` is what it shows or will show as soon as the feed has it; `choice` is changed by `choose` only.
    """

    choice_changed = Signal()
    symbol_changed = Signal(str)
    picker_wanted = Signal(str)
    """A series is to be picked in place of this one, ``""`` for one more."""
    activated = Signal()
    stop_wanted = Signal()
    refused = Signal(str)
    """Why something could not be chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chartPane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.symbol = ""
        self.choice = ChartChoice()
        self.span_chosen = False
        """Whether someone looks at a span of their own, not at the session so far."""
        self.bar = ChartBar(theme)
        self.chart = ChartArea(theme)
        self.pill = QPushButton(self)
        self.pill.setAccessibleName("Back to now")
        self.pill.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pill.setCursor(Qt.CursorShape.PointingHandCursor)
        self.pill.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.bar)
        self._column.addWidget(self.chart, 1)
        self._connect()
        self.set_theme(theme)

    def _connect(self) -> None:
        bar, chart = self.bar, self.chart
        bar.style_picked.connect(lambda text: self._try(lambda: self.choice.with_style(text)))
        bar.series_shown.connect(lambda text, on: self.choose(self.choice.with_shown(text, on)))
        bar.series_removed.connect(lambda text: self.choose(self.choice.without_series(text)))
        bar.switched.connect(lambda name, on: self.choose(replace(self.choice, **{name: on})))
        bar.picker_wanted.connect(lambda: self.picker_wanted.emit(""))
        bar.series_edited.connect(self.picker_wanted)
        bar.tool_picked.connect(self._take_tool)
        bar.activated.connect(self.take_keyboard)
        chart.toolChanged.connect(bar.show_tool)
        chart.profileChanged.connect(lambda on: self.choose(replace(self.choice, profile=on)))
        chart.spanMoved.connect(self._span_moved)
        self.pill.clicked.connect(self.stop_wanted)

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self.bar.set_theme(theme)
        self.chart.set_theme(theme)
        self.setStyleSheet(
            f"#chartPane {{ background: {theme.window}; border: 1px solid {theme.window}; }}"
            f"#chartPane[place='active'] {{ border-color: {theme.faint}; }}"
            "#chartPane[place='only'] { border: none; }"
        )
        self.pill.setStyleSheet(
            f"QPushButton {{ color: {theme.on_accent}; background: {theme.replay}; border: 1px solid {theme.replay};"
            "border-radius: 11px; padding: 3px 11px; font-size: 11px; font-weight: 500; }"
            f"QPushButton:focus {{ border-color: {theme.text}; }}"
        )
        self._place_pill()

    # What was chosen

    def choose(self, choice: ChartChoice) -> None:
        """Take another choice, and tell of it."""
        if choice != self.choice:
            self.choice = choice
            self.choice_changed.emit()

    def add_series(self, text: str) -> None:
        """Show one more series; why it cannot be is told by `refused`."""
        self._try(lambda: self.choice.with_series(text))

    def change_series(self, before: str, after: str) -> None:
        """Show another series in place of one; why it cannot be is told by `refused`."""
        self._try(lambda: self.choice.with_changed(before, after))

    def _try(self, make: Callable[[], ChartChoice]) -> None:
        try:
            self.choose(make())
        except ConfigError as error:
            self.refused.emit(str(error))

    def show_symbol(self, symbol: str) -> None:
        """Chart a symbol."""
        if symbol and symbol != self.symbol:
            self.symbol = symbol
            self.symbol_changed.emit(symbol)

    def show_series(self, series: tuple[DrawnSeries, ...]) -> None:
        """Show in the bar what is drawn."""
        self.bar.show_choice(self.choice, series)

    # Its place among others

    def show_place(self, *, alone: bool, active: bool) -> None:
        """Show whether it is the only chart, the one that keys act on, or another."""
        place = "only" if alone else "active" if active else "other"
        edge = 0 if alone else 1  # the chart leaves the border to be seen
        self._column.setContentsMargins(edge, edge, edge, edge)
        set_look(self, "place", place)
        self.bar.show_symbol(self.symbol, named=not alone)

    def take_keyboard(self) -> None:
        """Give the chart the keys."""
        self.chart.setFocus(Qt.FocusReason.OtherFocusReason)

    def link_span(self, left_ns: int, right_ns: int, following: bool) -> None:
        """Show the time that another chart shows."""
        self.span_chosen = True
        self.chart.link_span(left_ns, right_ns, following)

    def _span_moved(self) -> None:
        self.span_chosen = True

    def _take_tool(self, name: object) -> None:
        self.chart.start_tool(name if isinstance(name, str) else None)
        self.take_keyboard()

    # The pill

    def show_pill(self, words: str) -> None:
        """Say that an excerpt is played, ``""`` for none."""
        if self.pill.text() != words:
            self.pill.setText(words)
            self.pill.setAccessibleName(f"{words}: back to now" if words else "")
            self._place_pill()
        self.pill.setVisible(bool(words))

    def _place_pill(self) -> None:
        self.pill.adjustSize()
        self.pill.move((self.width() - self.pill.width()) // 2, BAR_PX + _PILL_BELOW_PX)
        self.pill.raise_()

    @override
    @guarded(nothing)
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the pill in its place."""
        super().resizeEvent(event)
        self._place_pill()

    @override
    @guarded(QSize)
    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    @override
    @guarded(nothing)
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Become the chart that keys act on."""
        super().mousePressEvent(event)
        self.take_keyboard()

    @override
    @guarded(lambda: False)
    def event(self, event: QEvent) -> bool:
        """Claim Esc while an excerpt is played, before it is taken for a shortcut."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and self._ends(event)
        ):
            event.accept()
            return True
        return super().event(event)

    @override
    @guarded(nothing)
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends an excerpt."""
        if self._ends(event):
            self.stop_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _ends(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Escape and not self.pill.isHidden()
