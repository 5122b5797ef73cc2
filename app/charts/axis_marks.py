"""What stands at a chart's axes, and where lines go up and across for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.panes import Panes
from app.charts.scale import Scale
from app.charts.steps import TimeMark, price_marks, session_text, time_marks, time_step
from app.charts.traces import rows_between


class AxisMarks:
    """`across` are prices, `down` instants, `begun` the starts of sessions in sight, both in ns."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._key: object = None
        self.across: list[float] = []
        self.down: list[int] = []
        self.begun: list[int] = []

    def show_prices(self, scale: Scale, shown: Shown, *, anew: bool) -> list[str]:
        """Put the prices' texts at the axis; return them, or none where they stand there already and not `anew`."""
        key = (scale.low, scale.high, scale.height, shown)
        if key == self._key and not anew:
            return []
        self._key = key
        marks = price_marks(scale.low, scale.high, scale.height, shown.decimals, shown.price_text)
        self.across = [price for price, _ in marks]
        self._panes.price_axis.set_marks([(scale.y(price), text) for price, text in marks])
        return [text for _, text in marks] or [""]  # the newest price needs its room all the same

    def show_times(self, scale: Scale, shown: Shown, view: ColumnsView) -> None:
        """Put the times' texts at the axis, and the dates of the sessions that begin."""
        sessions = _session_marks(view, scale, shown)
        times = time_marks(scale.left_ns, scale.right_ns, time_step(scale.ns_per_px), shown.zone)
        self._panes.time_axis.set_marks([(scale.x(mark.ts_ns), mark) for mark in (*sessions, *times)])
        self.down, self.begun = [mark.ts_ns for mark in times], [mark.ts_ns for mark in sessions]

    def fit(self, texts: Sequence[str], last: str) -> None:
        """Widen the axes for longer texts; they never narrow for one symbol, so that nothing jumps."""
        wanted = self._panes.price_axis.wanted_width([*texts, last])
        if wanted > self._panes.axis_width:
            self._panes.axis_width = wanted
            self._panes.place()

    def clear(self) -> None:
        """Have nothing stand at the axes."""
        self._key = None
        self._panes.price_axis.set_marks(())
        self._panes.time_axis.set_marks(())
        for axis in (self._panes.price_axis, self._panes.time_axis, self._panes.volume_axis):
            axis.set_tags(())


def _session_marks(view: ColumnsView, scale: Scale, shown: Shown) -> list[TimeMark]:
    rows = rows_between(view.sessions(), view.first, view.count)
    times = view.time_ns[rows if view.first else np.concatenate(([0], rows))]
    visible = times[(times >= scale.left_ns) & (times <= scale.right_ns)]
    return [TimeMark(ts, session_text(ts, shown.zone), True) for ts in visible.tolist()]
