"""Ticks from a source into a topic, for the commands that publish."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analytics.errors import FeedError
from analytics.ticks import NO_TIME, Arrivals
from app.commands.ending import asked_to_end
from app.commands.output import Advance, tell
from feeds.files.picking import rows_at
from feeds.sink import Sink
from feeds.source import FeedState, Source

_POLL_S = 0.1


def publish(
    source: Source, sink: Sink, ended: threading.Event, advance: Advance, until_ns: int | None
) -> int:
    """Publish what a source hands over until it ends, `ended` is set, or a tick arrives at `until_ns`.

    Returns the ticks handed over. Source and sink are closed by the caller. Raises FeedError where the topic
    refuses ticks or the source fails.
    """
    count = 0
    while not ended.is_set():
        arrivals = source.poll(_POLL_S)
        if arrivals is None:
            status = source.status
            if status.state is FeedState.FAILED:
                raise FeedError(status.cause)
            past = until_ns is not None and source.now_ns >= until_ns
            if past or status.state in (FeedState.ENDED, FeedState.CLOSED_MARKET):
                return count
            continue
        inside = arrivals if until_ns is None else _before(arrivals, until_ns)
        sink.publish(inside)
        count += len(inside)
        advance(count)
        if len(inside) < len(arrivals):
            return count
    return count


def publishing(sink: Sink, work: Callable[[threading.Event], object]) -> None:
    """Do the work of publishing, and tell on stderr what became of the ticks; the sink is closed.

    The event given to `work` is set by Ctrl+C and a polite kill; what is on its way then is waited for while
    it moves. Raises FeedError where the work does, or where some ticks were not acknowledged.
    """
    ended = threading.Event()
    fault = ""

    def stop() -> None:
        ended.set()
        sink.give_up_soon()

    with asked_to_end(stop):
        try:
            work(ended)
        except FeedError as error:
            fault = str(error)
        finally:
            counts = sink.close()
    lost = counts.sent - counts.acknowledged
    unfit = f"; {counts.unfit} bad ones left out" if counts.unfit else ""
    if lost or fault:
        raise FeedError(
            f"{counts.acknowledged} of {counts.sent} ticks were acknowledged{unfit}: {fault or sink.cause}"
        )
    tell(f"{counts.acknowledged} ticks published to {sink.where}{unfit}")


def _before(arrivals: Arrivals, until_ns: int) -> Arrivals:
    times = np.where(arrivals.arrival_ns == NO_TIME, arrivals.ts_ns, arrivals.arrival_ns)
    inside = times < until_ns
    return arrivals if inside.all() else rows_at(replace(arrivals, time_marks=()), np.flatnonzero(inside))
