"""Recorded tick files: tape directories, Parquet, CSV with a header, Lean trade zips."""

from feeds.files.detecting import FORMAT_WORDS
from feeds.files.fields import usual_columns
from feeds.files.opening import FORMATS, open_recording
from feeds.files.preview import HEAD_ROWS, ColumnUse, Preview, preview
from feeds.files.recording import Recording
from feeds.reading import OpeningCancelled, Reading, named_zone

__all__ = [
    "FORMATS",
    "FORMAT_WORDS",
    "HEAD_ROWS",
    "ColumnUse",
    "OpeningCancelled",
    "Preview",
    "Reading",
    "Recording",
    "named_zone",
    "open_recording",
    "preview",
    "usual_columns",
]
