from __future__ import annotations

import logging
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from analytics.events import EventKind
from app.charts import AlertLine, BandSpec, CurveSpec, FiringMark, RibbonMark
from app.charts.curves import PRICE
from app.charts.lines import Line
from app.charts.readout import READOUT_HEIGHT
from app.theme import DARK, LIGHT

VWAP, UPPER, LOWER = "vwap(session)", "vwap_upper(session, 2)", "vwap_lower(session, 2)"
OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000
MIDDLE = QPoint(300, 150)
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


def show(chart, view, frames=3):
    for _ in range(frames):
        chart.refresh(view, None)
        QApplication.processEvents()


@pytest.fixture
def walked(chart, ticks):
    market = ticks().walk(4_000, per_second=2)
    show(chart, market.columns.view)
    return market


def viewport(chart):
    return chart._panes.viewport()


def drag(chart, start, stop):
    QTest.mouseMove(viewport(chart), start)
    QTest.mousePress(viewport(chart), Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.6, 1.0):
        at = start + (stop - start) * share
        QTest.mouseMove(viewport(chart), at)
    QTest.mouseRelease(viewport(chart), Qt.MouseButton.LeftButton, pos=stop)


def pixels(pixmap):
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1).astype(np.int64)


def y_of(chart, price):
    return round(chart._picture.scale.y(price))


def test_a_chart_without_ticks_says_that_it_waits(chart):
    assert not chart.refresh(None, None)
    assert chart._empty.isVisible()
    assert not chart.grab().isNull()
    assert chart._readout.text() == ""


def test_the_first_tick_ends_the_waiting(chart, ticks):
    assert chart.refresh(ticks().add([0], [24_900]).columns.view, None)
    assert not chart._empty.isVisible()
    assert chart._readout.text().startswith("09:15:00.000   Last 24,900.00")


def test_a_frame_without_news_paints_nothing(chart, walked):
    assert not chart.refresh(walked.columns.view, None)
    walked.walk(1)
    assert chart.refresh(walked.columns.view, None)


def test_it_is_told_once_when_what_was_drawn_is_on_the_screen(chart, walked, qtbot):
    told = []
    chart.painted.connect(lambda: told.append(pixels(QApplication.primaryScreen().grabWindow(chart.winId()))))
    walked.walk(1)
    chart.refresh(walked.columns.view, None)
    walked.walk(1, seed=5)
    chart.refresh(walked.columns.view, None)
    qtbot.waitUntil(lambda: len(told) == 1)
    show(chart, walked.columns.view)
    (shown,) = told
    now = pixels(QApplication.primaryScreen().grabWindow(chart.winId()))
    assert np.array_equal(shown[READOUT_HEIGHT:], now[READOUT_HEIGHT:])


def test_a_painting_that_no_refresh_called_for_is_not_told(chart, walked, qtbot):
    told = []
    chart.painted.connect(lambda: told.append(True))
    walked.walk(1)
    chart.refresh(walked.columns.view, None)
    qtbot.waitUntil(lambda: len(told) == 1)
    show(chart, walked.columns.view)
    chart.grab()
    QApplication.processEvents()
    assert len(told) == 1


def test_going_without_ticks_again_shows_nothing(chart, walked):
    assert chart.refresh(None, None)
    assert chart._empty.isVisible()
    assert chart.crosshair_price() is None


def test_another_symbol_without_ticks_shows_nothing_of_the_one_before(chart, walked, colours):
    assert DARK.price.lower() in colours(chart)
    chart.set_instrument(
        symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
    )
    chart.refresh(None, None)
    assert not {DARK.price.lower(), DARK.vwap.lower(), DARK.up.lower()} & colours(chart)
    assert chart._readout.text() == ""


def test_a_symbol_of_many_sessions_gives_way_to_one_of_few_ticks(chart, ticks):
    days = [day * 86_400.0 + second for day in (0, 3, 4, 5) for second in range(2_000)]
    show(chart, ticks().add(days, 24_900 + np.sin(np.arange(len(days)) / 200)).columns.view)
    chart.set_instrument(
        symbol="TCS", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=True, price_text=str
    )
    assert chart.refresh(ticks().walk(20).columns.view, None)
    assert chart._picture._newest.opening == ticks().walk(20).columns.view.prices(0, 1)[0]


