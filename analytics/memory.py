"""Where columns lie: handed in, so that the same code runs over memory that another process reads too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Memory(Protocol):
    """Gives arrays, and takes back what of them is no longer read."""

    def allocate(self, wanted: Sequence[tuple[int, np.dtype]]) -> list[NDArray]:  # type: ignore[type-arg]
        """Return one-dimensional arrays of some lengths and dtypes, in one block; they may hold anything."""

    def let_go(self, array: NDArray, start: int, stop: int) -> None:  # type: ignore[type-arg]
        """Take back elements [start, stop) of an array that came from here, or of a part of one.

        They are never read again, nor written; whole pages of them may read as zeros from here on. The same
        elements may be told of more than once.
        """


class PlainMemory:
    """The process's own memory, which has an array back once nobody holds it, and no sooner."""

    def allocate(self, wanted: Sequence[tuple[int, np.dtype]]) -> list[NDArray]:  # type: ignore[type-arg]
        """Return arrays; untouched pages cost nothing."""
        return [np.empty(length, dtype) for length, dtype in wanted]

    def let_go(self, array: NDArray, start: int, stop: int) -> None:  # type: ignore[type-arg]
        """Keep everything."""
