from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from app.charts import BandSpec, CurveSpec
from app.charts.curves import split

VWAP, UPPER, LOWER = "vwap(session)", "vwap_upper(session, 2)", "vwap_lower(session, 2)"
SECOND = 1_000_000_000
ALIKE = 24
"""Antialiased edges differ by so much, of 255, with where the paths are cut."""
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


@pytest.fixture
def one_vwap(chart):
    """Return a chart that leaves out what is dashed: where dashes begin depends on what of them is in sight."""
    chart.set_curves((CurveSpec(VWAP, "VWAP", "vwap"),), ())
    chart._picture._curves._curves[0].dashed.set_pen(QPen(Qt.PenStyle.NoPen))
    return chart


@pytest.fixture
def differs(stale):
    """Return what tells by how much, of 255, a chart is other than one that reads the ticks and paints anew."""

    def most(chart, view):
        chart._picture._curves.traces.restart()
        return stale(chart, view)

    return most


def in_spans(at, starts, stops):
    return any(start < at < stop for start, stop in zip(starts, stops, strict=True))


def test_the_dashed_piece_and_the_solid_rest_meet():
    x, y = np.arange(10.0), np.arange(10.0) * 2
    solid, dashed = split(x, y, np.array([3.0]), np.array([6.0]))
    assert np.flatnonzero(np.isnan(solid)).tolist() == [4, 5]
    assert np.flatnonzero(~np.isnan(dashed)).tolist() == [3, 4, 5, 6]
    assert dashed[3:7].tolist() == [6, 8, 10, 12]


def test_the_first_tick_after_a_gap_is_not_joined_to_the_last_before_it():
    x = np.array([1.0, 2.0, 12.0])
    solid, dashed = split(x, x, np.array([2.0]), np.array([17.0]))
    assert np.isnan(solid).tolist() == [False, False, True]
    assert np.isnan(dashed).tolist() == [True, False, False]


@given(
    st.lists(st.integers(0, 60), max_size=40), st.sets(st.integers(-5, 65), max_size=6), st.integers(1, 20)
)
def test_each_segment_is_dashed_where_it_touches_a_span_and_solid_elsewhere(times, starts, length):
    x = np.sort(np.array(times, np.float64))
    starts = np.sort(np.array([*starts], np.float64))
    solid, dashed = split(x, x, starts, starts + length)
    for n in range(len(x) - 1):
        touches = any(in_spans(at, starts, starts + length) for at in x[n : n + 2])
        assert np.isfinite(solid[n : n + 2]).all() == (not touches)
        assert not touches or np.isfinite(dashed[n : n + 2]).all()


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 30))
def test_what_a_point_becomes_does_not_depend_on_the_points_left_of_it(seed, count, cut):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 100, 80))
    starts = np.sort(rng.choice(x, count))
    whole, dashed = split(x, x, starts, starts + 7.0)
    part, part_dashed = split(x[cut:], x[cut:], starts, starts + 7.0)
    assert np.array_equal(whole[cut:], part, equal_nan=True)
    assert np.array_equal(dashed[cut + 1 :], part_dashed[1:], equal_nan=True)


@pytest.mark.parametrize("every", [7, 20])
def test_gaps_that_come_tick_by_tick_look_as_those_read_at_once(one_vwap, ticks, show, differs, every):
    market = ticks().add(np.arange(0, 100, 0.5), 100 + np.sin(np.arange(200) / 10))
    one_vwap.show_span(200)
    show(one_vwap, market.columns.view, 3)
    seconds = 100.0
    for n in range(60):
        seconds += 12.0 if n % every == 0 else 0.5
        market.add([seconds], [100 + n % 3], gaps=[0] if n % every == 0 else [])
        show(one_vwap, market.columns.view)
    assert differs(one_vwap, market.columns.view) <= ALIKE


@pytest.mark.parametrize("apart", [2.0, 20.0])
def test_sparse_bands_painted_bit_by_bit_are_those_painted_at_once(chart, ticks, show, differs, apart):
    chart.set_curves((), (BandSpec(UPPER, LOWER, "±2σ"),))
    market = ticks().add(np.arange(0, 30 * apart, apart), 100 + 3 * np.sin(np.arange(30) / 4))
    chart.show_span(300)
    show(chart, market.columns.view, 3)
    for n in range(6):
        seconds = (30 + n) * apart
        market.add([seconds], [100])
        show(chart, market.columns.view)
        market.add([seconds + 0.02], [102.5])
        show(chart, market.columns.view)
        assert differs(chart, market.columns.view) <= ALIKE


def test_a_gap_that_comes_into_sight_from_the_left_is_not_joined(one_vwap, ticks, show, differs):
    seconds = np.arange(1_000.0)
    seconds[500:] += 30
    market = ticks().add(seconds, np.round(100 + 3 * np.sin(seconds / 50), 2), gaps=[500])
    window, view = one_vwap._window, market.columns.view
    one_vwap.show_span(300)
    show(one_vwap, view, 3)
    window.pan_to(int(view.time_ns[0]) + 552 * SECOND)
    window.zoom(0.99, 0.0)  # what is kept begins a little to the left of the view
    one_vwap._picture.look_again()
    show(one_vwap, view)
    while window.left_ns > int(view.time_ns[0]) + 516 * SECOND:
        window.pan_to(window.left_ns - 4 * window.width_ns)
        one_vwap._picture.look_again()
        show(one_vwap, view)
    assert differs(one_vwap, view) <= ALIKE


def test_hundreds_of_gaps_are_all_seen(one_vwap, ticks, show, differs):
    market = ticks().add(np.arange(1_500.0), 100 + np.sin(np.arange(1_500) / 30), gaps=range(5, 1_100, 5))
    one_vwap.show_span(1_800)
    show(one_vwap, market.columns.view, 3)
    for n in range(20):
        market.add([1_500 + n], [100], gaps=[0] if n % 5 == 0 else [])
        show(one_vwap, market.columns.view)
    assert differs(one_vwap, market.columns.view) <= ALIKE
    line = one_vwap._picture._curves._curves[0].line
    drawn = [path.elementAt(n).x for path in line.paths() for n in range(path.elementCount())]
    assert not [x for x in drawn if 4 < x < 1_099]
