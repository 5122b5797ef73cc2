"""Event times as messages write them: each by itself ISO 8601 text or an epoch number of four units.

A number's unit follows from its size: below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else
nanoseconds; whole numbers are exact, fractions are told to the microsecond. Text without a zone is UTC,
digits beyond the nanosecond are cut off, and a number written as text is none. What ISO 8601 text may
look like is `feeds.files.times`' to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from analytics.durations import EPOCH_UNITS
from analytics.ticks import NO_TIME, Int64
from feeds.files.times import TimeColumn

_NS = 1_000_000_000
_LARGEST = int(np.iinfo(np.int64).max)
_LIMITS = np.array([limit for limit, _ in EPOCH_UNITS], np.int64)
_UNITS = np.array([*(unit for _, unit in EPOCH_UNITS), 1], np.int64)
_ROOM = _LARGEST // _UNITS
_NS_FROM = int(_LIMITS[-1])
_DATED = re.compile(r"[0-9]{4}(?:-[0-9]|[0-9]{2}-[0-9]|[0-9]{4}[Tt ])")  # begins a time, and no number
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:")
_MINUTE_LENGTH = len("2024-02-29T09:15:")
_OFFSET_LENGTH = len("+05:30")
_MOST_MINUTES = 4_096
_MINUTE_NS = 60 * _NS
_DIGIT_NS = {2 + digits: 10 ** (9 - digits) for digits in range(10)}
"""What the last digit of seconds is worth, by the count of digits: two before the point, the rest after it."""
_SIGNS = frozenset("+-")
_SECOND_END = _MINUTE_LENGTH + 2
_FRACTION = _SECOND_END + 1


class WireTimes:
    """Reads the times of one feed. It remembers the minutes it has met: most ticks share theirs."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}  # "2024-02-29T09:15:" and the zone -> ns

    def read(self, times: Sequence[Any]) -> tuple[Int64, list[int]]:
        """Return int64 ns UTC, shape (n,), of ints, floats, texts and Nones, and the places that are unreadable.

        Where a time is None or unreadable it is NO_TIME.
        """
        kinds = set(map(type, times))
        if kinds == {int}:
            return _of_integers(times)
        ns = np.full(len(times), NO_TIME)
        bad: list[int] = []
        for kind in kinds - {type(None)}:
            places = [place for place, each in enumerate(times) if type(each) is kind]
            some = [times[place] for place in places]
            if kind is int:
                ns[places], wrong = _of_integers(some)
            elif kind is float:
                ns[places], wrong = _of_floats(some)
            else:
                ns[places], wrong = self._of_texts(some)
            bad += [places[each] for each in wrong]
        return ns, sorted(bad)

    def _of_texts(self, texts: Sequence[str]) -> tuple[Int64, list[int]]:
        found = self._usual_ns(texts)
        if NO_TIME in found:
            rest = [place for place, ns in enumerate(found) if ns == NO_TIME]
            self._learn([texts[place] for place in rest])
            for place, ns in zip(rest, self._usual_ns([texts[place] for place in rest]), strict=True):
                found[place] = ns
            rest = [place for place in rest if found[place] == NO_TIME]
            for place, ns in zip(rest, _of_any_texts([texts[place] for place in rest]), strict=True):
                found[place] = ns
        return np.array(found, np.int64), [place for place, ns in enumerate(found) if ns == NO_TIME]

    def _usual_ns(self, texts: Sequence[str]) -> list[int]:
        """Return ns of times as most publishers write them in minutes that are known, else NO_TIME."""
        known = self._minutes.get
        found = []
        for text in texts:
            end = len(text) - (1 if text[-1:] == "Z" else _zone_length(text))
            start_ns = known(text[:_MINUTE_LENGTH] + text[end:])
            digits = text[_MINUTE_LENGTH:_SECOND_END] + text[_FRACTION:end]
            unit_ns = _DIGIT_NS.get(len(digits))
            if (
                start_ns is not None
                and unit_ns is not None
                and digits.isdigit()
                and digits.isascii()
                and (end == _SECOND_END or (text[_SECOND_END] == "." and end > _FRACTION))
                and (after_ns := int(digits) * unit_ns) < _MINUTE_NS
            ):
                found.append(start_ns + after_ns)
            else:
                found.append(NO_TIME)
        return found

    def _learn(self, texts: Sequence[str]) -> None:
        keys = {text[:_MINUTE_LENGTH] + text[len(text) - _zone_length(text) :] for text in texts}
        unknown = [key for key in keys if _MINUTE.match(key) and key not in self._minutes]
        if len(self._minutes) + len(unknown) > _MOST_MINUTES:
            self._minutes.clear()
        ns = _of_any_texts([f"{key[:_MINUTE_LENGTH]}00{key[_MINUTE_LENGTH:]}" for key in unknown])
        self._minutes.update((key, at) for key, at in zip(unknown, ns, strict=True) if at != NO_TIME)


def _zone_length(text: str) -> int:
    """Return how many characters at the end of a usual time tell its zone."""
    if text[-1:] == "Z":
        return 1
    return _OFFSET_LENGTH if text[-_OFFSET_LENGTH : 1 - _OFFSET_LENGTH] in _SIGNS else 0


def _of_any_texts(texts: Sequence[str]) -> list[int]:
    """Return ns of each text in any form of ISO 8601 that is known, NO_TIME where it is none."""
    if not texts:
        return []
    dated = [text if _DATED.match(text) else None for text in map(str.strip, texts)]
    found: list[int] = TimeColumn(1).read(pl.Series(dated, dtype=pl.String)).ns.tolist()
    return found


def _of_integers(times: Sequence[int]) -> tuple[Int64, list[int]]:
    try:
        whole = np.fromiter(times, np.int64, len(times))
    except OverflowError:
        whole = np.array([each if abs(each) <= _LARGEST else NO_TIME for each in times], np.int64)
    if len(whole) and whole.min() >= _NS_FROM:
        return whole, []
    unit = np.searchsorted(_LIMITS, np.abs(whole), side="right")
    good = (np.abs(whole) <= _ROOM[unit]) & (whole != NO_TIME)
    return np.where(good, np.where(good, whole, 0) * _UNITS[unit], NO_TIME), np.flatnonzero(~good).tolist()


def _of_floats(times: Sequence[float]) -> tuple[Int64, list[int]]:
    values = np.array(times, np.float64)
    units = _UNITS[np.searchsorted(_LIMITS.astype(np.float64), np.abs(values), side="right")]
    ns = np.full(len(values), NO_TIME)
    for unit in np.unique(units).tolist():
        here = units == unit
        ns[here] = TimeColumn(unit).read(pl.Series(values[here])).ns
    return ns, np.flatnonzero(ns == NO_TIME).tolist()
