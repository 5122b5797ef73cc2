"""How far reading a topic is: the next offsets, what is unread, and up to when all is read for certain.

A consumer's poll answers alike for a dead broker, a deleted topic and a quiet one. So the ends of the
partitions are asked for: an answer proves that the broker lives, and that all is read which was appended
before the question, where nothing lies between reading and the ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition, errors

from analytics.errors import FeedError
from analytics.ticks import NO_TIME, Arrivals
from feeds.clock import Clock
from feeds.kafka.faults import one_line

SILENT_S, ASK_EVERY_S, ASK_BEHIND_S = 0.25, 1.0, 5.0
"""The ends are asked for after this long a silence, and this often otherwise; less often while ticks are unread."""
_ANSWER_MS = 500
_MISSES = 2  # answers that may stay out before the broker counts as lost; one pause of its own is no loss
_STUCK_S = 3.0  # a partition with unread ticks that stands this long is given up with its consumer
_FIRST_GUESS = 1_000.0  # ticks a message, before one was seen; the first poll must not be a flood
_MARGIN_NS = (
    250_000_000  # a tick is stamped before the broker shows it, and clocks are read at their own times
)
_NS = 1_000_000_000


class Progress:
    """Follows the reading of one topic, through any number of consumers; for the thread that reads.

    `next_offsets` are, by partition, what follows the last message read. The properties may be read from
    any thread.
    """

    def __init__(self, topic: str, clock: Clock) -> None:
        self.next_offsets: dict[int, int] = {}
        self.ticks_a_message = _FIRST_GUESS
        """Ticks that the last messages held on average."""
        self._topic = topic
        self._clock = clock
        self._unread = 0
        self._misses = 0
        self._caught_up = False
        self._heard_ns = self._asked_ns = 0  # monotonic: when ticks last came, and the ends last did
        self._ahead_ns: int | None = None
        self._horizon_ns = 0
        self._stands: dict[int, tuple[int, int]] = {}  # by partition, its position and since when it is that
        self._newest: dict[int, tuple[int, int]] = {}  # by partition, its last event time and when it came
        self._market: tuple[int, int] | None = None

    @property
    def unread_ticks(self) -> int:
        """Return about how many ticks lie unread, as far as is known."""
        return round(self._unread * self.ticks_a_message)

    @property
    def horizon_ns(self) -> int:
        """Return the append time, on the broker's clock, up to which all is read."""
        return self._horizon_ns

    @property
    def market_ns(self) -> int:
        """Return the newest event time and what has passed since; before the first tick the machine's time."""
        market = self._market
        if market is None:
            return self._clock.now_ns()
        return market[0] + self._clock.monotonic_ns() - market[1]

    def begin(self, positions: Mapping[int, int]) -> None:
        """Go on with another consumer, at these offsets."""
        self.next_offsets = dict(positions)
        self._misses = 0
        self._caught_up = False
        self._stands.clear()
        self._heard_ns = self._asked_ns = self._clock.monotonic_ns()

    def note_read(self, messages: Mapping[int, Sequence[Any]], consumer: KafkaConsumer) -> None:
        """Note messages by partition, none of them empty, that the consumer has handed over."""
        self._heard_ns = self._clock.monotonic_ns()
        self._misses = 0
        for partition, each in messages.items():
            self.next_offsets[partition] = each[-1].offset + 1
        ends = {partition: consumer.highwater(self._place(partition)) for partition in self.next_offsets}
        self._unread = sum(
            max(0, end - self.next_offsets[partition]) for partition, end in ends.items() if end is not None
        )

    def note_decoded(self, messages: int, arrivals: Arrivals) -> None:
        """Note the ticks that some messages gave."""
        self.ticks_a_message = len(arrivals) / messages
        self._note_times(arrivals, self._clock.monotonic_ns())

    def ask_where_due(self, consumer: KafkaConsumer) -> bool:
        """Ask how far the partitions go, where that is due; return whether it was answered.

        Raises FeedError where the broker does not answer any more, a partition has become shorter, or one
        with unread ticks does not move; and what kafka-python raises.
        """
        now_ns = self._clock.monotonic_ns()
        silent = now_ns - max(self._heard_ns, self._asked_ns) >= SILENT_S * _NS
        every_s = ASK_BEHIND_S if self._unread else ASK_EVERY_S
        if not silent and now_ns - self._asked_ns < every_s * _NS:
            return False
        if now_ns - self._asked_ns > (ASK_BEHIND_S + _STUCK_S) * _NS:
            self._stands.clear()  # we stood still ourselves
        places = [self._place(partition) for partition in self.next_offsets]
        broker_ns = self._broker_ns(now_ns)
        try:
            ends = consumer.end_offsets(places, timeout_ms=_ANSWER_MS)
        except errors.KafkaTimeoutError as error:
            self._caught_up = False
            self._misses += 1
            if self._misses >= _MISSES:
                raise FeedError(
                    f"the broker answers no more: nothing within {_MISSES * _ANSWER_MS / 1_000:g} s ({one_line(error)})"
                ) from error
            return False
        self._misses = 0
        self._asked_ns = self._clock.monotonic_ns()
        self._unread = sum(self._unread_of(consumer, place, ends[place]) for place in places)
        self._caught_up = self._unread == 0
        if self._caught_up:
            self._horizon_ns = max(self._horizon_ns, broker_ns - _MARGIN_NS)
        return True

    def _unread_of(self, consumer: KafkaConsumer, place: TopicPartition, end: int) -> int:
        """Return the messages between a partition's position and its end. Raises FeedError as above."""
        partition, now_ns = place.partition, self._clock.monotonic_ns()
        position: int | None = consumer.position(place, timeout_ms=0)
        if position is None:
            raise FeedError(f"partition {partition} of {self._topic!r} has lost its place")
        if end < self.next_offsets[partition]:
            raise FeedError(f"partition {partition} of {self._topic!r} became shorter: it ends at {end} now")
        self.next_offsets[partition] = max(position, self.next_offsets[partition])
        stood, since_ns = self._stands.get(partition, (-1, now_ns))
        if position >= end or position != stood:
            self._stands[partition] = (position, now_ns)
        elif now_ns - since_ns >= _STUCK_S * _NS:
            raise FeedError(f"partition {partition} of {self._topic!r} is stuck at offset {position}")
        return max(0, int(end) - position)

    def _note_times(self, arrivals: Arrivals, now_ns: int) -> None:
        """Follow market time, and how far the broker's clock is ahead of ours.

        Market time is the furthest of the partitions', each by its last tick, so that one absurd time passes.
        Only ticks that came while all else was read tell of the clock: they did not grow old on the way.
        """
        times = arrivals.ts_ns
        if times.min() == NO_TIME:
            times = times.copy()
            times[times == NO_TIME] = arrivals.arrival_ns[times == NO_TIME]
        ends = [*(arrivals.partition[1:] != arrivals.partition[:-1]).nonzero()[0].tolist(), len(arrivals) - 1]
        for at in ends:
            if times[at] != NO_TIME:
                self._newest[int(arrivals.partition[at])] = (int(times[at]), now_ns)
        if self._newest:
            self._market = max(self._newest.values(), key=lambda each: each[0] - each[1])
        if self._caught_up and (appended := int(arrivals.arrival_ns.max())) != NO_TIME:
            ahead_ns = appended - now_ns
            self._ahead_ns = ahead_ns if self._ahead_ns is None else max(self._ahead_ns, ahead_ns)

    def _broker_ns(self, now_ns: int) -> int:
        """Return the broker's time at a reading of our monotonic clock; our own until a fresh tick told it.

        The clock that never goes back is the one to measure by: ours may be set, the difference stays.
        """
        if self._ahead_ns is None:
            return self._clock.now_ns() - (self._clock.monotonic_ns() - now_ns)
        return now_ns + self._ahead_ns

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)
