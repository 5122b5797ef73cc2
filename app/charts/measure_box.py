"""The measure tool: a box from one tick to another, with what lies between them on a tag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.measure import measure_texts, measured
from app.charts.measure_tag import MeasureTag
from app.charts.pane_item import PaneItem
from app.charts.pens import film, pen
from app.charts.row_figures import row_under
from app.charts.scale import Scale
from app.charts.texts import Texts
from app.guarded import guarded, nothing
from app.override import override
from app.theme import Theme

_FILL_SHARE = 0.16
_DOT = 3.0


class MeasureBox(PaneItem):
    """From tick to tick, each the newest at or before the pointer. Both are taken in."""

    points = 2
    hint = "Measure: drag from tick to tick, or click both"

    def __init__(self, parent: QGraphicsItem, shown: Callable[[], Shown]) -> None:
        super().__init__(parent, 70.0)
        self._shown = shown
        self._tag = MeasureTag(parent.parentItem() or parent)
        self._view: ColumnsView | None = None
        self._rows: tuple[int, int] | None = None
        self._scale = Scale()
        self._texts: Texts | None = None
        self._theme: Theme | None = None
        self._lines: tuple[str, ...] = ()
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what the tag tells, nothing where nothing is measured."""
        return self._lines

    # The tool

    def begin(self, at: QPointF) -> None:
        """Measure from the tick at a pixel."""
        if self._view is not None:
            row = self._row_at(self._view, at)
            self._measure(row, row)

    def move(self, at: QPointF) -> None:
        """Measure to the tick at a pixel."""
        if self._view is not None and self._rows is not None:
            self._measure(self._rows[0], self._row_at(self._view, at))

    def end(self, at: QPointF) -> None:
        """Measure to the tick at a pixel, and leave the box standing."""
        self.move(at)

    def cancel(self) -> None:
        """Show no box."""
        self._rows, self._lines = None, ()
        self.hide()
        self._tag.hide()

    # The overlay

    def set_scale(self, scale: Scale) -> None:
        """Stand at the times and prices of a scale."""
        self._scale = scale
        self.cover(QRectF(0, 0, scale.width, scale.height))
        self._redraw()

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Wear a theme's colours and a font."""
        self._theme, self._texts = theme, Texts(font)
        self._redraw()

    def take(self, view: ColumnsView | None) -> None:
        """Take the columns; a box whose ticks are no longer held goes."""
        before, self._view = self._view, view
        if self._rows is None:
            return
        if view is None or before is None or not _holds(view, before, self._rows):
            self.cancel()

    # What is drawn

    def _row_at(self, view: ColumnsView, at: QPointF) -> int:
        return row_under(view, self._scale.time_at(min(max(at.x(), 0.0), self._scale.width)))

    def _measure(self, row: int, to: int) -> None:
        assert self._view is not None
        self._rows = (row, to)
        self._lines = measure_texts(measured(self._view, row, to), self._shown())
        self.show()
        self._redraw()

    def _redraw(self) -> None:
        """Draw the box anew, with its tag beside it."""
        self.update()
        view, theme, texts, pane = self._view, self._theme, self._texts, self.parentItem()
        if view is None or self._rows is None or theme is None or texts is None:
            return
        a, b = self._corners(view, self._rows)
        box = QRectF(a, b).normalized()
        if not self._rect.intersects(box.adjusted(-1, -1, 1, 1)):  # it may be empty
            self._tag.hide()
            return
        self._tag.show_lines(self._lines, _ink(a, b, theme), (theme, texts))
        self._tag.place(box, b, self._rect.translated(pane.pos()))

    def _corners(self, view: ColumnsView, rows: tuple[int, int]) -> tuple[QPointF, QPointF]:
        prices = [float(view.prices(row, row + 1)[0]) for row in rows]
        a, b = (
            QPointF(round(self._scale.x(int(view.time_ns[row]))), round(self._scale.y(price)))
            for row, price in zip(rows, prices, strict=True)
        )
        return a, b

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the box and its ends."""
        view, theme = self._view, self._theme
        if view is None or self._rows is None or theme is None:
            return
        a, b = self._corners(view, self._rows)
        ink = _ink(a, b, theme)
        painter.save()
        painter.setClipRect(self._rect)
        box = QRectF(a, b).normalized()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(box, film(ink, theme.window, _FILL_SHARE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(ink, alpha=0.8))
        painter.drawRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(pen(theme.window))
        painter.setBrush(QColor(ink))
        for corner in (a, b):
            painter.drawEllipse(corner, _DOT, _DOT)
        painter.restore()


def _ink(begin: QPointF, end: QPointF, theme: Theme) -> str:
    return theme.down if end.y() > begin.y() else theme.up


def _holds(view: ColumnsView, before: ColumnsView, rows: tuple[int, int]) -> bool:
    """Return whether rows of the columns before are the same rows of these."""
    same = (view.symbol, view.generation) == (before.symbol, before.generation)
    return same and view.first <= min(rows) and max(rows) < view.count
