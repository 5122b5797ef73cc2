"""Every way in which the window changes rules, over a desk that the test fills."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QWidget

from analytics.rules import parse_moment
from analytics.rules.rule import Rule
from analytics.rules.schedule import instant_ns
from app.panels.alerts import AlertsPanel
from app.panels.toasts import Toasts
from app.theme import DARK
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.firings import FiringsModel
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import DETAIL_ROLE
from app.window.alert_edits import AlertEdits

RULE = Rule("a", "NIFTY-FUT", "price crosses above 24945.00")


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    return made


@pytest.fixture
def edits(desk, window):
    desk.go_live("NIFTY-FUT", "SBIN").trade("NIFTY-FUT", 24_900.0, 24_950.0, 24_907.0, at_s=1_000)
    made = AlertEdits(desk, Quotes(desk), window)
    made.told, made.faults = [], []
    made.done.connect(made.told.append)
    made.failed.connect(made.faults.append)
    yield made
    window.close()


def added(desk):
    return [replace(rule, name="") for rule in desk.rules]


# Three ways to the same rule


def test_dialog_chart_and_palette_make_the_same_rule(edits, desk):
    edits.new_at("NIFTY-FUT", 24_945.0)  # the chart
    edits.dialog.accept()
    edits.new_at("NIFTY-FUT", None)  # the dialog, typed into
    edits.dialog.when.setText("price  crosses above 24945")
    edits.dialog.accept()
    for text in ("24,945", "crosses above 24945", "price crosses above 24945.0"):
        assert edits.add_text("NIFTY-FUT", text)
    assert added(desk) == [Rule("", "NIFTY-FUT", "price crosses above 24945.00")] * 5
    names = [rule.name for rule in desk.rules]
    assert names[0] == "Crosses above 24,945"
    assert len(set(names)) == 5
    assert edits.told[-1] == "Added “Crosses above 24,945 (5)”"


def test_a_text_that_is_no_rule_is_refused_in_words(edits, desk):
    assert not edits.add_text("NIFTY-FUT", "price abov 3")
    assert desk.rules == ()
    assert "abov" in edits.faults[0]
    assert not edits.faults[0].startswith("rule ")


def test_a_level_that_is_pointed_at_goes_into_the_alert_being_written(edits, desk):
    edits.new_at("NIFTY-FUT", 24_945.0)
    dialog = edits.dialog
    edits.new_at("NIFTY-FUT", 24_850.04)
    assert edits.dialog is dialog
    assert dialog.rule == Rule("Crosses below 24,850", "NIFTY-FUT", "price crosses below 24850.00")
    dialog.reject()
    desk.set_rules((RULE,))
    edits.edit("a")
    edits.new_at("NIFTY-FUT", 24_850.0)
    assert edits.dialog.rule == RULE
    edits.dialog.reject()
    assert desk.rules == (RULE,)


# The dialog leaves the window usable


def test_the_dialog_is_not_modal_and_a_mark_that_is_clicked_is_shown_in_the_chart(edits, qtbot, desk):
    edits.new_at("NIFTY-FUT", 24_945.0)
    dialog = edits.dialog
    assert not dialog.isModal()
    qtbot.waitUntil(lambda: dialog.dry_view.headline.text() == "Would have fired once today")
    with qtbot.waitSignal(edits.moment_picked) as picked:
        dialog.dry_view.times.itemActivated.emit(dialog.dry_view.times.item(0))
    assert picked.args == ["NIFTY-FUT", int(desk.view("NIFTY-FUT").ts_ns[1])]
    assert dialog.isVisible()
    dialog.reject()


def test_the_dialog_stands_inside_the_screen(edits, window):
    window.move(3_000, 2_000)
    edits.new_at("NIFTY-FUT", 24_945.0)
    area = window.screen().availableGeometry()
    assert area.contains(edits.dialog.geometry().topLeft())
    edits.dialog.reject()


def test_a_rule_that_was_deleted_or_switched_meanwhile(edits, desk):
    desk.set_rules((RULE, replace(RULE, name="b")))
    edits.edit("a")
    edits.toggle("a")
    edits.snooze("a", 15)
    edits.dialog.cooldown.setText("30s")
    edits.dialog.accept()
    assert (desk.rules[0].enabled, desk.rules[0].cooldown) == (False, "30s")
    assert desk.rules[0].snooze_until
    edits.edit("b")
    edits.delete("b")
    edits.dialog.cooldown.setText("1m")
    edits.dialog.accept()
    assert [rule.name for rule in desk.rules] == ["a", "b"]
    assert desk.rules[1].cooldown == "1m"


def test_closing_the_window_ends_what_is_being_tried(edits, window, qtbot):
    edits.new_at("NIFTY-FUT", 24_945.0)
    model = edits.dialog.dry_view.model
    QApplication.sendEvent(window, QCloseEvent())
    assert edits.dialog is None
    assert not model._runner.busy


def test_a_dialog_that_changed_nothing_says_nothing(edits, desk):
    desk.set_rules((RULE,))
    edits.edit("a")
    edits.dialog.accept()
    assert edits.told == []
    assert edits.undoable is None


# Snooze


@pytest.mark.parametrize(
    ("minutes", "until", "words"),
    [
        (15, "2026-11-20T09:31:42+05:30", "Snoozed “a” for 15 min · Ctrl+Z wakes it"),
        (60, "2026-11-20T10:16:42+05:30", "Snoozed “a” for 1 h · Ctrl+Z wakes it"),
        (None, "2026-11-20T15:40:01+05:30", "Snoozed “a” until the session ends · Ctrl+Z wakes it"),
    ],
)
def test_a_snooze_begins_now_by_the_market_clock_and_can_be_undone(edits, desk, minutes, until, words):
    desk.set_rules((RULE,))
    edits.snooze("a", minutes)
    assert desk.rules == (replace(RULE, snooze_until=until),)
    assert edits.told == [words]
    edits.undo()
    assert desk.rules == (RULE,)
    edits.redo()
    assert desk.rules[0].snooze_until == until
    edits.snooze("a", 0)
    assert desk.rules == (RULE,)
    assert edits.told[-1] == "“a” is awake"


@pytest.mark.parametrize(("minutes", "left"), [(15, "15 min"), (None, "6 h 23 min")])
def test_a_rule_for_every_symbol_is_snoozed_by_the_feeds_clock_and_the_list_says_the_same(
    edits, desk, minutes, left
):
    desk.set_rules((replace(RULE, symbol="ANY of *"),))
    now_ns = desk.now_ns
    edits.snooze("a", minutes)
    until = parse_moment(desk.rules[0].snooze_until)
    zone = desk.instruments.calendar_of("NIFTY-FUT").zone
    session_end_ns = desk.instruments.calendar_of("NIFTY-FUT").session_bounds(now_ns)[2]
    assert instant_ns(until, zone) == (
        session_end_ns if minutes is None else now_ns + minutes * 60_000_000_000
    )
    model = AlertsModel(desk, Quotes(desk))
    model.refresh()
    assert model.index(0).data(DETAIL_ROLE) == f"ANY of * · snoozed, {left} left"


def test_a_level_that_commas_do_not_group_is_refused(edits, desk):
    for typed in ("24,95", "above 24,94", "1,5", "1234,567"):
        assert not edits.add_text("NIFTY-FUT", typed)
    assert desk.rules == ()
    assert "'24,95'" in edits.faults[0]


def test_a_rule_that_is_gone_cannot_be_snoozed(edits):
    edits.snooze("gone", 15)
    assert edits.faults == ["“gone” is no longer among the alerts"]


# Undo and redo


def test_everything_can_be_undone_and_done_again(edits, desk):
    edits.add_text("NIFTY-FUT", "24945")
    name = desk.rules[0].name
    edits.toggle(name)
    edits.drag(name, 24_960.26)
    edits.snooze(desk.rules[0].name, 15)
    edits.delete(desk.rules[0].name)
    states = [desk.rules]
    while edits.undoable is not None:
        edits.undo()
        states.append(desk.rules)
    assert len(states) == 6
    assert states[-1] == ()
    for state in reversed(states[:-1]):
        edits.redo()
        assert desk.rules == state
    edits.redo()
    assert edits.told[-1] == "Nothing to redo"


def test_what_cannot_be_saved_is_told_and_stays_to_be_redone(edits, desk, monkeypatch):
    edits.add_text("NIFTY-FUT", "24945")
    edits.undo()

    def refuse(_rules):
        raise OSError("the disk is full")

    monkeypatch.setattr(desk, "set_rules", refuse)
    edits.redo()
    assert edits.faults == ["the disk is full"]
    assert edits.redoable is not None


# Why not, and who asks


def test_why_not_tells_the_nearest_miss_of_a_rule_in_force(edits, desk, qtbot):
    desk.set_rules((replace(RULE, when="price crosses above 24960"), replace(RULE, name="b")))
    edits.why_not("a")
    first = edits.why
    qtbot.waitUntil(lambda: first.view.headline.text() == "Never today; nearest: 10.00 points at 09:16:41")
    with qtbot.waitSignal(edits.moment_picked):
        first.view.times.itemActivated.emit(first.view.times.item(0))
    edits.why_not("b")
    assert edits.why is not first
    qtbot.waitUntil(lambda: edits.why.view.headline.text() == "Would have fired once today")
    edits.why.reject()
    assert edits.why is None
    edits.why_not("gone")
    assert edits.why is None


def test_list_log_and_toasts_are_followed(edits, desk, window):
    desk.set_rules((RULE,))
    quotes = Quotes(desk)
    panel = AlertsPanel(AlertsModel(desk, quotes), FiringsModel(desk, quotes), DARK, window)
    toasts = Toasts(window)
    edits.follow(panel, toasts)
    panel.snooze_wanted.emit("a", 15)
    assert desk.rules[0].snooze_until
    edits.undo()
    toasts.snooze_wanted.emit("a", 15)
    assert desk.rules[0].snooze_until
    panel.why_not_wanted.emit("a")
    assert edits.why is not None
    edits.why.reject()
