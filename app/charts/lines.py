"""Lines and the fill between two of them, kept in pieces: a frame builds and paints only the last."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from analytics.ticks import Float64
from app.charts.pane_item import PaneItem
from app.guarded import guarded, nothing
from app.override import override

_PIECE = 1_200
"""Points in a piece; neighbours share the point where they meet."""
_EDGE_PX = 3.0
"""An antialiased line reaches a little beyond its points."""
_NO_PX = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    stop: int
    left: float
    right: float
    path: QPainterPath


class _InPieces(PaneItem):
    """Paths along time. After a change from `since` on, whole pieces before it are kept as they are."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._pieces: list[_Piece] = []

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to paint."""
        return not self._pieces

    def paths(self) -> list[QPainterPath]:
        """Return the paths of all pieces."""
        return [piece.path for piece in self._pieces]

    def _rebuild(self, x: Float64, values: tuple[Float64, ...], since: float) -> None:
        kept = [piece for piece in self._pieces if piece.right < since and piece.stop - piece.start > _PIECE]
        start = kept[-1].stop - 1 if kept else 0
        for at in range(start, len(x) - 1, _PIECE):
            stop = min(at + _PIECE + 1, len(x))
            path = self._path(x[at:stop], *(part[at:stop] for part in values))
            kept.append(_Piece(at, stop, float(x[at]), float(x[stop - 1]), path))
        self._pieces = kept

    def _path(self, x: Float64, *values: Float64) -> QPainterPath:
        raise NotImplementedError

    def _exposed(self, rect: QRectF, margin: float) -> list[QPainterPath]:
        left, right = rect.left() - margin, rect.right() + margin
        return [piece.path for piece in self._pieces if piece.right >= left and piece.left <= right]


class Line(_InPieces):
    """A polyline in time and price, one pixel wide and `widened` by more.

    Width comes from drawing it again, shifted by a pixel of the screen: a wide antialiased pen costs ten
    times as much. A line that is `steep` is shifted sideways as well.
    """

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._pen = QPen()
        self._px = _NO_PX
        self.widened = 0.0
        self.steep = False

    def set_pen(self, made: QPen) -> None:
        """Draw with a pen."""
        self._pen = made
        self.update()

    def set_points(
        self,
        x: Float64,
        y: Float64,
        px: tuple[float, float] = _NO_PX,
        since: float = -np.inf,
        *,
        anew: bool = False,
    ) -> None:
        """Draw a line through points; NaN breaks it. `px` is the size of a pixel in seconds and price.

        Nothing before `since` looks other than it did; unless `anew`, the points before it are the same.
        """
        if len(y) < 2 or not np.isfinite(y).any():
            if self.is_empty:
                return
            self._pieces = []
        else:
            self._rebuild(x, (y,), -np.inf if anew else since)
        self._px = px
        self.update_since(since)

    @override
    def _path(self, x: Float64, *values: Float64) -> QPainterPath:
        (y,) = values
        finite = np.isfinite(y)
        path = QPainterPath()
        if finite.all():
            path = pg.arrayToQPath(x, y, connect="all", finiteCheck=False)
        elif finite.any():
            path = pg.arrayToQPath(x, y, connect="finite")
        return path

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the pieces that are asked for."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self._pen)
        paths = self._exposed(_exposed_rect(_option), _EDGE_PX * self._px[0])
        ratio = painter.device().devicePixelRatio()
        more = (1.0 + self.widened) * ratio - 1.0  # pixels of the screen beyond the first
        times = math.ceil(more - 0.01)
        for n in range(times + 1):
            if n:
                shift = more / times / ratio
                painter.translate(self._px[0] * shift if self.steep else 0.0, self._px[1] * shift)
            for path in paths:
                painter.drawPath(path)


class Fill(_InPieces):
    """The space between two lines that share their x."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        super().__init__(parent, z)
        self._brush = QColor()

    def set_brush(self, colour: QColor) -> None:
        """Fill with a colour."""
        self._brush = colour
        self.update()

    def set_points(self, x: Float64, upper: Float64, lower: Float64, since: float = -np.inf) -> None:
        """Fill between points; a NaN in either leaves a hole. Nothing changed before `since`."""
        self._rebuild(x, (upper, lower), since)
        self.update_since(since)

    @override
    def _path(self, x: Float64, *values: Float64) -> QPainterPath:
        upper, lower = values
        finite = np.isfinite(upper) & np.isfinite(lower)
        edges = np.flatnonzero(np.diff(finite, prepend=False, append=False))
        path = QPainterPath()
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a > 1:
                around = (x[a:b], upper[a:b]), (x[a:b][::-1], lower[a:b][::-1])
                path.addPath(pg.arrayToQPath(*(np.concatenate(pair) for pair in zip(*around, strict=True))))
        return path

    @override
    @guarded(nothing)
    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Fill the pieces that are asked for."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for path in self._exposed(_exposed_rect(_option), 0.0):
            painter.fillPath(path, self._brush)


def _exposed_rect(option: QStyleOptionGraphicsItem) -> QRectF:
    """Return what is to be painted again."""
    return QRectF(option.exposedRect)
