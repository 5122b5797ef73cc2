"""Memory that two processes share: blocks with a path, and the reader's view of them.

A block is a piece of memory that columns are cut from. Its maker maps it to write, a reader to read, and each keeps it for as
long as an array over it lives; nobody counts or unlocks. So columns that grow into new arrays free their old
block by themselves, and a reader that still paints from it may. On Linux a block is an anonymous file that has no name
outside the two processes: nothing is left behind, however they end, and no other process's resource tracker
unlinks it. Elsewhere it is a file in a temporary folder that the reader removes.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.override import override
from app.sessions.pages import GRACE_S, PagedMemory

_MOST_FILES = 65_536
_HAS_MEMFD = sys.platform == "linux"


class Place(NamedTuple):
    """Where an array lies: the block's path, its name and length in bytes, the array's offset, dtype and length."""

    path: str
    name: str
    block_bytes: int
    offset: int
    kind: str
    length: int


class SharedMemory(PagedMemory):
    """Memory that another process can read; `place_of` tells it where.

    `folder` is where the blocks are files, on systems that need them.
    """

    advice = getattr(mmap, "MADV_REMOVE", None)

    def __init__(self, folder: Path | None = None, grace_s: float = GRACE_S) -> None:
        super().__init__(grace_s)
        self._folder = folder
        self._made = 0
        allow_many_files()

    def place_of(self, array: NDArray[Any]) -> Place:
        """Return where an array lies, a slice of one that was allocated too. Raises LookupError for any other."""
        block = self.block_of(array)
        if block is None:
            raise LookupError("the array lies in none of these blocks")
        offset = array.ctypes.data - block.start
        return Place(block.path, block.name, block.size, offset, array.dtype.str, len(array))

    @override
    def _make(self, size: int) -> tuple[mmap.mmap, str, str]:
        self._made += 1
        name = f"tickdesk-{os.getpid()}-{self._made}"
        if _HAS_MEMFD and self._folder is None:
            file = os.memfd_create(name, os.MFD_CLOEXEC)
            path = f"/proc/{os.getpid()}/fd/{file}"
        else:
            path = str((self._folder or Path(tempfile.gettempdir())) / name)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.ftruncate(file, size)
            mapping = mmap.mmap(file, size)
        except BaseException:
            _close(path, file)
            raise
        weakref.finalize(mapping, _close, path, file)
        return mapping, path, name


def _close(path: str, file: int) -> None:
    """Let go of a block over which no array lives any more: its path is gone, a reader's mapping stays."""
    os.close(file)
    if not path.startswith("/proc/"):
        with contextlib.suppress(OSError):
            Path(path).unlink()


class Attached:
    """The reader's side: arrays over another process's blocks, read-only; one thread."""

    def __init__(self) -> None:
        allow_many_files()
        self._mappings: weakref.WeakValueDictionary[str, mmap.mmap] = weakref.WeakValueDictionary()

    def array(self, place: Place) -> NDArray[Any]:
        """Return the array at a place.

        Raises FileNotFoundError where the block is gone: newer places were told, or its process is dead. Raises
        OSError where this process cannot map any more.
        """
        mapping = self._mappings.get(place.name)
        if mapping is None:
            mapping = self._mappings[place.name] = _attach(place)
        return np.frombuffer(mapping, np.dtype(place.kind), place.length, place.offset)

    @property
    def blocks(self) -> int:
        """Return how many blocks are mapped."""
        return len(self._mappings)


def _attach(place: Place) -> mmap.mmap:
    try:
        file = os.open(place.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, ProcessLookupError) as error:
        raise FileNotFoundError(place.name) from error
    try:
        if place.path.startswith("/proc/"):  # the number of a closed file may name another by now
            found = str(Path(f"/proc/self/fd/{file}").readlink())
            if found.removeprefix("/memfd:").removesuffix(" (deleted)") != place.name:
                raise FileNotFoundError(place.name)
        return mmap.mmap(file, place.block_bytes, access=mmap.ACCESS_READ)
    finally:
        os.close(file)


def allow_many_files() -> None:
    """Let this process have as many open files as it may: each block counts as one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
