"""Lines and the fill between two of them, kept in pieces: a frame builds and paints only what is new."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform

from analytics.ticks import Float64
from app.charts.sheet import Strip

PIECE = 512
"""Points in a piece; neighbours share the point where they meet. Fewer pieces cost less, but a line's dashes are
counted from where its piece comes into sight, so that a piece is to be shorter than the view.
"""
_EDGE_PX = 3.0
"""An antialiased line reaches a little beyond its points."""
_NS = 1e9


@dataclass(frozen=True, slots=True)
class _Piece:
    stop: int
    left: float
    right: float
    path: QPainterPath


class _InPieces:
    """Paths along time. Pieces begin at the same points wherever the view is, and with them their dashes."""

    def __init__(self, z: float) -> None:
        self.z = z
        self._pieces: dict[int, _Piece] = {}  # by the number of their first point

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to paint."""
        return all(path.isEmpty() for path in self.paths())

    def paths(self) -> list[QPainterPath]:
        """Return the paths of all pieces."""
        return [piece.path for piece in self._pieces.values()]

    def _rebuild(self, first: int, x: Float64, values: tuple[Float64, ...], since: float) -> None:
        """Take points, the first of which has the number `first`, a multiple of PIECE.

        Nothing before `since` is other than it was: whole pieces there are kept as they are.
        """
        known, count = self._pieces, max(len(x) - 1, 0)
        changed = max(int(x.searchsorted(since)) - 1, 0) // PIECE * PIECE if known else 0
        for at in range(0, count, PIECE):
            stop = min(at + PIECE + 1, len(x))
            piece = known.get(first + at)
            if piece is None or at >= changed or piece.stop != first + stop:
                path = self._path(x[at:stop], *(part[at:stop] for part in values))
                known[first + at] = _Piece(first + stop, float(x[at]), float(x[stop - 1]), path)
        if len(known) > -(-count // PIECE):
            self._pieces = {at: piece for at, piece in known.items() if first <= at < first + count}

    def _path(self, x: Float64, *values: Float64) -> QPainterPath:
        raise NotImplementedError

    def _within(self, strip: Strip, margin_px: float) -> list[QPainterPath]:
        left, right = strip.second_at(strip.left - margin_px), strip.second_at(strip.right + margin_px)
        return [piece.path for piece in self._pieces.values() if piece.right >= left and piece.left <= right]


class Line(_InPieces):
    """A polyline in time and price, one pixel wide and `widened` by more.

    Width comes from drawing it again, shifted by a pixel of the screen: a wide antialiased pen costs ten
    times as much. A line that is `steep` is shifted sideways as well.
    """

    def __init__(self, z: float) -> None:
        super().__init__(z)
        self._pen = QPen()
        self.widened = 0.0
        self.steep = False

    def set_pen(self, made: QPen) -> None:
        """Draw with a pen."""
        self._pen = made

    def set_points(self, x: Float64, y: Float64, since: float = -np.inf, first: int = 0) -> None:
        """Draw a line through points; NaN breaks it.

        The points' numbers begin at `first`, a multiple of PIECE; those before the time `since` are as they were.
        """
        self._rebuild(first, x, (y,), since)

    def _path(self, x: Float64, *values: Float64) -> QPainterPath:
        (y,) = values
        finite = np.isfinite(y)
        path = QPainterPath()
        if finite.all():
            path = pg.arrayToQPath(x, y, connect="all", finiteCheck=False)
        elif finite.any():
            path = pg.arrayToQPath(x, y, connect="finite")
        return path

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Draw the pieces that touch a strip."""
        paths = self._within(strip, _EDGE_PX)
        if not paths:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(self._pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        more = (1.0 + self.widened) * strip.ratio - 1.0  # pixels of the screen beyond the first
        times = math.ceil(more - 0.01)
        for n in range(times + 1):
            shift = n * more / times if n else 0.0
            painter.setTransform(_to_pixels(strip, shift if self.steep else 0.0, shift))
            for path in paths:
                painter.drawPath(path)
        painter.resetTransform()


class Fill(_InPieces):
    """The space between two lines that share their x."""

    def __init__(self, z: float) -> None:
        super().__init__(z)
        self._brush = QColor()

    def set_brush(self, colour: QColor) -> None:
        """Fill with a colour."""
        self._brush = colour

    def set_points(
        self, x: Float64, upper: Float64, lower: Float64, since: float = -np.inf, first: int = 0
    ) -> None:
        """Fill between points, numbered as those of a line; a NaN in either leaves a hole."""
        self._rebuild(first, x, (upper, lower), since)

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

    def paint_on(self, painter: QPainter, strip: Strip) -> None:
        """Fill the pieces that touch a strip."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setTransform(_to_pixels(strip))
        for path in self._within(strip, 0.0):
            painter.fillPath(path, self._brush)
        painter.resetTransform()


def _to_pixels(strip: Strip, right: float = 0.0, up: float = 0.0) -> QTransform:
    """Return what takes seconds and price to the screen's pixels, and from there some to the right and up."""
    scale, ratio = strip.scale, strip.ratio
    across, down = _NS / strip.column_ns, -scale.height / (scale.high - scale.low) * ratio
    left_s = (scale.left_ns - strip.base_ns) / _NS
    return QTransform(across, 0.0, 0.0, down, right - left_s * across, -up - scale.high * down)
