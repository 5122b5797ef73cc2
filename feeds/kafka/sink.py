"""A Kafka topic to publish to: each symbol's ticks in its own partition, a bounded number on their way."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import numpy as np
from kafka import errors

from analytics.errors import FeedError, FeedUnavailable
from analytics.ticks import Arrivals, Int32
from analytics.validation import normal_symbol
from feeds.address import Form, KafkaAddress
from feeds.codec import ARROW_HEADERS, JSON_HEADERS, encode_arrow, encode_json, publishable
from feeds.files.picking import rows_at
from feeds.kafka.clients import make_producer
from feeds.kafka.faults import one_line, told_as_feed_errors
from feeds.kafka.topics import facts_of
from feeds.partitions import partition_of
from feeds.pieces import piece
from feeds.sink import SinkCounts

MESSAGE_TICKS = 1_000
"""Most ticks of one Arrow message: some 60 kB, below every limit that brokers have by default."""
MOST_ON_THE_WAY = 32 * 2**20
"""Bytes that are sent and not acknowledged at most; the client itself knows no bound."""
_PATIENCE_S = 130.0  # a little longer than the client tries to deliver a message
_LITTLE_PATIENCE_S = 3.0
_LOOK_S = 0.2
_CLOSE_S = 5.0


@dataclass(slots=True)
class _OnTheWay:
    """A message that is sent and of which nothing is known yet."""

    future: Any
    size: int
    ticks: int


class KafkaSink:
    """Publishes to a topic that is there; a context manager.

    A tick counts as acknowledged once the cluster has it as safely as the topic asks. Raises
    FeedUnavailable, FeedDenied or TopicLost where it cannot be published to.
    """

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._partitions = facts_of(address.servers, address.topic, "WRITE").partitions
        with self._faults():
            self._producer = make_producer(address.servers, throughput=address.throughput)
        self._waiting: deque[_OnTheWay] = deque()  # as they were sent
        self._bytes_waiting = 0
        self._sent = self._acknowledged = self._refused = self._unfit = 0
        self._cause = ""
        self._patience_s = _PATIENCE_S
        self._moved_s = monotonic()  # when something was last acknowledged, or nothing was on the way
        self._closed = False

    def __enter__(self) -> KafkaSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def where(self) -> str:
        """Return the topic's name and place."""
        return self._address.where

    @property
    def counts(self) -> SinkCounts:
        """Return where the ticks went so far."""
        while self._waiting and self._waiting[0].future.is_done:
            self._settle(inf)
        return SinkCounts(self._sent, self._acknowledged, self._refused, self._unfit)

    @property
    def cause(self) -> str:
        """Return why ticks were refused, or ``""``."""
        return self._cause

    def publish(self, arrivals: Arrivals) -> None:
        """Send ticks in their order, waiting while `MOST_ON_THE_WAY` bytes are not acknowledged.

        Those that cannot be written so that they read back as they are are counted and left out. Raises
        FeedError where the cluster has refused some, or takes no more.
        """
        fit = publishable(arrivals)
        if not fit.all():
            self._unfit += int(len(arrivals) - fit.sum())
            arrivals = rows_at(arrivals, np.flatnonzero(fit))
        if not len(arrivals):
            return
        partition = self._partition_of_each(arrivals)
        with self._faults():
            if self._address.form is Form.JSON:
                self._send_json(arrivals, partition)
            else:
                self._send_arrow(arrivals, partition)
        if self.counts.refused:
            raise self._refusal()

    def give_up_soon(self) -> None:
        """Wait from now on only while acknowledgements keep coming; may be called amid a `publish`."""
        self._patience_s = _LITTLE_PATIENCE_S

    def close(self, timeout_s: float = 30.0) -> SinkCounts:
        """Wait until all is acknowledged, or the time is up; return the final counts. May be called twice."""
        if not self._closed:
            self._closed = True
            deadline_s = monotonic() + timeout_s
            with contextlib.suppress(FeedError):
                while self._waiting and not self._refused:
                    self._settle(deadline_s)
            try:
                self._producer.close(0 if self._waiting else _CLOSE_S)
            except (errors.KafkaError, OSError, RuntimeError):
                self._force_closed()
        return self.counts

    def _force_closed(self) -> None:
        """End the client's thread: with the leader down its own way of closing raises and leaves it running."""
        sender = getattr(self._producer, "_sender", None)
        if sender is not None:
            sender.force_close()
            sender.join(_CLOSE_S)
        self._producer._closed = True  # noqa: SLF001  else it tries the same again as it is collected

    def _send_json(self, arrivals: Arrivals, partition: Int32) -> None:
        keys = [normal_symbol(each).encode() for each in arrivals.symbols]
        messages = encode_json(arrivals)
        for message, symbol, place in zip(
            messages, arrivals.symbol.tolist(), partition.tolist(), strict=True
        ):
            self._send(message, place, keys[symbol], JSON_HEADERS, 1)

    def _send_arrow(self, arrivals: Arrivals, partition: Int32) -> None:
        for place in np.unique(partition).tolist():
            mine = rows_at(arrivals, np.flatnonzero(partition == place))
            for start in range(0, len(mine), MESSAGE_TICKS):
                some = piece(mine, start, min(start + MESSAGE_TICKS, len(mine)))
                self._send(encode_arrow(some, place), place, None, ARROW_HEADERS, len(some))

    def _send(
        self, message: bytes, partition: int, key: bytes | None, headers: list[tuple[str, bytes]], ticks: int
    ) -> None:
        size = len(message)
        while self._waiting and self._bytes_waiting + size > MOST_ON_THE_WAY:
            self._settle(inf)
            if self._refused:
                raise self._refusal()
        future = self._producer.send(
            self._address.topic, message, partition=partition, key=key, headers=headers
        )
        if not self._waiting:
            self._moved_s = monotonic()
        self._waiting.append(_OnTheWay(future, size, ticks))
        self._bytes_waiting += size
        self._sent += ticks

    def _settle(self, deadline_s: float) -> None:
        """Wait for what becomes of the message that was sent first, and count it.

        Raises FeedUnavailable at the deadline, or once nothing was acknowledged for as long as we are patient:
        the client can stand still for ever after a message of its own has expired.
        """
        first = self._waiting[0]
        while not first.future.is_done:
            now_s = monotonic()
            if now_s >= deadline_s or now_s - self._moved_s >= self._patience_s:
                silent_s = now_s - self._moved_s
                raise FeedUnavailable(f"{self.where} has acknowledged nothing for {silent_s:.0f} s")
            with contextlib.suppress(errors.KafkaError):
                first.future.get(_LOOK_S)
        self._waiting.popleft()
        self._bytes_waiting -= first.size
        if first.future.exception is None:
            self._acknowledged += first.ticks
            self._moved_s = monotonic()
        else:
            self._refused += first.ticks
            self._cause = self._cause or one_line(first.future.exception)

    def _refusal(self) -> FeedError:
        return FeedError(f"{self.where} refused {self._refused} ticks: {self._cause}")

    def _partition_of_each(self, arrivals: Arrivals) -> Int32:
        count = len(self._partitions)
        table = np.array([partition_of(normal_symbol(each), count) for each in arrivals.symbols], np.int32)
        found: Int32 = table[arrivals.symbol]
        return found

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        with told_as_feed_errors(self._address.topic, self._address.servers, "WRITE"):
            yield
