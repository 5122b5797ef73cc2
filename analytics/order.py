"""Order and identity of one symbol's ticks: what waits, what is late, what is a duplicate.

With a `seq` nothing waits while numbers follow on. At a jump the later ticks of the symbol are held until
the missing ones come, HELD_MOST are held, the clock reaches the first held arrival + lateness, or the feed
ends; then the gap is declared. Without a `seq` a tick leaves at its arrival + lateness, sorted by event
time; one below the last released is late.

`Tick` is a place in the guard's rows; this module decides order only and never sees a price.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

HELD_MOST = 64
"""Ticks of one symbol that are held; the last of them declares the gap."""
RESTART_BELOW = 1_024
"""Without a run, a seq further below the highest than this, with a later time, starts a new run."""


@dataclass(slots=True)
class Ranges:
    """Disjoint ascending ranges of sequence numbers, both ends included."""

    spans: list[tuple[int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, seq: int) -> bool:
        return any(low <= seq <= high for low, high in self.spans)

    def add(self, low: int, high: int) -> None:
        """Add a range that overlaps none."""
        insort(self.spans, (low, high))

    def remove(self, seq: int) -> None:
        """Take one number out."""
        for at, (low, high) in enumerate(self.spans):
            if low <= seq <= high:
                pieces = [(low, seq - 1), (seq + 1, high)]
                self.spans[at : at + 1] = [piece for piece in pieces if piece[0] <= piece[1]]
                return

    def pop_below(self, seq: int) -> list[tuple[int, int]]:
        """Take out and return the ranges below a number."""
        below = [span for span in self.spans if span[1] < seq]
        del self.spans[: len(below)]
        return below


@dataclass(slots=True)
class Stream:
    """One run of one source for one symbol: what it has numbered so far.

    `missing` are numbers that may still come in time, `lost` those whose gap was declared.
    """

    first: int | None = None
    highest: int = 0
    highest_ts_ns: int = 0
    missing: Ranges = field(default_factory=Ranges)
    lost: Ranges = field(default_factory=Ranges)

    def start(self, seq: int, ts_ns: int) -> None:
        """Take the first number of a run; it opens no gap."""
        self.first = self.highest = seq
        self.highest_ts_ns = ts_ns
        self.missing = Ranges()
        self.lost = Ranges()


@dataclass(slots=True, eq=False)
class Tick:
    """A tick that is offered: its place in the guard's rows and what order needs.

    A ghost is a quarantined tick: its number counts as arrived, and nothing is released for it.
    """

    place: int
    seq: int
    ts_ns: int
    arrival_ns: int
    row: int
    stream: Stream | None
    ghost: bool = False

    def sort_key(self) -> tuple[int, int, int]:
        """Return event time, then arrival."""
        return self.ts_ns, self.arrival_ns, self.row


@dataclass(frozen=True, slots=True)
class Released:
    """A tick that leaves, and how many are known to be missing just before it."""

    tick: Tick
    missing: int


@dataclass(slots=True)
class Outcome:
    """What offering a tick, or the passing of time, led to."""

    released: list[Released] = field(default_factory=list)
    late: list[Tick] = field(default_factory=list)
    duplicate: list[Tick] = field(default_factory=list)
    restarted: bool = False


class SymbolOrder:
    """The ticks of one symbol that wait, and the rules by which they leave."""

    def __init__(self, sequenced_ns: int, unsequenced_ns: int) -> None:
        self._sequenced_ns = sequenced_ns
        self._unsequenced_ns = unsequenced_ns
        self._held: list[Tick] = []  # in the order in which they will leave
        self._sorting: list[tuple[tuple[int, int, int], Tick]] = []  # without seq, by event time
        self._missing_before_next = 0
        self.last_ts_ns: int | None = None
        """The largest event time released."""

    @property
    def waiting(self) -> list[Tick]:
        """Return the ticks that wait, ghosts left out."""
        return [tick for tick in self._held if not tick.ghost] + [tick for _, tick in self._sorting]

    @property
    def is_idle(self) -> bool:
        """Return whether nothing waits, and no gap waits to be told."""
        return not self._held and not self._sorting and not self._missing_before_next

    def deadline(self) -> tuple[int, int, int] | None:
        """Return (clock time, arrival, row) at which something must leave, or None."""
        due = [(tick.arrival_ns + self._sequenced_ns, tick.arrival_ns, tick.row) for tick in self._held]
        due += [(t.arrival_ns + self._unsequenced_ns, t.arrival_ns, t.row) for _, t in self._sorting]
        return min(due, default=None)

    def expire(self, out: Outcome) -> None:
        """Let leave what the earliest deadline lets leave: declare one gap, or release sorted ticks."""
        earliest = self.deadline()
        if earliest is None:
            return
        for _, tick in self._sorting:
            if (tick.arrival_ns + self._unsequenced_ns, tick.arrival_ns, tick.row) == earliest:
                while self._sorting:
                    leaving = self._sorting.pop(0)[1]
                    self._release(leaving, out)
                    if leaving is tick:
                        return
        self._declare(out)

    def offer(self, tick: Tick, out: Outcome) -> None:
        """Take one tick; the clock has already passed its arrival."""
        if tick.stream is None:
            self._offer_unsequenced(tick, out)
        else:
            self._offer_sequenced(tick, tick.stream, out)

    def _offer_unsequenced(self, tick: Tick, out: Outcome) -> None:
        if tick.ghost:
            return
        if self.last_ts_ns is not None and tick.ts_ns < self.last_ts_ns:
            out.late.append(tick)
        elif self._unsequenced_ns == 0:
            self._release(tick, out)
        else:
            insort(self._sorting, (tick.sort_key(), tick), key=lambda entry: entry[0])

    def _offer_sequenced(self, tick: Tick, stream: Stream, out: Outcome) -> None:
        seq = tick.seq
        if stream.first is None:
            stream.start(seq, tick.ts_ns)
            self._held.append(tick)
        elif seq > stream.highest:
            if seq > stream.highest + 1:
                stream.missing.add(stream.highest + 1, seq - 1)
            stream.highest, stream.highest_ts_ns = seq, tick.ts_ns
            self._held.append(tick)
        elif seq in stream.missing:
            stream.missing.remove(seq)
            self._held.insert(self._place_of(tick, stream), tick)
        elif not tick.ghost:
            if seq in stream.lost:
                stream.lost.remove(seq)
                out.late.append(tick)
            elif seq < stream.first:
                out.late.append(tick)
            else:
                out.duplicate.append(tick)
            return
        self._drain(out)
        while sum(not each.ghost for each in self._held) >= HELD_MOST:
            self._declare(out)

    def _place_of(self, tick: Tick, stream: Stream) -> int:
        for at, other in enumerate(self._held):
            if other.stream is stream and other.seq > tick.seq:
                return at
        return len(self._held)

    def _drain(self, out: Outcome) -> None:
        while self._held:
            front = self._held[0]
            stream = front.stream
            if stream is not None and stream.missing and stream.missing.spans[0][0] < front.seq:
                return
            self._release(self._held.pop(0), out)

    def _declare(self, out: Outcome) -> None:
        front = self._held[0]
        if front.stream is not None:
            for low, high in front.stream.missing.pop_below(front.seq):
                front.stream.lost.add(low, high)
                self._missing_before_next += high - low + 1
        self._drain(out)

    def _release(self, tick: Tick, out: Outcome) -> None:
        if tick.ghost:
            return
        out.released.append(Released(tick, self._missing_before_next))
        self._missing_before_next = 0
        self.last_ts_ns = tick.ts_ns if self.last_ts_ns is None else max(self.last_ts_ns, tick.ts_ns)
