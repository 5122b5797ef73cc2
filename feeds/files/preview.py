"""The head of a tick file, read as the whole would be: format, columns and first rows, before anything is loaded.

At most HEAD_BYTES of a text, or HEAD_ROWS of anything else, are read, however large the file is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from analytics.durations import EPOCH_UNITS
from analytics.errors import ConfigError, TapeError
from analytics.ticks import Arrivals
from feeds.address import FileAddress
from feeds.files.csv_file import read_header
from feeds.files.detecting import FORMAT_WORDS, Detected, detect_format
from feeds.files.fields import FIELDS, PLACE_FIELDS, TIME_FIELDS, Fields, choose_fields
from feeds.files.lean import read_lean_zip
from feeds.files.lines import read_blocks
from feeds.files.parquet_file import UNREADABLE, columns_of, first_line, open_parquet
from feeds.files.picking import rows_between
from feeds.files.rows import Rows
from feeds.files.table import text_columns
from feeds.files.tape_parts import Losses, TapeFile, find_files, read_pieces
from feeds.files.times import TimeColumn
from feeds.reading import Reading, named_zone
from feeds.tape.marks import MARK

HEAD_BYTES = 1 << 20
HEAD_ROWS = 4_096
_MOST_PARTS = 200  # parts of a tape whose rows are counted
_TAPES_OWN = (*PLACE_FIELDS, MARK)
_UNIT_WORDS = {1_000_000_000: "seconds", 1_000_000: "milliseconds", 1_000: "microseconds", 1: "nanoseconds"}
_LEAN_COLUMNS = (
    ("milliseconds", "ts"),
    ("price", "price"),
    ("size", "size"),
    ("exchange", ""),
    ("condition", ""),
    ("suspicious", ""),
)


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of the file by its own name, the field that it is read as (``""``: left out), and a value."""

    name: str
    field: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of a tick file from its head.

    `rows` is their number where that is told without reading on, `rows_about` an estimate; both None where
    neither is known. `times` says how the time column is understood. `head` are the first rows as
    `open_recording` would read them, `head_is_all` whether there are no others; None, with `fault` saying
    why, where no row can be read. `lost` tells what of a damaged tape cannot be read, a line each.
    """

    path: Path
    form: str
    why: str
    size_bytes: int
    columns: tuple[ColumnUse, ...] = ()
    times: str = ""
    head: Arrivals | None = None
    head_is_all: bool = False
    rows: int | None = None
    rows_about: int | None = None
    lost: tuple[str, ...] = ()
    fault: str = ""

    @property
    def form_words(self) -> str:
        """Return the format as a person names it."""
        return FORMAT_WORDS[self.form]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the columns that are left out."""
        return tuple(each.name for each in self.columns if not each.field)


def preview(address: FileAddress, reading: Reading) -> Preview:
    """Return what the head of a file tells; columns that do not fit are a `fault` of it, the columns being told.

    Raises ConfigError for a format or zone that is not known, TapeError for a file that is missing, empty or
    not what it should be, OpeningCancelled where the reading was given up.
    """
    if address.zone is not None:
        reading = replace(reading, zone=address.zone)
    if reading.zone is not None:
        named_zone(reading.zone)
    path = address.path
    try:
        detected = detect_format(address)
        reading.report(0, 1)
        if detected.form == "csv":
            return _of_csv(address, reading)
        if detected.form == "parquet":
            return _of_parquet(address, detected, reading)
        if detected.form == "lean":
            return _of_lean(address, detected, reading)
        return _of_tape(address, detected, reading)
    except OSError as error:
        raise TapeError(f"{path}: cannot be read: {error.strerror or error}") from error


