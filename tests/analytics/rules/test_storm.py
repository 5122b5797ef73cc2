"""A storm of firings becomes one line that counts."""

from __future__ import annotations

import random

from analytics.rules.rule import Firing
from analytics.rules.storm import TOGETHER_NS, Storm, Storms

SECOND = 1_000_000_000


def firing(at_s: float, rule: str = "r", symbol: str = "A") -> Firing:
    return Firing(rule, symbol, 0, int(at_s * SECOND), None, 1.0, 1.0)


def lines(*firings: Firing) -> list[Storm]:
    storms = Storms()
    return [*(storm for each in firings for storm in storms.take(each)), *storms.finish()]


def test_firings_that_follow_within_a_second_are_one_line() -> None:
    first, last = firing(0), firing(2)
    (storm,) = lines(first, firing(1), last)
    assert (storm.first, storm.last, storm.count, storm.symbols) == (first, last, 3, ("A",))
    assert [each.count for each in lines(firing(0), firing(1.001))] == [1, 1]


def test_symbols_of_one_rule_are_one_storm_and_rules_are_apart() -> None:
    found = lines(firing(0), firing(0.1, "other"), firing(0.2, symbol="B"), firing(0.3, symbol="A"))
    assert [(each.first.rule, each.count, each.symbols) for each in found] == [
        ("r", 3, ("A", "B")),
        ("other", 1, ("A",)),
    ]


def test_a_line_is_told_once_time_has_gone_on_and_not_before() -> None:
    storms = Storms()
    assert list(storms.take(firing(0))) == []
    assert list(storms.take(firing(0.9, "other"))) == []
    assert [each.first.rule for each in storms.take(firing(1.5, "other"))] == ["r"]
    assert [each.count for each in storms.finish()] == [2]


def test_every_firing_is_in_one_line_and_lines_stand_in_order() -> None:
    rng = random.Random(3)
    for _ in range(50):
        at, firings = 0.0, []
        for _ in range(rng.randrange(60)):
            at += rng.choice([0, 0.1, 0.5, 1, 1.2, 3])
            firings.append(firing(at, rng.choice("rs"), rng.choice("AB")))
        found = lines(*firings)
        assert sum(each.count for each in found) == len(firings)
        assert [each.first.ts_ns for each in found] == sorted(each.first.ts_ns for each in found)
        for name in "rs":
            mine = [each for each in found if each.first.rule == name]
            expected = []
            for each in firings:
                if each.rule == name:
                    if expected and each.ts_ns - expected[-1][-1].ts_ns <= TOGETHER_NS:
                        expected[-1].append(each)
                    else:
                        expected.append([each])
            assert [(each.first, each.last, each.count) for each in mine] == [
                (each[0], each[-1], len(each)) for each in expected
            ]
