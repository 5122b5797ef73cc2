"""The guard against the contract taken literally: any feed, cut anywhere, gives the same ticks and events."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.events import DataEvent
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from tests.analytics.oracles.guard import SlowGuard, Told
from tests.builders.ticks import MORNING, MS, Mark, Sent, polls, ticks_of

STEP_NS = 50 * MS
LATENESS_NS = st.sampled_from([None, 0, 120 * MS, 300 * MS])
COUNTS = ("taken", "quarantined", "late", "duplicate", "gaps", "missing", "restarts")
Feed = list[Sent | Mark]


def told(event: DataEvent) -> Told:
    place = event.position
    return Told(
        event.kind.value, event.symbol, event.row, event.ts_ns, place.partition, place.offset, event.missing
    )


def check(feed: Feed, cuts: list[int], lateness_ns: int | None, most_symbols: int = 10_000) -> None:
    """Compare guard and oracle poll by poll, and at the end everything that was taken and told."""
    guard = Guard(InstrumentTable(), lateness_ns=lateness_ns, most_symbols=most_symbols)
    oracle = SlowGuard(lateness_ns, most_symbols)
    batches = []
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(feed)}), len(feed)]
    for arrivals, (start, stop) in zip(polls(feed, cuts), pairwise(bounds), strict=True):
        batches += guard.take(arrivals)
        oracle.follow(feed[start:stop])
        assert guard.counts.sent == oracle.row
        assert guard.counts.held == sum(len(line.waiting()) for line in oracle.lines.values())
        assert guard.deadline() == oracle.deadline()
    batches += guard.finish()
    oracle.finish()
    assert ticks_of(batches) == oracle.taken
    assert {name: getattr(guard.counts, name) for name in COUNTS} == {
        name: oracle.counts[name] for name in COUNTS
    }
    assert guard.counts.held == 0
    assert [told(event) for event in guard.events.since(0)[0]] == oracle.told


SYMBOLS = ("A", "B", "C")
JUMPS = (1, 1, 1, 1, 1, 1, 2, 2, 3, 0, -1, -2, -3, -2000)
BAD = (
    {"price": float("nan")},
    {"price": -1.0},
    {"size": -1.0},
    {"size": float("inf")},
    {"size": None},
    {"defect": "unreadable"},
    {"price": 0.123456789},
    {"ts_ns": None},
)
BELATED = (0, 0, 0, 0, -1, -2, -7, 3)


@st.composite
def feeds(draw: st.DrawFn, *, numbered: bool, plain: bool, most: int = 60) -> Feed:
    """Draw a disorderly feed: numbers jump, fall and repeat, runs change, values are bad, times go back."""
    clock_ns, highest = MORNING, dict.fromkeys(SYMBOLS, 5_000)
    runs: dict[str, str | None] = dict.fromkeys(SYMBOLS)
    own_partition = draw(st.booleans())
    arrive = draw(st.booleans())
    feed: Feed = []
    for _ in range(draw(st.integers(0, most))):
        clock_ns += STEP_NS * draw(st.sampled_from((0, 0, 1, 1, 1, 3)))
        symbol = draw(st.sampled_from(SYMBOLS))
        partition = SYMBOLS.index(symbol) % 2 if own_partition else draw(st.integers(0, 1))
        what = draw(st.integers(0, 19))
        if what == 0:
            feed.append(Mark(clock_ns + STEP_NS * draw(st.integers(-2, 8)), partition))
            continue
        if what == 1:
            runs[symbol] = draw(st.sampled_from((None, "one", "two")))
        seq = None
        if numbered and not (plain and draw(st.booleans())):
            seq = highest[symbol] + draw(st.sampled_from(JUMPS))
            highest[symbol] = max(seq, highest[symbol]) if seq > 4_000 else seq
        came_ns = clock_ns + STEP_NS * draw(st.sampled_from(BELATED)) if arrive else None
        fields = {
            "symbol": symbol,
            "price": draw(st.sampled_from((100.0, 100.05, 99.123456, 3.00000001))),
            "size": draw(st.sampled_from((1.0, 0.0, 7.0, 0.5))),
            "ts_ns": clock_ns + STEP_NS * draw(st.sampled_from(BELATED)) + draw(st.integers(0, 2)),
            "seq": seq,
            "run": runs[symbol],
            "source": draw(st.sampled_from((None, None, None, "x"))),
            "arrival_ns": came_ns,
            "partition": partition,
        }
        if what == 2:
            fields |= draw(st.sampled_from(BAD))
        if what in (3, 4):
            fields |= {"total": 10.0 * len(feed) + draw(st.integers(-20, 20)), "size": None}
        tick = Sent(**fields)
        feed.append(tick)
        if what == 5:
            feed.append(tick)
    return _read_again(feed, draw(st.integers(0, most)), draw(st.integers(0, 5)))


def _read_again(feed: Feed, at: int, count: int) -> Feed:
    """Number the positions of a feed, and have some ticks before place `at` come once more after it."""
    placed: Feed = []
    for offset, each in enumerate(feed):
        placed.append(each if isinstance(each, Mark) else replace(each, offset=offset // 2, index=offset % 2))
    at = min(at, len(placed))
    return placed[:at] + placed[max(at - count, 0) : at] + placed[at:]


cuts = st.lists(st.integers(1, 60), max_size=6)


@settings(max_examples=60)
@given(feeds(numbered=True, plain=False), cuts, LATENESS_NS)
def test_numbered_ticks_leave_as_the_contract_says(
    feed: Feed, cuts: list[int], lateness_ns: int | None
) -> None:
    check(feed, cuts, lateness_ns)


@settings(max_examples=40)
@given(feeds(numbered=False, plain=True), cuts, LATENESS_NS)
def test_ticks_without_seq_leave_as_the_contract_says(
    feed: Feed, cuts: list[int], lateness_ns: int | None
) -> None:
    check(feed, cuts, lateness_ns)


@settings(max_examples=40)
@given(feeds(numbered=True, plain=True), cuts, LATENESS_NS)
def test_mixed_ticks_leave_as_the_contract_says(feed: Feed, cuts: list[int], lateness_ns: int | None) -> None:
    check(feed, cuts, lateness_ns)


def long_feed(seed: int, ticks: int) -> Feed:
    """Return a feed of several numbered symbols with drops, doubles and delays, many ticks to a poll."""
    rng = random.Random(seed)
    sent: list[tuple[int, Sent]] = []
    next_seq = dict.fromkeys(SYMBOLS, rng.randrange(5))
    for at in range(ticks):
        symbol = rng.choice(SYMBOLS)
        next_seq[symbol] += 1
        if rng.random() < 0.03:
            continue
        ts_ns = MORNING + at * 7 * MS
        delay_ns = rng.choice((0, 0, 0, 0, 1, 20, 90, 200, 400, 900)) * MS if rng.random() < 0.3 else 0
        price = float("nan") if rng.random() < 0.01 else 100 + rng.randrange(100) / 20
        tick = Sent(
            symbol, price, float(rng.randrange(5)), ts_ns, next_seq[symbol], partition=SYMBOLS.index(symbol)
        )
        sent.append((ts_ns + delay_ns, tick))
        if rng.random() < 0.03:
            sent.append((ts_ns + delay_ns + rng.randrange(400) * MS, tick))
    sent.sort(key=lambda each: each[0])
    return [replace(tick, arrival_ns=came_ns) for came_ns, tick in sent]


@pytest.mark.parametrize("seed", range(6))
def test_long_disorder_leaves_as_the_contract_says(seed: int) -> None:
    feed = long_feed(seed, 1_500)
    rng = random.Random(seed)
    cuts = [rng.randrange(len(feed)) for _ in range(rng.choice((0, 3, 40, 400)))]
    check(list(feed), cuts, None)


def test_a_symbol_past_the_cap_goes_to_quarantine_wherever_the_polls_end() -> None:
    feed: Feed = [Sent(symbol, seq=seq) for seq in range(4) for symbol in ("D", "C", "B", "A")]
    for cut in range(len(feed)):
        check(feed, [cut], None, most_symbols=3)
