"""Parquet files, read with pyarrow: polars gives up on a damaged one with an exception that is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import TapeError
from analytics.ticks import Arrivals
from feeds.files.fields import choose_fields
from feeds.files.rows import Rows
from feeds.reading import Reading

PARQUET_MARK = b"PAR1"
BATCH_ROWS = 131_072
UNREADABLE: tuple[type[Exception], ...] = (
    pa.ArrowException,
    OSError,
    ValueError,
    KeyError,
    OverflowError,
    MemoryError,
)
_KNOWN_TYPES = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
    pa.types.is_null,
    pa.types.is_timestamp,
    pa.types.is_date,
)


def read_parquet_file(path: Path, mapping: Mapping[str, str], reading: Reading) -> Arrivals:
    """Return every row of a Parquet file, bad ones included; without a column `symbol` all bear its name.

    Raises TapeError for a file that is damaged or lacks a column of a tick, ConfigError for a mapping
    that does not fit it.
    """
    with open_parquet(path) as parquet:
        found = parquet.schema_arrow.names
        fields = choose_fields(path, found, mapping)
        names = {ours: found[place] for ours, place in fields.column.items()}
        rows = Rows(fields, reading, path.stem)
        total = parquet.metadata.num_rows
        reading.report(0, total)
        try:
            for batch in parquet.iter_batches(BATCH_ROWS, columns=sorted(set(names.values()))):
                rows.add(columns_of(batch, names), batch.num_rows)
                reading.report(rows.count, total)
        except UNREADABLE as error:
            raise TapeError(f"{path}: damaged after row {rows.count:,}: {first_line(error)}") from error
    return rows.arrivals(ParquetRows(path, tuple(dict.fromkeys(names.values()))).row)


def open_parquet(path: Path) -> pq.ParquetFile:
    """Return an open Parquet file. Raises TapeError where it is none, or its footer is damaged."""
    try:
        found = pq.ParquetFile(path, page_checksum_verification=True)
        _ = found.schema_arrow.names  # damaged names are no text and raise
    except UNREADABLE as error:
        raise TapeError(
            f"{path}: expected a whole Parquet file, found a damaged one: {first_line(error)}"
        ) from error
    return found


def columns_of(batch: pa.RecordBatch, names: Mapping[str, str]) -> Mapping[str, pl.Series]:
    """Return a batch's columns by our names; `names` are the file's own by ours."""
    return {ours: _series(batch.column(theirs)) for ours, theirs in names.items()}


def _series(values: pa.Array) -> pl.Series:
    """Return an Arrow array as a series of one of the types that a tick's columns may have."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _series(values.dictionary_decode())
    if pa.types.is_string_view(kind):
        return _series(values.cast(pa.large_string()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _text(values)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _text(values.view(pa.string() if pa.types.is_binary(kind) else pa.large_string()))
    if pa.types.is_decimal(kind):
        return pl.Series(values.cast(pa.string())).cast(pl.Float64)
    if pa.types.is_float16(kind):
        values = values.cast(pa.float32())
    elif pa.types.is_timestamp(kind) and kind.tz is not None:
        values = values.cast(pa.timestamp(kind.unit, "UTC"))  # polars knows no fixed offsets
    elif not any(known(kind) for known in _KNOWN_TYPES):
        raise pa.ArrowInvalid(f"a column of type {kind} holds no numbers, names or times")
    found = pl.from_arrow(values)
    assert isinstance(found, pl.Series)
    return found


def _text(values: pa.Array) -> pl.Series:
    """Return text; bytes that are not UTF-8, on which polars would end the program, are replaced."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        width = pa.large_binary() if pa.types.is_large_string(values.type) else pa.binary()
        texts = values.view(width).to_pylist()
        return pl.Series(
            [None if each is None else each.decode("utf-8", "replace") for each in texts], dtype=pl.String
        )
    found = pl.from_arrow(values)
    assert isinstance(found, pl.Series)
    return found


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _plain(value: pa.Scalar) -> object:
    """Return a value as JSON can say it: bad bytes of text replaced, a time finer than Python's as a number."""
    if isinstance(value, pa.DictionaryScalar):
        return _plain(value.value)
    if isinstance(value, pa.TimestampScalar) and value.type.unit == "ns" and (value.value or 0) % 1_000:
        return value.value  # where pandas is installed, `as_py` makes one of its own times of it
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return value.as_buffer().to_pybytes().decode("utf-8", "replace")
    except (ValueError, OverflowError):
        return getattr(value, "value", None)


class ParquetRows:
    """Gives back a row of a Parquet file as JSON; the row group asked for last is kept."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path = path
        self._names = names
        self._group = lru_cache(maxsize=1)(self._read_group)
        with open_parquet(path) as parquet:
            metadata = parquet.metadata
            sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._stops = np.cumsum(np.array(sizes, np.int64))

    def row(self, row: int) -> bytes:
        """Return row `row` as a JSON object; what JSON cannot say is written as text."""
        group = int(np.searchsorted(self._stops, row, side="right"))
        try:
            table = self._group(group)
        except TapeError:
            return b""
        place = row - (int(self._stops[group - 1]) if group else 0)
        values = {name: _plain(table.column(name)[place]) for name in table.column_names}
        return json.dumps(values, default=str, ensure_ascii=False).encode()

    def _read_group(self, group: int) -> pa.Table:
        try:
            with open_parquet(self._path) as parquet:
                return parquet.read_row_group(group, columns=list(self._names))
        except UNREADABLE as error:
            raise TapeError(f"{self._path}: row group {group} cannot be read: {first_line(error)}") from error
