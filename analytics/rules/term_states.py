"""Terms in motion: each carries its state from one run of steps to the next and tells on
which it turns true.

Armed and disarmed are the two positions of a latch: a firing sets it, the hysteresis resets it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from analytics.instruments import TickBand
from analytics.rules.amounts import Hysteresis
from analytics.rules.comparing import Comparer, Difference
from analytics.rules.latch import NO_ROWS, Latch, marked
from analytics.rules.past_states import ExtremeState, MoveState, SpikeState
from analytics.rules.range_state import RangeState
from analytics.rules.sides import Steps
from analytics.rules.terms import Compare, Extreme, Move, Op, Range, Spike, Term
from analytics.ticks import Bool, Float64, Int64


class TermState(Protocol):
    """One term of one rule. All steps are read once, in order, by `turns` or by `truth`."""

    def turns(self, steps: Steps) -> Int64:
        """Return the steps on which the term happens or becomes true, ascending."""

    def truth(self, steps: Steps) -> Bool:
        """Return where the term is true, shape (n,): a state, or a crossing on its own step."""

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the right side at some of the steps read last; NaN where it has none."""


def term_state(
    term: Term, compare: Comparer, hysteresis: Hysteresis, bands: tuple[TickBand, ...]
) -> TermState:
    """Return the state of a term that starts armed; `bands` is the grid of the symbol that it looks at.

    What concerns the feed and not its values, a gap or a silence, has none.
    """
    if isinstance(term, Move):
        return MoveState(term)
    if isinstance(term, Spike):
        return SpikeState(term)
    if isinstance(term, Extreme):
        return ExtremeState(term, hysteresis, bands)
    if isinstance(term, Range):
        return RangeState(term, compare)
    assert isinstance(term, Compare), term
    return CrossingState(term, compare) if term.op.is_crossing else LevelState(term, compare)


class LevelState:
    """``above`` and ``below``: true from d beyond 0 until it is the hysteresis on the other side."""

    def __init__(self, term: Compare, compare: Comparer) -> None:
        self._right = term.right
        self._up = term.op is Op.ABOVE
        self._comparison = compare(term.left, term.right)
        self._latch = Latch()

    def _read(self, steps: Steps) -> tuple[Callable[[], Bool], Callable[[], Bool]]:
        d = self._comparison.over(steps)
        return (d.positive, d.far_below) if self._up else (d.negative, d.far_above)

    def turns(self, steps: Steps) -> Int64:
        """Return the rows on which the state becomes true."""
        return self._latch.turns(*self._read(steps))

    def truth(self, steps: Steps) -> Bool:
        """Return where the state is true."""
        return self._latch.states(*self._read(steps))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the right side at some rows."""
        return steps.floats_at(self._right, rows)


class _Crossing:
    """Crossings of one direction. What lies beyond before any tick that does not is no crossing."""

    HOLDS = ("_begun",)

    def __init__(self, up: bool) -> None:
        self._up = up
        self._begun = False
        self._latch = Latch()

    def turns(self, d: Difference) -> Int64:
        set_on, reset_on = (d.positive, d.far_below) if self._up else (d.negative, d.far_above)
        if self._begun:
            return self._latch.turns(set_on, reset_on)
        beyond, valid = set_on(), d.valid
        before = ~beyond if valid is None else valid & ~beyond
        first = int(before.argmax())
        if not before[first]:
            return NO_ROWS
        self._begun = True
        beyond[:first] = False
        return self._latch.turns(lambda: beyond, reset_on)


class CrossingState:
    """``crosses above``, ``crosses below``, and ``crosses``, which is both, armed separately."""

    def __init__(self, term: Compare, compare: Comparer) -> None:
        self._right = term.right
        self._comparison = compare(term.left, term.right)
        self._crossings = [
            _Crossing(up)
            for up, one_way in ((True, Op.CROSSES_ABOVE), (False, Op.CROSSES_BELOW))
            if term.op in (one_way, Op.CROSSES)
        ]

    def turns(self, steps: Steps) -> Int64:
        """Return the rows of the crossings."""
        d = self._comparison.over(steps)
        if len(self._crossings) == 1:
            return self._crossings[0].turns(d)
        return np.sort(np.concatenate([crossing.turns(d) for crossing in self._crossings]))

    def truth(self, steps: Steps) -> Bool:
        """Return True on the rows of the crossings."""
        return marked(self.turns(steps), len(steps))

    def rights(self, steps: Steps, rows: Int64) -> Float64:
        """Return the right side at some rows."""
        return steps.floats_at(self._right, rows)
