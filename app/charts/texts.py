"""Laid-out texts, kept: laying out is most of what a text costs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText

_MOST = 512
_WIDEST = str.maketrans("123456789", "000000000")
"""All digits are as wide as any other."""


class Texts:
    """Texts in one font, ready to be drawn."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.height = self.metrics.height()
        self._ascent = self.metrics.ascent()
        self._kept: dict[str, QStaticText] = {}
        self._widths: dict[str, float] = {}  # by the text, its digits as zeros

    def width(self, text: str) -> float:
        """Return how wide a text is."""
        alike = text.translate(_WIDEST)
        width = self._widths.get(alike)
        if width is None:
            if len(self._widths) >= _MOST:
                self._widths.clear()
            width = self._widths[alike] = self.metrics.horizontalAdvance(alike)
        return width

    def draw(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw a text from x on, its middle height at `middle`, in the painter's pen and font."""
        painter.drawStaticText(QPointF(round(x), round(middle - self.height / 2)), self._laid_out(text))

    def draw_once(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw a text that will hardly come again: it is not kept."""
        painter.drawText(QPointF(round(x), round(middle - self.height / 2) + self._ascent), text)

    def _laid_out(self, text: str) -> QStaticText:
        kept = self._kept.get(text)
        if kept is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            kept = self._kept[text] = QStaticText(text)
            kept.setTextFormat(Qt.TextFormat.PlainText)
            kept.prepare(font=self.font)
        return kept


def draw_tag(painter: QPainter, rect: QRectF, fill: str, edge: str = "") -> None:
    """Draw the rounded plate that a tag's text stands on."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QColor(edge) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill))
    inset = 0.5 if edge else 0.0
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), 4.0, 4.0)
