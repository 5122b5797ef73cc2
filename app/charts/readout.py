"""The line of figures over the chart: the values of the tick under the crosshair, or of the newest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.charts.pens import figures
from app.charts.texts import Texts
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

READOUT_HEIGHT = 24
_LEFT = 13.0
_BETWEEN = 14.0
_AFTER_LABEL = 5.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A label and its value; `colour` is the value's, empty for the text's own."""

    label: str
    value: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """The pixels at which a figure begins, its value begins, and it ends."""

    left: float
    value: float
    right: float
    figure: Figure


class ReadOut(QWidget):
    """One line of figures; those that have no room are left out whole."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts = Texts(figures(self.font()))
        self._figures: tuple[Figure, ...] = ()
        self._places: list[_Place] = []
        self.setFixedHeight(READOUT_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Chart read-out")

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme = theme
        self._texts = Texts(font)
        self._places = self._placed()
        self.update()

    def set_figures(self, shown: Sequence[Figure]) -> None:
        """Show these figures; those that keep their place and their value are not painted again."""
        if self._figures == (made := tuple(shown)):
            return
        self._figures = made
        before, self._places = self._places, self._placed()
        if [(place.left, place.right) for place in before] != [
            (place.left, place.right) for place in self._places
        ]:
            self.update()
            return
        for old, new in zip(before, self._places, strict=True):
            if old != new:
                left = math.floor(new.left)
                self.update(left, 0, math.ceil(new.right) - left, READOUT_HEIGHT)

    def _placed(self) -> list[_Place]:
        """Return where each figure stands; those that have no room are left out."""
        places, x = [], _LEFT
        for figure in self._figures:
            label = self._texts.width(figure.label) + _AFTER_LABEL if figure.label else 0.0
            width = label + self._texts.width(figure.value)
            if x + width > self.width():
                break
            places.append(_Place(x, x + label, x + width, figure))
            x += width + _BETWEEN
        return places

    @override
    @guarded(nothing)
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for more figures, or for fewer."""
        super().resizeEvent(event)
        self._places = self._placed()

    def text(self) -> str:
        """Return the line as text."""
        return "   ".join(f"{figure.label} {figure.value}".strip() for figure in self._figures)

    @override
    def sizeHint(self) -> QSize:
        """Return the line's height."""
        return QSize(400, READOUT_HEIGHT)

    @override
    @guarded(nothing)
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the figures that are asked for."""
        asked, middle = event.region(), READOUT_HEIGHT / 2 + 1
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        painter.setFont(self._texts.font)
        for place in self._places:
            left = math.floor(place.left)
            if not asked.intersects(QRect(left, 0, math.ceil(place.right) - left, READOUT_HEIGHT)):
                continue
            figure = place.figure
            if figure.label:
                painter.setPen(QColor(self._theme.dim))
                self._texts.draw(painter, place.left, middle, figure.label)
            painter.setPen(QColor(figure.colour or self._theme.text))
            self._texts.draw_once(painter, place.value, middle, figure.value)
        painter.end()
