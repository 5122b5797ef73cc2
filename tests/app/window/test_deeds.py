"""One table of deeds: the menu, the keys, the sheet and the palette agree on it."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMainWindow, QMenu, QWidget

from app.dialogs.pages import ShortcutsPage
from app.theme import HIGH_CONTRAST, LIGHT
from app.window.deeds import Deed, Group, Place, Table, key_text, sheet_of
from app.window.keys import bind_keys
from app.window.menu import DeskMenu

TAKEN_BY_THE_CHART = {"measure", "zoom", "level", "anchor", "zoom-in", "page", "home"}
TAKEN_BY_THE_ALERTS = {
    "alert-edit", "alert-switch", "alert-delete", "alert-snooze", "alert-why-not", "firing-replay",
}  # fmt: skip


def press(widget, key):
    """Press a key as it is written in the table."""
    QTest.keySequence(widget, QKeySequence(key))


def in_front(window, qtbot):
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def entries(menu):
    """Return all entries of a menu and of those below it."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from entries(action.menu())
        elif not action.isSeparator():
            yield action


def in_menu(window, name):
    window.menu.prepare()
    return next(action for action in entries(window.menu) if action.objectName() == name)


# The table


def test_names_keys_and_titles_are_each_there_once(live):
    deeds = live.deeds.deeds
    names = [deed.name for deed in deeds]
    assert len(names) == len(set(names))
    keys = [(deed.place, key) for deed in deeds for key in deed.keys]
    assert len(keys) == len(set(keys))
    titles = [(deed.group, deed.title) for deed in deeds]
    assert len(titles) == len(set(titles))


def test_every_bound_key_of_the_sheet_acts_in_its_place(live, qtbot):
    """Bind the window's own table to stand-ins, each deed telling its name."""
    done = []
    told = tuple(
        replace(deed, act=lambda name=deed.name: done.append(name), possible=None)
        for deed in live.deeds.deeds
        if deed.act is not None and deed.bound and deed.keys
    )
    window = QMainWindow()
    qtbot.addWidget(window)
    chart = QWidget()
    chart.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.setCentralWidget(chart)
    bind_keys(Table(told), {Place.WINDOW: (window,), Place.CHART: (chart,)})
    in_front(window, qtbot)
    chart.setFocus()
    for deed in told:
        for key in deed.keys:
            done.clear()
            press(chart, key)
            assert done == [deed.name], key


def test_every_key_that_is_not_bound_is_one_that_its_place_takes(live):
    taken = {deed.name for deed in live.deeds.deeds if deed.keys and (deed.act is None or not deed.bound)}
    assert taken == TAKEN_BY_THE_CHART | TAKEN_BY_THE_ALERTS


@pytest.mark.parametrize(("key", "tool"), [("M", "measure"), ("Z", "zoom")])
def test_the_chart_takes_the_keys_of_its_tools(live, qtbot, key, tool):
    press(live.parts.chart, key)
    assert live.parts.chart.tool == tool
    press(live.parts.chart, "Esc")
    assert live.parts.chart.tool is None


def test_the_chart_takes_the_keys_that_zoom_and_page(live, desk):
    chart = live.parts.chart

    def span():
        live.refresh_now()
        scale = chart.shown_scale()
        return scale.right_ns - scale.left_ns

    before = span()
    press(chart, "-")
    assert span() > before
    wide = span()
    press(chart, "+")
    assert span() < wide
    left = chart.shown_scale().left_ns
    press(chart, "PgUp")
    live.refresh_now()
    assert chart.shown_scale().left_ns < left
    before = chart.shown_scale().left_ns
    press(chart, "PgDown")
    live.refresh_now()
    assert chart.shown_scale().left_ns > before
    press(chart, "Home")
    live.refresh_now()
    left = chart.shown_scale().left_ns
    first = int(desk.view("NIFTY-FUT").time_ns[0])
    assert left <= first <= left + span() // 5


def test_the_sheet_shows_every_key_of_the_table_once(live):
    shown = [key for _place, lines in sheet_of(live.deeds) for key, _words in lines]
    joined = "  ".join(shown)
    for deed in live.deeds.deeds:
        for key in deed.keys:
            assert key_text(key) in joined.split("  ") or key.startswith("Ctrl+")
    assert "Ctrl+1 … Ctrl+9" in shown
    assert shown.count("←  →") == 1


def test_keys_of_text_fields_are_left_to_them(qtbot):
    done = []
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    line = QLineEdit(window.centralWidget())
    table = Table((Deed("find", "Find", lambda: done.append("/"), ("/",)),))
    bind_keys(table, {Place.WINDOW: (window,)})
    in_front(window, qtbot)
    line.setFocus()
    qtbot.keyClick(line, "/")
    assert (line.text(), done) == ("/", [])


# The menu


def test_the_menu_shows_what_can_be_done_now(qtbot):
    can = [False]
    deeds = (
        Deed("one", "One", lambda: None, group=Group.FEED, in_menu=True, possible=lambda: can[0]),
        Deed("two", "Two & more", lambda: None, group=Group.VIEW, in_menu=True, checked=lambda: can[0]),
        Deed("three", "Three", lambda: None, group=Group.VIEW),
    )
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = DeskMenu(Table(deeds), parent)
    shown = {action.objectName(): action for action in entries(menu)}
    assert set(shown) == {"one", "two"}
    assert not shown["one"].isEnabled()
    assert shown["two"].text() == "Two && more"
    can[0] = True
    menu.prepare()
    shown = {action.objectName(): action for action in entries(menu)}
    assert shown["one"].isEnabled()
    assert shown["two"].isChecked()


