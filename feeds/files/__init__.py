"""Recorded tick files: tape directories, Parquet, CSV with a header, Lean trade zips."""

from feeds.files.opening import FORMATS, open_recording
from feeds.files.reading import OpeningCancelled
from feeds.files.recording import Recording

__all__ = ["FORMATS", "OpeningCancelled", "Recording", "open_recording"]
