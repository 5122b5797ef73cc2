"""`override`, from the standard library where it has it (3.12), else a stand-in that does the same."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    from typing import override
else:
    from collections.abc import Callable
    from typing import TypeVar

    _F = TypeVar("_F", bound=Callable[..., object])

    def override(method: _F) -> _F:
        """Return `method` as it is, marked as an override for the reader."""
        return method


__all__ = ["override"]
