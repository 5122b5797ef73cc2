"""The in-process topic: partitions with offsets, bounded, between one feed and one poller.

A publisher waits while the topic is full; no tick is evicted unread. Ticks come out in the order in
which they were published. Each tick is a message of its own: it has an offset in its symbol's partition
and index 0.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace

import numpy as np

from analytics.ticks import NO_TIME, Arrivals, Int32
from feeds.clock import Clock
from feeds.partitions import partition_of
from feeds.pieces import can_join, joined, piece

POLL_TICKS = 32_768
"""Most ticks that one poll hands over."""
DEFAULT_CAPACITY = 262_144
DEFAULT_PARTITIONS = 4


class EmbeddedTopic:
    """A topic inside this process.

    `capacity` bounds the ticks that are published and not yet polled. `clock` tells the arrival time of
    ticks that bring none. Publishing and polling may be done on different threads, each on one.
    """

    def __init__(
        self, clock: Clock, *, partitions: int = DEFAULT_PARTITIONS, capacity: int = DEFAULT_CAPACITY
    ) -> None:
        self._clock = clock
        self._capacity = capacity
        self._numbers = np.arange(partitions, dtype=np.int32)
        self._next_offset = np.zeros(partitions, np.int64)
        self._known_symbols: tuple[str, ...] = ()
        self._known_partitions = np.empty(0, np.int32)
        self._next_row = 0
        self._queue: deque[Arrivals] = deque()
        self._queued = 0
        self._stopped = False
        self._changed = threading.Condition()

    @property
    def lag(self) -> int:
        """Return how many ticks are published and not yet polled."""
        return self._queued

    @property
    def room(self) -> int:
        """Return how many ticks can be published without waiting."""
        return self._capacity - self._queued

    @property
    def stopped(self) -> bool:
        """Return whether no more is published."""
        return self._stopped

    def publish(self, arrivals: Arrivals) -> bool:
        """Append ticks, waiting while the topic is full; return False where it was stopped before all were in.

        A tick whose `arrival_ns` is NO_TIME arrives now. Its place in the topic follows from the order of
        publishing and is told by `poll`.
        """
        arrivals = self._stamped(arrivals)
        done = 0
        while done < len(arrivals):
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self.room > 0)
                if self._stopped:
                    return False
                stop = min(len(arrivals), done + self.room)
                self._queue.append(piece(arrivals, done, stop))
                self._queued += stop - done
                self._changed.notify_all()
            done = stop
        return not self._stopped

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return the next ticks, at most POLL_TICKS, or None where none came within `timeout_s`.

        After a stop what was published is still handed over; then None comes at once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._queued > 0, timeout_s)
            if self._queued == 0:
                return None
            taken = self._placed(joined(self._take()))
            self._queued -= len(taken)
            self._changed.notify_all()
            return taken

    def stop(self) -> None:
        """End publishing and wake all who wait; may be called twice."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and drop what was not polled; may be called twice."""
        with self._changed:
            self._queue.clear()
            self._queued = 0
            self.stop()

    def _take(self) -> list[Arrivals]:
        """Remove pieces that fit together and into one poll, cutting the last; the queue is not empty."""
        taken: list[Arrivals] = []
        free = POLL_TICKS
        while self._queue and free > 0 and (not taken or can_join(taken[-1], self._queue[0])):
            head = self._queue.popleft()
            if len(head) > free:
                self._queue.appendleft(piece(head, free, len(head)))
                head = piece(head, 0, free)
            taken.append(head)
            free -= len(head)
        return taken

    def _placed(self, arrivals: Arrivals) -> Arrivals:
        """Return the next ticks in publish order with partition, offset, index and row."""
        partition = self._partition_table(arrivals.symbols)[arrivals.symbol]
        here = partition[:, None] == self._numbers
        rank = np.cumsum(here, axis=0)
        offset = self._next_offset[partition] + rank[np.arange(len(arrivals)), partition] - 1
        self._next_offset = self._next_offset + rank[-1]
        first_row = self._next_row
        self._next_row += len(arrivals)
        return replace(
            arrivals,
            partition=partition,
            offset=offset,
            index=np.zeros(len(arrivals), np.int32),
            first_row=first_row,
        )

    def _partition_table(self, symbols: tuple[str, ...]) -> Int32:
        """Return each symbol's partition; a feed brings the same symbols again and again."""
        if symbols != self._known_symbols:
            self._known_symbols = symbols
            self._known_partitions = np.array(
                [partition_of(each, len(self._numbers)) for each in symbols], np.int32
            )
        return self._known_partitions

    def _stamped(self, arrivals: Arrivals) -> Arrivals:
        unknown = arrivals.arrival_ns == NO_TIME
        if not unknown.any():
            return arrivals
        return replace(arrivals, arrival_ns=np.where(unknown, self._clock.now_ns(), arrivals.arrival_ns))
