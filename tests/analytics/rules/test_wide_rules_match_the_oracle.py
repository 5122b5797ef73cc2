"""Rules over several symbols, gaps and silence, by the letter, wherever frames end."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from analytics.calendar import ALWAYS, NSE
from analytics.instruments import Instrument, InstrumentTable, Kind, TickBand
from analytics.rules import Repeat, Rule, parse_rule
from analytics.rules.wide import needs
from tests.analytics.rules.feed import SECOND, Feed, Mark, Tick
from tests.analytics.rules.wide_oracle import WideOracle

GRID = (TickBand(10, Fraction(1, 10)), TickBand(None, Fraction(1, 5)))
CLOSE_NS = int(datetime(2026, 7, 30, 10, 0, 1, tzinfo=UTC).timestamp()) * SECOND  # past 15:30 in Mumbai
MIDNIGHT_NS = int(datetime(2026, 7, 31, tzinfo=UTC).timestamp()) * SECOND
SCALES = {"A": (1, 0), "B & C": (3, 2), "D": (0, 0)}
SERIES = [
    "price",
    "price",
    "price",
    "size",
    "vwap(3s)",
    "vwap(session)",
    "vwap(4 ticks)",
    "ema(2)",
    "sigma(5s)",
]
PREFIXES = ["", "", "A:", '"B & C":', '"B & C":', "D:"]
NUMBERS = ["9.8", "9.9", "10", "10.05", "10.1", "1", "2"]
OWN = [
    "volume spikes 2x in 1s against 2s",
    "volume spikes 1.5x in 2s against 3s",
    "new session high",
    "new session low",
    "no tick for 2s",
    "no tick for 3500ms",
    "gap in feed",
    "price moves 1 % in 2s",
]


def table(calendar) -> InstrumentTable:
    return InstrumentTable(Instrument(name, Kind.STOCK, calendar, bands=GRID) for name in SCALES)


def random_feed(rng: random.Random) -> Feed:
    at_ns = rng.choice([0, CLOSE_NS - 25 * SECOND, MIDNIGHT_NS - 20 * SECOND])
    prices = dict.fromkeys(SCALES, Fraction(10))
    clock_ns, events = at_ns, []
    for _ in range(rng.choice([1, 10, 50, 80])):
        at_ns += rng.choice([0, 0, 1, 1, 1, 2, 4]) * SECOND // rng.choice([1, 1, 2])
        clock_ns = max(clock_ns, at_ns) + rng.choice([0, 0, 0, SECOND // 2])
        if rng.random() < 0.1:
            clock_ns += rng.choice([1, 2, 3]) * SECOND
            events.append(Mark(clock_ns))
            continue
        name = rng.choice(list(SCALES))
        price_scale, size_scale = SCALES[name]
        step = Fraction(rng.choice([-2, -1, 0, 0, 1, 2]), 10 ** min(price_scale, 2))
        home = Fraction((prices[name] < 10) - (prices[name] > 10), 10 ** min(price_scale, 2))
        prices[name] += step + home * rng.choice([0, 0, 1])
        size = rng.choice([0, 0, 1, 1, 2, 5]) * 10**size_scale
        ts_ns = at_ns - rng.choice([0, 0, 0, SECOND])
        price = int(prices[name] * 10**price_scale)
        events.append(Tick(name, ts_ns, price, size, rng.random() < 0.1, clock_ns))
    return Feed(events, table(rng.choice([ALWAYS, NSE])), SCALES)


def random_term(rng: random.Random) -> str:
    def series() -> str:
        return rng.choice(PREFIXES) + rng.choice(SERIES)

    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(OWN)
    if kind == 4:
        low, high = sorted(rng.sample(NUMBERS, 2), key=Fraction)
        ends = rng.choice([f"{low}..{high}", f"{series()}..{high}", f"{series()}..{series()}"])
        return f"{series()} {rng.choice(['enters', 'leaves'])} {ends}"
    op = rng.choice(["crosses above", "crosses below", "crosses", "above", "below"])
    return f"{series()} {op} {rng.choice([rng.choice(NUMBERS), series(), series()])}"


def random_rule(rng: random.Random) -> Rule:
    symbol = rng.choice(["A", "A", "D", "ANY of A, D", "ANY of *", "ALL of A, B & C", "ALL of D, A"])
    when = random_term(rng)
    while rng.random() < 0.45:
        when += f" {rng.choice(['and', 'or'])} {random_term(rng)}"
    if symbol.startswith("ALL") and all(
        term.op.is_crossing for term in parse_rule(Rule("r", "A", when)).terms
    ):
        when += " or price above 10"
    if symbol.startswith("ALL"):
        when += " or price above vwap(3s)"
    return Rule(
        "r",
        symbol,
        when,
        rng.choice(["0", "0", "0.1", "0.2", "0.15", "1 tick", "2 ticks", "1 %", "0.7 %"]),
        rng.choice(list(Repeat)),
        rng.choice(["0s", "0s", "1s", "3s"]),
        expires=rng.choice(["", "", "", "1970-01-01T00:00:20", "2026-07-31T00:00:10"]),
        active=rng.choice(["", "", "", "00:00:05-00:00:30", "15:29:55-09:00"]),
        snooze_until=rng.choice(["", "", "", "1970-01-01T00:00:12"]),
    )


def by_the_letter(feed: Feed, rule: Rule):
    parsed = parse_rule(rule)
    wanted = needs(parsed)
    for _ in feed.frames(wanted):
        pass
    floats = {
        (name, spec.text): feed.columns[name].series(spec.text)[: feed.columns[name].count].tolist()
        for name in feed.columns
        for spec in dict.fromkeys([*wanted.get(name, ()), *wanted.get("*", ())])
    }
    return WideOracle(parsed, feed, floats).firings()


def told(fired):
    return [(each.place, each.symbol, each.feed_row, each.value, each.hidden) for each in fired]


def same(found, expected) -> bool:
    return len(found) == len(expected) and all(
        a[:3] == b[:3] and a[4] == b[4] and (a[3] == b[3] or (math.isnan(a[3]) and math.isnan(b[3])))
        for a, b in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("seed", range(4))
def test_any_rule_fires_as_the_letter_says_wherever_frames_end(seed: int) -> None:
    rng = random.Random(seed)
    firings = 0
    for _ in range(16):
        feed = random_feed(rng)
        count = len(feed.events)
        for _ in range(4):
            rule = random_rule(rng)
            expected = by_the_letter(feed, rule)
            whole = feed.fired(rule)
            firings += len(expected)
            assert same(told(whole), expected), (rule, told(whole), expected)
            for cuts in (rng.sample(range(count + 1), min(count, 6)), range(count)):
                split = feed.fired(rule, cuts)
                assert same(told(split), expected), (rule, told(split), expected)
                assert repr(split) == repr(whole), rule  # the readings around each, too
    assert firings > 24
