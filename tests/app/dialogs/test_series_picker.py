"""The dialog that adds a series: finding, arguments, the reason beside them, and what it tells."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from analytics.series import CATALOGUE, Entry, Pane, Unit, add_entry, parse_series
from analytics.series.spec import Parameter
from app.dialogs.series_picker import SeriesPicker
from app.viewmodels.series_offer import matching, offers, series_fault, text_of
from feeds.instruments import load_instruments

FUTURE = load_instruments()["NIFTY-FUT"]


@pytest.fixture
def picker(qtbot):
    return make(qtbot)


def make(qtbot):
    made = SeriesPicker(offers(FUTURE, 24_900.0), "NIFTY-FUT")
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def told(picker):
    found = []
    picker.picked.connect(found.append)
    return found


def test_every_series_but_the_price_is_offered_with_arguments_that_can_be_added_at_once():
    found = offers(FUTURE, 24_900.0)
    assert {each.name for each in found} == set(CATALOGUE) - {"price", "index_vwap"}
    for each in found:
        assert series_fault(each.name, each.defaults) is None
        assert parse_series(text_of(each.name, each.defaults)).name == each.name
        assert each.definition


def test_a_series_of_ones_own_is_offered_too(catalogue, qtbot):
    def read(text):
        if text != "blue":
            raise ValueError("not blue")
        return text

    add_entry(
        Entry("own_momentum", (Parameter("C", read, "a colour"),), Unit.NUMBER, Pane.OWN, "mine", "me", None)
    )
    made = make(qtbot)
    made.finder.setText("own mom")
    assert made.list.names == ("own_momentum",)
    assert made.title.text() == "Own momentum"


def test_enter_adds_what_was_found_with_its_usual_arguments(picker, qtbot):
    found = told(picker)
    qtbot.keyClicks(picker.finder, "rsi")
    assert picker.preview.text() == "rsi(14)"
    qtbot.keyClick(picker.finder, Qt.Key.Key_Return)
    assert found == ["rsi(14)"]
    assert not picker.isVisible()


def test_words_of_the_name_go_before_words_of_the_definition():
    found = [each.name for each in matching(offers(FUTURE, None), "volume")]
    assert found.index("volume") < found.index("vwap")
    assert [each.name for each in matching(offers(FUTURE, None), "Wilder")] == ["rsi", "atr"]


def test_the_arrows_move_through_the_list_while_typing(picker, qtbot):
    qtbot.keyClicks(picker.finder, "macd")
    qtbot.keyClick(picker.finder, Qt.Key.Key_Down)
    assert picker.text == "macd_signal(12, 26, 9)"
    qtbot.keyClick(picker.finder, Qt.Key.Key_Up)
    assert picker.text == "macd(12, 26)"
    assert picker.finder.text() == "macd"


def test_a_wrong_argument_is_told_in_place_and_nothing_is_added(picker, qtbot):
    found = told(picker)
    picker.finder.setText("ema")
    field = picker.fields[0]
    field.selectAll()
    qtbot.keyClicks(field, "many")
    assert "many" in picker.meaning.text()
    assert not picker.add.isEnabled()
    assert field.property("wrong")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert found == []
    field.selectAll()
    qtbot.keyClicks(field, "34")
    assert picker.add.isEnabled()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert found == ["ema(34)"]


def test_arguments_that_do_not_go_together_are_told(picker):
    picker.finder.setText("macd")
    picker.fields[0].setText("30")
    assert picker.fault is not None
    assert not picker.add.isEnabled()


@pytest.mark.parametrize("argument", ["", " ", "20, 3"])
def test_an_argument_is_one_argument(argument):
    assert series_fault("ema", (argument,)) is not None


def test_a_search_that_finds_nothing_says_so_and_adds_nothing(picker, qtbot):
    found = told(picker)
    qtbot.keyClicks(picker.finder, "unheard of")
    assert picker.list.names == ()
    assert "No series" in picker.meaning.text()
    qtbot.keyClick(picker.finder, Qt.Key.Key_Return)
    assert found == []
    assert picker.isVisible()


@pytest.mark.parametrize(
    "text", ["macd_signal(5, 8, 3)", "vwap(from 2026-11-20T04:45:03Z)", "vwap_upper(500 ticks, 1.5)"]
)
def test_a_series_that_is_there_is_changed_from_what_it_is(qtbot, text):
    made = SeriesPicker(offers(FUTURE, 24_900.0), "NIFTY-FUT", before=text)
    qtbot.addWidget(made)
    assert made.text == text
    assert made.fault is None
    assert made.add.text() == "Change"


def test_a_double_click_adds(picker, qtbot):
    found = told(picker)
    picker.list.itemDoubleClicked.emit(picker.list.item(0))
    assert found == ["vwap(session)"]


def test_a_profile_of_volume_counts_in_steps_of_the_price_grid():
    by_name = {each.name: each for each in offers(FUTURE, 24_900.0)}
    assert by_name["poc"].defaults == ("session", "1")


def test_every_field_has_a_name(picker):
    picker.finder.setText("macd_signal")
    assert all(each.accessibleName() for each in picker.findChildren(QLineEdit))
