from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox

from analytics.rules.rule import Repeat, Rule
from app.dialogs.alert import AlertChoices, AlertDialog
from app.dialogs.watch_field import WatchField
from app.stylesheet import dress
from app.theme import DARK, THEMES
from app.viewmodels.dry_run import DryRunModel
from app.viewmodels.quotes import Quotes

CHOICES = AlertChoices(
    ("NIFTY-FUT", "SBIN"),
    ("price", "size", "vwap(session)", "vwap(60s)"),
    groups_indian=lambda _symbol: True,
    taken=frozenset({"Mine"}),
)
RULE = Rule("", "NIFTY-FUT", "price crosses above 24945.00")


@pytest.fixture
def dialog(desk, qtbot):
    def make(rule=RULE, *, new=True):
        made = AlertDialog(rule, CHOICES, desk.rule_fault, new=new)
        qtbot.addWidget(made)
        return made

    return make


def ok(dialog):
    return dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)


def boxes(dialog):
    builder = dialog.builder
    return builder._left.currentText(), builder._operator.currentText(), builder._right.currentText()


def test_a_prefilled_rule_shows_in_the_boxes_and_names_itself(dialog):
    made = dialog()
    assert boxes(made) == ("price", "crosses above", "24945.00")
    assert made.rule == Rule("Crosses above 24,945", "NIFTY-FUT", "price crosses above 24945.00")
    assert ok(made).isEnabled()


def test_boxes_and_text_keep_each_other_in_step(dialog):
    made = dialog()
    made.builder._operator.setCurrentText("below")
    made.builder._right.setCurrentText("vwap(session)")
    assert made.when.text() == "price below vwap(session)"
    assert made.name.text() == "Below VWAP"
    made.when.clear()
    made.when.insert("size above 5000")
    assert boxes(made) == ("size", "above", "5000")


def test_a_text_of_several_terms_greys_the_boxes_and_stays_as_it_is(dialog):
    made = dialog()
    made.when.clear()
    made.when.insert("price above 3 and size above 5")
    assert not made.builder.isEnabled()
    assert made.rule.when == "price above 3 and size above 5"
    assert ok(made).isEnabled()


@pytest.mark.parametrize("when", ["price crosss above 3", "price above", "", "price above vwap(", "nonsense"])
def test_a_wrong_text_is_told_beside_it_and_cannot_be_saved(dialog, when):
    made = dialog()
    made.when.setText(when)
    assert made.reason.text()
    assert not ok(made).isEnabled()
    made.when.setText("price above 3")
    assert made.reason.text() == ""
    assert ok(made).isEnabled()


@pytest.mark.parametrize(("field", "text"), [("hysteresis", "a bit"), ("cooldown", "soon")])
def test_wrong_hysteresis_and_cool_down_are_told(dialog, field, text):
    made = dialog()
    getattr(made, field).setText(text)
    assert made.reason.text()
    assert not ok(made).isEnabled()


def test_a_name_that_another_bears_is_refused(dialog):
    made = dialog()
    made.name.setText("Mine")
    assert "Mine" in made.reason.text()
    assert not ok(made).isEnabled()


def test_a_typed_name_stays_when_the_text_changes(dialog):
    made = dialog()
    made.name.clear()
    made.name.insert("breakout")
    made.when.setText("price above 3")
    assert made.rule.name == "breakout"


def test_an_edit_keeps_all_that_is_not_touched(dialog):
    rule = Rule("r", "SBIN", "price moves 0.5 % in 60s", "0", Repeat.SESSION, "5m", enabled=False)
    assert dialog(rule, new=False).rule == rule


# Every key of a rule


WHOLE = Rule(
    "r", "ANY of NIFTY-FUT, SBIN", "price above 3", "0.1 %", Repeat.ONCE, "5m", True,
    "2026-12-31T15:30", "09:30-15:00", "2026-11-20T11:00",
)  # fmt: skip


def test_every_key_is_shown_and_kept(dialog):
    assert dialog(WHOLE, new=False).rule == WHOLE


