"""The guard as the contract words it: one tick at a time, in plain Python, slow and without arrays."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tests.builders.ticks import Mark, Sent, Taken

HELD_MOST = 64
RESTART_BELOW = 1_024
LATENESS_NS = 250_000_000
DAY_NS = 86_400 * 10**9
FINEST = 8
UNKNOWN_SCALES = (4, 0)


@dataclass(frozen=True, slots=True)
class Told:
    """One data event, without its words."""

    kind: str
    symbol: str
    row: int
    ts_ns: int
    partition: int
    offset: int
    missing: int = 0


@dataclass(slots=True, eq=False)
class Tick:
    """A tick that came, with its arrival time as the running maximum of its partition."""

    sent: Sent
    row: int
    symbol: str
    ts_ns: int | None
    arrival_ns: int

    @property
    def key(self) -> tuple[int, int, int]:
        assert self.ts_ns is not None
        return self.ts_ns, self.arrival_ns, self.row


@dataclass(slots=True, eq=False)
class Run:
    """The numbers of one (source, symbol, run): which came, which are missing, which were given up."""

    first: int
    highest: int
    highest_ts_ns: int
    came: set[int]
    missing: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    opened_by: Tick | None = None


@dataclass(slots=True)
class Line:
    """The ticks of one symbol that wait: those with a seq in the order they will leave, and those without."""

    numbered: list[tuple[Tick, Run]] = field(default_factory=list)
    plain: list[Tick] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    newest_ns: int | None = None
    after_gap: bool = False

    def waiting(self) -> list[Tick]:
        return [tick for tick, _ in self.numbered] + self.plain


def decimals(value: float) -> int:
    """Return how many decimals a float needs when written out."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def exact(value: float) -> Fraction:
    """Return the number that a float stands for when written out."""
    return Fraction(Decimal(repr(value)))


