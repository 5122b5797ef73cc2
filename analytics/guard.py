"""The guard: every arrival is checked, put in order, and accounted for.

``arrivals -> bad ones to quarantine -> order and identity -> exact integers -> TickBatch``. Arrival time,
as its running maximum per partition, is the only clock. Nothing is dropped without a count and a data
event. The result does not depend on where arrivals are cut into calls of `take`.

A symbol whose numbers follow on, and of which nothing waits, takes the fast way: its ticks leave as they
come, as arrays. The others are walked, tick by tick, until they are in order again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.clocks import Clocks, Moments, Watermark, interleaved
from analytics.events import DataEvent, EventKind, GuardCounts
from analytics.grouping import Groups, by_code, grouped, in_stretches
from analytics.instruments import InstrumentTable
from analytics.intake import Intake, Rows, render_row
from analytics.ledger import Ledger
from analytics.log import AppendLog
from analytics.order import BY_TICK, BY_TIME, Decisions, SymbolOrder, Tick, When
from analytics.outlet import Outlet
from analytics.runs import Runs, streams_of
from analytics.ticks import NO_SEQ, NO_TIME, Arrivals, Bool, Int64, TickBatch, TimeMark
from analytics.walk import Poll, Walk

SEQUENCED_LATENESS_NS = 250_000_000
MOST_SYMBOLS = 10_000
_EVENTS_KEPT = 20_000
_NO_PLACES = np.empty(0, np.int64)
_NO_ROWS = np.empty(0, np.bool_)
_BEFORE_ALL = (-1, -1)  # stands before every position


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
        self._watermark = Watermark()
        self._idle: set[int] = set()  # partitions that were found idle and have had no tick since
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
        by_partition = in_stretches(rows.partition)
        moments = self._follow(rows, by_partition, arrivals.time_marks)
        rows.arrival_ns = moments.clock_ns
        if rows.ts_ns is not arrivals.ts_ns:
            rows.ts_ns = np.where(arrivals.ts_ns == NO_TIME, moments.clock_ns, arrivals.ts_ns)
        good = np.ones(len(rows), np.bool_)
        for at, reason in sorted(faults.items()):
            good[at] = False
            raw = render_row(rows, at, self.symbols) if arrivals.raw is None else arrivals.raw(at)
            self._ledger.note(_on_arrival(moments, at), EventKind.QUARANTINED, rows, at, reason, raw=raw)
        if not self._places_rise(rows, by_partition):
            for at in self._repeated_positions(rows, good):
                good[at] = False
                detail = "this position was already taken"
                self._ledger.note(_on_arrival(moments, at), EventKind.DUPLICATE, rows, at, detail)
        return self._go_on(rows, good, moments)

    def pass_time(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Move a partition's clock forward in silence; return what leaves by it."""
        return self._go_on(Rows.empty(), _NO_ROWS, self._in_silence(TimeMark(0, at_ns, partition)))

    def mark_idle(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Let a partition, found idle at `at_ns`, count no more for the watermark until its next tick."""
        mark = TimeMark(0, at_ns, partition, idle=True)
        return self._go_on(Rows.empty(), _NO_ROWS, self._in_silence(mark))

    @property
    def watermark_ns(self) -> int:
        """Return the watermark, NO_TIME before the first tick; any thread."""
        return self._watermark.now_ns

    def behind(self, at_ns: int) -> list[int]:
        """Return the active partitions that must pass a time for the engine to know of it.

        They are those whose clock has not reached it; where all have, by ticks that did not leave, it is any one.
        """
        return self._watermark.behind(at_ns) or self._watermark.active[:1]

    def idle_before(self, at_ns: int) -> list[int]:
        """Return the active partitions that have been silent since before a time, all but the furthest."""
        return self._watermark.idle_before(at_ns)

    def finish(self) -> list[TickBatch]:
        """Let everything leave: the feed has ended."""
        none = Rows.empty()
        poll = self._poll(none, by_code(none.symbol), _NO_ROWS, _NO_ROWS, self._in_silence())
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

    # Time

    def _follow(self, rows: Rows, by_partition: Groups, marks: Sequence[TimeMark]) -> Moments:
        """Move the clocks as rows, in stretches of one partition, and the marks between them come."""
        sequence = interleaved(rows.arrival_ns, rows.partition, marks)
        stretches = in_stretches(sequence.partitions) if marks else by_partition
        in_order = stretches.together(sequence.times_ns)
        rise = stretches.all_rise(in_order[1:] >= in_order[:-1])
        clock_ns = stretches.apart(self._clocks.run(in_order, stretches.slices, rise=rise))
        idle = [(int(at), mark) for at, mark in zip(sequence.of_mark, marks, strict=True) if mark.idle]
        watermark_ns = self._watermark.run(sequence.partitions, clock_ns, [at for at, _ in idle])
        if idle or self._idle:
            self._tell_partitions(sequence.partitions, idle, watermark_ns)
        return Moments(sequence, clock_ns, watermark_ns, self._watermark.now_ns)

    def _tell_partitions(
        self, partitions: NDArray[np.integer], idle: list[tuple[int, TimeMark]], watermark_ns: Int64
    ) -> None:
        """Tell which partitions fell idle at some moments, and which of the idle ones ticks came from."""
        falls: dict[int, list[int]] = {}
        for moment, mark in idle:
            falls.setdefault(mark.partition, []).append(moment)
            detail = f"partition {mark.partition} is idle: the others do not wait for it"
            self._ledger.note_partition(_at_moment(moment), mark.partition, mark.at_ns, detail, idle=True)
        for partition in self._idle | falls.keys():
            moments = falls.get(partition, [])
            for moment in (-1, *moments) if partition in self._idle else moments:
                came = (partitions[moment + 1 :] == partition).nonzero()[0]
                if not len(came) or int(came[0]) + moment + 1 in moments:
                    self._idle.add(partition)
                    continue
                self._idle.discard(partition)
                detail = f"partition {partition} is active again"
                back = moment + 1 + int(came[0])
                now_ns = int(watermark_ns[back])
                self._ledger.note_partition(_at_moment(back), partition, now_ns, detail, idle=False)

    def _in_silence(self, *marks: TimeMark) -> Moments:
        none = Rows.empty()
        return self._follow(none, in_stretches(none.partition), marks)

    # Identity by position

    def _places_rise(self, rows: Rows, by_partition: Groups) -> bool:
        """Return whether each row stands behind the last of its partition, and if so take their positions."""
        offset, index = by_partition.together(rows.offset), by_partition.together(rows.index)
        rises = offset[1:] > offset[:-1]
        if np.count_nonzero(rises) < len(rises):
            rises |= (offset[1:] == offset[:-1]) & (index[1:] > index[:-1])
        if not by_partition.all_rise(rises):
            return False
        last = self._positions.copy()
        for partition, mine in by_partition.slices:
            first, end = mine.start, mine.stop - 1
            if (int(offset[first]), int(index[first])) <= last.get(partition, _BEFORE_ALL):
                return False
            last[partition] = int(offset[end]), int(index[end])
        self._positions = last
        return True

    def _repeated_positions(self, rows: Rows, good: Bool) -> list[int]:
        """Return the good rows without seq that stand at or before a position already taken."""
        repeated = []
        for partition, here in grouped(rows.partition):
            last = self._positions.get(partition, _BEFORE_ALL)
            for at in here.tolist():
                place = (int(rows.offset[at]), int(rows.index[at]))
                if place > last:
                    last = place
                elif good[at] and rows.seq[at] == NO_SEQ:
                    repeated.append(at)
            self._positions[partition] = last
        return repeated

    # Order

    def _poll(self, new: Rows, by_symbol: Groups, good: Bool, goes_on: Bool, moments: Moments) -> Poll:
        carried = len(self._carry)
        rows = self._carry.followed_by(new) if carried else new
        leaves = np.zeros(len(new), np.bool_)
        return Poll(rows, carried, by_symbol, good, goes_on, moments, leaves, Decisions())

    def _go_on(self, new: Rows, good: Bool, moments: Moments) -> list[TickBatch]:
        by_symbol = by_code(new.symbol)
        numbered = (new.seq != NO_SEQ) & (new.symbol >= 0)
        streams = streams_of(new, numbered, by_symbol)
        goes_on = self._runs.going_on(new, streams)
        poll = self._poll(new, by_symbol, good, goes_on, moments)
        counts = good | numbered
        astray = (counts if self._sorts else numbered) & ~goes_on
        slow = self._waiting | set(new.symbol[astray].tolist())
        plain = good
        if slow:
            stays = ~self._walk(poll, slow, counts)
            streams, plain = streams_of(new, numbered & stays, by_symbol), good & stays
        self._runs.advance(new, streams)
        self._leave_plainly(poll, new, plain, every_numbered=np.count_nonzero(numbered) == len(new))
        return self._settle(poll)

    def _walk(self, poll: Poll, slow: set[int], counts: Bool) -> Bool:
        """Walk the new rows of some symbols that `counts`, and return which they are."""
        walked = np.zeros(len(counts), np.bool_)
        places = {code: poll.by_symbol.places(mine) for code, mine in poll.by_symbol.slices if code in slow}
        for symbol in slow:
            mine = places.get(symbol, _NO_PLACES)
            mine = mine[counts[mine]]
            walked[mine] = True
            order = self._order_of(symbol)
            Walk(poll, order, self._runs).over(mine + poll.carried)
            self._waiting.discard(symbol)
            if not order.is_idle:
                self._waiting.add(symbol)
        return walked

    def _leave_plainly(self, poll: Poll, new: Rows, plain: Bool, *, every_numbered: bool) -> None:
        """Let new rows leave as they come; of those without seq one may be late."""
        by_symbol = poll.by_symbol
        if np.count_nonzero(plain) < len(plain):
            places = plain.nonzero()[0]
            by_symbol = by_code(new.symbol[places], places)
        if not by_symbol.slices:
            return
        leaves = poll.leaves
        leaves |= plain
        newest_ns = np.maximum.reduceat(by_symbol.together(new.ts_ns), by_symbol.starts)
        for (code, mine), at_ns in zip(by_symbol.slices, newest_ns.tolist(), strict=True):
            order = self._order_of(code)
            if not every_numbered:
                self._refuse_late(poll, new, order, by_symbol.places(mine))
            order.note_time(at_ns)

    def _refuse_late(self, poll: Poll, new: Rows, order: SymbolOrder, places: Int64) -> None:
        """Keep back those of one symbol's new rows without seq that come after a later one."""
        ts_ns = new.ts_ns[places]
        least = NO_TIME if order.last_ts_ns is None else order.last_ts_ns
        if ts_ns[0] >= least and np.count_nonzero(ts_ns[1:] < ts_ns[:-1]) == 0:
            return
        newest = np.maximum(np.maximum.accumulate(ts_ns), least)
        late = (ts_ns < newest) & (new.seq[places] == NO_SEQ)
        for place in places[late].tolist():
            poll.leaves[place] = False
            when, detail = _on_arrival(poll.moments, place), "its time is before a tick already taken"
            self._ledger.note(when, EventKind.LATE, new, place, detail)

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
        orders = [self._orders[symbol] for symbol in sorted(self._waiting)]
        waiting = [tick for order in orders for tick in order.waiting]
        kept = waiting + [tick for order in orders for tick in order.openers]
        if kept or len(self._carry):
            self._carry = poll.rows.at(np.array([tick.place for tick in kept], np.int64))
        for place, tick in enumerate(kept):
            tick.place = place
        self._ledger.close(len(waiting))
        return batches


def _on_arrival(moments: Moments, at: int) -> When:
    """Return when a new row came; what is told of it by itself stands before all that follows from it."""
    return _at_moment(int(moments.of_row[at]))


def _at_moment(moment: int) -> When:
    return (moment, BY_TICK, 0, 0, 0, 0)


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
