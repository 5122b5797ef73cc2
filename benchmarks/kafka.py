"""A topic through the whole path (poll, decode, guard, engine) beside kafka-python's bare poll of the same bytes.

Starts a broker of its own, so Java and Maven are needed. The client of librdkafka is shown for reference
where it is installed. Both forms hold the simulated market's 13 symbols; Arrow messages have 1,000 ticks.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from time import perf_counter, time_ns
from typing import Any

import numpy as np
from kafka import KafkaConsumer, TopicPartition

from analytics.engine import Engine
from analytics.guard import Guard
from analytics.series import parse_series
from analytics.ticks import NO_TIME, Arrivals, Float64, TickBatch
from benchmarks.rows import Row
from feeds.address import KafkaAddress, SimAddress, parse_address
from feeds.clock import ManualClock, SystemClock
from feeds.consumer import Consumer
from feeds.instruments import load_instruments
from feeds.kafka.clients import consumer_settings
from feeds.kafka.positions import first_positions
from feeds.kafka.sink import KafkaSink
from feeds.kafka.source import KafkaSource
from feeds.kafka.topics import create_topic, facts_of
from feeds.pieces import joined, piece
from feeds.simulator import simulated_ticks
from tests.builders.broker import Broker, broker_fault

SERIES = ("vwap(session)", "vwap(60s)")
TICKS = {"json": 400_000, "arrow": 6_000_000}
GOALS = {"json": (0.8, 0.0), "arrow": (0.5, 1e6)}
RUNS = 3
DAY = date(2026, 11, 20)
RATE = 5_000
WARM_UP_S, WATCHED_S = 3.0, 20.0
P50_MS, P99_MS = 10.0, 50.0
_TOGETHER = 500_000  # ticks that are given to the sink at a time, so that its Arrow messages are full
_BLOCKS = 400  # of the simulated market, joined
_SIM_RATE = 4_000.0


def run() -> list[Row]:
    """Return the rows: rates of both forms, and the time from producer to engine."""
    fault = broker_fault()
    if fault is not None:
        raise SystemExit(f"kafka: {fault}")
    gc.collect()
    gc.freeze()  # as the window does once it has started
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        rows = [row for form in TICKS for row in _rates(broker.server, form)]
        return [*rows, *_latency(broker.server)]


# How many ticks a second


def _rates(server: str, form: str) -> list[Row]:
    address = _address(server, f"bench.{form}", f"?from=earliest&tune=throughput&form={form}")
    create_topic(address.servers, address.topic)
    _fill(address, TICKS[form])
    bare, whole = [], []
    for _ in range(RUNS):  # taken in turn, so that a noisy moment is nobody's alone
        bare.append(_bare(address))
        whole.append(_whole(address, TICKS[form]))
    reference = [_librdkafka(address) for _ in range(RUNS)]  # its queues would take room beside the others
    ticks, theirs, ours = TICKS[form], min(bare), min(whole)
    ratio_goal, rate_goal = GOALS[form]
    ratio, rate = theirs / ours, ticks / ours
    goal = f"at least {ratio_goal:g}x" + (f" and {rate_goal / 1e6:g} M/s" if rate_goal else "")
    name = f"kafka, {form}, 13 symbols, 4 partitions"
    rows = [
        Row(f"{name}: kafka-python, bare poll", ticks / theirs / 1e6, "M ticks/s"),
        Row(
            f"{name}: poll, decode, guard, engine",
            rate / 1e6,
            "M ticks/s",
            "bare poll",
            ratio,
            goal,
            ratio >= ratio_goal and rate >= rate_goal,
        ),
    ]
    if all(reference):
        rate_there = ticks / min(filter(None, reference))
        rows.append(
            Row(
                f"{name}: confluent-kafka, bare",
                rate_there / 1e6,
                "M ticks/s",
                "bare poll",
                rate_there * theirs / ticks,
            )
        )
    return rows


def _address(server: str, topic: str, options: str = "") -> KafkaAddress:
    address = parse_address(f"kafka://{server}/{topic}{options}")
    assert isinstance(address, KafkaAddress)
    return address


def _fill(address: KafkaAddress, ticks: int) -> None:
    with KafkaSink(address) as sink:
        for some in _market(ticks):
            sink.publish(some)
        counts = sink.close(120.0)
    if counts.acknowledged != ticks:
        raise SystemExit(f"kafka: {counts.acknowledged} of {ticks} ticks were acknowledged")


def _market(ticks: int) -> Iterator[Arrivals]:
    """Yield so many ticks of the simulated market, in large pieces."""
    left = ticks
    blocks = simulated_ticks(SimAddress(rate=_SIM_RATE, date=DAY), ManualClock(), load_instruments())
    numbered = enumerate(blocks)
    for _, group in groupby(numbered, lambda each: each[0] // _BLOCKS):
        some = joined([block for _, block in group])
        for start in range(0, len(some), _TOGETHER):
            if left <= 0:
                return
            taken = piece(some, start, min(start + _TOGETHER, len(some), start + left))
            left -= len(taken)
            yield taken


def _bare(address: KafkaAddress) -> float:
    """Return the seconds in which kafka-python as it is, with our settings, polls the topic to its end."""
    start = perf_counter()
    facts = facts_of(address.servers, address.topic)
    consumer = KafkaConsumer(
        bootstrap_servers=list(address.servers), **consumer_settings(throughput=address.throughput)
    )
    try:
        places = [TopicPartition(address.topic, each) for each in facts.partitions]
        consumer.assign(places)
        positions = first_positions(consumer, places, address.start)
        for place in places:
            consumer.seek(place, positions[place.partition])
        left = sum(consumer.end_offsets(places).values())
        while left > 0:
            left -= sum(len(each) for each in consumer.poll(50).values())
        return perf_counter() - start
    finally:
        consumer.close(autocommit=False)


def _whole(address: KafkaAddress, ticks: int) -> float:
    """Return the seconds in which the topic is polled, decoded, checked and computed to its end."""
    instruments = load_instruments()
    guard = Guard(instruments)
    engine = Engine(instruments, [parse_series(text) for text in SERIES], events=guard.events)
    source = KafkaSource(address, SystemClock())
    start = perf_counter()
    try:
        source.connect()
        while guard.counts.taken < ticks:
            arrivals = source.poll(0.05)
            if arrivals is not None:
                for batch in guard.take(arrivals):
                    engine.take(batch)
        taken_s = perf_counter() - start
    finally:
        source.close()
    if guard.counts.sent != guard.counts.taken:
        raise SystemExit(f"kafka: expected {ticks} clean ticks, found {guard.counts}")
    return taken_s


def _librdkafka(address: KafkaAddress) -> float | None:
    try:
        from confluent_kafka import Consumer as Other
        from confluent_kafka import TopicPartition as Place
    except ImportError:
        return None
    start = perf_counter()
    settings: dict[str, Any] = {
        "bootstrap.servers": ",".join(address.servers),
        "group.id": "bench",
        "enable.auto.commit": False,
        "fetch.min.bytes": 65_536,
        "queued.max.messages.kbytes": 262_144,
    }
    consumer = Other(settings)
    try:
        partitions = facts_of(address.servers, address.topic).partitions
        left = 0
        for each in partitions:
            low, high = consumer.get_watermark_offsets(Place(address.topic, each))
            left += high - low
        consumer.assign([Place(address.topic, each, 0) for each in partitions])
        while left > 0:
            left -= sum(1 for message in consumer.consume(10_000, 0.1) if message.error() is None)
        return perf_counter() - start
    finally:
        consumer.close()


# How long from the producer to the engine


@dataclass(slots=True)
class _Timed:
    """An engine that notes how old each tick is once it has been taken."""

    engine: Engine
    ages_ns: list[Float64]

    def take(self, batch: TickBatch) -> Sequence[Any]:
        fired = self.engine.take(batch)
        self.ages_ns.append(time_ns() - batch.ts_ns.astype(np.float64))
        return fired

    def deadline(self) -> int | None:
        return self.engine.deadline()

    def reset(self) -> None:
        self.engine.reset()


def _latency(server: str) -> list[Row]:
    """Watch ticks that another process publishes one by one; each bears the time at which it was sent."""
    address = _address(server, f"bench.latency.{time_ns()}")
    create_topic(address.servers, address.topic)
    instruments = load_instruments()
    guard = Guard(instruments)
    timed = _Timed(Engine(instruments, [parse_series(text) for text in SERIES], events=guard.events), [])
    source = KafkaSource(address, SystemClock())
    source.connect()
    consumer = Consumer(source, guard, timed, clock=SystemClock())
    consumer.start()
    try:
        command = [sys.executable, "-m", "benchmarks.kafka", address.text, str(WARM_UP_S + WATCHED_S)]
        subprocess.run(command, check=True)
    finally:
        consumer.stop()
    ages_ms = np.concatenate(timed.ages_ns)[int(RATE * WARM_UP_S) :] / 1e6
    p50, p99, worst = (float(np.percentile(ages_ms, q)) for q in (50, 99, 100))
    name = f"kafka, json, {RATE:,} ticks/s, producer to engine"
    return [
        Row(f"{name}: ticks watched", len(ages_ms), "ticks"),
        Row(f"{name}: p50", p50, "ms", goal=f"at most {P50_MS:g} ms", met=p50 <= P50_MS),
        Row(f"{name}: p99", p99, "ms", goal=f"at most {P99_MS:g} ms", met=p99 <= P99_MS),
        Row(f"{name}: worst", worst, "ms"),
    ]


def _publish_paced(address: KafkaAddress, seconds: float) -> None:
    """Publish `RATE` ticks a second, each stamped as it is sent."""
    symbols = tuple(each.symbol for each in load_instruments())[:13]
    pause, began = threading.Event(), perf_counter()
    sent = 0
    with KafkaSink(address) as sink:
        while (passed := perf_counter() - began) < seconds:
            due = int(passed * RATE)
            if due > sent:
                sink.publish(_now(symbols, sent, due - sent))
                sent = due
            pause.wait(0.001)


def _now(symbols: tuple[str, ...], first: int, count: int) -> Arrivals:
    number = np.arange(first, first + count)
    zero = np.zeros(count, np.int32)
    return Arrivals(
        symbols=symbols,
        symbol=(number % len(symbols)).astype(np.int32),
        ts_ns=np.full(count, time_ns()),
        price=np.asarray(1_000.0 + number % 40 * 0.05, np.float64),
        size=np.full(count, 65.0),
        seq=number // len(symbols) + 1,
        arrival_ns=np.full(count, NO_TIME),
        partition=zero,
        offset=number,
        index=zero,
    )


if __name__ == "__main__":
    asked = parse_address(sys.argv[1])
    assert isinstance(asked, KafkaAddress)
    _publish_paced(asked, float(sys.argv[2]))
