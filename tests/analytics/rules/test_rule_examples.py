"""Each sentence of the rules' meaning, on a market of a few ticks (prices in tenths)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.columns import SymbolColumns
from analytics.errors import RuleError
from analytics.rules import Repeat, Rule, RuleState, distance, parse_rule

SECOND = 1_000_000_000
DAY = 86_400


def rule(when: str, **settings) -> Rule:
    return Rule("r", "X", when, **settings)


def rows(fired) -> list[int]:
    return [row for row, _, _ in fired]


def test_crosses_above_needs_a_tick_at_or_below_before(market) -> None:
    assert rows(market([101, 102]).fired(rule("price crosses above 10"))) == []
    assert rows(market([100, 101]).fired(rule("price crosses above 10"))) == [1]
    assert rows(market([99, 100, 100, 101]).fired(rule("price crosses above 10"))) == [3]


def test_above_counts_the_first_tick(market) -> None:
    assert rows(market([101, 102, 100, 101]).fired(rule("price above 10"))) == [0, 3]
    assert rows(market([99, 100, 99]).fired(rule("price below 10"))) == [0, 2]


def test_a_touch_is_no_crossing_back(market) -> None:
    here = market([99, 101, 100, 101, 99, 101])
    assert rows(here.fired(rule("price crosses above 10"))) == [1, 3, 5]
    assert rows(here.fired(rule("price crosses above 10", hysteresis="0.1"))) == [1, 5]
    assert rows(here.fired(rule("price crosses above 10", hysteresis="0.11"))) == [1]


def test_both_directions_of_crosses_are_armed_on_their_own(market) -> None:
    here = market([99, 101, 99, 101, 98, 102])
    assert rows(here.fired(rule("price crosses 10", hysteresis="0.2"))) == [1, 2, 5]


def test_a_lone_crossing_fires_on_consecutive_ticks(market) -> None:
    here = market([99, 101, 99, 101, 99])
    assert rows(here.fired(rule("price crosses 10"))) == [1, 2, 3, 4]


def test_a_group_fires_only_as_it_turns_true(market) -> None:
    here = market([99, 101, 99, 101, 99, 99, 101])
    assert rows(here.fired(rule("price crosses 10 or price above 20"))) == [1, 6]
    assert rows(here.fired(rule("price crosses above 10 and price above 9"))) == [1, 3, 6]


def test_a_level_in_a_group_keeps_its_state_while_it_has_no_value(market, tick) -> None:
    # The second session has no VWAP before its first trade; price above it stays true meanwhile.
    ticks = [
        tick(0, 100, 1),
        tick(SECOND, 102, 1),
        tick(DAY * SECOND, 90, 0),
        tick((DAY + 1) * SECOND, 95, 0),
    ]
    here = market(ticks)
    assert rows(here.fired(rule("price above vwap(session) and price below 9.2"))) == [2]
    assert rows(here.fired(rule("price below vwap(session) and price below 9.2"))) == []


def test_a_crossing_looks_back_past_ticks_without_a_value(market, tick) -> None:
    # vwap(2s) has no value where the last two seconds traded nothing.
    ticks = [tick(k * SECOND, price, size) for k, (price, size) in enumerate([(101, 1), (99, 1), (99, 0)])]
    ticks += [tick(9 * SECOND, 99, 0), tick(10 * SECOND, 90, 9), tick(11 * SECOND, 91, 1)]
    assert rows(market(ticks).fired(rule("price crosses above vwap(2s)"))) == [5]


def test_ranges_hold_their_ends(market) -> None:
    here = market([98, 99, 101, 102, 101, 97, 100])
    assert here.fired(rule("price enters 9.9..10.1")) == [(1, 9.9, True), (4, 10.1, True), (6, 9.9, True)]
    assert here.fired(rule("price leaves 9.9..10.1")) == [(3, 10.1, True), (5, 9.9, True)]


def test_ranges_need_a_tick_before(market) -> None:
    assert market([100, 100]).fired(rule("price enters 9.9..10.1")) == []
    assert market([98, 98]).fired(rule("price leaves 9.9..10.1")) == []


def test_each_side_of_a_range_is_armed_on_its_own(market) -> None:
    here = market([97, 99, 98, 99, 102, 101, 97, 99])
    found = here.fired(rule("price enters 9.9..10.1", hysteresis="0.2"))
    assert found == [(1, 9.9, True), (5, 10.1, True), (7, 9.9, True)]


def test_leaving_arms_again_only_well_inside(market) -> None:
    here = market([100, 98, 99, 98, 101, 98])
    assert rows(here.fired(rule("price leaves 9.9..10.1", hysteresis="0.2"))) == [1, 5]


def test_a_jump_across_a_range_neither_enters_nor_leaves(market) -> None:
    here = market([97, 105, 97])
    assert here.fired(rule("price enters 9.9..10.1 or price leaves 9.9..10.1")) == []


def test_moves_compares_with_the_price_at_or_before_the_window(market) -> None:
    here = market([1000, 1001, 1005, 1005], price_scale=2)
    assert here.fired(rule("price moves 0.5 % in 2s")) == [(2, 10.0, True)]
    assert here.fired(rule("price moves 0.51 % in 2s")) == []


def test_moves_has_no_value_across_sessions_or_outside_hours(nse_market, tick) -> None:
    close_ns = 36_000 * SECOND + 20_000 * DAY * SECOND  # 15:30:00 in Mumbai
    ticks = [tick(close_ns, 100), tick(close_ns + 2 * SECOND, 110), tick(close_ns + 4 * SECOND, 120)]
    ticks += [tick(close_ns + 18 * 3600 * SECOND, 200)]
    assert nse_market(ticks).fired(rule("price moves 1 % in 1s")) == []


def test_ticks_of_hysteresis_follow_the_grid_at_the_right_side(market) -> None:
    # Two ticks are 0.2 below 10 and 0.4 from 10 on.
    below = market([99, 100, 98, 100, 97, 100])
    assert rows(below.fired(rule("price crosses above 9.9", hysteresis="2 ticks"))) == [1, 5]
    above = market([101, 103, 99, 103, 98, 103])
    assert rows(above.fired(rule("price crosses above 10.2", hysteresis="2 ticks"))) == [1, 5]


def test_ticks_of_hysteresis_need_a_known_grid(market) -> None:
    with pytest.raises(RuleError, match=r"rule 'r': expected a symbol with a known grid .* found 'X'"):
        market([1], bands=()).fired(rule("price above 1", hysteresis="2 ticks"))


def test_a_price_equal_to_the_vwap_is_neither_above_nor_below(market) -> None:
    here = market([(100, 3), (101, 2), (100, 0)])  # the mean is 10.04; in float64 it comes out above
    assert math.nextafter(10.04, 11) == (100 + 2 / 5) / 10
    assert here.fired(rule("vwap(session) above 10.04")) == []
    assert rows(here.fired(rule("vwap(session) above 10.0399999999999999999"))) == [1]


def test_a_hysteresis_beside_a_vwap_is_exact(market) -> None:
    prices = [(101, 1), (101, 1), (102, 0), (98, 0), (102, 0)]
    assert 9.8 - 10.1 > -0.3  # so float64 would not arm again
    assert rows(market(prices).fired(rule("price crosses above vwap(session)", hysteresis="0.3"))) == [2, 4]


@pytest.mark.parametrize("size", [1, 10**12])
def test_sums_past_int64_stay_exact(market, size: int) -> None:
    prices = [(10**9, size), (10**9 + 1, size), (10**9 + 1, 0), (10**9, 0)]
    found = market(prices, price_scale=8).fired(rule("price crosses vwap(session)", hysteresis="0.00001 %"))
    assert rows(found) == [1, 3]


def test_a_wider_scale_moves_no_threshold(market) -> None:
    here = market([99, 101, 100, 101, 99, 101, 101, 99, 101], price_scale=1)
    expected = here.fired(rule("price crosses above 10", hysteresis="0.1"))
    for row in range(1, 9):
        here.widen = (row, 4, 2)
        assert here.fired(rule("price crosses above 10", hysteresis="0.1")) == expected


def test_a_cooldown_is_over_at_its_length_and_counts_from_the_last_shown(market) -> None:
    here = market([99, 101] * 4)
    found = here.fired(rule("price crosses above 10", cooldown="4s"))
    assert [(row, shown) for row, _, shown in found] == [(1, True), (3, False), (5, True), (7, False)]
    found = here.fired(rule("price crosses above 10", cooldown="4001ms"))
    assert [shown for _, _, shown in found] == [True, False, False, True]


def test_a_hidden_firing_disarms_all_the_same(market) -> None:
    here = market([99, 101, 98, 101, 100, 101, 101])
    found = here.fired(rule("price crosses above 10", hysteresis="0.2", cooldown="3s"))
    assert [(row, shown) for row, _, shown in found] == [(1, True), (3, False)]


def test_once_shows_the_first_and_session_the_first_of_each_session(market, tick) -> None:
    ticks = [
        tick((day * DAY + k) * SECOND, price) for day in (1, 2) for k, price in enumerate([99, 101, 99, 101])
    ]
    here = market(ticks)
    for repeat, shown in (
        (Repeat.ONCE, [True, False, False, False]),
        (Repeat.SESSION, [True, False, True, False]),
        (Repeat.EACH, [True] * 4),
    ):
        found = here.fired(rule("price crosses above 10", repeat=repeat))
        assert rows(found) == [1, 3, 5, 7]
        assert [each[2] for each in found] == shown


def test_a_stretch_outside_hours_counts_as_a_session_of_its_own(nse_market, tick) -> None:
    close_ns = 36_000 * SECOND + 20_000 * DAY * SECOND  # 15:30:00 in Mumbai
    times = [0, 0, 5, 6, 7, 8, 18 * 3600, 18 * 3600]
    ticks = [tick(close_ns + at * SECOND, price) for at, price in zip(times, [99, 101] * 4, strict=True)]
    found = nse_market(ticks).fired(rule("price crosses above 10", repeat=Repeat.SESSION))
    assert [(row, shown) for row, _, shown in found] == [(1, True), (3, True), (5, False), (7, True)]


def test_the_value_is_the_first_terms_right_side(market) -> None:
    here = market([(99, 1), (101, 1), (101, 0)])
    assert here.fired(rule("price above vwap(session) and size above 0")) == [(1, 10.0, True)]
    assert here.fired(rule("price enters 9..11 or size below 1")) == [(2, 11.0, True)]
    assert math.isnan(here.fired(rule("price above ema(3) or price above 10"))[0][1])


def test_a_rule_put_in_force_later_knows_nothing_of_before(market) -> None:
    parsed = parse_rule(rule("price crosses above 10"))
    here = market([99, 101, 99, 101])
    state = RuleState(parsed, here.instrument)
    found = []

    def read(span, values) -> None:
        if span.start:
            found.extend(span.start + each.index for each in state.evaluate(span, values))

    here.run(parsed.series, read, cuts=[1])
    assert found == [3]


def view_of(here, when: str):
    parsed = parse_rule(rule(when))
    columns: list[SymbolColumns] = []
    values_of: dict[str, list[float]] = {spec.text: [] for spec in parsed.series}

    def read(span, values) -> None:
        columns.append(span.columns)
        for spec in parsed.series:
            values_of[spec.text].extend(values(spec).tolist())

    here.run(parsed.series, read)
    for text, found in values_of.items():
        columns[0].add_series(text)[: len(found)] = found
    columns[0].publish()
    return parsed, columns[0].view


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("price crosses above 10", 0.5),
        ("price below vwap(session) and size above 9", 0.5),
        ("price enters 10..10.6", -0.1),
        ("price leaves 10.3..vwap(session)", 0.2),
        ("price moves 1 % in 1s", 1.0),
        ("price moves 1 % in 5s", None),
        ("price above ema(9)", None),
        ("price enters ema(9)..11", None),
        ("size above price", -9.5),
    ],
)
def test_the_distance_is_left_minus_right_at_the_newest_tick(market, when: str, expected) -> None:
    found = distance(*view_of(market([(95, 1), (105, 1)]), when))
    assert found == (None if expected is None else pytest.approx(expected))


def test_without_a_tick_there_is_no_distance(market) -> None:
    here = market([1])
    columns = SymbolColumns("X", here.calendar, 1, 0)
    assert distance(parse_rule(rule("price above 1")), columns.view) is None


def test_a_tick_window_longer_than_any_recording_takes_all_there_is(market) -> None:
    assert rows(market([100, 99, 101]).fired(rule(f"price above vwap({10**20} ticks)"))) == [2]


@pytest.mark.parametrize(
    ("when", "hysteresis"),
    [
        ("new session high", "0"),
        ("new session high", "0.2"),
        ("new session low", "1 %"),
        ("volume spikes 2x in 1s against 2s", "0"),
    ],
)
def test_a_wider_scale_moves_no_high_and_no_spike(market, when: str, hysteresis: str) -> None:
    prices = [(100, 1), (101, 1), (99, 1), (98, 4), (102, 1), (103, 1), (101, 1), (104, 9), (97, 1), (105, 2)]
    here = market(prices)
    expected = here.fired(rule(when, hysteresis=hysteresis))
    assert expected
    for row in range(1, 10):
        here.widen = (row, 4, 2)
        assert here.fired(rule(when, hysteresis=hysteresis), [5, 8]) == expected


def test_a_rule_put_in_force_later_knows_the_sessions_high(market) -> None:
    parsed = parse_rule(rule("new session high"))
    here = market([100, 105, 101, 104, 106])
    state = RuleState(parsed, here.instrument)
    found = []

    def read(span, values) -> None:
        if span.start:
            found.extend(span.start + each.index for each in state.evaluate(span, values))

    here.run(parsed.series, read, cuts=[2])
    assert found == [4]


def test_a_vwap_that_is_not_of_the_symbols_own_trades_is_compared_by_its_value(market) -> None:
    near = math.nextafter(10.0, 11.0)  # where an index takes it from its future, no sums of its own tell it
    for when, expected in (("price below vwap(session)", [0]), ("price above vwap(session)", [])):
        parsed = parse_rule(rule(when))
        here = market([(100, 0), (100, 0)])
        state = RuleState(parsed, here.instrument)
        found: list[int] = []

        def read(span, _, state=state, found=found) -> None:
            found += [each.index for each in state.evaluate(span, lambda spec: np.full(len(span), near))]

        here.run(parsed.series, read)
        assert found == expected
