"""A rule tried on held ticks against the same rule live over the feed that brought them."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.retention import Retention
from analytics.rules import Repeat, Rule
from analytics.rules.misses import Miss
from analytics.series import parse_series
from app.dry_run import DryRunner, Trial, run, symbols_for
from feeds.instruments import load_instruments
from tests.builders.batches import Clean
from tests.builders.retained import DAY, TABLE, batches, market
from tests.builders.ticks import MORNING, SECOND
from tests.builders.waiting import wait_until

COUNT = 4_000
LONE_WHENS = (
    "price crosses vwap(session)",
    "price crosses above vwap(from tick 400) and price below vwap(20m)",
    "price crosses 1000",
    "vwap(60s) crosses vwap(session)",
    "price leaves 998..1002",
    "price enters vwap_lower(session, 1)..vwap_upper(session, 1)",
    "price moves 0.2 % in 60s",
    "volume spikes 2x in 60s against 10m",
    "new session high",
    "new session low and size above 20",
    "gap in feed",
    "ema(20) crosses above sma(5) or price above 1003",
)
SHAPES = (
    {},
    {"hysteresis": "0.1", "cooldown": "5m"},
    {"repeat": Repeat.SESSION, "active": "09:30-15:00"},
    {"expires": "2025-09-16T12:00"},
)


def in_order(ticks):
    """Return ticks whose times rise from each to the next, so that nothing hangs on how symbols are merged."""
    found, at_ns = [], 0
    for tick in ticks:
        at_ns = max(at_ns + 1, tick.ts_ns)
        found.append(replace(tick, ts_ns=at_ns))
    return found


def live(ticks, rules, *, retention=None, table=TABLE):
    engine = Engine(table, [parse_series("vwap(session)")], retention=retention)
    engine.set_rules(rules)
    for batch in batches(0, ticks, widen_from=len(ticks) // 2):
        engine.take(batch)
    return engine


def tried(engine, rule, table=TABLE, **given):
    names = symbols_for(rule, table, engine.symbols)
    views = {name: view for name in names if (view := engine.view(name)) is not None}
    return run(Trial(rule, views, table, **given))


def fired(engine, rule):
    log, _ = engine.firings.since(0)
    return [(e.symbol, e.at, e.ts_ns, e.price, e.hidden) for e in log if e.rule == rule.name]


@pytest.mark.parametrize("symbol", ["A", "ANY of A, B", "ANY of *"])
def test_a_dry_run_fires_on_the_ticks_on_which_the_rule_fired_live(symbol):
    rules = tuple(
        Rule(f"{when} {number}", symbol, when, **shape)
        for when in LONE_WHENS
        for number, shape in enumerate(SHAPES)
    )
    engine = live(market(3, COUNT), rules)
    count = 0
    for rule in rules:
        found = tried(engine, rule)
        assert found.refused == ""
        # Symbols of a group are merged by time here: each has its own order, and that is the live one.
        assert sorted(found.moments) == sorted(fired(engine, rule)), rule
        assert found.shown == sum(moment.shown for moment in found.moments)
        count += len(found.moments)
    assert count > 1_000


def test_rules_over_several_symbols_and_over_silence_agree_where_times_tell_the_order():
    rules = tuple(
        Rule(f"{symbol} {when}", symbol, when)
        for symbol, when in (
            ("A", "price crosses above B:price"),
            ("A", "B:vwap(20m) above price or new session high"),
            ("ALL of A, B", "price above vwap(session)"),
            ("NIFTY", "index_vwap(session, future) above 1000.2"),
            ("ANY of A, B", "no tick for 50s"),
            ("B", "no tick for 50s or gap in feed"),
        )
    )
    ticks = in_order(market(4, COUNT))
    engine = live(ticks, rules)
    for rule in rules:
        found = tried(engine, rule)
        assert sorted(found.moments) == sorted(fired(engine, rule)), rule
        assert found.notes
        assert found.moments


def test_a_snooze_and_the_switch_are_left_aside():
    ticks = market(3, COUNT)
    rule = Rule("r", "A", "price crosses vwap(session)")
    engine = live(ticks, (rule,))
    quiet = replace(rule, enabled=False, snooze_until="2030-01-01T00:00")
    assert tried(engine, quiet).moments == tried(engine, rule).moments
    assert tried(engine, quiet).shown > 0


def test_silence_counts_until_now():
    rule = Rule("r", "A", "no tick for 30s")
    ticks = [Clean(MORNING + second * SECOND, 100, symbol="A") for second in range(5)]
    engine = live(ticks, (rule,))
    assert tried(engine, rule, now_ns=MORNING + 33 * SECOND).shown == 0
    later = tried(engine, rule, now_ns=MORNING + 60 * SECOND)
    assert [(moment.ts_ns, moment.row) for moment in later.moments] == [(MORNING + 34 * SECOND, 4)]


def test_a_dry_run_begins_with_the_first_tick_that_is_held_and_says_so():
    ticks = in_order(market(6, 12_000))
    held = live(ticks, (), retention=Retention(ticks=600, bytes=10**9)).view("A")
    rule = Rule("r", "A", f"price crosses {held.prices(held.first, held.count).mean():.2f}")
    engine = live(ticks, (rule,), retention=Retention(ticks=600, bytes=10**9))
    view = engine.view("A")
    assert view.first > 0
    found = tried(engine, rule)
    assert found.cut
    assert found.first_ns == int(view.time_ns[view.first])
    expected = [each for each in fired(engine, rule) if each[1] > view.first]
    assert list(found.moments) == expected
    assert expected


def test_a_rule_over_the_session_begins_with_a_session_that_is_held_whole():
    table = load_instruments()
    morning = 1_795_146_300 * SECOND  # 2026-11-20 09:15 IST
    monday = morning + 3 * DAY
    first = [Clean(morning + at * SECOND, 2_490_000 + at % 7, 65, "A") for at in range(2_000)]
    second = [Clean(monday + at * SECOND, 2_490_000 + at % 9, 65, "A") for at in range(1_000)]
    ticks = [replace(each, symbol="B") for each in first + second]
    rule = Rule("r", "B", "price crosses above vwap(session)")
    table = table.with_calendar(table.calendar_of("NIFTY-FUT"))
    engine = live(ticks, (), retention=Retention(ticks=1_800, bytes=10**9), table=table)
    whole = live(ticks, (rule,), table=table)
    view = engine.view("B")
    assert 0 < view.first < 2_000
    found = tried(engine, rule, table)
    assert found.first_ns == monday
    assert list(found.moments) == [each for each in fired(whole, rule) if each[1] >= 2_000]
    assert found.moments


def test_what_counts_from_a_tick_that_is_gone_is_refused_in_words():
    engine = live(in_order(market(6, 12_000)), (), retention=Retention(ticks=600, bytes=10**9))
    found = tried(engine, Rule("r", "A", "price above vwap(from tick 5)"))
    assert "from tick 5" in found.refused
    assert "no longer held" in found.refused
    assert found.finished


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("r", "A", "price abov 3"), "abov"),
        (Rule("r", "NOBODY", "price above 3"), "NOBODY has no ticks yet"),
        (Rule("r", "A", "price above 3", hysteresis="2 ticks"), "ticks"),
    ],
)
def test_what_cannot_be_tried_says_why(rule, words):
    engine = live(market(3, 100), ())
    found = run(Trial(rule, {"A": engine.view("A")} if rule.symbol == "A" else {}, TABLE))
    assert words in found.refused


def test_a_symbol_without_ticks_is_named_and_the_others_are_tried():
    engine = live(market(3, 500), ())
    found = tried(engine, Rule("r", "ANY of A, ZZZ", "price crosses 1000"))
    assert found.shown > 0
    assert "ZZZ: no ticks yet" in found.notes


def test_where_nothing_fired_the_nearest_miss_is_told():
    ticks = [
        Clean(MORNING + at * SECOND, price, symbol="A")
        for at, price in enumerate((100_00, 107_60, 103_00, 101_00))
    ]
    rule = Rule("r", "A", "price above 120")
    engine = live(ticks, (rule,), table=TABLE)
    miss = tried(engine, rule).miss
    assert isinstance(miss, Miss)
    assert miss.ts_ns == MORNING + SECOND
    assert miss.terms[0].short == pytest.approx(12.40)


def test_today_is_counted_apart_and_its_miss_sought_though_it_fired_before():
    prices = (119, 121, 119, 115, 112)
    ticks = [Clean(MORNING + at * SECOND, price * 100, symbol="A") for at, price in enumerate(prices)]
    rule = Rule("r", "A", "price crosses above 120")
    engine = live(ticks, (rule,))
    found = tried(engine, rule, day_ns=MORNING + 3 * SECOND)
    assert (found.shown, found.today) == (1, 0)
    assert found.miss is not None
    assert found.miss.ts_ns == MORNING + 3 * SECOND
    assert tried(engine, rule, day_ns=MORNING).miss is None


def test_slices_are_short_told_and_can_be_ended():
    engine = live(market(3, 50_000), ())
    rule = Rule("r", "A", "price crosses vwap(session)")
    trial = Trial(rule, {"A": engine.view("A")}, TABLE)
    told, pauses = [], []
    whole = run(trial, told.append, lambda pause_s: bool(pauses.append(pause_s)))
    assert [each.part for each in told] == sorted(each.part for each in told)
    assert told[-1].part == 1.0
    steps = np.diff([0.0, *(each.part for each in told)]) * engine.view("A").count
    assert steps.max() <= 16_385
    assert len(pauses) == len(told) > 1
    assert not any(each.finished for each in told)
    assert whole.finished
    ended = run(trial, pause=lambda _s: True)
    assert not ended.finished
    assert 0 < ended.part < 1


@pytest.fixture
def runner():
    made = DryRunner()
    yield made
    made.close()


def test_the_runner_tries_on_a_thread_and_the_newest_wish_wins(runner):
    engine = live(market(3, 50_000), ())
    rules = [Rule(f"r{n}", "A", f"price crosses {1000 + n}") for n in range(20)]
    for rule in rules:
        runner.try_rule(Trial(rule, {"A": engine.view("A")}, TABLE))
        assert runner.outcome.rule in rules
    wait_until(lambda: runner.outcome.finished, "the last trial")
    assert runner.outcome.rule == rules[-1]
    assert runner.outcome == run(Trial(rules[-1], {"A": engine.view("A")}, TABLE))
    wait_until(lambda: not runner.busy, "the thread")


def test_a_cancelled_trial_is_not_heard_of_and_leaves_no_thread(runner):
    engine = live(market(3, 50_000), ())
    runner.try_rule(Trial(Rule("r", "A", "price crosses 1000"), {"A": engine.view("A")}, TABLE))
    runner.cancel()
    assert runner.outcome is None
    runner.close()
    assert runner.outcome is None
    assert not any(thread.name == "tickdesk-dry-run" for thread in threading.enumerate())
