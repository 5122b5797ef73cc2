"""Profiles made beside the window: each by a thread of its own that ends with it, asked for a few times a second."""

from __future__ import annotations

import threading
from fractions import Fraction

from analytics.columns import ColumnsView
from app.charts.profile_rows import ProfileRows, SideProfile

_FRAMES_BETWEEN = 12
"""At 60 frames a second that is five times."""

_Asked = tuple[str, int, int, int, Fraction]


class ProfileJob:
    """Makes the profile asked for last; one at a time, and none again for what was asked already."""

    def __init__(self) -> None:
        self._rows = ProfileRows()
        self._asked: _Asked | None = None
        self._frames = _FRAMES_BETWEEN
        self._thread: threading.Thread | None = None
        self._made: list[SideProfile | None] = []

    def due(self) -> bool:
        """Return whether it is time to ask; to be called once a frame."""
        self._frames += 1
        return self._thread is None and self._frames >= _FRAMES_BETWEEN

    def ask(self, view: ColumnsView, start: int, stop: int, step: Fraction) -> None:
        """Ask, when it is due, for the profile of rows [start, stop)."""
        asked = (view.symbol, view.generation, start, stop, step)
        if asked == self._asked:
            return
        self._asked, self._frames = asked, 0
        self._made = []
        self._thread = threading.Thread(
            target=self._make,
            args=(self._made, view, start, stop, step),
            name="tickdesk-profile",
            daemon=True,
        )
        self._thread.start()

    def forget(self) -> None:
        """Begin anew: what is being made is for nobody, and the next is asked for at once."""
        self._asked, self._frames, self._made = None, _FRAMES_BETWEEN, []

    def take(self) -> tuple[SideProfile | None] | None:
        """Return what was made, once, in a tuple; None while nothing was."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        return (self._made.pop(),) if self._made else None

    def _make(
        self, made: list[SideProfile | None], view: ColumnsView, start: int, stop: int, step: Fraction
    ) -> None:
        made.append(self._rows.profile(view, start, stop, step))
