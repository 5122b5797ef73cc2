"""What one symbol's windows carry from one span to the next, and so which rows are read again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from analytics.calendar import NO_SESSION
from analytics.windows import AnchoredWindow, TickWindow, Window


@dataclass(slots=True)
class WindowBook:
    """What one symbol's windows carry from one span to the next.

    `lows` is the last window start found by window; `anchors` the first row at or after an anchor, once
    there is one; `session` the last row's session and its first row. `since` is the first row that a window
    may hold, which is not 0 where it was first asked for after rows had been let go of; `asked` is the stop of
    the last span that asked for it. As bounds, in integer units: `largest_d` the largest |price - reference|
    so far, `largest_size` the largest size and `volume` the sum of all sizes.
    """

    since: dict[Hashable, int] = field(default_factory=dict)
    asked: dict[Window, int] = field(default_factory=dict)
    lows: dict[Window, int] = field(default_factory=dict)
    anchors: dict[Hashable, int] = field(default_factory=dict)
    session: tuple[int, int] = (NO_SESSION, 0)
    largest_d: int = 0
    largest_size: int = 0
    volume: int = 0

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the columns to wider scales."""
        self.largest_d *= by_price
        self.largest_size *= by_size
        self.volume *= by_size

    def reads(self, stop: int) -> tuple[int, set[int]]:
        """Return the row from which on all is read again by spans from `stop` on, and single rows below it.

        What the last span did not ask for is forgotten: nobody keeps it any more.
        """
        low, first = stop - 1, self.session[1]
        pins = {first - 1, first}
        for window in [each for each, asked in self.asked.items() if asked != stop]:
            self.forget(window)
        for window in self.asked:
            if isinstance(window, AnchoredWindow):
                anchor = self.anchors.get(window, stop)
                pins |= {anchor - 1, anchor}
                continue
            start = stop - window.ticks if isinstance(window, TickWindow) else self.lows.get(window, stop)
            low = min(low, max(start, self.since[window]) - 1)
        return low, pins

    def forget(self, window: Window) -> None:
        """Forget a window; who asks for it again begins anew."""
        del self.asked[window]
        self.lows.pop(window, None)
        for known in (self.since, self.anchors):
            known.pop(window, None)

    def follow(self, other: WindowBook, stop: int) -> None:
        """Take over the windows of a book that has come to row `stop`, where this one has none of its own."""
        for window in other.asked:
            self.since.setdefault(window, other.since[window])
            self.asked[window] = stop
        for window, low in other.lows.items():
            self.lows.setdefault(window, low)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Return (volume, largest size, largest |d|)."""
        return self.volume, self.largest_size, self.largest_d
