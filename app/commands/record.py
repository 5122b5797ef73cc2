"""``tickdesk record``: a feed onto a tape, until it ends, the time is up, or Ctrl+C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from analytics.durations import NS_PER_SECOND, parse_duration_ns
from analytics.errors import ConfigError, FeedError, TapeError
from analytics.guard import Guard
from analytics.ticks import TickBatch
from app.commands.ending import asked_to_end
from app.commands.output import Advance, progress, tell
from feeds.address import parse_address
from feeds.clock import SystemClock
from feeds.consumer import Consumer
from feeds.instruments import load_instruments
from feeds.opening import open_source, topic_id
from feeds.source import FeedState, Source
from feeds.tape import TapeWriter

_LOOK_EVERY_S = 0.1


class _NoEngine:
    """Stands where the engine would: a recording computes nothing."""

    def take(self, _: TickBatch) -> Sequence[object]:
        """Let the batch go."""
        return ()

    def reset(self) -> None:
        """Have nothing to forget."""


def run(feed: str, to: Path, duration: str | None) -> int:
    """Record until the feed ends, `duration` of real time is over, or a signal asks to end.

    Raises ConfigError for a bad option or address, FeedError where the feed fails, TapeError where the
    tape cannot be written.
    """
    duration_s = None if duration is None else parse_duration_ns(duration) / NS_PER_SECOND
    if duration_s == 0:
        raise ConfigError("--for is a time above 0, as 90s or 15m; found 0")
    address = parse_address(feed)
    clock, instruments = SystemClock(), load_instruments()
    source = open_source(address, clock=clock, instruments=instruments)
    guard = Guard(instruments, lateness_ns=address.lateness_ns)
    consumer = Consumer(source, guard, _NoEngine(), clock=clock)
    try:
        consumer.record(TapeWriter(to, topic_id=topic_id(source, clock.now_ns())))
    except BaseException:
        source.close()
        raise
    ended = threading.Event()
    with asked_to_end(ended.set):
        consumer.start()
        try:
            with progress(
                "Recording", round(duration_s or 0), shown=None if duration_s else False
            ) as advance:
                _watch(consumer, source, ended, duration_s, advance)
        finally:
            stopped = consumer.stop()
    if not stopped:
        raise TapeError(f"{to}: the recording did not end in time; its last part is left as a journal")
    if consumer.recorder_fault:
        raise TapeError(consumer.recorder_fault)
    if consumer.status.state is FeedState.FAILED:
        raise FeedError(consumer.status.cause)
    tell(f"{consumer.taken} ticks recorded in {to}")
    return 0


def _watch(
    consumer: Consumer, source: Source, ended: threading.Event, duration_s: float | None, advance: Advance
) -> None:
    """Wait until there is a reason to end."""
    clock = SystemClock()
    began_ns = clock.monotonic_ns()
    told = ""
    while not ended.wait(_LOOK_EVERY_S):
        passed_s = (clock.monotonic_ns() - began_ns) / NS_PER_SECOND
        advance(passed_s)
        over = duration_s is not None and passed_s >= duration_s
        state = consumer.status.state
        trouble = consumer.status.cause if state is FeedState.RECONNECTING else ""
        if trouble != told and sys.stderr.isatty():
            tell(f"connecting again: {trouble}" if trouble else "connected again")
        told = trouble
        done = state is FeedState.FAILED or (state is FeedState.ENDED and source.lag == 0)
        if over or done or consumer.recorder_fault:
            return
