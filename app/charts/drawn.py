"""Which columns a picture shows: as far as they were when it was drawn, and what was held of them."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.columns import ColumnsView


@dataclass(frozen=True, slots=True)
class Drawn:
    """A symbol's columns up to their newest tick."""

    symbol: str
    generation: int
    count: int
    newest_ns: int

    def is_of_others(self, view: ColumnsView) -> bool:
        """Return whether the columns are not these, grown."""
        row = self.count - 1
        same = (view.symbol, view.generation) == (self.symbol, self.generation)
        held = view.first <= row < view.count
        return not (same and held and int(view.time_ns[row]) == self.newest_ns)


class Held:
    """Which series were kept, and which of the rows that begin a session were held, when last asked."""

    def __init__(self) -> None:
        self._series: frozenset[str] = frozenset()
        self._sessions = (0, 0)  # [start, stop)

    def series_changed(self, view: ColumnsView) -> bool:
        """Return whether a series has come or gone."""
        before, self._series = self._series, frozenset(view.series)
        return before != self._series

    def sessions_changed(self, view: ColumnsView) -> bool:
        """Return whether a session has begun, or one's start is no longer held."""
        sessions, before = view.sessions(), self._sessions
        self._sessions = int(sessions.searchsorted(view.first)) - (view.first == 0), len(sessions)
        return before != self._sessions
