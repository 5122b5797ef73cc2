import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from analytics.ticks import NO_SEQ, NO_TIME, Arrivals
from feeds.clock import ManualClock
from feeds.embedded import POLL_TICKS, EmbeddedTopic
from feeds.partitions import partition_of

LONG_S = 20.0  # a deadline for a test that would hang, never reached by one that passes


def numbered(first: int, count: int, symbols: tuple[str, ...] = ("NIFTY", "SBIN", "TCS")) -> Arrivals:
    """Return ticks that bear their number as price."""
    rows = np.arange(first, first + count, dtype=np.int64)
    zeros = np.zeros(count, np.int32)
    return Arrivals(
        symbols=symbols,
        symbol=(rows % len(symbols)).astype(np.int32),
        ts_ns=rows,
        price=rows.astype(np.float64),
        size=np.ones(count),
        seq=np.full(count, NO_SEQ),
        arrival_ns=rows * 10,
        partition=zeros,
        offset=np.zeros(count, np.int64),
        index=zeros,
    )


def drained(topic: EmbeddedTopic, count: int) -> list[Arrivals]:
    """Poll until `count` ticks have come."""
    polled: list[Arrivals] = []
    while sum(map(len, polled)) < count:
        batch = topic.poll(LONG_S)
        assert batch is not None, "ticks are missing"
        polled.append(batch)
    return polled


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, "publisher") as pool:
        yield pool


def test_ticks_come_out_in_publish_order_with_the_place_of_their_symbol() -> None:
    topic = EmbeddedTopic(ManualClock(), partitions=3)
    topic.publish(numbered(0, 5))
    topic.publish(numbered(5, 7))
    batch = topic.poll(0.0)
    assert batch is not None
    assert batch.price.tolist() == list(range(12))
    expected = [partition_of(batch.symbols[code], 3) for code in batch.symbol]
    assert batch.partition.tolist() == expected
    for partition in set(expected):
        offsets = batch.offset[batch.partition == partition]
        assert offsets.tolist() == list(range(len(offsets)))


def test_offsets_and_rows_go_on_from_poll_to_poll() -> None:
    topic = EmbeddedTopic(ManualClock(), partitions=1)
    topic.publish(numbered(0, 4))
    topic.poll(0.0)
    topic.publish(numbered(4, 3))
    batch = topic.poll(0.0)
    assert batch is not None
    assert (batch.offset.tolist(), batch.first_row) == ([4, 5, 6], 4)


def test_a_poll_hands_over_at_most_its_limit_and_keeps_the_rest() -> None:
    topic = EmbeddedTopic(ManualClock(), capacity=100_000)
    topic.publish(numbered(0, POLL_TICKS - 10))
    topic.publish(numbered(POLL_TICKS - 10, 100))
    polled = [topic.poll(0.0), topic.poll(0.0), topic.poll(0.0)]
    assert [None if each is None else len(each) for each in polled] == [POLL_TICKS, 90, None]
    assert polled[1] is not None
    assert polled[1].price[0] == POLL_TICKS


def test_pieces_with_other_symbols_come_in_polls_of_their_own() -> None:
    topic = EmbeddedTopic(ManualClock())
    topic.publish(numbered(0, 3))
    topic.publish(numbered(3, 3, symbols=("SBIN",)))
    first, second = topic.poll(0.0), topic.poll(0.0)
    assert first is not None
    assert second is not None
    assert (len(first), second.symbols) == (3, ("SBIN",))


def test_a_tick_without_arrival_time_arrives_when_it_is_published() -> None:
    clock = ManualClock(7_000)
    topic = EmbeddedTopic(clock)
    ticks = numbered(0, 3)
    ticks.arrival_ns[1] = NO_TIME
    topic.publish(ticks)
    clock.advance(1.0)
    batch = topic.poll(0.0)
    assert batch is not None
    assert batch.arrival_ns.tolist() == [0, 7_000, 20]


def test_publishing_waits_while_the_topic_is_full(background: ThreadPoolExecutor) -> None:
    topic = EmbeddedTopic(ManualClock(), capacity=4)
    publishing: Future[bool] = background.submit(topic.publish, numbered(0, 10))
    first = drained(topic, 1)
    # Four were taken at most and four more may have come in: the last two cannot have.
    assert not publishing.done()
    assert topic.lag <= 4
    rest = drained(topic, 10 - sum(map(len, first)))
    assert publishing.result(LONG_S)
    assert np.concatenate([each.price for each in first + rest]).tolist() == list(range(10))


def test_nothing_is_lost_between_a_quick_publisher_and_a_slow_poller(background: ThreadPoolExecutor) -> None:
    topic = EmbeddedTopic(ManualClock(), partitions=2, capacity=50)

    def publish_all() -> bool:
        return all(topic.publish(numbered(first, 7)) for first in range(0, 7_000, 7))

    publishing = background.submit(publish_all)
    polled = drained(topic, 7_000)
    assert publishing.result(LONG_S)
    assert max(map(len, polled)) <= 50
    assert np.concatenate([each.price for each in polled]).tolist() == list(range(7_000))
    for partition in range(2):
        offsets = np.concatenate([each.offset[each.partition == partition] for each in polled])
        assert len(offsets) > 0
        assert offsets.tolist() == list(range(len(offsets)))
    assert topic.lag == 0


def test_a_stop_wakes_a_publisher_that_waits_and_leaves_what_was_published(
    background: ThreadPoolExecutor,
) -> None:
    topic = EmbeddedTopic(ManualClock(), capacity=4)
    topic.publish(numbered(0, 4))
    publishing = background.submit(topic.publish, numbered(4, 4))
    topic.stop()
    assert publishing.result(LONG_S) is False
    batch = topic.poll(LONG_S)
    assert batch is not None
    assert batch.price.tolist() == [0, 1, 2, 3]
    assert topic.poll(LONG_S) is None


def test_closing_wakes_a_poller_that_waits_and_drops_what_is_left(background: ThreadPoolExecutor) -> None:
    topic = EmbeddedTopic(ManualClock())
    asked = threading.Event()

    def poll() -> Arrivals | None:
        asked.set()
        return topic.poll(LONG_S * 10)

    polling = background.submit(poll)
    asked.wait(LONG_S)
    topic.close()
    assert polling.result(LONG_S) is None
    assert not topic.publish(numbered(0, 1))
    assert (topic.lag, topic.poll(0.0)) == (0, None)
    topic.close()
