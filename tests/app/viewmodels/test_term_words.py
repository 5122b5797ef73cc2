import pytest

from analytics.rules import Reading
from analytics.rules.misses import Miss, TermMiss
from app.formatting import NumberStyle
from app.viewmodels.term_words import miss_text, missed_lines, pair_text, short_text, state_text

STYLE = NumberStyle(2, indian=True)
NAN = float("nan")


def miss(*terms):
    return Miss("NIFTY-FUT", 1, 2, 3.0, terms)


@pytest.mark.parametrize(
    ("text", "short", "words"),
    [
        ("price crosses above 24910", 12.4, "12.40 points"),
        ("NIFTY-FUT: price above vwap(session)", 1_234_567.891, "12,34,567.89 points"),
        ("SBIN:vwap(session) above price", 0.5, "0.50 points"),
        ("size above 5000", 1_250.0, "1,250"),
        ("rsi(14) above 70", 3.25, "3.25"),
        ("sigma(60s) below 2.5", 0.125, "0.12 points"),
        ("volume spikes 5x in 10s against 10m", 12.5, "12.5"),
        ("no tick for 30s", 2.5, "2 s"),
        ("price crosses above 24910", 0.0, "touched, not passed"),
        ("gap in feed", NAN, ""),
    ],
)
def test_what_was_missing_is_told_in_the_unit_of_its_sides(text, short, words):
    assert short_text(TermMiss(text, 1.0, 2.0, short, holds=False), STYLE) == words


def test_several_unmet_terms_are_counted_and_each_is_told():
    near = miss(
        TermMiss("price above 120", 107.6, 120.0, 12.4, holds=False),
        TermMiss("size above 10", 65.0, 10.0, 0.0, holds=True),
        TermMiss("gap in feed", NAN, NAN, NAN, holds=False),
    )
    assert miss_text(near, STYLE) == "2 of 3 terms unmet"
    assert missed_lines(near.terms, STYLE) == [
        ("price above 120", "107.60 vs 120.00 · 12.40 points short"),
        ("size above 10", "65 vs 10 · true"),
        ("gap in feed", "not true"),
    ]


def test_a_rule_that_was_true_before_was_not_short_of_anything():
    assert miss_text(miss(TermMiss("price above 1", 2.0, 1.0, 0.0, holds=True)), STYLE) == ""


def test_sides_are_written_as_what_they_are():
    assert pair_text("price above 3", (24_849.9, NAN), STYLE) == "24,849.90 vs –"
    assert pair_text("size above 3", (12_600.0, 3.0), STYLE) == "12,600 vs 3"
    assert pair_text("gap in feed", (NAN, NAN), STYLE) == ""


@pytest.mark.parametrize(
    ("was", "holds", "words"),
    [
        (False, True, "became true"),
        (True, True, "true"),
        (True, False, "not true"),
        (False, False, "not true"),
    ],
)
def test_a_term_at_a_firing_says_what_became_of_it(was, holds, words):
    assert state_text(Reading("price above 3", (1.0, 3.0), (4.0, 3.0), was, holds)) == words
