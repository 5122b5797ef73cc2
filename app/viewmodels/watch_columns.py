"""The columns of the watchlist: what each shows of a quote, and the number that it sorts by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.formatting import NO_VALUE, arrow, compact_text, number_text
from app.viewmodels.quotes import Quote
from app.viewmodels.tones import Tone, tone_of

LOWEST = -math.inf
"""What sorts a symbol without a number behind all others."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, what it shows of a quote, and the number that it sorts by.

    `widest` is the longest text that it is made wide enough for.
    """

    title: str
    hint: str
    widest: str
    text: Callable[[Quote], str]
    number: Callable[[Quote], float]
    tone: Callable[[Quote], Tone] = lambda _quote: Tone.TEXT


def _percent(quote: Quote) -> str:
    return f"{arrow(quote.change)} {number_text(abs(quote.percent or 0.0), 2)}".strip()


def _or_lowest(value: float | None) -> float:
    return LOWEST if value is None else value


COLUMNS = (
    Column("Symbol", "Symbol", "", lambda q: q.symbol, lambda _q: 0.0),
    Column("Last", "Last price", "88,888.88", lambda q: q.style.price(q.last), lambda q: q.last),
    Column(
        "%",
        "Change in per cent",
        "▲ 8.88",
        _percent,
        lambda q: _or_lowest(q.percent),
        lambda q: tone_of(q.change),
    ),
    Column(
        "vs VWAP",
        "Last price minus session VWAP",
        "−888.88",
        lambda q: q.style.signed(q.from_vwap),
        lambda q: _or_lowest(q.from_vwap),
        lambda q: Tone.TEXT if q.from_vwap is not None else Tone.DIM,
    ),
    Column(
        "Change",
        "Change in points",
        "−888.88",
        lambda q: q.style.signed(q.change),
        lambda q: q.change,
        lambda q: tone_of(q.change),
    ),
    Column(
        "VWAP", "Session VWAP", "88,888.88", lambda q: q.style.price(q.vwap), lambda q: _or_lowest(q.vwap)
    ),
    Column(
        "Volume",
        "Traded quantity of the session",
        "88.8 Cr",
        lambda q: compact_text(q.volume, indian=q.style.indian) if q.volume else NO_VALUE,
        lambda q: q.volume,
    ),
    Column("Trend", "Sparkline", "", lambda _q: "", lambda q: _or_lowest(q.percent)),
    Column("Open", "Open of the session", "88,888.88", lambda q: q.style.price(q.open), lambda q: q.open),
    Column("High", "High of the session", "88,888.88", lambda q: q.style.price(q.high), lambda q: q.high),
    Column("Low", "Low of the session", "88,888.88", lambda q: q.style.price(q.low), lambda q: q.low),
    Column(
        "Turnover",
        "Turnover of the session",
        "₹88,888 Cr",
        lambda q: q.turnover_text,
        lambda q: _or_lowest(q.turnover),
        lambda q: Tone.TEXT if q.turnover is not None else Tone.DIM,
    ),
)
"""In the order of their numbers, which layouts remember: new ones come last."""
SYMBOL, LAST, FROM_VWAP, SPARK = 0, 1, 3, 7
FIRST_EXTRA = 4
"""Columns from here on are shown on request."""
SHOWN_ORDER = (0, 1, 2, 3, 7, 4, 8, 9, 10, 5, 6, 11)
"""The columns from left to right."""
