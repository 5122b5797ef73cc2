"""An append-only log: one writer, any number of readers that read by count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class AppendLog(Generic[T]):
    """Entries that are only ever appended, read without a lock by whoever remembers a count.

    At most `keep` entries are held; older ones are let go of and only counted, so that a storm cannot
    eat the memory. `count` is the number ever appended.
    """

    def __init__(self, keep: int = 100_000) -> None:
        self._keep = keep
        self._state: tuple[list[T], int] = ([], 0)  # entries, number of entries let go of before them
        self.era = 0
        """How often the log was cleared."""

    @property
    def count(self) -> int:
        """Return the number of entries ever appended."""
        entries, dropped = self._state
        return dropped + len(entries)

    def append(self, entry: T) -> None:
        """Append one entry; the writer's thread only."""
        entries, dropped = self._state
        entries.append(entry)
        if len(entries) >= 2 * self._keep:
            gone = len(entries) - self._keep
            self._state = (entries[gone:], dropped + gone)

    def since(self, count: int) -> tuple[Sequence[T], int]:
        """Return the entries after the first `count` that are still held, and the new count."""
        entries, dropped = self._state
        stop = len(entries)
        return entries[max(count - dropped, 0) : stop], dropped + stop

    def clear(self) -> None:
        """Start again at count zero; readers see a count smaller than theirs and start again too."""
        self._state = ([], 0)
        self.era += 1
