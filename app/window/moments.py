"""Where a click leads to: a symbol, a firing, a moment, the events of a kind."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from analytics.events import EventKind
from analytics.rules.rule import Firing
from app.desk import Desk
from app.window.parts import EVENTS, Parts
from app.window.refresher import Refresher

_AROUND_S = 120.0
"""How much time a chart shows around a moment that was asked for."""


class Moments(QObject):
    """Brings the active chart to what was picked elsewhere, and gives it the keys. `failed` tells why not."""

    failed = Signal(str)

    def __init__(self, desk: Desk, parts: Parts, refresher: Refresher, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._parts, self._refresher = desk, parts, refresher

    def show_symbol(self, symbol: str) -> None:
        """Chart a symbol that the feed has."""
        if symbol in self._desk.symbols:
            self._refresher.show_symbol(symbol)
            self.focus_chart()

    def want_symbol(self, symbol: str) -> None:
        """Chart a symbol now, or as soon as the feed has it."""
        self._refresher.wanted_symbol = symbol
        self.show_symbol(symbol)

    def show_firing(self, firing: Firing) -> None:
        """Chart the symbol that a firing is of, at its time."""
        self._refresher.show_symbol(firing.symbol)
        self._parts.chart.show_time(firing.ts_ns, _AROUND_S)
        self.focus_chart()

    def play_firing(self, firing: Firing) -> None:
        """Play what led to a firing and what came of it, in the chart."""
        if not self._refresher.play_excerpt(firing.symbol, firing.ts_ns):
            self.failed.emit(f"The ticks of {firing.symbol} around “{firing.rule}” are no longer held.")

    def show_moment(self, symbol: str, ts_ns: int) -> None:
        """Chart a symbol at a time."""
        if symbol in self._desk.symbols:
            self._refresher.show_symbol(symbol)
            self._parts.chart.show_time(ts_ns, _AROUND_S)
            self.focus_chart()

    def show_event(self, kind: EventKind | str, ts_ns: int) -> None:
        """Unfold the event log at what a mark of the ribbon stands for; what the feed itself did is in no log."""
        if isinstance(kind, EventKind):
            self._parts.bottom.unfold(EVENTS)
            self._parts.events.show_event(kind, ts_ns)

    def show_events(self, kind: EventKind) -> None:
        """Unfold the event log at the newest event of a kind."""
        self._parts.bottom.unfold(EVENTS)
        self._parts.events.show_event(kind, self._desk.now_ns)

    def focus_chart(self) -> None:
        """Give the active chart the keys."""
        self._parts.chart.setFocus(Qt.FocusReason.OtherFocusReason)
