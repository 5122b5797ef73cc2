"""A topic as a source, on a real broker: where it begins, what it hands over, how it takes losses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns

import numpy as np
import pytest
from kafka import TopicPartition

from analytics.errors import FeedUnavailable
from analytics.guard import Guard
from analytics.instruments import InstrumentTable
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals
from app.cli import main
from feeds.address import KafkaAddress, parse_address
from feeds.clock import SystemClock
from feeds.codec import encode_arrow
from feeds.consumer import Consumer
from feeds.kafka.clients import make_producer
from feeds.kafka.sink import KafkaSink
from feeds.kafka.source import KafkaSource
from feeds.source import FeedState
from tests.builders.broker import Broker

pytestmark = pytest.mark.kafka

WAIT_S = 30.0
SECOND_NS = 1_000_000_000


def topic_at(broker: Broker, topic: str, options: str = "") -> KafkaAddress:
    address = parse_address(f"kafka://{broker.server}/{topic}{options}")
    assert isinstance(address, KafkaAddress)
    return address


@contextmanager
def reading(address: KafkaAddress) -> Iterator[KafkaSource]:
    source = KafkaSource(address, SystemClock())
    try:
        source.connect()
        yield source
    finally:
        source.close()


def send(
    broker: Broker,
    topic: str,
    *values: bytes | None,
    partition: int = 0,
    headers: Sequence[tuple[str, bytes]] = (),
) -> None:
    producer = make_producer((broker.server,), throughput=False)
    try:
        for value in values:
            producer.send(topic, value, key=b"k", partition=partition, headers=list(headers))
        producer.flush(10)
    finally:
        producer.close(10)


def told(**fields: object) -> bytes:
    return json.dumps({"symbol": "NIFTY", "price": 24850, "volume": 15000} | fields).encode()


def take(source: KafkaSource, ticks: int) -> list[Arrivals]:
    """Return what is polled until so many ticks have come."""
    found: list[Arrivals] = []
    deadline_ns = time_ns() + round(WAIT_S * SECOND_NS)
    while sum(len(each) for each in found) < ticks:
        assert time_ns() < deadline_ns, (
            f"{source.status}: only {sum(len(each) for each in found)} of {ticks} ticks"
        )
        arrivals = source.poll(0.05)
        if arrivals is not None:
            found.append(arrivals)
    return found


def many(count: int) -> Arrivals:
    """Return ticks of one symbol, each numbered."""
    zero = np.zeros(count, np.int32)
    return Arrivals(
        symbols=("ITC",),
        symbol=zero,
        ts_ns=SECOND_NS + np.arange(count),
        price=np.ones(count),
        size=np.ones(count),
        seq=np.arange(1, count + 1),
        arrival_ns=np.full(count, NO_TIME),
        partition=zero,
        offset=np.arange(count),
        index=zero,
    )


def prices(found: Sequence[Arrivals]) -> list[float]:
    return [price for each in found for price in each.price.tolist()]


def poll_until(source: KafkaSource, holds) -> None:
    deadline_ns = time_ns() + round(WAIT_S * SECOND_NS)
    while not holds():
        assert time_ns() < deadline_ns, str(source.status)
        assert source.poll(0.05) is None


def test_the_newest_tick_is_the_first_one_published_after_connecting(broker: Broker) -> None:
    broker.create_topic("latest.v1")
    send(broker, "latest.v1", told(price=1))
    with reading(topic_at(broker, "latest.v1")) as source:
        assert source.status.state is FeedState.LIVE
        send(broker, "latest.v1", told(price=2))
        assert prices(take(source, 1)) == [2]


def test_a_topic_is_read_from_its_start_from_offsets_and_from_a_time(broker: Broker) -> None:
    broker.create_topic("starts.v1", partitions=2)
    send(broker, "starts.v1", *(told(price=each) for each in (1, 2, 3)))
    send(broker, "starts.v1", *(told(price=each) for each in (11, 12, 13)), partition=1)
    with reading(topic_at(broker, "starts.v1", "?from=earliest")) as source:
        assert sorted(prices(take(source, 6))) == [1, 2, 3, 11, 12, 13]
    with reading(topic_at(broker, "starts.v1", "?from=p0:2,p1:1")) as source:
        assert sorted(prices(take(source, 3))) == [3, 12, 13]
    middle = datetime.now(UTC)
    threading.Event().wait(0.01)  # the broker's times are whole milliseconds
    send(broker, "starts.v1", told(price=4))
    with reading(topic_at(broker, "starts.v1", f"?from={middle.isoformat()}")) as source:
        assert prices(take(source, 1)) == [4]


def test_a_tick_without_a_time_takes_that_of_the_broker_and_knows_its_place(broker: Broker) -> None:
    broker.create_topic("plain.v1", partitions=3)
    before_ns = time_ns()
    send(broker, "plain.v1", b'{"symbol": "NIFTY", "price": 24850, "volume": 15000}', partition=2)
    with reading(topic_at(broker, "plain.v1", "?from=earliest")) as source:
        [found] = take(source, 1)
    assert found.ts_ns.tolist() == [NO_TIME]
    assert before_ns - SECOND_NS < int(found.arrival_ns[0]) < time_ns() + SECOND_NS
    assert (found.partition.tolist(), found.offset.tolist(), found.index.tolist()) == ([2], [0], [0])
    guard = Guard(InstrumentTable())
    [batch] = guard.take(found)
    assert batch.ts_ns.tolist() == found.arrival_ns.tolist()


def test_both_forms_stand_in_one_topic_and_what_cannot_be_read_takes_nothing_along(broker: Broker) -> None:
    broker.create_topic("mixed.v1")
    with reading(topic_at(broker, "mixed.v1")) as source:
        send(broker, "mixed.v1", told(price=1))
        [one] = take(source, 1)
    batch = encode_arrow(one, 0)
    values = (
        told(price=2),
        batch,
        b"{broken",
        None,
        batch[:-40],
        b'[{"symbol":"A","price":3,"size":1},{"price":4}]',
    )
    send(broker, "mixed.v1", *values, told(price=5))
    with reading(topic_at(broker, "mixed.v1", "?from=p0:1")) as source:
        found = take(source, 8)
    reasons = {
        (int(each.offset[at]), int(each.index[at])): why for each in found for at, why in each.defects.items()
    }
    assert set(reasons) == {(3, 0), (4, 0), (5, 0), (6, 1)}
    whole = [price for price in prices(found) if price == price]
    assert whole == [2, 1, 3, 5]
    for each in found:
        for at in each.defects:
            assert each.raw is not None
            if int(each.offset[at]) == 3:
                assert each.raw(at) == b"{broken"


def test_lag_is_what_is_published_and_not_polled(broker: Broker) -> None:
    broker.create_topic("lag.v1", partitions=1)
    count = 40_000
    with KafkaSink(topic_at(broker, "lag.v1", "?tune=throughput&form=arrow")) as sink:
        sink.publish(many(count))
        assert sink.close().acknowledged == count
    with reading(topic_at(broker, "lag.v1", "?from=earliest")) as source:
        first = take(source, 1)
        left = count - sum(len(each) for each in first)
        assert left > 0
        assert source.lag == left
        take(source, left)
        poll_until(source, lambda: source.horizon_ns > 0)
        assert source.lag == 0


def test_market_time_is_that_of_the_newest_tick_and_goes_on(broker: Broker) -> None:
    broker.create_topic("past.v1", partitions=1)
    past_ns = 1_700_000_000 * SECOND_NS
    send(broker, "past.v1", told(ts=past_ns))
    with reading(topic_at(broker, "past.v1", "?from=earliest")) as source:
        take(source, 1)
        first_ns = source.now_ns
        assert 0 <= first_ns - past_ns < 5 * SECOND_NS
        source.poll(0.02)
        assert source.now_ns > first_ns


def test_a_gap_in_silence_is_declared_at_its_deadline_and_not_before_all_is_read(broker: Broker) -> None:
    broker.create_topic("gap.v1", partitions=1)
    guard = Guard(InstrumentTable())

    class NoEngine:
        def take(self, _: object) -> Sequence[object]:
            return ()

        def deadline(self) -> None:
            """Has no rule."""

        def reset(self) -> None:
            """Has nothing."""

    source = KafkaSource(topic_at(broker, "gap.v1", "?from=earliest"), SystemClock())
    source.connect()
    consumer = Consumer(source, guard, NoEngine(), clock=SystemClock())
    consumer.start()
    pause = threading.Event()
    try:
        send(broker, "gap.v1", told(seq=1), told(seq=3))
        for _ in range(int(WAIT_S / 0.01)):
            if guard.counts.gaps:
                break
            pause.wait(0.01)
    finally:
        assert consumer.stop(10)
    counts = guard.counts
    assert (counts.taken, counts.gaps, counts.missing, counts.held) == (2, 1, 1, 0)


def test_ticks_taken_by_retention_while_the_broker_was_away_are_named(own_broker: Broker) -> None:
    own_broker.create_topic("short.v1", partitions=1)
    send(own_broker, "short.v1", *(told(price=each) for each in range(1, 11)))
    with reading(topic_at(own_broker, "short.v1", "?from=earliest")) as source:
        take(source, 10)
        own_broker.kill()
        poll_until(source, lambda: source.status.state is FeedState.RECONNECTING)
        own_broker.start()
        send(own_broker, "short.v1", *(told(price=each) for each in range(11, 21)))
        with own_broker.admin() as admin:
            admin.delete_records({TopicPartition("short.v1", 0): 15})
        found = take(source, 5)
    assert prices(found) == [16, 17, 18, 19, 20]
    assert source.info.lost == ("partition 0: offsets 10 to 14 are gone, taken by retention",)


def test_a_topic_is_opened_again_where_it_was_opened_first_and_what_it_lost_since_is_named(
    broker: Broker,
) -> None:
    broker.create_topic("reopened.v1", partitions=1)
    send(broker, "reopened.v1", *(told(price=each) for each in range(1, 11)))
    with reading(topic_at(broker, "reopened.v1", "?from=p0:4")) as source:
        assert prices(take(source, 6)) == [5, 6, 7, 8, 9, 10]
        origin = source.origin
    send(broker, "reopened.v1", told(price=11))
    with reading(origin) as source:
        assert prices(take(source, 7)) == [5, 6, 7, 8, 9, 10, 11]
        assert source.info.lost == ()
        assert source.origin == origin
    with broker.admin() as admin:
        admin.delete_records({TopicPartition("reopened.v1", 0): 8})
    with reading(origin) as source:
        assert prices(take(source, 3)) == [9, 10, 11]
        assert source.info.lost == ("partition 0: offsets 4 to 7 are gone, taken by retention",)


def test_a_topic_made_anew_is_another_one_and_ends_the_feed(broker: Broker) -> None:
    broker.create_topic("again.v1", partitions=1)
    send(broker, "again.v1", told(price=1))
    with reading(topic_at(broker, "again.v1", "?from=earliest")) as source:
        assert prices(take(source, 1)) == [1]
        first_id = source.info.topic_id
        broker.delete_topic("again.v1")
        broker.create_topic("again.v1", partitions=1)
        poll_until(source, lambda: source.status.state is FeedState.FAILED)
        assert "was deleted and made anew" in source.status.cause
    with reading(topic_at(broker, "again.v1")) as source:
        assert source.info.topic_id != first_id


def test_a_sink_counts_what_it_could_not_write_and_what_was_acknowledged(broker: Broker) -> None:
    broker.create_topic("sink.v1", partitions=4)
    count = 2_500
    price = 100.0 + np.arange(count) * 0.05
    price[7] = np.nan
    arrivals = Arrivals(
        symbols=("NIFTY", "ITC", "TCS"),
        symbol=(np.arange(count) % 3).astype(np.int32),
        ts_ns=1_700_000_000 * SECOND_NS + np.arange(count),
        price=price,
        size=np.ones(count),
        seq=np.full(count, NO_SEQ),
        arrival_ns=np.full(count, NO_TIME),
        partition=np.zeros(count, np.int32),
        offset=np.arange(count),
        index=np.zeros(count, np.int32),
        sources=("here",),
        source=np.where(np.arange(count) % 2, 0, NO_CODE).astype(np.int32),
    )
    for form in ("json", "arrow"):
        with KafkaSink(topic_at(broker, "sink.v1", f"?form={form}")) as sink:
            sink.publish(arrivals)
            counts = sink.close()
        assert (counts.sent, counts.acknowledged, counts.refused, counts.unfit) == (
            count - 1,
            count - 1,
            0,
            1,
        )
    with reading(topic_at(broker, "sink.v1", "?from=earliest")) as source:
        found = take(source, 2 * (count - 1))
    for symbol in arrivals.symbols:
        mine = [
            (float(each.price[at]), int(each.ts_ns[at]))
            for each in found
            if symbol in each.symbols
            for at in np.flatnonzero(each.symbol == each.symbols.index(symbol)).tolist()
        ]
        here = np.flatnonzero((arrivals.symbol == arrivals.symbols.index(symbol)) & ~np.isnan(price))
        once = [(float(price[at]), int(arrivals.ts_ns[at])) for at in here.tolist()]
        assert mine == once + once


def test_a_sink_whose_broker_dies_ends_honestly_and_leaves_no_thread(own_broker: Broker) -> None:
    own_broker.create_topic("dying.v1", partitions=1)
    with reading(topic_at(own_broker, "dying.v1")):
        sink = KafkaSink(topic_at(own_broker, "dying.v1"))
        one = many(1)
        sink.publish(one)
        while sink.counts.acknowledged < 1:
            threading.Event().wait(0.01)
        own_broker.kill()
        sink.publish(one)
        counts = sink.close(0.5)
        assert (counts.sent, counts.acknowledged) == (2, 1)


def test_a_sink_whose_broker_dies_does_not_wait_for_ever_once_it_is_asked_to_end(
    own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.kafka.sink.MOST_ON_THE_WAY", 10_000)
    own_broker.create_topic("full.v1", partitions=1)
    sink = KafkaSink(topic_at(own_broker, "full.v1"))
    sink.publish(many(100))
    own_broker.kill()
    asked = threading.Timer(0.5, sink.give_up_soon)
    asked.start()
    with pytest.raises(FeedUnavailable, match="has acknowledged nothing for"):
        sink.publish(many(5_000))
    asked.join()
    counts = sink.close()
    assert counts.acknowledged <= counts.sent < 5_100


def test_a_recording_of_a_topic_that_is_made_anew_fails(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.create_topic("record.v1", partitions=1)
    send(broker, "record.v1", told(price=1))

    def make_anew() -> None:
        while not list(tmp_path.rglob("part-*")):
            threading.Event().wait(0.01)
        broker.delete_topic("record.v1")
        broker.create_topic("record.v1", partitions=1)

    anew = threading.Thread(target=make_anew)
    anew.start()
    feed = f"kafka://{broker.server}/record.v1?from=earliest"
    assert main(["record", "--feed", feed, "--to", str(tmp_path / "tape"), "--for", "60s"]) == 1
    anew.join()
    assert "was deleted and made anew" in capsys.readouterr().err