def test_every_key_can_be_typed(dialog, qtbot):
    made = dialog(Rule("", "NIFTY-FUT", "price above 3"))
    made.watch.how.setCurrentText("Any of")
    made.symbol.setEditText("NIFTY-FUT, SBIN")
    made.repeat.setCurrentText("Once")
    for field, text in (
        (made.hysteresis, "0.1 %"),
        (made.cooldown, "5m"),
        (made.expires, "2026-12-31T15:30"),
        (made.active, "09:30-15:00"),
        (made.name, "r"),
    ):
        field.clear()
        qtbot.keyClicks(field, text)
    qtbot.keyClicks(made.snooze.lineEdit(), "2026-11-20T11:00")
    assert made.rule == WHOLE
    assert ok(made).isEnabled()


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("active", "9 to 3", "09:30-15:00"),
        ("expires", "tomorrow", "2026-12-31T15:30"),
        ("snooze", "later", "2026-12-31T15:30"),
        ("symbol", "", "Choose a symbol"),
    ],
)
def test_a_wrong_key_has_its_reason_and_its_field_is_marked(dialog, field, text, words):
    made = dialog()
    widget = getattr(made, field)
    (widget.setEditText if isinstance(widget, QComboBox) else widget.setText)(text)
    assert words in made.reason.text()
    assert widget.property("wrong") is True
    assert not made.when.property("wrong")
    assert not ok(made).isEnabled()
    good = {"active": "09:30-15:00", "symbol": "SBIN"}.get(field, "2026-12-31T15:30")
    (widget.setEditText if isinstance(widget, QComboBox) else widget.setText)(good)
    assert made.reason.text() == ""
    assert widget.property("wrong") is False


def test_a_snooze_is_chosen_in_words_and_stands_as_the_moment_it_ends(desk, qtbot):
    asked = []

    def moment_after(symbol, minutes):
        asked.append((symbol, minutes))
        return "2026-11-20T10:21:40"

    made = AlertDialog(RULE, replace(CHOICES, moment_after=moment_after), desk.rule_fault, new=True)
    qtbot.addWidget(made)
    for text in ("15 min", "1 h", "Until the session ends"):
        made.snooze.activated.emit(made.snooze.findText(text))
    assert asked == [("NIFTY-FUT", 15), ("NIFTY-FUT", 60), ("NIFTY-FUT", None)]
    assert made.rule.snooze_until == "2026-11-20T10:21:40"
    assert made.snooze_changed


# Groups


@pytest.mark.parametrize(
    ("text", "how", "listed"),
    [
        ("NIFTY-FUT", "One symbol", "NIFTY-FUT"),
        ("ANY of TCS, INFY", "Any of", "TCS, INFY"),
        ('ALL of "A,B", INFY', "All of", '"A,B", INFY'),
        ("ANY of *", "Any of the feed", ""),
    ],
)
def test_how_symbols_are_watched_has_a_box_of_its_own(qtbot, text, how, listed):
    field = WatchField(("NIFTY-FUT", "SBIN"))
    qtbot.addWidget(field)
    field.set_text(text)
    assert (field.how.currentText(), field.symbols.currentText()) == (how, listed)
    assert field.text == text
    assert field.symbols.isEnabled() == (how != "Any of the feed")


def test_a_group_may_be_typed_whole(qtbot):
    field = WatchField(("NIFTY-FUT", "SBIN"))
    qtbot.addWidget(field)
    told = []
    field.edited.connect(told.append)
    field.symbols.setEditText("ALL of TCS, INFY")
    assert (field.how.currentText(), field.symbols.currentText()) == ("All of", "TCS, INFY")
    assert told[-1] == "ALL of TCS, INFY"


# The dry run