def test_the_crosshair_reads_the_row_under_it(chart, walked):
    QTest.mouseMove(viewport(chart), MIDDLE)
    view = walked.columns.view
    at = chart._picture.scale.time_at(MIDDLE.x() - chart._panes.price.geometry().left())
    row = int(np.searchsorted(view.time_ns[: view.count], at, side="right")) - 1
    price, vwap = view.prices(row, row + 1)[0], view.series[VWAP][row]
    assert (
        f"Last {price:,.2f}   VWAP {vwap:,.2f}   ±2σ {price - 6:,.2f}–{price + 4:,.2f}"
        in chart._readout.text()
    )
    assert chart._readout.text().endswith("Size 75")


def test_without_the_pointer_the_newest_row_is_read(chart, walked):
    QTest.mouseMove(viewport(chart), MIDDLE)
    QApplication.sendEvent(viewport(chart), _leave())
    assert f"Last {walked.columns.view.last_price():,.2f}" in chart._readout.text()
    assert chart.crosshair_price() is None


def _leave():
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)


def test_a_double_click_picks_the_price_under_the_crosshair(chart, walked, qtbot):
    with qtbot.waitSignal(chart.levelPicked) as picked:
        QTest.mouseDClick(viewport(chart), Qt.MouseButton.LeftButton, pos=MIDDLE)
    assert picked.args == [chart.crosshair_price()]
    assert picked.args[0] == pytest.approx(chart._picture.scale.price_at(MIDDLE.y()), abs=0.01)


def test_picked_prices_are_on_the_symbols_grid(chart, walked, qtbot):
    chart.set_instrument(
        symbol="NIFTY-FUT",
        zone=ZoneInfo("Asia/Kolkata"),
        decimals=2,
        has_volume=True,
        price_text=str,
        tick=0.05,
    )
    show(chart, walked.columns.view)
    for y in range(100, 130):
        QTest.mouseMove(viewport(chart), QPoint(300, y), delay=11)
        price = chart.crosshair_price()
        assert price == pytest.approx(round(price / 0.05) * 0.05)


def test_the_menu_offers_an_alert_at_the_pointer(chart, walked, qtbot):
    QTest.mouseMove(viewport(chart), MIDDLE)
    menu = chart._menu()
    with qtbot.waitSignal(chart.levelPicked) as picked:
        menu.actions()[0].trigger()
    assert menu.actions()[0].text() == f"Alert here: {picked.args[0]:,.2f}"


def test_a_drag_pans_and_leaves_following_and_end_comes_back(chart, walked, qtbot):
    left = chart._window.left_ns
    with qtbot.waitSignal(chart.followChanged) as changed:
        drag(chart, MIDDLE, MIDDLE + QPoint(120, 0))
    assert changed.args == [False]
    assert not chart.following
    moved_px = (left - chart._window.left_ns) / chart._picture.scale.ns_per_px
    assert moved_px == pytest.approx(120, abs=2)
    assert chart._live.isVisible()
    with qtbot.waitSignal(chart.followChanged) as changed:
        QTest.keyClick(chart, Qt.Key.Key_End)
    assert changed.args == [True]
    assert chart.following
    assert not chart._live.isVisible()


def test_the_wheel_away_from_the_newest_leaves_following(chart, walked, hand):
    before = chart._window.span_ns
    hand(chart).wheel(200, 150, 2)
    assert not chart.following
    assert chart._window.span_ns == pytest.approx(before * 0.64, rel=0.02)


def test_the_wheel_at_the_newest_zooms_and_keeps_following(chart, walked, hand):
    before = chart._window.span_ns
    hand(chart).wheel(int(chart._panes.price.geometry().right()) - 20, 150, 2)
    assert chart.following
    assert chart._window.span_ns == pytest.approx(before * 0.64, rel=0.02)


def test_the_live_button_follows_again(chart, walked, hand, qtbot):
    hand(chart).wheel(200, 150, 1)
    show(chart, walked.columns.view)
    qtbot.mouseClick(chart._live, Qt.MouseButton.LeftButton)
    assert chart.following


def test_the_keys_zoom_and_pan(chart, walked):
    span = chart._window.span_ns
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert chart._window.span_ns < span
    QTest.keyClick(chart, Qt.Key.Key_PageUp)
    assert not chart.following
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart._window.left_ns <= OPEN_NS


