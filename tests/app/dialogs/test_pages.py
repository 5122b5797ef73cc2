"""Pages of words."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.dialogs.pages import AboutPage, ShortcutsPage

SHEET = (
    ("Anywhere", (("Ctrl+O", "Open tick file"), ("F12", "Performance"), ("Esc", "Close"))),
    ("Chart and transport", (("Space", "Play or pause"), ("←  →", "Step"))),
)


def words(page):
    return [label.text() for label in page.findChildren(QLabel)]


@pytest.fixture
def page(qtbot):
    made = ShortcutsPage(SHEET)
    qtbot.addWidget(made)
    made.open()
    return made


def test_every_key_has_its_cap_and_its_words(page):
    shown = words(page)
    for text in ("Anywhere", "Ctrl+O", "Open tick file", "Space", "←", "→", "Step"):
        assert shown.count(text) == 1


def test_the_two_places_stand_side_by_side(page):
    left, right = (
        next(label for label in page.findChildren(QLabel) if label.text() == text)
        for text in ("Anywhere", "Chart and transport")
    )
    assert left.y() == right.y()
    assert left.geometry().right() < right.x()


def test_escape_closes(page, qtbot):
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_about_tells_the_version(qtbot):
    page = AboutPage()
    qtbot.addWidget(page)
    assert any("Version" in text for text in words(page))
