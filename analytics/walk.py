"""One poll's ticks of a symbol that is out of order, walked one by one until they are in order again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.clocks import Moments
from analytics.events import EventKind
from analytics.grouping import Groups
from analytics.intake import Rows
from analytics.order import BY_TICK, BY_TIME, Decisions, Due, SymbolOrder, Tick
from analytics.runs import Runs, by_stream
from analytics.ticks import NO_SEQ, Bool, Int64


@dataclass(frozen=True, slots=True)
class Poll:
    """What one call of the guard works on, and what it comes to.

    `rows` are those that waited, `carried` in number, and behind them the new ones. Of the new ones, of
    shape (n,) and grouped `by_symbol`: `good` are neither bad nor repeated, `goes_on` have a seq one above
    that before them. `leaves` marks those that leave as they come; `decisions` has the others.
    """

    rows: Rows
    carried: int
    by_symbol: Groups
    good: Bool
    goes_on: Bool
    moments: Moments
    leaves: Bool
    decisions: Decisions


def expire(poll: Poll, order: SymbolOrder, until: int | None = None) -> None:
    """Let leave what becomes due up to the moment `until` (None: in the whole poll)."""
    while True:
        reached: list[tuple[int, Due, int]] = []
        for due, partition in order.deadlines():
            moment = poll.moments.reached(partition, due[0])
            if moment is not None and (until is None or moment <= until):
                reached.append((moment, due, partition))
        if not reached:
            return
        moment, due, partition = min(reached)
        poll.decisions.at = (moment, BY_TIME, *due)
        order.expire(partition, poll.decisions)


class Walk:
    """Walks the new rows of one symbol, `places` in the poll's rows, ascending."""

    def __init__(self, poll: Poll, order: SymbolOrder, runs: Runs) -> None:
        self._poll = poll
        self._order = order
        self._runs = runs

    def over(self, places: Int64) -> None:
        """Take all the rows; whatever they do not release waits."""
        astray = np.flatnonzero(~self._poll.goes_on[places - self._poll.carried]).tolist()
        astray.append(len(places))
        at = turn = 0
        while at < len(places):
            if self._order.is_idle:
                while astray[turn] < at:
                    turn += 1
                if astray[turn] > at:
                    at += self._pass(places[at : astray[turn]])
                    if at == len(places):
                        break
            self._step(int(places[at]))
            at += 1
        expire(self._poll, self._order)

    def _pass(self, places: Int64) -> int:
        """Let rows leave as they come, up to the first whose number does not go on; return how many."""
        rows, poll = self._poll.rows, self._poll
        streams = by_stream(rows, places)
        astray = self._runs.first_astray(rows, streams)
        if astray is not None:
            places = places[: int(np.searchsorted(places, astray))]
            streams = by_stream(rows, places)
        self._runs.advance(rows, streams)
        good = poll.good[places - poll.carried]
        if good.any():
            poll.leaves[places[good] - poll.carried] = True
            self._order.note_time(int(rows.ts_ns[places[good]].max()))
        return len(places)

    def _step(self, place: int) -> None:
        """Take one row."""
        poll, rows = self._poll, self._poll.rows
        new = place - poll.carried
        moment = int(poll.moments.of_row[new])
        if not self._order.is_idle:
            expire(poll, self._order, moment)
        decisions = poll.decisions
        decisions.at = (moment, BY_TICK, 0, 0, 0)
        seq, stream, began = int(rows.seq[place]), None, False
        if seq != NO_SEQ:
            stream, began = self._runs.stream_of(rows, place)
        tick = Tick(
            place,
            seq,
            int(rows.ts_ns[place]),
            int(rows.arrival_ns[place]),
            int(rows.row[place]),
            int(rows.partition[place]),
            stream,
            ghost=not bool(poll.good[new]),
        )
        if began:
            decisions.tell(EventKind.RESTART, tick)
        self._order.offer(tick, decisions)
        while tick.waits and self._order.lateness_ns == 0:
            self._order.deadlines()
            self._order.expire(tick.partition, decisions)