@pytest.fixture
def with_dry_run(desk, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", *(24_900.0, 24_950.0) * 3, at_s=1_000)
    model = DryRunModel(desk, Quotes(desk))
    made = AlertDialog(RULE, CHOICES, desk.rule_fault, new=True, dry_run=model)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()
    model.close()


def until_tried(qtbot, dialog, headline):
    qtbot.waitUntil(lambda: dialog.dry_view.headline.text() == headline)


def test_the_rule_is_tried_as_it_is_written(with_dry_run, qtbot):
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")
    times = with_dry_run.dry_view.times
    assert [times.item(row).text() for row in range(times.count())] == ["09:16:45", "09:16:43", "09:16:41"]
    with_dry_run.when.setText("price abov 3")
    assert with_dry_run.dry_view.headline.text() == "tried as soon as the rule is right"
    assert times.count() == 0
    with_dry_run.when.setText("price crosses above 24960")
    until_tried(qtbot, with_dry_run, "Never today; nearest: 10.00 points at 09:16:41")


def test_a_name_that_is_taken_does_not_keep_it_from_being_tried(with_dry_run, qtbot):
    with_dry_run.name.setText("Mine")
    assert not ok(with_dry_run).isEnabled()
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")


def test_a_time_that_is_clicked_or_entered_is_picked_and_the_dialog_stays(with_dry_run, qtbot, desk):
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")
    picked = []
    with_dry_run.moment_picked.connect(lambda symbol, ts_ns: picked.append((symbol, ts_ns)))
    times = with_dry_run.dry_view.times
    place = times.visualItemRect(times.item(1)).center()
    qtbot.mouseClick(times.viewport(), Qt.MouseButton.LeftButton, pos=place)
    ts_ns = desk.view("NIFTY-FUT").ts_ns
    assert set(picked) == {("NIFTY-FUT", int(ts_ns[3]))}
    picked.clear()
    times.setCurrentRow(2)
    times.itemActivated.emit(times.currentItem())
    assert picked == [("NIFTY-FUT", int(ts_ns[1]))]
    assert with_dry_run.isVisible()


def test_marks_on_the_timeline_are_picked_by_mouse_and_keys(with_dry_run, qtbot, desk):
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")
    timeline = with_dry_run.dry_view.timeline
    picked = []
    timeline.picked.connect(lambda mark: picked.append(mark.time))
    x = timeline._x(int(desk.view("NIFTY-FUT").ts_ns[1]))
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(x), 12))
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(timeline.width() // 2 + 40, 12))
    assert picked[:1] == ["09:16:41"]
    picked.clear()
    timeline.point_at(None)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Left, Qt.Key.Key_Return, Qt.Key.Key_Home):
        qtbot.keyClick(timeline, key)
    qtbot.keyClick(timeline, Qt.Key.Key_Return)
    assert picked == ["09:16:45", "09:16:43", "09:16:41"]


def test_every_control_of_the_dialog_has_a_name_and_tab_leads_through_them_downwards(with_dry_run, qtbot):
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")
    with_dry_run.activateWindow()
    qtbot.waitUntil(with_dry_run.isActiveWindow)
    with_dry_run.watch.how.setFocus()
    reached = []
    while (at := with_dry_run.focusWidget()) not in reached:
        reached.append(at)
        qtbot.keyClick(at, Qt.Key.Key_Tab)
    names = [each.accessibleName() or each.text() for each in reached]
    assert names == [
        "How symbols are watched",
        "Symbol",
        "Left side",
        "Operator",
        "Right side: a number or a series",
        "Rule text",
        "Hysteresis",
        "Repeat",
        "Cool-down",
        "Active hours",
        "Expires",
        "Snoozed until",
        "Name",
        "Timeline of the dry run",
        "Times at which it would have fired",
        "Add alert",
        "Cancel",
    ]


def test_dialog_and_timeline_can_be_painted_in_every_theme(with_dry_run, qtbot, qapp):
    until_tried(qtbot, with_dry_run, "Would have fired 3 times today")
    with_dry_run.dry_view.timeline._stress(1)
    seen = set()
    for theme in THEMES.values():
        dress(qapp, theme)
        image = with_dry_run.dry_view.timeline.grab().toImage()
        colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(4, 20)}
        assert theme.alert.lower() in colours
        seen.add(frozenset(colours))
    assert len(seen) == len(THEMES)
    dress(qapp, DARK)
