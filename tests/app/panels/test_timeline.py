import pytest
from PySide6.QtCore import QPoint, Qt

from app.panels.timeline import Timeline
from app.theme import DARK


@pytest.fixture
def timeline(desk, qtbot):
    desk.go_replay("NIFTY-FUT", rows=1000, row=400)
    made = Timeline(DARK)
    qtbot.addWidget(made)
    made.resize(1000, 60)
    made.show_transport(desk.transport)
    made.show()
    return made


@pytest.fixture
def sought(timeline):
    rows = []
    timeline.seek_wanted.connect(rows.append)
    return rows


def test_every_row_has_its_place_and_every_place_its_row(timeline):
    for row in (0, 1, 99, 100, 555, 999):
        assert timeline._row_at(timeline._x_of(row)) == row


def test_a_click_seeks_where_it_fell(timeline, sought, qtbot):
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(250, 20))
    assert sought == [250]


@pytest.mark.qt_log_ignore("does not support raise")  # the time that follows the pointer
def test_a_drag_seeks_once_where_it_ends(timeline, sought, qtbot):
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    for x in (200, 300, 400):
        qtbot.mouseMove(timeline, QPoint(x, 20))
    assert sought == []
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=QPoint(700, 20))
    assert sought in ([400], [700])  # off screen the release does not always move the pointer


@pytest.mark.parametrize(
    ("key", "row"), [(Qt.Key.Key_Home, 0), (Qt.Key.Key_PageDown, 450), (Qt.Key.Key_PageUp, 350)]
)
def test_keys_leap(timeline, sought, qtbot, key, row):
    qtbot.keyClick(timeline, key)
    assert sought == [row]


def test_what_is_played_wears_the_replays_colour(timeline):
    picture = timeline.grab().toImage()
    floor = timeline.height() - 20
    assert picture.pixelColor(150, floor).name().upper() == DARK.replay
    assert picture.pixelColor(850, floor).name().upper() != DARK.replay


def test_without_bins_rows_go_evenly(desk, timeline):
    desk.move(timeline=(), row=500)
    timeline.show_transport(desk.transport)
    assert timeline._x_of(500) == pytest.approx(500)
