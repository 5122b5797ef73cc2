"""What rules hold between two ticks, as 64 bits: which terms are armed, and what was shown last.

Two engines that fired alike may still be about to differ; this shows it before they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

_OURS = "analytics.rules."


def digest(states: Iterable[object]) -> int:
    """Return 64 bits of the states of rules, in their order; equal wherever frames ended."""
    words = repr([list(_words(state)) for state in states]).encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "little")


def _words(part: object) -> Iterator[object]:
    """Yield what a state and its parts hold, in their order: what a class names `HOLDS`, and all within it."""
    if isinstance(part, dict):
        part = tuple(part.values())
    if isinstance(part, list | tuple):
        for each in part:
            yield from _words(each)
    elif type(part).__module__.startswith(_OURS):
        yield from (getattr(part, name) for name in getattr(part, "HOLDS", ()))
        for name in _attributes(part):
            yield from _words(getattr(part, name))


def _attributes(part: object) -> Iterable[str]:
    """Return the names of an object's attributes, in the order in which they were made or are declared."""
    held: dict[str, object] = getattr(part, "__dict__", {})
    return held or getattr(type(part), "__slots__", ())
