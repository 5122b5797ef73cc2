"""A Kafka topic as a source: all its partitions, assigned without a group, from one consumer on one thread.

The source keeps the next offset of each partition itself. When a broker is lost, the consumer is thrown away
and another begins at these offsets, so nothing is read twice and nothing is left out. Whether a silent broker
is alive, and whether all it holds has been read, is asked by looking up the ends of the partitions.
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
from analytics.ticks import NO_TIME, Arrivals
from feeds.address import KafkaAddress
from feeds.clock import Clock
from feeds.codec import TickDecoder
from feeds.files import OpeningCancelled
from feeds.kafka.clients import make_consumer
from feeds.kafka.faults import one_line, told_as_feed_errors
from feeds.kafka.positions import first_positions, kept_positions
from feeds.kafka.topics import facts_of
from feeds.kafka.vocabulary import TopicFacts
from feeds.pieces import piece
from feeds.source import FeedInfo, FeedState, FeedStatus

POLL_TICKS = 32_768
"""Most ticks that one poll hands over."""
READ_TICKS = 262_144
"""Ticks that are read from the client at once at most: what is fetched at a time, so that more is on its way."""
AHEAD = 8
"""Polls that may wait while more is read: the client asks the broker for more only when it is polled."""
SILENT_S, ASK_EVERY_S = 0.25, 1.0
"""The broker is asked how far the topic goes after this long a silence, and this often in any case."""
RETRY_S = (1.0, 1.0, 2.0, 3.0, 5.0)
"""Pauses between attempts to connect; the last one repeats."""
_PROBE_MS = 500
_STUCK_NS = 3_000_000_000  # a partition with unread ticks that stands this long is given up with its consumer
_MISSES = 2  # answers that may stay out before the broker counts as lost; one pause of its own is no loss
_FIRST_GUESS = 1_000.0  # ticks a message, before one was seen; the first poll must not be a flood
_NS_PER_S = 1_000_000_000
_LOOK_S = 0.05
_LOST_TOLD = 20


class KafkaSource:
    """Polls a topic. `connect` comes first; then `poll` and `close` belong to one thread.

    `clock` tells the machine's time. Market time is that of the newest tick, and goes on from there.
    """

    def __init__(self, address: KafkaAddress, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._decoder = TickDecoder(address.columns)
        self._status = FeedStatus(FeedState.CONNECTING)
        self._info = FeedInfo(kind="kafka", title=address.topic, address=address.text)
        self._consumer: KafkaConsumer | None = None
        self._topic: TopicFacts | None = None
        self._next: dict[int, int] = {}  # by partition, the offset after the last one read
        self._waiting: deque[Arrivals] = deque()  # decoded and not yet handed over
        self._rows = 0
        self._unread = 0  # messages published and not read, as far as is known
        self._attempt = 0
        self._retry_mono_ns = 0
        self._misses = 0
        self._closed = False
        self._failed = False
        self._ticks_a_message = _FIRST_GUESS
        self._heard_mono_ns = self._asked_mono_ns = 0
        self._caught_up = False
        self._broker_ahead_ns: int | None = None
        self._horizon_ns = 0
        self._stands: dict[int, tuple[int, int]] = {}  # by partition, its position and since when it is that
        self._market: tuple[int, int] | None = None  # newest event time, and when it came

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
        market = self._market
        if market is None:
            return self._clock.now_ns()
        return market[0] + self._clock.monotonic_ns() - market[1]

    @property
    def horizon_ns(self) -> int:
        """Return the append time, on the broker's clock, up to which all is read for certain; any thread."""
        return self._horizon_ns

    @property
    def lag(self) -> int:
        """Return the ticks published and not yet polled, as far as is known; any thread.

        A message that is not read yet counts as many ticks as the last ones held on average.
        """
        return sum(len(each) for each in tuple(self._waiting)) + round(self._unread * self._ticks_a_message)

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
        if self._consumer is not None and len(self._waiting) <= AHEAD:
            self._read(0.0 if self._waiting else timeout_s)
        elif not self._waiting and (self._closed or self._failed):
            self._clock.wait(threading.Event(), timeout_s)
        elif not self._waiting:
            self._connect_again(timeout_s)
        return self._waiting.popleft() if self._waiting else None

    def try_now(self) -> None:
        """Make the next attempt to connect at once."""
        self._retry_mono_ns = self._clock.monotonic_ns()

    def close(self) -> None:
        """Let go of the broker; may be called twice."""
        if not self._closed:
            self._closed = True
            self._drop_consumer()
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
            pause_s = RETRY_S[min(self._attempt, len(RETRY_S)) - 1]
            self._retry_mono_ns = self._clock.monotonic_ns() + round(pause_s * _NS_PER_S)
            retry_at_ns = self._clock.now_ns() + round(pause_s * _NS_PER_S)
            self._say(FeedStatus(state, str(error), self._attempt, retry_at_ns), told)
            raise
        self._attempt = self._misses = 0
        self._heard_mono_ns = self._asked_mono_ns = self._clock.monotonic_ns()
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
                if known is None:
                    positions = first_positions(consumer, places, address.start)
                else:
                    positions, lost = kept_positions(consumer, places, self._next)
                for place in places:
                    consumer.seek(place, positions[place.partition])
            except BaseException:
                consumer.close(autocommit=False)
                raise
        self._topic, self._consumer, self._next = facts, consumer, positions
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
        """Give the consumer up; the next poll begins to connect anew, at the offsets kept."""
        self._drop_consumer()
        self._caught_up = False
        self._attempt = 0
        self._retry_mono_ns = self._clock.monotonic_ns()
        self._status = FeedStatus(FeedState.RECONNECTING, str(error))

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

    def _read(self, timeout_s: float) -> None:
        """Poll the consumer once, and ask how far the topic goes where that is due."""
        consumer = self._consumer
        assert consumer is not None
        most = min(POLL_TICKS, max(1, int(READ_TICKS / self._ticks_a_message)))
        try:
            with told_as_feed_errors(self._address.topic, self._address.servers):
                records = consumer.poll(round(timeout_s * 1_000), max_records=most)
                if records:
                    self._take(records)
                self._ask_where_due()
        except FeedError as error:
            self._lose(error)

    def _take(self, records: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Decode messages and let them wait in pieces; note where reading stands."""
        messages = {place.partition: each for place, each in records.items() if each}
        if not messages:
            return
        arrivals = self._decoder.decode(messages, self._rows)
        self._rows += len(arrivals)
        for start in range(0, len(arrivals), POLL_TICKS):
            self._waiting.append(piece(arrivals, start, min(start + POLL_TICKS, len(arrivals))))
        for partition, each in messages.items():
            self._next[partition] = each[-1].offset + 1
        count = sum(len(each) for each in messages.values())
        self._ticks_a_message = len(arrivals) / count
        self._heard_mono_ns = self._clock.monotonic_ns()
        self._misses = 0
        self._note_times(arrivals)
        self._unread = self._behind()

    def _note_times(self, arrivals: Arrivals) -> None:
        """Follow market time, and how far the broker's clock is ahead of ours.

        Only ticks that came while all else was read tell that: they had no time to grow old on the way.
        """
        times = arrivals.ts_ns[arrivals.ts_ns != NO_TIME]
        appended = arrivals.arrival_ns[arrivals.arrival_ns != NO_TIME]
        newest = times if len(times) else appended
        if len(newest):
            self._market = (int(newest[-1]), self._heard_mono_ns)
        if self._caught_up and len(appended):
            ahead = int(appended.max()) - self._clock.now_ns()
            known = self._broker_ahead_ns
            self._broker_ahead_ns = ahead if known is None else max(known, ahead)

    def _behind(self) -> int:
        """Return the messages between what is read and the ends that the last fetch told."""
        consumer = self._consumer
        assert consumer is not None
        behind = 0
        for partition, offset in self._next.items():
            end = consumer.highwater(TopicPartition(self._address.topic, partition))
            behind += max(0, end - offset) if end is not None else 0
        return behind

    def _ask_where_due(self) -> None:
        """Ask how far the partitions go, where that is due; all read by then is proof for time events."""
        now_ns = self._clock.monotonic_ns()
        silent = now_ns - max(self._heard_mono_ns, self._asked_mono_ns) >= SILENT_S * _NS_PER_S
        if not silent and (self._unread or now_ns - self._asked_mono_ns < ASK_EVERY_S * _NS_PER_S):
            return
        consumer = self._consumer
        assert consumer is not None
        places = [TopicPartition(self._address.topic, each) for each in self._next]
        asked_ns = self._clock.now_ns()
        try:
            ends = consumer.end_offsets(places, timeout_ms=_PROBE_MS)
        except errors.KafkaTimeoutError as error:
            self._misses += 1
            self._caught_up = False
            if self._misses >= _MISSES:
                where = ",".join(self._address.servers)
                raise FeedError(f"{where} does not answer any more: {_why(error)}") from error
            return
        self._misses = 0
        self._asked_mono_ns = self._clock.monotonic_ns()
        unread = 0
        for place in places:
            position = consumer.position(place, timeout_ms=0)
            if position is None or ends[place] < self._next[place.partition]:
                raise FeedError(f"partition {place.partition} of {self._address.topic!r} became shorter")
            self._next[place.partition] = max(position, self._next[place.partition])
            unread += max(0, ends[place] - position)
            self._watch(place.partition, position, ends[place])
        self._unread = unread
        self._caught_up = unread == 0
        if self._caught_up:
            self._horizon_ns = asked_ns + (self._broker_ahead_ns or 0)

    def _watch(self, partition: int, position: int, end: int) -> None:
        """Raise FeedError where a partition has unread ticks and does not move: the client can strand one."""
        now_ns = self._clock.monotonic_ns()
        stood, since_ns = self._stands.get(partition, (-1, now_ns))
        if position >= end or position != stood:
            self._stands[partition] = (position, now_ns)
        elif now_ns - since_ns >= _STUCK_NS:
            self._stands.clear()
            raise FeedError(f"partition {partition} of {self._address.topic!r} is stuck at offset {position}")


class _Recreated(TopicLost):
    """Another topic bears the name now."""


def _why(error: Exception) -> str:
    return f"no answer within {_MISSES * _PROBE_MS / 1_000:g} s ({one_line(error)})"
