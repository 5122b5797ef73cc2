"""An excerpt: rows that are held are played once more in place, by cutting what a chart is given off at a clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.columns import ColumnsView
from analytics.pyramid import LEVEL_ROWS
from feeds.clock import Clock


class Excerpt:
    """Plays [start_ns, stop_ns] of one symbol's rows at `speed` times the clock, from when it is made.

    The rows are those of the columns, not copies: what is shown of them is bit for bit what was there. `take` gives
    it the columns as they are now, so that none are read that are no longer held.
    """

    def __init__(
        self, view: ColumnsView, start_ns: int, stop_ns: int, clock: Clock, speed: float = 1.0
    ) -> None:
        self._view: ColumnsView | None = view
        self._clock, self._speed = clock, speed
        self.start_ns, self.stop_ns = start_ns, stop_ns
        self._began_ns = clock.monotonic_ns()

    @property
    def now_ns(self) -> int:
        """Return the instant that is played, ns UTC."""
        played_ns = round((self._clock.monotonic_ns() - self._began_ns) * self._speed)
        return min(self.start_ns + played_ns, self.stop_ns)

    @property
    def done(self) -> bool:
        """Return whether it is over, or its rows are no longer held."""
        view = self._view
        if view is None or view.count <= view.first or int(view.time_ns[view.first]) > self.now_ns:
            return True
        return self.now_ns >= self.stop_ns

    def take(self, view: ColumnsView | None) -> None:
        """Take the columns as they are now; None ends it."""
        self._view = view

    def view_now(self) -> ColumnsView | None:
        """Return the columns up to the instant that is played; None where no row of them is held."""
        view = self._view
        return None if view is None else view_until(view, self.now_ns)


def view_until(view: ColumnsView, now_ns: int) -> ColumnsView | None:
    """Return columns without the rows whose time is after an instant; None where no row is left."""
    held = view.time_ns[view.first : view.count]
    count = view.first + int(np.searchsorted(held, now_ns, side="right"))
    if count == view.first:
        return None
    if count == view.count:
        return view
    return replace(
        view,
        count=count,
        gap_count=int(np.searchsorted(view.gaps(), count)),
        session_count=int(np.searchsorted(view.sessions(), count)),
        noded=min(view.noded, count // LEVEL_ROWS[0] * LEVEL_ROWS[0]),
    )


def is_held(view: ColumnsView, start_ns: int) -> bool:
    """Return whether the row in force at an instant, or the symbol's first one, is still held."""
    if view.count == 0:
        return False
    return view.first == 0 or int(view.time_ns[view.first]) <= start_ns
