"""What a tape consists of: the columns of its parts and events, their names and metadata.

::

    DIR/date=2024-01-01/part-<session>-<first row>-<topic>-<positions>.parquet   a finished part
                        part-<session>-<first row>-<topic>.arrows                the open part, a journal
                        events-<session>-<first row>.parquet | .arrows           what happened between ticks
                        check-<session>-<first tick>.parquet | .arrows           the fingerprint

A session is one life of a recorder, numbered by the time at which it began. Rows are counted within it, and
so are the ticks that the engine took.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Float64, Int32, Int64, Position
from feeds.tape.marks import marks_of

TAPE_VERSION = 1
VERSION_KEY, TOPIC_KEY = b"tickdesk.version", b"tickdesk.topic"
SESSION_KEY, FIRST_ROW_KEY = b"tickdesk.session", b"tickdesk.first_row"
IDLE = "idle"
"""What a note of a partition says that was found idle."""
POSITIONS_KEY = b"tickdesk.positions"
"""A finished part's positions, JSON: ``{"0": [[first offset, index], [last offset, index]], …}``."""

PART_SCHEMA = pa.schema(
    [
        pa.field("symbol", pa.string()),
        pa.field("ts_ns", pa.int64()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
        pa.field("seq", pa.int64()),
        pa.field("run", pa.string()),
        pa.field("source", pa.string()),
        pa.field("bid", pa.float64()),
        pa.field("ask", pa.float64()),
        pa.field("volume_total", pa.float64()),
        pa.field("arrival_ns", pa.int64()),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("index", pa.int32(), nullable=False),
        pa.field("mark", pa.uint32(), nullable=False),
    ]
)
"""The last column marks what the others hold (`feeds.tape.marks`)."""
EVENT_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("rows_before", pa.int64(), nullable=False),
        pa.field("at_ns", pa.int64()),
        pa.field("partition", pa.int32()),
        pa.field("offset", pa.int64()),
        pa.field("index", pa.int32()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("raw", pa.binary()),
    ]
)


class NoteKind(enum.Enum):
    """What a line among a tape's events tells."""

    TIME = "time"
    PARTITION = "partition"
    COMMAND = "command"
    SETTINGS = "settings"
    UNDECODABLE = "undecodable"
    DECISION = "decision"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened between two ticks.

    `at_ns` is the clock it happened at, NO_TIME where none counts; `partition` the one concerned;
    `position` the place of the tick or message concerned; `text` says what, for commands and settings as
    JSON; `raw` holds bytes as received, None where they are not known.
    """

    kind: NoteKind
    text: str = ""
    at_ns: int = NO_TIME
    partition: int | None = None
    position: Position | None = None
    raw: bytes | None = None


def silence(partition: int, at_ns: int, *, idle: bool = False) -> Note:
    """Return the note of a partition's clock in silence, or of its being found idle then."""
    if idle:
        return Note(NoteKind.PARTITION, IDLE, at_ns, partition)
    return Note(NoteKind.TIME, at_ns=at_ns, partition=partition)


def part_batch(arrivals: Arrivals) -> pa.RecordBatch:
    """Return arrivals as a batch of `PART_SCHEMA`; what a tick does not have is null."""
    n = len(arrivals)
    return pa.RecordBatch.from_arrays(
        [
            _texts(arrivals.symbols, arrivals.symbol, n),
            _whole(arrivals.ts_ns, NO_TIME),
            _floats(arrivals.price, n),
            _floats(arrivals.size, n),
            _whole(arrivals.seq, NO_SEQ),
            _texts(arrivals.runs, arrivals.run, n),
            _texts(arrivals.sources, arrivals.source, n),
            _floats(arrivals.bid, n),
            _floats(arrivals.ask, n),
            _floats(arrivals.volume_total, n),
            _whole(arrivals.arrival_ns, NO_TIME),
            pa.array(arrivals.partition),
            pa.array(arrivals.offset),
            pa.array(arrivals.index),
            pa.array(marks_of(arrivals)),
        ],
        schema=PART_SCHEMA,
    )


def event_batch(notes: Sequence[tuple[int, Note]]) -> pa.RecordBatch:
    """Return notes, each with the count of tape rows before it, as a batch of `EVENT_SCHEMA`."""
    places = [note.position for _, note in notes]
    return pa.RecordBatch.from_arrays(
        [
            pa.array([note.kind.value for _, note in notes], pa.string()),
            pa.array([rows_before for rows_before, _ in notes], pa.int64()),
            pa.array([None if note.at_ns == NO_TIME else note.at_ns for _, note in notes], pa.int64()),
            pa.array(
                [
                    note.partition if at is None else at.partition
                    for (_, note), at in zip(notes, places, strict=True)
                ],
                pa.int32(),
            ),
            pa.array([None if at is None else at.offset for at in places], pa.int64()),
            pa.array([None if at is None else at.index for at in places], pa.int32()),
            pa.array([note.text for _, note in notes], pa.string()),
            pa.array([note.raw for _, note in notes], pa.binary()),
        ],
        schema=EVENT_SCHEMA,
    )


def notes_of(arrivals: Arrivals, first_row: int) -> list[tuple[int, Note]]:
    """Return what arrivals carry beside their columns: time marks and ticks that could not be read.

    Each comes with the count of tape rows before it; `first_row` is that of the first arrival.
    """
    notes = [
        (first_row + mark.row, silence(mark.partition, mark.at_ns, idle=mark.idle))
        for mark in arrivals.time_marks
    ]
    for place, reason in sorted(arrivals.defects.items()):
        at = Position(int(arrivals.partition[place]), int(arrivals.offset[place]), int(arrivals.index[place]))
        raw = None if arrivals.raw is None else arrivals.raw(place)
        notes.append((first_row + place, Note(NoteKind.UNDECODABLE, reason, position=at, raw=raw)))
    return notes


def tape_metadata(topic_id: str, session: int, first_row: int) -> dict[bytes, bytes]:
    """Return what every file of a tape says of itself."""
    return {
        VERSION_KEY: str(TAPE_VERSION).encode(),
        TOPIC_KEY: topic_id.encode(),
        SESSION_KEY: str(session).encode(),
        FIRST_ROW_KEY: str(first_row).encode(),
    }


Positions = Mapping[int, tuple[tuple[int, int], tuple[int, int]]]
"""First and last (offset, index) by partition."""


def positions_text(positions: Positions) -> bytes:
    """Return positions as JSON."""
    return json.dumps({str(partition): ends for partition, ends in sorted(positions.items())}).encode()


def positions_name(positions: Positions) -> str:
    """Return positions as a part of a file's name: partitions and offsets from the least to the greatest."""
    if not positions:
        return "empty"
    offsets = [offset for ends in positions.values() for offset, _ in ends]
    return f"p{min(positions)}-{max(positions)}-o{min(offsets)}-{max(offsets)}"


def _texts(table: tuple[str, ...], codes: Int32 | None, n: int) -> pa.Array:
    if codes is None or not table:
        return pa.nulls(n, pa.string())
    indices = pa.array(codes, mask=codes == NO_CODE)
    return pa.DictionaryArray.from_arrays(indices, pa.array(table, pa.string())).dictionary_decode()


def _whole(values: Int64, absent: int) -> pa.Array:
    return pa.array(values, mask=values == absent)


def _floats(values: Float64 | None, n: int) -> pa.Array:
    if values is None:
        return pa.nulls(n, pa.float64())
    return pa.array(values, mask=np.isnan(values))
