"""Each sentence on several symbols, gaps, silence and the keys of time, on a feed of a few ticks."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from analytics.calendar import ALWAYS, NSE
from analytics.errors import RuleError
from analytics.instruments import Instrument, InstrumentTable, Kind, TickBand
from analytics.rules import Hidden, Rule, parse_rule
from analytics.rules.wide import WideRuleState, needs
from tests.analytics.rules.feed import SECOND, Feed, Mark, Tick

GRID = (TickBand(None, Fraction(1, 10)),)
OPEN_NS = 1_763_350_200 * SECOND  # 09:00 in Mumbai on 2025-11-17


def table(calendar=ALWAYS, bands=GRID) -> InstrumentTable:
    return InstrumentTable(Instrument(name, Kind.STOCK, calendar, bands=bands) for name in "ABC")


def ticks(text: str, **settings) -> Feed:
    """Build a feed from words such as ``A100`` or ``B98x5``, one a second; ``|`` is a gap before the next."""
    events, gap = [], False
    for word in text.split():
        if word == "|":
            gap = True
            continue
        price, _, size = word[1:].partition("x")
        events.append(Tick(word[0], len(events) * SECOND, int(price), int(size or 1), gap))
        gap = False
    return Feed(events, table(), **settings)


def rule(when: str, symbol: str = "A", **settings) -> Rule:
    return Rule("r", symbol, when, **settings)


def at(fired) -> list[tuple[int, str]]:
    return [(each.place, each.symbol) for each in fired]


def test_a_rule_over_two_symbols_fires_at_the_tick_of_either_against_the_others_latest() -> None:
    feed = ticks("A100 B101 A102 B103 B101 A100")
    assert at(feed.fired(rule("price above B:price"))) == [(2, "A"), (4, "B")]
    assert [each.value for each in feed.fired(rule("price above B:price"))] == [10.1, 10.1]
    assert at(feed.fired(rule("price crosses above B:price"))) == [(2, "A"), (4, "B")]


def test_a_symbol_without_a_tick_has_no_value() -> None:
    assert ticks("A100 A101").fired(rule("price above B:price or price below B:price")) == []
    assert at(ticks("A100 B99").fired(rule("price above B:price"))) == [(1, "B")]


def test_the_rules_own_symbol_may_be_named() -> None:
    assert not parse_rule(rule("A:price above A:vwap(3s)")).is_wide
    assert parse_rule(rule("A:price above 5")).any_of == parse_rule(rule("price above 5")).any_of


def test_prices_at_other_scales_are_compared_exactly() -> None:
    feed = Feed(
        [Tick("A", 0, 101), Tick("B", 1, 101_000_000), Tick("B", 2, 100_999_999)],
        table(),
        {"A": (1, 0), "B": (7, 0)},
    )
    assert at(feed.fired(rule("price above B:price"))) == [(2, "B")]
    assert feed.fired(rule("price below B:price")) == []


@pytest.mark.parametrize("window", ["session", "10s", "9 ticks", "from tick 0", "from 1970-01-01T00:00"])
def test_a_price_equal_to_anothers_vwap_is_neither_above_nor_below(window: str) -> None:
    feed = ticks("B100x3 B101x2 A1004", scales={"A": (2, 0), "B": (1, 0)})
    assert (100 + 2 / 5) / 10 != 10.04
    assert feed.fired(rule(f"price below B:vwap({window}) or price above B:vwap({window})")) == []
    feed.events = [*feed.events, Tick("B", 3 * SECOND, 101, 1)]
    assert at(feed.fired(rule(f"price below B:vwap({window})"), [1, 2, 3])) == [(3, "B")]


def test_sums_past_int64_stay_exact_across_symbols() -> None:
    big = 10**12
    feed = Feed(
        [
            Tick("B", 0, 10**9, big),
            Tick("B", 1, 10**9 + 1, big),
            Tick("A", 2, 10**9 + 1),
            Tick("A", 3, 10**9),
        ],
        table(),
        {"A": (8, 0), "B": (8, 0)},
    )
    assert at(feed.fired(rule("price crosses B:vwap(session)"))) == [(3, "A")]


def test_ticks_of_hysteresis_are_counted_on_the_right_sides_grid() -> None:
    assert at(
        ticks("B100 A99 A101 A100 A101 A98 A101").fired(
            rule("price crosses above B:price", hysteresis="2 ticks")
        )
    ) == [
        (2, "A"),
        (6, "A"),
    ]
    with pytest.raises(RuleError, match=r"known grid .* found 'A'"):
        WideRuleState(parse_rule(rule("price above B:price", hysteresis="1 tick")), table(bands=()))


def test_a_spike_compares_the_volume_with_its_own_past() -> None:
    # 1 a second for four seconds, then 5 in one: five times as much.
    feed = ticks("A100x1 A100x1 A100x1 A100x1 A100x1 A100x5 A100x1 A100x4")
    found = feed.fired(rule("volume spikes 5x in 1s against 4s"))
    assert [(each.place, each.value) for each in found] == [(5, 1.0)]
    assert at(feed.fired(rule("volume spikes 5.01x in 1s against 4s"))) == []
    assert at(feed.fired(rule("volume spikes 2x in 1s against 4s"))) == [(5, "A"), (7, "A")]


def test_a_spike_has_no_value_in_a_young_session_or_without_volume_before() -> None:
    assert ticks("A100x1 A100x9 A100x99").fired(rule("volume spikes 2x in 1s against 2s")) == []
    assert ticks("A100x1 A100x0 A100x0 A100x0 A100x9").fired(rule("volume spikes 2x in 1s against 2s")) == []


def test_a_new_high_exceeds_every_earlier_price_of_its_session() -> None:
    assert at(ticks("A100 A101 A101 A100 A102 A103").fired(rule("new session high"))) == [
        (1, "A"),
        (4, "A"),
        (5, "A"),
    ]
    assert at(ticks("A100 A101 A99 A99 A98").fired(rule("new session low"))) == [(2, "A"), (4, "A")]


def test_after_a_new_high_the_price_must_fall_back_from_it() -> None:
    feed = ticks("A100 A101 A102 A104 A103 A105 A103 A106")
    found = feed.fired(rule("new session high", hysteresis="0.2"))
    assert [(each.place, each.value) for each in found] == [(1, 10.0), (7, 10.5)]


def test_a_session_knows_no_high_of_the_one_before() -> None:
    day = 86_400 * SECOND
    feed = Feed([Tick("A", k * day // 2, 110 - k * 10 + k % 2 * 5) for k in range(6)], table())
    assert at(feed.fired(rule("new session high"))) == []
    feed = Feed([Tick("A", 0, 200), Tick("A", day, 100), Tick("A", day + 1, 101)], table())
    assert at(feed.fired(rule("new session high"))) == [(2, "A")]


def test_a_gap_is_told_on_the_tick_after_it() -> None:
    feed = ticks("A100 B100 | A100 | B100 A100")
    assert at(feed.fired(rule("gap in feed"))) == [(2, "A")]
    assert math.isnan(feed.fired(rule("gap in feed"))[0].value)


def silent(*clocks_s: float, mark_s: float | None = None) -> Feed:
    """Build a feed of A at 0 s and B at some seconds, then a mark."""
    events = [Tick("A", 0, 100), *(Tick("B", int(each * SECOND), 100) for each in clocks_s)]
    return Feed([*events, *([] if mark_s is None else [Mark(int(mark_s * SECOND))])], table())


def test_silence_is_told_by_the_first_tick_of_anyone_past_the_deadline() -> None:
    (found,) = silent(10, 29.9, 31, 50).fired(rule("no tick for 30s"))
    assert (found.place, found.symbol, found.row, found.feed_row) == (3, "A", 0, 0)
    assert (found.at_ns, found.value) == (30 * SECOND, 30.0)


def test_silence_is_told_by_a_mark_at_its_deadline() -> None:
    (found,) = silent(10, mark_s=30).fired(rule("no tick for 30s"))
    assert (found.place, found.at_ns, found.row) == (2, 30 * SECOND, 0)
    assert silent(10, mark_s=29.9).fired(rule("no tick for 30s")) == []


def test_silence_is_told_once_until_the_symbol_ticks_again() -> None:
    events = [Tick("A", each * SECOND, 100) for each in (0, 40, 41, 80)]
    found = Feed([*events, Mark(200 * SECOND), Mark(300 * SECOND)], table()).fired(rule("no tick for 30s"))
    assert [(each.place, each.at_ns // SECOND, each.feed_row) for each in found] == [
        (1, 30, 0),
        (3, 71, 2),
        (4, 110, 3),
    ]


def test_silence_counts_only_inside_the_symbols_hours() -> None:
    close_ns = OPEN_NS + 6 * 3600 * SECOND + 1800 * SECOND  # 15:30
    for after_s, count in ((-31, 1), (-29.5, 1), (-28, 0)):
        last_ns = close_ns + int(after_s * SECOND)
        feed = Feed([Tick("A", last_ns, 100), Mark(close_ns + 900 * SECOND)], table(NSE))
        assert len(feed.fired(rule("no tick for 30s"))) == count


def test_the_engines_clock_tells_silence_and_not_event_time() -> None:
    late = [Tick("A", 0, 100, clock_ns=5 * SECOND), Tick("B", 31 * SECOND, 100, clock_ns=34 * SECOND)]
    assert Feed(late, table()).fired(rule("no tick for 30s")) == []


def test_a_mark_at_the_deadline_makes_the_silence_told_there() -> None:
    parsed = parse_rule(rule("no tick for 7s", symbol="ANY of *"))
    rng = random.Random(5)
    told = 0
    for _ in range(30):
        state = WideRuleState(parsed, table())
        assert state.deadline() is None
        at_ns, events = 0, []
        for _ in range(20):
            at_ns += rng.randrange(6) * SECOND
            due = _fed(parsed, events)[1]
            if due is not None and due <= at_ns:
                events.append(Mark(due))
                fired, later = _fed(parsed, events)
                assert fired[-1].at_ns == due
                assert later is None or later >= due
                told += 1
            else:
                events.append(Tick(rng.choice("ABC"), at_ns, 100))
    assert told > 30


def _fed(parsed, events):
    """Return all firings over events taken one at a time, and the deadline after them."""
    state = WideRuleState(parsed, table())
    feed = Feed(events, table())
    fired = [
        each
        for _, frame in (feed.frames(needs(parsed), range(len(events))) if events else ())
        for each in state.evaluate(frame)
    ]
    return fired, state.deadline()


def test_of_any_symbol_each_fires_on_its_own() -> None:
    feed = ticks("A99 B99 A101 A99 B101 C101 A101")
    for symbol, expected in (
        ("ANY of A, B", [(2, "A"), (4, "B"), (6, "A")]),
        ("ANY of *", [(2, "A"), (4, "B"), (5, "C"), (6, "A")]),
        ("ANY of B", [(4, "B")]),
    ):
        assert at(feed.fired(rule("price above 10", symbol))) == expected
    found = feed.fired(rule("price above 10", "ANY of *", cooldown="10s"))
    assert [each.hidden for each in found] == [None, None, None, Hidden.COOLDOWN]


def test_all_symbols_must_be_true_at_once() -> None:
    feed = ticks("A101 B99 B101 A99 A102 B99")
    assert at(feed.fired(rule("price above 10", "ALL of A, B"))) == [(2, "B"), (4, "A")]
    assert feed.fired(rule("price above 10", "ALL of A, B, C")) == []


def test_of_a_group_a_symbol_counts_from_its_first_tick() -> None:
    feed = ticks("B101 B99 B101 A99 B99 B101")
    assert at(feed.fired(rule("B:price above 10", "ANY of *"))) == [(0, "B"), (2, "B"), (5, "B"), (5, "B")]
    assert at(feed.fired(rule("B:price above 10", "ANY of A"))) == [(5, "B")]


def test_a_group_put_in_force_later_fires_the_same_wherever_frames_end() -> None:
    feed = ticks("A101 B99 C101 C99 B101 C99 A101 B99 B101")
    parsed = parse_rule(rule("B:price above 10", "ANY of *"))
    found = []
    for cuts in ([2], range(9), [2, 6]):
        state = WideRuleState(parsed, table())
        found.append(
            [
                first + each.place
                for first, frame in feed.frames(needs(parsed), cuts)
                if first >= 2
                for each in state.evaluate(frame)
            ]
        )
    assert found == [[4, 4, 8, 8, 8]] * 3


def test_nothing_fires_from_the_expiry_on() -> None:
    feed = ticks("A99 A101 A99 A101")
    assert at(feed.fired(rule("price above 10", expires="1970-01-01T00:00:03"))) == [(1, "A")]
    assert at(feed.fired(rule("price above 10", expires="1970-01-01T05:30:04+05:30"))) == [(1, "A"), (3, "A")]
    assert silent(31).fired(rule("no tick for 30s", expires="1970-01-01T00:00:30")) == []


def test_the_expiry_is_told_in_the_zone_of_the_symbols_calendar() -> None:
    events = [Tick("A", OPEN_NS + each * SECOND, 99 + each % 2 * 2) for each in range(4)]
    for text, count in (("2025-11-17T09:00:03", 1), ("2025-11-17T09:00:03Z", 2)):
        assert len(Feed(events, table(NSE)).fired(rule("price above 10", expires=text))) == count


def test_firings_outside_active_hours_are_counted_and_hidden_and_start_no_cooldown() -> None:
    events = [Tick("A", OPEN_NS + each * SECOND, 99 + each % 2 * 2) for each in range(8)]
    found = Feed(events, table(NSE)).fired(rule("price above 10", active="09:00:02-09:00:07", cooldown="3s"))
    assert [each.hidden for each in found] == [Hidden.ACTIVE, None, Hidden.COOLDOWN, Hidden.ACTIVE]


def test_a_snoozed_rule_is_hidden_until_its_time_and_keeps_its_state() -> None:
    feed = ticks("A99 A101 A99 A101 A99 A101")
    found = feed.fired(rule("price above 10", snooze_until="1970-01-01T00:00:03"))
    assert [each.hidden for each in found] == [Hidden.SNOOZE, None, None]
    plain, snoozed = (
        rule("no tick for 1s", cooldown="9s"),
        rule("no tick for 1s", cooldown="9s", snooze_until="1970-01-01T00:00:03"),
    )
    assert snoozed.core == plain
    state = WideRuleState(parse_rule(plain), table())
    feed = Feed([Tick("A", each * SECOND, 100) for each in range(6)], table())
    hidden = []
    for first, frame in feed.frames({}, range(6)):
        if first == 3:
            state.snooze(
                parse_rule(rule("no tick for 1s", cooldown="9s", snooze_until="1970-01-01T00:00:05"))
            )
        hidden += [each.hidden for each in state.evaluate(frame)]
    assert hidden == [None, Hidden.COOLDOWN, Hidden.SNOOZE, Hidden.SNOOZE, Hidden.COOLDOWN]


def test_a_firing_keeps_its_terms_around_it() -> None:
    feed = ticks("B100 A99x5 A101x7")
    (found,) = feed.fired(rule("price crosses above B:price and size above 6 or gap in feed"))
    crossing, size, gap = found.readings
    assert crossing == ("price crosses above B:price", (9.9, 10.0), (10.1, 10.0), False, True)
    assert size == ("size above 6", (5.0, 6.0), (7.0, 6.0), False, True)
    assert (gap.text, gap.was, gap.holds) == ("gap in feed", False, False)
    assert np.isnan([*gap.before, *gap.now]).all()


def test_of_a_group_the_terms_tell_their_symbol() -> None:
    found = ticks("A101 B101").fired(rule("price above 10", "ALL of A, B"))
    assert [each.text for each in found[0].readings] == ["A: price above 10", "B: price above 10"]
    assert [(each.was, each.holds) for each in found[0].readings] == [(True, True), (False, True)]


def test_what_must_be_kept_is_told_by_symbol() -> None:
    parsed = parse_rule(rule("price above B:vwap(60s) and ema(5) above C:price", "ANY of A, B"))
    assert {name: [each.text for each in specs] for name, specs in needs(parsed).items()} == {
        "A": ["ema(5)"],
        "B": ["ema(5)", "vwap(60s)"],
        "C": [],
    }
    assert WideRuleState(parsed, table()).symbols == ("A", "B", "C")
    every = parse_rule(rule("price above ema(5)", "ANY of *"))
    assert list(needs(every)) == ["*"]
    assert WideRuleState(every, table()).symbols is None
