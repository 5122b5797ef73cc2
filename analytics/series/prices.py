"""The series that every tick brings along."""

from __future__ import annotations

from analytics.series.spec import Entry, Pane, Unit

ENTRIES = (
    Entry("price", (), Unit.PRICE, Pane.PRICE, "the tick's price", "the feed", None),
    Entry("size", (), Unit.SIZE, Pane.VOLUME, "the tick's traded quantity", "the feed", None),
)
