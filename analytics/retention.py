"""How much of each symbol is held: a bound in ticks and in bytes, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import ConfigError

LEAST_HELD = 512
"""Rows that are held whatever the bound: series look back on some hundred rows without telling."""
_STEPS = 8
"""The part of what is held by which it moves on at a time."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The newest `ticks` ticks of each symbol are held, or as many as take `bytes`, whichever is less.

    Raises ConfigError where one is below 1.
    """

    ticks: int
    bytes: int

    def __post_init__(self) -> None:
        if min(self.ticks, self.bytes) < 1:
            raise ConfigError(f"expected a retention of 1 tick and 1 byte or more, found {self}")

    def rows(self, row_bytes: int) -> int:
        """Return how many rows are held of a symbol whose rows take so many bytes each."""
        return max(min(self.ticks, self.bytes // row_bytes), LEAST_HELD)

    def step(self, row_bytes: int) -> int:
        """Return how many rows are let go of at a time."""
        return max(self.rows(row_bytes) // _STEPS, 1)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one symbol.

    `ticks` of `count` that came, `row_bytes` each; `for_windows` are those among them that would have
    gone if no window reached back to them.
    """

    count: int
    ticks: int
    row_bytes: int
    for_windows: int = 0

    @property
    def bytes(self) -> int:
        """Return what all of it takes."""
        return self.ticks * self.row_bytes
