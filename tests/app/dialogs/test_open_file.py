from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dialogs.open_file import OpenFileDialog
from app.viewmodels.file_preview import FileChoice, FilePreviewer
from feeds.address import parse_address
from feeds.instruments import load_instruments

HEADER = "symbol,ts,price,size\n"
WAIT_MS = 20_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support raise", extend=True)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.csv").write_text(HEADER + "SBIN,2026-11-20T09:15:00,842,5\n")
    (tmp_path / "wrong.csv").write_text("when,what,many\n2026-11-20T03:45:00,842,5\n")
    (tmp_path / "inside").mkdir()
    return tmp_path


@pytest.fixture
def opened(qtbot, folder):
    def made(*recent, first=None):
        dialog = OpenFileDialog(
            FilePreviewer(load_instruments()), recent, str(folder), ZoneInfo("Asia/Kolkata"), first
        )
        qtbot.addWidget(dialog)
        dialog.show()
        settle(qtbot, dialog)
        return dialog

    return made


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog._timer.isActive(), timeout=WAIT_MS)


def entry(listed, name):
    for row in range(listed.entries.rowCount()):
        if listed.entries.index(row, 0).data() == name:
            return listed.visualRect(listed.entries.index(row, 0)).center()
    raise AssertionError(name)


def test_a_click_shows_a_file_and_enter_opens_it(opened, qtbot, folder):
    dialog = opened()
    assert not dialog.open_button.isEnabled()
    qtbot.mouseClick(
        dialog.folder_list.viewport(), Qt.MouseButton.LeftButton, pos=entry(dialog.folder_list, "good.csv")
    )
    settle(qtbot, dialog)
    assert dialog.pane.table.sheet.index(0, 1).data() == "09:15:00.000"
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.folder_list, Qt.Key.Key_Return)
    assert dialog.choice.address == str(folder / "good.csv")


def test_enter_at_once_opens_as_soon_as_the_file_is_found_to_be_readable(opened, qtbot, folder):
    dialog = opened()
    with qtbot.waitSignal(dialog.accepted, timeout=WAIT_MS):
        dialog.look_at(FileChoice(str(folder / "good.csv")))
        dialog.accept()


def test_wrong_columns_say_why_and_are_mended_by_choosing(opened, qtbot, folder):
    dialog = opened(first=FileChoice(str(folder / "wrong.csv")))
    pane = dialog.pane
    assert not dialog.open_button.isEnabled()
    assert "choose it above" in pane._fault.text()
    for ours, name in (("ts", "when"), ("price", "what"), ("size", "many")):
        box = pane.columns[ours]
        box.setFocus()
        while box.currentData() != name:
            qtbot.keyClick(box, Qt.Key.Key_Down)
        settle(qtbot, dialog)
    assert dialog.open_button.isEnabled()
    assert dict(parse_address(dialog.choice.address).columns) == {
        "ts": "when",
        "price": "what",
        "size": "many",
    }


def test_the_calendar_is_chosen_and_goes_into_the_address(opened, qtbot, folder):
    dialog = opened(first=FileChoice(str(folder / "good.csv")))
    for box, key in ((dialog.pane.zone, Qt.Key.Key_Down), (dialog.pane.calendar, Qt.Key.Key_Down)):
        box.setFocus()
        qtbot.keyClick(box, key)
        settle(qtbot, dialog)
    found = parse_address(dialog.choice.address)
    assert (found.zone, found.calendar) == ("Asia/Kolkata", "nse")


def test_a_path_is_typed_and_enter_looks_at_it_first(opened, qtbot, folder):
    dialog = opened()
    dialog.path.setFocus()
    qtbot.keyClicks(dialog.path, str(folder / "gone.csv"))
    qtbot.keyClick(dialog.path, Qt.Key.Key_Return)
    settle(qtbot, dialog)
    assert "found nothing there" in dialog.pane._message.text()
    assert dialog.isVisible()
    assert not dialog.open_button.isEnabled()


def test_recent_files_are_listed_and_those_that_are_gone_say_so(opened, folder):
    dialog = opened(str(folder / "good.csv"), str(folder / "gone.csv"))
    model = dialog.recent_list.entries
    words = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole) for row in range(2)]
    assert words[0].startswith("52 bytes")
    assert words[1] == "not there any more"


def test_a_recent_file_keeps_how_it_was_read(opened, qtbot, folder):
    address = f"file:{folder / 'wrong.csv'}?map=ts:when,price:what,size:many"
    dialog = opened(address)
    qtbot.mouseClick(
        dialog.recent_list.viewport(), Qt.MouseButton.LeftButton, pos=entry(dialog.recent_list, "wrong.csv")
    )
    settle(qtbot, dialog)
    assert dialog.open_button.isEnabled()
    assert dialog.choice.address == address


def test_folders_are_gone_into_and_left_by_keys(opened, qtbot, folder):
    dialog = opened()
    dialog.folder_list.setFocus()
    dialog.folder_list.setCurrentIndex(dialog.folder_list.entries.index(0, 0))
    qtbot.keyClick(dialog.folder_list, Qt.Key.Key_Return)
    settle(qtbot, dialog)
    assert dialog.folder == str(folder / "inside")
    qtbot.keyClick(dialog.folder_list, Qt.Key.Key_Backspace)
    settle(qtbot, dialog)
    assert dialog.folder == str(folder)


def test_browsing_leads_to_the_preview(opened, qtbot, folder):
    dialog = opened()
    dialog.browse()
    browser = dialog.findChild(QFileDialog)
    browser.fileSelected.emit(str(folder / "good.csv"))
    browser.reject()
    settle(qtbot, dialog)
    assert dialog.open_button.isEnabled()


def test_every_control_has_a_name(opened, folder):
    dialog = opened(first=FileChoice(str(folder / "good.csv")))
    for each in dialog.findChildren(QWidget):
        if (
            each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and each.isVisible()
            and each.parentWidget() is not None
        ):
            named = each.accessibleName() or getattr(each, "text", lambda: "")()
            assert named or "qt_" in each.objectName(), each


def test_a_file_that_is_dropped_onto_it_is_shown(opened, qtbot, folder):
    dialog = opened()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "good.csv"))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    dialog.dropEvent(event)
    settle(qtbot, dialog)
    assert dialog.choice.path == str(folder / "good.csv")
    assert dialog.open_button.isEnabled()
