"""Where ticks stood when: the stages from the market to the published columns, one note a poll."""

from __future__ import annotations

from typing import NamedTuple


class Passage(NamedTuple):
    """What one poll brought, and when it passed each stage.

    `ticks` is the number polled, `lag` how many were published and not yet polled then. `event_ns` and
    `arrival_ns` are those of the newest tick, UTC as the feed tells them, `waiting_ns` is the arrival of the tick
    that waited longest, and `market_ns` the time by the same clock at which all were polled. The others are
    monotonic ns of this machine: polled, checked by the guard, and computed, which is when the columns were
    published.
    """

    ticks: int
    lag: int
    event_ns: int
    arrival_ns: int
    waiting_ns: int
    market_ns: int
    polled_ns: int
    checked_ns: int
    computed_ns: int
