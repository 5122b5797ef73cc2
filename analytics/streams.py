"""Sequence numbers: what one run of one source has numbered so far for one symbol."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field

from analytics.ticks import NO_TIME

MOST_RANGES = 10_000
"""Declared gaps of one run that are remembered, each a range of numbers."""


@dataclass(slots=True)
class Ranges:
    """Disjoint ascending ranges of sequence numbers, both ends included."""

    spans: list[tuple[int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, seq: int) -> bool:
        return self._place(seq) is not None

    def add(self, low: int, high: int) -> None:
        """Add a range that overlaps none."""
        insort(self.spans, (low, high))

    def remove(self, seq: int) -> None:
        """Take one number out."""
        at = self._place(seq)
        if at is not None:
            low, high = self.spans[at]
            pieces = [(low, seq - 1), (seq + 1, high)]
            self.spans[at : at + 1] = [piece for piece in pieces if piece[0] <= piece[1]]

    def has_below(self, seq: int) -> bool:
        """Return whether a number is below `seq`."""
        return bool(self.spans) and self.spans[0][0] < seq

    def pop_below(self, seq: int) -> list[tuple[int, int]]:
        """Take out and return the ranges below a number that is in none."""
        below = [span for span in self.spans if span[1] < seq]
        del self.spans[: len(below)]
        return below

    def _place(self, seq: int) -> int | None:
        """Return which range holds a number, or None."""
        at = bisect_right(self.spans, seq, key=lambda span: span[0]) - 1
        return at if at >= 0 and seq <= self.spans[at][1] else None


@dataclass(slots=True, eq=False)
class Stream:
    """One run of one source for one symbol; its first number opens no gap, so `highest` begins below it.

    `missing` are numbers that may still come in time, `lost` those whose gap was declared. Past `MOST_RANGES`
    the oldest of those are forgotten, and `first` stands behind them: what comes below it is late all the same.
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
        while len(self.lost.spans) > MOST_RANGES:
            self.first = self.lost.spans.pop(0)[1] + 1
        return sum(high - low + 1 for low, high in gone)
