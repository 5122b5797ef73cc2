"""One recorder's life on a tape, as it was written: rows, events and fingerprints, to be gone through again.

Unlike a tape that is replayed, overlaps are not dropped: what recorded it saw them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.errors import TapeError
from analytics.ticks import Arrivals, Float64, Int64, TimeMark
from feeds.files.parquet_file import UNREADABLE, first_line
from feeds.files.picking import rows_between
from feeds.files.tape_events import Event, read_events
from feeds.files.tape_parts import Losses, TapeFile, find_files, read_pieces
from feeds.files.tape_reader import read_parts, with_defects
from feeds.reading import Reading
from feeds.tape.checks import FIXED_COLUMNS
from feeds.tape.commands import END, Command, Settings, read_command, read_settings
from feeds.tape.marks import UInt64
from feeds.tape.schema import NoteKind

ROWS_TOGETHER = 32_768
"""Rows that are handed over at once."""
_KINDS = (NoteKind.TIME, NoteKind.PARTITION, NoteKind.UNDECODABLE, NoteKind.COMMAND, NoteKind.SETTINGS)


@dataclass(slots=True)
class Checks:
    """Fingerprints as they stand beside a tape, ticks in the engine's order; arrays of one length.

    `tick` is each one's number from 0: it jumps where some are lost. `fired` is by place. A series that
    was not kept has NaN.
    """

    tick: Int64
    row: Int64
    fingerprint: UInt64
    values: Mapping[str, Float64]
    fired: Mapping[int, str]
    stamp: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.tick)


@dataclass(slots=True)
class TapeSession:
    """One recorder's life.

    `rows` is the number of rows from the first on before any is lost, `lost_after` whether others follow;
    `altered` the rows that are not as they were recorded; `lost` what cannot be read, a line each.
    """

    number: int
    whole: Arrivals
    rows: int
    lost_after: bool
    settings: Settings
    checks: Checks
    altered: Int64
    lost: tuple[str, ...]
    _events: list[Event] = field(default_factory=list)

    @property
    def recorded_rows(self) -> int | None:
        """Return how many rows there were when the recording was ended; None where it was cut off."""
        ends = [
            event.rows_before
            for event in self._events
            if event.kind is NoteKind.COMMAND and read_command(event.text).what == END
        ]
        return ends[-1] if ends else None

    def steps(self) -> Iterator[Arrivals | Command]:
        """Yield arrivals, with the time events between them, and commands, in the order in which they came.

        Raises TapeError for a command that this program does not know.
        """
        defects = sorted(self.whole.defects)
        row = 0
        marks: list[TimeMark] = []
        for event in self._events:
            if event.rows_before > self.rows:
                break  # it followed on rows that are lost
            if event.marks_time:
                marks.append(TimeMark(event.rows_before, event.at_ns, event.partition, event.is_idle))
            elif event.kind is NoteKind.COMMAND:
                yield from self._between(row, event.rows_before, marks, defects)
                row, marks = event.rows_before, []
                yield read_command(event.text)
        yield from self._between(row, self.rows, marks, defects)

    def _between(
        self, start: int, stop: int, marks: list[TimeMark], defects: list[int]
    ) -> Iterator[Arrivals]:
        """Yield rows [start, stop) in pieces; marks at `stop` go with the last one."""
        first = 0
        while start < stop or first < len(marks):
            end = min(start + ROWS_TOGETHER, stop)
            last = first
            while last < len(marks) and (marks[last].row < end or end == stop):
                last += 1
            mine = tuple(replace(mark, row=mark.row - start) for mark in marks[first:last])
            yield replace(rows_between(self.whole, start, end, defects), time_marks=mine)
            start, first = end, last


def session_numbers(tape: Path) -> tuple[int, ...]:
    """Return the numbers of a tape's sessions in order. Raises TapeError for what is no tape."""
    found = {each.session for kind in ("part", "events") for each in find_files(tape, kind, Losses())}
    if not found:
        raise TapeError(f"{tape}: expected a tape directory with date=…/part-….parquet, found none to read")
    return tuple(sorted(found))


def read_session(tape: Path, number: int, reading: Reading) -> TapeSession:
    """Return one session of a tape, whole.

    Raises TapeError where its parts lack a column of a tick, or its settings cannot be understood.
    """
    losses = Losses()
    parts, event_files, check_files = (
        [each for each in find_files(tape, kind, losses) if each.session == number]
        for kind in ("part", "events", "check")
    )
    gathered = read_parts(tape, parts, {}, reading, losses, marks=True)
    events = read_events(event_files, gathered.sessions, losses, _KINDS)
    rows = gathered.sessions.whole_rows(number)
    whole = with_defects(gathered.arrivals(), events)
    told = [read_settings(event.text) for event in events if event.kind is NoteKind.SETTINGS]
    return TapeSession(
        number=number,
        whole=whole,
        rows=rows,
        lost_after=len(whole) > rows,
        settings=told[0] if told else Settings(),
        checks=_read_checks(check_files, losses),
        altered=gathered.rows_altered(),
        lost=tuple(losses.lines),
        _events=events,
    )


def _read_checks(files: list[TapeFile], losses: Losses) -> Checks:
    """Return the fingerprints of some files; a damaged one costs what of it cannot be read."""
    pieces: list[tuple[int, pa.RecordBatch]] = []
    for file in files:
        for start, batch in read_pieces(file, losses):
            try:
                batch.validate(full=True)
            except UNREADABLE as error:
                losses.add(file.path, f"its fingerprints are not understood: {first_line(error)}")
                break
            pieces.append((file.first_row + start, batch))
    names = dict.fromkeys(
        field.name  # of no other type: who rewrites a file may add the folder's date to it
        for _, batch in pieces
        for field in list(batch.schema)[FIXED_COLUMNS:]
        if pa.types.is_float64(field.type)
    )
    return Checks(
        tick=_joined([np.arange(first, first + each.num_rows) for first, each in pieces], np.int64),
        row=_joined([each.column(0).to_numpy() for _, each in pieces], np.int64),
        fingerprint=_joined([each.column(1).to_numpy() for _, each in pieces], np.uint64),
        values={name: _joined([_values(each, name) for _, each in pieces], np.float64) for name in names},
        fired=_fired([each for _, each in pieces]),
        stamp=_stamp(files),
    )


def _joined(arrays: list[Any], kind: type) -> Any:
    return np.concatenate([np.empty(0, kind), *arrays])


def _values(batch: pa.RecordBatch, name: str) -> Float64:
    places = [at for at, each in enumerate(batch.schema.names) if each == name and at >= FIXED_COLUMNS]
    if not places:
        return np.full(batch.num_rows, np.nan)
    found: Float64 = batch.column(places[0]).to_numpy(zero_copy_only=False)
    return found


def _fired(batches: list[pa.RecordBatch]) -> dict[int, str]:
    found: dict[int, str] = {}
    first = 0
    for batch in batches:
        column = batch.column(2)
        for place in np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)).tolist():
            found[first + place] = column[place].as_py()
        first += batch.num_rows
    return found


def _stamp(files: list[TapeFile]) -> Mapping[str, str]:
    """Return the stamp of the first file that has one; a recorder's life has one only."""
    for file in files:
        if file.stamp:
            try:
                told = json.loads(file.stamp)
            except ValueError:
                continue
            return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}
    return {}
