"""The tag of the measure tool: a few lines on a plate, over everything, the crosshair too."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.texts import Texts, draw_tag
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_OVER_CROSSHAIR = 95.0
_PAD, _LINE_PX, _AWAY, _EDGE = 9.0, 17.0, 8.0, 4.0


class MeasureTag(PaneItem):
    """Lines of text beside a box; it is a child of what holds all panes, and told where the pane stands in that."""

    def __init__(self, board: QGraphicsItem) -> None:
        super().__init__(board, _OVER_CROSSHAIR)
        self._lines: Sequence[str] = ()
        self._wear: tuple[Theme, Texts] | None = None
        self._ink = ""
        self.hide()

    def show_lines(self, lines: Sequence[str], ink: str, wear: tuple[Theme, Texts]) -> None:
        """Tell these lines, the first in a colour."""
        self._lines, self._ink, self._wear = lines, ink, wear
        self.show()
        self.update()

    def place(self, box: QRectF, end: QPointF, pane: QRectF) -> None:
        """Stand beside a box that ends at a point, both in the pane's pixels, inside the pane."""
        if self._wear is None:
            return
        texts = self._wear[1]
        width = round(max(texts.width(line) for line in self._lines) + 2 * _PAD)
        height = round(len(self._lines) * _LINE_PX + 2 * _PAD - 6)
        above = end.y() <= box.center().y()
        left = end.x() + _AWAY
        if left + width > pane.width() - _EDGE:
            left = end.x() - _AWAY - width
        top = box.top() - height - _AWAY if above else box.bottom() + _AWAY
        if not _EDGE <= top <= pane.height() - height - _EDGE:  # no room there: beyond the other side
            top = box.bottom() + _AWAY if above else box.top() - height - _AWAY
        left = min(max(left, _EDGE), max(pane.width() - width - _EDGE, _EDGE))
        top = min(max(top, _EDGE), max(pane.height() - height - _EDGE, _EDGE))
        self.setPos(pane.topLeft())
        self.cover(QRectF(round(left), round(top), width, height))

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the plate and its lines."""
        if self._wear is None:
            return
        theme, texts = self._wear
        draw_tag(painter, self._rect, theme.panel, self._ink)
        painter.setFont(texts.font)
        middle = self._rect.top() + _PAD - 3 + _LINE_PX / 2
        for n, line in enumerate(self._lines):
            painter.setPen(QColor(self._ink if n == 0 else theme.text))
            texts.draw_once(painter, self._rect.left() + _PAD, middle + n * _LINE_PX, line)
