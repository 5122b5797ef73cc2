"""Opening a recording: which format a path holds, and its reader."""

from __future__ import annotations

from dataclasses import replace

from analytics.errors import TapeError
from feeds.address import FileAddress
from feeds.files.csv_file import read_csv_file
from feeds.files.detecting import FORMATS, detect_format
from feeds.files.lean import read_lean_zip
from feeds.files.parquet_file import read_parquet_file
from feeds.files.recording import Recording
from feeds.files.tape_reader import read_tape
from feeds.reading import Reading, named_zone

__all__ = ["FORMATS", "open_recording"]


def open_recording(address: FileAddress, reading: Reading) -> Recording:
    """Return the recording at an address, whole; `reading` says how, and is told how far it is.

    Raises ConfigError for a format, mapping or zone that is not known; TapeError for a file that is
    missing, empty, or not what it should be; OpeningCancelled where the reading was given up.
    """
    if address.zone is not None:
        reading = replace(reading, zone=address.zone)
    if reading.zone is not None:
        named_zone(reading.zone)
    path = address.path
    try:
        form = detect_format(address).form
        if form == "csv":
            return Recording(path, read_csv_file(path, address.columns, reading))
        if form == "parquet":
            return Recording(path, read_parquet_file(path, address.columns, reading))
        if form == "lean":
            return Recording(path, read_lean_zip(path, reading))
        return Recording(path, *read_tape(path, address.columns, reading))
    except OSError as error:
        raise TapeError(f"{path}: cannot be read: {error.strerror or error}") from error
