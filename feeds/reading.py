"""What the reading of a file is told beforehand, and how it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from analytics.errors import ConfigError, TickdeskError

Progress = Callable[[int, int], None]
"""Told (done, total) in bytes, or in rows where a format counts rows."""
ZoneOf = Callable[[str], str]
"""Returns the name of the zone in which a symbol's times are told."""


class OpeningCancelled(TickdeskError):
    """The opening of a recording was given up on request."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read.

    `zone` (a name such as ``Asia/Kolkata``) holds for times without one; where it is None,
    `zone_of(symbol)` is asked. `progress` and `cancelled` are called between blocks, on the
    reading thread.
    """

    zone: str | None
    zone_of: ZoneOf
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None

    def report(self, done: int, total: int) -> None:
        """Tell how far the reading is. Raises OpeningCancelled where it is to be given up."""
        if self.cancelled is not None and self.cancelled():
            raise OpeningCancelled("opening was cancelled")
        if self.progress is not None:
            self.progress(done, total)

    def zone_for(self, symbol: str) -> str:
        """Return the zone of a symbol's times that carry none."""
        return self.zone if self.zone is not None else self.zone_of(symbol)


@lru_cache(maxsize=64)
def named_zone(name: str) -> ZoneInfo:
    """Return the zone of a name. Raises ConfigError for one that is not known."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(f"expected a time zone such as Asia/Kolkata or UTC, found {name!r}") from None