def test_every_entry_says_its_key_and_no_menu_stays_behind(live):
    for _ in range(3):
        live.menu.prepare()
    titles = [
        menu.title() for menu in live.menu.findChildren(QMenu) if menu.menuAction() in live.menu.actions()
    ]
    assert titles == ["Recent files", "Chart", "Panels", "Theme", "Workspaces"]
    for action in entries(live.menu):
        deed = next((deed for deed in live.deeds.now() if deed.name == action.objectName()), None)
        assert deed is not None
        assert action.shortcut() == QKeySequence(deed.keys[0] if deed.keys else "")


def test_themes_are_chosen_in_the_menu(live):
    in_menu(live, "theme-light").trigger()
    assert live.theme is LIGHT
    in_menu(live, "theme-high-contrast").trigger()
    assert live.theme is HIGH_CONTRAST
    assert in_menu(live, "theme-high-contrast").isChecked()
    assert not in_menu(live, "theme-light").isChecked()


def test_another_number_of_charts_leaves_the_keys_with_the_active_one(live):
    before = live.parts.chart
    in_menu(live, "charts-2").trigger()
    assert (live.parts.charts.count, live.parts.chart) == (2, before)
    assert before.hasFocus()
    assert in_menu(live, "charts-2").isChecked()


def test_recent_files_are_asked_about_from_the_menu(live, desk):
    asked = []
    live.feeds.ask_about = asked.append
    live.feeds.recent = ("file:/tapes/a&b.csv?tz=UTC",)
    action = in_menu(live, "recent-file:/tapes/a&b.csv?tz=UTC")
    assert action.text() == "/tapes/a&&b.csv"
    action.trigger()
    assert asked == ["file:/tapes/a&b.csv?tz=UTC"]


def test_panels_are_hidden_and_shown_again(live):
    in_menu(live, "panel-alerts").trigger()
    assert live._docks.right.isHidden()
    assert not in_menu(live, "panel-alerts").isChecked()
    in_menu(live, "panel-alerts").trigger()
    assert not live._docks.right.isHidden()


def test_without_settings_there_are_none_to_open(live):
    assert not in_menu(live, "settings").isEnabled()
    assert not in_menu(live, "workspace-new").isEnabled()


# The window's own keys


def test_the_sheet_opens_by_its_key_and_tells_the_keys_of_the_table(live, qtbot):
    press(live, "F1")
    page = next(each for each in live.findChildren(QDialog) if isinstance(each, ShortcutsPage))
    assert page.isVisible()
    assert page.height() <= 720
    page.close()


def test_the_palette_does_what_is_chosen_in_it(live, qtbot, desk):
    press(live, "Ctrl+K")
    palette = live.front.palette
    assert palette.line.hasFocus()
    qtbot.keyClicks(palette.line, "light")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert live.theme is LIGHT
    assert live.parts.chart.hasFocus()


def test_the_palette_charts_a_symbol(live, qtbot):
    press(live, "Ctrl+K")
    qtbot.keyClicks(live.front.palette.line, "sbin")
    qtbot.keyClick(live.front.palette.line, Qt.Key.Key_Return)
    assert live.refresher.symbol == "SBIN"


def test_the_palette_adds_a_series_to_the_active_chart(live, qtbot):
    press(live, "Ctrl+K")
    qtbot.keyClicks(live.front.palette.line, "+ ema(21)")
    qtbot.keyClick(live.front.palette.line, Qt.Key.Key_Return)
    assert "ema(21)" in live.parts.charts.active_pane.choice.series


def test_the_palette_makes_an_alert_and_undo_takes_it_back(live, qtbot, desk):
    press(live, "Ctrl+K")
    qtbot.keyClicks(live.front.palette.line, "SBIN price crosses above 850")
    assert live.front.palette.found[0].choice.kind == "New alert"
    qtbot.keyClick(live.front.palette.line, Qt.Key.Key_Return)
    assert [(rule.symbol, rule.when) for rule in desk.rules] == [("SBIN", "price crosses above 850.00")]
    press(live.parts.chart, "Ctrl+Z")
    assert desk.rules == ()


def test_the_palette_opens_at_once_over_many_symbols(desk, open_window):
    desk.go_live(*(f"SYMBOL{number}" for number in range(500)))
    window = open_window()
    window.refresh_now()
    took_s = []
    for _ in range(5):
        began_s = time.process_time()
        window.front.open_palette()
        QApplication.processEvents()
        took_s.append(time.process_time() - began_s)
        window.front.palette.close_quietly()
    assert min(took_s) < 0.05


def test_the_palette_offers_speeds_in_a_replay_alone(live, replay, desk):
    def titles(window):
        window.front.open_palette("speed")
        found = {each.choice.title for each in window.front.palette.found}
        window.front.palette.close_quietly()
        return found

    assert "Speed 20×" in titles(replay)
    replay.front.open_palette("speed 100")
    replay.front.palette.choose()
    assert desk.calls[-1] == ("set_speed", 100.0)
    desk.transport = None
    assert "Speed 20×" not in titles(live)
