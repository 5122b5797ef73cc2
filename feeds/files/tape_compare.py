"""Fingerprints of a tape compared with those of its replay, frame by frame, up to the first that differs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.ticks import Bool, Float64, Int64
from feeds.files.tape_session import Checks
from feeds.tape.checks import Checked

CLOSE = 1e-12
"""How far values may be apart, relative to the larger, where numpy, CPU or program are not the same."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first tick that differs: its number, its row live and now, and what differs there.

    A row is None where one side took no tick. `what` is by ``price``, ``size``, a series' text or
    ``rule NAME``: what it was live, and what it is now.
    """

    tick: int
    row_live: int | None
    row_now: int | None
    what: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Comparison:
    """Takes what a replay computed, and compares it with the fingerprints beside the tape.

    `by_value` compares the values in place of the fingerprints, which another numpy or CPU may change.
    """

    def __init__(self, checks: Checks, *, by_value: bool) -> None:
        self.difference: Difference | None = None
        self.compared = 0
        """Ticks that were compared."""
        self.chain = 0
        """The fingerprint of the last of them."""
        self.ticks = 0
        """Ticks that the replay took."""
        self._checks = checks
        self._by_value = by_value
        self._fired = np.array(sorted(checks.fired), np.int64)

    @property
    def left(self) -> int:
        """Return how many ticks with a fingerprint the replay has not come to."""
        return len(self._checks) - int(np.searchsorted(self._checks.tick, self.ticks))

    def take(self, checked: Checked) -> None:
        """Compare some ticks; after the first difference nothing more is."""
        self.ticks = checked.first + len(checked.row)
        if self.difference is not None:
            return
        checks = self._checks
        start, stop = np.searchsorted(checks.tick, (checked.first, self.ticks)).tolist()
        places: Int64 = checks.tick[start:stop] - checked.first
        live = slice(start, stop)
        wrong = checks.row[live] != checked.row[places]
        if self._by_value:
            wrong |= self._values_differ(checked, live, places)
        else:
            wrong |= checks.fingerprint[live] != checked.fingerprint[places]
        if np.count_nonzero(wrong):
            first = int(np.argmax(wrong))
            self.difference = self._found(checked, start + first, int(places[first]))
            stop = start + first
        self.compared += stop - start
        if stop > start:
            self.chain = int(checks.fingerprint[stop - 1])

    def missing(self) -> Difference:
        """Return the difference of a live tick that the replay, all gone through, did not take."""
        at = len(self._checks) - self.left
        return Difference(int(self._checks.tick[at]), int(self._checks.row[at]), None)

    def _values_differ(self, checked: Checked, live: slice, places: Int64) -> Bool:
        found = np.zeros(len(places), np.bool_)
        for name in {*self._checks.values, *checked.values}:
            one, other = self._live(name, live), _now(checked, name, places)
            found |= ~_close(one, other)
        first, last = np.searchsorted(self._fired, (live.start, live.stop)).tolist()
        fired = {int(at) - live.start for at in self._fired[first:last]}
        again = {int(np.searchsorted(places, place)) for place in checked.fired}
        for at in sorted(fired | again):
            if at < len(places):
                one_text = self._checks.fired.get(live.start + at)
                found[at] |= not _fired_alike(one_text, checked.fired.get(int(places[at])), _nearly)
        return found

    def _live(self, name: str, live: slice) -> Float64:
        known = self._checks.values.get(name)
        return np.full(live.stop - live.start, np.nan) if known is None else known[live]

    def _found(self, checked: Checked, at: int, place: int) -> Difference:
        checks = self._checks
        alike = _nearly if self._by_value else _same
        what: dict[str, tuple[str, str]] = {}
        here = slice(at, at + 1)
        for name in dict.fromkeys((*checks.values, *checked.values)):
            one = float(self._live(name, here)[0])
            other = float(_now(checked, name, np.array([place]))[0])
            if not alike(one, other):
                what[name] = (_shown(one), _shown(other))
        what |= _rules(checks.fired.get(at), checked.fired.get(place), alike)
        return Difference(int(checks.tick[at]), int(checks.row[at]), int(checked.row[place]), what)


def _now(checked: Checked, name: str, places: Int64) -> Float64:
    known = checked.values.get(name)
    return np.full(len(places), np.nan) if known is None else known[places]


def _close(one: Float64, other: Float64) -> Bool:
    with np.errstate(invalid="ignore"):
        found: Bool = np.abs(one - other) <= CLOSE * np.maximum(np.abs(one), np.abs(other))
    found |= (one == other) | (np.isnan(one) & np.isnan(other))
    return found


def _same(one: float, other: float) -> bool:
    """Return whether two floats are the same, -0 not that of 0."""
    return repr(one) == repr(other)


def _nearly(one: float, other: float) -> bool:
    return bool(_close(np.array([one]), np.array([other]))[0])


def _shown(value: float) -> str:
    return "no value" if math.isnan(value) else repr(value)


def _firings(text: str | None) -> list[tuple[str, float, bool]]:
    told = [] if text is None else json.loads(text)
    return [(rule, math.nan if value is None else float(value), shown) for rule, value, shown in told]


def _fired_alike(one: str | None, other: str | None, alike: Callable[[float, float], bool]) -> bool:
    if one == other:
        return True
    mine, its = _firings(one), _firings(other)
    return len(mine) == len(its) and all(
        a[0] == b[0] and a[2] == b[2] and alike(a[1], b[1]) for a, b in zip(mine, its, strict=True)
    )


def _rules(
    one: str | None, other: str | None, alike: Callable[[float, float], bool]
) -> dict[str, tuple[str, str]]:
    """Return what rules did live and now, of those that did not do the same."""
    if _fired_alike(one, other, alike):
        return {}
    mine, its = ({rule: (value, shown) for rule, value, shown in _firings(text)} for text in (one, other))
    return {
        f"rule {rule}": (_did(mine.get(rule)), _did(its.get(rule)))
        for rule in dict.fromkeys((*mine, *its))
        if repr(mine.get(rule)) != repr(its.get(rule))
    }


def _did(fired: tuple[float, bool] | None) -> str:
    if fired is None:
        return "did not fire"
    value, shown = fired
    return f"fired at {_shown(value)}" + ("" if shown else ", not shown")
