"""The palette's popup by the keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QMainWindow

from app.dialogs.palette import PalettePopup
from app.stylesheet import desk_stylesheet
from app.theme import DARK, LIGHT
from app.viewmodels.palette import Choice, Palette


@pytest.fixture
def done():
    return []


@pytest.fixture
def popup(qtbot, done):
    def choice(title, **given):
        return Choice(title, "Deed", lambda: done.append(title), **given)

    entries = [
        choice("Open tick file…", keys="Ctrl+O"),
        choice("Settings…"),
        choice("Broken", fault="no reason"),
    ]
    entries += [choice(f"Symbol {number}") for number in range(40)]
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1000, 640)
    window.setStyleSheet(desk_stylesheet(DARK))
    window.show()
    made = PalettePopup(Palette(lambda: entries), DARK, window)
    made.open()
    return made


def current(popup):
    return popup.list.currentIndex().data()


def test_it_opens_empty_on_all_with_the_line_focused(popup):
    assert popup.line.text() == ""
    assert current(popup) == "Open tick file…"
    assert popup.line.hasFocus()
    assert len(popup.found) == 43


def test_typing_narrows_and_enter_does_the_first(popup, qtbot, done):
    qtbot.keyClicks(popup.line, "sett")
    assert [each.choice.title for each in popup.found] == ["Settings…"]
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    assert done == ["Settings…"]
    assert not popup.isVisible()


def test_arrows_and_pages_move_and_wrap_only_by_single_steps(popup, qtbot, done):
    qtbot.keyClick(popup.line, Qt.Key.Key_Up)
    assert current(popup) == "Symbol 39"
    qtbot.keyClick(popup.line, Qt.Key.Key_Down)
    qtbot.keyClick(popup.line, Qt.Key.Key_Down)
    assert current(popup) == "Settings…"
    qtbot.keyClick(popup.line, Qt.Key.Key_PageUp)
    assert current(popup) == "Open tick file…"
    for _ in range(9):
        qtbot.keyClick(popup.line, Qt.Key.Key_PageDown)
    assert current(popup) == "Symbol 39"
    assert done == []


def test_escape_closes_and_does_nothing(popup, qtbot, done):
    qtbot.keyClick(popup.line, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert done == []


def test_what_is_at_fault_says_why_and_stays(popup, qtbot, done):
    qtbot.keyClicks(popup.line, "broken")
    assert popup.note.text() == "no reason"
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    assert popup.isVisible()
    assert done == []


def test_nothing_found_is_said(popup, qtbot, done):
    qtbot.keyClicks(popup.line, "qqq")
    assert popup.note.text() == "Nothing is found"
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    qtbot.keyClick(popup.line, Qt.Key.Key_Down)
    assert done == []


def test_a_click_chooses(popup, qtbot, done):
    row = popup.list.visualRect(popup.list.model().index(1, 0))
    qtbot.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert done == ["Settings…"]


def test_a_row_is_heard_with_kind_and_keys(popup):
    spoken = popup.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Open tick file…, Deed, Ctrl+O"


def test_it_is_at_the_top_in_the_middle_and_fits_a_narrow_window(popup):
    window = popup.parentWidget()
    assert abs(popup.geometry().center().x() - window.rect().center().x()) <= 1
    assert popup.y() < 80
    window.resize(500, 400)
    assert window.rect().contains(popup.geometry())
    assert abs(popup.geometry().center().x() - window.rect().center().x()) <= 1


def test_keys_of_the_window_wait_and_the_keyboard_goes_back(popup, qtbot):
    window, fired = popup.parentWidget(), []
    other = QLineEdit(window)
    other.show()
    popup.close_quietly()
    other.setFocus()
    shortcut = QShortcut(QKeySequence("Esc"), window)
    shortcut.activated.connect(lambda: fired.append("Esc"))
    popup.open("a")
    qtbot.keyClick(popup.line, Qt.Key.Key_Escape)
    assert popup.isHidden()
    assert fired == []
    assert other.hasFocus()


def test_a_click_beside_it_closes(popup, qtbot, done):
    qtbot.mouseClick(popup.parentWidget(), Qt.MouseButton.LeftButton, pos=QPoint(5, 600))
    assert popup.isHidden()
    assert done == []


def test_typed_signs_are_painted_in_the_accent_of_the_theme(popup, qtbot):
    def painted():
        picture = popup.list.grab().toImage()
        return {
            picture.pixelColor(x, y).name().upper() for x in range(12, 200) for y in range(picture.height())
        }

    assert DARK.up not in painted()
    qtbot.keyClicks(popup.line, "symbol")
    assert DARK.up in painted()
    popup.set_theme(LIGHT)
    popup.list.viewport().update()
    assert LIGHT.up in painted()
