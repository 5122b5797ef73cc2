"""Journals: Arrow streams that are readable up to their last whole batch at any moment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

JOURNAL_SUFFIX = ".arrows"
STREAM_MARK = b"\xff\xff\xff\xff"
"""The first bytes of a journal."""
_END = STREAM_MARK + b"\0\0\0\0"
_GROUP_ROWS = 131_072
_UNREADABLE = (pa.ArrowException, OSError, ValueError, MemoryError)


class Journal:
    """An Arrow stream being written, uncompressed; each batch is one write to the file.

    Raises OSError where the file cannot be written; what was whole before stays readable.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.rows = 0
        self.bytes = 0
        self._handle: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._put(schema.serialize())

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        self._put(batch.serialize())
        self.rows += batch.num_rows

    def close(self, *, whole: bool = True) -> None:
        """End the stream; not `whole` leaves it as a crash would."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        try:
            if whole:
                os.write(handle, _END)
        finally:
            os.close(handle)

    def _put(self, message: pa.Buffer) -> None:
        if self._handle is None:
            raise OSError(f"{self.path.name} is closed")
        view = memoryview(message)
        while view:
            written = os.write(self._handle, view)
            view = view[written:]
        self.bytes += message.size


def read_journal(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield a journal's whole batches. Raises ValueError telling what follows them where that is no batch.

    A journal that ends at a batch's end, with or without an end mark, is whole.
    """
    text = path.read_bytes()
    source = pa.BufferReader(text)
    end, rows = 0, 0
    fault: Exception | None = None
    try:
        with pa.ipc.open_stream(source) as stream:
            end = source.tell()
            for batch in _whole_batches(stream):
                yield batch
                rows += batch.num_rows
                end = source.tell()
    except _UNREADABLE as error:
        fault = error
    if text[end:] not in (b"", _END):
        raise ValueError(f"cut short after {rows:,} rows; {len(text) - end:,} bytes are lost") from fault


def _whole_batches(stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    for batch in stream:
        batch.validate(full=True)
        yield batch


def journal_schema(path: Path) -> pa.Schema | None:
    """Return a journal's schema with its metadata, or None where not even that is whole."""
    try:
        with path.open("rb") as file, pa.ipc.open_stream(file) as stream:
            return stream.schema if stream.schema.names else None  # damaged names are no text and raise
    except _UNREADABLE:
        return None


def seal(journal: Path, target: Path, more: Mapping[bytes, bytes]) -> None:
    """Make a Parquet file of a whole journal: written aside, synced, renamed; then the journal goes.

    `more` is added to the metadata. Raises OSError or ArrowException; the journal then stays.
    """
    aside = target.with_name(f".{target.name}.tmp")
    try:
        with journal.open("rb") as file, pa.ipc.open_stream(file) as stream:
            schema = stream.schema.with_metadata({**(stream.schema.metadata or {}), **more})
            _write_groups(aside, schema, stream)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
        sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    journal.unlink()


def _write_groups(aside: Path, schema: pa.Schema, stream: pa.RecordBatchReader) -> None:
    with pq.ParquetWriter(aside, schema, compression="zstd", write_page_checksum=True) as writer:
        held: list[pa.RecordBatch] = []
        rows = 0
        for batch in stream:
            held.append(batch)
            rows += batch.num_rows
            if rows >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(held, schema))
                held, rows = [], 0
        if held:
            writer.write_table(pa.Table.from_batches(held, schema))


def sync_folder(folder: Path) -> None:
    """Have a folder's names survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
