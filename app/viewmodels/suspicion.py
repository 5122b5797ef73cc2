"""Whether something was wrong with the data around an instant: a firing there is not to be trusted blindly."""

from __future__ import annotations

from collections import Counter

import numpy as np

from analytics.columns import ColumnsView
from analytics.events import EventKind
from analytics.ticks import Int64
from app.formatting import span_text
from app.viewmodels.honesty import BREAK, LOST, STALE, Honesty, HonestyMark, MarkKind

NEAR_NS = 5_000_000_000
"""What happened no further away than this from a tick makes it suspect."""
WARNING_SIGN = "⚠"
_NAMES: dict[MarkKind, tuple[str, str]] = {
    EventKind.GAP: ("gap", "gaps"),
    EventKind.LATE: ("late tick", "late ticks"),
    EventKind.DUPLICATE: ("duplicate", "duplicates"),
    EventKind.QUARANTINED: ("quarantined tick", "quarantined ticks"),
    EventKind.RESTART: ("restart", "restarts"),
    STALE: ("stale span", "stale spans"),
    BREAK: ("reconnect", "reconnects"),
    LOST: ("lost range", "lost ranges"),
}
"""What counts, the graver first."""
_AT_ONCE_NS = 50_000_000


class Suspicion:
    """Looks up what `honesty` knows around an instant; one look costs no search through all of it."""

    def __init__(self, honesty: Honesty) -> None:
        self._honesty = honesty
        self._bounds: dict[str, tuple[list[HonestyMark], Int64, Int64]] = {}

    def words(self, symbol: str, ts_ns: int, view: ColumnsView | None) -> str:
        """Return what was wrong within five seconds of an instant: ``gap 1 s before``; ``""`` for nothing.

        Of several kinds the graver comes first, at most two; of one kind the nearest, with how many there were.
        """
        marks, starts, stops = self._of(symbol, view)
        if not marks:
            return ""
        near = np.flatnonzero((starts <= ts_ns + NEAR_NS) & (stops >= ts_ns - NEAR_NS))
        counts = Counter(marks[at].kind for at in near.tolist() if marks[at].kind in _NAMES)
        told = []
        for kind in _NAMES:
            if counts[kind]:
                mine = [marks[at] for at in near.tolist() if marks[at].kind == kind]
                told.append(_kind_words(kind, mine, ts_ns))
        return " · ".join(told[:2])

    def _of(self, symbol: str, view: ColumnsView | None) -> tuple[list[HonestyMark], Int64, Int64]:
        marks = self._honesty.marks(symbol, view)
        known = self._bounds.get(symbol)
        if known is None or known[0] is not marks:
            starts = np.array([mark.ts_ns for mark in marks], np.int64)
            stops = np.array([mark.stop_ns for mark in marks], np.int64)
            known = self._bounds[symbol] = marks, starts, stops
        return known


def _kind_words(kind: MarkKind, marks: list[HonestyMark], ts_ns: int) -> str:
    one, many = _NAMES[kind]
    name = one if len(marks) == 1 else f"{len(marks)} {many}"
    nearest = min(marks, key=lambda mark: abs(_offset_ns(mark, ts_ns)))
    offset_ns = _offset_ns(nearest, ts_ns)
    if abs(offset_ns) < _AT_ONCE_NS:
        return f"{name} right there"
    side = "before" if offset_ns < 0 else "after"
    return f"{name} {span_text(abs(offset_ns))} {side}"


def _offset_ns(mark: HonestyMark, ts_ns: int) -> int:
    """Return how far a mark lies from an instant: below 0 before it, 0 where it lies inside."""
    if mark.stop_ns < ts_ns:
        return mark.stop_ns - ts_ns
    return max(mark.ts_ns - ts_ns, 0)
