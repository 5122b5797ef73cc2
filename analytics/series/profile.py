"""At which prices a window's volume was traded."""

from __future__ import annotations

from analytics.series.spec import Entry

ENTRIES: tuple[Entry, ...] = ()
