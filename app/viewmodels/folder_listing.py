"""What of a folder may be opened: folders, tapes and tick files, and what is told of each."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from feeds.reading import OpeningCancelled

MOST_ENTRIES = 2_000
"""Entries of a folder that are listed; of larger ones the list says so."""
TICK_SUFFIXES = frozenset(
    (".csv", ".tsv", ".txt", ".parquet", ".pq", ".zip", ".arrow", ".arrows", ".journal")
)
_LOOKED_INTO = 200  # folders that are looked into for being tapes
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One thing that may be opened or gone into.

    `kind` is ``folder``, ``tape``, ``file`` or ``missing``; `size` in bytes, `changed_ns` UTC, 0 where not known.
    """

    path: Path
    kind: str
    size: int = 0
    changed_ns: int = 0

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder to go into."""
        return self.kind == "folder"


@dataclass(frozen=True, slots=True)
class FolderListing:
    """A folder: its tapes and folders first, then files, each by name; `more` were left out."""

    folder: Path
    entries: tuple[FolderEntry, ...]
    more: int = 0


def entry_of(path: Path) -> FolderEntry:
    """Return what is known of one path; ``missing`` where nothing can be known."""
    try:
        known = path.stat()
    except OSError:
        return FolderEntry(path, "missing")
    changed_ns = round(known.st_mtime * _NS)
    if stat.S_ISDIR(known.st_mode):
        return FolderEntry(path, "tape" if is_tape(path) else "folder", 0, changed_ns)
    return FolderEntry(path, "file", known.st_size, changed_ns)


def is_tape(folder: Path) -> bool:
    """Return whether a folder holds days of a tape, or parts of one."""
    try:
        with os.scandir(folder) as found:
            return any(each.name.startswith(("date=", "part-")) for each in found)
    except OSError:
        return False


def list_folder(folder: Path, cancelled: Callable[[], bool]) -> FolderListing:
    """Return what of a folder may be opened, hidden things left out. Raises OSError, OpeningCancelled."""
    found: list[FolderEntry] = []
    more = looked = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if cancelled():
                raise OpeningCancelled("listing was given up")
            if entry.name.startswith("."):
                continue
            if len(found) >= MOST_ENTRIES:
                more += 1
                continue
            made = _entry(entry, look=looked < _LOOKED_INTO)
            looked += made is not None and made.kind != "file"
            if made is not None:
                found.append(made)
    found.sort(key=lambda each: (each.kind == "file", each.path.name.casefold()))
    return FolderListing(folder, tuple(found), more)


def _entry(entry: os.DirEntry[str], *, look: bool) -> FolderEntry | None:
    try:
        known = entry.stat()
    except OSError:
        return None
    changed_ns, path = round(known.st_mtime * _NS), Path(entry.path)
    if stat.S_ISDIR(known.st_mode):
        return FolderEntry(path, "tape" if look and is_tape(path) else "folder", 0, changed_ns)
    if not stat.S_ISREG(known.st_mode) or path.suffix.lower() not in TICK_SUFFIXES:
        return None
    return FolderEntry(path, "file", known.st_size, changed_ns)
