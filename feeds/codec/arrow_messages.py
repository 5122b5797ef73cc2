"""Arrow messages become columns: checked from outside inwards, and read by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from analytics.errors import DecodeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Float64, Int32, Int64
from feeds.codec.arrow_schema import WHOLE_COLUMNS, SchemaCheck
from feeds.codec.columns import Columns, joined
from feeds.codec.compression import has_compressed_body
from feeds.codec.fields import WireFields
from feeds.codec.forms import MOST_MESSAGE_BYTES
from feeds.codec.names import NameTable, Tables
from feeds.codec.reasons import EMPTY_BATCH, EMPTY_MESSAGE, of_error

_RESERVED = int(np.iinfo(np.int64).min)  # stands for none, so no good tick can have it
_COMPRESSED = "expected an uncompressed body (Kafka compresses), found a compressed one"


class ArrowReader:
    """Reads the Arrow messages of one feed, whose columns have the names `fields.arrow`."""

    def __init__(self, fields: WireFields) -> None:
        self._schemas = SchemaCheck(fields)

    def read(self, value: bytes | None, tables: Tables) -> tuple[Columns, dict[int, str]]:
        """Return a message's ticks as columns, and the reasons of bad ones by place.

        Raises DecodeError, and nothing else, where the message as a whole cannot be read; no name of it
        is in the tables then.
        """
        if not value:
            raise DecodeError(EMPTY_MESSAGE)
        if len(value) > MOST_MESSAGE_BYTES:
            raise DecodeError(f"expected at most {MOST_MESSAGE_BYTES} bytes of Arrow, found {len(value)}")
        try:
            batches = self._batches(value)
            parts = [_columns(batch, tables) for batch in batches]
        except DecodeError:
            raise
        except Exception as error:
            raise DecodeError(of_error(error)) from error
        defects: dict[int, str] = {}
        first = 0
        for batch, part in zip(batches, parts, strict=True):
            if _has_lowest(part.ts_ns) or ("seq" in batch and _has_lowest(part.seq)):
                defects.update(_reserved(batch, first))
            first += len(part)
        return joined(parts), defects

    def _batches(self, value: bytes) -> list[Mapping[str, pa.Array]]:
        """Return our columns of each batch that has rows, all of them validated."""
        found: list[Mapping[str, pa.Array]] = []
        with ipc.open_stream(value) as stream:
            places = self._schemas.places(value, stream.schema)
            if has_compressed_body(value):
                raise DecodeError(_COMPRESSED)
            for batch in stream:
                batch.validate(full=True)
                if batch.num_rows:
                    found.append({name: batch.column(place) for name, place in places.items()})
        if not found:
            raise DecodeError(EMPTY_BATCH)
        return found


def _columns(found: Mapping[str, pa.Array], tables: Tables) -> Columns:
    return Columns(
        symbol=_codes(found["symbol"], tables.symbols),
        ts_ns=_filled(found["ts_ns"], NO_TIME),
        price=_filled(found["price"], np.nan),
        size=_filled(found["size"], np.nan),
        seq=_filled(found["seq"], NO_SEQ) if "seq" in found else np.full(len(found["ts_ns"]), NO_SEQ),
        run=_present(found.get("run"), tables.runs),
        source=_present(found.get("source"), tables.sources),
        bid=_present_floats(found.get("bid")),
        ask=_present_floats(found.get("ask")),
        volume_total=_present_floats(found.get("volume_total")),
    )


def _filled(column: pa.Array, absent: float) -> Any:
    """Return a column's values, float64 or int64, `absent` where they are null."""
    return (column.fill_null(absent) if column.null_count else column).to_numpy()


def _present_floats(column: pa.Array | None) -> Float64 | None:
    if column is None or column.null_count == len(column):
        return None
    values: Float64 = _filled(column, np.nan)
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
    places: Int32 = indices.fill_null(-1).to_numpy() if indices.null_count else indices.to_numpy()
    if len(names) <= len(places):
        codes: Int32 = table.codes([*names.to_pylist(), None])
        return codes.take(places)  # -1 finds the last
    used, inverse = np.unique(places, return_inverse=True)  # a large dictionary may be used for few ticks
    some = [None if place < 0 else names[place].as_py() for place in used.tolist()]
    codes = table.codes(some)
    return codes.take(inverse)


def _has_lowest(values: Int64) -> bool:
    """Return whether a column holds the number that stands for none; argmin costs a third of min."""
    return int(values[values.argmin()]) == _RESERVED


def _reserved(found: Mapping[str, pa.Array], first: int) -> dict[int, str]:
    """Return reasons for the ticks, counted from `first`, with a number that would pass for none."""
    reasons = {}
    for name in WHOLE_COLUMNS:
        if name in found:
            values = _filled(found[name], 0)
            for place in np.flatnonzero(values == _RESERVED).tolist():
                reasons[first + place] = f"expected {name} to be above {_RESERVED}, found that"
    return reasons
