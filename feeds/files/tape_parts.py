"""The parts of a tape, found and read piece by piece; what cannot be read is told, not raised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.errors import TapeError
from feeds.files.parquet_file import BATCH_ROWS, PARQUET_MARK, UNREADABLE, first_line, open_parquet
from feeds.tape.checks import STAMP_KEY
from feeds.tape.journal import STREAM_MARK, journal_schema, read_journal
from feeds.tape.schema import FIRST_ROW_KEY, SESSION_KEY, TAPE_VERSION, TOPIC_KEY, VERSION_KEY

_NUMBERS = re.compile(r"[a-z]+-(\d{19})-(\d{12})[-.]")


@dataclass(frozen=True, slots=True)
class TapeFile:
    """A readable file of a tape: its columns, and what its metadata say (0 and empty where nothing).

    `first_row` is the first tick's number where it holds fingerprints; `stamp` is theirs, JSON.
    """

    path: Path
    names: tuple[str, ...]
    topic: str
    session: int
    first_row: int
    stamp: bytes = b""

    @property
    def order(self) -> tuple[int, int, str, list[tuple[int, str]]]:
        """Return what files are read in order of; those without metadata by day and by name."""
        folder = self.path.parent.name
        return self.session, self.first_row, folder, _natural(self.path.name)


@dataclass(slots=True)
class Losses:
    """What of a tape could not be read, a line each."""

    lines: list[str] = field(default_factory=list)

    def add(self, path: Path, what: str) -> None:
        """Note what of a file is lost."""
        self.lines.append(f"{path.parent.name}/{path.name}: {what}")


def find_files(tape: Path, kind: str, losses: Losses) -> list[TapeFile]:
    """Return a tape's ``part``, ``events`` or ``check`` files in reading order.

    A tape is a directory of ``date=…`` directories, one of these, or a single part. A journal that a
    finished part already stands for is left out.
    """
    if tape.is_file():
        paths = [tape] if kind == "part" else []
    else:
        paths = sorted([*tape.glob(f"{kind}-*"), *tape.glob(f"date=*/{kind}-*")])
    found = [each for path in paths if path.is_file() and (each := _opened(path, losses)) is not None]
    sealed = {
        (each.session, each.first_row) for each in found if each.session and each.path.suffix == ".parquet"
    }
    return sorted(
        (
            each
            for each in found
            if each.path.suffix == ".parquet" or (each.session, each.first_row) not in sealed
        ),
        key=lambda each: each.order,
    )


def read_pieces(file: TapeFile, losses: Losses) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield a file's batches, each with the row in the file at which it begins."""
    if _mark_of(file.path) == STREAM_MARK:
        yield from _journal_pieces(file.path, losses)
        return
    try:
        with open_parquet(file.path) as parquet:
            yield from _row_groups(file.path, parquet, losses)
    except TapeError as error:
        losses.add(file.path, str(error))


def _journal_pieces(path: Path, losses: Losses) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield a journal's batches put together to large ones: a live journal has one for each poll."""
    start = held_rows = 0
    held: list[pa.RecordBatch] = []
    try:
        for batch in read_journal(path):
            held.append(batch)
            held_rows += batch.num_rows
            if held_rows >= BATCH_ROWS:
                yield start, _together(held)
                start, held, held_rows = start + held_rows, [], 0
    except (ValueError, OSError) as error:
        losses.add(path, first_line(error))
    if held_rows:
        yield start, _together(held)


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _row_groups(path: Path, parquet: pq.ParquetFile, losses: Losses) -> Iterator[tuple[int, pa.RecordBatch]]:
    row = 0
    for group in range(parquet.metadata.num_row_groups):
        rows = parquet.metadata.row_group(group).num_rows
        try:
            batches = parquet.read_row_group(group).combine_chunks().to_batches()
        except UNREADABLE as error:
            losses.add(path, f"rows {row:,} to {row + rows - 1:,} are damaged and lost: {first_line(error)}")
            batches = []
        start = row
        for batch in batches:
            yield start, batch
            start += batch.num_rows
        row += rows


def _opened(path: Path, losses: Losses) -> TapeFile | None:
    """Return a file with its metadata, or None where nothing of it can be read."""
    size = path.stat().st_size
    mark = _mark_of(path)
    if mark == STREAM_MARK:
        schema = journal_schema(path)
    elif mark == PARQUET_MARK:
        try:
            with open_parquet(path) as parquet:
                schema = parquet.schema_arrow
        except TapeError:
            schema = None
    elif size == 0 and path.suffix != ".parquet":
        return None  # a journal that was just begun
    else:
        schema = None
    if schema is None:
        losses.add(path, f"no whole header or footer; its {size:,} bytes are lost")
        return None
    said: Mapping[bytes, bytes] = schema.metadata or {}
    version = _number(said.get(VERSION_KEY, b"1"))
    if version > TAPE_VERSION:
        losses.add(
            path, f"version {version} is newer than this program reads ({TAPE_VERSION}); it is left out"
        )
        return None
    named = _NUMBERS.match(path.name)  # a program that rewrites a file may lose the metadata
    session, first_row = ("0", "0") if named is None else named.groups()
    return TapeFile(
        path,
        tuple(schema.names),
        said.get(TOPIC_KEY, b"").decode("utf-8", "replace"),
        _number(said.get(SESSION_KEY, session.encode())),
        _number(said.get(FIRST_ROW_KEY, first_row.encode())),
        said.get(STAMP_KEY, b""),
    )


def _mark_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() else 0


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a name's pieces so that part-10 comes after part-9."""
    pieces: Sequence[str] = re.split(r"(\d+)", name)
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]