def test_panning_stops_at_the_first_tick(chart, walked):
    chart.show_span(120)
    for _ in range(60):
        QTest.keyClick(chart, Qt.Key.Key_PageUp)
    assert chart._window.left_ns <= OPEN_NS < chart._window.left_ns + 20 * SECOND


def test_panning_stops_at_the_first_tick_that_is_still_held(chart, walked, let_go):
    view = let_go(walked.columns.view, 3_000)
    show(chart, view)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    show(chart, view)
    held_ns = int(view.time_ns[3_000])
    assert chart._window.left_ns <= held_ns < chart._window.left_ns + chart._window.span_ns // 10
    assert chart._picture.scale.high < 30_000
    QTest.mouseMove(viewport(chart), QPoint(9, 150))
    assert f"Last {view.prices(3_000, 3_001)[0]:,.2f}" in chart._readout.text()


def test_rows_that_are_let_go_of_while_they_are_shown_disturb_nothing(chart, walked, let_go):
    high = chart._picture.scale.high
    for first in (100, 2_500, 3_999):
        walked.walk(1)
        assert chart.refresh(let_go(walked.columns.view, first), None)
        QApplication.processEvents()
    assert chart._picture.scale.high == pytest.approx(high, rel=1e-2)


def test_dragging_an_alert_line_tells_the_new_price_once(chart, walked, qtbot):
    price = walked.columns.view.last_price()
    chart.set_alert_lines([AlertLine("above", price, "above", enabled=True, draggable=True)])
    told = []
    chart.alertDragged.connect(lambda rule, price: told.append((rule, price)))
    start = QPoint(400, y_of(chart, price))
    drag(chart, start, start + QPoint(0, 40))
    assert len(told) == 1
    rule, moved = told[0]
    assert rule == "above"
    assert moved == pytest.approx(chart._picture.scale.price_at(start.y() + 40), abs=0.2)
    assert chart.following


def test_an_alert_line_that_is_not_draggable_lets_the_chart_pan(chart, walked):
    price = walked.columns.view.last_price()
    chart.set_alert_lines([AlertLine("a", price, "leaves", enabled=True, draggable=False)])
    start = QPoint(400, y_of(chart, price))
    drag(chart, start, start + QPoint(60, 0))
    assert not chart.following


