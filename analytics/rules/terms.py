"""Terms: the single comparisons that a rule joins by ``and`` and ``or``, and their texts."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from analytics.rules.amounts import decimal_text
from analytics.series import SeriesSpec
from analytics.windows import TimeWindow

Side: TypeAlias = SeriesSpec | Fraction
"""What a series is compared with: another series, or a number."""


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

    @property
    def is_crossing(self) -> bool:
        """Return whether this happens on a tick, rather than lasting as a state does."""
        return self not in (Op.ABOVE, Op.BELOW, Op.MOVES)


@dataclass(frozen=True, slots=True)
class Compare:
    """``LEFT crosses above RIGHT``, and so for ``crosses below``, ``crosses``, ``above``, ``below``."""

    left: SeriesSpec
    op: Op
    right: Side

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"{self.left.text} {self.op.value} {side_text(self.right)}"

    @property
    def series(self) -> tuple[SeriesSpec, ...]:
        """Return the series compared."""
        return _series(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Range:
    """``LEFT enters LOW..HIGH`` or ``LEFT leaves LOW..HIGH``."""

    left: SeriesSpec
    op: Op
    low: Side
    high: Side

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"{self.left.text} {self.op.value} {side_text(self.low)}..{side_text(self.high)}"

    @property
    def series(self) -> tuple[SeriesSpec, ...]:
        """Return the series compared."""
        return _series(self.left, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Move:
    """``price moves PERCENT % in WINDOW``: against the price at or before the window's start."""

    percent: Fraction
    window: TimeWindow

    @property
    def op(self) -> Op:
        """Return the operator."""
        return Op.MOVES

    @property
    def text(self) -> str:
        """Return the term as it is written in a rule."""
        return f"price moves {decimal_text(self.percent)} % in {self.window}"

    @property
    def series(self) -> tuple[SeriesSpec, ...]:
        """Return the series compared."""
        return (SeriesSpec("price"),)


Term: TypeAlias = Compare | Range | Move


def side_text(side: Side) -> str:
    """Return a side as it is written in a rule."""
    return side.text if isinstance(side, SeriesSpec) else decimal_text(side)


def _series(*sides: Side) -> tuple[SeriesSpec, ...]:
    return tuple(side for side in sides if isinstance(side, SeriesSpec))
