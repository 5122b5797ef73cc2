"""The nearest miss of a rule: found by the letter, wherever frames end."""

from __future__ import annotations

import math
import random

import pytest

from analytics.rules import Rule, parse_rule
from analytics.rules.misses import Miss, MissSeeker
from analytics.rules.wide import needs
from tests.analytics.rules.feed import SECOND, Feed, Tick
from tests.analytics.rules.test_wide_rule_examples import rule, table, ticks


def miss(feed: Feed, rule: Rule, span=(-(2**63), 2**63 - 1), cuts=()) -> Miss | None:
    parsed = parse_rule(rule)
    seeker = MissSeeker(parsed, feed.instruments, *span)
    for _, frame in feed.frames(needs(parsed), cuts):
        seeker.see(frame)
    return seeker.best


def test_the_tick_that_came_nearest_is_told_with_its_place_and_values() -> None:
    found = miss(ticks("A100 A103 A107 A101 A107"), rule("price above 11"))
    assert found is not None
    assert (found.symbol, found.row, found.ts_ns, found.price) == ("A", 2, 2 * SECOND, 10.7)
    (term,) = found.terms
    assert (term.text, term.left, term.right, term.holds) == ("price above 11", 10.7, 11.0, False)
    assert term.short == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("when", "row", "short"),
    [
        ("price crosses above 11", 2, 0.4),
        ("price below 9", 0, 1.0),
        ("price enters 11..12", 2, 0.4),
        ("price leaves 9..11", 2, 0.4),
        ("price moves 10 % in 1s", 1, 0.7),
        ("volume spikes 9x in 1s against 1s", 2, 7.0),
        ("new session low", 1, 0.3),
        ("no tick for 30s", 1, 29.0),
        ("price above B:price", 2, None),
    ],
)
def test_each_term_tells_how_short_it_was(when: str, row: int, short: float | None) -> None:
    found = miss(ticks("A100x1 A103x1 A106x2"), rule(when))
    if short is None:
        assert found is not None
        assert math.isnan(found.terms[0].short)
        return
    assert found is not None
    assert (found.row, found.terms[0].holds) == (row, False)
    assert found.terms[0].short == pytest.approx(short)


def test_fewer_unmet_terms_come_before_a_nearer_one() -> None:
    feed = ticks("A109x1 A101x9 A109x2")
    found = miss(feed, rule("price above 11 and size above 5"))
    assert found is not None
    assert found.row == 1
    assert [each.holds for each in found.terms] == [False, True]


def test_the_nearest_group_is_told() -> None:
    found = miss(ticks("A100 A104"), rule("price below 5 and size above 9 or price above 10.5"))
    assert found is not None
    assert [each.text for each in found.terms] == ["price above 10.5"]


def test_only_the_span_counts() -> None:
    feed = ticks("A109 A103 A104 A109")
    found = miss(feed, rule("price above 11"), (SECOND, 3 * SECOND))
    assert found is not None
    assert found.row == 2
    assert miss(feed, rule("price above 11"), (9 * SECOND, 10 * SECOND)) is None


def test_a_condition_that_was_true_before_the_span_is_told_as_true() -> None:
    found = miss(ticks("A111 A112 A113"), rule("price above 11"), (SECOND, 9 * SECOND))
    assert found is not None
    assert (found.row, found.terms[0].holds) == (1, True)


def test_of_a_group_of_symbols_the_nearest_is_told() -> None:
    found = miss(ticks("A100 B107 A103"), rule("price above 11", "ANY of *"))
    assert found is not None
    assert (found.symbol, found.row) == ("B", 1)
    found = miss(ticks("A109 B107 A112 B104"), rule("price above 11", "ALL of A, B"))
    assert found is not None
    assert (found.row, [each.text for each in found.terms]) == (2, ["A: price above 11", "B: price above 11"])
    assert [each.holds for each in found.terms] == [True, False]


def test_the_nearest_miss_is_the_same_wherever_frames_end() -> None:
    rng = random.Random(8)
    whens = [
        "price above 12",
        "price crosses below B:vwap(session) and size above 8",
        "price moves 9 % in 3s or volume spikes 9x in 2s against 4s",
        "new session high and price above 13",
        "no tick for 30s",
    ]
    for _ in range(12):
        events, at_ns, price = [], 0, 100
        for _ in range(50):
            at_ns += rng.randrange(3) * SECOND
            price += rng.choice([-1, 0, 1])
            events.append(Tick(rng.choice("AB"), at_ns, price, rng.randrange(4)))
        feed = Feed(events, table())
        for when in whens:
            whole = miss(feed, rule(when))
            assert whole is not None
            for cuts in (rng.sample(range(50), 4), range(50)):
                assert repr(miss(feed, rule(when), cuts=cuts)) == repr(whole)
