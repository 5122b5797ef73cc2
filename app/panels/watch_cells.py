"""How the watchlist's cells are painted: sparklines, and prices that have just moved."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionViewItem

from app.guarded import guarded, nothing
from app.override import override
from app.panels.cells import AnyIndex, CellDelegate
from app.viewmodels.flashes import STEPS, Flash
from app.viewmodels.sparklines import Spark
from app.viewmodels.tones import FLASH_ROLE, KEY_ROLE, SPARK_ROLE, TONE_ROLE, Tone
from app.viewmodels.watch_columns import LAST, SPARK

SPARK_PX = 68
FLASH_ALPHA = 30  # of 255, of a price that has just moved; its text keeps 4.5:1
_EDGE_ALPHA = 200
_EDGE_PX = 1
_TOP_PX, _SIDE_PX = 5, 4


class WatchDelegate(CellDelegate):
    """Paints a price that rose with a tint and a line above it, one that fell with a line below it."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._lines: dict[str, tuple[Spark, QRect, QPolygonF]] = {}

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.paint_ground(painter, option, index)
        column = index.column()  # asked of the cells that can have it only: a table has hundreds
        flash = index.data(FLASH_ROLE) if column == LAST else None
        if isinstance(flash, Flash):
            self._paint_flash(painter, option.rect, flash)
        spark = index.data(SPARK_ROLE) if column == SPARK else None
        if isinstance(spark, Spark):
            self._paint_spark(painter, option.rect, spark, index)
        else:
            self.paint_content(painter, option, index)

    def _paint_flash(self, painter: QPainter, rect: QRect, flash: Flash) -> None:
        colour = QColor(self.theme.up if flash.up else self.theme.down)
        colour.setAlpha(FLASH_ALPHA * flash.strength // STEPS)
        painter.fillRect(rect, colour)
        colour.setAlpha(_EDGE_ALPHA * flash.strength // STEPS)
        top = rect.top() if flash.up else rect.bottom() + 1 - _EDGE_PX
        painter.fillRect(QRect(rect.left(), top, rect.width(), _EDGE_PX), colour)

    def _paint_spark(self, painter: QPainter, rect: QRect, spark: Spark, index: AnyIndex) -> None:
        symbol = str(index.data(KEY_ROLE))
        known = self._lines.get(symbol)
        if known is None or known[0] is not spark or known[1].size() != rect.size():
            known = (spark, QRect(rect), _line_of(spark, rect))
            self._lines[symbol] = known
        tone = index.data(TONE_ROLE) or Tone.TEXT
        painter.save()
        painter.translate(QPointF(rect.topLeft()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tone.colour(self.theme)), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(known[2])
        painter.restore()


def _line_of(spark: Spark, rect: QRect) -> QPolygonF:
    """Return a course as a line through the lows and highs of its cells, within a cell of this size.

    Of a cell's two prices the one nearer to the line's end comes first.
    """
    area = QRectF(0, 0, rect.width(), rect.height()).adjusted(_SIDE_PX, _TOP_PX, -_SIDE_PX, -_TOP_PX)
    low, high = min(spark.lows), max(spark.highs)
    unit = area.height() / (high - low) if high > low else 0.0
    line: list[QPointF] = []
    end, half = spark.lows[0], 0.5 / max(len(spark.places), 2)

    def go(place: float, price: float) -> None:
        y = area.bottom() - (price - low) * unit if unit else area.center().y()
        line.append(QPointF(area.left() + place * area.width(), y))

    for place, lowest, highest in zip(spark.places, spark.lows, spark.highs, strict=True):
        first, second = (lowest, highest) if end - lowest < highest - end else (highest, lowest)
        go(place, first)
        if second != first:
            go(min(place + half, 1.0), second)
        end = second
    go(1.0, spark.last)
    return QPolygonF(line)
