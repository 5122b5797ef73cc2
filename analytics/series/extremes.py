"""The highest and lowest price of a window."""

from __future__ import annotations

from analytics.series.spec import Entry

ENTRIES: tuple[Entry, ...] = ()
