"""Single terms over frames: when each is true, told at moments at which others are joined with it."""

from __future__ import annotations

import copy
from typing import Protocol

import numpy as np

from analytics.calendar import NO_SESSION, Calendar
from analytics.rules.course import Course
from analytics.rules.joint import JointSteps, places_of
from analytics.rules.sides import SpanSteps, Steps, Values
from analytics.rules.term_states import TermState
from analytics.series import SeriesSpec
from analytics.span import Span
from analytics.ticks import NO_TIME, Bool, Float64, Int64

_NOTHING = np.empty(0, np.int64), np.empty(0, np.bool_)
Told = tuple[Int64, Bool]
"""Moments, ascending, and whether the term is true from each on (of a crossing: at each)."""


class Track(Protocol):
    """One term of one rule over frames that follow one another."""

    def look(self, course: Course) -> Told:
        """Return when the term is true."""

    def rights_at(self, moments: Int64, latest: list[float]) -> list[float]:
        """Return the right side at some moments of the frame looked at last.

        `latest` is what it was by the columns; it stands where nothing ticked in the frame before a moment.
        """


class TickTrack:
    """A term that changes with the ticks of the symbols it looks at."""

    def __init__(self, state: TermState, own: str, symbols: tuple[str, ...]) -> None:
        self._state = state
        self._own = own
        self._symbols = symbols
        self._steps: Steps | None = None
        self._moments: Int64 = _NOTHING[0]

    def copied(self) -> TickTrack:
        """Return another one that has looked at the same frames."""
        return TickTrack(copy.deepcopy(self._state), self._own, self._symbols)

    def look(self, course: Course) -> Told:
        """Return the truth at each tick of the symbols."""
        frame = course.frame
        places = places_of(frame, self._symbols)
        if not len(places):
            self._steps = None
            return _NOTHING
        if len(self._symbols) == 1:
            span = frame.spans[self._symbols[0]]
            self._steps = SpanSteps(span, values_of(span))
        else:
            self._steps = JointSteps(frame, self._own, places)
        self._moments = 2 * course.events(places) + 1
        return self._moments, self._state.truth(self._steps)

    def rights_at(self, moments: Int64, latest: list[float]) -> list[float]:
        """Return the right side at the newest tick before each moment."""
        if self._steps is None:
            return latest
        at = self._moments.searchsorted(moments, side="right") - 1
        seen = int((at < 0).sum())
        found: list[float] = self._state.rights(self._steps, at[seen:]).tolist() if seen < len(at) else []
        return [*latest[:seen], *found]


class GapTrack:
    """``gap in feed``: true on a tick before which others are known to be missing."""

    def __init__(self, own: str) -> None:
        self._own = own

    def look(self, course: Course) -> Told:
        """Return the truth at each tick of the symbol."""
        frame = course.frame
        places = frame.places.get(self._own)
        if places is None:
            return _NOTHING
        return 2 * course.events(places) + 1, frame.batch.after_gap[frame.start + places]

    def rights_at(self, moments: Int64, latest: list[float]) -> list[float]:  # noqa: ARG002
        """Return that there is no right side."""
        return latest


class SilenceTrack:
    """``no tick for``: true from the deadline until the symbol's next tick, once there was a first.

    It turns true with the first tick of any symbol whose clock is at or past the deadline, or as a mark
    says so; where the deadline lies outside the symbol's trading hours, not at all.
    """

    HOLDS = ("_on", "_deadline_ns")

    def __init__(self, length_ns: int, own: str, calendar: Calendar) -> None:
        self._length_ns = length_ns
        self._own = own
        self._calendar = calendar
        self._last_ns = NO_TIME
        self._last_row = -1
        self._on = False
        self._deadline_ns: int | None = None
        self._silences: dict[int, tuple[int, int]] = {}

    @property
    def deadline_ns(self) -> int | None:
        """Return the engine's clock at which silence makes the term true, None where none does."""
        return self._deadline_ns

    def silence_at(self, moment: int) -> tuple[int, int] | None:
        """Return (deadline, feed's row of the symbol's last tick) of a silence told at a moment."""
        return self._silences.get(moment)

    def look(self, course: Course) -> Told:
        """Return the moments at which silences are told and end."""
        self._silences = {}
        frame = course.frame
        places, told = frame.places.get(self._own), []
        if places is None:
            if self._deadline_ns is not None:
                self._wait(course, self._last_ns, self._last_row, -1)
            return _told([(moment, True) for moment in self._silences])
        events = course.events(places)
        clock_ns = course.clock_ns[events]
        # the clock waits for the partition that is furthest behind; a tick may have come long after it
        came_ns = np.maximum(clock_ns, frame.batch.arrival_ns[frame.start + places])
        rows = frame.batch.row[frame.start + places]
        if self._on:
            told.append((2 * int(events[0]) + 1, False))
        elif self._deadline_ns is not None:
            self._wait(course, self._last_ns, self._last_row, -1, int(events[0]))
        for at in np.flatnonzero(clock_ns[1:] - came_ns[:-1] >= self._length_ns).tolist():
            self._wait(course, int(came_ns[at]), int(rows[at]), int(events[at]), int(events[at + 1]))
        for moment in self._silences:
            following = int(events[events.searchsorted(moment // 2)])
            told += [(moment, True), (2 * following + 1, False)]
        self._last_ns, self._last_row, self._on = int(came_ns[-1]), int(rows[-1]), False
        self._deadline_ns = self._in_hours(self._last_ns + self._length_ns)
        if self._deadline_ns is not None:
            silent = len(self._silences)
            self._wait(course, self._last_ns, self._last_row, int(events[-1]))
            told += [(moment, True) for moment in list(self._silences)[silent:]]
        return _told(told)

    def _wait(self, course: Course, last_ns: int, row: int, event: int, until: int | None = None) -> None:
        """Note the silence after an event, if time comes to its deadline no later than the event `until`."""
        deadline_ns = self._in_hours(last_ns + self._length_ns)
        if deadline_ns is None:
            return
        reached = event + 1 + int(course.clock_ns[event + 1 :].searchsorted(deadline_ns))
        if reached == len(course.clock_ns) or (until is not None and reached > until):
            return
        self._silences[2 * reached] = deadline_ns, row
        if until is None:
            self._on, self._deadline_ns = True, None

    def _in_hours(self, deadline_ns: int) -> int | None:
        session, _, _ = self._calendar.session_bounds(deadline_ns)
        return None if session == NO_SESSION else deadline_ns

    def rights_at(self, moments: Int64, latest: list[float]) -> list[float]:  # noqa: ARG002
        """Return the length in seconds."""
        return [self._length_ns / 1e9] * len(latest)


def _told(told: list[tuple[int, bool]]) -> Told:
    told.sort()
    moments = np.array([moment for moment, _ in told], np.int64)
    return moments, np.array([truth for _, truth in told], np.bool_)


def values_of(span: Span) -> Values:
    """Return what gives a series' values over a span, from its columns."""

    def values(spec: SeriesSpec) -> Float64:
        found: Float64 = span.columns.series(spec.text)[span.start : span.stop]
        return found

    return values