def _of_csv(address: FileAddress, reading: Reading) -> Preview:
    path, total = address.path, address.path.stat().st_size
    with path.open("rb") as stream:
        delimiter, names = read_header(path, stream)
        at = stream.tell()
        text, is_all = _head_of(stream)
    sep = {"\t": "tab", ";": "semicolon", "|": "bar"}.get(delimiter, "comma")
    found = Preview(
        path,
        "csv",
        f"its first line is a header, its fields stand between {sep}s",
        total,
        _unread(names, address.columns),
    )
    try:
        fields = choose_fields(path, names, address.columns)
    except (TapeError, ConfigError) as error:
        return replace(found, fault=str(error))
    rows, lines, used = Rows(fields, reading, path.stem), list[bytes](), 0
    columns: dict[str, pl.Series] = {}
    for block in read_blocks(io.BytesIO(text), at, delimiter, len(names)):
        split = text_columns(block, fields, delimiter, len(names))
        columns = columns or dict(split.columns)
        rows.add(split.columns, len(block), split.spoiled)
        lines += [block.record(place) for place in range(len(block))]
        used = block.at - at + int(block.stop[-1]) + 1
        reading.report(used, len(text))
    head = rows.arrivals(lines.__getitem__)
    about = None if is_all or not used else round(rows.count * (total - at) / used)
    return replace(
        found,
        columns=_used(names, fields, _examples(columns)),
        times=_time_words(fields, columns, reading, head.symbols),
        head=head,
        head_is_all=is_all,
        rows=rows.count if is_all else None,
        rows_about=about,
    )


def _head_of(stream: BinaryIO) -> tuple[bytes, bool]:
    """Return the whole lines of a stream's next bytes, and whether they are all."""
    text = stream.read(HEAD_BYTES)
    if not stream.read(1):
        return text, True
    end = text.rfind(b"\n") + 1
    return text[:end] if end else text, False


def _of_parquet(address: FileAddress, detected: Detected, reading: Reading) -> Preview:
    path = address.path
    with open_parquet(path) as parquet:
        found_names = parquet.schema_arrow.names
        total = parquet.metadata.num_rows
        found = Preview(
            path,
            "parquet",
            detected.why,
            path.stat().st_size,
            _unread(found_names, address.columns),
            rows=total,
        )
        try:
            fields = choose_fields(path, found_names, address.columns)
        except (TapeError, ConfigError) as error:
            return replace(found, fault=str(error))
        names = {ours: found_names[place] for ours, place in fields.column.items()}
        rows, columns = Rows(fields, reading, path.stem), {}
        try:
            batch = next(parquet.iter_batches(HEAD_ROWS, columns=sorted(set(names.values()))), None)
            if batch is not None:
                columns = dict(columns_of(batch, names))
                rows.add(columns, batch.num_rows)
        except UNREADABLE as error:
            raise TapeError(f"{path}: damaged at its first rows: {first_line(error)}") from error
    head = rows.arrivals(None)
    return replace(
        found,
        columns=_used(found_names, fields, _examples(columns)),
        times=_time_words(fields, columns, reading, head.symbols),
        head=head,
        head_is_all=rows.count >= total,
    )


def _of_lean(address: FileAddress, detected: Detected, reading: Reading) -> Preview:
    path = address.path
    head = read_lean_zip(path, reading, HEAD_ROWS)
    symbols = head.symbols
    columns = tuple(ColumnUse(name, field) for name, field in _LEAN_COLUMNS)
    times = f"milliseconds since midnight of the day in the inner name, in {_zone_words(reading, symbols)}"
    return Preview(
        path, "lean", detected.why, path.stat().st_size, columns, times, _cut(head), len(head) <= HEAD_ROWS
    )


def _of_tape(address: FileAddress, detected: Detected, reading: Reading) -> Preview:
    path = address.path
    losses = Losses()
    parts = find_files(path, "part", losses)
    if not parts and not find_files(path, "events", losses):
        said = "; ".join(losses.lines[:3]) or _held_by(path)
        raise TapeError(
            f"{path}: expected a tape directory with date=…/part-….parquet, found {said}"
            "; name the file itself to open one of them"
        )
    reading.report(0, 1)
    size = sum(part.path.stat().st_size for part in parts)
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    why = f"{detected.why} with {len(parts):,} part{'s' * (len(parts) != 1)} of a tape"
    found = Preview(path, "tape", why, size, _unread(names, address.columns), rows=_rows_of(parts))
    if not parts:
        return replace(found, fault=f"{path}: the tape has events and no rows", lost=tuple(losses.lines))
    fields = choose_fields(path, names, address.columns)
    head, columns = _tape_head(path, parts, names, fields, reading, losses)
    return replace(
        found,
        columns=_used(names, fields, _examples(columns)),
        times=_time_words(fields, columns, reading, head.symbols),
        head=head,
        head_is_all=found.rows is not None and len(head) >= found.rows,
        lost=tuple(losses.lines),
    )


