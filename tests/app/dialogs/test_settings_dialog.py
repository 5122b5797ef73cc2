"""The settings dialog over a file."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLineEdit

from app.dialogs.settings import SettingsDialog
from app.settings_book import SettingsBook
from app.stylesheet import desk_stylesheet
from app.theme import DARK


@pytest.fixture
def file(places):
    places.config.mkdir(parents=True)
    places.settings.write_text('theme = "light"  # by day\nkeep_mb = 64\n')
    return places.settings


@pytest.fixture
def open_dialog(qtbot, places, file):
    def make(environ=None):
        dialog = SettingsDialog(SettingsBook(places, environ or {}))
        qtbot.addWidget(dialog)
        dialog.setStyleSheet(desk_stylesheet(DARK))
        dialog.show()
        return dialog

    return make


def save_button(dialog):
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Save)


def type_into(qtbot, dialog, name, text):
    field = dialog.rows[name].field
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)


def test_every_setting_has_its_field_with_name_and_description(open_dialog):
    dialog = open_dialog()
    for row in dialog.rows.values():
        assert isinstance(row.field, QCheckBox | QComboBox | QLineEdit)
        assert row.field.accessibleName() == row.setting.fact.title
        assert row.field.accessibleDescription() == row.setting.fact.what
        assert row.note.text().startswith(row.setting.fact.what)


def test_where_a_value_comes_from_is_told(open_dialog):
    dialog = open_dialog({"TICKDESK_BEEP": "no"})
    told = {name: row.origin.text() for name, row in dialog.rows.items()}
    assert told["theme"] == "settings.toml"
    assert told["flash"] == "default"
    assert told["beep"] == "set by TICKDESK_BEEP"
    assert not dialog.rows["beep"].field.isEnabled()
    assert dialog.rows["theme"].field.currentText() == "Light"


def test_a_change_is_written_and_the_rest_of_the_file_stays(open_dialog, file, qtbot):
    dialog = open_dialog()
    assert not save_button(dialog).isEnabled()
    type_into(qtbot, dialog, "keep_mb", "128")
    assert dialog.rows["keep_mb"].origin.text() == "changed"
    assert dialog.reason.text() == "Counts from the next start: Keep MB"
    with qtbot.waitSignal(dialog.saved) as saved:
        save_button(dialog).click()
    assert saved.args == [{"keep_mb": 128}]
    assert file.read_text() == 'theme = "light"  # by day\nkeep_mb = 128\n'
    assert not dialog.isVisible()


def test_a_wrong_value_is_told_beside_it_and_cannot_be_saved(open_dialog, qtbot):
    dialog = open_dialog()
    type_into(qtbot, dialog, "scale", "3")
    assert "factor from 1 to 2" in dialog.rows["scale"].note.text()
    assert dialog.rows["scale"].field.property("wrong")
    assert not save_button(dialog).isEnabled()
    type_into(qtbot, dialog, "scale", "1.5")
    assert save_button(dialog).isEnabled()


def test_a_reset_takes_the_setting_out_of_the_file(open_dialog, file, qtbot):
    dialog = open_dialog()
    row = dialog.rows["theme"]
    assert not dialog.rows["beep"].way_back.isVisible()
    row.way_back.click()
    assert row.field.currentText() == "Dark"
    assert not row.way_back.isVisible()
    save_button(dialog).click()
    assert file.read_text() == "# by day\nkeep_mb = 64\n"


def test_a_switch_by_the_keyboard(open_dialog, file, qtbot):
    dialog = open_dialog()
    qtbot.keyClick(dialog.rows["flash"].field, Qt.Key.Key_Space)
    save_button(dialog).click()
    assert file.read_text().endswith("flash = false\n")


def test_a_damaged_file_is_told_and_nothing_can_be_saved(open_dialog, file):
    file.write_text("theme = \n")
    dialog = open_dialog()
    assert "not TOML" in dialog.reason.text()
    assert "by hand" in dialog.reason.text()
    assert not save_button(dialog).isEnabled()


def test_a_write_that_fails_is_told_and_the_dialog_stays(open_dialog, qtbot, monkeypatch):
    def full(_path, _text):
        raise OSError(28, "No space left on device")

    dialog = open_dialog()
    type_into(qtbot, dialog, "keep_mb", "128")
    monkeypatch.setattr("app.settings_book.write_whole", full)
    save_button(dialog).click()
    assert "No space left" in dialog.reason.text()
    assert dialog.isVisible()
    assert dialog.rows["keep_mb"].field.text() == "128"


def test_tab_reaches_every_field_that_can_be_changed(open_dialog, qtbot):
    dialog = open_dialog({"TICKDESK_BEEP": "no"})
    dialog.rows["theme"].field.setFocus()
    reached = set()
    while (focused := dialog.focusWidget()) not in reached:
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    fields = {row.field for row in dialog.rows.values() if not row.setting.overridden}
    assert fields <= reached
    assert dialog.rows["theme"].way_back in reached
