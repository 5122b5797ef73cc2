"""Recorded tick files: tape directories, Parquet, CSV with a header, Lean trade zips."""

from feeds.files.opening import FORMATS, open_recording
from feeds.files.recording import Recording
from feeds.reading import OpeningCancelled, Reading, named_zone

__all__ = ["FORMATS", "OpeningCancelled", "Reading", "Recording", "named_zone", "open_recording"]
