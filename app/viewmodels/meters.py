"""What the status bar and the performance overlay measure: rates, frame times, memory."""

from __future__ import annotations

import mmap
from collections import deque
from pathlib import Path

_NS = 1_000_000_000
_STATM = Path("/proc/self/statm")


class RateMeter:
    """How fast a count rises, over the last `window_s` seconds of a monotonic clock."""

    def __init__(self, window_s: float = 2.0) -> None:
        self._window_ns = round(window_s * _NS)
        self._samples: deque[tuple[int, int]] = deque()

    def add(self, now_ns: int, count: int) -> None:
        """Note the count at a time; a count below the one before starts again."""
        if self._samples and count < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now_ns, count))
        while len(self._samples) > 2 and self._samples[1][0] <= now_ns - self._window_ns:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Return the rate, 0 before two samples."""
        if len(self._samples) < 2:
            return 0.0
        (first_ns, first), (last_ns, last) = self._samples[0], self._samples[-1]
        return (last - first) * _NS / (last_ns - first_ns) if last_ns > first_ns else 0.0


class TimingMeter:
    """Percentiles of the last `keep` durations, given in ns and told in ms."""

    def __init__(self, keep: int = 512) -> None:
        self._spans_ns: deque[int] = deque(maxlen=keep)

    def add(self, span_ns: int) -> None:
        """Note one duration."""
        self._spans_ns.append(span_ns)

    @property
    def count(self) -> int:
        """Return how many durations are kept."""
        return len(self._spans_ns)

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile by nearest rank in ms, 0 before the first duration."""
        if not self._spans_ns:
            return 0.0
        ordered = sorted(self._spans_ns)
        rank = min(int(len(ordered) * percent / 100.0), len(ordered) - 1)
        return ordered[rank] / 1e6


def resident_mb() -> float | None:
    """Return the memory that this process holds, in MB; None where the system does not tell."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * mmap.PAGESIZE / 1e6
