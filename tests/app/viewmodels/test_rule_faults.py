import pytest

from analytics.rules.rule import Rule
from app.viewmodels.rule_faults import faulty_keys

GOOD = {
    "name": "r",
    "symbol": "ANY of TCS, INFY",
    "when": "price above 3",
    "hysteresis": "2 ticks",
    "cooldown": "30s",
    "active": "09:30-15:00",
    "expires": "2026-12-31T15:30",
    "snooze_until": "2026-12-31T15:30",
}


def test_a_right_rule_has_no_faulty_key_and_keys_may_be_empty():
    assert faulty_keys(Rule(**GOOD)) == ()
    assert faulty_keys(Rule(**GOOD | {"active": "", "expires": "", "snooze_until": ""})) == ()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("symbol", "ANY of"),
        ("when", "price abov 3"),
        ("hysteresis", "a bit"),
        ("cooldown", "soon"),
        ("active", "9 to 3"),
        ("expires", "tomorrow"),
        ("snooze_until", "later"),
    ],
)
def test_each_key_is_named_where_it_is_wrong(key, text):
    assert faulty_keys(Rule(**GOOD | {key: text})) == (key,)


def test_several_are_named_in_the_order_of_the_form():
    assert faulty_keys(Rule(**GOOD | {"active": "x", "when": "y"})) == ("when", "active")
