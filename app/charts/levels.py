"""The levels that a user draws: each once, drawn, dragged and removed by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsItem

from analytics.columns import ColumnsView
from app.charts.instrument import NOTHING_SHOWN, Shown
from app.charts.level_line import GRAB_PX, LevelLine
from app.charts.scale import Scale
from app.theme import Theme


class Levels:
    """`changed(prices)` is called, ascending, when the user draws, drags or removes one.

    It is a tool too: it draws a level where the first point is.
    """

    points = 1
    hint = "Level: click at its price"

    def __init__(
        self, pane: QGraphicsItem, theme: Theme, font: QFont, changed: Callable[[tuple[float, ...]], object]
    ) -> None:
        self._pane = pane
        self._worn = (theme, font)
        self._changed = changed
        self._shown: Shown = NOTHING_SHOWN
        self._scale = Scale()
        self._lines: list[LevelLine] = []
        self._pointed: LevelLine | None = None
        self._chosen: LevelLine | None = None  # drawn or dragged last, or clicked
        self._is_empty = True

    @property
    def prices(self) -> tuple[float, ...]:
        """Return the levels, ascending."""
        return tuple(sorted({line.price for line in self._lines}))

    @property
    def picked(self) -> float | None:
        """Return the level that is pointed at, else the one chosen last, None where there is neither."""
        line = self._pointed or self._chosen
        return None if line is None else line.price

    @property
    def pointed(self) -> float | None:
        """Return the level that is pointed at."""
        return None if self._pointed is None else self._pointed.price

    # What others say

    def set_instrument(self, shown: Shown) -> None:
        """Show levels of another symbol; those of the one before go."""
        self._shown = shown
        self.set_prices(())

    def set_prices(self, prices: Sequence[float]) -> None:
        """Show these levels; nothing is called."""
        wanted = sorted(set(prices))
        if tuple(wanted) == self.prices and len(wanted) == len(self._lines):
            return
        for line in [line for line in self._lines if line.price not in wanted]:
            self._drop(line)
        known = {line.price for line in self._lines}
        for price in wanted:
            if price not in known:
                self._add(price)
        self._place()

    # What the user does

    def put(self, price: float) -> None:
        """Draw a level; one that is there already is chosen."""
        known = next((line for line in self._lines if line.price == price), None)
        self._choose(known or self._add(price))
        self._place()
        if known is None:
            self._changed(self.prices)

    def remove(self, price: float) -> None:
        """Take a level away."""
        lines = [line for line in self._lines if line.price == price]
        for line in lines:
            self._drop(line)
        if lines:
            self._changed(self.prices)

    def point_at(self, at: QPointF | None) -> None:
        """Have the level near a pixel of the pane stand out."""
        near = None
        if at is not None and not self._is_empty:
            reach = {line: abs(line.pos().y() - at.y()) for line in self._lines if line.isVisible()}
            near = min(
                (line for line in reach if reach[line] <= GRAB_PX), key=reach.__getitem__, default=None
            )
        if near is not self._pointed:
            self._pointed = near
            self._mark()

    def choose_pointed(self) -> bool:
        """Choose the level that is pointed at, or none; True if another is chosen than before."""
        before = self._chosen
        self._choose(self._pointed)
        return before is not self._chosen

    # The tool

    def begin(self, at: QPointF) -> None:
        """Draw a level at a pixel."""
        if not self._is_empty:
            self.put(self._shown.rounded(self._scale.price_at(at.y())))

    def move(self, at: QPointF) -> None:
        """Nothing follows the pointer but the crosshair."""

    def end(self, at: QPointF) -> None:
        """Nothing is left to be done."""

    def cancel(self) -> None:
        """Nothing was begun."""

    # The overlay

    def set_scale(self, scale: Scale) -> None:
        """Stand at the prices of a scale."""
        self._scale = scale
        self._place()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._worn = (theme, font)
        for line in self._lines:
            line.wear(theme, font)

    def take(self, view: ColumnsView | None) -> None:
        """Be seen where there are prices."""
        if self._is_empty != (view is None):
            self._is_empty = view is None
            self._place()

    # The lines

    def _add(self, price: float) -> LevelLine:
        line = LevelLine(self._pane, self._dragged)
        line.wear(*self._worn)
        line.show_price(price, self._shown.price_text(price))
        self._lines.append(line)
        return line

    def _drop(self, line: LevelLine) -> None:
        line.dragging = False  # the scene may yet tell of a drag's end
        self._lines.remove(line)
        if self._pointed is line:
            self._pointed = None
        if self._chosen is line:
            self._chosen = None
        line.scene().removeItem(line)

    def _place(self) -> None:
        size = (self._scale.width, self._scale.height)
        for line in self._lines:
            if self._is_empty:
                line.hide()
            elif not line.dragging:
                line.place(self._scale.y(line.price), size)

    def _choose(self, line: LevelLine | None) -> None:
        self._chosen = line
        self._mark()

    def _mark(self) -> None:
        for line in self._lines:
            line.mark(pointed=line is self._pointed, chosen=line is self._chosen)

    def _dragged(self, line: LevelLine, y: float, done: bool) -> None:
        scale = self._scale
        price = self._shown.rounded(scale.price_at(min(max(y, 0.0), scale.height)))
        line.place(scale.y(price), (scale.width, scale.height))
        line.show_price(price, self._shown.price_text(price))
        self._choose(line)
        if done:
            for other in [each for each in self._lines if each is not line and each.price == price]:
                self._drop(other)
            self._changed(self.prices)
