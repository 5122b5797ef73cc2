"""A tape's events put back between its rows."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.ticks import NO_TIME, Bool, TimeMark
from feeds.files.parquet_file import UNREADABLE, first_line
from feeds.files.tape_parts import Losses, TapeFile, read_pieces
from feeds.tape.schema import NoteKind

_COLUMNS = ("kind", "rows_before", "at_ns", "partition", "text", "raw")
_TIME, _UNDECODABLE = NoteKind.TIME.value, NoteKind.UNDECODABLE.value


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
    """An event that reading back needs: before row `at`, overlaps included, or of that row."""

    at: int
    is_undecodable: bool
    text: str
    at_ns: int
    partition: int
    raw: bytes | None


def read_events(files: list[TapeFile], sessions: Sessions, losses: Losses) -> list[Event]:
    """Return time events and ticks that could not be read, by the row they stand at, then as written."""
    found: list[Event] = []
    for file in files:
        for _, batch in read_pieces(file, losses):
            try:
                found += _events(batch, file.session, sessions)
            except UNREADABLE as error:
                losses.add(file.path, f"its events are not understood: {first_line(error)}")
                break
    return sorted(found, key=lambda event: event.at)


def time_marks(events: list[Event], kept: Bool) -> tuple[TimeMark, ...]:
    """Return the time events as marks before the rows that are kept."""
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return tuple(
        TimeMark(int(before[event.at]), event.at_ns, event.partition)
        for event in events
        if not event.is_undecodable and event.at_ns != NO_TIME
    )


def _events(batch: pa.RecordBatch, session: int, sessions: Sessions) -> list[Event]:
    columns = batch.select(list(_COLUMNS))
    wanted = columns.filter(pc.is_in(columns.column("kind"), pa.array([_TIME, _UNDECODABLE])))
    found = []
    for line in wanted.to_pylist():
        if line["rows_before"] is None:
            continue
        at, is_there = sessions.place_of(session, int(line["rows_before"]))
        is_undecodable = line["kind"] == _UNDECODABLE
        if is_undecodable and not is_there:
            continue  # the row it tells of is lost
        at_ns = NO_TIME if line["at_ns"] is None else int(line["at_ns"])
        partition = int(line["partition"] or 0)
        found.append(Event(at, is_undecodable, str(line["text"]), at_ns, partition, line["raw"]))
    return found
