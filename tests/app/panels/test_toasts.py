"""Toasts under mouse and keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.panels.toasts import HELD_NS, SHOWN_NS, Toasts


@pytest.fixture
def toasts(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(700, 500)
    made = Toasts(host)
    made.host = host
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    return made


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given if len(given) > 1 else given[0]))
    return found


def add(toasts, desk, rule="a", now_ns=0, **given):
    firing = desk.fire(rule, "SBIN", at_s=1_000, price=842.0)
    toasts.add(firing, rule, "SBIN 842.00 · 09:16:40.000", now_ns, **given)
    return firing, toasts._shown[-1].toast


def test_a_click_and_show_pick_the_firing_and_snooze_asks_for_a_quarter_of_an_hour(toasts, desk, qtbot):
    firing, toast = add(toasts, desk)
    picked, snoozed = told(toasts.firing_picked), told(toasts.snooze_wanted)
    qtbot.mouseClick(toast, Qt.MouseButton.LeftButton, pos=QPoint(30, 12))
    toast.show_button.click()
    assert picked == [firing, firing]
    toast.snooze_button.click()
    assert snoozed == [("a", 15)]
    assert toasts.count == 0


def test_the_keyboard_reaches_every_button_of_the_newest(toasts, desk, qtbot):
    add(toasts, desk, "a")
    firing, toast = add(toasts, desk, "b")
    picked = told(toasts.firing_picked)
    assert toasts.focus_newest()
    assert toast.show_button.hasFocus()
    qtbot.keyClick(toast.show_button, Qt.Key.Key_Space)
    assert picked == [firing]
    reached = {toast.window().focusWidget()}
    for _ in range(8):
        qtbot.keyClick(toast.window().focusWidget(), Qt.Key.Key_Tab)
        reached.add(toast.window().focusWidget())
    assert set(toast.findChildren(QPushButton)) <= reached


@pytest.mark.parametrize(("key", "wanted"), [(Qt.Key.Key_S, [("a", 15)]), (Qt.Key.Key_Escape, [])])
def test_s_snoozes_and_escape_lets_go(toasts, desk, qtbot, key, wanted):
    _, toast = add(toasts, desk)
    snoozed = told(toasts.snooze_wanted)
    toasts.focus_newest()
    qtbot.keyClick(toast.show_button, key)
    assert snoozed == wanted
    assert toasts.count == 0
    assert not toasts.focus_newest()


def test_one_that_the_keyboard_is_on_stays_until_it_is_left(toasts, desk, qtbot):
    _, toast = add(toasts, desk)
    toast.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # wherever the mouse of this screen is
    toasts.focus_newest()
    toasts.expire(SHOWN_NS + 1)
    assert toasts.count == 1
    toast.show_button.clearFocus()
    toasts.expire(SHOWN_NS + HELD_NS)
    assert toasts.count == 1
    toasts.expire(SHOWN_NS + 1 + HELD_NS)
    assert toasts.count == 0


def test_suspect_data_is_told_and_makes_room_for_itself(toasts, desk, qtbot):
    _, whole = add(toasts, desk, "a")
    _, suspect = add(toasts, desk, "b", suspicion="gap 1 s before")
    assert suspect.suspicion.text() == "⚠ on suspect data: gap 1 s before"
    assert "on suspect data: gap 1 s before" in suspect.accessibleName()
    assert whole.suspicion.isHidden()
    assert suspect.height() > whole.height()
    assert toasts.host.rect().contains(toasts.geometry())
    assert not suspect.geometry().intersects(whole.geometry())


@pytest.mark.parametrize("width", [300, 420, 700])
def test_a_toast_stands_inside_a_chart_however_narrow_and_no_button_is_cut(toasts, desk, qtbot, width):
    toasts.host.resize(width, 500)
    _, toast = add(toasts, desk, suspicion="gap 1 s before")
    toasts.grab()
    assert toasts.host.rect().contains(toasts.geometry())
    for button in toast.findChildren(QPushButton):
        assert toast.rect().contains(button.geometry())
        assert not button.geometry().intersects(toast.detail.geometry())
