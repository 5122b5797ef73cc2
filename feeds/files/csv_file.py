"""CSV files with a header: comma, semicolon, tab or bar between the fields."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from analytics.errors import TapeError
from analytics.ticks import Arrivals, Int64
from feeds.files.fields import choose_fields
from feeds.files.lines import Block, fields_of, read_blocks
from feeds.files.rows import Rows
from feeds.files.table import text_columns
from feeds.reading import Reading

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t|"
_HEADER_BYTES = 1 << 20  # a first line that is longer is no header


def read_csv_file(path: Path, mapping: Mapping[str, str], reading: Reading) -> Arrivals:
    """Return every data row of a CSV file, bad ones included.

    Raises TapeError for a file that has no header with the columns of a tick, ConfigError for a
    mapping that does not fit it.
    """
    total = path.stat().st_size
    with path.open("rb") as stream:
        delimiter, names = read_header(path, stream)
        fields = choose_fields(path, names, mapping)
        rows = Rows(fields, reading, path.stem)
        places = _Places()
        reading.report(stream.tell(), total)
        for block in read_blocks(stream, stream.tell(), delimiter, len(names)):
            split = text_columns(block, fields, delimiter, len(names))
            rows.add(split.columns, len(block), split.spoiled)
            places.add(block)
            reading.report(min(stream.tell(), total), total)
    return rows.arrivals(FileLines(path, *places.whole()).line)


def read_header(path: Path, stream: BinaryIO) -> tuple[str, list[str]]:
    """Return the delimiter and the column names; the stream then stands at the first row."""
    line = stream.readline(_HEADER_BYTES)
    if line.startswith(_UTF16_MARKS):
        raise TapeError(f"{path}: expected UTF-8 text, found UTF-16; save it as UTF-8")
    line = line.removeprefix(_UTF8_MARK)
    while line and not line.strip():
        line = stream.readline(_HEADER_BYTES)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or len(line) >= _HEADER_BYTES:
        raise TapeError(
            f"{path}: expected a tape directory, Parquet, CSV with a header, or a Lean trade zip, "
            f"found bytes that are none of them ({line[:8].hex(' ')} …)"
        )
    delimiter = max(_DELIMITERS, key=text.count)
    return delimiter, fields_of(line.rstrip(b"\r\n"), delimiter)


class _Places:
    """Where each row's bytes stand in the file."""

    def __init__(self) -> None:
        self._starts: list[Int64] = []
        self._stops: list[Int64] = []

    def add(self, block: Block) -> None:
        self._starts.append(block.start + block.at)
        self._stops.append(block.stop + block.at)

    def whole(self) -> tuple[Int64, Int64]:
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *self._starts]), np.concatenate([none, *self._stops])


class FileLines:
    """Gives back the bytes of a row as they stand in the file, which it keeps open as long as it lives."""

    def __init__(self, path: Path, start: Int64, stop: Int64) -> None:
        self._start = start
        self._stop = stop
        self._handle = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)

    def line(self, row: int) -> bytes:
        """Return row `row`'s bytes, without the line end."""
        start = int(self._start[row])
        return os.pread(self._handle, int(self._stop[row]) - start, start)
