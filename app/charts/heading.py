"""What stands at the top left of a pane: its title, and values in their curves' colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.readout import Figure
from app.charts.texts import Texts
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_LEFT, _MIDDLE, _HEIGHT = 4.0, 8.0, 17.0
_AFTER_LABEL, _BETWEEN = 5.0, 10.0
_PLATE_ALPHA = 0.8
"""Curves under the texts are seen, but do not strike them out."""


class Heading(PaneItem):
    """One line of figures; it covers what it needs, and no more."""

    def __init__(self, parent: QGraphicsItem, theme: Theme, font: QFont) -> None:
        super().__init__(parent, 60.0)
        self._theme = theme
        self._texts = Texts(font)
        self._figures: tuple[Figure, ...] = ()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._texts = theme, Texts(font)
        self._fit()

    def set_figures(self, shown: Sequence[Figure]) -> None:
        """Show these; a figure without a value is a title."""
        if self._figures != (made := tuple(shown)):
            self._figures = made
            self._fit()

    def text(self) -> str:
        """Return the line as text."""
        return "   ".join(f"{figure.label} {figure.value}".strip() for figure in self._figures)

    def _fit(self) -> None:
        width = _LEFT + sum(self._width(figure) + _BETWEEN for figure in self._figures) - _BETWEEN / 2
        self.cover(QRectF(0, 0, width, _HEIGHT))
        self.update()

    def _width(self, figure: Figure) -> float:
        label = self._texts.width(figure.label) + _AFTER_LABEL if figure.label else 0.0
        return label + self._texts.width(figure.value)

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the line."""
        plate = QColor(self._theme.window)
        plate.setAlphaF(_PLATE_ALPHA)
        painter.fillRect(self._rect, plate)
        painter.setFont(self._texts.font)
        x = _LEFT
        for figure in self._figures:
            value = x
            if figure.label:
                painter.setPen(QColor(self._theme.dim))
                self._texts.draw(painter, x, _MIDDLE, figure.label)
                value += self._texts.width(figure.label) + _AFTER_LABEL
            painter.setPen(QColor(figure.colour or self._theme.text))
            self._texts.draw_once(painter, value, _MIDDLE, figure.value)
            x += self._width(figure) + _BETWEEN
