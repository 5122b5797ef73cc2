"""What a series is: its name and arguments, how they are read, and what the catalogue says of it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

from analytics.bars import parse_bar_rule
from analytics.errors import ConfigError
from analytics.frame import Frame
from analytics.instruments import InstrumentTable
from analytics.span import Span
from analytics.ticks import Float64
from analytics.windows import AnchoredWindow, SessionWindow, TickWindow, TimeWindow, Window, parse_window

Argument: TypeAlias = Hashable
"""What a series may be written with: a window, bars, a number, or an immutable value whose text reads back."""
_WINDOWS = (SessionWindow, TimeWindow, TickWindow, AnchoredWindow)


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """One series. Equal specs are the same series however they were written."""

    name: str
    arguments: tuple[Argument, ...] = ()

    @property
    def text(self) -> str:
        """Return the text by which columns name this series."""
        if not self.arguments:
            return self.name
        return f"{self.name}({', '.join(_argument_text(each) for each in self.arguments)})"

    @property
    def is_column(self) -> bool:
        """Return whether this is a column that every tick has, and need not be computed."""
        return self.name in ("price", "size")

    @property
    def window(self) -> Window | None:
        """Return the window that it is taken over, None where it has none."""
        return next((each for each in self.arguments if isinstance(each, _WINDOWS)), None)

    def __str__(self) -> str:
        return self.text


class Calculator(Protocol):
    """Computes one series of one symbol, span after span."""

    def extend(self, span: Span) -> Float64:
        """Return the values of the span's rows, shape (n,), NaN where there is none.

        Spans follow one another without a hole. No value may depend on where they end.
        """

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the columns to scales wider by these factors; between two spans."""


@runtime_checkable
class LooksBack(Protocol):
    """A calculator that reads rows before its span other than by the span's windows."""

    def reads(self, stop: int) -> tuple[int, set[int]]:
        """Return the row from which on spans from `stop` on have it read again, and single rows below that."""


@runtime_checkable
class Keeps(Protocol):
    """A calculator that keeps something of its own for each row."""

    def let_go(self, low: int, pins: Collection[int]) -> None:
        """Keep nothing of rows below `low` but of those of `pins`: no window begins with others any more."""


class WideCalculator(Protocol):
    """Computes a series of one symbol from others' latest values too, frame after frame."""

    def needs(self, symbol: str, instruments: InstrumentTable) -> Mapping[str, SeriesSpec]:
        """Return the series that must be kept of other symbols."""

    def extend(self, frame: Frame, symbol: str, instruments: InstrumentTable) -> Float64:
        """Return the values at the symbol's rows of a frame, shape (n,), NaN where there is none."""


class Pane(enum.Enum):
    """Where a chart draws a series."""

    PRICE = "price"
    VOLUME = "volume"
    OWN = "own"


class Unit(enum.Enum):
    """What a series' values are."""

    PRICE = "price"
    SIZE = "size"
    SIZE_PER_SECOND = "size/s"
    TICKS_PER_SECOND = "ticks/s"
    PERCENT = "%"
    POINTS_0_100 = "0 to 100"
    NUMBER = "number"
    SIGMAS = "sigmas"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a series: how it is called and read.

    `read` returns the argument or raises ConfigError saying what was expected.
    """

    name: str
    read: Callable[[str], Argument]
    meaning: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue.

    - `definition`: what a value is, in one sentence, with warm-up and when there is none.
    - `source`: where the definition comes from.
    - `build`: returns what computes it for one symbol from its first row on; None for a column, and where
      `wide` returns what computes it from several symbols.
    - `power`: of the distance to the reference in the running sums that it hangs on: it has no value once those
      of its symbol pass what is held exactly; None where it hangs on none.
    - `check`: raises ConfigError where arguments do not go together.
    """

    name: str
    parameters: tuple[Parameter, ...]
    unit: Unit
    pane: Pane
    definition: str
    source: str
    build: Callable[[SeriesSpec], Calculator] | None
    check: Callable[[Sequence[Any]], None] = field(default=lambda _: None)
    wide: Callable[[SeriesSpec], WideCalculator] | None = None
    power: int | None = None

    @property
    def usage(self) -> str:
        """Return how it is written, as ``vwap(W)``."""
        if not self.parameters:
            return self.name
        return f"{self.name}({', '.join(each.name for each in self.parameters)})"

    def read(self, arguments: Sequence[str]) -> SeriesSpec:
        """Return the series with these arguments. Raises ConfigError."""
        wanted = len(self.parameters)
        if len(arguments) != wanted or not all(arguments):
            raise ConfigError(f"expected {wanted} argument{'s' * (wanted != 1)}, found {len(arguments)}")
        found = tuple(each.read(text) for each, text in zip(self.parameters, arguments, strict=True))
        self.check(found)
        return SeriesSpec(self.name, found)


LONGEST = 1_000_000
"""Most ticks, or bars, that a length may name."""


def _read_length(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= LONGEST:
        raise ConfigError(f"expected a number of ticks from 1 to {LONGEST}, found {text!r}")
    return int(text)


def _read_factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor <= 100.0:
        raise ConfigError(f"expected a factor above 0 and at most 100, found {text!r}")
    return factor


def window(name: str = "W") -> Parameter:
    """Return a parameter that is a window: ``session``, a time, or ticks."""
    return Parameter(
        name,
        parse_window,
        "the window: session, a time such as 60s, 500 ticks, from 2026-11-20T10:15 or from tick 1200",
    )


def length(name: str = "N") -> Parameter:
    """Return a parameter that is a number of ticks."""
    return Parameter(name, _read_length, "a number of ticks")


def factor(name: str = "K") -> Parameter:
    """Return a parameter that is a factor above 0."""
    return Parameter(name, _read_factor, "a factor, as 2 or 1.5")


def bars(name: str = "B") -> Parameter:
    """Return a parameter that says what a bar is."""
    return Parameter(name, parse_bar_rule, "what a bar is: 1m, 500 ticks, 10000 volume, or 5 range")


def _argument_text(argument: Argument) -> str:
    return f"{argument:.15g}" if isinstance(argument, float) else str(argument)
