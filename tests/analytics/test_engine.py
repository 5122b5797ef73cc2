"""The engine: many symbols, series and rules, the same wherever batches end."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import US
from analytics.engine import MOST_TOGETHER, Engine
from analytics.errors import RuleError
from analytics.guard import Guard
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.log import AppendLog
from analytics.rules.rule import Firing, Repeat, Rule
from analytics.series import SeriesSpec, parse_series
from analytics.ticks import TickBatch
from tests.builders.batches import Batching, Clean, random_cuts, walk
from tests.builders.ticks import MORNING, MS, Mark, Sent, polls

AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
TEXTS = ("vwap(session)", "vwap(3s)", "sigma(3s)", "vwap_upper(40 ticks, 2)", "ema(5)", "ema(60)")
SPECS = [parse_series(text) for text in TEXTS]
RULES = (
    Rule("over", "A", "price crosses above vwap(session)", hysteresis="0.0002"),
    Rule("fast", "A", "price moves 0.02 % in 2s"),
    Rule("both", "B", "price above ema(5) and ema(5) crosses ema(60)", cooldown="1s"),
    Rule("range", "B", "price leaves vwap_lower(3s, 2)..vwap_upper(3s, 2)", repeat=Repeat.SESSION),
    Rule("first", "A", "price above 0", repeat=Repeat.ONCE),
    Rule("absent", "Z", "price above 0"),
)


def engine(rules: Iterable[Rule] = (), series: Iterable[SeriesSpec] = SPECS) -> Engine:
    made = Engine(InstrumentTable([Instrument("C", Kind.UNKNOWN, US)]), series)
    made.set_rules(rules)
    return made


def fed(batches: Iterable[TickBatch], rules: Iterable[Rule] = RULES) -> Engine:
    made = engine(rules)
    for batch in batches:
        made.take(batch)
    return made


def whole(made: Engine) -> dict[str, dict[str, bytes]]:
    """Return everything that an engine's columns hold."""
    found = {}
    for symbol, view in made.views.items():
        rows = slice(0, view.count)
        columns = {
            name: getattr(view, name)[rows].tobytes() for name in ("ts_ns", "time_ns", "seq", "session")
        }
        columns |= {
            text: view.values(text, 0, view.count).tobytes() for text in ("price", "size", *view.series)
        }
        found[symbol] = columns | {"gaps": view.gaps().tobytes()}
    return found


def firings(made: Engine) -> list[Firing]:
    return list(made.firings.since(0)[0])


def market(seed: int, count: int = 1_200) -> list[Clean]:
    rng = random.Random(seed)
    ticks = walk(rng, count, start_ns=MORNING, step_ns=50 * MS, symbols="ABC")
    return [replace(tick, after_gap=rng.random() < 0.01, seq=at) for at, tick in enumerate(ticks)]


