"""The guard: every arrival is checked, put in order, and accounted for.

``arrivals -> bad ones to quarantine -> order and identity -> exact integers -> TickBatch``. Arrival time,
as its running maximum per partition, is the only clock. Nothing is dropped without a count and a data
event. The result does not depend on where arrivals are cut into calls of `take`.

A symbol whose numbers follow on, and of which nothing waits, takes the fast way: its ticks leave as they
come, as arrays. The others are walked, tick by tick, until they are in order again.
"""

from __future__ import annotations

import numpy as np

from analytics.clocks import Clocks, Moments
from analytics.events import DataEvent, EventKind, GuardCounts
from analytics.grouping import grouped
from analytics.instruments import InstrumentTable
from analytics.intake import Intake, Rows, render_row
from analytics.ledger import Ledger
from analytics.log import AppendLog
from analytics.order import BY_TICK, BY_TIME, Decisions, SymbolOrder, Tick, When
from analytics.outlet import Outlet
from analytics.runs import Runs
from analytics.ticks import NO_SEQ, NO_TIME, Arrivals, Bool, Int64, TickBatch, TimeMark
from analytics.walk import Poll, Walk

SEQUENCED_LATENESS_NS = 250_000_000
MOST_SYMBOLS = 10_000
_EVENTS_KEPT = 20_000
_NO_PLACES = np.empty(0, np.int64)


