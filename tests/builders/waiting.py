"""Waiting for what another thread or process does: looked at again and again, never for longer than it may take."""

from __future__ import annotations

import threading
from collections.abc import Callable

_LOOK_S = 0.01


def wait_until(condition: Callable[[], bool], what: str, most_s: float = 60.0) -> None:
    """Return once a condition holds. Raises AssertionError naming what was waited for."""
    pause = threading.Event()
    for _ in range(int(most_s / _LOOK_S)):
        if condition():
            return
        pause.wait(_LOOK_S)
    raise AssertionError(f"waited {most_s:.0f} s for {what}")
