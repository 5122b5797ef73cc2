"""Order and identity of one symbol's ticks: what waits, what is late, what is a duplicate.

With a `seq` nothing waits while numbers follow on. At a jump the later ticks of the symbol are held until
the missing ones come, HELD_MOST are held, the clock reaches the first held arrival + lateness, or the feed
ends; then the gap is declared. Without a `seq` a tick leaves at its arrival + lateness, sorted by event
time; one below the last released is late.

`Tick` is a place in the guard's rows; this module decides order only and never sees a price.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from analytics.events import EventKind
from analytics.streams import Stream

HELD_MOST = 64
"""Ticks of one symbol that are held; the last of them declares the gap."""

When: TypeAlias = tuple[int, int, int, int, int, int]
"""Orders what happens: moment, BY_TIME or BY_TICK, deadline, its arrival and row, and a running number."""
BY_TIME, BY_TICK = 0, 1
Due: TypeAlias = tuple[int, int, int]
"""A deadline: clock time, and the arrival and row of the tick that it is counted from."""


@dataclass(slots=True, eq=False)
class Tick:
    """A tick that is offered: its place in the guard's rows and what order needs.

    A ghost is a quarantined tick: its number counts as arrived, and it is not held itself.
    """

    place: int
    seq: int
    ts_ns: int
    arrival_ns: int
    row: int
    partition: int
    stream: Stream | None
    ghost: bool = False
    waits: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """Return event time, then arrival."""
        return self.ts_ns, self.arrival_ns, self.row


@dataclass(slots=True)
class Decisions:
    """What was decided, each with its `When`; the caller sets `at` before it asks for more.

    `released` are (when, place in the rows, whether a gap was declared just before it); `told` are late
    ticks, duplicates, and gaps with the number missing before their tick.
    """

    at: tuple[int, int, int, int, int] = (0, BY_TIME, 0, 0, 0)
    released: list[tuple[When, int, bool]] = field(default_factory=list)
    told: list[tuple[When, EventKind, Tick, int]] = field(default_factory=list)
    _number: int = 0

    def release(self, tick: Tick, after_gap: bool = False) -> None:
        """Note a tick that leaves."""
        self.released.append((self.now(), tick.place, after_gap))

    def tell(self, kind: EventKind, tick: Tick, missing: int = 0) -> None:
        """Note what became of a tick that does not leave, or a gap before one."""
        self.told.append((self.now(), kind, tick, missing))

    def now(self) -> When:
        """Return the next `When`."""
        self._number += 1
        return (*self.at, self._number)


class SymbolOrder:
    """The ticks of one symbol that wait, and the rules by which they leave.

    `lateness_ns` is how long a tick waits; those without seq do only where `sorts`.
    """

    def __init__(self, lateness_ns: int, *, sorts: bool) -> None:
        self.lateness_ns = lateness_ns
        self._sorts = sorts
        self._held: list[tuple[Tick, Stream]] = []  # in the order in which they will leave
        self._sorting: list[tuple[tuple[int, int, int], Tick]] = []  # a heap by event time
        self._arrived: dict[int, deque[Tick]] = {}  # by partition, in order of arrival
        self._openers: list[
            tuple[Tick, Stream]
        ] = []  # the newest ghost of each stream behind missing numbers
        self.last_ts_ns: int | None = None
        """The largest event time released."""

    @property
    def waiting(self) -> list[Tick]:
        """Return the ticks that wait."""
        return [tick for tick, _ in self._held] + [tick for _, tick in self._sorting]

    @property
    def openers(self) -> list[Tick]:
        """Return the ghosts that stand behind missing numbers; they wait for nothing."""
        return [tick for tick, _ in self._openers]

    @property
    def is_idle(self) -> bool:
        """Return whether nothing waits and no number is missing."""
        return not self._held and not self._sorting and not self._openers

    def deadlines(self) -> list[tuple[Due, int]]:
        """Return the next deadline of each partition whose ticks wait, and the partition."""
        found = []
        for partition, queue in list(self._arrived.items()):
            while queue and not queue[0].waits:
                queue.popleft()
            if queue:
                first = queue[0]
                due = (first.arrival_ns + self.lateness_ns, first.arrival_ns, first.row)
                found.append((due, partition))
            else:
                del self._arrived[partition]
        return found

    def expire(self, partition: int, out: Decisions) -> None:
        """Let leave what a partition's next deadline lets leave: declare one gap, or release sorted ticks."""
        tick = self._arrived[partition][0]
        if tick.stream is not None:
            self._declare(out)
            return
        while tick.waits:
            self._release(heappop(self._sorting)[1], out)

    def give_up(self, out: Decisions) -> None:
        """Declare what is missing before the first ghost that stands behind missing numbers."""
        ghost, stream = self._openers.pop(0)
        out.tell(EventKind.GAP, ghost, stream.declare_below(ghost.seq))

    def note_time(self, ts_ns: int) -> None:
        """Note the largest event time of ticks that left without being offered."""
        self.last_ts_ns = ts_ns if self.last_ts_ns is None else max(self.last_ts_ns, ts_ns)

    def offer(self, tick: Tick, out: Decisions) -> None:
        """Take one tick; the clock has already passed its arrival."""
        if tick.stream is not None:
            self._offer_numbered(tick, tick.stream, out)
        elif not tick.ghost:
            self._offer_plain(tick, out)

    def _offer_plain(self, tick: Tick, out: Decisions) -> None:
        if self.last_ts_ns is not None and tick.ts_ns < self.last_ts_ns:
            out.tell(EventKind.LATE, tick)
        elif self._sorts:
            tick.waits = True
            heappush(self._sorting, (tick.key, tick))
            self._arrived.setdefault(tick.partition, deque()).append(tick)
        else:
            self._release(tick, out)

    def _offer_numbered(self, tick: Tick, stream: Stream, out: Decisions) -> None:
        seq = tick.seq
        if seq > stream.highest:
            stream.rise_to(seq, tick.ts_ns)
            self._place(tick, stream, len(self._held))
        elif seq in stream.missing:
            stream.missing.remove(seq)
            self._place(tick, stream, self._place_of(tick, stream))
        elif not tick.ghost:
            self._refuse(tick, stream, out)
            return
        self._drain(out)
        while len(self._held) >= HELD_MOST:
            self._declare(out)
        if tick.waits:
            self._arrived.setdefault(tick.partition, deque()).append(tick)
        self._forget_openers()

    def _place(self, tick: Tick, stream: Stream, at: int) -> None:
        if not tick.ghost:
            tick.waits = True
            self._held.insert(at, (tick, stream))
        elif tick.seq == stream.highest and stream.missing:
            self._openers = [each for each in self._openers if each[1] is not stream]
            self._openers.append((tick, stream))

    def _place_of(self, tick: Tick, stream: Stream) -> int:
        for at, (other, its_stream) in enumerate(self._held):
            if its_stream is stream and other.seq > tick.seq:
                return at
        return len(self._held)

    def _refuse(self, tick: Tick, stream: Stream, out: Decisions) -> None:
        if tick.seq in stream.lost:
            stream.lost.remove(tick.seq)
            out.tell(EventKind.LATE, tick)
        else:
            out.tell(EventKind.LATE if tick.seq < stream.first else EventKind.DUPLICATE, tick)

    def _drain(self, out: Decisions) -> None:
        while self._held:
            front, stream = self._held[0]
            if stream.missing.has_below(front.seq):
                return
            del self._held[0]
            self._release(front, out)

    def _declare(self, out: Decisions) -> None:
        front, stream = self._held.pop(0)
        out.tell(EventKind.GAP, front, stream.declare_below(front.seq))
        self._release(front, out, after_gap=True)
        self._drain(out)
        self._forget_openers()

    def _forget_openers(self) -> None:
        if self._openers:
            self._openers = [each for each in self._openers if each[1].missing.has_below(each[0].seq)]

    def _release(self, tick: Tick, out: Decisions, after_gap: bool = False) -> None:
        tick.waits = False
        out.release(tick, after_gap)
        self.note_time(tick.ts_ns)
