"""When a load calls for an engine in a process of its own."""

from __future__ import annotations

from feeds.address import Beginning, FeedAddress, FileAddress, KafkaAddress

HEAVY_TICKS_S = 15_000.0
"""So many ticks a second can make a thread take more of the interpreter than a window's heart can spare ..."""
LATE_MS = 12.0
"""... and they do where its beats come so late, at the 99th percentile."""
IN_A_ROW = 10
"""Weighings, two a second: a burst, such as what was traded before the window opened, is over by then."""


def calls_for_process(address: FeedAddress) -> bool:
    """Return whether a feed is known beforehand to come as fast as it is computed: a topic's past, a file at max."""
    if isinstance(address, KafkaAddress):
        return address.start.beginning is not Beginning.LATEST
    return isinstance(address, FileAddress) and address.speed is None


class LoadWatch:
    """Weighs a load again and again, and tells once when it has been too heavy for some time."""

    def __init__(self) -> None:
        self._heavy = 0

    def weigh(self, ticks_s: float, late_ms: float) -> bool:
        """Take the ticks a second and how late beats come; return whether the engine should move now."""
        self._heavy = self._heavy + 1 if ticks_s >= HEAVY_TICKS_S and late_ms >= LATE_MS else 0
        return self._heavy == IN_A_ROW
