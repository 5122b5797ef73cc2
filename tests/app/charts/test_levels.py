from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.charts import AlertLine
from app.theme import DARK, LIGHT

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def walked(chart, ticks, show):
    chart.set_instrument(
        symbol="NIFTY-FUT",
        zone=ZoneInfo("Asia/Kolkata"),
        decimals=2,
        has_volume=True,
        price_text=lambda price: f"{price:,.2f}",
        tick=0.05,
    )
    market = ticks().walk(4_000, per_second=2)
    show(chart, market.columns.view, 2)
    return market


@pytest.fixture
def middle(chart, walked):
    """Return a price in the middle of the pane."""
    scale = chart.shown_scale()
    return round(round((scale.low + scale.high) / 2 / 0.05) * 0.05, 2)


def y_of(chart, price):
    return round(chart.shown_scale().y(price))


def point(chart, x, price):
    """Move the pointer there, from elsewhere: the pointer may stand there since the test before."""
    QTest.mouseMove(chart._panes.viewport(), QPoint(x + 9, y_of(chart, price) + 9))
    QTest.mouseMove(chart._panes.viewport(), QPoint(x, y_of(chart, price)), delay=11)


def drag(chart, price, to, x=300):
    viewport = chart._panes.viewport()
    start, stop = QPoint(x, y_of(chart, price)), QPoint(x, y_of(chart, to))
    point(chart, x, price)
    QTest.mousePress(viewport, LEFT, pos=start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, start + (stop - start) * share)
    QTest.mouseRelease(viewport, LEFT, pos=stop)


def test_levels_that_others_set_are_shown_and_not_told(chart, middle, qtbot):
    with qtbot.assertNotEmitted(chart.levelsChanged):
        chart.set_levels([middle + 2, middle, middle])
    assert chart.levels() == (middle, middle + 2)
    assert [line.isVisible() for line in chart._tools.levels._lines] == [True, True]


def test_a_level_is_drawn_on_the_grid(chart, middle, qtbot):
    for y in range(100, 110):
        chart.set_levels(())
        point(chart, 300, chart.shown_scale().price_at(y))
        with qtbot.waitSignal(chart.levelsChanged):
            QTest.keyClick(chart, Qt.Key.Key_L)
        (price,) = chart.levels()
        assert price == round(round(price / 0.05) * 0.05, 2)


def test_a_level_is_dragged_to_another_price_and_told_once(chart, middle, qtbot):
    chart.set_levels([middle])
    told = []
    chart.levelsChanged.connect(told.append)
    left_ns = chart._window.left_ns
    drag(chart, middle, middle + 5)
    assert told == [(pytest.approx(middle + 5, abs=0.3),)]
    (price,) = told[0]
    assert price == round(round(price / 0.05) * 0.05, 2)
    assert chart.levels() == (price,)
    assert chart._window.left_ns == left_ns  # it was no pan


def test_a_level_dragged_onto_another_becomes_one_with_it(chart, middle):
    other = chart._picture.price_at(80)
    chart.set_levels([middle, other])
    (line,) = (each for each in chart._tools.levels._lines if each.price == middle)
    chart._tools.levels._dragged(line, chart.shown_scale().y(other), True)
    assert chart.levels() == (other,)
    assert chart._tools.levels._lines == [line]


def test_delete_takes_away_the_level_that_is_pointed_at_before_the_one_drawn_last(chart, middle, qtbot):
    chart.set_levels([middle, middle + 6])
    point(chart, 300, middle)
    with qtbot.waitSignal(chart.levelsChanged) as changed:
        QTest.keyClick(chart, Qt.Key.Key_Delete)
    assert changed.args == [(middle + 6,)]
    with qtbot.assertNotEmitted(chart.levelsChanged):
        point(chart, 300, middle)
        QTest.keyClick(chart, Qt.Key.Key_Delete)


def test_delete_takes_away_the_level_that_was_clicked_wherever_the_pointer_is(chart, middle):
    chart.set_levels([middle, middle + 6])
    point(chart, 300, middle)
    QTest.mouseClick(chart._panes.viewport(), LEFT, PLAIN, QPoint(300, y_of(chart, middle)))
    point(chart, 300, middle - 5)
    QTest.keyClick(chart, Qt.Key.Key_Delete)
    assert chart.levels() == (middle + 6,)


def test_the_level_pointed_at_stands_out(chart, middle, show, walked, colours):
    chart.set_levels([middle])
    point(chart, 300, middle - 5)
    show(chart, walked.columns.view)
    quiet = chart.grab().toImage().pixelColor(30, y_of(chart, middle) + chart._panes.y())
    point(chart, 300, middle)
    show(chart, walked.columns.view)
    loud = chart.grab().toImage().pixelColor(30, y_of(chart, middle) + chart._panes.y())
    assert loud.lightness() > quiet.lightness()


def test_a_level_is_no_alert_line_at_a_glance(chart, middle, show, walked):
    chart.set_levels([middle])
    chart.set_alert_lines([AlertLine("r", middle + 6, "crosses", True, True)])
    show(chart, walked.columns.view)
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    def inks(price):
        y = y_of(chart, price) + chart._panes.y()
        return {image.pixelColor(x, y).name() for x in range(180, 230)}

    level, alert = inks(middle), inks(middle + 6)
    assert DARK.alert.lower() in alert - level  # purple, and
    assert DARK.window.lower() in alert - level  # dashed where the level is whole


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_tag_tells_the_price_inside_the_pane_also_at_its_edge(chart, middle, theme, show, walked):
    chart.set_theme(theme)
    show(chart, walked.columns.view)
    scale = chart.shown_scale()
    for price in (scale.high - 0.01, middle, scale.low + 0.01):
        chart.set_levels([price])
        (line,) = chart._tools.levels._lines
        tag = line.mapRectToParent(line._tag_rect())
        assert 0 <= tag.top() <= tag.bottom() <= scale.height
        assert tag.right() <= scale.width
        assert line._text == f"{price:,.2f}"


def test_levels_out_of_sight_are_not_seen_and_change_no_range(chart, middle, show, walked):
    low, high = chart.shown_scale().low, chart.shown_scale().high
    chart.set_levels([high + 1])
    show(chart, walked.columns.view)
    assert (chart.shown_scale().low, chart.shown_scale().high) == (low, high)
    assert not chart._tools.levels._lines[0].isVisible()


def test_another_symbol_has_other_levels(chart, middle):
    chart.set_levels([middle])
    chart.set_instrument(
        symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
    )
    assert chart.levels() == ()


def test_a_level_taken_away_while_it_is_dragged_is_dragged_no_more(chart, middle, qtbot):
    chart.set_levels([middle])
    viewport, start = chart._panes.viewport(), QPoint(300, y_of(chart, middle))
    QTest.mouseMove(viewport, start, delay=11)
    QTest.mousePress(viewport, LEFT, pos=start)
    QTest.mouseMove(viewport, start + QPoint(0, 30))
    chart.set_levels(())
    with qtbot.assertNotEmitted(chart.levelsChanged):
        QTest.mouseMove(viewport, start + QPoint(0, 60))
        QTest.mouseRelease(viewport, LEFT, pos=start + QPoint(0, 60))
    assert chart.levels() == ()
