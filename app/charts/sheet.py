"""What of a pane moves with time, kept as pixels: a frame paints what is new of it and shifts the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.charts.pane_item import PaneItem
from app.charts.scale import Scale
from app.guarded import guarded, nothing
from app.override import override

_NS = 1e9
_EDGE_PX = 3.0
"""An antialiased line reaches a little beyond its points."""


@dataclass(frozen=True, slots=True)
class Strip:
    """What is to be painted: columns [left, right) of the screen's pixels, of a pane shown at `scale`.

    `ratio` is how many of these one of the scale's pixels is, `column_ns` the time that a column stands for.
    Lines' time is in seconds since `base_ns`.
    """

    left: int
    right: int
    height: int
    scale: Scale
    column_ns: int
    base_ns: int
    ratio: float

    def second_at(self, column: float) -> float:
        """Return the time at a column, in seconds since `base_ns`."""
        return (self.scale.left_ns - self.base_ns + column * self.column_ns) / _NS

    def column(self, ts_ns: int) -> int:
        """Return the column in which an instant lies; the same after a scroll, but for the scroll."""
        return (ts_ns - self.scale.left_ns) // self.column_ns

    def row(self, value: float) -> int:
        """Return the row in which a price or a volume lies."""
        return math.floor(self.scale.y(value) * self.ratio)


class Layer(Protocol):
    """Something painted on a sheet; what has the lower `z` is painted first."""

    z: float

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Paint what of it lies in a strip; the painter is clipped to that and is in the screen's pixels.

        It is left in them; its pen, brush and hints are everybody's to set.
        """


class Sheet(PaneItem):
    """Layers, of which the lowest fills the ground. Whoever changes what a layer shows says from where on: `change_between`."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._layers: list[Layer] = []
        self._scale = Scale()
        self._column_ns = 1
        self._base_ns = 0
        self._pixmap = QPixmap()
        self._ratio = 1.0
        self._stale = (0, 0)
        """The pixels of the screen, from the left, that are not as they should be: [start, stop)."""
        self.waiting = True
        """Whether some of it is marked for painting."""

    def set_layers(self, layers: list[Layer]) -> None:
        """Show these."""
        self._layers = sorted(layers, key=lambda layer: layer.z)
        self.change_all()

    def set_scale(self, scale: Scale, base_ns: int, column_ns: int) -> None:
        """Show another span or range; `column_ns` is the width of a pixel of the screen.

        Where only time has moved on, by whole columns, the pixels are shifted.
        """
        before = self._scale
        self._column_ns = column_ns
        moved_ns = scale.left_ns - before.left_ns
        as_wide = (scale.ns_per_px, scale.low, scale.high, scale.width, scale.height) == (
            before.ns_per_px,
            before.low,
            before.high,
            before.width,
            before.height,
        )
        self._scale = scale
        self.cover(QRectF(0, 0, scale.width, scale.height))
        on_grid = moved_ns % column_ns == 0 and math.isclose(scale.ns_per_px, column_ns * self._ratio)
        if not as_wide or base_ns != self._base_ns or not on_grid:
            self._base_ns = base_ns
            self.change_all()
        elif moved_ns:
            self._shift(moved_ns // column_ns)

    def change_all(self) -> None:
        """Have everything painted anew."""
        self._stale = (0, self._pixmap.width())
        self.waiting = True
        self.update()

    def change_between(self, left: float, right: float) -> None:
        """Have what lies between two pixels of the pane painted anew, with the edges of its lines."""
        left, right = max(left - _EDGE_PX, 0.0), min(right + _EDGE_PX, self._scale.width)
        if left < right:
            self._add(math.floor(left * self._ratio), math.ceil(right * self._ratio))
            self.waiting = True
            self.update(QRectF(left, 0, right - left, self._scale.height))

    def _add(self, start: int, stop: int) -> None:
        if self._stale[0] < self._stale[1]:
            start, stop = min(start, self._stale[0]), max(stop, self._stale[1])
        self._stale = (start, stop)

    def _shift(self, columns: int) -> None:
        """Move the pixels to the left by so many columns of the screen."""
        width = self._pixmap.width()
        self.waiting = True
        self.update()
        if abs(columns) >= width:
            self._stale = (0, width)
            return
        self._pixmap.scroll(-columns, 0, self._pixmap.rect())
        start, stop = (max(at - columns, 0) for at in self._stale)
        self._stale = (min(start, width), min(stop, width))
        self._add(*((width - columns, width) if columns > 0 else (0, -columns)))

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Bring the pixels up to date and show those that are asked for."""
        self.waiting = False
        self._fit(painter.device().devicePixelRatioF())
        start, stop = self._stale
        if start < stop:
            self._paint_between(start, stop)
            self._stale = (0, 0)
        ratio = self._ratio
        asked = QRectF(_option.exposedRect) & self._rect
        left, top = math.floor(asked.left() * ratio), math.floor(asked.top() * ratio)
        right, foot = math.ceil(asked.right() * ratio), math.ceil(asked.bottom() * ratio)
        source = QRectF(left, top, right - left, foot - top)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        target = QRectF(left / ratio, top / ratio, source.width() / ratio, source.height() / ratio)
        painter.drawPixmap(target, self._pixmap, source)

    def _fit(self, ratio: float) -> None:
        """Have a pixmap of the right size."""
        width, height = math.ceil(self._scale.width * ratio), math.ceil(self._scale.height * ratio)
        if (self._pixmap.width(), self._pixmap.height(), self._ratio) != (width, height, ratio):
            self._pixmap = QPixmap(width, height)
            self._ratio = ratio
            self._stale = (0, width)

    def _paint_between(self, start: int, stop: int) -> None:
        height = self._pixmap.height()
        strip = Strip(start, stop, height, self._scale, self._column_ns, self._base_ns, self._ratio)
        with QPainter(self._pixmap) as painter:
            painter.setClipRect(start, 0, stop - start, height)
            for layer in self._layers:
                layer.paint_on(painter, strip)
