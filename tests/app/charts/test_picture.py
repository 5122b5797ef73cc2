from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.charts import FiringMark

SECOND = 1_000_000_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


def swing(seconds):
    return 24_900 + np.round(np.sin(seconds), 2)


def test_an_axis_that_widens_in_a_chart_that_stands_still_moves_its_picture(chart, ticks, show, stale):
    seconds = np.arange(0, 1_200, 0.5)
    prices = np.where(seconds < 600, 123_456_789.0, 90.0) + np.round(np.sin(seconds), 2)
    view = ticks().add(seconds, prices).columns.view
    chart.show_span(100)
    show(chart, view, frames=5)
    narrow = chart._panes.price.size().width()
    chart._window.pan_to(int(view.time_ns[600]))
    chart._picture.look_again()
    show(chart, view, frames=3)
    assert chart._panes.price.size().width() == chart.shown_scale().width < narrow
    assert stale(chart, view) <= 24


def test_a_screen_of_another_density_has_columns_of_its_own_pixels(chart, ticks, show, monkeypatch):
    view = ticks().walk(400).columns.view
    show(chart, view, frames=3)
    columns, span_ns = chart._window.columns, chart._window.span_ns
    assert not chart.refresh(view, None)
    monkeypatch.setattr(chart._panes, "devicePixelRatioF", lambda: 2.0)
    assert chart.refresh(view, None)
    assert chart._window.columns == 2 * columns
    assert chart._window.span_ns == pytest.approx(span_ns, rel=0.01)
    assert not chart.refresh(view, None)


@pytest.mark.parametrize("span_s", [60, 74, 95])
def test_a_session_has_its_line_from_its_first_tick_on(chart, ticks, show, stale, span_s):
    seconds = np.arange(-1_000, -900.5, 0.1)  # before the open
    market = ticks().add(seconds, swing(seconds))
    chart.show_span(span_s)
    show(chart, market.columns.view, frames=3)
    lines = len(chart._picture._grid._sessions)
    now = float(seconds[-1])
    while market.columns.view.session_count == 0:
        now += 0.1
        market.add([now], swing(np.array([now])))
        show(chart, market.columns.view)
    begun_ns = int(market.columns.view.time_ns[market.columns.view.sessions()[-1]])
    assert chart._picture._grid._sessions[lines:] == (begun_ns,)
    assert stale(chart, market.columns.view) <= 24


def test_only_a_row_that_begins_a_session_has_a_line(chart, ticks, show, stale):
    market = ticks().add(np.arange(0, 60, 0.1), swing(np.arange(0, 60, 0.1)))
    chart.show_span(90)
    show(chart, market.columns.view, frames=3)
    assert len(chart._picture._grid._sessions) == 1
    for n in range(1, 8):
        market.add([60 + 0.4 * n], [24_900])
        view = replace(market.columns.view, first=10 * n)
        show(chart, view)
        assert chart._picture._grid._sessions == ()
    assert stale(chart, view) <= 24


def test_ticks_that_change_nothing_in_sight_are_not_told_of_as_painted(chart, ticks, show):
    chart.set_instrument(symbol="NIFTY", zone=ZoneInfo("UTC"), decimals=2, has_volume=False, price_text=str)
    chart.set_curves((), ())
    market = ticks().walk(4_000)
    chart.show_span(60)
    show(chart, market.columns.view, frames=3)
    chart._window.pan_to(int(market.columns.view.time_ns[0]))
    chart._picture.look_again()
    show(chart, market.columns.view, frames=3)
    told = []
    chart.painted.connect(lambda: told.append(True))
    for second in (2_001, 2_002):
        market.add([second], [market.columns.view.last_price()])
        assert chart.refresh(market.columns.view, None)
        chart._panes.viewport().update()  # as where something else is painted
        QApplication.processEvents()
        QApplication.processEvents()
    assert told == []
    chart.follow()
    show(chart, market.columns.view, frames=3)
    assert told == [True]


def test_another_symbol_has_no_firings_of_the_one_before(chart, ticks, show):
    view = ticks().walk(400).columns.view
    show(chart, view)
    mark = FiringMark("a", int(view.time_ns[399]), view.last_price())
    chart.set_firings([mark])
    firings = chart._picture._firings
    assert len(firings._points) == 1
    show(chart, None)
    assert firings._points == []
    show(chart, view)
    assert len(firings._points) == 1
    chart.set_instrument(symbol="TCS", zone=ZoneInfo("UTC"), decimals=2, has_volume=True, price_text=str)
    show(chart, view)
    assert firings._points == []
