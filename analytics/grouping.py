"""Rows by their code: which places of an array hold which code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
Int64: TypeAlias = NDArray[np.int64]
_INT16 = np.iinfo(np.int16)  # numpy sorts 16-bit integers by counting, ten times as fast as wider ones
_ROWS_A_STRETCH = 64  # from so many a stretch on it is quicker to go from stretch to stretch than to sort
_STRETCHES = 8  # so few are never sorted
_FEW = 64  # rows up to which sorting takes less time than to look how they can be sorted


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows put together by code, ascending in each group.

    `order` are their places, group after group; None where they stand so already. `slices` are each
    group's code, and where in that order it stands.
    """

    slices: list[tuple[int, slice]]
    order: Int64 | None

    def together(self, column: NDArray[T]) -> NDArray[T]:
        """Return a column of the rows, shape (n,), group after group; not to be changed."""
        return column if self.order is None else column.take(self.order)

    def apart(self, column: NDArray[T]) -> NDArray[T]:
        """Return what stands group after group in the order of the rows again."""
        if self.order is None:
            return column
        found = np.empty_like(column)
        found[self.order] = column
        return found

    @property
    def starts(self) -> list[int]:
        """Return where each group begins in what is `together`."""
        return [mine.start for _, mine in self.slices]

    def place(self, at: int) -> int:
        """Return the place of what stands at `at` in what is `together`."""
        return at if self.order is None else int(self.order[at])

    def places(self, group: slice) -> Int64:
        """Return the places of a group, ascending."""
        return np.arange(group.start, group.stop) if self.order is None else self.order[group]

    def all_rise(self, rises: NDArray[np.bool_]) -> bool:
        """Return whether something rises inside every group.

        `rises`, shape (n - 1,), says so of each row but the first of what is `together`; it is changed.
        """
        for start in self.starts[1:]:
            rises[start - 1] = True
        return bool(np.count_nonzero(rises) == len(rises))


def by_code(codes: NDArray[np.integer], places: Int64 | None = None) -> Groups:
    """Return rows grouped by code, ascending; with `places` they stand there, ascending, in longer columns."""
    if len(codes) <= 1:
        return _groups(codes, places)
    if len(codes) > _FEW:
        low, high = int(codes.min()), int(codes.max())
        if low == high:
            return Groups([(low, slice(0, len(codes)))], places)
        if low >= _INT16.min and high <= _INT16.max:
            codes = codes.astype(np.int16)
    order = codes.argsort(kind="stable")
    return _groups(codes.take(order), order if places is None else places.take(order))


def in_stretches(codes: NDArray[np.integer]) -> Groups:
    """Return rows grouped by code where a code may come again later; sorted only where they are mixed."""
    if np.count_nonzero(codes[1:] != codes[:-1]) > max(len(codes) // _ROWS_A_STRETCH, _STRETCHES):
        return by_code(codes)
    return _groups(codes, None)


def grouped(codes: NDArray[np.integer]) -> list[tuple[int, Int64]]:
    """Return each code, ascending, with its places in `codes`, ascending."""
    groups = by_code(codes)
    return [(code, groups.places(mine)) for code, mine in groups.slices]


def _groups(codes: NDArray[np.integer], order: Int64 | None) -> Groups:
    """Return groups of codes that already stand together."""
    if len(codes) <= 1:
        return Groups([(int(codes[0]), slice(0, 1))] if len(codes) else [], order)
    starts = [0, *((codes[1:] != codes[:-1]).nonzero()[0] + 1).tolist()]
    bounds = zip(codes[starts].tolist(), starts, [*starts[1:], len(codes)], strict=True)
    return Groups([(code, slice(start, stop)) for code, start, stop in bounds], order)
