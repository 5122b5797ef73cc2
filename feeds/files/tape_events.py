"""A tape's events put back between its rows."""

from __future__ import annotations

import bisect
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from analytics.ticks import NO_TIME, Bool, TimeMark
from feeds.files.parquet_file import UNREADABLE, first_line
from feeds.files.tape_parts import Losses, TapeFile, read_pieces
from feeds.tape.schema import IDLE, NoteKind

_COLUMNS = ("kind", "rows_before", "at_ns", "partition", "text", "raw")
_FOR_READING = (NoteKind.TIME, NoteKind.PARTITION, NoteKind.UNDECODABLE)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Rows `row` to `row` + `count` of a session, which stand at `at` in reading order, overlaps included."""

    row: int
    count: int
    at: int


@dataclass(slots=True)
class Sessions:
    """Where the rows of each recorder's life stand in reading order; what is lost leaves holes."""

    _stretches: dict[int, list[_Stretch]] = field(default_factory=dict)

    def add(self, session: int, row: int, count: int, at: int) -> None:
        """Note that `count` rows of a session from its row `row` on stand at `at`; rows must ascend."""
        known = self._stretches.setdefault(session, [])
        last = known[-1] if known else None
        if last is not None and row - last.row == last.count == at - last.at:
            known[-1] = _Stretch(last.row, last.count + count, last.at)
        else:
            known.append(_Stretch(row, count, at))

    def whole_rows(self, session: int) -> int:
        """Return how many rows of a session follow on from its first, before any is lost."""
        known = self._stretches.get(session, [])
        return known[0].count if known and known[0].row == 0 else 0

    def place_of(self, session: int, row: int) -> tuple[int, bool]:
        """Return where a row stands and True, or where the next one does that is not lost and False."""
        known = self._stretches.get(session, [])
        found = bisect.bisect_right(known, row, key=lambda stretch: stretch.row) - 1
        if found >= 0 and row < known[found].row + known[found].count:
            return known[found].at + row - known[found].row, True
        if found + 1 < len(known):
            return known[found + 1].at, False
        return (known[-1].at + known[-1].count if known else 0), False


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a tape: before row `at`, overlaps included, or of that row.

    `rows_before` is how many rows of its session stood before it as it was written, lost ones included.
    """

    at: int
    rows_before: int
    kind: NoteKind
    text: str
    at_ns: int
    partition: int
    raw: bytes | None

    @property
    def is_undecodable(self) -> bool:
        """Return whether it is of a tick that could not be read."""
        return self.kind is NoteKind.UNDECODABLE

    @property
    def is_idle(self) -> bool:
        """Return whether it is of a partition that was found idle."""
        return self.kind is NoteKind.PARTITION and self.text == IDLE

    @property
    def marks_time(self) -> bool:
        """Return whether it tells of time that passed in silence."""
        return self.at_ns != NO_TIME and (self.kind is NoteKind.TIME or self.is_idle)


def read_events(
    files: list[TapeFile],
    sessions: Sessions,
    losses: Losses,
    kinds: Collection[NoteKind] = _FOR_READING,
) -> list[Event]:
    """Return events of some kinds by the row they stand at, then as written.

    Without `kinds` they are those that reading back needs: of time and partitions, and of ticks that could not be read.
    """
    found: list[Event] = []
    for file in files:
        for _, batch in read_pieces(file, losses):
            try:
                found += _events(batch, file.session, sessions, kinds)
            except UNREADABLE as error:
                losses.add(file.path, f"its events are not understood: {first_line(error)}")
                break
    return sorted(found, key=lambda event: event.at)


def time_marks(events: list[Event], kept: Bool) -> tuple[TimeMark, ...]:
    """Return the time events as marks before the rows that are kept."""
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return tuple(
        TimeMark(int(before[event.at]), event.at_ns, event.partition, event.is_idle)
        for event in events
        if event.marks_time
    )


def _events(
    batch: pa.RecordBatch, session: int, sessions: Sessions, kinds: Collection[NoteKind]
) -> list[Event]:
    columns = batch.select(list(_COLUMNS))
    names = {kind.value for kind in kinds}
    wanted = columns.filter(
        pa.array([each in names for each in columns.column("kind").to_pylist()], pa.bool_())
    )
    found = []
    for line in wanted.to_pylist():
        if line["rows_before"] is None:
            continue
        rows_before = int(line["rows_before"])
        at, is_there = sessions.place_of(session, rows_before)
        kind = NoteKind(line["kind"])
        if kind is NoteKind.UNDECODABLE and not is_there:
            continue  # the row it tells of is lost
        at_ns = NO_TIME if line["at_ns"] is None else int(line["at_ns"])
        partition = int(line["partition"] or 0)
        found.append(Event(at, rows_before, kind, str(line["text"]), at_ns, partition, line["raw"]))
    return found
