"""Fifty thousand damaged messages in a topic: each is taken or set aside, and the next tick is always read."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.guard import Guard
from analytics.ticks import Arrivals
from feeds.address import KafkaAddress, parse_address
from feeds.clock import SystemClock
from feeds.codec import ARROW_HEADERS, JSON_HEADERS
from feeds.consumer import Consumer
from feeds.instruments import load_instruments
from feeds.kafka.clients import make_producer
from feeds.kafka.source import KafkaSource
from tests.builders.broker import Broker
from tests.feeds.codec.damage import HEADERS, damaged, seeds

pytestmark = pytest.mark.kafka

MESSAGES = 50_000
PARTITIONS = 4
MAGIC = b"\xff" * 4
WAIT_S = 300.0


class Places:
    """A recorder that notes where each tick stood and why it could not be read."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, int]] = set()
        self.defects = 0

    def write(self, arrivals: Arrivals) -> None:
        self.seen.update(zip(arrivals.partition.tolist(), arrivals.offset.tolist(), strict=True))
        self.defects += len(arrivals.defects)

    def note_time(self, partition: int, at_ns: int) -> None:
        """Nothing here is about time."""

    def close(self) -> None:
        """Nothing is kept open."""


def publish_damage(server: str, topic: str) -> Counter[bool]:
    """Publish damaged messages, a sound tick after each; return how many began as which form (True: Arrow)."""
    rng = random.Random(20261127)
    sound = seeds()
    arrow = [each for each in sound if each.startswith(MAGIC)]
    plain = [each for each in sound if not each.startswith(MAGIC)]
    producer = make_producer((server,), throughput=True)
    kinds: Counter[bool] = Counter()
    try:
        for number in range(MESSAGES):
            is_arrow = number % 2 == 0
            kinds[is_arrow] += 1
            value = damaged(rng, arrow if is_arrow else plain)
            own = ARROW_HEADERS if is_arrow else JSON_HEADERS
            headers = rng.choice((own, own, rng.choice(HEADERS)))
            sentry = {"symbol": "SENTRY", "price": 100 + number % 7, "volume": 1, "seq": number + 1}
            producer.send(topic, value or None, key=b"damaged", partition=3, headers=list(headers))
            producer.send(topic, json.dumps(sentry).encode(), partition=3, headers=list(JSON_HEADERS))
        producer.flush(60)
    finally:
        producer.close(10)
    return kinds


def wait_until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.02)):
        if holds():
            return
        pause.wait(0.02)
    pytest.fail(f"not so within {WAIT_S:g} s")


def test_each_is_taken_or_set_aside_and_the_next_tick_is_read(broker: Broker) -> None:
    broker.create_topic("damaged.v1", partitions=PARTITIONS)
    kinds = publish_damage(broker.server, "damaged.v1")
    assert min(kinds[True], kinds[False]) == MESSAGES // 2
    address = parse_address(f"kafka://{broker.server}/damaged.v1?from=earliest&tune=throughput")
    assert isinstance(address, KafkaAddress)
    instruments = load_instruments()
    guard, places = Guard(instruments), Places()
    engine = Engine(instruments, events=guard.events)
    source = KafkaSource(address, SystemClock())
    source.connect()
    consumer = Consumer(source, guard, engine, clock=SystemClock())
    consumer.record(places)
    consumer.start()
    try:
        wait_until(lambda: len(places.seen) == 2 * MESSAGES and source.lag == 0)
    finally:
        assert consumer.stop(60)
    assert not consumer.status.cause
    counts = guard.counts
    assert counts.sent == consumer.taken >= 2 * MESSAGES
    assert counts.quarantined >= places.defects > MESSAGES // 2
    assert counts.taken > MESSAGES
    sentries = engine.view("SENTRY")
    assert sentries is not None
    assert np.array_equal(sentries.seq[: sentries.count], np.arange(1, MESSAGES + 1))
    assert sentries.gap_count == 0
