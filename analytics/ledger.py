"""The guard's accounts: every tick is counted once, and every decision told in the order in which it fell."""

from __future__ import annotations

from collections import Counter

from analytics.events import MOST_RAW_BYTES, DataEvent, EventKind, GuardCounts
from analytics.intake import Intake, Rows
from analytics.log import AppendLog
from analytics.order import When
from analytics.ticks import NO_TIME, Position

NO_OFFSET = -1
"""Stands in the place of what concerns a whole partition."""
_COUNTED_AS = {
    EventKind.QUARANTINED: "quarantined",
    EventKind.LATE: "late",
    EventKind.DUPLICATE: "duplicate",
    EventKind.GAP: "gaps",
    EventKind.RESTART: "restarts",
}


class Ledger:
    """Counts and events of one guard. What is noted is published as a whole by `close`."""

    def __init__(self, events: AppendLog[DataEvent], intake: Intake) -> None:
        self._events = events
        self._intake = intake
        self._noted: list[tuple[When, DataEvent]] = []
        self._numbers: Counter[str] = Counter()
        self.counts = GuardCounts()
        """The counts at the last `close`; any thread may read them."""

    def note(
        self,
        when: When,
        kind: EventKind,
        rows: Rows,
        at: int,
        detail: str,
        *,
        missing: int = 0,
        raw: bytes = b"",
    ) -> None:
        """Note one decision about a row; a late tick is told with its price and size."""
        code, ts_ns = int(rows.symbol[at]), int(rows.ts_ns[at])
        late = kind is EventKind.LATE
        event = DataEvent(
            kind,
            self._intake.symbols[code] if code >= 0 else "",
            0 if ts_ns == NO_TIME else ts_ns,
            Position(int(rows.partition[at]), int(rows.offset[at]), int(rows.index[at])),
            int(rows.row[at]),
            detail,
            float(rows.price[at]) if late else float("nan"),
            float(rows.size[at]) if late else float("nan"),
            missing,
            raw[:MOST_RAW_BYTES],
        )
        self._noted.append((when, event))
        if kind in _COUNTED_AS:
            self._numbers[_COUNTED_AS[kind]] += 1
        self._numbers["missing"] += missing

    def note_partition(self, when: When, partition: int, at_ns: int, detail: str, *, idle: bool) -> None:
        """Note that a partition fell idle or is active again."""
        event = DataEvent(EventKind.PARTITION, "", at_ns, Position(partition, NO_OFFSET), 0, detail)
        self._noted.append((when, event))
        self._numbers["idle"] += idle

    def count(self, *, taken: int, off_grid: int) -> None:
        """Count ticks that left, and how many of them were off their grid."""
        self._numbers["taken"] += taken
        self._numbers["off_grid"] += off_grid

    def close(self, held: int) -> None:
        """Publish what was noted; `held` ticks wait."""
        self._noted.sort(key=lambda each: each[0])
        for _, event in self._noted:
            self._events.append(event)
        self._noted.clear()
        self.counts = GuardCounts(held=held, **self._numbers)
