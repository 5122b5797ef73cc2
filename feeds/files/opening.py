"""Opening a recording: which format a path holds, and its reader."""

from __future__ import annotations

from analytics.errors import ConfigError, TapeError, nearest
from feeds.address import FileAddress
from feeds.files.csv_file import read_csv_file
from feeds.files.lean import read_lean_zip
from feeds.files.parquet_file import PARQUET_MARK, read_parquet_file
from feeds.files.recording import Recording
from feeds.files.tape_reader import read_tape
from feeds.reading import Reading, named_zone
from feeds.tape.journal import JOURNAL_SUFFIX, STREAM_MARK

FORMATS = ("csv", "parquet", "lean", "tape")
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_BY_SUFFIX = {".parquet": "parquet", ".pq": "parquet", ".zip": "lean", JOURNAL_SUFFIX: "tape"}


def open_recording(address: FileAddress, reading: Reading) -> Recording:
    """Return the recording at an address, whole; `reading` says how, and is told how far it is.

    Raises ConfigError for a format, mapping or zone that is not known; TapeError for a file that is
    missing, empty, or not what it should be; OpeningCancelled where the reading was given up.
    """
    if reading.zone is not None:
        named_zone(reading.zone)
    path = address.path
    try:
        form = _format(address)
        if form == "csv":
            return Recording(path, read_csv_file(path, address.columns, reading))
        if form == "parquet":
            return Recording(path, read_parquet_file(path, address.columns, reading))
        if form == "lean":
            return Recording(path, read_lean_zip(path, reading))
        return Recording(path, *read_tape(path, address.columns, reading))
    except OSError as error:
        raise TapeError(f"{path}: cannot be read: {error.strerror or error}") from error


def _format(address: FileAddress) -> str:
    """Return the format that the address names, or that the content and then the name tell."""
    path = address.path
    if address.format is not None and address.format not in FORMATS:
        raise ConfigError(
            f"format={address.format}: expected one of {', '.join(FORMATS)}.{nearest(address.format, FORMATS)}"
        )
    if not path.exists():
        raise TapeError(f"{path}: expected a file or a tape directory, found nothing there")
    if path.is_dir():
        return "tape"
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise TapeError(f"{path}: expected ticks, found an empty file")
    if address.format is not None:
        return address.format
    if head == PARQUET_MARK:
        return "parquet"
    if head in _ZIP_MARKS:
        return "lean"
    if head == STREAM_MARK:
        return "tape"
    return _BY_SUFFIX.get(path.suffix.lower(), "csv")
