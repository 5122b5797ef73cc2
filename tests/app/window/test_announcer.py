"""How firings are announced: in the window, by the ear, and outside it."""

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from analytics.events import EventKind
from app.panels.toasts import Toasts
from app.theme import DARK, LIGHT, THEMES
from app.viewmodels.firings import FiringsModel
from app.viewmodels.quotes import Quotes
from app.window.announcer import TRAY_PAUSE_NS, Announcer
from app.window.tray import Tray, tray_icon


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


@pytest.fixture
def announcer(desk, window, monkeypatch):
    quotes = Quotes(desk)
    made = Announcer(window, Toasts(window), FiringsModel(desk, quotes), quotes, desk.clock, DARK)
    made.toasts = made._toasts
    made.beeps, made.alerts, made.notices = [], [], []
    monkeypatch.setattr(QApplication, "beep", lambda: made.beeps.append(True))
    monkeypatch.setattr(QApplication, "alert", lambda widget, *_: made.alerts.append(widget))
    monkeypatch.setattr(made.tray, "notify", lambda title, text: made.notices.append((title, text)))
    return made


def in_front(monkeypatch, window):
    monkeypatch.setattr(QApplication, "activeWindow", lambda: window)


def behind(monkeypatch):
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)


def fire(desk, rule="a", at_s=1_000):
    return desk.fire(rule, "SBIN", at_s=at_s, price=842.0)


def test_a_window_in_front_shows_a_toast_and_beeps_and_is_quiet_outside(announcer, desk, window, monkeypatch):
    in_front(monkeypatch, window)
    announcer.announce([fire(desk)])
    assert announcer.toasts.count == 1
    assert announcer.toasts._shown[0].toast.detail.text() == "SBIN 842.00 · 09:16:40.000"
    assert (announcer.beeps, announcer.alerts, announcer.notices) == ([True], [], [])


def test_one_behind_asks_for_attention_and_tells_the_tray(announcer, desk, window, monkeypatch):
    behind(monkeypatch)
    announcer.announce([fire(desk)])
    assert announcer.alerts == [window]
    assert announcer.notices == [("a", "SBIN 842.00 · 09:16:40.000")]


def test_a_minimised_window_is_not_in_front_though_it_is_active(announcer, desk, window, monkeypatch):
    in_front(monkeypatch, window)
    monkeypatch.setattr(window, "isMinimized", lambda: True)
    announcer.announce([fire(desk)])
    assert announcer.alerts == [window]


def test_a_dialog_of_the_window_is_the_window(announcer, desk, window, monkeypatch):
    dialog = QWidget(window)
    in_front(monkeypatch, dialog)
    announcer.announce([fire(desk)])
    assert announcer.alerts == []


def test_a_storm_is_one_toast_one_beep_and_one_notice(announcer, desk, monkeypatch):
    behind(monkeypatch)
    for number in range(37):
        announcer.announce([fire(desk, at_s=1_000 + number)])
    assert announcer.toasts.count == 1
    assert announcer.toasts._shown[0].toast.title.text() == "◆ a ×37"
    assert (len(announcer.beeps), len(announcer.alerts), len(announcer.notices)) == (1, 1, 1)
    desk.clock.advance(TRAY_PAUSE_NS)
    announcer.announce([fire(desk)])
    assert len(announcer.notices) == 2


def test_a_storm_that_comes_at_once_is_one_toast_that_counts_it(announcer, desk, window, monkeypatch):
    in_front(monkeypatch, window)
    storm = [fire(desk, at_s=1_000 + number) for number in range(37)]
    announcer.announce([*storm, fire(desk, "b", at_s=1_010)])
    assert [shown.toast.title.text() for shown in announcer.toasts._shown] == ["◆ a ×37", "◆ b"]
    assert announcer.toasts._shown[0].toast.firing is storm[-1]


def test_several_rules_at_once_are_one_notice(announcer, desk, monkeypatch):
    behind(monkeypatch)
    announcer.announce([fire(desk, "a"), fire(desk, "b"), fire(desk, "b")])
    assert announcer.notices == [("b and 1 more", "SBIN 842.00 · 09:16:40.000")]


def test_suspect_data_is_told_in_toast_and_tray(announcer, desk, monkeypatch):
    behind(monkeypatch)
    desk.happen(EventKind.LATE, "SBIN", "by 2 s", at_s=999)
    announcer.announce([fire(desk)])
    assert announcer.notices[0][1].endswith("\n⚠ on suspect data: late tick 1 s before")
    assert "late tick 1 s before" in announcer.toasts._shown[0].toast.suspicion.text()


def test_what_is_switched_off_is_off(announcer, desk, window, monkeypatch):
    in_front(monkeypatch, window)
    announcer.toasts_on = announcer.beep = False
    announcer.announce([fire(desk)])
    assert announcer.toasts.count == 0
    assert announcer.beeps == []
    announcer.beep = True
    announcer.announce([fire(desk, "b"), fire(desk, "b")])
    assert announcer.beeps == [True]


def test_without_a_tray_nothing_happens(window, monkeypatch):
    tray = Tray(DARK, window)
    monkeypatch.setattr(Tray, "is_there", staticmethod(lambda: False))
    tray.switch(on=True)
    tray.notify("a", "b")
    tray.set_theme(LIGHT)
    tray.switch(on=False)
    assert not tray.on


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_the_sign_is_drawn_in_every_theme_and_size(theme, qapp):
    icon = tray_icon(theme)
    for size in (16, 24, 32, 64):
        image = icon.pixmap(size, size).toImage()
        colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert {theme.window.lower(), theme.alert.lower()} <= colours
