"""Laid-out texts, kept: laying out is most of what a text costs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText

_MOST = 512


class Texts:
    """Texts in one font, ready to be drawn."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.height = self.metrics.height()
        self._kept: dict[str, tuple[QStaticText, float]] = {}

    def width(self, text: str) -> float:
        """Return how wide a text is."""
        return self._laid_out(text)[1]

    def draw(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw a text from x on, its middle height at `middle`, in the painter's pen and font."""
        laid_out, _ = self._laid_out(text)
        painter.drawStaticText(QPointF(round(x), round(middle - self.height / 2)), laid_out)

    def _laid_out(self, text: str) -> tuple[QStaticText, float]:
        kept = self._kept.get(text)
        if kept is None:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            made = QStaticText(text)
            made.setTextFormat(Qt.TextFormat.PlainText)
            made.prepare(font=self.font)
            kept = self._kept[text] = (made, self.metrics.horizontalAdvance(text))
        return kept


def draw_tag(painter: QPainter, rect: QRectF, fill: str, edge: str = "") -> None:
    """Draw the rounded plate that a tag's text stands on."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QColor(edge) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill))
    inset = 0.5 if edge else 0.0
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), 4.0, 4.0)
