"""What a chart's frames cost, and which ticks are on the screen after each: noted from outside the chart."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from time import monotonic_ns, perf_counter_ns
from typing import Any, TypeAlias

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGraphicsView

from analytics.columns import ColumnsView
from analytics.ticks import Int64
from app.charts import ChartArea

Painted: TypeAlias = Callable[[ColumnsView], None]
"""Is told of columns that are now on the screen, whole."""


class ChartPaints:
    """Notes a chart's frames: `at_ns` (monotonic) and `cost_ms` of each, from the reading of its columns to the
    end of its painting.

    `painted` is called once a painting is over and the event loop is back, by a timer of 0 ms: what was painted
    has gone to the screen by then.
    """

    def __init__(self, chart: ChartArea, painted: Painted) -> None:
        self.at_ns, self.cost_ms = array("q"), array("d")
        self._painted = painted
        self._drawn: ColumnsView | None = None
        self._spent_ns = 0  # by drawing since the last paint
        self._refresh = chart.refresh
        canvas: Any = chart.findChild(QGraphicsView)
        self._paint = canvas.paintEvent
        chart.refresh = self._timed_refresh  # type: ignore[method-assign]
        canvas.paintEvent = self._timed_paint  # Qt's call finds it as it would find a class's

    def _timed_refresh(self, view: ColumnsView | None, now_ns: int | None) -> bool:
        began_ns = perf_counter_ns()
        drew = self._refresh(view, now_ns)
        if drew:
            self._spent_ns += perf_counter_ns() - began_ns
            self._drawn = view
        return drew

    def _timed_paint(self, event: QPaintEvent) -> None:
        began_ns = perf_counter_ns()
        self._paint(event)
        if self._spent_ns:
            self.at_ns.append(monotonic_ns())
            self.cost_ms.append((perf_counter_ns() - began_ns + self._spent_ns) / 1e6)
            self._spent_ns = 0
        drawn = self._drawn
        if drawn is not None:
            self._drawn = None
            QTimer.singleShot(0, lambda: self._painted(drawn))


class TickAges:
    """Notes how old each tick of the charted symbol is when it is first on the screen, in ms.

    `now_ns` gives the time by which the ticks were stamped. The ticks of the first painting are not counted.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.ages_ms: list[float] = []
        self._now_ns = now_ns
        self._shown = 0

    def take(self, view: ColumnsView) -> None:
        """Count the ticks that were not on the screen before."""
        now_ns, before, self._shown = self._now_ns(), self._shown, view.count
        if before:
            stamped: Int64 = view.ts_ns[before : view.count]
            self.ages_ms += np.round((now_ns - stamped) / 1e6, 3).tolist()

    def forget(self) -> None:
        """Let what was counted so far be a warm-up."""
        self.ages_ms.clear()
