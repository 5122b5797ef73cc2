"""How much is traded, how often, and on which side."""

from __future__ import annotations

from analytics.series.spec import Entry

ENTRIES: tuple[Entry, ...] = ()
