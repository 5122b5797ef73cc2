import pytest

from analytics.calendar import ALWAYS, NSE_DERIVATIVES, US
from analytics.rules import parse_moment
from analytics.rules.rule import Rule
from analytics.rules.schedule import instant_ns
from app.viewmodels.snooze import leading_symbol, left_ns, moment_text, snooze_end_ns, snooze_words

NS = 1_000_000_000
OPEN_NS = 1_795_145_400 * NS  # 2026-11-20 09:00 IST, a Friday
NOW_NS = OPEN_NS + 4_000 * NS  # 10:06:40


def end(now_ns, minutes, calendar=NSE_DERIVATIVES):
    return moment_text(snooze_end_ns(now_ns, calendar, minutes), calendar)


def test_a_snooze_ends_after_minutes_or_with_the_session():
    assert end(NOW_NS, 15) == "2026-11-20T10:21:40+05:30"
    assert end(NOW_NS, 60) == "2026-11-20T11:06:40+05:30"
    session_end = NSE_DERIVATIVES.session_bounds(NOW_NS)[2]
    assert snooze_end_ns(NOW_NS, NSE_DERIVATIVES, None) == session_end


@pytest.mark.parametrize("hours", [-2, 10, 20, 40])
def test_outside_hours_the_session_that_comes_is_meant(hours):
    now_ns = OPEN_NS + hours * 3_600 * NS
    found = snooze_end_ns(now_ns, NSE_DERIVATIVES, None)
    assert found > now_ns
    session, first_ns, end_ns = NSE_DERIVATIVES.session_bounds(found - 1)
    assert session >= 0
    assert end_ns == found
    assert first_ns > now_ns


def test_a_market_without_hours_has_days():
    assert end(NOW_NS, None, ALWAYS).endswith("T00:00:00+00:00")


def test_a_written_moment_is_never_before_the_instant():
    late = NOW_NS + 1
    text = moment_text(late, NSE_DERIVATIVES)
    assert instant_ns(parse_moment(text), NSE_DERIVATIVES.zone) == NOW_NS + NS
    assert left_ns(text, late, NSE_DERIVATIVES) == NS - 1


@pytest.mark.parametrize(
    ("after_s", "words"),
    [
        (0, "snoozed, 15 min left"),
        (61, "snoozed, 14 min left"),
        (870, "snoozed, 30 s left"),
        (900, ""),
        (9_000, ""),
    ],
)
def test_the_time_left_counts_down_to_nothing(after_s, words):
    rule = Rule("r", "NIFTY-FUT", "price above 1", snooze_until=end(NOW_NS, 15))
    assert snooze_words(rule, NOW_NS + after_s * NS, NSE_DERIVATIVES) == words


def test_a_rule_that_is_not_snoozed_has_nothing_left():
    assert snooze_words(Rule("r", "A", "price above 1"), NOW_NS, NSE_DERIVATIVES) == ""
    assert left_ns("soon", NOW_NS, NSE_DERIVATIVES) == 0


def test_a_group_is_led_by_its_first_symbol():
    assert leading_symbol("ANY of TCS, INFY") == "TCS"
    assert leading_symbol("TCS") == "TCS"
    assert leading_symbol("ANY of *") == leading_symbol("ANY of") == leading_symbol("") == ""


def test_every_one_of_the_feed_is_led_by_the_first_that_the_feed_has():
    assert leading_symbol("ANY of *", ("NIFTY", "AAPL")) == "NIFTY"
    assert leading_symbol("ANY of TCS, INFY", ("NIFTY",)) == "TCS"


def test_a_written_moment_is_the_same_instant_in_every_market():
    ends = {
        instant_ns(parse_moment(end(NOW_NS, 15, calendar)), reader.zone)
        for calendar in (NSE_DERIVATIVES, US, ALWAYS)
        for reader in (NSE_DERIVATIVES, US, ALWAYS)
    }
    assert ends == {NOW_NS + 900 * NS}
