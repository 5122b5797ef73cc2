"""The one moving part of every term: a latch that is set, and must be reset before it is set anew."""

from __future__ import annotations

import numpy as np

from analytics.ticks import Bool, Int64

NO_ROWS = np.empty(0, np.int64)


class Latch:
    """Set on some rows, reset on others, never both on one; carries on from span to span."""

    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on = False

    def turns(self, set_on: Bool, reset_on: Bool) -> Int64:
        """Return the rows on which the latch was off and is set, ascending."""
        events = np.flatnonzero(set_on | reset_on)
        if not len(events):
            return NO_ROWS
        after = set_on[events]
        turned = after.copy()
        turned[0] &= not self.on
        turned[1:] &= ~after[:-1]
        self.on = bool(after[-1])
        return events[turned]

    def states(self, set_on: Bool, reset_on: Bool) -> Bool:
        """Return whether the latch is on after each row, shape (n,)."""
        events = np.flatnonzero(set_on | reset_on)
        states = np.full(len(set_on), self.on)
        if len(events):
            after = set_on[events]
            lengths = np.diff(events, append=len(set_on))
            states[events[0] :] = np.repeat(after, lengths)
            self.on = bool(after[-1])
        return states
