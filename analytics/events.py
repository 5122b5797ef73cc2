"""Data events: everything the guard decided that a person may want to know."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from analytics.ticks import Position

MOST_RAW_BYTES = 4_096
"""Of a message's bytes an event keeps no more, as thousands are kept and a message may have 4 MiB; it is
enough to see what is wrong with it, and the tape holds it whole."""


class EventKind(enum.Enum):
    """What happened to the data."""

    QUARANTINED = "quarantined"
    LATE = "late"
    DUPLICATE = "duplicate"
    GAP = "gap"
    RESTART = "restart"
    OFF_GRID = "off grid"
    OUT_OF_RANGE = "out of range"
    PARTITION = "partition"
    SERIES_FAULT = "series fault"


@dataclass(frozen=True, slots=True)
class DataEvent:
    """One decision with its place.

    `ts_ns` is the event time of the tick concerned (arrival time where it has none), `row` its reading
    order. `detail` says what was found. `price` and `size` are those of a late tick, else NaN.
    `missing` is the number of ticks in a gap. `raw` holds a quarantined tick's bytes as received,
    at most the first MOST_RAW_BYTES of them.
    """

    kind: EventKind
    symbol: str
    ts_ns: int
    position: Position
    row: int
    detail: str
    price: float = float("nan")
    size: float = float("nan")
    missing: int = 0
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class GuardCounts:
    """Where the ticks went: sent = taken + quarantined + late + duplicate + held."""

    taken: int = 0
    quarantined: int = 0
    late: int = 0
    duplicate: int = 0
    held: int = 0
    gaps: int = 0
    missing: int = 0
    off_grid: int = 0
    restarts: int = 0
    idle: int = 0
    """How often a partition was found idle."""

    @property
    def sent(self) -> int:
        """Return how many ticks were seen in all."""
        return self.taken + self.quarantined + self.late + self.duplicate + self.held
