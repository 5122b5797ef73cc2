"""``tickdesk record``: a feed onto a tape, until it ends, the time is up, or Ctrl+C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from analytics.durations import NS_PER_SECOND, parse_duration_ns
from analytics.engine import Engine
from analytics.errors import ConfigError, FeedError, TapeError
from analytics.guard import Guard
from analytics.series import parse_series
from analytics.ticks import TickBatch
from app.commands.ending import asked_to_end
from app.commands.output import Advance, progress, tell
from app.recorder import TapeRecorder
from app.rule_store import read_rules
from feeds.address import parse_address
from feeds.clock import SystemClock
from feeds.consumer import Consumer
from feeds.instruments import load_instruments
from feeds.opening import open_source, topic_id
from feeds.source import FeedState, Source

SERIES = ("vwap(session)", "vwap(60s)")
"""What the fingerprint is taken of where no series is named."""
_LOOK_EVERY_S = 0.1


class _TapesEngine:
    """Stands where the consumer's engine would: the tape's own computes, and tells when silence is news."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, _: TickBatch) -> Sequence[object]:
        """Let the batch go."""
        return ()

    def deadline(self) -> int | None:
        """Return the watermark at which silence alone makes a rule fire, or None."""
        return self._engine.deadline()

    def reset(self) -> None:
        """Have nothing to forget."""


def run(
    feed: str, to: Path, duration: str | None, series: Sequence[str] = (), rules_file: Path | None = None
) -> int:
    """Record until the feed ends, `duration` of real time is over, or a signal asks to end.

    Beside the tape goes the fingerprint of `series` and of the rules in a file. Raises ConfigError for a
    bad option, series or address, RuleError for the rules, FeedError where the feed fails, TapeError where
    the tape cannot be written.
    """
    specs = [parse_series(text) for text in series or SERIES]
    rules = () if rules_file is None else read_rules(rules_file)
    duration_s = None if duration is None else parse_duration_ns(duration) / NS_PER_SECOND
    if duration_s == 0:
        raise ConfigError("--for is a time above 0, as 90s or 15m; found 0")
    address = parse_address(feed)
    clock, instruments = SystemClock(), load_instruments()
    source = open_source(address, clock=clock, instruments=instruments)
    guard = Guard(instruments, lateness_ns=address.lateness_ns)
    try:
        recorder = TapeRecorder(
            to,
            topic_id=topic_id(source, clock.now_ns()),
            instruments=instruments,
            series=specs,
            rules=rules,
            lateness_ns=address.lateness_ns,
        )
        consumer = Consumer(source, guard, _TapesEngine(recorder.engine), clock=clock)
        consumer.record(recorder)
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
