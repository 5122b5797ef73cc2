"""Alerts and series as text in the palette."""

import pytest

from app.viewmodels.condition import completed
from app.viewmodels.palette_readers import AlertReader, AlertText, SeriesReader

SYMBOLS = ("NIFTY", "NIFTY-FUT", "SBIN")


@pytest.fixture
def made(desk):
    added = []
    reader = AlertReader(
        lambda: SYMBOLS, lambda: "SBIN", desk.rule_fault, lambda symbol, when: added.append((symbol, when))
    )
    return reader, added


@pytest.mark.parametrize(
    ("text", "symbol", "when"),
    [
        ("price crosses above 24950", "SBIN", "price crosses above 24950"),
        ("NIFTY-FUT price crosses above 24950", "NIFTY-FUT", "price crosses above 24950"),
        ("nifty price below 24,950", "NIFTY", "price below 24950"),
        ("nifty price below 1,24,950.5", "NIFTY", "price below 124950.5"),
        ("NIFTY-FUT: price above 24950", "NIFTY-FUT", "price above 24950"),
        ("alert: nifty:  price above 5", "NIFTY", "price above 5"),
        ("NIFTY:price above 5", "SBIN", "NIFTY:price above 5"),
        ("alert: price above vwap(session)", "SBIN", "price above vwap(session)"),
        ("ema(20) crosses vwap(session)", "SBIN", "ema(20) crosses vwap(session)"),
    ],
)
def test_an_alert_is_read_with_its_symbol_or_for_the_charted_one(made, text, symbol, when):
    reader, added = made
    (choice,) = reader(text)
    assert choice.fault == ""
    choice.act()
    assert added == [(symbol, when)]


@pytest.mark.parametrize(
    "text", ["price crosses above", "price abve 3 above x", "alert nonsense", "NIFTY price moves"]
)
def test_what_speaks_of_an_alert_and_is_none_says_why(made, text):
    reader, _added = made
    (choice,) = reader(text)
    assert choice.fault
    assert "…" not in choice.fault


@pytest.mark.parametrize("text", ["UNKNOWN: price above 5", "alert UNKNOWN: new session high"])
def test_a_named_symbol_that_nobody_knows_is_refused(made, text):
    (choice,) = made[0](text)
    assert "'UNKNOWN'" in choice.fault


def test_a_named_symbol_may_be_of_the_instrument_table_only(desk):
    reader = AlertReader(
        lambda: SYMBOLS,
        lambda: "SBIN",
        desk.rule_fault,
        lambda *_given: None,
        listed={"RELIANCE"}.__contains__,
    )
    for typed in ("RELIANCE: price above 5", "reliance: price above 5"):
        assert reader.read(typed) == AlertText("RELIANCE", "price above 5", "")
    assert reader.read("RELIANCY: price above 5").fault


@pytest.mark.parametrize("text", ["24,95", "above 24,94", "price above 1234,567", "1,5"])
def test_commas_that_do_not_group_a_level_are_told_and_make_no_other_level(desk, text):
    reader = AlertReader(
        lambda: SYMBOLS,
        lambda: "SBIN",
        desk.rule_fault,
        lambda *_given: None,
        lambda _symbol, when: completed(when, 100.0, 2),
    )
    (choice,) = reader(text)
    assert f"'{text.split()[-1]}'" in choice.fault


def test_the_reason_names_what_was_found(made):
    (choice,) = made[0]("price crosses above vwwap(session)")
    assert "vwwap" in choice.fault
    assert not choice.fault.startswith("rule ")


@pytest.mark.parametrize("text", ["open", "theme dark", "SBIN", "+ ema(20)", "ema"])
def test_other_texts_are_no_alerts(made, text):
    assert list(made[0](text)) == []


def test_a_comma_between_arguments_is_no_grouping(made):
    reader, added = made
    (choice,) = reader("price above vwap_upper(session, 2)")
    choice.act()
    assert added == [("SBIN", "price above vwap_upper(session, 2)")]


def test_a_series_is_read_with_a_plus_or_its_brackets():
    added = []
    reader = SeriesReader(lambda: "SBIN", added.append)
    for text in ("+ ema(20)", "+ema( 20 )", "ema(20)"):
        (choice,) = reader(text)
        assert (choice.title, choice.kind, choice.fault) == ("+ ema(20)", "Series on SBIN", "")
        choice.act()
    assert added == ["ema(20)"] * 3


def test_a_series_that_is_none_says_why_and_half_a_name_says_nothing():
    reader = SeriesReader(lambda: "SBIN", lambda _text: None)
    (choice,) = reader("+ emma(20)")
    assert "emma" in choice.fault
    assert list(reader("+ em")) == list(reader("+")) == list(reader("open")) == []


def test_a_condition_in_short_is_read_as_the_whole_one():
    reader = AlertReader(
        lambda: ("SBIN", "NIFTY-FUT"),
        lambda: "NIFTY-FUT",
        lambda rule: None if rule.when.startswith("price ") else "no condition",
        lambda symbol, when: None,
        lambda symbol, when: completed(when, 100.0, 2),
    )
    assert reader.read("24,950").when == "price crosses above 24950.00"
    assert reader.read("SBIN above 850") == AlertText("SBIN", "price above 850.00", "")
    assert reader.read("light theme") is None


def test_a_condition_with_brackets_is_no_series():
    reader = SeriesReader(lambda: "SBIN", lambda text: None)
    assert list(reader("price crosses below vwap(session)")) == []
    assert [each.title for each in reader("vwap(session)")] == ["+ vwap(session)"]
    assert [bool(each.fault) for each in reader("+ wvap(session)")] == [True]
