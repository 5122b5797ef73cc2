"""Sequence numbers: what one run of one source has numbered so far for one symbol."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from analytics.ticks import NO_TIME


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

    def has_below(self, seq: int) -> bool:
        """Return whether a number is below `seq`."""
        return bool(self.spans) and self.spans[0][0] < seq

    def pop_below(self, seq: int) -> list[tuple[int, int]]:
        """Take out and return the ranges below a number that is in none."""
        below = [span for span in self.spans if span[1] < seq]
        del self.spans[: len(below)]
        return below


@dataclass(slots=True, eq=False)
class Stream:
    """One run of one source for one symbol; its first number opens no gap, so `highest` begins below it.

    `missing` are numbers that may still come in time, `lost` those whose gap was declared.
    """

    first: int
    highest: int
    highest_ts_ns: int
    missing: Ranges = field(default_factory=Ranges)
    lost: Ranges = field(default_factory=Ranges)

    def rise_to(self, seq: int, ts_ns: int) -> None:
        """Take a number above the highest; those between are missing."""
        if seq > self.highest + 1:
            self.missing.add(self.highest + 1, seq - 1)
        self.pass_to(seq, ts_ns)

    def pass_to(self, seq: int, ts_ns: int) -> None:
        """Note the highest number, up to which all have come."""
        self.highest = seq
        if ts_ns != NO_TIME:
            self.highest_ts_ns = ts_ns

    def declare_below(self, seq: int) -> int:
        """Give up the missing numbers below one; return how many they are."""
        gone = self.missing.pop_below(seq)
        for low, high in gone:
            self.lost.add(low, high)
        return sum(high - low + 1 for low, high in gone)
