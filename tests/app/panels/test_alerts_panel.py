"""The list of rules, the log of firings, and why the chosen one fired."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from analytics.events import EventKind
from analytics.rules.rule import Firing, Reading, Rule
from app.panels.alerts import AlertsPanel
from app.theme import DARK
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.firings import FiringsModel
from app.viewmodels.quotes import Quotes

OPEN_NS = 1_795_145_400_000_000_000  # 2026-11-20 09:00 IST
READINGS = (Reading("price crosses above 24945", (24_940.0, 24_945.0), (24_950.0, 24_945.0), False, True),)


@pytest.fixture
def panel(desk, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0)
    desk.rules = (
        Rule("a", "NIFTY-FUT", "price above 1"),
        Rule("b", "NIFTY-FUT", "price above 2", snooze_until="2026-11-20T10:00"),
    )
    quotes = Quotes(desk)
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(260, 640)
    made = AlertsPanel(AlertsModel(desk, quotes), FiringsModel(desk, quotes), DARK, host)
    made.host = host  # lives as long as what it holds
    made.resize(260, 640)
    made._alerts.refresh()
    host.show()
    return made


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given if len(given) > 1 else given[0]))
    return found


def fire(desk, panel, rule="a", at_s=1_000):
    firing = Firing(rule, "NIFTY-FUT", 7, OPEN_NS + at_s * 10**9, 3, 24_950.0, 24_945.0, readings=READINGS)
    desk.firings.append(firing)
    desk.now_ns = max(desk.now_ns, firing.ts_ns)
    panel._firings.refresh()
    return firing


def click(panel, qtbot, row):
    place = panel.log.visualRect(panel._firings.index(row)).center()
    qtbot.mouseClick(panel.log.viewport(), Qt.MouseButton.LeftButton, pos=place)


# The rules


def test_s_snoozes_and_w_asks_why_not(panel, qtbot):
    snoozed, asked = told(panel.snooze_wanted), told(panel.why_not_wanted)
    panel.rules.setCurrentIndex(panel._alerts.index(1))
    qtbot.keyClick(panel.rules, Qt.Key.Key_S)
    qtbot.keyClick(panel.rules, Qt.Key.Key_W)
    assert snoozed == [("b", 15)]
    assert asked == ["b"]
    qtbot.keyClick(panel.rules, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert len(snoozed) == 1


def entries(menu):
    found = {}
    for action in menu.actions():
        within = action.menu()
        if isinstance(within, QMenu):
            found.update({f"{action.text()} {each.text()}": each for each in within.actions() if each.text()})
        elif action.text():
            found[action.text()] = action
    return found


def test_the_menu_asks_for_everything_of_a_rule(panel, qtbot):
    names = ("edit", "toggle", "why_not", "duplicate", "delete", "snooze", "new")
    wanted = {name: told(getattr(panel, f"{name}_wanted")) for name in names[:6]}
    new = []
    panel.new_wanted.connect(lambda: new.append(True))
    menu = panel.menu_for(panel._alerts.index(1))
    for action in entries(menu).values():
        action.trigger()
    assert wanted == {
        "edit": ["b"],
        "toggle": ["b"],
        "why_not": ["b"],
        "duplicate": ["b"],
        "delete": ["b"],
        "snooze": [("b", 15), ("b", 60), ("b", None), ("b", 0)],
    }
    assert new == [True]
    menu.deleteLater()


def test_a_rule_that_is_awake_cannot_be_woken(panel):
    menu = panel.menu_for(panel._alerts.index(0))
    assert "Snooze 15 min" in entries(menu)
    assert "Snooze Wake" not in entries(menu)
    menu.deleteLater()


def test_a_menu_beside_the_rules_offers_a_new_one_only(panel):
    menu = panel.menu_for(QModelIndex())
    assert list(entries(menu)) == ["New alert…"]
    menu.deleteLater()


# Why it fired


def test_a_click_on_a_firing_shows_it_and_tells_why_it_fired(panel, desk, qtbot):
    firing = fire(desk, panel)
    picked = told(panel.firing_picked)
    assert panel.card.isHidden()
    click(panel, qtbot, 0)
    assert picked == [firing]
    assert panel.card.isVisible()
    text = panel.card.text
    assert "24,940.00 vs 24,945.00, then 24,950.00 vs 24,945.00 (became true)" in text
    assert "Place: row 8 · seq 3" in text


def test_the_arrows_explain_firings_without_moving_the_chart(panel, desk, qtbot):
    fire(desk, panel)
    fire(desk, panel, "b", 2_000)
    picked = told(panel.firing_picked)
    panel.host.activateWindow()
    panel.log.setFocus()
    qtbot.waitUntil(panel.log.hasFocus)
    qtbot.keyClick(panel.log, Qt.Key.Key_Down)
    qtbot.keyClick(panel.log, Qt.Key.Key_Down)
    assert picked == []
    assert panel.card.text.startswith("a\n")


def test_its_buttons_replay_show_edit_and_snooze(panel, desk, qtbot):
    firing = fire(desk, panel)
    click(panel, qtbot, 0)
    replayed, shown = told(panel.firing_replayed), told(panel.firing_picked)
    edited, snoozed = told(panel.edit_wanted), told(panel.snooze_wanted)
    for button in panel.card.findChildren(QPushButton):
        assert button.accessibleName()
        if button not in (panel.card._close_button,):
            button.click()
    assert (replayed, shown, edited, snoozed) == ([firing], [firing], ["a"], [("a", 15)])
    panel.card._close_button.click()
    assert panel.card.isHidden()


def test_its_keys_do_so_too(panel, desk, qtbot):
    firing = fire(desk, panel)
    click(panel, qtbot, 0)
    replayed, edited, snoozed = (
        told(panel.firing_replayed),
        told(panel.edit_wanted),
        told(panel.snooze_wanted),
    )
    for key in (Qt.Key.Key_R, Qt.Key.Key_E, Qt.Key.Key_S, Qt.Key.Key_Escape):
        qtbot.keyClick(panel.log, key)
    assert (replayed, edited, snoozed) == ([firing], ["a"], [("a", 15)])
    assert panel.card.isHidden()
    qtbot.keyClick(panel.log, Qt.Key.Key_R)
    assert replayed == [firing]


def test_a_firing_of_a_rule_that_is_gone_can_be_neither_edited_nor_snoozed(panel, desk, qtbot):
    fire(desk, panel, "gone")
    click(panel, qtbot, 0)
    assert not panel.card.edit_button.isEnabled()
    assert not panel.card.snooze_button.isEnabled()
    assert panel.card.replay_button.isEnabled()


def test_what_comes_late_makes_an_explained_firing_suspect(panel, desk, qtbot):
    fire(desk, panel)
    click(panel, qtbot, 0)
    assert "suspect" not in panel.card.text
    desk.happen(EventKind.GAP, "NIFTY-FUT", "3 ticks", at_s=1_001)
    desk.happen(EventKind.LATE, "NIFTY-FUT", "by 2 s", at_s=1_001)
    panel._firings.refresh()
    assert "on suspect data: late tick 1 s after" in panel.card.text


def test_an_empty_log_explains_nothing(panel, desk, qtbot):
    fire(desk, panel)
    click(panel, qtbot, 0)
    panel._firings.clear()
    assert panel.card.isHidden()


@pytest.mark.parametrize("width", [200, 260, 420])
def test_the_explanation_stands_inside_the_panel(panel, desk, qtbot, width):
    panel.host.resize(width, 640)
    panel.resize(width, 640)
    fire(desk, panel)
    click(panel, qtbot, 0)
    panel.grab()
    for button in panel.card.findChildren(QPushButton):
        corner = button.mapTo(panel, button.rect().bottomRight())
        assert panel.rect().contains(corner)
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
