"""Terms: the single conditions that a rule joins by ``and`` and ``or``, and their texts."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, TypeAlias

from analytics.durations import format_duration
from analytics.rules.amounts import decimal_text
from analytics.series import SeriesSpec
from analytics.windows import TimeWindow, Window

_PLAIN_SYMBOL = re.compile(r"\w+(?:[&.^/-]\w+)*")
_JOINING_WORD = re.compile(r"\b(?:and|or)\b")


@dataclass(frozen=True, slots=True)
class SymbolSeries:
    """A series of a symbol that is named beside it, written ``NIFTY-FUT:vwap(session)``."""

    symbol: str
    spec: SeriesSpec

    @property
    def text(self) -> str:
        """Return the side as it is written in a rule."""
        return f"{symbol_text(self.symbol)}:{self.spec.text}"

    @property
    def name(self) -> str:
        """Return the series' name."""
        return self.spec.name

    @property
    def is_column(self) -> bool:
        """Return whether this is a column that every tick has."""
        return self.spec.is_column

    @property
    def window(self) -> Window | None:
        """Return the series' window, None where it has none."""
        return self.spec.window


Operand: TypeAlias = SeriesSpec | SymbolSeries
"""What is compared: a series of the rule's symbol, or of one that is named."""
Side: TypeAlias = Operand | Fraction
"""What an operand is compared with: another, or a number."""


class Op(enum.Enum):
    """The operators; the value is the text."""

    CROSSES_ABOVE = "crosses above"
    CROSSES_BELOW = "crosses below"
    CROSSES = "crosses"
    ABOVE = "above"
    BELOW = "below"
    ENTERS = "enters"
    LEAVES = "leaves"
    MOVES = "moves"
    SPIKES = "spikes"
    NEW_HIGH = "new session high"
    NEW_LOW = "new session low"
    NO_TICK = "no tick for"
    GAP = "gap in feed"

    @property
    def is_crossing(self) -> bool:
        """Return whether this happens on a tick, rather than lasting as a state does."""
        return self not in (Op.ABOVE, Op.BELOW, Op.MOVES, Op.SPIKES, Op.NO_TICK)


@dataclass(frozen=True, slots=True)
class Compare:
    """``LEFT crosses above RIGHT``, and so for ``crosses below``, ``crosses``, ``above``, ``below``."""

    left: Operand
    op: Op
    right: Side

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"{self.left.text} {self.op.value} {side_text(self.right)}"

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return what is compared."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Range:
    """``LEFT enters LOW..HIGH`` or ``LEFT leaves LOW..HIGH``."""

    left: Operand
    op: Op
    low: Side
    high: Side

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"{self.left.text} {self.op.value} {side_text(self.low)}..{side_text(self.high)}"

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return what is compared."""
        return (self.left, self.low, self.high)


_PRICE, _SIZE = SeriesSpec("price"), SeriesSpec("size")


@dataclass(frozen=True, slots=True)
class Move:
    """``price moves PERCENT % in WINDOW``: against the price at or before the window's start."""

    percent: Fraction
    window: TimeWindow
    op: ClassVar[Op] = Op.MOVES
    sides: ClassVar[tuple[Side, ...]] = (_PRICE,)

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"price moves {decimal_text(self.percent)} % in {self.window}"


@dataclass(frozen=True, slots=True)
class Spike:
    """``volume spikes TIMESx in WINDOW against PAST``: volume a second, against that of the time before it."""

    times: Fraction
    window: TimeWindow
    past: TimeWindow
    op: ClassVar[Op] = Op.SPIKES
    sides: ClassVar[tuple[Side, ...]] = (_SIZE,)

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"volume spikes {decimal_text(self.times)}x in {self.window} against {self.past}"


@dataclass(frozen=True, slots=True)
class Extreme:
    """``new session high`` or ``new session low``: the price is beyond every earlier one of its session."""

    op: Op
    sides: ClassVar[tuple[Side, ...]] = (_PRICE,)

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return self.op.value


@dataclass(frozen=True, slots=True)
class Silence:
    """``no tick for TIME``: so long no tick of the symbol came, by the engine's clock."""

    length_ns: int
    op: ClassVar[Op] = Op.NO_TICK
    sides: ClassVar[tuple[Side, ...]] = ()

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"no tick for {format_duration(self.length_ns)}"


@dataclass(frozen=True, slots=True)
class Gap:
    """``gap in feed``: before the tick others are known to be missing."""

    op: ClassVar[Op] = Op.GAP
    sides: ClassVar[tuple[Side, ...]] = ()

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return self.op.value


Term: TypeAlias = Compare | Range | Move | Spike | Extreme | Silence | Gap
AnyOf: TypeAlias = tuple[tuple[Term, ...], ...]
"""Groups joined by ``or``, each of terms joined by ``and``."""


def side_text(side: Side) -> str:
    """Return a side as it is written in a rule."""
    return decimal_text(side) if isinstance(side, Fraction) else side.text


def symbol_text(symbol: str) -> str:
    """Return a symbol as it stands before a colon, in quotes where it needs them.

    >>> symbol_text("NIFTY-FUT"), symbol_text("Tom and Co")
    ('NIFTY-FUT', '"Tom and Co"')
    """
    if _PLAIN_SYMBOL.fullmatch(symbol) and not _JOINING_WORD.search(symbol):
        return symbol
    return '"' + symbol.replace('"', '""') + '"'


def symbols_of(term: Term, own: str) -> tuple[str, ...]:
    """Return the symbols that a term looks at, each once; `own` is the rule's."""
    named = [
        side.symbol if isinstance(side, SymbolSeries) else own
        for side in term.sides
        if not isinstance(side, Fraction)
    ]
    return tuple(dict.fromkeys(named)) or (own,)


def series_of(term: Term, own: str) -> list[tuple[str, SeriesSpec]]:
    """Return the series that a term looks at, each with its symbol; `own` is the rule's."""
    return [
        (side.symbol, side.spec) if isinstance(side, SymbolSeries) else (own, side)
        for side in term.sides
        if not isinstance(side, Fraction)
    ]


def seen_from(term: Term, symbol: str) -> Term:
    """Return a term with that symbol's series written without the symbol."""

    def near(side: Side) -> Side:
        return side.spec if isinstance(side, SymbolSeries) and side.symbol == symbol else side

    def near_left(side: Operand) -> Operand:
        return side.spec if isinstance(side, SymbolSeries) and side.symbol == symbol else side

    if isinstance(term, Compare):
        return Compare(near_left(term.left), term.op, near(term.right))
    if isinstance(term, Range):
        return Range(near_left(term.left), term.op, near(term.low), near(term.high))
    return term
