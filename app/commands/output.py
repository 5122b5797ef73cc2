"""What commands write: files that appear whole, Parquet in row groups, and progress on a terminal."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 262_144
"""Rows of a Parquet row group: large enough to compress well, small enough to hold many columns of."""

Advance = Callable[[float], None]
"""Told how much is done."""


def require_writable(path: Path) -> None:
    """Raise OSError naming the path where no file can be put there."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory; name a file", str(path))
    if path.exists() and not path.is_file():  # a device or a pipe would be replaced by a file
        raise OSError(errno.EINVAL, "is no regular file; name another", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a path to write to that becomes `path` when all went well, and vanishes when it did not.

    Raises OSError naming `path` where nothing can be written beside it.
    """
    require_writable(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.touch()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


class RowGroups:
    """Tables of any length, written to one Parquet file in row groups of one length."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def __enter__(self) -> RowGroups:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._rows:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._writer.close()

    def write(self, table: pa.Table) -> None:
        """Append a table of the file's schema."""
        self._waiting.append(table)
        self._rows += table.num_rows
        if self._rows >= GROUP_ROWS:
            whole = pa.concat_tables(self._waiting)
            full = self._rows // GROUP_ROWS * GROUP_ROWS
            self._writer.write_table(whole.slice(0, full), row_group_size=GROUP_ROWS)
            self._waiting, self._rows = [whole.slice(full)], self._rows - full


@contextmanager
def progress(title: str, total: int, *, shown: bool | None = None) -> Iterator[Advance]:
    """Show how far a long task is, with an estimate, on a terminal; show nothing in a pipe.

    The function given takes how much of `total` is done.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def tell(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(on_one_line(text) + "\n")


def on_one_line(text: str) -> str:
    """Return a text of others' words as a terminal may show it: control characters are written out."""
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x20 or 0x7F <= code < 0xA0 else character
