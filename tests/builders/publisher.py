"""A publisher of numbered ticks to a topic, at a steady rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from analytics.ticks import NO_CODE, Arrivals
from feeds.address import KafkaAddress
from feeds.kafka.sink import KafkaSink

RATE = 2_000
PIECES_A_SECOND = 50
SYMBOLS = ("NIFTY-FUT", "RELIANCE", "HDFCBANK", "ITC", "TCS")


def numbered_ticks(first: int, count: int) -> Arrivals:
    """Return ticks `first` to `first + count` of all that are published: symbols in turn, each numbered from 1."""
    number = np.arange(first, first + count)
    zero = np.zeros(count, np.int32)
    return Arrivals(
        symbols=SYMBOLS,
        symbol=(number % len(SYMBOLS)).astype(np.int32),
        ts_ns=np.full(count, time.time_ns()),
        price=100.0 + number % 50 * 0.05,
        size=np.ones(count),
        seq=number // len(SYMBOLS) + 1,
        arrival_ns=np.full(count, time.time_ns()),
        partition=zero,
        offset=number,
        index=zero,
        runs=("run-1",),
        run=np.zeros(count, np.int32),
        sources=(),
        source=np.full(count, NO_CODE, np.int32),
    )


@contextmanager
def publishing(address: KafkaAddress) -> Iterator[KafkaSink]:
    """Publish 2,000 ticks a second meanwhile, from a thread of its own; at the end all are acknowledged."""
    sink = KafkaSink(address)
    ended = threading.Event()

    def run() -> None:
        each, sent = RATE // PIECES_A_SECOND, 0
        while not ended.wait(1 / PIECES_A_SECOND):
            sink.publish(numbered_ticks(sent, each))
            sent += each

    thread = threading.Thread(target=run, name="tickdesk-test-publisher")
    thread.start()
    try:
        yield sink
    finally:
        ended.set()
        thread.join()
        counts = sink.close(60.0)
        assert counts.refused == 0
        assert counts.acknowledged == counts.sent
