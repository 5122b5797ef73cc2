"""Tables of names that grow as a feed brings new ones: codes last from call to call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.ticks import NO_CODE, Int32

MOST_NAMES = 20_000
"""A table with more names than this is dropped before the next poll, and a fresh one begun."""
_MOST_CHARACTERS = 4 * 2**20  # names of any length are read; the guard refuses long ones


class _Codes(dict[str | None, int]):
    """Code by name; a name not seen before gets the next one."""

    __slots__ = ("characters",)

    def __init__(self) -> None:
        super().__init__({None: NO_CODE})
        self.characters = 0

    def __missing__(self, name: str) -> int:
        code = self[name] = len(self) - 1  # None has a place too
        self.characters += len(name)
        return code


class NameTable:
    """Gives names int32 codes, NO_CODE to None. `names` is one object while no new name appears."""

    def __init__(self) -> None:
        self._codes = _Codes()
        self._names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names by code, in order of first sight."""
        if len(self._codes) - 1 != len(self._names):
            self._names = tuple(name for name in self._codes if name is not None)
        return self._names

    def renew(self) -> bool:
        """Begin afresh where the table has grown too large; return whether it was. Codes start from 0 then."""
        if len(self._codes) - 1 <= MOST_NAMES and self._codes.characters <= _MOST_CHARACTERS:
            return False
        self._codes = _Codes()
        self._names = ()
        return True

    def codes(self, names: Sequence[str | None]) -> Int32:
        """Return the code of each name, shape (n,)."""
        return np.fromiter(map(self._codes.__getitem__, names), np.int32, len(names))


class Tables:
    """The three tables of one feed."""

    __slots__ = ("runs", "sources", "symbols")

    def __init__(self) -> None:
        self.symbols = NameTable()
        self.runs = NameTable()
        self.sources = NameTable()

    def renew(self) -> bool:
        """Begin each table afresh that has grown too large; return whether any was."""
        renewed = [each.renew() for each in (self.symbols, self.runs, self.sources)]
        return any(renewed)
