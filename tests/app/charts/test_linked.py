"""Charts that show one time: what a chart tells of where it looks, and what it does when told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000
MIDDLE = QPoint(300, 150)
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def walked(chart, ticks, show):
    market = ticks().walk(4_000, per_second=2)
    show(chart, market.columns.view, 2)
    return market


def point(chart, at):
    QTest.mouseMove(chart._panes.viewport(), at + QPoint(9, 9))
    QTest.mouseMove(chart._panes.viewport(), at, delay=11)


def test_the_instant_pointed_at_is_told_once_a_frame_and_none_when_the_pointer_leaves(chart, walked, show):
    told = []
    chart.pointedAt.connect(told.append)
    for x in range(250, 310, 10):
        chart._point_at(chart._panes.mapToScene(QPoint(x, 150)))
    assert len(told) == 1
    show(chart, walked.columns.view)
    left = chart._panes.price.geometry().left()
    assert told == [chart.shown_scale().time_at(250 - left), chart.shown_scale().time_at(300 - left)]
    show(chart, walked.columns.view)
    QApplication.sendEvent(chart._panes.viewport(), QEvent(QEvent.Type.Leave))
    assert told[-1] is None
    assert len(told) == 3


def test_a_picture_that_moves_under_the_pointer_tells_the_new_instant(chart, walked, show):
    point(chart, MIDDLE)
    show(chart, walked.columns.view)
    told = []
    chart.pointedAt.connect(told.append)
    QTest.keyClick(chart, Qt.Key.Key_PageUp)
    show(chart, walked.columns.view, 2)
    assert told[-1] == chart.shown_scale().time_at(MIDDLE.x() - chart._panes.price.geometry().left())


def test_where_the_user_looks_is_told_and_at_most_once_a_frame(chart, walked, show):
    chart.show_span(120)
    show(chart, walked.columns.view, 2)
    told = []
    chart.spanMoved.connect(told.append)
    for _ in range(5):
        QTest.keyClick(chart, Qt.Key.Key_PageUp)
    assert len(told) == 1
    show(chart, walked.columns.view)
    window = chart._window
    assert told[1:] == [(window.left_ns, window.right_ns, False)]
    QTest.keyClick(chart, Qt.Key.Key_End)
    show(chart, walked.columns.view)
    assert told[-1] == (window.left_ns, window.right_ns, True)


def test_ticks_that_come_and_another_symbol_are_no_looking_elsewhere(chart, walked, show, qtbot):
    from zoneinfo import ZoneInfo

    with qtbot.assertNotEmitted(chart.spanMoved):
        walked.walk(2_000, seed=8)
        show(chart, walked.columns.view, 2)
        chart.set_instrument(
            symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
        )
        show(chart, walked.columns.view, 2)


def test_a_linked_chart_shows_the_span_of_the_other_and_tells_nothing(chart, walked, show, qtbot):
    wanted = (OPEN_NS + 300 * SECOND, OPEN_NS + 420 * SECOND)
    with qtbot.assertNotEmitted(chart.spanMoved), qtbot.assertNotEmitted(chart.followChanged):
        chart.link_span(*wanted, False)
        show(chart, walked.columns.view)
        assert chart._live.isVisible()
        column = chart._window.width_ns
        assert chart._window.left_ns == pytest.approx(wanted[0], abs=2 * column)
        assert chart._window.right_ns == pytest.approx(wanted[1], abs=2 * column)
        chart.link_span(OPEN_NS, OPEN_NS + 90 * SECOND, True)
        show(chart, walked.columns.view)
    assert chart.following
    assert not chart._live.isVisible()
    assert chart._window.span_ns == pytest.approx(90 * SECOND, rel=0.01)
    assert chart._window.fraction_of_newest() == pytest.approx(0.88, abs=0.02)


def test_a_linked_chart_that_is_moved_itself_tells_of_it(chart, walked, show, qtbot):
    chart.link_span(OPEN_NS + 300 * SECOND, OPEN_NS + 420 * SECOND, False)
    with qtbot.waitSignal(chart.spanMoved) as moved:
        QTest.keyClick(chart, Qt.Key.Key_PageDown)
    assert moved.args[0][0] > OPEN_NS + 320 * SECOND


def test_a_time_is_put_into_the_middle_in_the_span_shown_or_another(chart, walked, show, qtbot):
    at = OPEN_NS + 700 * SECOND
    span = chart._window.span_ns
    with qtbot.waitSignals([chart.followChanged, chart.spanMoved]):
        chart.show_time(at)
    show(chart, walked.columns.view)
    scale = chart.shown_scale()
    assert scale.x(at) == pytest.approx(scale.width / 2, abs=2)
    assert chart._window.span_ns == pytest.approx(span, rel=0.01)
    chart.show_time(at, 60)
    show(chart, walked.columns.view)
    scale = chart.shown_scale()
    assert chart._window.span_ns == pytest.approx(60 * SECOND, rel=0.01)
    assert scale.x(at) == pytest.approx(scale.width / 2, abs=2)


def test_the_visible_ticks_are_those_in_sight(chart, walked, show, let_go):
    chart.link_span(OPEN_NS + 300 * SECOND, OPEN_NS + 420 * SECOND, False)
    show(chart, walked.columns.view)
    view, start, stop = chart.visible_ticks()
    window, times = chart._window, view.time_ns
    assert times[start - 1] < window.left_ns <= times[start]
    assert times[stop - 1] < window.right_ns <= times[stop]
    held = let_go(view, start + 10)
    show(chart, held)
    assert chart.visible_ticks()[1:] == (start + 10, stop)


def test_no_ticks_are_visible_where_there_are_none(chart, walked, show):
    chart.link_span(OPEN_NS - 500 * SECOND, OPEN_NS - 400 * SECOND, False)
    show(chart, walked.columns.view)
    assert chart.visible_ticks() is None
    show(chart, None)
    assert chart.visible_ticks() is None
