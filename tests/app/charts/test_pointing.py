from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from analytics.calendar import NSE_DERIVATIVES, Calendar
from analytics.columns import SymbolColumns
from analytics.ticks import NO_SEQ
from app.charts.scale import Scale
from app.charts.texts import Texts

IST, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
DAY_S, SECOND = 86_400, 1_000_000_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


class Watching:
    """A tool that only notes what it is told."""

    def __init__(self):
        self.scales, self.views, self.themes = [], [], []

    def set_scale(self, scale):
        self.scales.append(scale)

    def set_theme(self, theme, font):
        self.themes.append(theme)

    def take(self, view):
        self.views.append(view)


def time_tag(chart):
    tags = chart._panes.time_axis._tags
    return tags[0].text if tags else None


def crosshair(chart):
    return chart._picture._pointing._crosshair


def test_an_instant_pointed_at_elsewhere_has_the_line_the_time_and_the_figures(chart, ticks, show):
    view = ticks().walk(400).columns.view
    chart.show_span(120)
    show(chart, view, frames=4)
    at = int(view.time_ns[333])
    chart._picture.link_pointer(at)
    assert crosshair(chart)._down.isVisible()
    assert not crosshair(chart)._across.isVisible()
    left = chart._panes.price.geometry().left()
    assert crosshair(chart)._down.line().x1() == round(left + chart.shown_scale().x(at))
    assert time_tag(chart) == "09:17:46"
    assert chart._picture.figures(view)[0].value == "09:17:46.500"
    assert chart._picture.pointed_ns() is None
    assert chart.crosshair_price() is None


def test_the_own_pointer_goes_before(chart, ticks, show):
    view = ticks().walk(400).columns.view
    chart.show_span(120)
    show(chart, view, frames=4)
    chart._picture.link_pointer(int(view.time_ns[333]))
    x = chart._panes.price.geometry().left() + chart.shown_scale().x(int(view.time_ns[300])) + 0.5
    chart._picture.point_at(QPointF(x, 60))
    assert chart._picture.figures(view)[0].value == "09:17:30.000"
    assert crosshair(chart)._across.isVisible()
    assert abs(chart._picture.pointed_ns() - int(view.time_ns[300])) < SECOND
    chart._picture.point_at(None)
    assert chart._picture.figures(view)[0].value == "09:17:46.500"
    chart._picture.link_pointer(None)
    assert not crosshair(chart)._down.isVisible()
    assert time_tag(chart) is None


def test_an_instant_out_of_sight_has_no_line_and_is_read_all_the_same(chart, ticks, show):
    view = ticks().walk(400).columns.view
    chart.show_span(60)
    show(chart, view, frames=4)
    chart._picture.link_pointer(int(view.time_ns[3]))
    assert not crosshair(chart)._down.isVisible()
    assert chart._picture.figures(view)[0].value == "09:15:01.500"


def test_the_line_follows_its_instant_as_the_view_moves(chart, ticks, show):
    market = ticks().walk(400)
    chart.show_span(60)
    show(chart, market.columns.view, frames=4)
    at = int(market.columns.view.time_ns[390])
    chart._picture.link_pointer(at)
    before = crosshair(chart)._down.line().x1()
    market.walk(40)
    show(chart, market.columns.view, frames=3)
    left = chart._panes.price.geometry().left()
    assert crosshair(chart)._down.line().x1() == round(left + chart.shown_scale().x(at)) < before


def test_the_time_tag_has_the_date_where_more_than_a_day_is_in_sight(chart, ticks, show):
    seconds = [day * DAY_S + second for day in (0, 3) for second in np.arange(0, 20_000, 20.0)]
    view = ticks().add(seconds, 24_900 + np.round(np.sin(seconds), 2)).columns.view
    chart.show_span(4 * DAY_S)
    show(chart, view, frames=3)
    chart._picture.point_at(QPointF(400, 60))
    moment = datetime.fromtimestamp(chart._picture.pointed_ns() / SECOND, ZoneInfo("Asia/Kolkata"))
    assert time_tag(chart) == f"{moment:%a} {moment.day} {moment:%b} {moment:%H:%M}"
    chart.show_span(3_600)
    show(chart, view, frames=3)
    chart._picture.point_at(QPointF(400, 60))
    assert len(time_tag(chart)) == 8


@pytest.mark.parametrize(
    ("zone", "opens", "hours"),
    [
        ("Asia/Kolkata", datetime(2026, 11, 16, 9, 15, tzinfo=IST), 6.25),
        (
            "America/New_York",
            datetime(2026, 10, 29, 9, 30, tzinfo=NEW_YORK),
            6.5,
        ),  # clocks go back on 1 November
    ],
)
@pytest.mark.parametrize("span_days", [0.5, 1.5, 3, 6, 20])
def test_each_session_in_sight_has_its_date_and_no_texts_touch(
    chart, ticks, show, zone, opens, hours, span_days
):
    there = ZoneInfo(zone)
    calendar = NSE_DERIVATIVES if zone == "Asia/Kolkata" else Calendar("us", zone)
    days = [opens + timedelta(days=day) for day in range(8)]
    starts = [int(day.timestamp()) for day in days if day.weekday() < 5]
    every = np.concatenate([(start + np.arange(0, hours * 3_600, 60)) * SECOND for start in starts]).astype(
        np.int64
    )
    columns, n = SymbolColumns("X", calendar, 2, 0), len(every)
    prices = np.rint(10_000 + 100 * np.sin(np.arange(n) / 50)).astype(np.int64)
    columns.append(
        every, prices, np.full(n, 5, np.int64), np.full(n, NO_SEQ, np.int64), np.zeros(n, np.bool_)
    )
    columns.publish()
    chart.set_instrument(symbol="X", zone=there, decimals=2, has_volume=True, price_text=str)
    chart.show_span(span_days * DAY_S)
    show(chart, columns.view, frames=4)
    scale, axis = chart.shown_scale(), chart._panes.time_axis
    marks = {mark.text: (at, mark.ts_ns) for at, mark in axis._marks if mark.is_session}
    wanted = [start for start in starts if scale.left_ns <= start * SECOND <= scale.right_ns]
    local = [datetime.fromtimestamp(start, there) for start in wanted]
    assert list(marks) == [f"{day:%a} {day.day} {day:%b}" for day in local]
    for start, (at, ts_ns) in zip(wanted, marks.values(), strict=True):
        assert ts_ns == start * SECOND
        assert at == pytest.approx(scale.x(start * SECOND))
    for _, mark in axis._marks:
        moment = datetime.fromtimestamp(mark.ts_ns / SECOND, there)
        assert mark.is_session or mark.text in (f"{moment:%H:%M}", f"{moment.day} {moment:%b}")
    shown = axis.placed()
    assert shown
    for (_, right, _), (left, _, _) in pairwise(shown):
        assert left - right >= 7
    texts = Texts(axis._texts.font)
    assert [right - left for left, right, _ in shown] == pytest.approx(
        [texts.width(mark.text) for _, _, mark in shown]
    )


def test_an_overlay_is_told_of_scale_theme_and_columns(chart, ticks, show):
    tool = Watching()
    chart._picture.add_overlay(tool)
    assert len(tool.themes) == 1
    market = ticks().walk(400)
    show(chart, market.columns.view, frames=3)
    assert tool.scales[-1] == chart.shown_scale()
    assert tool.views[-1] is market.columns.view
    told = len(tool.views)
    show(chart, market.columns.view, frames=3)
    assert len(tool.views) == told
    show(chart, None)
    assert tool.views[-1] is None
    assert isinstance(tool.scales[-1], Scale)