class Guard:
    """Checks and orders the ticks of one feed; for one thread.

    `lateness_ns` replaces both defaults: 250 ms for ticks with seq, 0 for those without. Past
    `most_symbols` a new symbol's ticks go to quarantine.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        *,
        lateness_ns: int | None = None,
        most_symbols: int = MOST_SYMBOLS,
    ) -> None:
        self.events: AppendLog[DataEvent] = AppendLog(_EVENTS_KEPT)
        self._instruments = instruments
        self._lateness_ns = SEQUENCED_LATENESS_NS if lateness_ns is None else lateness_ns
        self._sorts = bool(lateness_ns)
        self._most_symbols = most_symbols
        self.reset()

    def reset(self) -> None:
        """Forget everything, as if no tick had come."""
        self.events.clear()
        self._intake = Intake(self._instruments, self._most_symbols)
        self._ledger = Ledger(self.events, self._intake)
        self._outlet = Outlet(self._instruments, self._intake, self._ledger)
        self._clocks = Clocks()
        self._runs = Runs()
        self._orders: dict[int, SymbolOrder] = {}
        self._waiting: set[int] = set()  # symbols whose order is not idle
        self._positions: dict[int, tuple[int, int]] = {}  # by partition, the last (offset, index)
        self._carry = Rows.empty()  # the rows of ticks that wait

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far; any thread."""
        return self._ledger.counts

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols seen, in order of first sight; codes of batches index it."""
        return self._intake.symbols

    def deadline(self) -> tuple[int, int] | None:
        """Return (clock time, partition) of the earliest moment at which time alone lets ticks leave."""
        due = [each for symbol in self._waiting for each in self._orders[symbol].deadlines()]
        return min(((at[0], partition) for at, partition in due), default=None)

    def take(self, arrivals: Arrivals) -> list[TickBatch]:
        """Return the clean ticks that these arrivals let leave, in the engine's order."""
        rows, faults = self._intake.admit(arrivals)
        moments = self._clocks.follow(rows.arrival_ns, rows.partition, arrivals.time_marks)
        rows.arrival_ns = moments.clock_ns
        rows.ts_ns = np.where(arrivals.ts_ns == NO_TIME, moments.clock_ns, arrivals.ts_ns)
        good = np.ones(len(rows), np.bool_)
        good[list(faults)] = False
        for at, reason in sorted(faults.items()):
            raw = render_row(rows, at, self.symbols) if arrivals.raw is None else arrivals.raw(at)
            self._ledger.note(_on_arrival(moments, at), EventKind.QUARANTINED, rows, at, reason, raw=raw)
        for at in self._repeated_positions(rows, good):
            good[at] = False
            detail = "this position was already taken"
            self._ledger.note(_on_arrival(moments, at), EventKind.DUPLICATE, rows, at, detail)
        return self._go_on(rows, good, moments)

    def pass_time(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Move a partition's clock forward in silence; return what leaves by it."""
        none = Rows.empty()
        moments = self._clocks.follow(none.arrival_ns, none.partition, (TimeMark(0, at_ns, partition),))
        return self._go_on(none, np.empty(0, np.bool_), moments)

    def finish(self) -> list[TickBatch]:
        """Let everything leave: the feed has ended."""
        none = Rows.empty()
        poll = self._poll(
            none, np.empty(0, np.bool_), self._clocks.follow(none.arrival_ns, none.partition, ())
        )
        for symbol in sorted(self._waiting):
            order = self._orders[symbol]
            while deadlines := order.deadlines():
                due, partition = min(deadlines)
                poll.decisions.at = (0, BY_TIME, *due)
                order.expire(partition, poll.decisions)
            while order.openers:
                poll.decisions.at = (1, BY_TIME, 0, 0, order.openers[0].row)
                order.give_up(poll.decisions)
        self._waiting.clear()
        return self._settle(poll)

    # Identity by position

    def _repeated_positions(self, rows: Rows, good: Bool) -> list[int]:
        """Return the good rows without seq that stand at or before a position already taken."""
        repeated = []
        for partition, here in grouped(rows.partition):
            offset, index = rows.offset[here], rows.index[here]
            last = self._positions.get(partition, (-1, -1))
            rising = (offset[1:] > offset[:-1]) | ((offset[1:] == offset[:-1]) & (index[1:] > index[:-1]))
            if (int(offset[0]), int(index[0])) > last and bool(rising.all()):
                self._positions[partition] = (int(offset[-1]), int(index[-1]))
                continue
            for at in here.tolist():
                place = (int(rows.offset[at]), int(rows.index[at]))
                if place > last:
                    last = place
                elif good[at] and rows.seq[at] == NO_SEQ:
                    repeated.append(at)
            self._positions[partition] = last
        return repeated

    # Order

    def _poll(self, new: Rows, good: Bool, moments: Moments) -> Poll:
        carried = len(self._carry)
        rows = self._carry.followed_by(new) if carried else new
        goes_on = self._runs.going_on(rows, carried)
        return Poll(rows, carried, good, goes_on, moments, np.zeros(len(new), np.bool_), Decisions())

    def _go_on(self, new: Rows, good: Bool, moments: Moments) -> list[TickBatch]:
        poll = self._poll(new, good, moments)
        numbered = (new.seq != NO_SEQ) & (new.symbol >= 0)
        counts = good | numbered
        astray = counts & ~poll.goes_on if self._sorts else numbered & ~poll.goes_on
        slow = self._waiting | set(new.symbol[astray].tolist())
        walked = counts & np.isin(new.symbol, list(slow)) if slow else np.zeros(len(new), np.bool_)
        places = dict(_places(new.symbol, walked))
        for symbol in slow:
            order = self._order_of(symbol)
            Walk(poll, order, self._runs).over(places.get(symbol, _NO_PLACES) + poll.carried)
            self._waiting.discard(symbol)
            if not order.is_idle:
                self._waiting.add(symbol)
        self._runs.advance(poll.rows, (numbered & ~walked).nonzero()[0] + poll.carried)
        for symbol, mine in _places(new.symbol, good & ~walked):
            self._leave_plainly(poll, self._order_of(symbol), mine)
        return self._settle(poll)

    def _leave_plainly(self, poll: Poll, order: SymbolOrder, places: Int64) -> None:
        """Let new rows of one symbol leave as they come; of those without seq one may be late."""
        ts_ns = poll.rows.ts_ns[places + poll.carried]
        newest = np.maximum.accumulate(ts_ns)
        if order.last_ts_ns is not None:
            np.maximum(newest, order.last_ts_ns, out=newest)
        late = (ts_ns < newest) & (poll.rows.seq[places + poll.carried] == NO_SEQ)
        for place in places[late].tolist():
            when, detail = _on_arrival(poll.moments, place), "its time is before a tick already taken"
            self._ledger.note(when, EventKind.LATE, poll.rows, place + poll.carried, detail)
        poll.leaves[places[~late]] = True
        order.note_time(int(newest[-1]))

    def _order_of(self, symbol: int) -> SymbolOrder:
        order = self._orders.get(symbol)
        if order is None:
            order = self._orders[symbol] = SymbolOrder(self._lateness_ns, sorts=self._sorts)
        return order

    # What leaves

    def _settle(self, poll: Poll) -> list[TickBatch]:
        """Account for what was decided, emit what leaves, and keep what waits."""
        for when, kind, tick, missing in poll.decisions.told:
            detail = _detail(kind, tick, missing)
            self._ledger.note(when, kind, poll.rows, tick.place, detail, missing=missing)
        batches = self._outlet.emit(poll)
        waiting = [tick for symbol in sorted(self._waiting) for tick in self._orders[symbol].waiting]
        ghosts = [tick for symbol in sorted(self._waiting) for tick in self._orders[symbol].openers]
        kept = waiting + ghosts
        self._carry = (
            poll.rows.at(np.array([tick.place for tick in kept], np.int64)) if kept else Rows.empty()
        )
        for place, tick in enumerate(kept):
            tick.place = place
        self._ledger.close(len(waiting))
        return batches


def _on_arrival(moments: Moments, at: int) -> When:
    """Return when a new row came; what is told of it by itself stands before all that follows from it."""
    return (int(moments.of_row[at]), BY_TICK, 0, 0, 0, 0)


def _places(codes: Int64, among: Bool) -> list[tuple[int, Int64]]:
    """Return each code with its places, of those places that are `among`."""
    places = among.nonzero()[0]
    return [(code, places[mine]) for code, mine in grouped(codes[places])]


def _detail(kind: EventKind, tick: Tick, missing: int) -> str:
    if kind is EventKind.GAP:
        return f"{missing} tick{'s' * (missing != 1)} missing before seq {tick.seq}"
    if kind is EventKind.RESTART:
        return f"a new run began with seq {tick.seq}"
    if kind is EventKind.DUPLICATE:
        return f"seq {tick.seq} was already taken"
    return (
        "its time is before a tick already taken"
        if tick.stream is None
        else f"seq {tick.seq} came after its place was passed"
    )
