import pytest

from app.viewmodels.condition import (
    Condition,
    completed,
    crossing_level,
    free_name,
    is_own_title,
    normal_when,
    split_condition,
    title_of,
    with_level,
)


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        ("price crosses above vwap(session)", ("price", "crosses above", "vwap(session)")),
        ("price crosses 24945", ("price", "crosses", "24945")),
        ("ema(20) below vwap(500 ticks)", ("ema(20)", "below", "vwap(500 ticks)")),
        (
            "price leaves vwap_lower(session, 2)..vwap_upper(session, 2)",
            ("price", "leaves", "vwap_lower(session, 2)..vwap_upper(session, 2)"),
        ),
        ("price moves 0.5 % in 60s", ("price", "moves", "0.5 % in 60s")),
    ],
)
def test_one_term_splits_into_the_parts_that_make_it_again(when, parts):
    condition = split_condition(when)
    assert condition == Condition(*parts)
    assert condition.text == when


@pytest.mark.parametrize(
    "when", ["", "price", "price above", "price above 3 and size above 5", "a or b above 3 or c below 4"]
)
def test_what_is_not_one_term_does_not_split(when):
    assert split_condition(when) is None


def test_a_level_that_is_pointed_at_is_crossed_from_where_the_price_is():
    assert crossing_level(24_945.0, 24_907.0, 2) == "price crosses above 24945.00"
    assert crossing_level(24_800.0, 24_907.0, 2) == "price crosses below 24800.00"
    assert crossing_level(24_800.0, None, 2) == "price crosses above 24800.00"


def test_only_a_price_level_moves():
    assert with_level("price crosses above 24945.00", 24_950.5, 2) == "price crosses above 24950.50"
    assert with_level("price crosses above vwap(session)", 24_950.5, 2) is None
    assert with_level("price enters 1..2", 24_950.5, 2) is None


@pytest.mark.parametrize(
    ("when", "title"),
    [
        ("price crosses above 24945.00", "Crosses above 24,945"),
        ("price crosses above 24945.50", "Crosses above 24,945.50"),
        ("price crosses below vwap(session)", "Crosses below VWAP"),
        ("price above vwap_upper(session, 2)", "Above VWAP upper 2σ"),
        ("ema(20) crosses vwap(60s)", "EMA 20 crosses VWAP 60s"),
        ("price moves 0.5 % in 60s", "Moves 0.5 % in 60s"),
    ],
)
def test_a_rule_is_named_by_what_it_says(when, title):
    assert title_of(when) == title
    assert is_own_title(title, when)
    assert is_own_title(f"{title} (2)", when)
    assert not is_own_title("mine", when)


def test_levels_group_the_indian_way_where_asked():
    assert title_of("price above 1234567", indian=True) == "Above 12,34,567"


def test_a_name_that_is_taken_gets_a_number():
    assert free_name("a", set()) == "a"
    assert free_name("a", {"a", "a (2)"}) == "a (3)"


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("price crosses above 24945", "price crosses above 24945.00"),
        ("  price   crosses above 24945.0 ", "price crosses above 24945.00"),
        ("price above 24945.125", "price above 24945.125"),
        ("size above 500", "size above 500"),
        ("price above 3 and size above 5", "price above 3 and size above 5"),
        ("price above vwap(session)", "price above vwap(session)"),
        ("price enters 1..2", "price enters 1..2"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_level_has_the_instruments_decimals_however_it_was_typed(typed, when):
    assert normal_when(typed, 2) == when
    assert normal_when(when, 2) == when


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("24945", "price crosses above 24945.00"),
        ("24,945.5", "price crosses above 24945.50"),
        ("24850", "price crosses below 24850.00"),
        ("1,24,945", "price crosses above 124945.00"),
        ("-1,234,567.5", "price crosses below -1234567.50"),
        ("24,95", "24,95"),
        ("1,5", "1,5"),
        ("1234,567", "1234,567"),
        ("1,2,345", "1,2,345"),
        ("12,345,67", "12,345,67"),
        ("above 24,94", "price above 24,94"),
        ("above 24,945", "price above 24945.00"),
        ("crosses below vwap(session)", "price crosses below vwap(session)"),
        ("leaves vwap_lower(session, 2)..vwap_upper(session, 2)",
         "price leaves vwap_lower(session, 2)..vwap_upper(session, 2)"),
        ("price crosses above 24945", "price crosses above 24945.00"),
        ("new session high", "new session high"),
    ],
)  # fmt: skip
def test_a_text_typed_in_short_is_made_whole(typed, when):
    assert completed(typed, 24_900.0, 2) == when
