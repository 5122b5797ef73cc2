"""What loads a window: the ticks of both forms are the same, and a guard finds nothing wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from analytics.events import GuardCounts
from analytics.guard import Guard
from analytics.ticks import Arrivals
from benchmarks.loads import SYMBOLS, JsonMarket, LoadMarket, Phase, parse_plan, plan_text, session_start_ns
from feeds.codec import JSON_HEADERS, TickDecoder
from feeds.instruments import load_instruments
from feeds.pieces import joined

START_NS, GAP_NS = 1_795_146_300_000_000_000, 200_000
ROUNDS = 4_096 * SYMBOLS  # after so many ticks the prices come again


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON message as a consumer polls it."""

    value: bytes
    offset: int
    timestamp: int = START_NS // 1_000_000
    timestamp_type: int = 1
    key: bytes | None = None
    headers: list[tuple[str, bytes]] = field(default_factory=lambda: JSON_HEADERS)


def checked(*arrivals: Arrivals) -> GuardCounts:
    guard = Guard(load_instruments())
    for each in arrivals:
        guard.take(each)
    return guard.counts


@pytest.mark.parametrize("first", [0, 5, ROUNDS - 40])
def test_a_json_message_reads_back_as_the_tick_of_that_number(first: int) -> None:
    market = LoadMarket()
    json = JsonMarket(market)
    wanted = market.arrivals(first, 100, START_NS, GAP_NS)
    messages = [Message(json.message(first + n, int(wanted.ts_ns[n])), n) for n in range(100)]
    found = TickDecoder().decode({0: messages}, 0)
    assert not found.defects
    assert [found.symbols[code] for code in found.symbol] == [wanted.symbols[code] for code in wanted.symbol]
    for name in ("ts_ns", "price", "size", "seq"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name


def test_every_tick_is_taken_lies_on_its_grid_and_follows_on_when_the_prices_come_again() -> None:
    market = LoadMarket()
    first = market.arrivals(0, ROUNDS, START_NS, GAP_NS)
    counts = checked(first, market.arrivals(ROUNDS, 1_000, START_NS, GAP_NS))
    assert counts == GuardCounts(taken=ROUNDS + 1_000)
    assert len(set(market.symbols)) == SYMBOLS


def test_a_tick_that_is_left_out_would_be_found_missing() -> None:
    market = LoadMarket()
    parts = [market.arrivals(0, 50, START_NS, GAP_NS), market.arrivals(51, 2_000, START_NS, GAP_NS)]
    assert checked(joined(parts)).missing == 1


def test_prices_go_on_by_single_steps_where_they_come_again() -> None:
    prices = LoadMarket().prices
    step = np.abs(np.diff(prices, axis=1, append=prices[:, :1]))
    least = np.array([each[each > 0].min() for each in step])
    assert np.all(step <= 2.01 * least[:, None])


def test_a_plan_is_read_as_it_was_written() -> None:
    phases = [Phase(1_000, 5.0), Phase(100_000, 1.0), Phase(7, 0.5)]
    assert parse_plan(plan_text(phases)) == phases
    assert [each.ticks for each in phases] == [5_000, 100_000, 4]


def test_the_session_begins_at_a_quarter_past_nine_in_mumbai() -> None:
    assert (session_start_ns() // 10**9 + 19_800) % 86_400 == 9 * 3_600 + 15 * 60