class SlowGuard:
    """What the guard must do, tick by tick. Sessions are UTC days; no symbol is known beforehand."""

    def __init__(self, lateness_ns: int | None = None, most_symbols: int = 10_000) -> None:
        self.numbered_ns = LATENESS_NS if lateness_ns is None else lateness_ns
        self.plain_ns = 0 if lateness_ns is None else lateness_ns
        self.most_symbols = most_symbols
        self.taken: list[Taken] = []
        self.told: list[Told] = []
        self.counts: Counter[str] = Counter()
        self.clock: dict[int, int] = {}
        self.lines: dict[str, Line] = {}
        self.runs: dict[tuple[str, str | None, str | None], Run] = {}
        self.run_known: set[tuple[str, str | None]] = set()
        self.positions: set[tuple[int, int, int]] = set()
        self.totals: dict[str, tuple[int, Fraction]] = {}
        self.newest_time: dict[str, int] = {}
        self.scales: dict[str, tuple[int, int]] = {}
        self.row = 0

    def follow(self, feed: list[Sent | Mark]) -> None:
        for each in feed:
            if isinstance(each, Mark):
                self.pass_time(each.partition, each.at_ns)
            else:
                self.arrive(each)

    # time

    def pass_time(self, partition: int, at_ns: int) -> None:
        self.clock[partition] = max(at_ns, self.clock.get(partition, at_ns))
        self.let_leave(partition)

    def let_leave(self, partition: int | None) -> None:
        """Let leave, one deadline after the other, what is due in a partition (None: all, the end)."""
        while True:
            due = [
                (self.deadline_of(tick), tick.arrival_ns, tick.row, symbol, tick)
                for symbol, line in self.lines.items()
                for tick in line.waiting()
                if partition is None
                or (tick.sent.partition == partition and self.deadline_of(tick) <= self.clock[partition])
            ]
            if not due:
                return
            *_, symbol, tick = min(due, key=lambda each: each[:3])
            line = self.lines[symbol]
            if tick in line.plain:
                for leaving in sorted(line.plain, key=lambda each: each.key):
                    if leaving.key <= tick.key:
                        line.plain.remove(leaving)
                        self.release(leaving)
            else:
                self.declare(line)

    def deadline_of(self, tick: Tick) -> int:
        return tick.arrival_ns + (self.plain_ns if tick.sent.seq is None else self.numbered_ns)

    def deadline(self) -> tuple[int, int] | None:
        due = [
            (self.deadline_of(tick), tick.sent.partition)
            for line in self.lines.values()
            for tick in line.waiting()
        ]
        return min(due, default=None)

    def finish(self) -> None:
        self.let_leave(None)
        left = [(run.opened_by, run) for line in self.lines.values() for run in line.runs if run.missing]
        for opened_by, run in sorted(left, key=lambda each: each[0].row if each[0] else -1):
            assert opened_by is not None
            self.give_up(run, run.highest, opened_by)

    # arrival

    def arrive(self, sent: Sent) -> None:
        row, self.row = self.row, self.row + 1
        came = sent.ts_ns if sent.arrival_ns is None else sent.arrival_ns
        if came is not None:
            self.pass_time(sent.partition, came)
        arrival_ns = self.clock.get(sent.partition)
        ts_ns = arrival_ns if sent.ts_ns is None else sent.ts_ns
        symbol = unicodedata.normalize("NFC", sent.symbol)
        tick = Tick(sent, row, symbol, ts_ns, 0 if arrival_ns is None else arrival_ns)
        fault = self.is_bad(tick, came)
        place = (sent.partition, row if sent.offset is None else sent.offset, sent.index)
        repeated = place in self.positions
        self.positions.add(place)
        if fault:
            self.count("quarantined", tick)
        elif sent.seq is None and repeated:
            self.count("duplicate", tick)
        elif sent.seq is None:
            self.offer_plain(tick)
        if sent.seq is not None and symbol in self.scales:
            self.offer_numbered(tick, sent.seq, ghost=fault)
        if arrival_ns is not None:
            self.let_leave(sent.partition)

    def is_bad(self, tick: Tick, came: int | None) -> bool:
        sent = tick.sent
        unfit = not tick.symbol or len(tick.symbol.encode(errors="surrogatepass")) > 64
        unfit = unfit or any(unicodedata.category(char) in ("Cc", "Cs") for char in tick.symbol)
        if unfit:
            return True
        if tick.symbol not in self.scales:
            if len(self.scales) >= self.most_symbols:
                return True
            self.scales[tick.symbol] = UNKNOWN_SCALES
        if sent.defect is not None or came is None:
            return True
        if not math.isfinite(sent.price) or sent.price <= 0 or decimals(sent.price) > FINEST:
            return True
        quantity = sent.total if sent.size is None else sent.size
        return quantity is None or not math.isfinite(quantity) or quantity < 0 or decimals(quantity) > FINEST

    def offer_plain(self, tick: Tick) -> None:
        line = self.lines.setdefault(tick.symbol, Line())
        assert tick.ts_ns is not None
        if line.newest_ns is not None and tick.ts_ns < line.newest_ns:
            self.count("late", tick)
        elif self.plain_ns == 0:
            self.release(tick)
        else:
            line.plain.append(tick)

    def offer_numbered(self, tick: Tick, seq: int, *, ghost: bool) -> None:
        line = self.lines.setdefault(tick.symbol, Line())
        run, is_new = self.run_of(tick, seq)
        if is_new:
            line.runs.append(run)
            in_place = True
        elif seq > run.highest:
            run.missing.update(range(run.highest + 1, seq))
            run.highest = seq
            if tick.ts_ns is not None:
                run.highest_ts_ns = tick.ts_ns
            run.came.add(seq)
            run.opened_by = tick if ghost else run.opened_by
            in_place = True
        elif seq in run.missing:
            run.missing.remove(seq)
            run.came.add(seq)
            in_place = True
        else:
            in_place = False
            if not ghost:
                late = seq in run.lost or seq < run.first
                run.lost.discard(seq)
                self.count("late" if late else "duplicate", tick)
        if in_place and not ghost:
            behind = [
                at for at, (other, its) in enumerate(line.numbered) if its is run and self.seq(other) > seq
            ]
            line.numbered.insert(behind[0] if behind else len(line.numbered), (tick, run))
        self.drain(line)
        while len(line.numbered) >= HELD_MOST:
            self.declare(line)

    def run_of(self, tick: Tick, seq: int) -> tuple[Run, bool]:
        sent = tick.sent
        name = (tick.symbol, sent.run, sent.source)
        known = self.runs.get(name)
        if known is not None:
            restarts = (
                sent.run is None
                and seq < known.highest - RESTART_BELOW
                and tick.ts_ns is not None
                and tick.ts_ns > known.highest_ts_ns
            )
            if not restarts:
                return known, False
        if (tick.symbol, sent.source) in self.run_known:
            self.tell("restart", tick)
            self.counts["restarts"] += 1
        self.run_known.add((tick.symbol, sent.source))
        highest_ts_ns = -(2**63) if tick.ts_ns is None else tick.ts_ns
        self.runs[name] = Run(seq, seq, highest_ts_ns, {seq})
        return self.runs[name], True

    @staticmethod
    def seq(tick: Tick) -> int:
        assert tick.sent.seq is not None
        return tick.sent.seq

    # leaving

    def drain(self, line: Line) -> None:
        while line.numbered:
            tick, run = line.numbered[0]
            if any(number < self.seq(tick) for number in run.missing):
                return
            line.numbered.pop(0)
            self.release(tick)

    def declare(self, line: Line) -> None:
        tick, run = line.numbered[0]
        line.after_gap = True
        self.give_up(run, self.seq(tick), tick)
        self.drain(line)

    def give_up(self, run: Run, below: int, tick: Tick) -> None:
        gone = {number for number in run.missing if number < below}
        run.missing -= gone
        run.lost |= gone
        self.tell("gap", tick, len(gone))
        self.counts["gaps"] += 1
        self.counts["missing"] += len(gone)

    def release(self, tick: Tick) -> None:
        sent, line = tick.sent, self.lines[tick.symbol]
        assert tick.ts_ns is not None
        line.newest_ns = tick.ts_ns if line.newest_ns is None else max(line.newest_ns, tick.ts_ns)
        size = self.size_of(tick, line.newest_ns)
        if size is None:
            self.count("quarantined", tick)
            return
        price = exact(sent.price)
        scales = self.scales[tick.symbol]
        size_decimals = max(
            at for at in range(FINEST + 1) if at == 0 or (size * 10 ** (at - 1)).denominator != 1
        )
        scales = max(scales[0], decimals(sent.price)), max(scales[1], size_decimals)
        self.scales[tick.symbol] = scales
        self.counts["taken"] += 1
        self.taken.append(
            Taken(
                tick.symbol,
                tick.row,
                sent.seq,
                tick.ts_ns,
                tick.arrival_ns,
                price,
                size,
                line.after_gap,
                *scales,
            )
        )
        line.after_gap = False

    def size_of(self, tick: Tick, time_ns: int) -> Fraction | None:
        """Return the traded size, None where the cumulative volume fell."""
        sent = tick.sent
        if sent.total is None or not math.isfinite(sent.total) or decimals(sent.total) > FINEST:
            assert sent.size is not None
            return exact(sent.size)
        total, session = exact(sent.total), time_ns // DAY_NS
        before = self.totals.get(tick.symbol)
        size = Fraction(0) if before is None or before[0] != session else total - before[1]
        if sent.size is not None:
            size = exact(sent.size)
        if size < 0:
            return None
        self.totals[tick.symbol] = (session, total)
        return size

    # accounts

    def count(self, kind: str, tick: Tick) -> None:
        self.counts[kind] += 1
        self.tell(kind, tick)

    def tell(self, kind: str, tick: Tick, missing: int = 0) -> None:
        sent = tick.sent
        symbol = tick.symbol if tick.symbol in self.scales else ""
        ts_ns = tick.arrival_ns if tick.ts_ns is None else tick.ts_ns
        offset = tick.row if sent.offset is None else sent.offset
        self.told.append(Told(kind, symbol, tick.row, ts_ns, sent.partition, offset, missing))
