"""How far prices move."""

from __future__ import annotations

from analytics.series.spec import Entry

ENTRIES: tuple[Entry, ...] = ()
