"""Which symbols the watchlist lists: all of the feed or chosen ones, those that were found, and why one is not."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Watched:
    """`chosen` is None for all symbols of the feed; `find` is what a listed symbol contains, in capitals."""

    chosen: tuple[str, ...] | None = None
    find: str = ""

    def listed(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the symbols to list of those `known`: while something is sought, those to be added come last."""
        own = known if self.chosen is None else self.chosen
        if not self.find:
            return own
        found = tuple(each for each in own if self.find in each.upper())
        others = tuple(each for each in known if self.find in each.upper() and each not in own)
        return found + others

    def holds(self, symbol: str) -> bool:
        """Return whether a symbol is in the list, sought or not."""
        return self.chosen is None or symbol in self.chosen

    def with_symbol(self, symbol: str) -> tuple[str, ...] | None:
        """Return the list with one more symbol at its end."""
        return self.chosen if self.chosen is None or symbol in self.chosen else (*self.chosen, symbol)

    def without(self, symbol: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the list without a symbol: of all symbols, all others."""
        own = known if self.chosen is None else self.chosen
        return tuple(each for each in own if each != symbol)


def missing_reason(text: str, known: Collection[str], table: Collection[str]) -> str:
    """Return why a symbol that was typed cannot be listed; it ends in a question that the nearest one completes.

    `known` are the feed's symbols, `table` those of the instrument table.
    """
    symbol = text.strip().upper()
    if not known:
        return f"{symbol}: no feed is open"
    ask = " Did you mean" if nearest_symbol(symbol, known) is not None else ""
    return f"{symbol} has no tick here.{ask}" if symbol in table else f"No symbol {symbol} here.{ask}"


def nearest_symbol(text: str, known: Collection[str]) -> str | None:
    """Return the known symbol nearest to what was typed, None where none is near."""
    close = difflib.get_close_matches(text.strip().upper(), list(known), n=1, cutoff=_NEAR)
    return close[0] if close else None
