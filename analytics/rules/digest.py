"""What rules hold between two ticks, as 64 bits: which terms are armed, and what was shown last.

Two engines that fired alike may still be about to differ; this shows it before they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from analytics.rules.latch import Latch
from analytics.rules.showing import Showing

_OURS = "analytics.rules."


def digest(states: Iterable[object]) -> int:
    """Return 64 bits of the states of rules, in their order; equal wherever frames ended."""
    words = repr([list(_words(state)) for state in states]).encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "little")


def _words(held: object) -> Iterator[object]:
    """Yield the positions of all latches in a state, and what was shown last, in the order of its parts."""
    if isinstance(held, Latch):
        yield held.on
    elif isinstance(held, Showing):
        yield held.last
    elif isinstance(held, dict):
        for each in held.values():
            yield from _words(each)
    elif isinstance(held, list | tuple):
        for each in held:
            yield from _words(each)
    elif type(held).__module__.startswith(_OURS):
        for each in getattr(held, "__dict__", {}).values():
            yield from _words(each)
