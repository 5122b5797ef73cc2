"""Memory that two processes share: fixed blocks that columns are cut from, and the reader's view of them.

A block is a piece of memory with a path. Its maker maps it to write, a reader to read, and each keeps it for as
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
import threading
import weakref
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 16 << 20
"""What small arrays are cut from; pages of it that are never written cost nothing."""
_OWN_BYTES = 4 << 20
"""Arrays that are allocated together and need more get a block of their own."""
_ALIGN = 64
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


@dataclass(slots=True)
class _Block:
    mapping: weakref.ref[mmap.mmap]
    path: str
    name: str
    size: int
    start: int  # its address in this process


class SharedMemory:
    """Allocates arrays in blocks that another process can read; `place_of` tells it where.

    Allocating and letting go belong to one thread, `place_of` may be called on any. `folder` is where the
    blocks are files, on systems that need them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._blocks: list[_Block] = []  # by address
        self._open: tuple[mmap.mmap, int] | None = None  # the block that is cut from, and what of it is taken
        self._made = 0
        allow_many_files()

    def allocate(self, wanted: Sequence[tuple[int, np.dtype[Any]]]) -> list[NDArray[Any]]:
        """Return arrays of these lengths and dtypes, zeroed, side by side in one block. Raises OSError."""
        offsets, total = [], 0
        for length, kind in wanted:
            offsets.append(total)
            total += -(-length * kind.itemsize // _ALIGN) * _ALIGN
        mapping, start = self._cut(total)
        return [
            np.frombuffer(mapping, kind, length, start + offset)
            for (length, kind), offset in zip(wanted, offsets, strict=True)
        ]

    def let_go(self, array: NDArray[Any], start: int, stop: int) -> None:
        """Give back the whole pages of elements [start, stop), which nobody will read again."""
        found = self._block_of(array)
        mapping = None if found is None else found.mapping()
        if found is None or mapping is None or not hasattr(mmap, "MADV_REMOVE"):
            return
        size, begin = array.itemsize, array.ctypes.data - found.start
        low = -(-(begin + start * size) // mmap.PAGESIZE) * mmap.PAGESIZE
        high = (begin + stop * size) // mmap.PAGESIZE * mmap.PAGESIZE
        if high > low:
            mapping.madvise(mmap.MADV_REMOVE, low, high - low)

    def place_of(self, array: NDArray[Any]) -> Place:
        """Return where an array lies, a slice of one that was allocated too. Raises LookupError for any other."""
        block = self._block_of(array)
        if block is None:
            raise LookupError("the array lies in none of these blocks")
        offset = array.ctypes.data - block.start
        return Place(block.path, block.name, block.size, offset, array.dtype.str, len(array))

    def _block_of(self, array: NDArray[Any]) -> _Block | None:
        at = array.ctypes.data
        with self._lock:
            n = bisect_right(self._blocks, at, key=lambda each: each.start) - 1
            block = self._blocks[n] if n >= 0 else None
        return block if block is not None and at < block.start + block.size else None

    def _cut(self, total: int) -> tuple[mmap.mmap, int]:
        if total > _OWN_BYTES:
            return self._make(-(-total // mmap.PAGESIZE) * mmap.PAGESIZE), 0
        if self._open is None or self._open[1] + total > BLOCK_BYTES:
            self._open = (self._make(BLOCK_BYTES), 0)
        mapping, start = self._open
        self._open = (mapping, start + total)
        return mapping, start

    def _make(self, size: int) -> mmap.mmap:
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
            os.close(file)
            raise
        start = np.frombuffer(mapping, np.uint8, 1).ctypes.data
        block = _Block(weakref.ref(mapping), path, name, size, start)
        weakref.finalize(mapping, _close, path, file)
        with self._lock:
            living = [each for each in self._blocks if each.mapping() is not None]
            self._blocks = sorted([*living, block], key=lambda each: each.start)
        return mapping


def _close(path: str, file: int) -> None:
    """Let go of a block over which no array lives any more: its path is gone, a reader's mapping stays."""
    os.close(file)
    if not path.startswith("/proc/"):
        with contextlib.suppress(OSError):
            Path(path).unlink()


class Attached:
    """The reader's side: arrays over another process's blocks, read-only; one thread."""

    def __init__(self) -> None:
        self._mappings: weakref.WeakValueDictionary[str, mmap.mmap] = weakref.WeakValueDictionary()

    def array(self, place: Place) -> NDArray[Any]:
        """Return the array at a place. Raises FileNotFoundError where the block is gone: newer places were told."""
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
    except OSError as error:
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
