"""How a command that would run for ever is asked to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def asked_to_end(end: Callable[[], object]) -> Iterator[None]:
    """Have Ctrl+C and a polite kill call `end` on the main thread, in place of what they do otherwise."""
    before = [signal.signal(each, lambda *_: end()) for each in _SIGNALS]
    try:
        yield
    finally:
        for each, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(each, handler)
