"""The line of figures over the chart: the values of the tick under the crosshair, or of the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
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


class ReadOut(QWidget):
    """One line of figures; those that have no room are left out whole."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts = Texts(figures(self.font()))
        self._figures: tuple[Figure, ...] = ()
        self.setFixedHeight(READOUT_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Chart read-out")

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme = theme
        self._texts = Texts(font)
        self.update()

    def set_figures(self, shown: Sequence[Figure]) -> None:
        """Show these figures."""
        if self._figures != (made := tuple(shown)):
            self._figures = made
            self.update()

    def text(self) -> str:
        """Return the line as text."""
        return "   ".join(f"{figure.label} {figure.value}".strip() for figure in self._figures)

    @override
    def sizeHint(self) -> QSize:
        """Return the line's height."""
        return QSize(400, READOUT_HEIGHT)

    @override
    @guarded(nothing)
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window))
        painter.setFont(self._texts.font)
        x, middle = _LEFT, READOUT_HEIGHT / 2 + 1
        for figure in self._figures:
            label = self._texts.width(figure.label) + _AFTER_LABEL if figure.label else 0.0
            width = label + self._texts.width(figure.value)
            if x + width > self.width():
                break
            painter.setPen(QColor(self._theme.dim))
            self._texts.draw(painter, x, middle, figure.label)
            painter.setPen(QColor(figure.colour or self._theme.text))
            self._texts.draw(painter, x + label, middle, figure.value)
            x += width + _BETWEEN
        painter.end()
