"""A Kafka topic as a source: all its partitions, assigned without a group, from one consumer on one thread.

The source keeps the next offset of each partition itself. When a broker is lost, the consumer is thrown away
and another begins at these offsets, so nothing is read twice and nothing is left out.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kafka import KafkaConsumer, TopicPartition, errors

from analytics.errors import FeedError, TopicLost
from analytics.ticks import Arrivals
from feeds.address import Beginning, KafkaAddress, Start
from feeds.clock import Clock
from feeds.codec import TickDecoder
from feeds.kafka.clients import make_consumer
from feeds.kafka.faults import told_as_feed_errors
from feeds.kafka.positions import first_positions, kept_positions
from feeds.kafka.progress import Progress
from feeds.kafka.topics import facts_of
from feeds.kafka.vocabulary import TopicFacts
from feeds.pieces import piece
from feeds.reading import OpeningCancelled
from feeds.source import FeedInfo, FeedState, FeedStatus

POLL_TICKS = 32_768
"""Most ticks that one poll hands over."""
READ_TICKS = 1_048_576
"""Ticks that are read from the client at once at most: more than one fetch holds, as the client asks the broker
for more only once it is empty, and then fetches while these are computed."""
RETRY_S = (1.0, 1.0, 2.0, 3.0, 5.0)
"""Pauses between attempts to connect; the last one repeats."""
_NS_PER_S = 1_000_000_000
_LOOK_S = 0.05
_LOST_TOLD = 20


class KafkaSource:
    """Polls a topic. `connect` comes first; then `poll` and `close` belong to one thread.

    `clock` tells the machine's time. Market time is that of the newest tick, and goes on from there.
    """

    def __init__(self, address: KafkaAddress, clock: Clock) -> None:
        self._address = self._origin = address
        self._clock = clock
        self._decoder = TickDecoder(address.columns)
        self._status = FeedStatus(FeedState.CONNECTING)
        self._info = FeedInfo(kind="kafka", title=address.topic, address=address.text)
        self._consumer: KafkaConsumer | None = None
        self._topic: TopicFacts | None = None
        self._progress = Progress(address.topic, clock)
        self._read: deque[tuple[int, Sequence[Any]]] = deque()  # messages by partition, not yet decoded
        self._messages_read = 0  # how many they are
        self._waiting: deque[Arrivals] = deque()  # decoded and not yet handed over
        self._rows = 0
        self._attempt = 0
        self._retry_mono_ns = 0
        self._closed = False
        self._failed = False

    @property
    def info(self) -> FeedInfo:
        """Return what is known of the topic."""
        return self._info

    @property
    def status(self) -> FeedStatus:
        """Return the state now; any thread."""
        return self._status

    @property
    def now_ns(self) -> int:
        """Return market time, ns UTC: the newest tick's, and what has passed since; any thread."""
        return self._progress.market_ns

    @property
    def horizon_ns(self) -> int:
        """Return the append time, on the broker's clock, up to which all is read for certain; any thread."""
        return self._progress.horizon_ns

    @property
    def origin(self) -> KafkaAddress:
        """Return an address that begins at the offsets where this source began; any thread."""
        return self._origin

    @property
    def lag(self) -> int:
        """Return the ticks published and not yet polled, as far as is known; any thread.

        A message that is not read yet counts as many ticks as the last ones held on average.
        """
        read = round(self._messages_read * self._progress.ticks_a_message)
        return sum(len(each) for each in tuple(self._waiting)) + read + self._progress.unread_ticks

    def connect(
        self,
        *,
        told: Callable[[FeedStatus], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Connect, and find out where to begin.

        Without `told` there is one attempt, which raises FeedUnavailable, FeedDenied, TopicLost or FeedError.
        With it attempts go on until one succeeds, each state told; OpeningCancelled is raised once
        `cancelled`.
        """
        while self._consumer is None:
            try:
                self._try(told)
            except FeedError:
                if told is None:
                    raise
            while self._consumer is None and self._clock.monotonic_ns() < self._retry_mono_ns:
                if cancelled():
                    break
                self._clock.wait(threading.Event(), _LOOK_S)
            if cancelled():
                self.close()
                raise OpeningCancelled("connecting was cancelled")

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return what has arrived, at most `POLL_TICKS` ticks, or None where nothing did in `timeout_s`."""
        if not self._waiting and not self._read:
            self._wait_for_more(timeout_s)
        if not self._waiting and self._read:
            self._decode_some()
        return self._waiting.popleft() if self._waiting else None

    def _wait_for_more(self, timeout_s: float) -> None:
        if self._consumer is not None:
            self._read_more(self._consumer, timeout_s)
        elif self._closed or self._failed:
            self._clock.wait(threading.Event(), timeout_s)
        else:
            self._connect_again(timeout_s)

    def try_now(self) -> None:
        """Make the next attempt to connect at once."""
        self._retry_mono_ns = self._clock.monotonic_ns()

    def close(self) -> None:
        """Let go of the broker; may be called twice."""
        if not self._closed:
            self._closed = True
            self._drop_consumer()
            if not self._failed:
                self._status = FeedStatus(FeedState.ENDED, self._status.cause)

    # Connecting

    def _try(self, told: Callable[[FeedStatus], None] | None = None) -> None:
        """Make one attempt. Raises FeedError having said so in the status, with the time of the next one."""
        self._attempt += 1
        state = FeedState.CONNECTING if self._topic is None else FeedState.RECONNECTING
        self._say(FeedStatus(state, self._status.cause, self._attempt), told)
        try:
            self._begin()
        except FeedError as error:
            pause_s = self._pause_s()
            self._retry_mono_ns = self._clock.monotonic_ns() + round(pause_s * _NS_PER_S)
            retry_at_ns = self._clock.now_ns() + round(pause_s * _NS_PER_S)
            self._say(FeedStatus(state, str(error), self._attempt, retry_at_ns), told)
            raise
        self._say(FeedStatus(FeedState.LIVE), told)

    def _begin(self) -> None:
        address = self._address
        facts = facts_of(address.servers, address.topic)
        known = self._topic
        if known is not None and facts.topic_id != known.topic_id:
            raise _Recreated(
                f"topic {address.topic!r} was deleted and made anew: its ticks are others; open it again"
            )
        places = [TopicPartition(address.topic, each) for each in facts.partitions]
        lost: list[str] = []
        with told_as_feed_errors(address.topic, address.servers):
            consumer = make_consumer(address.servers, throughput=address.throughput)
            try:
                consumer.assign(places)
                if known is None and address.start.kept:
                    positions, lost = kept_positions(consumer, places, address.start.offsets)
                elif known is None:
                    positions = first_positions(consumer, places, address.start)
                else:
                    positions, lost = kept_positions(consumer, places, self._progress.next_offsets)
                for place in places:
                    consumer.seek(place, positions[place.partition])
            except BaseException:
                consumer.close(autocommit=False)
                raise
        self._progress.begin(positions)
        if known is None:
            self._origin = replace(address, start=Start(Beginning.OFFSETS, offsets=positions, kept=True))
        self._topic, self._consumer = facts, consumer
        told = (*self._info.lost, *lost)[-_LOST_TOLD:]
        if lost or self._info.topic_id is None:
            self._info = replace(self._info, lost=told, topic_id=f"kafka:{address.topic}:{facts.topic_id}")

    def _connect_again(self, timeout_s: float) -> None:
        left_ns = self._retry_mono_ns - self._clock.monotonic_ns()
        if left_ns > 0:
            self._clock.wait(threading.Event(), min(timeout_s, left_ns / _NS_PER_S))
            return
        try:
            self._try()
        except _Recreated as error:
            self._failed = True
            self._status = FeedStatus(FeedState.FAILED, str(error))
        except FeedError:
            return  # the status tells

    def _lose(self, error: FeedError) -> None:
        """Give the consumer up; the next poll begins to connect anew, at the offsets kept.

        After a connection that has read nothing it first waits, as after an attempt that failed.
        """
        self._drop_consumer()
        pause_s = self._pause_s() if self._attempt else 0.0
        self._retry_mono_ns = self._clock.monotonic_ns() + round(pause_s * _NS_PER_S)
        retry_at_ns = self._clock.now_ns() + round(pause_s * _NS_PER_S) if pause_s else None
        self._status = FeedStatus(FeedState.RECONNECTING, str(error), self._attempt, retry_at_ns)

    def _pause_s(self) -> float:
        return RETRY_S[min(self._attempt, len(RETRY_S)) - 1]

    def _drop_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with contextlib.suppress(errors.KafkaError, OSError, RuntimeError):
                consumer.close(autocommit=False)

    def _say(self, status: FeedStatus, told: Callable[[FeedStatus], None] | None) -> None:
        self._status = status
        if told is not None:
            told(status)

    # Reading

    def _read_more(self, consumer: KafkaConsumer, timeout_s: float) -> None:
        """Poll the consumer once, and ask how far the topic goes where that is due."""
        most = min(POLL_TICKS, max(1, int(READ_TICKS / self._progress.ticks_a_message)))
        try:
            records = self._polled(consumer, timeout_s, most)
            if records:
                self._take(records, consumer)
                if self._progress.unread_ticks > POLL_TICKS:
                    # The client asks for more only as it is polled: so that it comes while these are computed.
                    self._take(self._polled(consumer, 0.0, most), consumer)
            with told_as_feed_errors(self._address.topic, self._address.servers):
                asked = self._progress.ask_where_due(consumer)
            if records or asked:
                self._attempt = 0  # it reads, not only connects
        except FeedError as error:
            self._lose(error)

    def _polled(
        self, consumer: KafkaConsumer, timeout_s: float, most: int
    ) -> dict[TopicPartition, list[Any]]:
        with told_as_feed_errors(self._address.topic, self._address.servers):
            found: dict[TopicPartition, list[Any]] = consumer.poll(round(timeout_s * 1_000), max_records=most)
            return found

    def _take(self, records: Mapping[TopicPartition, Sequence[Any]], consumer: KafkaConsumer) -> None:
        """Let messages wait for being decoded, and note where reading stands."""
        messages = {place.partition: each for place, each in records.items() if each}
        if messages:
            self._read.extend(messages.items())
            self._messages_read += sum(len(each) for each in messages.values())
            self._progress.note_read(messages, consumer)

    def _decode_some(self) -> None:
        """Decode as many messages as give about one poll's ticks: more at once would leave the caches."""
        left = max(1, int(POLL_TICKS / self._progress.ticks_a_message))
        some: dict[int, Sequence[Any]] = {}
        while left and self._read and self._read[0][0] not in some:
            partition, messages = self._read.popleft()
            some[partition] = messages[:left]
            if len(messages) > left:
                self._read.appendleft((partition, messages[left:]))
            left -= len(some[partition])
        arrivals = self._decoder.decode(some, self._rows)
        self._rows += len(arrivals)
        count = sum(len(each) for each in some.values())
        self._progress.note_decoded(count, arrivals)
        for start in range(0, len(arrivals), POLL_TICKS):
            self._waiting.append(piece(arrivals, start, min(start + POLL_TICKS, len(arrivals))))
        self._messages_read -= count  # last, so that no tick is ever missing from the lag


class _Recreated(TopicLost):
    """Another topic bears the name now."""
