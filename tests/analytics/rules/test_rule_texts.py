"""What a rule's text means, and what is said about one that means nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import RuleError
from analytics.rules import (
    Compare,
    Move,
    Op,
    Range,
    Rule,
    Watching,
    decimal_text,
    format_when,
    parse_decimal,
    parse_hysteresis,
    parse_rule,
    parse_watch,
    parse_when,
)
from analytics.series import parse_series
from analytics.windows import TimeWindow


def parse(when: str, **settings):
    return parse_rule(Rule("mine", "NIFTY-FUT", when, **settings))


def test_and_binds_tighter_than_or() -> None:
    parsed = parse("price above 1 and size above 2 or price below 3")
    assert [[term.text for term in group] for group in parsed.any_of] == [
        ["price above 1", "size above 2"],
        ["price below 3"],
    ]


def test_every_kind_of_term_is_read() -> None:
    one_minute = parse_series("vwap(60s)")
    assert parse("price crosses above vwap( 1m )").terms == (
        Compare(parse_series("price"), Op.CROSSES_ABOVE, one_minute),
    )
    assert parse("price leaves 9.5..vwap(60s)").terms == (
        Range(parse_series("price"), Op.LEAVES, Fraction(19, 2), one_minute),
    )
    assert parse("price moves 0.5% in 60s").terms == (Move(Fraction(1, 2), TimeWindow(60_000_000_000)),)


def test_numbers_are_exact() -> None:
    (term,) = parse("price above 0.1").terms
    assert term.right == Fraction(1, 10)


def test_the_series_to_compute_are_named_once_and_without_columns() -> None:
    parsed = parse("price above vwap(60s) and size above 5 or price below vwap(1m) and ema(3) above price")
    assert [spec.text for spec in parsed.series] == ["vwap(60s)", "ema(3)"]


@pytest.mark.parametrize(
    "when",
    [
        "price crosses above vwap(session)",
        "vwap(500 ticks) crosses ema(20) and price enters -5..-0.25 or price moves 0.5 % in 15m",
        "price leaves vwap_lower(60s, 2)..vwap_upper(60s, 2.5)",
        "price above BANKNIFTY-FUT:vwap(session) and 3M-IN:size below 5",
        'price enters "M & M":price.."Tom and Co (or so)":vwap(60s) or "A:B":ema(5) crosses 7',
        "price above vwap(from 2026-11-20T10:15) or price below TCS:vwap(from tick 1200)",
        "volume spikes 2.5x in 10s against 10m and new session high or new session low",
        "no tick for 30s or gap in feed",
    ],
)
def test_a_condition_is_written_as_it_is_read(when: str) -> None:
    assert format_when(parse_when(when)) == when
    if '"' not in when:
        assert parse("\n ".join(when.split(" "))).when == when


@pytest.mark.parametrize(
    ("when", "found", "hint"),
    [
        ("", "found none", "crosses above"),
        ("price", "found nothing", "Known: crosses above"),
        ("price cross above 5", "'cross above'", "Did you mean 'crosses above'?"),
        ("price > 5", "'>'", "Did you mean 'above'?"),
        ("price Above 5", "'Above 5'", "Did you mean 'above'?"),
        ("prise above 5", "'prise'", "Did you mean 'price'?"),
        ("price above vwapp(60s)", "'vwapp(60s)'", "Did you mean 'vwap'?"),
        ("price above vwap", "'vwap'", "vwap(W)"),
        ("price above", "found nothing", "number"),
        ("price above 24,850", "'24,850'", "plain digits"),
        ("price above 1e5", "'1e5'", "plain digits"),
        ("price above NaN", "'NaN'", "Known"),
        ("5 above price", "'5 above price'", "swap"),
        ("price above 5 and", "'price above 5 and'", "both sides"),
        ("price above 5 or or size above 1", "or or", "both sides"),
        ("(price above 5 or size above 1) and price below 9", "'(price above 5'", "binds tighter"),
        ("price enters 5", "'5'", "24800..24900"),
        ("price enters 6..5", "'6..5'", "swap"),
        ("price moves 5 in 60s", "moves 5 in", "0.5 %"),
        ("price moves 0 % in 60s", "moves 0 %", "0.5 %"),
        ("price moves 5 % in session", "'session'", "a time"),
        ("price moves 5 % in 60", "'60'", "60s"),
        ("size moves 5 % in 60s", "'size moves", "price moves"),
        ("B:price moves 5 % in 60s", "'B:price moves", "own symbol"),
        ("price above B:prise", "'prise'", "Did you mean 'price'?"),
        ('price above "B:price', "'price above", "second quotation mark"),
        ('price above "":price', "'price above", "symbol is empty"),
        ("price above B:5", "'B:5'", "such as vwap(60s)"),
        ("volume spikes 5 in 10s against 10m", "'volume spikes 5 in", "volume spikes 5x in 10s against 10m"),
        ("volume spikes 0x in 10s against 10m", "'volume spikes 0x", "volume spikes 5x in 10s against 10m"),
        ("volume spikes 5x in session against 10m", "'session'", "a time"),
        ("new session top", "'new session top'", "new session high, or new session low"),
        ("no tick for 0s", "'no tick for 0s'", "no tick for 30s"),
        ("no tick for ages", "'ages'", "duration"),
        ("no tick in 30s", "'no tick in 30s'", "no tick for 30s"),
        ("gap in the feed", "'gap in the feed'", "gap in feed"),
        ("new sesion high", "'sesion'", "Did you mean 'new session high'?"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_in_one_line(when: str, found: str, hint: str) -> None:
    with pytest.raises(RuleError) as error:
        parse(when)
    message = str(error.value)
    assert message.startswith("rule 'mine': ")
    assert found in message
    assert hint in message
    assert "\n" not in message


def test_a_condition_beyond_measure_is_refused() -> None:
    with pytest.raises(RuleError, match="at most 2000 characters, found 5016"):
        parse(f"price above ema({'9' * 5_000})"[:5_016])


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0.50", "0.5"),
        ("0", "0"),
        ("2 ticks", "2 ticks"),
        ("1 tick", "1 tick"),
        ("0.1 %", "0.1 %"),
        ("3%", "3 %"),
    ],
)
def test_hysteresis_is_points_ticks_or_per_cent(text: str, canonical: str) -> None:
    assert parse_hysteresis(text).text == canonical
    assert parse_hysteresis(canonical) == parse_hysteresis(text)


@pytest.mark.parametrize("text", ["-0.5", "-1 ticks", "x", "", "5 pct", "1,5", "1e3", "ticks", "nan", "½"])
def test_other_hysteresis_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="rule 'mine': expected a hysteresis"):
        parse("price above 5", hysteresis=text)


@pytest.mark.parametrize("text", ["-1s", "soon", ""])
def test_a_cooldown_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="rule 'mine': expected a duration"):
        parse("price above 5", cooldown=text)


def test_a_rule_without_a_symbol_is_refused() -> None:
    with pytest.raises(RuleError, match="rule 'r': expected a symbol"):
        parse_rule(Rule("r", " ", "price above 5"))


@pytest.mark.parametrize(
    ("text", "how", "symbols"),
    [
        ("NIFTY-FUT", Watching.ONE, ("NIFTY-FUT",)),
        ("ANY of RELIANCE, TCS,INFY", Watching.ANY, ("RELIANCE", "TCS", "INFY")),
        ('ALL of "M&M", "A, B", C', Watching.ALL, ("M&M", "A, B", "C")),
        ("ANY of M & M, TCS, TCS", Watching.ANY, ("M & M", "TCS")),
        ("ANY of *", Watching.ANY, None),
        ("ANYTHING of A", Watching.ONE, ("ANYTHING of A",)),
    ],
)
def test_a_rule_watches_one_symbol_or_a_group(text: str, how: Watching, symbols) -> None:
    watch = parse_watch(text)
    assert (watch.how, watch.symbols) == (how, symbols)
    assert parse_watch(watch.text) == watch


@pytest.mark.parametrize("text", ["ANY of A,", "ANY of ,A", 'ALL of "A', "ALL of *", 'ANY of "A" B'])
def test_other_groups_are_refused(text: str) -> None:
    with pytest.raises(RuleError, match="rule 'r': expected symbols"):
        parse_rule(Rule("r", text, "price above 5"))


def test_all_of_several_symbols_cannot_cross_at_once() -> None:
    with pytest.raises(RuleError, match=r"expected a term that lasts.* found 'price crosses 5'"):
        parse_rule(Rule("r", "ALL of A, B", "price above 4 and price crosses 5 or gap in feed"))
    parse_rule(Rule("r", "ALL of A, B", "price crosses 5 or size above 4"))


@pytest.mark.parametrize(
    ("key", "text"),
    [("expires", "2026-12-31"), ("expires", "soon"), ("active", "9-17"), ("snooze_until", "25:00")],
)
def test_a_key_of_time_that_means_nothing_is_refused_by_its_name(key: str, text: str) -> None:
    with pytest.raises(RuleError, match=f"rule 'mine': {key}: expected .* found '{text}'"):
        parse("price above 5", **{key: text})


@given(st.integers(-(10**18), 10**18), st.integers(0, 18))
def test_a_decimal_reads_back_exactly(units: int, places: int) -> None:
    value = Fraction(units, 10**places)
    assert parse_decimal(decimal_text(value)) == value


@given(st.text(max_size=30))
def test_no_text_escapes_the_error_tree(text: str) -> None:
    for when in (
        text,
        f"price above {text}",
        f'"{text}":price above 5',
        f"volume spikes {text}x in 5s against 9s",
        f"price enters {text}..5",
        f"price moves {text} % in 60s",
    ):
        try:
            parse(when, hysteresis=text or "0")
        except RuleError as error:
            message = str(error)
        else:
            continue
        assert message.isprintable()
