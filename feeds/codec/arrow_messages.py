"""Arrow messages become columns: checked from outside inwards, and read by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from analytics.errors import DecodeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Float64, Int32
from feeds.buffers import numbers
from feeds.codec.arrow_gathering import gathered
from feeds.codec.arrow_schema import WHOLE_COLUMNS, SchemaCheck
from feeds.codec.arrow_shapes import ShapeBook, Sighting
from feeds.codec.columns import LOWEST, Columns, filler, has_lowest, joined
from feeds.codec.compression import bodies_of
from feeds.codec.fields import WireFields
from feeds.codec.forms import MOST_MESSAGE_BYTES
from feeds.codec.names import NameTable, Tables
from feeds.codec.reasons import EMPTY_BATCH, EMPTY_MESSAGE, of_error

_COMPRESSED = "expected an uncompressed body (Kafka compresses), found a compressed one"


@dataclass(frozen=True, slots=True)
class Part:
    """Ticks of messages that follow each other: how many each gave, and the reasons of bad ones by place.

    `unread` has the bytes of a message that cannot be read as a whole: its one tick is a filler.
    """

    columns: Columns
    counts: Sequence[int]
    defects: Mapping[int, str] = field(default_factory=dict)
    unread: bytes | None = None


class ArrowReader:
    """Reads the Arrow messages of one feed, whose columns have the names `fields.arrow`."""

    def __init__(self, fields: WireFields) -> None:
        self._schemas = SchemaCheck(fields)
        self._shapes = ShapeBook()

    def forget_names(self) -> None:
        """Forget what was known of names: the tables have begun afresh."""
        self._shapes.forget()

    def read(self, values: Sequence[bytes | None], tables: Tables) -> list[Part]:
        """Return the ticks of messages, in parts that follow each other."""
        parts: list[Part] = []
        waiting: list[Sighting] = []
        for value in values:
            seen = self._shapes.sight(value) if value else None
            if waiting and (seen is None or seen.shape.columns != waiting[0].shape.columns):
                self._gather(waiting, tables, parts)
                waiting = []
            if seen is None:
                parts.append(self._read_alone(value, tables))
            else:
                waiting.append(seen)
        if waiting:
            self._gather(waiting, tables, parts)
        return parts

    def _gather(self, sightings: Sequence[Sighting], tables: Tables, parts: list[Part]) -> None:
        """Add the ticks of messages of known shapes, together where that can be."""
        columns = gathered(sightings)
        if columns is not None:
            parts.append(Part(columns, [each.shape.rows for each in sightings]))
        elif len(sightings) == 1:
            parts.append(self._read_alone(sightings[0].message, tables))
        else:
            for each in sightings:
                self._gather((each,), tables, parts)

    def _read_alone(self, value: bytes | None, tables: Tables) -> Part:
        """Return a message's ticks; no name is in the tables of one that cannot be read as a whole."""
        try:
            columns, defects = self._read_whole(_plausible(value), tables)
        except DecodeError as error:
            return Part(filler(), (1,), {0: str(error)}, value or b"")
        except Exception as error:  # noqa: BLE001  pyarrow's own: the bytes are to blame
            return Part(filler(), (1,), {0: of_error(error)}, value or b"")
        return Part(columns, (len(columns),), defects)

    def _read_whole(self, value: bytes, tables: Tables) -> tuple[Columns, dict[int, str]]:
        """Read a message by pyarrow; one like it is read by its shape from then on, where it has one."""
        batches, bodies, all_ours = self._batches(value)
        parts = [_columns(batch, tables) for batch in batches]
        defects: dict[int, str] = {}
        first = 0
        for batch, part in zip(batches, parts, strict=True):
            if has_lowest(part.ts_ns) or ("seq" in batch and has_lowest(part.seq)):
                defects.update(_reserved(batch, first))
            first += len(part)
        if len(batches) == 1 and all_ours:  # columns of others are checked too, each time
            self._shapes.learn(value, bodies, batches[0], tables)
        return joined(parts), defects

    def _batches(self, value: bytes) -> tuple[list[Mapping[str, pa.Array]], tuple[slice, ...], bool]:
        """Return our columns of each batch that has rows, all of them validated; where bodies lie; and
        whether no other columns are there.
        """
        found: list[Mapping[str, pa.Array]] = []
        with ipc.open_stream(value) as stream:
            places = self._schemas.places(value, stream.schema)
            bodies = bodies_of(value)
            if bodies is None:
                raise DecodeError(_COMPRESSED)
            for batch in stream:
                batch.validate(full=True)
                if batch.num_rows:
                    found.append({name: batch.column(place) for name, place in places.items()})
        if not found:
            raise DecodeError(EMPTY_BATCH)
        return found, bodies, len(places) == len(stream.schema)


def _plausible(value: bytes | None) -> bytes:
    """Return a message that is worth reading. Raises DecodeError for another."""
    if not value:
        raise DecodeError(EMPTY_MESSAGE)
    if len(value) > MOST_MESSAGE_BYTES:
        raise DecodeError(f"expected at most {MOST_MESSAGE_BYTES} bytes of Arrow, found {len(value)}")
    return value


def _columns(found: Mapping[str, pa.Array], tables: Tables) -> Columns:
    return Columns(
        symbol=_codes(found["symbol"], tables.symbols),
        ts_ns=numbers(found["ts_ns"], NO_TIME),
        price=numbers(found["price"], np.nan),
        size=numbers(found["size"], np.nan),
        seq=numbers(found["seq"], NO_SEQ) if "seq" in found else np.full(len(found["ts_ns"]), NO_SEQ),
        run=_present(found.get("run"), tables.runs),
        source=_present(found.get("source"), tables.sources),
        bid=_present_floats(found.get("bid")),
        ask=_present_floats(found.get("ask")),
        volume_total=_present_floats(found.get("volume_total")),
    )


def _present_floats(column: pa.Array | None) -> Float64 | None:
    if column is None or column.null_count == len(column):
        return None
    values: Float64 = numbers(column, np.nan)
    return values if values[0] == values[0] or not np.isnan(values).all() else None


def _present(column: pa.Array | None, table: NameTable) -> Int32 | None:
    if column is None or column.null_count == len(column):
        return None
    codes = _codes(column, table)
    return codes if codes[0] != NO_CODE or (codes != NO_CODE).any() else None


def _codes(column: pa.Array, table: NameTable) -> Int32:
    """Return the table's codes of a column of names, NO_CODE where it is null or its name is."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    indices, names = coded.indices, coded.dictionary
    if len(names) == 1 and not indices.null_count:
        return np.full(len(indices), table.codes(names.to_pylist())[0], np.int32)
    places: Int32 = numbers(indices, -1)
    if len(names) <= len(places):
        codes: Int32 = table.codes([*names.to_pylist(), None])
        return codes.take(places)  # -1 finds the last
    used, inverse = np.unique(places, return_inverse=True)  # a large dictionary may be used for few ticks
    some = [None if place < 0 else names[place].as_py() for place in used.tolist()]
    codes = table.codes(some)
    return codes.take(inverse)


def _reserved(found: Mapping[str, pa.Array], first: int) -> dict[int, str]:
    """Return reasons for the ticks, counted from `first`, with a number that would pass for none."""
    reasons = {}
    for name in WHOLE_COLUMNS:
        if name in found:
            values = numbers(found[name], 0)
            for place in np.flatnonzero(values == LOWEST).tolist():
                reasons[first + place] = f"expected {name} to be above {LOWEST}, found that"
    return reasons
