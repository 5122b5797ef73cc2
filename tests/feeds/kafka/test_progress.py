"""How far reading is: what answers prove, and what silence does not; on a clock that is turned by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from kafka import TopicPartition, errors

from analytics.errors import FeedError
from analytics.ticks import NO_SEQ, NO_TIME, Arrivals
from feeds.clock import ManualClock
from feeds.kafka.progress import Progress

SECOND_NS = 1_000_000_000
START_NS = 1_000 * SECOND_NS
BROKER_AHEAD_NS = 40 * SECOND_NS
MARGIN_NS = SECOND_NS // 4


@dataclass
class Client:
    """Answers as a consumer does: positions and ends by partition."""

    ends: dict[int, int]
    positions: dict[int, int]
    silent: bool = False
    asked: int = 0
    highwaters: dict[int, int] = field(default_factory=dict)

    def end_offsets(self, places: list[TopicPartition], timeout_ms: int) -> dict[TopicPartition, int]:
        self.asked += 1
        if self.silent:
            raise errors.KafkaTimeoutError("nothing")
        return {place: self.ends[place.partition] for place in places}

    def position(self, place: TopicPartition, timeout_ms: int) -> int:
        return self.positions[place.partition]

    def highwater(self, place: TopicPartition) -> int | None:
        return self.highwaters.get(place.partition)


class Reading:
    """A topic of two partitions being read, from offset 0."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_NS)
        self.client = Client({0: 0, 1: 0}, {0: 0, 1: 0})
        self.progress = Progress("t", self.clock)
        self.progress.begin({0: 0, 1: 0})

    def ask(self, after_s: float) -> bool:
        self.clock.advance(after_s)
        return self.progress.ask_where_due(self.client)

    def come(self, partition: int, *, ts_ns: int | None = None, messages: int = 1, each: int = 1) -> None:
        """Let messages of `each` ticks come, appended now by the broker's clock."""
        offsets = range(self.client.positions[partition], self.client.positions[partition] + messages)
        ticks = messages * each
        appended = self.clock.now_ns() + BROKER_AHEAD_NS
        arrivals = Arrivals(
            symbols=("A",),
            symbol=np.zeros(ticks, np.int32),
            ts_ns=np.full(ticks, NO_TIME if ts_ns is None else ts_ns),
            price=np.ones(ticks),
            size=np.ones(ticks),
            seq=np.full(ticks, NO_SEQ),
            arrival_ns=np.full(ticks, appended),
            partition=np.full(ticks, partition, np.int32),
            offset=np.repeat(np.array(offsets), each),
            index=np.zeros(ticks, np.int32),
        )
        self.client.positions[partition] += messages
        self.client.ends[partition] = max(self.client.ends[partition], self.client.positions[partition])
        records = {partition: [SimpleNamespace(offset=offset) for offset in offsets]}
        self.progress.note_read(records, self.client)
        self.progress.note_decoded(messages, arrivals)


@pytest.fixture
def reading() -> Reading:
    return Reading()


def test_the_ends_are_asked_for_after_a_silence_and_each_second_otherwise(reading: Reading) -> None:
    assert not reading.ask(0.2)
    assert reading.ask(0.06)
    for _ in range(9):
        reading.clock.advance(0.1)
        reading.come(0)
        assert not reading.progress.ask_where_due(reading.client)
    reading.clock.advance(0.11)
    reading.come(0)
    assert reading.progress.ask_where_due(reading.client)
    assert reading.client.asked == 2


def test_one_answer_that_stays_out_is_borne_and_two_are_a_loss(reading: Reading) -> None:
    reading.client.silent = True
    assert not reading.ask(0.3)
    with pytest.raises(FeedError, match="answers no more"):
        reading.ask(0.3)


def test_a_tick_between_two_silences_proves_the_broker_alive(reading: Reading) -> None:
    reading.client.silent = True
    assert not reading.ask(0.3)
    reading.come(0)
    assert not reading.ask(0.3)


def test_the_horizon_moves_only_where_all_is_read(reading: Reading) -> None:
    reading.client.ends[1] = 5
    assert reading.ask(0.3)
    assert reading.progress.horizon_ns == 0
    assert reading.progress.unread_ticks > 0
    reading.client.positions[1] = 5
    assert reading.ask(0.3)
    assert reading.progress.unread_ticks == 0
    assert reading.progress.horizon_ns == START_NS + round(0.6 * SECOND_NS) - MARGIN_NS


def test_the_horizon_is_in_the_brokers_time_once_a_fresh_tick_told_it(reading: Reading) -> None:
    assert reading.ask(0.3)
    reading.clock.advance(0.1)
    reading.come(0)
    assert reading.ask(0.3)
    asked_ns = START_NS + round(0.7 * SECOND_NS)
    assert reading.progress.horizon_ns == asked_ns + BROKER_AHEAD_NS - MARGIN_NS


def test_old_ticks_tell_nothing_of_the_brokers_clock(reading: Reading) -> None:
    reading.come(0)  # nobody has asked yet whether all is read
    assert reading.ask(0.3)
    assert reading.progress.horizon_ns == START_NS + round(0.3 * SECOND_NS) - MARGIN_NS


def test_a_partition_that_stands_with_unread_ticks_is_stuck(reading: Reading) -> None:
    reading.client.ends[1] = 7
    for _ in range(10):
        assert reading.ask(0.3)
    with pytest.raises(FeedError, match="partition 1 of 't' is stuck at offset 0"):
        reading.ask(0.3)


def test_a_pause_of_our_own_makes_nothing_stuck(reading: Reading) -> None:
    reading.client.ends[1] = 7
    assert reading.ask(0.3)
    assert reading.ask(60.0)


def test_a_partition_that_ends_before_what_was_read_became_shorter(reading: Reading) -> None:
    reading.come(0, messages=3)
    reading.client.ends[0] = 1
    with pytest.raises(FeedError, match="partition 0 of 't' became shorter: it ends at 1 now"):
        reading.ask(0.3)


def test_unread_messages_count_as_many_ticks_as_the_last_ones_held(reading: Reading) -> None:
    reading.client.highwaters = {0: 12, 1: 0}
    reading.come(0, messages=2, each=50)
    assert reading.progress.unread_ticks == 10 * 50


def test_market_time_is_the_furthest_partitions_and_one_absurd_tick_passes(reading: Reading) -> None:
    reading.come(0, ts_ns=100 * SECOND_NS)
    reading.come(1, ts_ns=90 * SECOND_NS)
    assert reading.progress.market_ns == 100 * SECOND_NS
    reading.clock.advance(2)
    assert reading.progress.market_ns == 102 * SECOND_NS
    reading.come(1, ts_ns=10**9 * SECOND_NS)
    assert reading.progress.market_ns == 10**9 * SECOND_NS
    reading.come(1, ts_ns=101 * SECOND_NS)
    assert reading.progress.market_ns == 102 * SECOND_NS
