"""All alert lines of a pane: a rule may have several; their tags stand side by side where they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsItem

from app.charts.alert_lines import AlertLineItem
from app.charts.scale import Scale
from app.charts.specs import AlertLine
from app.theme import Theme

_NEAR_SHARE = 0.3
"""Levels within this share of the range beyond it are brought into view."""
_TAG_LEFT, _TAG_GAP, _TAG_ROOM = 6.0, 6.0, 21.0


class AlertLines:
    """`moved(rule, price)` is called once, when a line is let go at another price."""

    def __init__(
        self, pane: QGraphicsItem, theme: Theme, font: QFont, moved: Callable[[str, float], None]
    ) -> None:
        self._pane = pane
        self._theme = theme
        self._font = font
        self._moved = moved
        self._items: dict[tuple[str, int], AlertLineItem] = {}  # by rule and which of its lines
        self._lines: tuple[AlertLine, ...] = ()
        self._scale = Scale()
        self._rounded: Callable[[float], float] = lambda price: price
        self.held: float | None = None
        self.changed: Callable[[], object] = lambda: None

    def set_rounding(self, rounded: Callable[[float], float]) -> None:
        """Round dragged prices so."""
        self._rounded = rounded

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._font = theme, font
        for item in self._items.values():
            item.wear(theme, font)

    def set_lines(self, lines: Sequence[AlertLine]) -> bool:
        """Show these levels; True if they are others than before.

        One that is being dragged keeps its place until it is let go; one that is gone is dragged no more.
        """
        if self._lines == tuple(lines):
            return False
        self._lines = tuple(lines)
        of_rule = Counter[str]()
        wanted: dict[tuple[str, int], AlertLine] = {}
        for line in lines:
            wanted[line.rule, of_rule[line.rule]] = line
            of_rule[line.rule] += 1
        for key in [key for key in self._items if key not in wanted]:
            item = self._items.pop(key)
            self._drop(item)
            item.scene().removeItem(item)
        for key, line in wanted.items():
            known = self._items.get(key)
            if known is None:
                known = self._items[key] = AlertLineItem(self._pane, line, self._dragged)
            if not line.draggable:
                self._drop(known)
            known.set_line(line)
            known.wear(self._theme, self._font)
        self._place()
        return True

    def set_scale(self, scale: Scale) -> None:
        """Stand at the prices of a scale."""
        if scale != self._scale:
            self._scale = scale
            self._place()

    def near(self, low: float, high: float) -> tuple[float, float]:
        """Return the range widened to the levels in force that are not far from it."""
        reach = (high - low) * _NEAR_SHARE
        prices = [line.price for line in self._lines if line.enabled]
        close = [price for price in prices if low - reach <= price <= high + reach]
        return min([low, *close]), max([high, *close])

    def _place(self) -> None:
        scale = self._scale
        placed: list[tuple[float, float]] = []
        for item in sorted(self._items.values(), key=lambda item: -item.line.price):
            if item.dragging:
                continue
            y = scale.y(item.line.price)
            item.setVisible(0 <= y <= scale.height)
            beside = [right for above, right in placed if abs(y - above) < _TAG_ROOM]
            left = max(beside, default=_TAG_LEFT - _TAG_GAP) + _TAG_GAP
            if left + item.tag_width() > scale.width:
                left = _TAG_LEFT
            item.place(y, (scale.width, scale.height), left)
            if item.isVisible():
                placed.append((y, left + item.tag_width()))

    def _drop(self, item: AlertLineItem) -> None:
        """End the drag of a line that may not be dragged any longer: it is let go nowhere."""
        if item.dragging:
            item.dragging = False
            self.held = None
            self.changed()

    def _dragged(self, item: AlertLineItem, y: float, done: bool) -> None:
        scale = self._scale
        price = self._rounded(scale.price_at(min(max(y, 0.0), scale.height)))
        item.place(scale.y(price), (scale.width, scale.height), item.tag_left)
        self.held = None if done else price
        self.changed()
        if done:
            self._let_go(item, price)

    def _let_go(self, item: AlertLineItem, price: float) -> None:
        """Leave the line where it was let go, until it is said where the lines are."""
        before, item.line = item.line, replace(item.line, price=price)
        self._lines = tuple(item.line if line is before else line for line in self._lines)
        self._place()
        if price != before.price:
            self._moved(item.line.rule, price)
