"""Many rectangles of one colour, filled from an array: in a tenth of the time that objects take."""

from __future__ import annotations

import numpy as np
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from analytics.ticks import Int64

_FEW = 12
"""So many are filled one by one."""


def fill_rects(painter: QPainter, edges: tuple[Int64, Int64, Int64, Int64], colour: QColor) -> None:
    """Fill the rectangles [left, right) x [top, foot), each of shape (n,), in whole pixels of the painter's.

    Those without a pixel are left out.
    """
    left, top, right, foot = edges
    some = (right > left) & (foot > top)
    count = int(np.count_nonzero(some))
    if count <= _FEW:
        for a, b, c, d in zip(*(edge[some].tolist() for edge in edges), strict=True):
            painter.fillRect(a, b, c - a, d - b, colour)
        return
    rects = PrimitiveArray(QRectF, 4)
    rects.resize(count)
    held = rects.ndarray()
    held[:, 0], held[:, 1] = left[some], top[some]
    held[:, 2], held[:, 3] = (right - left)[some], (foot - top)[some]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRects(*rects.drawargs())
