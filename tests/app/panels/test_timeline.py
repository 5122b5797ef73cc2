import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut

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
    ("key", "row"),
    [
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 1000),
        (Qt.Key.Key_PageDown, 450),
        (Qt.Key.Key_PageUp, 350),
        (Qt.Key.Key_Left, 399),
        (Qt.Key.Key_Right, 401),
    ],
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


def test_the_cursor_stands_where_it_is_sought_at_once(desk, timeline, qtbot):
    qtbot.keyClick(timeline, Qt.Key.Key_Home)
    desk.move(row=380)
    timeline.show_transport(desk.transport, seeking=True)
    qtbot.keyClick(timeline, Qt.Key.Key_PageDown)
    assert timeline._here(desk.transport) == 50
    timeline.show_transport(desk.transport)
    assert timeline._here(desk.transport) == 380


def test_the_pointer_is_told_time_volume_and_what_happened_there(timeline):
    timeline.set_marks((401, 402, 950), (405,))
    words = timeline.words_at(450)
    assert words == "03:37:30  ·  50 traded  ·  tick 450  ·  2 firings  ·  1 gap"


def test_keys_that_seek_are_kept_from_the_window(timeline, sought, qtbot):
    taken = []
    shortcut = QShortcut(QKeySequence("End"), timeline, taken.append)
    shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
    timeline.setFocus()
    qtbot.keyClick(timeline, Qt.Key.Key_End)
    assert (taken, sought) == ([], [1000])


def test_thousands_of_marks_are_placed_once(timeline, monkeypatch):
    timeline.set_marks(tuple(range(0, 1000)), ())
    timeline.grab()
    monkeypatch.setattr(timeline, "_places", lambda _rows: pytest.fail("placed again"))
    timeline.update()
    timeline.grab()