@settings(max_examples=12, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_columns_and_firings_are_the_same_to_the_bit_wherever_batches_end(seed: int) -> None:
    ticks = market(seed)
    at_once = fed([Batching().batch(ticks)])
    in_parts = fed(Batching().split(ticks, random_cuts(random.Random(seed), len(ticks))))
    assert whole(in_parts) == whole(at_once)
    assert in_parts.symbols == at_once.symbols
    assert firings(in_parts) == firings(at_once)
    assert len(firings(at_once)) > 10


def disorder(seed: int) -> list[Sent | Mark]:
    """Return a feed with and without numbers, with drops, doubles, delays and prices that need decimals."""
    rng = random.Random(seed)
    came: list[tuple[int, Sent]] = []
    for at, tick in enumerate(market(seed, 900)):
        ts_ns = MORNING + at * 20 * MS
        seq = None if tick.symbol == "C" else at // 3
        price = round(tick.price / 10**4 + rng.choice((0, 0, 0.00001)), 5) if rng.random() < 0.99 else 0.0
        sent = Sent(tick.symbol, price, float(tick.size), ts_ns, seq, partition=rng.randrange(2))
        delay_ns = rng.choice((0, 0, 0, 30, 300)) * MS
        came += [(ts_ns + delay_ns, sent)] * rng.choice((0, 1, 1, 1, 1, 1, 1, 2))
    came.sort(key=lambda each: each[0])
    return [replace(sent, arrival_ns=at_ns) for at_ns, sent in came]


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_a_disorderly_feed_gives_the_same_series_and_firings_wherever_polls_end(seed: int) -> None:
    feed, found = disorder(seed), []
    for cuts in ([], random_cuts(random.Random(seed), len(feed))):
        guard, made = Guard(InstrumentTable()), engine(RULES)
        for poll in polls(feed, cuts):
            for batch in guard.take(poll):
                made.take(batch)
        for batch in guard.finish():
            made.take(batch)
        found.append((whole(made), made.symbols, firings(made), guard.counts))
    assert found[0] == found[1]
    assert guard.counts.late
    assert guard.counts.gaps
    assert guard.counts.duplicate


def test_firings_come_tick_by_tick_and_rule_by_rule() -> None:
    made = fed([Batching().batch(market(3))])
    rank = {rule.name: place for place, rule in enumerate(RULES)}
    order = [(firing.row, rank[firing.rule]) for firing in firings(made)]
    assert order == sorted(order)
    assert len({firing.rule for firing in firings(made)}) == 5


def test_a_firing_tells_its_tick() -> None:
    ticks = [Clean(MORNING, 100_0000, seq=7), Clean(MORNING + 5, 101_5000, seq=8)]
    made = engine([Rule("up", "A", "price crosses above 101")])
    assert made.take(Batching().batch(ticks, first_row=40)) == firings(made)
    assert firings(made) == [Firing("up", "A", 41, MORNING + 5, 8, 101.5, 101.0)]


def test_more_ticks_than_are_taken_together_give_the_same() -> None:
    rng = np.random.default_rng(1)
    count = MOST_TOGETHER + 5_000
    ticks = [
        Clean(MORNING + at * MS, 100_0000 + int(up), int(size))
        for at, (up, size) in enumerate(
            zip(rng.integers(0, 900, count), rng.integers(0, 50, count), strict=True)
        )
    ]
    batching = Batching()
    assert whole(fed([batching.batch(ticks)])) == whole(fed(batching.split(ticks, [1_000, 40, 33_000])))


@settings(max_examples=10, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_a_series_added_later_equals_one_kept_from_the_start(seed: int) -> None:
    rng = random.Random(seed)
    ticks = market(seed, 700)
    batches = Batching().split(ticks, random_cuts(rng, len(ticks)))
    made, at = engine(series=()), rng.randrange(len(batches))
    for place, batch in enumerate(batches):
        if place == at:
            for spec in SPECS:
                made.add_series(spec)
        made.take(batch)
    assert whole(made) == whole(fed(batches, rules=()))


def widening(seed: int) -> list[TickBatch]:
    """Return what the guard makes of prices and sizes that need more decimals as the day goes on."""
    rng, feed, price = random.Random(seed), [], 100.0
    for at in range(400):
        finer = at // 100
        price = round(price + rng.choice((-1, 1)) * 10.0 ** -(4 + min(finer, 2)), 6)
        size = round(rng.randrange(1, 90) / 10**finer, finer)
        feed.append(Sent(price=price, size=size, ts_ns=MORNING + at * 50 * MS))
    guard = Guard(InstrumentTable())
    return [batch for poll in polls(feed, random_cuts(rng, 400)) for batch in guard.take(poll)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("added_after", [250, 400])
def test_a_series_added_after_scales_widened_equals_one_kept_from_the_start(
    seed: int, added_after: int
) -> None:
    batches = widening(seed)
    made, taken = engine(series=()), 0
    for batch in batches:
        if taken >= added_after:
            for spec in SPECS:
                made.add_series(spec)
        made.take(batch)
        taken += len(batch)
    for spec in SPECS:
        made.add_series(spec)
    kept = fed(batches, rules=())
    assert whole(made) == whole(kept)
    view = kept.view("A")
    assert view is not None
    assert (view.price_scale, view.size_scale, view.generation) == (6, 3, 3)


def test_a_widened_scale_is_a_new_generation_of_the_same_values() -> None:
    made = engine()
    first, *later = widening(1)
    made.take(first)
    before = made.view("A")
    for batch in later:
        made.take(batch)
    after = made.view("A")
    assert before is not None
    assert after is not None
    assert after.generation > before.generation
    for text in ("price", "size", *TEXTS):
        spec = parse_series(text).text
        assert after.values(spec, 0, before.count).tobytes() == before.values(spec, 0, before.count).tobytes()


# Rules put in force while ticks come


def test_a_rule_that_stays_equal_keeps_its_state_and_a_new_one_starts_armed() -> None:
    rising = [Clean(MORNING + at, 100_0000 + at * 10_000) for at in range(10)]
    above = Rule("above", "A", "price above 101")
    made = engine([above])
    made.take(Batching().batch(rising[:5]))
    made.set_rules([Rule("new", "A", "price above 102"), above])
    made.take(Batching().batch(rising[5:], 5))
    assert [(firing.rule, firing.row) for firing in firings(made)] == [("above", 2), ("new", 5)]
    made.set_rules([replace(above, hysteresis="0.5")])
    made.take(Batching().batch(rising[9:], 10))
    assert firings(made)[-1].row == 10


def test_a_rule_put_away_and_back_starts_armed() -> None:
    above = Rule("above", "A", "price above 1")
    made = engine([above])
    tick = Batching().batch([Clean(MORNING, 100_0000)])
    for rules in ([above], [], [above], [replace(above, enabled=False)], [above]):
        made.set_rules(rules)
        made.take(tick)
    assert len(firings(made)) == 3


def test_a_wrong_rule_leaves_those_before_in_force() -> None:
    made = engine([Rule("above", "A", "price above 1")])
    with pytest.raises(RuleError, match="wrong"):
        made.set_rules([Rule("wrong", "A", "price abve 1")])
    with pytest.raises(RuleError, match="grid"):
        made.set_rules([Rule("grid", "A", "price crosses above 1", hysteresis="2 ticks")])
    made.take(Batching().batch([Clean(MORNING, 100_0000)]))
    assert [firing.rule for firing in firings(made)] == ["above"]


def test_the_series_of_a_rule_are_kept_for_its_symbol_only() -> None:
    made = engine([Rule("r", "A", "price crosses above vwap(5s)")], series=())
    made.take(Batching().batch([Clean(MORNING, 100_0000), Clean(MORNING, 100_0000, symbol="B")]))
    assert {symbol: set(view.series) for symbol, view in made.views.items()} == {
        "A": {"vwap(5s)"},
        "B": set(),
    }


def test_after_a_reset_ticks_are_forgotten_and_rules_are_armed_anew() -> None:
    ticks = market(9)
    made = fed([Batching().batch(ticks)])
    first, firsts = whole(made), firings(made)
    made.reset()
    assert made.view("A") is None
    assert made.symbols == ()
    made.take(Batching().batch(ticks))
    assert whole(made) == first
    assert firings(made) == firsts


def test_symbols_come_in_the_order_of_their_first_ticks() -> None:
    made = engine()
    made.take(Batching().batch([Clean(MORNING, 1, symbol=symbol) for symbol in "CAB"]))
    assert made.symbols == ("C", "A", "B")


def test_a_tick_from_the_ends_of_time_stops_nobody() -> None:
    made = engine(RULES)
    times = (MORNING, -(2**63) + 1, MORNING + 5, 2**63 - 1, MORNING + 10)
    for row, ts_ns in enumerate(times):
        made.take(Batching().batch([Clean(ts_ns, 100_0000, symbol=symbol) for symbol in "AC"], 2 * row))
    first = engine()
    first.take(Batching().batch([Clean(times[1], 100_0000), Clean(MORNING, 101_0000)]))
    assert [view.count for view in (*made.views.values(), *first.views.values())] == [5, 5, 2]


def test_price_and_size_need_not_be_added() -> None:
    made = engine(series=[parse_series("price"), parse_series("size")])
    made.add_series(parse_series("price"))
    made.take(Batching().batch([Clean(MORNING, 100_0000, 3)]))
    view = made.view("A")
    assert view is not None
    assert not view.series
    assert (view.last_price(), view.values("size", 0, 1).tolist()) == (100.0, [3.0])


def test_a_series_that_only_a_rule_asked_for_goes_with_it() -> None:
    rng = random.Random(3)
    ticks = walk(rng, 120, start_ns=MORNING, step_ns=200 * MS, symbols=("A", "B"))
    made = engine([Rule("old", "A", "price above vwap(7s) and price above B:ema(9)")])
    made.take(Batching().batch(ticks[:60]))
    assert {"vwap(7s)"} == set(made.views["A"].series) - set(TEXTS)
    assert {"ema(9)"} == set(made.views["B"].series) - set(TEXTS)
    made.set_rules([Rule("new", "A", "price above vwap(8s)")])
    made.take(Batching().batch(ticks[60:], 60))
    assert {"vwap(8s)"} == set(made.views["A"].series) - set(TEXTS)
    assert set(made.views["B"].series) == set(TEXTS)
    made.set_rules([Rule("old", "A", "price above vwap(7s) and price above B:ema(9)")])
    again = engine([Rule("old", "A", "price above vwap(7s) and price above B:ema(9)")])
    again.take(Batching().batch(ticks))
    assert whole(made) == whole(again)


class WatchedLog(AppendLog[Firing]):
    """Notes, as each firing is appended, how many rows of its symbol could be read."""

    def __init__(self, made: Engine) -> None:
        super().__init__()
        self._engine = made
        self.published: list[tuple[int, int]] = []

    def append(self, entry: Firing) -> None:
        view = self._engine.view(entry.symbol)
        self.published.append((entry.at, 0 if view is None else view.count))
        super().append(entry)


def test_a_firing_is_in_the_log_before_its_tick_can_be_read() -> None:
    made = engine(RULES)
    log = made.firings = WatchedLog(made)
    for batch in Batching().split(market(6), range(0, 1_200, 37)):
        made.take(batch)
    assert len(log.published) > 20
    assert all(rows <= at for at, rows in log.published)


def test_a_series_dropped_amid_a_feed_leaves_all_others_as_they_were() -> None:
    batches = Batching().split(market(8, 700), range(0, 700, 41))
    made, kept = engine(RULES), fed(batches)
    for place, batch in enumerate(batches):
        if place == 7:
            for text in ("ema(60)", "sigma(3s)", "vwap_upper(40 ticks, 2)"):
                made.drop_series(parse_series(text))
        made.take(batch)
    mine, theirs = whole(made), whole(kept)
    for symbol, columns in mine.items():
        assert "vwap_upper(40 ticks, 2)" not in columns
        assert ("ema(60)" in columns) == (symbol == "B")  # whose rule looks at it
        assert columns == {name: theirs[symbol][name] for name in columns}
    assert firings(made) == firings(kept)
