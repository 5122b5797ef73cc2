"""Tapes read back: parts and journals in order, overlaps dropped, events put between the rows again.

Rows are counted in reading order from 0, those that another part has already brought left out. A damaged
file costs what of it cannot be read, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from analytics.errors import TapeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Int64
from feeds.files.fields import PLACE_FIELDS, Fields, choose_fields
from feeds.files.parquet_file import UNREADABLE, columns_of, first_line
from feeds.files.picking import rows_at
from feeds.files.rows import Rows
from feeds.files.tape_events import Event, Sessions, read_events, time_marks
from feeds.files.tape_parts import Losses, TapeFile, find_files, read_pieces
from feeds.files.values import read_integers
from feeds.reading import Reading
from feeds.tape.marks import MARK, marks_in

_PLACE_TYPES = (np.int32, np.int64, np.int32)


@dataclass(slots=True)
class Gathered:
    """What was read so far: the rows, where each session's stand, and each row's topic and place."""

    rows: Rows
    columns: Mapping[str, str]
    sessions: Sessions = field(default_factory=Sessions)
    places: list[tuple[Int64, ...]] = field(default_factory=list)
    topics: dict[str, int] = field(default_factory=dict)
    altered: list[Int64] | None = None
    """Rows that do not have the values that their marks were made of; None where that is not looked at."""

    def add(self, part: TapeFile, start: int, batch: pa.RecordBatch) -> None:
        """Take a batch that begins at row `start` of a part. Raises one of UNREADABLE, having taken nothing."""
        names = {ours: name for ours, name in self.columns.items() if name in batch.schema.names}
        known = columns_of(batch, names)
        count, at = batch.num_rows, self.rows.count
        place = _places(batch, at)
        absent = {
            ours: pl.Series([None] * count, dtype=pl.Null) for ours in self.columns if ours not in known
        }
        topic = self.topics.setdefault(part.topic, len(self.topics))
        altered = None if self.altered is None else at + _altered(batch)
        self.rows.add({**known, **absent}, count)
        if self.altered is not None and altered is not None:
            self.altered.append(altered)
        self.places.append((np.full(count, topic, np.int64), *place))
        self.sessions.add(part.session, part.first_row + start if part.session else at, count, at)

    def places_whole(self) -> tuple[Int64, ...]:
        """Return topic, partition, offset and index of all rows."""
        none = np.zeros(0, np.int64)
        return tuple(np.concatenate([none, *(each[column] for each in self.places)]) for column in range(4))

    def rows_altered(self) -> Int64:
        """Return the rows that are not as they were recorded, ascending."""
        return np.concatenate([np.zeros(0, np.int64), *(self.altered or ())])

    def arrivals(self) -> Arrivals:
        """Return all rows taken, overlaps included."""
        _, *places = self.places_whole()
        partition, offset, index = (
            place.astype(kind) for place, kind in zip(places, _PLACE_TYPES, strict=True)
        )
        return replace(self.rows.arrivals(None), partition=partition, offset=offset, index=index)


def read_tape(tape: Path, mapping: Mapping[str, str], reading: Reading) -> tuple[Arrivals, tuple[str, ...]]:
    """Return a tape's rows in reading order with their time marks, and what was lost, a line each.

    Raises TapeError for what is no tape, or whose parts lack a column of a tick.
    """
    losses = Losses()
    parts = find_files(tape, "part", losses)
    event_files = find_files(tape, "events", losses)
    if not parts and not event_files:
        raise _no_tape(tape, losses)
    gathered = read_parts(tape, parts, mapping, reading, losses)
    events = read_events(event_files, gathered.sessions, losses)
    whole = with_defects(gathered.arrivals(), events)
    first = _first_at_place(gathered.places_whole())
    kept = first == np.arange(len(first))
    marks = time_marks(events, kept)
    if not kept.all():
        _tell_of_other_ticks(tape, whole, first, losses)
        whole = rows_at(whole, np.flatnonzero(kept))
    return replace(whole, time_marks=marks), tuple(losses.lines)


def with_defects(whole: Arrivals, events: list[Event]) -> Arrivals:
    """Return a tape's rows, overlaps included, with the reasons and bytes of those that could not be read."""
    bad = {event.at: event for event in events if event.is_undecodable}
    reasons = {row: event.text for row, event in bad.items()}
    raws = {row: event.raw for row, event in bad.items() if event.raw is not None}
    defects = dict(sorted({**whole.defects, **reasons}.items()))
    return replace(whole, defects=defects, raw=_renderer(whole, raws))


def _no_tape(tape: Path, losses: Losses) -> TapeError:
    if losses.lines:
        return TapeError(f"{tape}: nothing of this tape can be read: {'; '.join(losses.lines)}")
    names = sorted(path.name for path in tape.iterdir()) if tape.is_dir() else [tape.name]
    held = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return TapeError(
        f"{tape}: expected a tape directory with date=…/part-….parquet, found {held or 'an empty directory'}"
        "; name the file itself to open one of them"
    )


