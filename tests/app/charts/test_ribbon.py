from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from analytics.events import EventKind
from app.charts import RibbonMark
from app.charts.ribbon import Ribbon
from app.charts.ribbon_looks import SHAPE_PX, legend
from app.charts.scale import Scale
from app.theme import DARK

SECOND = 1_000_000_000
IST = ZoneInfo("Asia/Kolkata")
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


KINDS = (
    *(kind for kind in EventKind if kind is not EventKind.SERIES_FAULT),
    "stale",
    "reconnect",
    "engine",
    "lost range",
)


@pytest.fixture
def ribbon(qtbot):
    made = Ribbon(DARK)
    made.setGeometry(QRectF(0, 0, 400, 12))
    made.set_scale(Scale(0, SECOND / 10, 0, 1, 400, 100))  # ten pixels a second
    return made


def mark(kind, start_s, stop_s=None, detail="x"):
    return RibbonMark(
        kind, int(start_s * SECOND), int((start_s if stop_s is None else stop_s) * SECOND), detail
    )


def shapes(ribbon):
    """Return the pixels that are not the strip's, as a set of places around the middle."""
    image = QImage(400, 12, QImage.Format.Format_ARGB32)
    image.fill(0)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = QRectF(0, 0, 400, 12)
    with QPainter(image) as painter:
        ribbon.paint(painter, option)
    strip = image.pixelColor(390, 5)
    marked = set()
    for x in range(380):
        for y in range(12):
            colour = image.pixelColor(x, y)
            if colour.alpha() and (y < 3 or y > 8 or colour != strip):
                marked.add((x, y))
    return frozenset(marked)


def test_every_kind_has_a_shape_of_its_own_so_that_colour_is_not_needed(ribbon):
    seen = {}
    for kind in KINDS:
        ribbon.set_marks([mark(kind, 20, 26)])
        painted = shapes(ribbon)
        assert painted, kind
        seen[kind] = painted
    assert len(set(seen.values())) == len(KINDS)


def test_the_details_tell_the_worst_first_and_where_there_is_nothing_the_legend(ribbon):
    ribbon.set_zone(IST)
    ribbon.set_marks(
        [mark(EventKind.DUPLICATE, 20, detail="twice"), mark(EventKind.GAP, 19, 21, "12 missing")]
    )
    assert ribbon.details_at(200).splitlines() == ["05:30:19.000 · 12 missing", "05:30:20.000 · twice"]
    assert ribbon.details_at(300) == ""
    assert "gap" in legend()


def test_a_click_picks_the_worst_mark_that_is_nearest(ribbon):
    ribbon.set_marks([mark(EventKind.LATE, 20), mark(EventKind.LATE, 20.5), mark(EventKind.OFF_GRID, 20.2)])
    assert ribbon.mark_at(201).ts_ns == 20 * SECOND
    assert ribbon.mark_at(206).ts_ns == int(20.5 * SECOND)
    assert ribbon.mark_at(300) is None


def test_a_click_in_the_chart_reaches_the_ribbon(chart, ticks, show, qtbot):
    view = ticks().add(np.arange(120.0), np.full(120, 24_900.0)).columns.view
    show(chart, view)
    scale = chart.shown_scale()
    middle = scale.time_at(scale.width / 2)
    chart.set_ribbon([RibbonMark(EventKind.GAP, middle - 9 * SECOND, middle + 9 * SECOND, "gap")])
    ribbon = chart._panes.ribbon
    at = ribbon.mapToScene(scale.width / 2, 6)
    picked = []
    ribbon.picked.connect(lambda kind, ts_ns: picked.append((kind, ts_ns)))
    qtbot.mouseClick(chart._panes.viewport(), Qt.MouseButton.LeftButton, pos=chart._panes.mapFromScene(at))
    assert picked == [(EventKind.GAP, middle - 9 * SECOND)]


def test_the_marks_are_summed_up_in_words_when_they_change(ribbon, qtbot):
    assert ribbon.summary == "the data is whole"
    told = []
    ribbon.summed.connect(told.append)
    ribbon.set_marks([mark(EventKind.GAP, 1), mark(EventKind.GAP, 5), mark(EventKind.LATE, 9)])
    ribbon.set_marks([mark(EventKind.GAP, 1), mark(EventKind.GAP, 6), mark(EventKind.LATE, 9)])
    assert told == ["1 late tick, 2 gaps"]


def test_thousands_of_marks_cost_no_more_shapes_than_there_are_pixels(ribbon):
    ribbon.set_marks([mark(EventKind.LATE, number / 100) for number in range(5_000)])
    ((_look, _rects, spots),) = ribbon._drawn
    assert 50 < len(spots) <= 400 / SHAPE_PX + 1


def test_the_pointer_is_told_the_facts_and_on_the_empty_strip_the_legend(chart, ticks, show, qtbot):
    view = ticks().add(np.arange(120.0), np.full(120, 24_900.0)).columns.view
    show(chart, view)
    scale = chart.shown_scale()
    middle = scale.time_at(scale.width / 2)
    chart.set_ribbon([RibbonMark(EventKind.GAP, middle - SECOND, middle + SECOND, "gap: 12 ticks missing")])
    ribbon, viewport = chart._panes.ribbon, chart._panes.viewport()

    def point(x):
        qtbot.mouseMove(viewport, chart._panes.mapFromScene(ribbon.mapToScene(x, 6)))

    point(scale.width / 2 - 1)
    point(scale.width / 2)
    qtbot.waitUntil(lambda: ribbon.toolTip().endswith("gap: 12 ticks missing"))
    point(30)
    point(31)
    qtbot.waitUntil(lambda: ribbon.toolTip() == legend())
