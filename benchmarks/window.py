"""The whole window on a simulated market of 2,000 ticks a second: the GUI thread's heartbeat, and memory.

Runs the real desk and window; off screen unless QT_QPA_PLATFORM says otherwise. The heartbeat is a timer of
5 ms on the GUI thread; what is measured is how much later than asked it comes.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from benchmarks.rows import Row

RATE = 2_000
DEFAULT_S = 600.0
_WARM_UP_S = 20.0
_BEAT_MS = 5
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def run(seconds: float = DEFAULT_S) -> list[Row]:
    """Return the rows: heartbeat p50 and p99, bytes a tick held, and ticks unaccounted for."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from app.desk import Desk
    from app.theme import DARK
    from app.window import MainWindow
    from feeds.clock import SystemClock
    from feeds.instruments import load_instruments

    application = QApplication.instance() or QApplication([])
    clock = SystemClock()
    desk = Desk(clock=clock, instruments=load_instruments())
    window = MainWindow(desk, theme=DARK, layout_file=None, clock=clock, first_start=False)
    window.resize(1280, 720)
    window.show()
    desk.open(f"sim:?rate={RATE}")
    late_ms: list[float] = []
    beats = [perf_counter_ns()]
    start: list[int] = []

    def beat() -> None:
        now = perf_counter_ns()
        if start:
            late_ms.append((now - beats[0]) / 1e6 - _BEAT_MS)
        beats[0] = now

    def warm() -> None:
        gc.collect()
        gc.freeze()
        start.extend((_resident_bytes(), desk.counts.taken))

    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(beat)
    heart.start(_BEAT_MS)
    QTimer.singleShot(int(_WARM_UP_S * 1000), warm)
    QTimer.singleShot(int((_WARM_UP_S + seconds) * 1000), application.quit)
    application.exec()
    heart.stop()
    grown, taken = _resident_bytes() - start[0], desk.counts.taken - start[1]
    counts = desk.counts
    dropped = counts.quarantined + counts.late + counts.duplicate + counts.missing
    window.close()
    desk.close()
    p50, p99, worst = (float(np.percentile(late_ms, q)) for q in (50, 99, 100))
    each = grown / max(taken, 1)
    load = f"window at {RATE:,} ticks/s for {seconds:.0f} s"
    return [
        Row(f"{load}: ticks a second taken", taken / seconds, "ticks/s"),
        Row(f"{load}: heartbeat late, p50", p50, "ms"),
        Row(f"{load}: heartbeat late, p99", p99, "ms", goal="below 20 ms", met=p99 < 20.0),
        Row(f"{load}: heartbeat late, worst", worst, "ms"),
        Row(f"{load}: memory a tick", each, "bytes", goal="at most 160", met=each <= 160.0),
        Row(f"{load}: ticks dropped or missing", dropped, "ticks", goal="none", met=dropped == 0),
    ]


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except OSError:  # no /proc: memory is not told on this system
        return 0
