"""An alert's life in the whole window: tried, snoozed, fired, explained, played again."""

from dataclasses import replace

from PySide6.QtCore import Qt

from analytics.rules.rule import Rule
from app.viewmodels.tones import DETAIL_ROLE

RULE = Rule("a", "NIFTY-FUT", "price crosses above 24904")
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def row_detail(window, row=0):
    return window.models.alerts.index(row).data(DETAIL_ROLE)


def test_a_mark_of_the_dry_run_brings_the_chart_there_while_the_dialog_stays(live, desk, qtbot):
    desk.trade("NIFTY-FUT", *(24_900.0, 24_907.0) * 300)
    live.refresh_now()
    live.edits.new_at("NIFTY-FUT", None)
    dialog = live.edits.dialog
    dialog.set_when("NIFTY-FUT", "price crosses above 24904")
    qtbot.waitUntil(lambda: dialog.dry_view.times.count() > 100)
    mark = dialog.dry_view.model.face.marks[100]
    dialog.dry_view.times.itemActivated.emit(dialog.dry_view.times.item(100))
    live.refresh_now()
    scale = live.parts.chart.shown_scale()
    assert scale.left_ns < mark.ts_ns < scale.right_ns
    assert not live.parts.chart.following
    assert dialog.isVisible()
    assert live.edits.dialog is dialog
    dialog.reject()


def test_s_in_the_list_snoozes_and_ctrl_z_wakes_and_ctrl_shift_z_snoozes_again(live, desk, qtbot):
    desk.set_rules((RULE,))
    live.refresh_now()
    live.parts.alerts.rules.setCurrentIndex(live.models.alerts.index(0))
    qtbot.keyClick(live.parts.alerts.rules, Qt.Key.Key_S)
    assert row_detail(live) == "snoozed, 15 min left"
    snoozed = desk.rules
    qtbot.keyClick(live, Qt.Key.Key_Z, CTRL)
    assert desk.rules == (RULE,)
    assert row_detail(live) == "each"
    qtbot.keyClick(live, Qt.Key.Key_Z, CTRL | SHIFT)
    assert desk.rules == snoozed


def test_a_toast_snoozes_its_rule_and_shows_its_firing(live, desk):
    desk.set_rules((replace(RULE, symbol="SBIN"),))
    firing = desk.fire("a", "SBIN", at_s=902, price=842.0)
    live.refresh_now()
    toasts = live.parts.side.toasts
    toast = toasts._shown[0].toast
    toast.show_button.click()
    assert live.refresher.symbol == "SBIN"
    toast.snooze_button.click()
    assert desk.rules[0].snooze_until
    assert toasts.count == 0
    assert firing.shown


def test_a_chosen_firing_is_explained_and_its_rule_edited_from_there(live, desk, qtbot):
    desk.set_rules((RULE,))
    firing = desk.fire("a", "NIFTY-FUT", at_s=901, price=24_907.0)
    live.refresh_now()
    live.parts.alerts.explain(firing)
    live.parts.alerts.card.edit_button.click()
    assert live.edits.dialog.rule == RULE
    live.edits.dialog.reject()


def test_a_window_that_closes_takes_the_dialog_with_it(live, qtbot):
    live.edits.new_at("NIFTY-FUT", None)
    live.edits.why_not("nobody")
    live.close()
    assert live.edits.dialog is None
