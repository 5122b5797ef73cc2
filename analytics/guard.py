"""The guard: every arrival is checked, put in order, and accounted for.

``arrivals -> bad ones to quarantine -> order and identity -> exact integers -> TickBatch``. Arrival time,
as its running maximum per partition, is the only clock. Nothing is dropped without a count and a data
event. The result does not depend on where arrivals are cut into calls of `take`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.events import DataEvent, EventKind, GuardCounts
from analytics.grid import Grid
from analytics.instruments import InstrumentTable
from analytics.intake import Intake, Rows, render_row
from analytics.log import AppendLog
from analytics.order import RESTART_BELOW, Outcome, Stream, SymbolOrder, Tick
from analytics.scales import Scales
from analytics.ticks import NO_SEQ, NO_TIME, Arrivals, Bool, Int64, Position, TickBatch

SEQUENCED_LATENESS_NS = 250_000_000
MOST_SYMBOLS = 10_000
_EVENTS_KEPT = 20_000

_Key = tuple[int, int, int, int, int, int]  # arrival index, phase, deadline, arrival, row, counter


@dataclass(slots=True)
class _Releases:
    """Places of rows that leave, each with the key that orders it and the ticks missing before it."""

    places: list[int]
    keys: list[_Key]
    missing: list[int]

    def add(self, out: Outcome, index: int, phase: int, due: tuple[int, int, int]) -> None:
        for each in out.released:
            self.keys.append((index, phase, *due, len(self.places)))
            self.places.append(each.tick.place)
            self.missing.append(each.missing)


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
        self._sequenced_ns = SEQUENCED_LATENESS_NS if lateness_ns is None else lateness_ns
        self._unsequenced_ns = lateness_ns or 0
        self._most_symbols = most_symbols
        self.reset()

    def reset(self) -> None:
        """Forget everything, as if no tick had come."""
        self.events.clear()
        self._counts = GuardCounts()
        self._intake = Intake(self._instruments, self._most_symbols)
        self._scales = Scales(self._instruments, self._intake)
        self._grid = Grid(self._instruments)
        self._orders: dict[int, SymbolOrder] = {}
        self._streams: dict[tuple[int, int, int], Stream] = {}
        self._latest_run: dict[tuple[int, int], int] = {}
        self._waiting: set[int] = set()  # symbols whose order is not idle
        self._partition_of: dict[int, int] = {}
        self._clocks: dict[int, int] = {}
        self._positions: dict[int, tuple[int, int]] = {}
        self._carry = Rows.empty()

    @property
    def counts(self) -> GuardCounts:
        """Return where the ticks went so far; any thread."""
        return self._counts

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols seen, in order of first sight; codes of batches index it."""
        return self._intake.symbols

    def deadline(self) -> tuple[int, int] | None:
        """Return (clock time, partition) of the earliest moment at which time alone lets ticks leave."""
        due = []
        for symbol in self._waiting:
            deadline = self._orders[symbol].deadline()
            if deadline is not None:
                due.append((deadline[0], self._partition_of[symbol]))
        return min(due, default=None)

    def take(self, arrivals: Arrivals) -> list[TickBatch]:
        """Return the clean ticks that these arrivals let leave, in the engine's order."""
        if len(arrivals) == 0:
            return self._take_marks(arrivals)
        rows, faults = self._intake.admit(arrivals)
        clock = self._advance_clocks(arrivals, rows, faults)
        self._quarantine(arrivals, rows, faults)
        good = np.ones(len(rows), np.bool_)
        good[list(faults)] = False
        good &= ~self._repeated_positions(rows, good)
        held = len(self._carry)
        batches = self._order(self._carry.followed_by(rows) if held else rows, held, good, clock)
        for mark in arrivals.time_marks:
            if not (rows.partition[mark.row :] == mark.partition).any():
                batches += self.pass_time(mark.partition, mark.at_ns)
        return batches

    def pass_time(self, partition: int, at_ns: int) -> list[TickBatch]:
        """Move a partition's clock forward in silence; return what leaves by it."""
        self._clocks[partition] = max(at_ns, self._clocks.get(partition, at_ns))
        clock = self._clocks[partition]
        releases = _Releases([], [], [])
        for symbol in sorted(self._waiting):
            if self._partition_of[symbol] == partition:
                self._expire(symbol, clock, 0, releases)
        return self._emit(self._carry, releases)

    def finish(self) -> list[TickBatch]:
        """Let everything leave: the feed has ended."""
        releases = _Releases([], [], [])
        for symbol in sorted(self._waiting):
            self._expire(symbol, np.iinfo(np.int64).max, 0, releases)
        return self._emit(self._carry, releases)

    # Validity and identity by position

    def _take_marks(self, arrivals: Arrivals) -> list[TickBatch]:
        batches: list[TickBatch] = []
        for mark in arrivals.time_marks:
            batches += self.pass_time(mark.partition, mark.at_ns)
        return batches

    def _advance_clocks(self, arrivals: Arrivals, rows: Rows, faults: dict[int, str]) -> Int64:
        """Return the clock of each row's partition once the row has arrived; stamps the rows with it."""
        arrival = rows.arrival_ns.copy()
        arrival[list(faults)] = np.iinfo(np.int64).min
        for mark in arrivals.time_marks:
            after = np.flatnonzero(rows.partition[mark.row :] == mark.partition)
            if len(after):
                at = mark.row + int(after[0])
                arrival[at] = max(int(arrival[at]), mark.at_ns)
        for partition in np.unique(rows.partition).tolist():
            here = np.flatnonzero(rows.partition == partition)
            running = np.maximum.accumulate(arrival[here])
            before = self._clocks.get(partition)
            if before is not None:
                np.maximum(running, before, out=running)
            arrival[here] = running
            self._clocks[partition] = int(running[-1])
        rows.arrival_ns[:] = arrival
        return arrival

    def _quarantine(self, arrivals: Arrivals, rows: Rows, faults: dict[int, str]) -> None:
        for at, reason in sorted(faults.items()):
            raw = render_row(rows, at, self.symbols) if arrivals.raw is None else arrivals.raw(at)
            self._tell(EventKind.QUARANTINED, rows, at, reason, raw=raw)
        if faults:
            self._counts = replace(self._counts, quarantined=self._counts.quarantined + len(faults))

    def _repeated_positions(self, rows: Rows, good: Bool) -> Bool:
        """Return which good ticks without seq stand at or before a position already taken."""
        repeated = np.zeros(len(rows), np.bool_)
        for partition in np.unique(rows.partition).tolist():
            here = np.flatnonzero(rows.partition == partition)
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
                    repeated[at] = True
                    self._tell(EventKind.DUPLICATE, rows, at, "this position was already taken")
            self._positions[partition] = last
        found = int(repeated.sum())
        if found:
            self._counts = replace(self._counts, duplicate=self._counts.duplicate + found)
        return repeated

    # Order

    def _order(self, rows: Rows, held: int, good: Bool, clock: Int64) -> list[TickBatch]:
        """Put the rows behind the first `held` in order and emit what leaves."""
        slow = self._waiting | self._irregular_symbols(rows, held, good)
        releases = _Releases([], [], [])
        new_symbol = rows.symbol[held:]
        partition = rows.partition[held:]
        fast = good.copy()
        for symbol in slow:
            mine = np.flatnonzero(new_symbol == symbol)
            fast[mine] = False
            self._take_slowly(symbol, rows, held, mine, good, (clock, partition), releases)
        late = self._late_unsequenced(rows, held, fast)
        fast &= ~late
        places = np.flatnonzero(fast)
        if not releases.places:
            return self._emit_in_order(rows, places + held, np.zeros(len(places), np.int64))
        for index in places.tolist():
            releases.keys.append((index, 1, 0, 0, 0, 0))
            releases.places.append(index + held)
            releases.missing.append(0)
        return self._emit(rows, releases)

    def _irregular_symbols(self, rows: Rows, held: int, good: Bool) -> set[int]:
        """Return the symbols whose new ticks cannot all leave as they come; number the others' streams.

        A symbol is regular where each of its streams goes on by one from tick to tick and, without seq,
        nothing has to wait.
        """
        symbol, seq = rows.symbol[held:], rows.seq[held:]
        numbered = (seq != NO_SEQ) & (symbol >= 0)
        found = set(symbol[~numbered & good].tolist()) if self._unsequenced_ns else set()
        if not numbered.any():
            return found
        at = np.flatnonzero(numbered)
        key = rows.stream_key(held)[at]
        order = np.argsort(key, kind="stable")
        key, at = key[order], at[order]
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
        stops = np.append(starts[1:], len(key))
        regular: list[tuple[Stream, int, Int64]] = []
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            mine = at[start:stop]
            code = int(symbol[mine[0]])
            stream = self._known_stream(rows, held + int(mine[0]))
            numbers = seq[mine]
            follows = stream.first is None or numbers[0] == stream.highest + 1
            if follows and bool((numbers[1:] == numbers[:-1] + 1).all()):
                regular.append((stream, code, mine))
            else:
                found.add(code)
        for stream, code, mine in regular:
            if code not in found and code not in self._waiting:
                first, last = held + int(mine[0]), held + int(mine[-1])
                if stream.first is None:
                    stream = self._stream(rows, first, int(rows.seq[first]), 0)
                    stream.start(int(rows.seq[first]), 0)
                stream.highest = int(rows.seq[last])
                stream.highest_ts_ns = int(rows.ts_ns[last])
        return found

    def _known_stream(self, rows: Rows, place: int) -> Stream:
        """Return the stream of a row, or one that has not begun."""
        return self._streams.get(rows.stream_at(place)) or Stream()

    def _take_slowly(
        self,
        symbol: int,
        rows: Rows,
        held: int,
        mine: Int64,
        good: Bool,
        clocks: tuple[Int64, Int64],
        releases: _Releases,
    ) -> None:
        order = self._order_of(symbol)
        clock, partition = clocks
        if len(mine):
            self._partition_of[symbol] = int(partition[mine[-1]])
        shared = np.flatnonzero(partition == self._partition_of.get(symbol, 0))
        ticking = clock[shared]
        for at in mine.tolist():
            self._expire(symbol, int(clock[at]), 0, releases, (shared, ticking))
            out = Outcome()
            tick = self._tick(rows, held + at, ghost=not bool(good[at]))
            if tick.stream is None and tick.ghost:
                continue
            order.offer(tick, out)
            self._account(rows, out)
            releases.add(out, at, 1, (0, 0, 0))
        if len(ticking):
            self._expire(symbol, int(ticking[-1]), 0, releases, (shared, ticking))
        if order.is_idle:
            self._waiting.discard(symbol)
        else:
            self._waiting.add(symbol)

    def _expire(
        self,
        symbol: int,
        clock: int,
        index: int,
        releases: _Releases,
        ticking: tuple[Int64, Int64] | None = None,
    ) -> None:
        """Let leave what is due by `clock`; keys name the arrival that moved the clock past each deadline."""
        order = self._orders[symbol]
        while (due := order.deadline()) is not None and due[0] <= clock:
            out = Outcome()
            order.expire(out)
            if ticking is not None:
                shared, times = ticking
                index = int(shared[np.searchsorted(times, due[0])])
            releases.add(out, index, 0, due)
        if order.is_idle:
            self._waiting.discard(symbol)

    def _tick(self, rows: Rows, place: int, *, ghost: bool) -> Tick:
        seq = int(rows.seq[place])
        ts_ns = int(rows.ts_ns[place])
        stream = None
        if seq != NO_SEQ:
            stream = self._stream(rows, place, seq, ts_ns)
        return Tick(place, seq, ts_ns, int(rows.arrival_ns[place]), int(rows.row[place]), stream, ghost)

    def _stream(self, rows: Rows, place: int, seq: int, ts_ns: int) -> Stream:
        key = rows.stream_at(place)
        symbol, run, source = key
        stream = self._streams.get(key)
        unnamed = run < 0
        if stream is None:
            stream = self._streams[key] = Stream()
            if (symbol, source) in self._latest_run:
                self._restarted(rows, place, "a new run began")
            self._latest_run[symbol, source] = run
        elif (
            unnamed
            and stream.first is not None
            and seq < stream.highest - RESTART_BELOW
            and ts_ns > stream.highest_ts_ns
        ):
            self._restarted(rows, place, f"numbers fell from {stream.highest} to {seq}: a new run")
            stream = self._streams[key] = Stream()
        return stream

    def _restarted(self, rows: Rows, place: int, detail: str) -> None:
        self._counts = replace(self._counts, restarts=self._counts.restarts + 1)
        self._tell(EventKind.RESTART, rows, place, detail)

    def _account(self, rows: Rows, out: Outcome) -> None:
        for tick in out.late:
            self._tell_late(rows, tick.place, f"seq {tick.seq} came after its place was passed")
        for tick in out.duplicate:
            self._tell(EventKind.DUPLICATE, rows, tick.place, f"seq {tick.seq} was already taken")
        if out.late or out.duplicate:
            self._counts = replace(
                self._counts,
                late=self._counts.late + len(out.late),
                duplicate=self._counts.duplicate + len(out.duplicate),
            )

    def _late_unsequenced(self, rows: Rows, held: int, fast: Bool) -> Bool:
        """Return which of the fast rows lie below their symbol's last released time; note the newest."""
        late = np.zeros(len(fast), np.bool_)
        at = np.flatnonzero(fast)
        if not len(at):
            return late
        symbol = rows.symbol[held:][at]
        order = np.argsort(symbol, kind="stable")
        symbol, at = symbol[order], at[order]
        starts = np.flatnonzero(np.concatenate(([True], symbol[1:] != symbol[:-1])))
        stops = np.append(starts[1:], len(symbol))
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            mine = at[start:stop]
            code = int(symbol[start])
            keeper = self._order_of(code)
            ts_ns = rows.ts_ns[held:][mine]
            newest = np.maximum.accumulate(ts_ns)
            before = np.empty_like(newest)
            before[0] = newest[0] if keeper.last_ts_ns is None else keeper.last_ts_ns
            before[1:] = np.maximum(newest[:-1], before[0])
            behind = (ts_ns < before) & (rows.seq[held:][mine] == NO_SEQ)
            keeper.last_ts_ns = max(int(newest[-1]), int(before[0]))
            if behind.any():
                late[mine[behind]] = True
                for place in mine[behind].tolist():
                    self._tell_late(rows, held + place, "its time is before a tick already taken")
        found = int(late.sum())
        if found:
            self._counts = replace(self._counts, late=self._counts.late + found)
        return late

    def _order_of(self, symbol: int) -> SymbolOrder:
        order = self._orders.get(symbol)
        if order is None:
            order = self._orders[symbol] = SymbolOrder(self._sequenced_ns, self._unsequenced_ns)
        return order

    # What leaves

    def _emit(self, rows: Rows, releases: _Releases) -> list[TickBatch]:
        by_key = sorted(range(len(releases.keys)), key=releases.keys.__getitem__)
        places = np.array([releases.places[i] for i in by_key], np.int64)
        missing = np.array([releases.missing[i] for i in by_key], np.int64)
        return self._emit_in_order(rows, places, missing)

    def _emit_in_order(self, rows: Rows, places: Int64, missing: Int64) -> list[TickBatch]:
        self._keep_waiting(rows)
        if not len(places):
            self._count_taken(0)
            return []
        leaving = rows.at(places)
        for at in np.flatnonzero(missing).tolist():
            self._tell_gap(leaving, at, int(missing[at]))
        refused = self._scales.size_by_total(leaving)
        if refused:
            for at, reason in sorted(refused.items()):
                raw = render_row(leaving, at, self.symbols)
                self._tell(EventKind.QUARANTINED, leaving, at, reason, raw=raw)
            self._counts = replace(self._counts, quarantined=self._counts.quarantined + len(refused))
            stay = np.ones(len(leaving), np.bool_)
            stay[list(refused)] = False
            leaving, missing = leaving.at(np.flatnonzero(stay)), missing[stay]
        batches = self._scales.batches(leaving, missing > 0)
        off_grid = 0
        for batch in batches:
            off_grid += self._off_grid(batch)
        self._count_taken(len(leaving), off_grid)
        return batches

    def _off_grid(self, batch: TickBatch) -> int:
        off = self._grid.off(batch)
        for at in self._grid.first_of_symbol(batch, off):
            symbol = batch.symbols[int(batch.symbol[at])]
            detail = "price is not on the instrument's grid; taken, and from here on only counted"
            self.events.append(
                DataEvent(
                    EventKind.OFF_GRID,
                    symbol,
                    int(batch.ts_ns[at]),
                    Position(0, int(batch.row[at])),
                    int(batch.row[at]),
                    detail,
                )
            )
        return int(off.sum())

    def _keep_waiting(self, rows: Rows) -> None:
        """Carry over the rows that wait, and tell the waiting ticks their new places."""
        places: list[int] = []
        for symbol in sorted(self._waiting):
            for tick in self._orders[symbol].waiting:
                places.append(tick.place)
                tick.place = len(places) - 1
        self._carry = rows.at(np.array(places, np.int64)) if places else Rows.empty()

    def _count_taken(self, taken: int, off_grid: int = 0) -> None:
        counts = self._counts
        self._counts = replace(
            counts,
            taken=counts.taken + taken,
            held=len(self._carry),
            off_grid=counts.off_grid + off_grid,
        )

    def _tell_gap(self, rows: Rows, at: int, missing: int) -> None:
        counts = self._counts
        self._counts = replace(counts, gaps=counts.gaps + 1, missing=counts.missing + missing)
        detail = f"{missing} tick{'s' * (missing != 1)} missing before seq {int(rows.seq[at])}"
        self._tell(EventKind.GAP, rows, at, detail, missing=missing)

    def _tell_late(self, rows: Rows, at: int, detail: str) -> None:
        size = float(rows.size[at])
        self._tell(EventKind.LATE, rows, at, detail, price=float(rows.price[at]), size=size)

    def _tell(
        self,
        kind: EventKind,
        rows: Rows,
        at: int,
        detail: str,
        *,
        price: float = float("nan"),
        size: float = float("nan"),
        missing: int = 0,
        raw: bytes = b"",
    ) -> None:
        code = int(rows.symbol[at])
        symbol = self.symbols[code] if code >= 0 else ""
        place = Position(int(rows.partition[at]), int(rows.offset[at]), int(rows.index[at]))
        ts_ns, row = int(rows.ts_ns[at]), int(rows.row[at])
        if ts_ns == NO_TIME:
            ts_ns = self._clocks.get(place.partition, 0)
        self.events.append(DataEvent(kind, symbol, ts_ns, place, row, detail, price, size, missing, raw))
