from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from analytics.events import EventKind
from app.charts import RibbonMark

SECOND = 1_000_000_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


def painted(ribbon, top, foot):
    """Return which rows of pixels are painted where [top, foot) is asked for."""
    size = ribbon.size().toSize()
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(0)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = QRectF(0, top, size.width(), foot - top)
    with QPainter(image) as painter:
        painter.setClipRect(option.exposedRect)
        ribbon.paint(painter, option)
    return {y for y in range(size.height()) if image.pixelColor(size.width() // 2, y).alpha()}


def test_whatever_part_of_the_ribbon_is_asked_for_is_painted(chart, ticks, show):
    view = ticks().add(np.arange(120.0), np.full(120, 24_900.0)).columns.view
    show(chart, view)
    scale = chart.shown_scale()
    middle = scale.time_at(scale.width / 2)
    chart.set_ribbon([RibbonMark(EventKind.QUARANTINED, middle - SECOND, middle + SECOND, "spike")])
    ribbon = chart._panes.ribbon
    rows = int(ribbon.size().height())
    everything = painted(ribbon, 0, rows)
    assert everything
    for row in range(rows):
        assert painted(ribbon, row, row + 1) == everything & {row}