def _tape_head(
    path: Path, parts: list[TapeFile], names: list[str], fields: Fields, reading: Reading, losses: Losses
) -> tuple[Arrivals, dict[str, pl.Series]]:
    rows = Rows(fields, reading, path.stem)
    columns: dict[str, pl.Series] = {}
    wanted = {ours: names[place] for ours, place in fields.column.items()}
    for part in parts:
        for _, batch in read_pieces(part, losses):
            piece = batch.slice(0, HEAD_ROWS - rows.count)
            known = dict(columns_of(piece, {o: n for o, n in wanted.items() if n in piece.schema.names}))
            absent = {o: pl.Series([None] * piece.num_rows, dtype=pl.Null) for o in wanted if o not in known}
            columns = columns or known
            rows.add({**known, **absent}, piece.num_rows)
            reading.report(rows.count, HEAD_ROWS)
            if rows.count >= HEAD_ROWS:
                return rows.arrivals(None), columns
    return rows.arrivals(None), columns


def _rows_of(parts: list[TapeFile]) -> int | None:
    """Return the rows of a tape's parts, those that stand in two of them twice; None where that is not told."""
    if len(parts) > _MOST_PARTS or any(part.path.suffix != ".parquet" for part in parts):
        return None
    try:
        return sum(int(pq.read_metadata(part.path).num_rows) for part in parts)
    except UNREADABLE:
        return None


def _held_by(path: Path) -> str:
    names = sorted(each.name for each in path.iterdir()) if path.is_dir() else [path.name]
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more or "an empty directory"


def _cut(head: Arrivals) -> Arrivals:
    return rows_between(head, 0, min(len(head), HEAD_ROWS), sorted(head.defects))


def _unread(names: Sequence[str], mapping: Mapping[str, str]) -> tuple[ColumnUse, ...]:
    """Return the columns as far as each is understood by itself: by the mapping, or by its own name."""
    mapped = {theirs: ours for ours, theirs in mapping.items()}
    uses = []
    for name in (each.strip() for each in names):
        ours = mapped.get(name) or (name.lower() if name.lower() in FIELDS else "")
        uses.append(ColumnUse(name, ours))
    return tuple(uses)


def _used(names: Sequence[str], fields: Fields, examples: Mapping[str, str]) -> tuple[ColumnUse, ...]:
    field_at = {place: ours for ours, place in fields.column.items() if ours in FIELDS}
    uses = []
    for place, name in enumerate(names):
        ours = field_at.get(place, "")
        if not ours and name in _TAPES_OWN:
            ours = name
        uses.append(ColumnUse(name.strip(), ours, examples.get(ours, "")))
    return tuple(uses)


def _examples(columns: Mapping[str, pl.Series]) -> dict[str, str]:
    """Return the first value of each column that has one, as text."""
    found = {}
    for ours, column in columns.items():
        first = column.drop_nulls().head(1)
        if len(first):
            found[ours] = str(first[0])
    return found


def _zone_words(reading: Reading, symbols: Sequence[str]) -> str:
    zones = list(dict.fromkeys(reading.zone_for(symbol) for symbol in symbols))
    return zones[0] if len(zones) == 1 else "the zone of each symbol's calendar"


def _time_words(
    fields: Fields, columns: Mapping[str, pl.Series], reading: Reading, symbols: Sequence[str]
) -> str:
    """Return how the time column is understood."""
    name = next((each for each in TIME_FIELDS if each in fields), None)
    column = None if name is None else columns.get(name)
    if name is None or column is None or not len(column):
        return ""
    if name == "ts_ns":
        return "nanoseconds UTC"
    if isinstance(column.dtype, pl.Datetime | pl.Date):
        zone = getattr(column.dtype, "time_zone", None)
        return (
            f"dates in {zone}" if zone else f"dates without a zone, read in {_zone_words(reading, symbols)}"
        )
    unit = _epoch_unit(column)
    if unit is not None:
        return f"{_UNIT_WORDS.get(unit, 'numbers')} since 1970, UTC"
    times = TimeColumn().read(column)
    if bool(np.all(times.bad | times.missing)):
        return "not readable as times"
    if bool(times.local.any()):
        return f"ISO 8601 without a zone, read in {_zone_words(reading, symbols)}"
    return "ISO 8601 with its own zone"


def _epoch_unit(column: pl.Series) -> int | None:
    """Return the unit in ns of a column of epoch numbers, None for any other."""
    for value in column.drop_nulls().head(100).to_list():
        text = str(value).strip()
        if not text:
            continue
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
        if not number.is_finite():
            return None
        return next((unit for limit, unit in EPOCH_UNITS if abs(number) < limit), 1)
    return None
