"""Time, passed in: the system's clock, or one that a test turns by hand."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time and waits."""

    def now_ns(self) -> int:
        """Return the time of day in ns UTC."""

    def monotonic_ns(self) -> int:
        """Return a time that never goes back, in ns."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until `event` is set or the time is up; return whether it is set."""


class SystemClock:
    """The machine's own clock."""

    def now_ns(self) -> int:
        """Return the time of day in ns UTC."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return a time that never goes back, in ns."""
        return time.monotonic_ns()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until `event` is set or the time is up; return whether it is set."""
        return event.wait(timeout_s)


class ManualClock:
    """A clock that stands still until it is advanced; waiting advances it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Return the time it was set to."""
        return self._now_ns

    def monotonic_ns(self) -> int:
        """Return the time it was set to."""
        return self._now_ns

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Advance by the timeout unless `event` is set; return whether it is set."""
        if event.is_set():
            return True
        self.advance(timeout_s)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Turn the clock forward."""
        self._now_ns += round(seconds * 1e9)
