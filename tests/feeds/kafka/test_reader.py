"""Reading ahead on a thread: what it hands over, how far ahead it goes, and how it ends."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from analytics.ticks import Arrivals
from feeds.kafka.reader import MOST_AHEAD, ReadAhead

WAIT_S = 10.0


def some(first: int, count: int = 1) -> Arrivals:
    zero = np.zeros(count, np.int32)
    number = np.arange(first, first + count)
    return Arrivals(
        symbols=("A",),
        symbol=zero,
        ts_ns=number,
        price=np.ones(count),
        size=np.ones(count),
        seq=number,
        arrival_ns=number,
        partition=zero,
        offset=number,
        index=zero,
    )


class Feed:
    """Finds arrivals in steps, each of any number of them; after the last one it waits, or fails."""

    def __init__(self, steps: Sequence[Sequence[Arrivals]], fault: Exception | None = None) -> None:
        self.waiting: deque[Arrivals] = deque()
        self.steps = deque(steps)
        self.fault = fault
        self.most_waiting = 0
        self.threads: list[int] = []
        self.finished: list[int] = []
        self.paused = threading.Event()
        """Set once no more is found."""
        self._pause = threading.Event()
        self.ahead = ReadAhead(self.waiting, self.advance, self.finish)

    def advance(self, timeout_s: float) -> None:
        self.threads.append(threading.get_ident())
        if self.steps:
            self.waiting.extend(self.steps.popleft())
            self.most_waiting = max(self.most_waiting, len(self.waiting))
        elif self.fault is not None:
            raise self.fault
        else:
            self.paused.set()
            self._pause.wait(timeout_s)

    def finish(self) -> None:
        self.finished.append(threading.get_ident())


@pytest.fixture
def running() -> Iterator[list[Feed]]:
    feeds: list[Feed] = []
    yield feeds
    for each in feeds:
        each.ahead.stop()


def test_all_is_handed_over_in_order_and_little_of_it_waits(running: list[Feed]) -> None:
    rng = np.random.default_rng(1)
    sizes = rng.integers(0, 4, 500).tolist()
    numbers = iter(range(sum(sizes)))
    feed = Feed([[some(next(numbers)) for _ in range(size)] for size in sizes])
    running.append(feed)
    found = []
    while len(found) < sum(sizes):
        arrivals = feed.ahead.poll(WAIT_S)
        assert arrivals is not None
        found.append(int(arrivals.seq[0]))
    assert found == list(range(sum(sizes)))
    assert feed.most_waiting <= MOST_AHEAD - 1 + max(sizes)
    assert feed.ahead.poll(0.0) is None


def test_it_reads_on_one_thread_and_lets_go_there(running: list[Feed]) -> None:
    feed = Feed([[some(0)], [some(1)]])
    running.append(feed)
    assert feed.ahead.poll(WAIT_S) is not None
    feed.ahead.stop()
    assert len(set(feed.threads)) == 1
    assert feed.threads[0] != threading.get_ident()
    assert feed.finished == feed.threads[:1]
    feed.ahead.stop()
    assert len(feed.finished) == 1


def test_nothing_is_begun_before_the_first_poll() -> None:
    feed = Feed([[some(0)]])
    feed.ahead.stop()
    assert (feed.threads, feed.finished) == ([], [])


def test_it_ends_while_nobody_takes_what_waits(running: list[Feed]) -> None:
    feed = Feed([[some(at)] for at in range(100)])
    running.append(feed)
    assert feed.ahead.poll(WAIT_S) is not None
    while len(feed.waiting) < MOST_AHEAD:
        threading.Event().wait(0.001)
    feed.ahead.stop()
    assert len(feed.finished) == 1
    assert len(feed.steps) == 100 - 1 - MOST_AHEAD


def test_what_ended_it_is_raised_once_all_is_taken(running: list[Feed]) -> None:
    feed = Feed([[some(0)], [some(1)]], fault=ValueError("a slip"))
    running.append(feed)
    for expected in (0, 1):
        arrivals = feed.ahead.poll(WAIT_S)
        assert arrivals is not None
        assert arrivals.seq.tolist() == [expected]
    for _ in range(2):
        with pytest.raises(ValueError, match="a slip"):
            feed.ahead.poll(WAIT_S)
    feed.ahead.stop()
    assert len(feed.finished) == 1


def test_a_poll_returns_with_what_comes_while_it_waits(running: list[Feed]) -> None:
    feed = Feed([])
    running.append(feed)
    assert feed.ahead.poll(0.0) is None
    assert feed.paused.wait(WAIT_S)
    feed.steps.append([some(7)])
    arrivals = feed.ahead.poll(WAIT_S)
    assert arrivals is not None
    assert arrivals.seq.tolist() == [7]
