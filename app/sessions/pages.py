"""Memory by blocks of pages: columns are cut from them, and pages that nobody will read again are given back."""

from __future__ import annotations

import mmap
import threading
import time
import weakref
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 16 << 20
"""What small arrays are cut from; pages of it that are never written cost nothing."""
_OWN_BYTES = 4 << 20
"""Arrays that are allocated together and need more get a block of their own."""
_ALIGN = 64
GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """A mapped piece of memory, held by the arrays over it alone; `start` is its address in this process.

    `path` and `name` are those by which another process finds it, ``""`` where none may.
    """

    mapping: weakref.ref[mmap.mmap]
    start: int
    size: int
    path: str = ""
    name: str = ""


class PagedMemory:
    """Allocates arrays in blocks. Allocating and letting go belong to one thread, `block_of` may be called on any.

    A block lives as long as one array over it: columns that grow into new arrays free their old ones by
    themselves. On systems that cannot take pages back, what is let go of stays until then.
    """

    advice = getattr(mmap, "MADV_DONTNEED", None)
    """How the system is told that pages are no longer needed, None where it cannot be."""

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._gone: deque[tuple[float, NDArray[Any], int, int]] = deque()
        self._lock = threading.Lock()
        self._blocks: list[Block] = []  # by address
        self._open: tuple[mmap.mmap, int] | None = None  # the block that is cut from, and what of it is taken

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
        """Have the whole pages of elements [start, stop) given back, once nobody can be reading them any more.

        A reader takes a view and paints from it for a frame or two: what went less than `grace_s` ago stays
        until the next call.
        """
        now_s = time.monotonic()
        self._gone.append((now_s, array, start, stop))
        while self._gone and self._gone[0][0] <= now_s - self._grace_s:
            self._give_back(*self._gone.popleft()[1:])

    def _give_back(self, array: NDArray[Any], start: int, stop: int) -> None:
        found = self.block_of(array)
        mapping = None if found is None else found.mapping()
        if found is None or mapping is None or self.advice is None:
            return
        size, begin = array.itemsize, array.ctypes.data - found.start
        low = -(-(begin + start * size) // mmap.PAGESIZE) * mmap.PAGESIZE
        high = (begin + stop * size) // mmap.PAGESIZE * mmap.PAGESIZE
        if high > low:
            mapping.madvise(self.advice, low, high - low)

    def block_of(self, array: NDArray[Any]) -> Block | None:
        """Return the block that an array lies in, or a slice of one; None for an array from elsewhere."""
        at = array.ctypes.data
        with self._lock:
            n = bisect_right(self._blocks, at, key=lambda each: each.start) - 1
            block = self._blocks[n] if n >= 0 else None
        return block if block is not None and at < block.start + block.size else None

    def _make(self, size: int) -> tuple[mmap.mmap, str, str]:
        """Return a new mapping of whole pages, with its path and name."""
        if hasattr(mmap, "MAP_PRIVATE"):
            return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), "", ""
        return mmap.mmap(-1, size), "", ""

    def _cut(self, total: int) -> tuple[mmap.mmap, int]:
        if total > _OWN_BYTES:
            return self._add(-(-total // mmap.PAGESIZE) * mmap.PAGESIZE), 0
        if self._open is None or self._open[1] + total > BLOCK_BYTES:
            self._open = (self._add(BLOCK_BYTES), 0)
        mapping, start = self._open
        self._open = (mapping, start + total)
        return mapping, start

    def _add(self, size: int) -> mmap.mmap:
        mapping, path, name = self._make(size)
        start = np.frombuffer(mapping, np.uint8, 1).ctypes.data
        block = Block(weakref.ref(mapping), start, size, path, name)
        with self._lock:
            living = [each for each in self._blocks if each.mapping() is not None]
            self._blocks = sorted([*living, block], key=lambda each: each.start)
        return mapping
