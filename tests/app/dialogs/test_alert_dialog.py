import pytest
from PySide6.QtWidgets import QDialogButtonBox

from analytics.rules.rule import Repeat, Rule
from app.dialogs.alert import AlertChoices, AlertDialog

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
