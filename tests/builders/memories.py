"""Memories for tests: what is given back is overwritten at once, so that who still reads it is found out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_GARBAGE = {np.dtype(np.int64): 2**61 + 12_345, np.dtype(np.int32): 77_777, np.dtype(np.float64): -7.7e77}


class PoisonMemory:
    """Gives arrays full of garbage, and fills with garbage again what is given back; counts its elements."""

    def __init__(self) -> None:
        self.poisoned = 0

    def allocate(self, wanted: Sequence[tuple[int, np.dtype]]) -> list[np.ndarray]:
        return [np.full(length, _GARBAGE[np.dtype(dtype)], dtype) for length, dtype in wanted]

    def let_go(self, array: np.ndarray, start: int, stop: int) -> None:
        assert 0 <= start < stop <= len(array)
        array[start:stop] = _GARBAGE[array.dtype]
        self.poisoned += stop - start


def is_poison(array: np.ndarray) -> np.ndarray:
    """Return which elements were never written or were given back."""
    return array == _GARBAGE[array.dtype]