def test_a_line_that_is_dragged_keeps_its_place_while_others_change(chart, walked):
    price = walked.columns.view.last_price()
    line = AlertLine("a", price, "above", enabled=True, draggable=True)
    chart.set_alert_lines([line])
    start = QPoint(400, y_of(chart, price))
    QTest.mousePress(viewport(chart), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(viewport(chart), start + QPoint(0, 20))
    QTest.mouseMove(viewport(chart), start + QPoint(0, 30))
    chart.set_alert_lines([line, AlertLine("b", price + 1, "other", enabled=True, draggable=True)])
    item = chart._picture.alerts._items["a", 0]
    assert item.pos().y() == pytest.approx(start.y() + 30, abs=2)
    QTest.mouseRelease(viewport(chart), Qt.MouseButton.LeftButton, pos=start + QPoint(0, 30))


def test_a_level_near_the_price_is_brought_into_view(chart, walked):
    high = chart._picture.scale.high
    size = high - chart._picture.scale.low
    chart.set_alert_lines([AlertLine("a", high + size * 0.05, "above", enabled=True, draggable=True)])
    show(chart, walked.columns.view)
    (item,) = chart._picture.alerts._items.values()
    assert item.isVisible()
    assert chart._picture.scale.high > high + size * 0.05


def test_tags_of_neighbouring_levels_stand_side_by_side(chart, walked):
    price = walked.columns.view.last_price()
    chart.set_alert_lines(
        [
            AlertLine(name, price + off, name, True, True)
            for name, off in (("a", 0.0), ("b", 0.01), ("c", 0.02))
        ]
    )
    rects = sorted(
        (item.tag_left, item.tag_left + item.tag_width()) for item in chart._picture.alerts._items.values()
    )
    assert all(right < left for (_, right), (left, _) in pairwise(rects))


def test_a_range_has_two_lines_of_one_rule(chart, walked):
    price = walked.columns.view.last_price()
    chart.set_alert_lines(
        [AlertLine("leaves", price + off, "leaves", enabled=True, draggable=False) for off in (-1.0, 1.0)]
    )
    places = [item.pos().y() for item in chart._picture.alerts._items.values()]
    assert places == [round(chart._picture.scale.y(price + off)) for off in (-1.0, 1.0)]
    chart.set_alert_lines([])
    assert not chart._picture.alerts._items


def test_the_wheel_over_an_axis_zooms_and_keeps_following(chart, walked, hand):
    before = chart._window.span_ns
    hand(chart).wheel(735, 150, 1)
    assert chart.following
    assert chart._window.span_ns < before


def test_the_view_moves_on_a_little_in_silence(chart, walked):
    view = walked.columns.view
    newest = int(view.time_ns[view.count - 1])
    chart.show_span(60)
    chart.refresh(view, newest)
    before = chart._window.fraction_of_newest()
    assert chart.refresh(view, newest + 3 * SECOND)
    assert not chart.refresh(view, newest + 3 * SECOND)
    chart.refresh(view, newest + 3_600 * SECOND)
    left = chart._window.left_ns
    assert 0.78 < (newest - left) / chart._window.span_ns < before


def test_missing_values_paint(chart, ticks):
    market = ticks().walk(50)
    for text in (VWAP, "vwap_upper(session, 2)"):
        market.columns.series(text)[:50] = np.nan
    market.columns.series("vwap_lower(session, 2)")[10:20] = np.nan
    market.columns.publish()
    show(chart, market.columns.view)
    assert "VWAP –" not in chart._readout.text()
    assert not chart.grab().isNull()


def test_a_series_that_is_not_kept_yet_is_drawn_once_it_comes(chart, ticks, colours):
    market = ticks(series=False).walk(200)
    chart.set_curves((CurveSpec(VWAP, "VWAP", "vwap"),), ())
    show(chart, market.columns.view)
    assert DARK.vwap.lower() not in colours(chart)
    market.columns.add_series(VWAP)[:200] = market.columns.view.last_price()
    market.columns.publish()
    chart.refresh(market.columns.view, None)
    assert "VWAP " in chart._readout.text()
    assert DARK.vwap.lower() in colours(chart)


def test_a_gap_breaks_the_price_line_and_dashes_the_vwap(chart, ticks):
    seconds = np.concatenate((np.arange(30.0), np.arange(45.0, 60.0)))
    show(chart, ticks().add(seconds, 24_900 + np.arange(45) * 0.1, gaps=[30]).columns.view)
    curves = chart._picture._curves
    assert np.isnan(curves._points(PRICE)[1][0]).sum() == 1
    assert not curves._curves[0].dashed.is_empty
    (path,) = curves._price.paths()
    assert sum(path.elementAt(n).isMoveTo() for n in range(path.elementCount())) == 2


def test_a_backward_seek_starts_anew(chart, walked, ticks):
    before = ticks().walk(100, seed=9)
    show(chart, before.columns.view)
    assert f"Last {before.columns.view.last_price():,.2f}" in chart._readout.text()
    wide = before.columns
    wide.rescale(3, 0)
    wide.publish()
    assert chart.refresh(wide.view, None)


def test_a_theme_recolours_everything(chart, walked, colours):
    chart.set_alert_lines(
        [AlertLine("a", walked.columns.view.last_price(), "a", enabled=True, draggable=True)]
    )
    assert {DARK.window.lower(), DARK.alert.lower(), DARK.price.lower()} <= colours(chart)
    chart.set_theme(LIGHT)
    show(chart, walked.columns.view)
    shown = colours(chart)
    assert {LIGHT.window.lower(), LIGHT.alert.lower(), LIGHT.vwap.lower()} <= shown
    assert not {DARK.window.lower(), DARK.alert.lower(), DARK.vwap.lower(), DARK.up.lower()} & shown


def test_replay_gives_the_last_price_its_colour(chart, walked, colours):
    assert DARK.replay.lower() not in colours(chart)
    chart.set_replay(True)
    assert DARK.replay.lower() in colours(chart)


def test_stale_data_is_dimmed(chart, walked, colours):
    assert DARK.price.lower() in colours(chart)
    chart.set_stale(True)
    assert DARK.price.lower() not in colours(chart)


def test_an_index_has_no_volume_pane(chart, ticks):
    chart.set_instrument(
        symbol="NIFTY", zone=ZoneInfo("Asia/Kolkata"), decimals=2, has_volume=False, price_text=str
    )
    show(chart, ticks().walk(100).columns.view)
    assert not chart._panes.volume.isVisible()
    assert "Size" not in chart._readout.text()


def test_firings_are_shown_where_they_happened(chart, walked, colours):
    view = walked.columns.view
    row = view.count - 300
    mark = FiringMark("a", int(view.time_ns[row]), float(view.prices(row, row + 1)[0]))
    chart.set_firings([mark, mark, replace(mark, ts_ns=0)])
    assert len(chart._picture._firings._points) == 1
    assert DARK.alert.lower() in colours(chart)


def test_the_ribbon_tells_what_happened(chart, walked, colours):
    at = int(walked.columns.view.time_ns[walked.columns.view.count - 400])
    chart.set_ribbon(
        [
            RibbonMark(EventKind.DUPLICATE, at, at, "seq 12 again"),
            RibbonMark(EventKind.GAP, at, at + 9 * SECOND, "480 ticks missing"),
        ]
    )
    ribbon = chart._panes.ribbon
    lines = ribbon.details_at(chart._picture.scale.x(at)).splitlines()
    assert [line.split(" · ")[1] for line in lines] == ["480 ticks missing", "seq 12 again"]
    assert ribbon.details_at(2.0) == ""
    assert DARK.warning.lower() in colours(chart)


@pytest.fixture
def undashed(chart):
    """Show no dashed line: where its dashes begin depends on what of it is in sight as it is painted."""
    chart.set_curves((CurveSpec(VWAP, "VWAP", "vwap"),), (BandSpec(UPPER, LOWER, "±2σ"),))


def painted_at_once(chart, view):
    """Return the pixels of the same picture, all of it painted anew."""
    chart._picture.touch()
    for sheet in (chart._picture._sheet, chart._picture._volume._sheet):
        sheet.change_all()
    show(chart, view, frames=1)
    return pixels(QApplication.primaryScreen().grabWindow(chart.winId()))


@pytest.mark.parametrize("span", [30, 60, 400])
def test_what_was_painted_bit_by_bit_is_what_is_painted_at_once(chart, ticks, span, undashed):
    market = ticks().walk(600, per_second=20)
    chart.show_span(span)
    for n in range(80):
        market.walk(2 + 3 * (n % 7), per_second=20, seed=n)
        show(chart, market.columns.view, frames=1)
    bit_by_bit = pixels(QApplication.primaryScreen().grabWindow(chart.winId()))
    other = np.abs(bit_by_bit - painted_at_once(chart, market.columns.view))
    assert other.max() <= 24


def test_panning_back_and_forth_leaves_the_picture_of_a_chart_that_never_moved(chart, walked, undashed):
    chart.show_span(300)
    show(chart, walked.columns.view)
    for key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
        QTest.keyClick(chart, key)
        show(chart, walked.columns.view, frames=1)
    for moved_px in (3, 40, 41, -20, 0):
        chart._steering.pan_by(moved_px / chart._window.columns)
        chart.refresh(walked.columns.view, None)
        QApplication.processEvents()
    shown = pixels(QApplication.primaryScreen().grabWindow(chart.winId()))
    assert np.abs(shown - painted_at_once(chart, walked.columns.view)).max() <= 24


def test_a_scroll_paints_only_what_it_uncovers(chart, ticks, monkeypatch):
    market = ticks().walk(2_000, per_second=20)
    chart.show_span(60)
    show(chart, market.columns.view)
    painted = []
    sheet = chart._picture._sheet
    monkeypatch.setattr(
        chart._picture._curves._price, "paint_on", lambda _, strip: painted.append(strip.right - strip.left)
    )
    low = chart._picture.scale.low
    left = chart._window.left_ns
    for _ in range(12):
        market.add([market.columns.count / 20], [market.columns.view.last_price()])
        show(chart, market.columns.view, frames=1)
    assert chart._window.left_ns > left
    assert chart._picture.scale.low == low
    assert max(painted) < sheet._pixmap.width() / 4


def test_an_error_while_painting_is_logged_and_survived(chart, walked, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(chart._picture._curves._price, "paint_on", broken)
    chart._picture.touch()
    chart.refresh(walked.columns.view, None)
    with caplog.at_level(logging.ERROR):
        chart.grab()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert isinstance(chart._picture._curves._price, Line)


def test_everything_that_can_be_reached_has_a_name(chart):
    for widget in (chart, chart._panes, chart._readout, chart._live):
        assert widget.accessibleName()
