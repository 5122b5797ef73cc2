"""Workspaces in the window: saved, switched, renamed, deleted, brought back."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from app.dialogs.settings import SettingsDialog
from app.settings_book import SettingsBook
from app.theme import DARK, LIGHT
from app.window.choices import WindowChoices


@pytest.fixture
def window(desk, open_window, places):
    desk.go_live("NIFTY-FUT", "SBIN")
    desk.trade("NIFTY-FUT", 24_900.0)
    desk.trade("SBIN", 842.0)
    made = open_window(layout_file=places.layout, choices=WindowChoices(settings=SettingsBook(places, {})))
    made.refresh_now()
    return made


def press(window, key):
    QTest.keySequence(window.parts.chart, QKeySequence(key))


def name_it(window, qtbot, name):
    dialog = window.keeper.dialog
    dialog.line.setText(name)
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)


def make(window, qtbot, name):
    window.keeper.ask_new()
    name_it(window, qtbot, name)


def test_a_workspace_keeps_what_the_window_shows_and_gives_it_back(window, qtbot):
    make(window, qtbot, "Two up")
    window.parts.charts.set_count(2)
    window.parts.bottom.unfold("events")
    window.set_theme(LIGHT)
    window.refresher.show_symbol("SBIN")
    with qtbot.waitSignal(window.workspace_changed) as changed:
        make(window, qtbot, "One")
    assert changed.args == ["One"]
    window.parts.charts.set_count(1)
    window.parts.bottom.unfold(None)
    window.set_theme(DARK)
    window.refresher.show_symbol("NIFTY-FUT")
    press(window, "Ctrl+2")
    assert window.keeper.current == "Two up"
    assert window.parts.charts.count == 2
    assert window.parts.bottom.unfolded == "events"
    assert window.theme is LIGHT
    assert window.refresher.symbol == "SBIN"
    press(window, "Ctrl+1")
    assert (window.keeper.current, window.parts.charts.count, window.theme) == ("One", 1, DARK)


def test_a_key_without_a_workspace_does_nothing(window, qtbot):
    make(window, qtbot, "One")
    press(window, "Ctrl+9")
    assert window.keeper.current == "One"


def test_the_watchlist_is_the_workspaces_own(window, qtbot):
    make(window, qtbot, "Short")
    window.parts.watchlist.set_watched(("SBIN",))
    make(window, qtbot, "Whole")
    window.parts.watchlist.set_watched(None)
    window.keeper.switch("Short")
    assert window.parts.watchlist.symbols_wanted == ("SBIN",)
    window.keeper.switch("Whole")
    assert window.parts.watchlist.symbols_wanted is None


def test_a_closed_window_opens_again_in_the_workspace_asked_for(window, qtbot, open_window, places):
    make(window, qtbot, "Four")
    window.parts.charts.set_count(4)
    window.close()
    again = open_window(layout_file=places.layout, choices=WindowChoices(workspace="Four"))
    assert (again.keeper.current, again.parts.charts.count) == ("Four", 4)
    nameless = open_window(layout_file=places.layout)
    assert (nameless.keeper.current, nameless.parts.charts.count) == (None, 1)


def test_a_workspace_that_is_not_there_yet_begins_with_the_defaults(open_window, places, desk):
    desk.go_live("SBIN")
    window = open_window(layout_file=places.layout, choices=WindowChoices(workspace="New"))
    assert window.parts.side.banner.notice is None
    window.close()
    assert places.workspace("New").exists()


def test_a_deleted_workspace_comes_back_by_undo(window, qtbot):
    make(window, qtbot, "Gone")
    window.parts.charts.set_count(2)
    window.deeds.do("workspace-delete")
    assert (window.keeper.current, window.keeper.names) == (None, ())
    press(window, "Ctrl+Z")
    assert (window.keeper.current, window.parts.charts.count) == ("Gone", 2)


def test_a_renamed_workspace_keeps_its_layout(window, qtbot, places):
    make(window, qtbot, "old")
    window.keeper.ask_rename()
    assert window.keeper.dialog.line.text() == "old"
    name_it(window, qtbot, "new")
    assert window.keeper.names == ("new",)
    assert not places.workspace("old").exists()
    assert window.keeper.dialog is None


def test_a_damaged_layout_gives_the_defaults_and_a_notice_and_is_kept(desk, open_window, places):
    places.layout.parent.mkdir(parents=True)
    places.layout.write_text('{"version": 2, "geometry": 7')
    window = open_window(layout_file=places.layout)
    assert window.parts.side.banner.notice.title == "The window starts with its default layout"
    assert "layout.json.damaged" in window.parts.side.banner.notice.detail
    window.close()
    assert json.loads(places.layout.read_text())["version"] == 2
    assert places.layout.with_name("layout.json.damaged").read_text().startswith('{"version": 2')


def test_settings_count_at_once_where_they_can(window, qtbot):
    window.announcer.beep = True
    press(window, "Ctrl+,")
    dialog = window.findChild(SettingsDialog)
    combo = dialog.rows["theme"].field
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    dialog.rows["flash"].field.click()
    dialog.rows["beep"].field.click()
    dialog.buttons.button(QDialogButtonBox.StandardButton.Save).click()
    assert window.theme is LIGHT
    assert not window.parts.watchlist.layout_choice()["flash"]
    assert not window.announcer.beep


def test_saving_one_setting_leaves_a_theme_chosen_for_now(window, places):
    SettingsBook(places, {}).write({"theme": "dark"})
    window.deeds.do("theme-light")
    window.front.settings_saved.emit({"beep": False})
    assert window.theme is LIGHT


def test_flash_is_the_settings_and_not_the_layouts(window, qtbot):
    make(window, qtbot, "a")
    window.parts.watchlist.set_flash(False)
    make(window, qtbot, "b")
    window.parts.watchlist.set_flash(True)
    window.keeper.switch("a")
    assert window.parts.watchlist.layout_choice()["flash"]


def test_a_theme_chosen_against_the_file_says_that_it_will_not_last(window, places):
    SettingsBook(places, {}).write({"theme": "dark"})
    window.deeds.do("theme-light")
    assert window.theme is LIGHT
    assert window.parts.status._notice.text() == "Light for now: settings.toml says dark"
    window.deeds.do("theme-dark")
    assert window.theme is DARK


def test_a_theme_that_only_memory_knows_says_nothing(window):
    window.deeds.do("theme-light")
    assert window.parts.status._notice.text() == ""


def test_deleting_a_workspace_gives_the_default_back_and_keeps_it_through_the_undo(window, qtbot, places):
    window.parts.charts.set_count(4)
    window.parts.watchlist.set_watched(("NIFTY-FUT", "SBIN"))
    make(window, qtbot, "Scalp")
    window.parts.charts.set_count(1)
    window.parts.watchlist.set_watched(("SBIN",))
    window.deeds.do("workspace-delete")
    assert (window.parts.charts.count, window.parts.watchlist.symbols_wanted) == (4, ("NIFTY-FUT", "SBIN"))
    press(window, "Ctrl+Z")
    assert (window.parts.charts.count, window.parts.watchlist.symbols_wanted) == (1, ("SBIN",))
    window.keeper.switch(None)
    assert (window.parts.charts.count, window.parts.watchlist.symbols_wanted) == (4, ("NIFTY-FUT", "SBIN"))
    kept = json.loads(places.layout.read_text())
    assert (kept["charts"]["count"], kept["watchlist"]["watched"]) == (4, ["NIFTY-FUT", "SBIN"])


def test_a_workspace_is_left_by_all_but_a_new_name(window, qtbot):
    left = []
    window.keeper.left.connect(lambda: left.append(window.keeper.current))
    make(window, qtbot, "A")
    window.keeper.ask_rename()
    name_it(window, qtbot, "B")
    assert left == ["A"]
    window.keeper.switch(None)
    window.keeper.switch("B")
    window.keeper.delete()
    assert left == ["A", None, "B", None]


def test_a_deletion_whose_name_was_taken_meanwhile_can_still_be_undone_later(window, qtbot):
    make(window, qtbot, "Scalp")
    window.deeds.do("workspace-delete")
    make(window, qtbot, "Scalp")
    press(window, "Ctrl+Z")
    assert window.parts.side.banner.notice.title == "The workspace was not brought back"
    window.keeper.ask_rename()
    name_it(window, qtbot, "Other")
    press(window, "Ctrl+Z")
    assert window.keeper.names == ("Other", "Scalp")


@pytest.mark.parametrize(
    "wrong",
    [
        {"tab": "x"},
        {"bottom_height": float("inf")},
        {"columns": [float("inf")]},
        {"tab": "events", "bottom_height": 1e15},
    ],
)
def test_one_wrong_value_in_the_layout_does_not_keep_the_window_from_starting(
    desk, open_window, places, wrong
):
    desk.go_live("SBIN")
    open_window(layout_file=places.layout).close()
    kept = json.loads(places.layout.read_text())
    places.layout.write_text(json.dumps(kept | wrong))
    window = open_window(layout_file=places.layout)
    assert window.parts.bottom.unfolded == ("events" if len(wrong) > 1 else None)
    assert window.keeper.current is None


def test_undo_leaves_another_workspaces_watchlist_alone(window, qtbot):
    make(window, qtbot, "A")
    window.parts.watchlist.remove("SBIN")
    make(window, qtbot, "B")
    window.parts.watchlist.set_watched(("SBIN",))
    press(window, "Ctrl+Z")
    assert window.parts.watchlist.symbols_wanted == ("SBIN",)
    window.parts.watchlist.remove("SBIN")
    press(window, "Ctrl+Z")
    assert window.parts.watchlist.symbols_wanted == ("SBIN",)
