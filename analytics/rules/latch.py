"""The one moving part of every term: a latch that is set, and must be reset before it is set anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analytics.ticks import Bool, Int64

NO_ROWS = np.empty(0, np.int64)


class Latch:
    """Set on some rows, reset on others, never both on one; carries on from span to span.

    The rows are asked for rather than given: while the latch is off, a span in which nothing sets it
    is done with; while it is on, one in which nothing resets it.
    """

    HOLDS = ("on",)
    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on = False

    def turns(self, set_on: Callable[[], Bool], reset_on: Callable[[], Bool]) -> Int64:
        """Return the rows on which the latch was off and is set, ascending."""
        waking = reset_on() if self.on else set_on()
        if not np.count_nonzero(waking):
            return NO_ROWS
        events, after = _events(*((set_on(), waking) if self.on else (waking, reset_on())))
        turned = turned_true(after, self.on)
        self.on = bool(after[-1])
        return events[turned]

    def states(self, set_on: Callable[[], Bool], reset_on: Callable[[], Bool]) -> Bool:
        """Return whether the latch is on after each row, shape (n,)."""
        waking = reset_on() if self.on else set_on()
        states = np.ones(len(waking), np.bool_) if self.on else np.zeros(len(waking), np.bool_)
        if np.count_nonzero(waking):
            events, after = _events(*((set_on(), waking) if self.on else (waking, reset_on())))
            stops = np.empty_like(events)
            stops[:-1], stops[-1] = events[1:], len(waking)
            states[events[0] :] = after.repeat(stops - events)
            self.on = bool(after[-1])
        return states


def _events(set_on: Bool, reset_on: Bool) -> tuple[Int64, Bool]:
    """Return the rows on which the latch is touched, and whether it is on after each of them."""
    events: Int64 = (set_on | reset_on).nonzero()[0]
    return events, set_on[events]


def turned_true(truth: Bool, before: bool) -> Bool:
    """Return where a truth is true and was not on the row before; `before` is that of the first row."""
    turned = truth.copy()
    turned[0] &= not before
    turned[1:] &= ~truth[:-1]
    return turned


def marked(rows: Int64, count: int) -> Bool:
    """Return True on some of `count` rows."""
    found = np.zeros(count, np.bool_)
    found[rows] = True
    return found
