"""The highest, or the lowest, earlier price of each row's session."""

from __future__ import annotations

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.columns import TickRows
from analytics.ticks import Bool, Int64

_TRUE = np.ones(32_768, np.bool_)
_TRUE.flags.writeable = False


class Standing:
    """A session's extreme so far, carried on from rows to rows; found in the columns where they begin.

    One that begins within a session whose first rows were let go of knows only of those that are held.
    """

    def __init__(self, up: bool) -> None:
        self._best = np.maximum if up else np.minimum
        self._next = -1
        self._session = NO_SESSION
        self._extreme = 0
        self._scale = 0

    def before(self, columns: TickRows, start: int, stop: int) -> tuple[Int64, Bool]:
        """Return the extreme before each row of [start, stop), in integer units, and where there is one.

        There is none before a session's first row, and none outside trading hours; shapes (n,).
        """
        session = columns.column("session")
        price = columns.column("price")
        if start != self._next or not start:
            self._find(columns, start)
        if self._scale != columns.price_scale:
            self._extreme *= 10 ** (columns.price_scale - self._scale)
            self._scale = columns.price_scale
        self._next = stop
        first, last = int(session[start]), int(session[stop - 1])
        if first == last == self._session != NO_SESSION:
            return self._stretch(price[start:stop]), _everywhere(stop - start)
        found, known = np.zeros(stop - start, np.int64), np.ones(stop - start, np.bool_)
        changes = (
            np.flatnonzero(session[start + 1 : stop] != session[start : stop - 1]) + start + 1
        ).tolist()
        for here, end in zip([start, *changes], [*changes, stop], strict=True):
            number = int(session[here])
            part = slice(here - start, end - start)
            if number == NO_SESSION:
                known[part] = False
            elif number == self._session:
                found[part] = self._stretch(price[here:end])
            else:
                known[part.start] = False
                self._extreme = int(price[here])
                found[part] = self._stretch(price[here:end])
            self._session = number
        return found, known

    def _stretch(self, price: Int64) -> Int64:
        """Return the extreme before each of some prices of the session, and carry it on."""
        found = np.empty_like(price)
        found[0] = self._extreme
        found[1:] = price[:-1]
        self._best.accumulate(found, out=found)
        self._extreme = int(self._best(found[-1], price[-1]))
        return found

    def _find(self, columns: TickRows, start: int) -> None:
        """Look up the extreme of the session that the row before `start` belongs to."""
        self._scale = columns.price_scale
        self._session = int(columns.column("session")[start - 1]) if start else NO_SESSION
        if self._session != NO_SESSION:
            first = max(columns.session_first(start - 1), columns.first)
            self._extreme = int(self._best.reduce(columns.column("price")[first:start]))


def _everywhere(count: int) -> Bool:
    return _TRUE[:count] if count <= len(_TRUE) else np.ones(count, np.bool_)
