"""The live row: what the top bar tells, as one sentence for those who hear it, at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.formatting import number_text
from app.viewmodels.quotes import Quote

_EVERY_NS = 1_000_000_000


def live_text(quote: Quote | None, symbol: str, feed: str, clock: str) -> str:
    """Return symbol, last price, change, VWAP, the feed's state and the time in words.

    As: ``NIFTY-FUT 24,907.00, up 86.40, 0.35 %, VWAP 24,914.52, Live, 10:42:17 IST``.
    """
    said = [each for each in (feed, clock) if each]
    if quote is None:
        return ", ".join([f"{symbol} no tick yet" if symbol else "No symbol", *said])
    style = quote.style
    moved = "unchanged"
    if quote.change:
        moved = f"{'up' if quote.change > 0 else 'down'} {style.price(abs(quote.change))}"
    parts = [f"{quote.symbol} {style.price(quote.last)}", moved]
    if quote.percent:
        parts.append(f"{number_text(abs(quote.percent), 2)} %")
    if quote.vwap is not None:
        parts.append(f"VWAP {style.price(quote.vwap)}")
    return ", ".join([*parts, *said])


class LiveRow:
    """Gives the newest text on, at most once a second. `tell` takes a text; `timer` counts ns."""

    def __init__(
        self, tell: Callable[[str], object], *, timer: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._tell, self._timer = tell, timer
        self._told = ""
        self._due_ns: int | None = None

    def show(self, text: Callable[[], str]) -> None:
        """Tell a text where one is due and it is another; it is not made before."""
        now_ns = self._timer()
        if self._due_ns is not None and now_ns < self._due_ns:
            return
        self._due_ns = now_ns + _EVERY_NS
        made = text()
        if made != self._told:
            self._told = made
            self._tell(made)
