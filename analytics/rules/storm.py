"""A storm of firings as one line that counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.rules.rule import Firing

TOGETHER_NS = 1_000_000_000
"""Firings of one rule no further apart than this, in event time, are one storm."""


@dataclass(slots=True)
class Storm:
    """Firings of one rule that follow each other closely: the first, the last, how many, and of whom.

    `symbols` are in the order of their first firing.
    """

    first: Firing
    last: Firing
    count: int
    symbols: tuple[str, ...]

    def takes(self, firing: Firing) -> bool:
        """Return whether a firing of the same rule follows closely enough to belong here."""
        return abs(firing.ts_ns - self.last.ts_ns) <= TOGETHER_NS

    def add(self, firing: Firing) -> None:
        """Count one more firing."""
        self.last = firing
        self.count += 1
        if firing.symbol not in self.symbols:
            self.symbols = (*self.symbols, firing.symbol)


class Storms:
    """Merges shown firings, in the engine's order, into lines; those of one rule over all of its symbols.

    A line is done once its rule fires too late for it, or once time has gone on by more than
    `TOGETHER_NS`; lines are told in the order in which they began.
    """

    def __init__(self) -> None:
        self._open: dict[str, Storm] = {}
        self._lines: list[Storm] = []

    def take(self, firing: Firing) -> Iterator[Storm]:
        """Take one shown firing and yield the lines that are done, in the order of their first firings."""
        storm = self._open.get(firing.rule)
        if storm is not None and storm.takes(firing):
            storm.add(firing)
        else:
            storm = self._open[firing.rule] = Storm(firing, firing, 1, (firing.symbol,))
            self._lines.append(storm)
        while self._lines and self._is_done(self._lines[0], firing.ts_ns):
            yield self._close(self._lines.pop(0))

    def finish(self) -> Iterator[Storm]:
        """Yield the lines that are left."""
        lines, self._lines = self._lines, []
        self._open.clear()
        yield from lines

    def _is_done(self, storm: Storm, now_ns: int) -> bool:
        return self._open.get(storm.first.rule) is not storm or now_ns - storm.last.ts_ns > TOGETHER_NS

    def _close(self, storm: Storm) -> Storm:
        if self._open.get(storm.first.rule) is storm:
            del self._open[storm.first.rule]
        return storm
