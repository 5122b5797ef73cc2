"""A condition over frames: its terms' tracks, joined moment by moment.

One condition looks from one symbol; one that must hold for all of several symbols looks from each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analytics.instruments import InstrumentTable, TickBand
from analytics.rules.comparing import check_grid, comparer
from analytics.rules.course import Course
from analytics.rules.joint import joint_comparer
from analytics.rules.reading import Reader
from analytics.rules.syntax import ParsedRule
from analytics.rules.term_states import term_state
from analytics.rules.terms import Gap, Silence, Term, seen_from, symbols_of
from analytics.rules.tracks import GapTrack, SilenceTrack, TickTrack, Told, Track
from analytics.ticks import Bool, Int64

UNSEEN = ""
"""Stands for a symbol that has no ticks yet."""


@dataclass(slots=True)
class Part:
    """One term seen from one symbol: `truth` is that of each moment looked at last, `on` that before them."""

    term: Term
    own: str
    track: Track
    reader: Reader
    truth: Bool
    on: bool = False

    @property
    def lasts(self) -> bool:
        """Return whether the term stays true until something changes it."""
        return not self.term.op.is_crossing


class Condition:
    """The condition of a rule that looks at more than one symbol's rows, all terms armed at first.

    It is true where it is true seen from every one of `symbols`. Raises RuleError where the hysteresis is
    in ticks and a symbol that it is counted on has no known grid.

    `unseen` is the same condition seen from a symbol without ticks: what it knows of the symbols that are
    named is taken over.
    """

    HOLDS = ("_true",)

    def __init__(
        self,
        parsed: ParsedRule,
        symbols: Sequence[str],
        instruments: InstrumentTable,
        unseen: Condition | None = None,
    ) -> None:
        self._parsed = parsed
        self._instruments = instruments
        self.seen_from = tuple(symbols)
        self.groups = [
            [[self._part(term, symbol) for term in group] for group in parsed.any_of] for symbol in symbols
        ]
        """By symbol, the groups of which one must be true, each of parts that must all be."""
        self.parts = [part for groups in self.groups for group in groups for part in group]
        named = (each for symbol in symbols for term in parsed.terms for each in symbols_of(term, symbol))
        self.symbols = tuple(dict.fromkeys(named))
        """All symbols at whose ticks it is evaluated."""
        self._silences = [
            (part.own, part.track) for part in self.parts if isinstance(part.track, SilenceTrack)
        ]
        self._true = False
        if unseen is not None:
            self._follow(unseen)

    @property
    def deadline_ns(self) -> int | None:
        """Return the engine's clock at which silence alone changes the condition, None where none does."""
        found = [track.deadline_ns for _, track in self._silences if track.deadline_ns is not None]
        return min(found, default=None)

    def silence_at(self, moment: int) -> tuple[str, int, int]:
        """Return (symbol, deadline, feed's row of its last tick) of the silence told at a moment."""
        for symbol, track in self._silences:
            told = track.silence_at(moment)
            if told is not None:
                return symbol, *told
        raise KeyError(moment)

    def look(self, course: Course) -> Int64:
        """Return all moments of a frame at which a term may change; each part then holds its truth at them."""
        told = [part.track.look(course) for part in self.parts]
        for part in self.parts:
            if part.own in course.frame.spans:
                part.reader.follow(course.frame.spans[part.own])
        moments = _joined([moments for moments, _ in told])
        if len(moments):
            for part, each in zip(self.parts, told, strict=True):
                if len(part.truth):
                    part.on = bool(part.truth[-1])
                part.truth = _truth(each, moments, part)
        return moments

    def fires(self, moments: Int64) -> Int64:
        """Return at which of the moments looked at last, by their index, the whole turns true.

        A single crossing fires at each of its own.
        """
        if not len(moments):
            return moments
        whole = _all(_any(_all(part.truth for part in group) for group in groups) for groups in self.groups)
        if len(self.parts) == 1 and not self.parts[0].lasts:
            return whole.nonzero()[0]
        before = np.empty_like(whole)
        before[0], before[1:] = self._true, whole[:-1]
        self._true = bool(whole[-1])
        return (whole & ~before).nonzero()[0]

    def _follow(self, unseen: Condition) -> None:
        self._true = unseen._true
        for part, other in zip(self.parts, unseen.parts, strict=True):
            if isinstance(other.track, TickTrack) and other.own not in symbols_of(other.term, other.own):
                part.track, part.truth, part.on = other.track.copied(), other.truth, other.on

    def _part(self, term: Term, own: str) -> Part:
        return Part(term, own, self._track(term, own), Reader(term, own), np.empty(0, np.bool_))

    def _track(self, term: Term, own: str) -> Track:
        if isinstance(term, Gap):
            return GapTrack(own)
        if isinstance(term, Silence):
            return SilenceTrack(term.length_ns, own, self._instruments.calendar_of(own))
        symbols, hysteresis = symbols_of(term, own), self._parsed.hysteresis
        for symbol in symbols:
            if symbol != UNSEEN:
                check_grid(self._parsed, self._instruments[symbol])
        if len(symbols) == 1:
            bands = self._bands(symbols[0])
            near = seen_from(term, symbols[0])
            return TickTrack(term_state(near, comparer(hysteresis, bands), hysteresis, bands), own, symbols)
        compare = joint_comparer(hysteresis, own, self._bands)
        return TickTrack(term_state(term, compare, hysteresis, ()), own, symbols)

    def _bands(self, symbol: str) -> tuple[TickBand, ...]:
        """Return a symbol's grid; of one without ticks any will do, as nothing is compared with it."""
        return self._instruments[symbol].bands if symbol != UNSEEN else (TickBand(None, Fraction(1)),)


def _joined(moments: list[Int64]) -> Int64:
    some = [each for each in moments if len(each)]
    if len(some) < 2:
        return some[0] if some else np.empty(0, np.int64)
    return np.unique(np.concatenate(some))


def _truth(told: Told, moments: Int64, part: Part) -> Bool:
    """Return a term's truth at moments among which are its own."""
    own, truth = told
    if len(own) == len(moments):
        return truth
    if not part.lasts:
        found = np.zeros(len(moments), np.bool_)
        found[moments.searchsorted(own)] = truth
        return found
    at = own.searchsorted(moments, side="right")
    return np.concatenate(([part.on], truth))[at]


def _all(truths: Iterable[Bool]) -> Bool:
    first, *others = truths
    for each in others:
        first = first & each
    return first


def _any(truths: Iterable[Bool]) -> Bool:
    first, *others = truths
    for each in others:
        first = first | each
    return first
