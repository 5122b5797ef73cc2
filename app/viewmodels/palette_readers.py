"""What the palette reads as something of its own: an alert typed as text, a series with a plus before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from analytics.errors import ConfigError
from analytics.rules.rule import Rule
from analytics.series import parse_series
from app.viewmodels.condition import title_of, ungrouped
from app.viewmodels.palette import Choice

_SPEAKS_OF_AN_ALERT = re.compile(
    r"\b(?:crosses|above|below|enters|leaves|moves|spikes|price|no tick|new high|new low)\b.*\s|[<>]",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"-?\d[\d,]*,[\d,]*(?:\.\d+)?")  # with commas; where they do not group it, it is told
_NAMED = re.compile(r'([^\s"(),:]+):\s+(.*)', re.DOTALL)
_ASKED = re.compile(r"alert\b:?\s*", re.IGNORECASE)
_NAME = "…"


@dataclass(frozen=True, slots=True)
class AlertText:
    """An alert as it was typed; `fault` is why it cannot be made, empty where it can."""

    symbol: str
    when: str
    fault: str


class AlertReader:
    """Reads ``NIFTY-FUT price crosses above 24950``; without a symbol it is for the charted one.

    A colon and a space may follow the symbol. `fault_of` returns why a rule cannot be used. `add` makes the alert.
    `complete` makes a whole condition of one in short for a symbol, such as a bare level. `listed` returns whether a
    symbol that the feed does not have is in the instrument table.
    """

    def __init__(
        self,
        symbols: Callable[[], tuple[str, ...]],
        charted: Callable[[], str],
        fault_of: Callable[[Rule], str | None],
        add: Callable[[str, str], object],
        complete: Callable[[str, str], str] = lambda _symbol, when: when,
        listed: Callable[[str], bool] = lambda _symbol: False,
    ) -> None:
        self._symbols, self._charted, self._fault_of, self._add = symbols, charted, fault_of, add
        self._complete, self._listed = complete, listed

    def __call__(self, text: str) -> Iterable[Choice]:
        """Return the alert that a text is, with what is wrong with it; nothing for any other text."""
        read = self.read(text)
        if read is None:
            return
        symbol, when = read.symbol, read.when
        title = f"{symbol}: {title_of(when)}" if when else f"{symbol}: write a condition"
        yield Choice(title, "New alert", lambda: self._add(symbol, when), fault=read.fault)

    def read(self, text: str) -> AlertText | None:
        """Return what a text says as an alert; None where it speaks of none.

        Numbers may be grouped: 24,950.
        """
        asked = _ASKED.match(text.strip())
        rest = text.strip()[asked.end() :] if asked else text.strip()
        symbol, when = self._parted(rest)
        if not symbol or not when:
            return None
        when = self._complete(symbol, when)
        fault = self._fault(symbol, when)
        if fault is None:
            return AlertText(symbol, when, "")
        plain = ungrouped(when)
        if plain != when and self._fault(symbol, plain) is None:
            return AlertText(symbol, plain, "")
        if asked or _LEVEL.fullmatch(when) or _SPEAKS_OF_AN_ALERT.search(f"{when} "):
            return AlertText(symbol, plain, fault)
        return None

    def _parted(self, text: str) -> tuple[str, str]:
        """Return the symbol that a text begins with, else the charted one, and the rest.

        A word with a colon and a space after it is a symbol, whether it is known or not.
        """
        lowered = text.casefold()
        for symbol in sorted(self._symbols(), key=len, reverse=True):
            if lowered.startswith((f"{symbol.casefold()} ", f"{symbol.casefold()}: ")):
                return symbol, text[len(symbol) :].removeprefix(":").strip()
        named = _NAMED.fullmatch(text)
        if named is None:
            return self._charted(), text
        upper = named[1].upper()
        return upper if not self._listed(named[1]) and self._listed(upper) else named[1], named[2]

    def _fault(self, symbol: str, when: str) -> str | None:
        if symbol != self._charted() and symbol not in self._symbols() and not self._listed(symbol):
            return f"neither the feed nor the instrument table has a symbol {symbol!r}; check its spelling"
        reason = self._fault_of(Rule(_NAME, symbol, when))
        return None if reason is None else reason.removeprefix(f"rule {_NAME!r}: ")


class SeriesReader:
    """Reads ``+ ema(20)``, or a series with its brackets, for the active chart. `add` puts it there."""

    def __init__(self, charted: Callable[[], str], add: Callable[[str], object]) -> None:
        self._charted, self._add = charted, add

    def __call__(self, text: str) -> Iterable[Choice]:
        """Return the series that a text is, with what is wrong with it; nothing for any other text."""
        stripped = text.strip()
        wanted = stripped.removeprefix("+").strip()
        if not wanted or not (stripped.startswith("+") or "(" in wanted):
            return
        try:
            found, fault = parse_series(wanted).text, ""
        except ConfigError as error:
            if "(" not in wanted or not stripped.startswith("+"):
                return  # the beginning of a name: the list below has those that fit
            found, fault = wanted, str(error)
        yield Choice(f"+ {found}", f"Series on {self._charted()}", lambda: self._add(found), fault=fault)
