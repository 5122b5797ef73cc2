from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.charts import AlertLine

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


@pytest.fixture
def market(chart, ticks, show):
    made = ticks().walk(400)
    show(chart, made.columns.view, frames=3)
    return made


@pytest.fixture
def grabbed(chart, market):
    """Return a line in mid-drag, and where the pointer is."""
    line = AlertLine("a", market.columns.view.last_price(), "above", enabled=True, draggable=True)
    chart.set_alert_lines([line])
    at = QPoint(400, round(chart._picture.scale.y(line.price)))
    viewport = chart._panes.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at)
    for off in (20, 30):
        QTest.mouseMove(viewport, at + QPoint(0, off))
    assert chart._picture.alerts.held is not None
    return line, at + QPoint(0, 30)


def tags(chart):
    return [tag.text for tag in chart._panes.price_axis._tags]


@pytest.mark.parametrize("left", [0, 1])
def test_a_line_that_goes_while_it_is_dragged_is_let_go_nowhere(chart, market, grabbed, show, caplog, left):
    line, at = grabbed
    told = []
    chart.alertDragged.connect(lambda rule, price: told.append((rule, price)))
    chart.set_alert_lines([replace(line, draggable=False)] * left)
    assert chart._picture.alerts.held is None
    assert not any(item.dragging for item in chart._picture.alerts._items.values())
    show(chart, market.columns.view)
    with caplog.at_level(logging.ERROR):
        QTest.mouseMove(chart._panes.viewport(), at + QPoint(0, 10))
        QTest.mouseRelease(chart._panes.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(0, 10))
    assert told == []
    assert chart._picture.alerts.held is None
    assert caplog.records == []


def test_the_axis_tells_where_a_line_is_held_and_no_more_once_it_is_gone(chart, market, grabbed):
    held = chart._picture.shown.price_text(chart._picture.alerts.held)
    assert held in tags(chart)
    chart.set_alert_lines([])
    chart._picture.point_at(None)
    assert held not in tags(chart)