def read_parts(
    tape: Path,
    parts: list[TapeFile],
    mapping: Mapping[str, str],
    reading: Reading,
    losses: Losses,
    *,
    marks: bool = False,
) -> Gathered:
    """Return the rows of some parts as they stand in them; what cannot be read is noted among the losses.

    With `marks` rows that were altered are looked for. Raises TapeError for parts that lack a column of a tick.
    """
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    fields = choose_fields(tape, names, mapping) if parts else Fields({}, {})
    columns = {ours: names[place] for ours, place in fields.column.items()}
    gathered = Gathered(Rows(fields, reading, tape.stem), columns, altered=[] if marks else None)
    total = sum(part.path.stat().st_size for part in parts)
    done = 0
    for part in parts:
        for start, batch in read_pieces(part, losses):
            try:
                gathered.add(part, start, batch)
            except UNREADABLE as error:
                losses.add(part.path, f"{batch.num_rows:,} rows are lost: {first_line(error)}")
            reading.report(done, total)
        done += part.path.stat().st_size
        reading.report(min(done, total), total)
    return gathered


def _places(batch: pa.RecordBatch, first_row: int) -> tuple[Int64, ...]:
    """Return partition, offset and index of a batch's rows; where it has none, 0, the row, 0."""
    if not set(PLACE_FIELDS) <= set(batch.schema.names):
        offset = np.arange(first_row, first_row + batch.num_rows, dtype=np.int64)
        return np.zeros_like(offset), offset, np.zeros_like(offset)
    columns = columns_of(batch, {name: name for name in PLACE_FIELDS})
    return tuple(read_integers(columns[name]).values for name in PLACE_FIELDS)


def _altered(batch: pa.RecordBatch) -> Int64:
    """Return the places in a batch where a row does not have the values that its mark was made of."""
    if MARK not in batch.schema.names:  # without it nothing says that a row is as it was
        return np.arange(batch.num_rows)
    said = batch.column(MARK).cast(pa.uint32())
    return np.flatnonzero(said.to_numpy(zero_copy_only=False) != marks_in(batch))


def _first_at_place(places: tuple[Int64, ...]) -> Int64:
    """Return for each row the first row that stands at its topic, partition, offset and index: often itself."""
    rows = np.arange(len(places[0]))
    if _rises(*places):
        return rows
    order = np.lexsort((rows, *reversed(places)))
    begins = np.zeros(len(rows), np.bool_)
    begins[0] = True
    for column in places:
        begins[1:] |= np.diff(column[order]) != 0
    first = np.empty_like(rows)
    first[order] = order[np.maximum.accumulate(np.where(begins, rows, 0))]
    return first


def _tell_of_other_ticks(tape: Path, whole: Arrivals, first: Int64, losses: Losses) -> None:
    """Note rows that are left out although they are not what stands at their place: a topic made anew."""
    other = whole.ts_ns != whole.ts_ns[first]
    other |= whole.symbol != whole.symbol[first]
    count = int(other.sum())
    if count:
        losses.add(
            tape,
            f"{count:,} rows stand at places that other ticks hold already, and are left out: "
            "record each topic, and each run of one that is made anew, into a directory of its own",
        )


def _rises(topic: Int64, partition: Int64, offset: Int64, index: Int64) -> bool:
    """Return whether places rise in every partition, as they do in a tape without overlaps."""
    if not len(topic):
        return True
    width = int(partition.max()) + 1
    if int(partition.min()) < 0 or (int(topic.max()) + 1) * width > np.iinfo(np.int16).max:
        return False
    group = (topic * width + partition).astype(np.int16)  # sixteen bits sort in one pass
    order = np.argsort(group, kind="stable")
    same = np.diff(group[order]) == 0
    step = np.diff(offset[order])
    rises = (step > 0) | ((step == 0) & (np.diff(index[order]) > 0))
    return bool((rises | ~same).all())


def _renderer(whole: Arrivals, raws: Mapping[int, bytes]) -> Callable[[int], bytes]:
    """Return what gives a row's bytes: as received where the tape holds them, else its values as JSON."""

    def render(row: int) -> bytes:
        if row in raws:
            return raws[row]
        values: dict[str, object] = {
            "symbol": whole.symbols[whole.symbol[row]] if whole.symbol[row] != NO_CODE else None,
            "ts_ns": None if whole.ts_ns[row] == NO_TIME else int(whole.ts_ns[row]),
            "price": _number(float(whole.price[row])),
            "size": _number(float(whole.size[row])),
        }
        if whole.seq[row] != NO_SEQ:
            values["seq"] = int(whole.seq[row])
        if whole.volume_total is not None:
            values["volume_total"] = _number(float(whole.volume_total[row]))
        return json.dumps(values, ensure_ascii=False).encode()

    return render


def _number(value: float) -> float | str | None:
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)
