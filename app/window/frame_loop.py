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
        if self._pulls.frame():
            self.frame_times.add(self._clock.monotonic_ns() - now_ns)
        if now_ns >= self._tables_ns:
            self._tables_ns = now_ns + TABLES_NS
            self._pulls.tables()
        if now_ns >= self._figures_ns:
            self._figures_ns = now_ns + FIGURES_NS
            self._pulls.figures()
