"""Flashes: which prices have just moved, and how strongly that is still told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

STEPS = 4
_STEP_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class Flash:
    """A price that rose (`up`) or fell; `strength` goes from STEPS down to 1."""

    up: bool
    strength: int


class Flashes:
    """Remembers moves until they have faded. `timer` counts ns and only ever grows."""

    def __init__(self, *, timer: Callable[[], int] = time.monotonic_ns) -> None:
        self._timer = timer
        self._moves: dict[str, tuple[bool, int]] = {}
        self._told: dict[str, Flash] = {}

    def add(self, symbol: str, *, up: bool) -> None:
        """Note that a price rose or fell just now."""
        self._moves[symbol] = (up, self._timer())

    def clear(self) -> None:
        """Forget all moves."""
        self._moves.clear()
        self._told.clear()

    def flash(self, symbol: str) -> Flash | None:
        """Return how a symbol's price is to flash, as of the last `fade`."""
        return self._told.get(symbol)

    def fade(self) -> list[str]:
        """Let time pass, and return the symbols whose flash changed."""
        now_ns = self._timer()
        shown: dict[str, Flash] = {}
        for symbol, (up, since_ns) in self._moves.items():
            strength = STEPS - (now_ns - since_ns) // _STEP_NS
            if strength > 0:
                shown[symbol] = Flash(up, strength)
        changed = [each for each in {**self._told, **shown} if self._told.get(each) != shown.get(each)]
        self._moves = {symbol: self._moves[symbol] for symbol in shown}
        self._told = shown
        return changed
