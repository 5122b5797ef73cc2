"""The tools, by mouse and keys on a shown chart."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.charts.measure import measured

OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LEFT = Qt.MouseButton.LeftButton
A, B = QPoint(200, 120), QPoint(380, 220)
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def walked(chart, ticks, show):
    market = ticks().walk(4_000, per_second=2)
    show(chart, market.columns.view, 2)
    return market


def viewport(chart):
    return chart._panes.viewport()


def point(chart, at):
    """Move the pointer there, from elsewhere: the pointer may stand there since the test before."""
    QTest.mouseMove(viewport(chart), at + QPoint(9, 9))
    QTest.mouseMove(viewport(chart), at, delay=11)


def drag(chart, start, stop, key=PLAIN):
    point(chart, start)
    QTest.mousePress(viewport(chart), LEFT, key, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport(chart), start + (stop - start) * share)
    QTest.mouseRelease(viewport(chart), LEFT, key, stop)


def click(chart, at):
    point(chart, at)
    QTest.mouseClick(viewport(chart), LEFT, PLAIN, at)


def row_at(chart, view, at):
    ts_ns = chart.shown_scale().time_at(at.x() - chart._panes.price.geometry().left())
    return int(np.searchsorted(view.time_ns[: view.count], ts_ns, side="right")) - 1


def expected_lines(chart, view, start, stop):
    from app.charts.measure import measure_texts

    return measure_texts(
        measured(view, row_at(chart, view, start), row_at(chart, view, stop)), chart._picture.shown
    )


# Measure


def test_ctrl_and_a_drag_measure_from_tick_to_tick_and_the_box_stays(chart, walked):
    left_ns = chart._window.left_ns
    drag(chart, A, B, CTRL)
    assert chart._tools.measure.lines == expected_lines(chart, walked.columns.view, A, B)
    assert chart._tools.measure.isVisible()
    assert (chart._window.left_ns, chart.tool) == (left_ns, None)


def test_key_m_and_two_clicks_measure_and_back_in_time_too(chart, walked, qtbot):
    with qtbot.waitSignal(chart.toolChanged) as changed:
        QTest.keyClick(chart, Qt.Key.Key_M)
    assert changed.args == ["measure"]
    click(chart, B)
    point(chart, QPoint(300, 200))
    assert chart._tools.measure.lines == expected_lines(chart, walked.columns.view, B, QPoint(300, 200))
    assert chart.tool == "measure"
    with qtbot.waitSignal(chart.toolChanged) as changed:
        click(chart, A)
    assert changed.args == [None]
    assert chart._tools.measure.lines == expected_lines(chart, walked.columns.view, B, A)


def test_esc_ends_the_tool_and_then_takes_the_box_away(chart, walked):
    drag(chart, A, B, CTRL)
    chart.start_tool("zoom")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.tool is None
    assert not chart._tools.measure.isVisible()


def test_esc_without_a_tool_is_left_to_the_window(chart, walked, qtbot):
    escaped = []
    shortcut = QShortcut(QKeySequence("Esc"), chart)
    shortcut.activated.connect(lambda: escaped.append(True))
    chart.activateWindow()
    chart.setFocus()
    chart.start_tool("measure")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert (chart.tool, escaped) == (None, [])
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert escaped == [True]


def test_a_click_takes_the_box_away_and_a_drag_leaves_it(chart, walked):
    drag(chart, A, B, CTRL)
    drag(chart, QPoint(300, 300), QPoint(340, 300))
    assert chart._tools.measure.isVisible()
    click(chart, QPoint(300, 300))
    assert not chart._tools.measure.isVisible()


def test_a_measured_box_moves_with_its_ticks_and_its_tag_goes_with_it(chart, walked, show):
    chart.show_span(120)
    show(chart, walked.columns.view)
    drag(chart, A, B, CTRL)
    measure = chart._tools.measure
    lines, place = measure.lines, measure._tag.sceneBoundingRect()
    assert measure._tag.isVisible()
    drag(chart, QPoint(300, 300), QPoint(340, 300))
    show(chart, walked.columns.view)
    assert measure._tag.sceneBoundingRect().left() == pytest.approx(place.left() + 40, abs=3)
    for _ in range(3):
        QTest.keyClick(chart, Qt.Key.Key_PageUp)
    show(chart, walked.columns.view, 2)
    assert measure.lines == lines
    assert not measure._tag.isVisible()
    QTest.keyClick(chart, Qt.Key.Key_End)
    show(chart, walked.columns.view, 2)
    assert measure._tag.isVisible()


@pytest.mark.parametrize("corner", [(40, 20), (600, 20), (40, 380), (600, 380)])
def test_the_tag_stays_inside_the_pane(chart, walked, corner):
    drag(chart, QPoint(300, 200), QPoint(*corner), CTRL)
    assert chart._panes.price.geometry().contains(chart._tools.measure._tag.sceneBoundingRect())


def test_a_box_whose_ticks_are_no_longer_held_goes(chart, walked, show, let_go):
    drag(chart, A, B, CTRL)
    show(chart, let_go(walked.columns.view, 3_900))
    assert not chart._tools.measure.isVisible()
    assert chart._tools.measure.lines == ()


def test_another_symbol_takes_tool_and_box_away(chart, walked, show):
    from zoneinfo import ZoneInfo

    drag(chart, A, B, CTRL)
    chart.start_tool("level")
    chart.set_instrument(
        symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
    )
    show(chart, None)
    assert (chart.tool, chart._tools.measure.lines) == (None, ())
    assert not chart._over.hint.isVisible()


# Zoom


def test_shift_and_a_drag_zoom_to_the_span(chart, walked, qtbot):
    scale, pane_left = chart.shown_scale(), chart._panes.price.geometry().left()
    wanted = [scale.time_at(at.x() - pane_left) for at in (A, B)]
    with qtbot.waitSignals([chart.followChanged, chart.spanMoved]):
        drag(chart, A, B, SHIFT)
    assert not chart.following
    column = chart._window.width_ns
    assert chart._window.left_ns == pytest.approx(wanted[0], abs=2 * column)
    assert chart._window.right_ns == pytest.approx(wanted[1], abs=chart._window.columns // 2 + 2 * column)


def test_a_band_drawn_backwards_zooms_as_well_and_one_of_nothing_does_not(chart, walked, show):
    span = chart._window.span_ns
    drag(chart, B, B + QPoint(-6, 0), SHIFT)  # begun and let go a little further on
    narrow = chart._window.span_ns
    assert narrow < span / 50
    QTest.keyClick(chart, Qt.Key.Key_End)
    show(chart, walked.columns.view)
    before = chart._window.span_ns
    click_shift(chart, A)
    assert chart._window.span_ns == before
    assert not chart._tools.band.isVisible()


def click_shift(chart, at):
    point(chart, at)
    QTest.mouseClick(viewport(chart), LEFT, SHIFT, at)


@pytest.mark.parametrize("way", ["key", "axis", "button"])
def test_the_way_back_from_a_zoom_restores_the_span_before_it(chart, walked, show, way):
    chart.show_span(600)
    show(chart, walked.columns.view)
    span = chart._window.span_ns
    drag(chart, A, B, SHIFT)
    show(chart, walked.columns.view)
    drag(chart, A, B, SHIFT)
    show(chart, walked.columns.view)
    if way == "key":
        QTest.keyClick(chart, Qt.Key.Key_End)
    elif way == "axis":
        foot = chart._panes.time_axis.geometry().center().toPoint()
        QTest.mouseDClick(viewport(chart), LEFT, PLAIN, foot)
    else:
        QTest.mouseClick(chart._live, LEFT)
    assert chart.following
    assert chart._window.span_ns == pytest.approx(span, rel=0.01)


def test_a_span_chosen_after_a_zoom_is_kept_by_end(chart, walked, show):
    drag(chart, A, B, SHIFT)
    show(chart, walked.columns.view)
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    span = chart._window.span_ns
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart._window.span_ns == span


def test_a_drag_without_a_key_pans_as_ever_also_with_a_box_on_the_chart(chart, walked):
    drag(chart, A, B, CTRL)
    left_ns = chart._window.left_ns
    drag(chart, A, A + QPoint(100, 0))
    assert (left_ns - chart._window.left_ns) / chart.shown_scale().ns_per_px == pytest.approx(100, abs=2)


# Levels and anchor


def test_key_l_draws_a_level_at_the_crosshair(chart, walked, qtbot):
    point(chart, A)
    price = chart.crosshair_price()
    with qtbot.waitSignal(chart.levelsChanged) as changed:
        QTest.keyClick(chart, Qt.Key.Key_L)
    assert changed.args == [(price,)]
    assert chart.levels() == (price,)
    assert chart.tool is None


def test_without_the_crosshair_key_l_takes_the_tool_that_a_click_ends(chart, walked, qtbot):
    QTest.keyClick(chart, Qt.Key.Key_L)
    assert chart.tool == "level"
    assert chart._over.hint.isVisible()
    assert chart._over.hint.text() == "Level: click at its price · Esc ends"
    with qtbot.waitSignal(chart.levelsChanged) as changed:
        click(chart, B)
    assert changed.args == [(chart.crosshair_price(),)]
    assert chart.tool is None
    assert not chart._over.hint.isVisible()


def test_key_v_anchors_at_the_tick_under_the_crosshair(chart, walked, qtbot):
    point(chart, A)
    with qtbot.waitSignal(chart.anchorPicked) as picked:
        QTest.keyClick(chart, Qt.Key.Key_V)
    view = walked.columns.view
    assert picked.args == [int(view.time_ns[row_at(chart, view, A)])]


def test_the_anchor_tool_anchors_where_it_is_clicked(chart, walked, qtbot):
    chart.start_tool("anchor")
    with qtbot.waitSignal(chart.anchorPicked) as picked:
        click(chart, B)
    view = walked.columns.view
    assert picked.args == [int(view.time_ns[row_at(chart, view, B)])]
    assert chart.tool is None


def test_a_tool_that_is_not_there_is_refused(chart):
    with pytest.raises(KeyError, match="ruler"):
        chart.start_tool("ruler")


def test_a_drag_whose_release_went_elsewhere_is_over_with_the_next_move(chart, walked):
    point(chart, A)
    QTest.mousePress(viewport(chart), LEFT, SHIFT, A)
    QTest.mouseMove(viewport(chart), B)
    assert chart._tools.band.isVisible()
    move = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        QPointF(A),
        QPointF(viewport(chart).mapToGlobal(A)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        PLAIN,
    )
    QApplication.sendEvent(viewport(chart), move)
    assert not chart._tools.band.isVisible()
    assert not chart._tools.toolbox.busy
    QTest.mouseRelease(viewport(chart), LEFT, SHIFT, B)
    assert chart.following


def test_a_tool_taken_by_a_button_has_its_keys_in_the_chart(chart, walked, qtbot):
    chart.activateWindow()
    chart._live.setFocus()
    chart.start_tool("measure")
    assert chart.hasFocus()


# The keyboard alone


def test_arrows_and_return_measure_without_a_mouse(chart, walked):
    QTest.keyClick(chart, Qt.Key.Key_M)
    QTest.keyClick(chart, Qt.Key.Key_Left)  # the crosshair comes to the newest tick
    for _ in range(10):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    start = chart._tools._at
    for _ in range(15):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    QTest.keyClick(chart, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    stop = chart._tools._at
    assert stop == start + QPointF(-149, 0)
    assert chart._tools.measure.lines == expected_lines(chart, walked.columns.view, start, stop)
    assert chart.tool is None


def test_arrows_are_a_tools_only_while_one_is_in_hand(chart, walked):
    stepped = []
    shortcut = QShortcut(QKeySequence("Left"), chart)
    shortcut.activated.connect(lambda: stepped.append(True))
    chart.activateWindow()
    chart.setFocus()
    chart.start_tool("level")
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert stepped == []
    chart.start_tool(None)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert stepped == [True]


def test_letters_with_ctrl_are_no_tools(chart, walked):
    QTest.keyClick(chart, Qt.Key.Key_Z, CTRL)
    QTest.keyClick(chart, Qt.Key.Key_M, CTRL)
    assert chart.tool is None


def test_tools_on_an_empty_chart_do_nothing(chart, qtbot):
    for name in ("measure", "level", "zoom", "anchor"):
        chart.start_tool(name)
        with qtbot.assertNotEmitted(chart.levelsChanged), qtbot.assertNotEmitted(chart.anchorPicked):
            drag(chart, A, B)
            QTest.keyClick(chart, Qt.Key.Key_Return)
        chart.start_tool(None)
    assert chart._tools.measure.lines == ()
    QApplication.processEvents()
