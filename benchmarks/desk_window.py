"""The real window on the real desk, watched from within: a process that measures only itself.

``python -m benchmarks.desk_window ORDER`` shows the window, says when its feed is open, watches the GUI thread's
heartbeat, and at the end tells what it saw. The heartbeat is a timer of 5 ms; what is noted is how much later
than asked it comes. All times are this machine's monotonic clock.
"""

from __future__ import annotations

import gc
import json
import sys
from array import array
from dataclasses import asdict
from time import monotonic_ns, time_ns

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.desk import Desk
from app.sessions import EngineChoice
from app.theme import DARK
from app.window import MainWindow
from benchmarks.chart_paints import ChartPaints, TickAges
from benchmarks.programs import tell
from benchmarks.watched import APART, BEAT_MS, Order, Watched
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState

_HELD_EVERY_NS = 1_000_000_000
_SIZE = (1280, 720)
_OPEN = (FeedState.LIVE, FeedState.REPLAYING)


def desk_of(engine: str) -> Desk:
    """Return a desk whose consumer runs on a thread, or apart where that is asked for."""
    choice = EngineChoice.APART if engine == APART else EngineChoice.THREAD
    return Desk(clock=SystemClock(), instruments=load_instruments(), engine=choice)


class Watch(QObject):
    """Watches one window as an order says, and quits the application at the end."""

    def __init__(self, order: Order, desk: Desk, window: MainWindow) -> None:
        super().__init__()
        self._order, self._desk = order, desk
        self._ages = TickAges(lambda: time_ns() - order.shift_ns)
        self._paints = ChartPaints(window.parts.chart, self._ages.take)
        self._beat_ns, self._late_ms, self._seen = array("q"), array("d"), array("q")
        self._held: list[tuple[int, int]] = []
        self._started_ns = self._last_ns = monotonic_ns()
        self._first_ns = self._began_ns = self._ended_ns = 0
        self._taken_before = 0
        self._is_open = self._complete = False
        self._heart = QTimer(self)
        self._heart.setTimerType(Qt.TimerType.PreciseTimer)
        self._heart.timeout.connect(self._beat)
        self._heart.start(BEAT_MS)

    def _beat(self) -> None:
        now_ns, counts = monotonic_ns(), self._desk.counts
        late_ms = (now_ns - self._last_ns) / 1e6 - BEAT_MS
        self._last_ns = now_ns
        if not self._is_open and self._desk.status.state in _OPEN:
            self._is_open = True
            tell({"open": True})
        if not self._first_ns and counts.sent:
            self._first_ns = now_ns
        if self._began_ns:
            self._beat_ns.append(now_ns)
            self._late_ms.append(late_ms)
            self._seen.append(counts.sent - counts.held)
            if not self._held or now_ns >= self._held[-1][0] + _HELD_EVERY_NS:
                self._held.append((now_ns, self._desk.held.bytes))
        elif self._first_ns and now_ns >= self._first_ns + self._order.warm_s * 1e9:
            self._begin(now_ns, counts.taken)
        self._end_in_time(now_ns, counts.sent - counts.held)

    def _begin(self, now_ns: int, taken: int) -> None:
        self._began_ns, self._taken_before = now_ns, taken
        self._ages.forget()

    def _end_in_time(self, now_ns: int, accounted: int) -> None:
        watched = self._began_ns and now_ns >= self._began_ns + self._order.watched_s * 1e9
        self._complete = bool(self._began_ns and self._desk.finished) or bool(
            watched and accounted >= self._order.expected
        )
        if self._complete or now_ns >= self._started_ns + self._order.most_s * 1e9:
            self._heart.stop()
            self._ended_ns = now_ns
            QApplication.quit()

    def watched(self) -> Watched:
        """Return what was seen."""
        counts, paints = self._desk.counts, self._paints
        return Watched(
            platform=QGuiApplication.platformName(),
            place=self._desk.engine_place,
            complete=self._complete,
            first_ns=self._first_ns,
            began_ns=self._began_ns,
            ended_ns=self._ended_ns,
            taken=counts.taken - self._taken_before,
            counts={**asdict(counts), "sent": counts.sent},
            beat_ns=self._beat_ns.tolist(),
            late_ms=self._late_ms.tolist(),
            seen=self._seen.tolist(),
            frame_ns=[at for at in paints.at_ns if at >= self._began_ns],
            frame_ms=[
                ms for at, ms in zip(paints.at_ns, paints.cost_ms, strict=True) if at >= self._began_ns
            ],
            ages_ms=self._ages.ages_ms,
            held_ns=[at for at, _ in self._held],
            held_bytes=[held for _, held in self._held],
        )


def main() -> None:
    """Show the window, watch it, tell what was seen."""
    order = Order(**json.loads(sys.argv[1]))
    application = QApplication([])
    desk = desk_of(order.engine)
    window = MainWindow(
        desk,
        theme=DARK,
        layout_file=None,
        clock=SystemClock(),
        first_start=False,
        symbol=order.symbol,
        beep=False,
    )
    try:
        window.resize(*_SIZE)
        watch = Watch(order, desk, window)
        desk.open(order.feed)
        window.show()
        gc.collect()
        gc.freeze()  # as the program does once it has started
        application.exec()
        tell(asdict(watch.watched()))
        window.close()
    finally:
        desk.close()


if __name__ == "__main__":
    main()
