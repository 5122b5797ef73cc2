"""Which symbols a rule watches: one, any of several, all of several, or any that the feed has."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from analytics.errors import ConfigError
from analytics.validation import normal_symbol

EVERY = "*"
"""Stands for every symbol of the feed."""
_GROUP = re.compile(r"\s*(ANY|ALL)\s+of\s+(.+?)\s*", re.DOTALL)
_GROUP_BEGUN = re.compile(r"\s*(?:ANY|ALL)\s+of\s*")
_NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^",]+?))\s*(,|$)')


class Watching(enum.Enum):
    """How a rule looks at its symbols."""

    ONE = "one"
    ANY = "ANY"
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Watch:
    """The symbols that a rule watches, each once; None for every symbol of the feed."""

    how: Watching
    symbols: tuple[str, ...] | None

    def sees(self, symbol: str) -> bool:
        """Return whether a symbol is watched."""
        return self.symbols is None or symbol in self.symbols

    @property
    def text(self) -> str:
        """Return the text that `parse_watch` reads back."""
        if self.symbols is None:
            return f"{self.how.value} of {EVERY}"
        if self.how is Watching.ONE:
            return self.symbols[0]
        return f"{self.how.value} of {', '.join(_name(each) for each in self.symbols)}"


def parse_watch(text: str) -> Watch:
    """Return what the text of a rule's symbol says.

    >>> parse_watch("ANY of TCS, INFY").symbols, parse_watch("NIFTY-FUT").how
    (('TCS', 'INFY'), <Watching.ONE: 'one'>)

    Raises ConfigError for an empty text, a group without symbols, and ``ALL of *``.
    """
    if not text.strip():
        raise ConfigError("expected a symbol to watch, found none; name one in 'symbol'")
    group = _GROUP.fullmatch(text)
    if group is None and _GROUP_BEGUN.fullmatch(text):
        raise ConfigError(f"expected symbols such as TCS, INFY after {text.strip()!r}, found none")
    if group is None:
        return Watch(Watching.ONE, (normal_symbol(text),))
    how, listed = Watching(group[1]), group[2]
    if listed == EVERY:
        if how is Watching.ALL:
            raise ConfigError("expected symbols after 'ALL of', found '*', which grows as the feed does")
        return Watch(how, None)
    names, at = [], 0
    while at < len(listed):
        found = _NAME.match(listed, at)
        name = "" if found is None else (found[1] or found[2]).replace('""', '"').strip()
        if found is None or not name or (found[3] and found.end() == len(listed)):
            raise ConfigError(
                f'expected symbols such as TCS, "M&M", INFY after {how.value} of, found {listed!r}'
            )
        names.append(normal_symbol(name))
        at = found.end()
    return Watch(how, tuple(dict.fromkeys(names)))


def _name(symbol: str) -> str:
    if any(each in symbol for each in '",') or symbol == EVERY or symbol != symbol.strip():
        return '"' + symbol.replace('"', '""') + '"'
    return symbol
