from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.dialogs.pages import AboutPage, ShortcutsPage


def words(page):
    return " ".join(label.text() for label in page.findChildren(QLabel))


def test_every_key_has_its_line_and_escape_closes(qtbot):
    page = ShortcutsPage()
    qtbot.addWidget(page)
    for key in ("Ctrl+O", "Space", "F12", "End"):
        assert key in words(page)
    page.open()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_about_tells_the_version(qtbot):
    page = AboutPage()
    qtbot.addWidget(page)
    assert "Version" in words(page)
