"""The window's heart: one precise timer that pulls frames, tables and figures, each at its own rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

from app.viewmodels.meters import TimingMeter
from feeds.clock import Clock

FRAME_MS = 16
TABLES_NS = 100_000_000  # 10 Hz
FIGURES_NS = 500_000_000  # 2 Hz
WAIT_NS = 50_000_000
"""So long what is due lets a beat pass that has done other work: one stall of both is longer than two."""


@dataclass(frozen=True, slots=True)
class Pulls:
    """What is called: `frame` 60 times a second (it says whether it painted), `tables` 10, `figures` 2."""

    frame: Callable[[], bool]
    tables: Callable[[], None]
    figures: Callable[[], None]


class FrameLoop(QObject):
    """Measures what frames cost, and how far apart the timer's beats are."""

    def __init__(self, pulls: Pulls, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self.frame_times = TimingMeter()
        self.heartbeats = TimingMeter()
        self._pulls = pulls
        self._clock = clock
        self._beat_ns: int | None = None
        self._tables_ns = self._figures_ns = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("frames")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.beat)

    def start(self) -> None:
        """Begin to beat."""
        self._beat_ns = None
        self._timer.start()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def beat(self) -> None:
        """Pull a frame, and whatever else is due."""
        now_ns = self._clock.monotonic_ns()
        if self._beat_ns is not None:
            self.heartbeats.add(now_ns - self._beat_ns)
        self._beat_ns = now_ns
        busy = self._pulls.frame()
        if busy:
            self.frame_times.add(self._clock.monotonic_ns() - now_ns)
        if _is_due(self._tables_ns, now_ns, busy=busy):
            self._tables_ns = _next_ns(self._tables_ns, TABLES_NS, now_ns)
            self._pulls.tables()
            busy = True
        if _is_due(self._figures_ns, now_ns, busy=busy):
            self._figures_ns = _next_ns(self._figures_ns, FIGURES_NS, now_ns)
            self._pulls.figures()


def _is_due(due_ns: int, now_ns: int, *, busy: bool) -> bool:
    return now_ns >= due_ns + (WAIT_NS if busy else 0)


def _next_ns(due_ns: int, every_ns: int, now_ns: int) -> int:
    """Return when the next pull is due: as if this one had not waited, where it did not wait for longer."""
    return max(due_ns, now_ns - WAIT_NS) + every_ns
