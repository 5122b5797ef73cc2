import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget

from app.window.feed_choices import FeedChoices

HEADER = "symbol,ts,price,size\n"
WAIT_MS = 20_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise", extend=True)


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    return made


@pytest.fixture
def feeds(desk, window):
    made = FeedChoices(desk, desk.clock, None, window)
    yield made
    made.close()


@pytest.fixture
def ticks(tmp_path):
    path = tmp_path / "ticks.csv"
    path.write_text(HEADER + "SBIN,2026-11-20T09:15:00,842,5\n")
    return path


def dropped(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def settle(qtbot, feeds):
    dialog = feeds.file_dialog
    qtbot.waitUntil(lambda: not dialog._timer.isActive(), timeout=WAIT_MS)
    return dialog


def test_a_file_is_looked_at_before_it_is_opened(feeds, desk, qtbot, ticks):
    opened = []
    feeds.opened.connect(opened.append)
    feeds.ask_about(str(ticks))
    dialog = settle(qtbot, feeds)
    assert desk.calls == []
    dialog.accept()
    assert desk.calls == [("open", str(ticks))]
    assert opened == [str(ticks)]
    assert feeds.recent == (str(ticks),)
    assert feeds.file_dialog is None


def test_giving_up_keeps_what_is_open(feeds, desk, qtbot, ticks):
    feeds.ask_file()
    feeds.ask_about(str(ticks))
    settle(qtbot, feeds).reject()
    assert desk.calls == []
    assert feeds.recent == ()


def test_how_a_file_was_read_is_remembered_with_it(feeds, desk, qtbot, ticks):
    address = f"file:{ticks}?tz=UTC"
    feeds.ask_about(address)
    settle(qtbot, feeds).accept()
    assert desk.calls == [("open", address)]
    assert feeds.recent == (address,)


def test_of_several_files_that_are_dropped_the_first_is_shown_and_the_rest_is_told(feeds, qtbot, ticks):
    assert feeds.take_drop(dropped(ticks, ticks.parent / "b.csv", ticks.parent / "c.csv"))
    dialog = settle(qtbot, feeds)
    assert dialog.choice.path == str(ticks)
    assert dialog.note.text() == "2 other files were dropped too and left out."


def test_a_folder_that_is_no_tape_is_refused_with_the_reason(feeds, tmp_path):
    told = []
    feeds.failed.connect(told.append)
    assert feeds.take_drop(dropped(tmp_path))
    assert "expected a tick file or a tape folder" in told[0]
    assert feeds.file_dialog is None


def test_a_tape_that_is_dropped_is_shown(feeds, qtbot, tmp_path):
    (tmp_path / "date=2026-11-20").mkdir()
    feeds.take_drop(dropped(tmp_path))
    assert settle(qtbot, feeds).choice.path == str(tmp_path)


def test_what_is_no_file_is_not_taken(feeds):
    data = QMimeData()
    data.setText("NIFTY")
    assert not feeds.take_drop(data)


def test_a_folder_is_asked_for_by_the_dialog_of_folders(feeds, qtbot):
    feeds.ask_folder()
    browser = feeds.file_dialog.findChild(QFileDialog)
    assert browser.fileMode() is QFileDialog.FileMode.Directory
    browser.reject()
    settle(qtbot, feeds)
