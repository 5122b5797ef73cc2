"""What happens in a frame, in order: its ticks, and the marks of time that passed between them.

A *moment* tells when: 2·event + 1 once the tick that is that event is taken, 2·event once time alone has
come to it. Two marks before one tick are two events, so that no order depends on where frames end.
"""

from __future__ import annotations

import numpy as np

from analytics.frame import Frame
from analytics.ticks import Int64


class Course:
    """The events of a frame; without marks an event's number is its tick's place."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._mark_places: Int64 = np.array([place for place, _ in frame.marks], np.int64)
        self._mark_events: Int64 = self._mark_places + np.arange(len(frame.marks))
        self.clock_ns: Int64 = frame.clock_ns
        """The engine's clock at each event."""
        if frame.marks:
            marked = [clock_ns for _, clock_ns in frame.marks]
            self.clock_ns = np.maximum.accumulate(np.insert(frame.clock_ns, self._mark_places, marked))

    def events(self, places: Int64) -> Int64:
        """Return the numbers of ticks among the events."""
        if not self.frame.marks:
            return places
        found: Int64 = places + self._mark_places.searchsorted(places, side="right")
        return found

    def place(self, moment: int) -> int:
        """Return the place of a moment's tick; of a mark, that of the tick after it."""
        event = moment // 2
        return event - int(self._mark_events.searchsorted(event))

    def taken(self, moments: Int64) -> Int64:
        """Return the place of the newest tick that is taken at each moment, -1 for none."""
        events = moments // 2
        found: Int64 = events - self._mark_events.searchsorted(events) - (moments % 2 == 0)
        return found
