"""Which series the charts have the desk keep."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.errors import ConfigError
from app.desk import KEPT_ANYWAY, Desk


class KeptSeries:
    """Has the desk keep what charts want, and lets go of what none wants any more."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: frozenset[str] = frozenset()

    def want(self, texts: Iterable[str]) -> str:
        """Have just these kept, besides what the desk always keeps; returns why one cannot be, or ``""``."""
        wanted = frozenset(texts) - KEPT_ANYWAY
        if wanted == self._kept:
            return ""
        fault = ""
        for text in sorted(wanted - self._kept):
            try:
                self._desk.keep_series(text)
            except ConfigError as error:
                fault = str(error)
        for text in sorted(self._kept - wanted):
            self._desk.drop_series(text)
        self._kept = wanted
        return fault
