"""How long ticks take from the market to the screen, stage by stage, and how many are painted of those computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.events import GuardCounts
from feeds.stages import Passage

STAGES = ("event to arrival", "arrival to poll", "guard", "engine", "to the window", "paint")
"""From the exchange's time stamp, by way of the topic's, to the pixels."""
_KEPT = 512
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage's times in ms, over the newest polls that were painted."""

    name: str
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Painted:
    """What became of the ticks of the last whole second: frames `painted`, ticks that `came`, ticks `computed`."""

    painted: int = 0
    came: int = 0
    computed: int = 0


class TickPath:
    """Follows polls to the screen. A poll counts by its newest tick and by the one that waited longest.

    A poll that changed nothing in the chart, as one of other symbols, was computed and never painted: it has
    no time to the screen. Nor has a tick that arrived before the feed was open: nobody waited for it.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[Passage, int]] = []
        self._times: deque[tuple[int, ...]] = deque(maxlen=2 * _KEPT)
        self._frames = 0
        self._since_ns: int | None = None
        self._counts = GuardCounts()
        self._opened_ns: int | None = None  # monotonic, of the first poll
        self.last_second = Painted()

    def begin_frame(self, passages: Sequence[Passage], now_ns: int, counts: GuardCounts) -> None:
        """Take the polls that this frame shows for the first time; `now_ns` is when it read the columns, monotonic."""
        if self._since_ns is None or counts.sent < self._counts.sent:
            self._since_ns, self._counts, self._frames = now_ns, counts, 0
            self._opened_ns = None
        elif now_ns - self._since_ns >= _SECOND_NS:
            before = self._counts
            self.last_second = Painted(self._frames, counts.sent - before.sent, counts.taken - before.taken)
            self._since_ns, self._counts, self._frames = now_ns, counts, 0

        if self._opened_ns is None and passages:
            self._opened_ns = passages[0].polled_ns
        self._seen = [(passage, now_ns) for passage in passages]

    def painted(self, now_ns: int) -> None:
        """Note that the frame is on the screen."""
        if self._seen:
            self._frames += 1
        for passage, seen_ns in self._seen:
            for arrival_ns in (passage.arrival_ns, passage.waiting_ns):
                if self._is_past(passage, arrival_ns):
                    continue
                self._times.append(
                    (
                        passage.arrival_ns - passage.event_ns,
                        passage.market_ns - arrival_ns,
                        passage.checked_ns - passage.polled_ns,
                        passage.computed_ns - passage.checked_ns,
                        seen_ns - passage.computed_ns,
                        now_ns - seen_ns,
                    )
                )
        self._seen = []

    def _is_past(self, passage: Passage, arrival_ns: int) -> bool:
        """Return whether a tick seems to have waited for longer than the feed is open."""
        open_ns = 0 if self._opened_ns is None else passage.polled_ns - self._opened_ns
        return passage.market_ns - arrival_ns > open_ns + _SECOND_NS

    def stages(self) -> tuple[StageTime, ...]:
        """Return the times of each stage, none before the first paint; below 0 where two clocks disagree."""
        if not self._times:
            return ()
        times = np.array(self._times, np.float64) / 1e6
        middle, high = np.percentile(times, (50, 99), axis=0, method="nearest")
        return tuple(StageTime(*each) for each in zip(STAGES, middle.tolist(), high.tolist(), strict=True))

    def arrival_to_pixel(self) -> StageTime | None:
        """Return the time from a tick's arrival in the topic to the screen, None before the first paint."""
        if not self._times:
            return None
        total = np.array(self._times, np.float64)[:, 1:].sum(axis=1) / 1e6
        middle, high = np.percentile(total, (50, 99), method="nearest")
        return StageTime("tick to pixel", float(middle), float(high))
