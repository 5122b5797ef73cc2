"""A signal that tells at most once a frame: what comes in between gives way to what comes after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Paced(Generic[T]):
    """Calls `tell` with what is new: at once the first time in a frame, later ones at the next frame.

    Nothing is told twice in a row; `before` is what is known already.
    """

    def __init__(self, tell: Callable[[T], object], before: T) -> None:
        self._tell = tell
        self._told = before
        self._waiting: list[T] = []  # none, or the newest
        self._spent = False

    def offer(self, value: T) -> None:
        """Tell a value now, or at the next frame where one was told in this."""
        if self._spent:
            self._waiting = [value]
        elif value != self._told:
            self._told, self._spent = value, True
            self._tell(value)

    def next_frame(self) -> None:
        """Begin another frame."""
        self._spent = False
        if self._waiting:
            self.offer(self._waiting.pop())

    def forget(self, value: T) -> None:
        """Know a value without telling it, and tell none that waits."""
        self._told, self._waiting = value, []
