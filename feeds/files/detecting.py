"""Which format a path holds, and by what it was told. What is no file is never waited for."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import ConfigError, TapeError, nearest
from feeds.address import FileAddress
from feeds.files.parquet_file import PARQUET_MARK
from feeds.tape.journal import JOURNAL_SUFFIX, STREAM_MARK

FORMATS = ("csv", "parquet", "lean", "tape")
FORMAT_WORDS = {
    "csv": "CSV with a header",
    "parquet": "Parquet",
    "lean": "Lean trade zip",
    "tape": "Tape",
}
"""Each format as a person names it."""
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_BY_SUFFIX = {".parquet": "parquet", ".pq": "parquet", ".zip": "lean", JOURNAL_SUFFIX: "tape"}
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Detected:
    """One of FORMATS, and what told it."""

    form: str
    why: str


def detect_format(address: FileAddress) -> Detected:
    """Return the format that the address names, or that the content and then the name tell.

    Raises ConfigError for a format that is not known, TapeError for a path where nothing is, an empty file,
    and what is neither a file nor a directory, as a pipe, which would have to be waited for; OSError where it
    cannot be read.
    """
    path = address.path
    if address.format is not None and address.format not in FORMATS:
        raise ConfigError(
            f"format={address.format}: expected one of {', '.join(FORMATS)}.{nearest(address.format, FORMATS)}"
        )
    if not path.exists():
        raise TapeError(f"{path}: expected a file or a tape directory, found nothing there")
    if path.is_dir():
        return Detected("tape", "it is a folder")
    _require_file(path)
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise TapeError(f"{path}: expected ticks, found an empty file")
    if address.format is not None:
        return Detected(address.format, "the address says so")
    if head == PARQUET_MARK:
        return Detected("parquet", "its first bytes are PAR1")
    if head in _ZIP_MARKS:
        return Detected("lean", "its first bytes are those of a zip")
    if head == STREAM_MARK:
        return Detected("tape", "its first bytes are those of a journal")
    named = _BY_SUFFIX.get(path.suffix.lower())
    if named is not None:
        return Detected(named, f"its name ends in {path.suffix}")
    return Detected("csv", "it is text, or nothing else that is known")


def _require_file(path: Path) -> None:
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return
    found = next((words for is_kind, words in _KINDS if is_kind(mode)), "something else")
    raise TapeError(f"{path}: expected a file or a tape directory, found {found}; save its ticks to a file")
