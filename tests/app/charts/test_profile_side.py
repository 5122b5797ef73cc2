from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from analytics.kernels.profile import value_area
from app.charts.profile_job import ProfileJob
from app.theme import DARK, LIGHT

OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000
DAY_S = 86_400
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def market(ticks):
    """Two sessions of 1,000 ticks; sizes differ."""
    rng = np.random.default_rng(7)
    prices = np.round((24_900 + np.cumsum(rng.normal(0, 0.5, 2_000))) * 20) / 20
    seconds = [*np.arange(1_000), *(3 * DAY_S + np.arange(1_000))]  # a Friday and the Monday after it
    return ticks().add(seconds, prices, rng.integers(1, 9, 2_000) * 75)


@pytest.fixture
def shown(chart, market, qtbot):
    """Return what draws the chart until it has a profile for what is asked."""

    def until_made(of_session=False):
        chart.set_profile(True, of_session=of_session)
        side = chart._tools.profile
        side._job.forget()
        side._show(None)

        def made():
            chart.refresh(market.columns.view, None)
            QApplication.processEvents()
            return side._profile is not None

        qtbot.waitUntil(made)
        return side

    chart.refresh(market.columns.view, None)
    return until_made


def area(view, start, stop, side):
    return value_area(view, start, stop, Fraction(str(side._profile.step)))


def test_it_is_the_profile_of_the_ticks_in_sight(chart, market, shown):
    chart.link_span(OPEN_NS + 100 * SECOND, OPEN_NS + 400 * SECOND, False)
    side = shown()
    _, start, stop = chart.visible_ticks()
    profile = side._profile
    assert (profile.control, profile.low, profile.high) == area(market.columns.view, start, stop, side)
    assert profile.volumes.sum() == market.columns.view.size[start:stop].sum()


@pytest.mark.parametrize(("day", "rows"), [(0, (0, 1_000)), (3, (1_000, 2_000))])
def test_it_is_that_of_the_session_in_sight_where_it_is_asked_for(chart, market, shown, day, rows):
    at = OPEN_NS + (day * DAY_S + 300) * SECOND
    chart.link_span(at, at + 100 * SECOND, False)
    side = shown(of_session=True)
    profile = side._profile
    assert (profile.control, profile.low, profile.high) == area(market.columns.view, *rows, side)


def test_its_prices_are_told(chart, market, shown):
    side = shown()
    profile = side._profile
    assert side.text() == f"POC {profile.control:,.2f} · VAH {profile.high:,.2f} · VAL {profile.low:,.2f}"
    chart.set_profile(False)
    assert side.text() == ""
    assert not side.isVisible()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_bars_are_as_long_as_their_volume_and_no_lower_than_two_pixels(chart, market, shown, theme):
    chart.set_theme(theme)
    side = shown()
    step_px = side._profile.step / (chart.shown_scale().high - chart.shown_scale().low)
    assert step_px * chart.shown_scale().height >= 3  # a bar, and a pixel of air
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    top = chart._panes.y()
    right = chart._panes.price.geometry().right()
    longest = int(np.argmax(side._profile.volumes))
    scale = chart.shown_scale()
    y = round(scale.y(side._profile.prices[longest] + side._profile.step / 2)) + top
    assert image.pixelColor(int(right - side._rect.width() * 0.9), y - 1).name() != theme.window.lower()


def test_a_profile_is_asked_for_a_few_times_a_second_and_only_where_something_is_new(monkeypatch, market):
    asked = []
    monkeypatch.setattr(ProfileJob, "_make", lambda self, made, *given: asked.append(given))
    job, view = ProfileJob(), market.columns.view
    for frame in range(60):
        job.take()
        if job.due():
            job.ask(view, 0, 1_000 + frame, Fraction(1))
            job._thread.join()
    assert len(asked) == 5
    for _ in range(60):
        job.take()
        if job.due():
            job.ask(view, *asked[-1][1:])
    assert len(asked) == 5


def test_what_is_made_for_a_symbol_that_went_is_not_shown(chart, market, shown, qtbot):
    side = shown()
    side._job.forget()
    chart.refresh(market.columns.view, None)
    thread = side._job._thread
    assert thread is not None
    chart.set_instrument(
        symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
    )
    chart.refresh(None, None)
    thread.join()
    chart.refresh(None, None)
    assert side._profile is None
    assert not side.isVisible()


def test_without_volume_there_is_no_profile(chart, market):
    chart.set_instrument(
        symbol="NIFTY", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=False, price_text=str
    )
    chart.set_profile(True)
    for _ in range(20):
        chart.refresh(market.columns.view, None)
    assert chart._tools.profile._job._thread is None


def test_its_texts_do_not_stand_on_each_other(chart, market, shown):
    side = shown()
    side.set_scale(side._scale)
    marks = side._marks(side._profile)
    places = [mark.text_y for mark in marks]
    assert [mark.text.split()[0] for mark in marks] == ["VAH", "POC", "VAL"]
    assert all(after - before >= 15 for before, after in pairwise(places))


def test_it_stays_at_the_right_side_inside_the_pane(chart, market, shown):
    side = shown()
    pane = QRectF(0, 0, chart.shown_scale().width, chart.shown_scale().height)
    assert pane.contains(side._rect)
    assert side._rect.right() == pane.right()
    assert side._rect.width() <= pane.width() / 4
