"""Arrivals cut into pieces, and pieces put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from analytics.ticks import Arrivals

_TABLES = ("symbols", "runs", "sources")
_COLUMNS = tuple(
    field.name
    for field in fields(Arrivals)
    if field.name not in (*_TABLES, "first_row", "defects", "raw", "time_marks")
)


def piece(arrivals: Arrivals, start: int, stop: int) -> Arrivals:
    """Return the ticks [start, stop) of some arrivals, with their defects and time marks; no array is copied.

    A time mark that stands before tick `stop` belongs to the next piece, or to this one where it is the last.
    """
    if start == 0 and stop == len(arrivals):
        return arrivals
    changes: dict[str, Any] = {"first_row": arrivals.first_row + start}
    for name in _COLUMNS:
        column = getattr(arrivals, name)
        if column is not None:
            changes[name] = column[start:stop]
    last = stop == len(arrivals)
    changes["defects"] = {at - start: why for at, why in arrivals.defects.items() if start <= at < stop}
    changes["time_marks"] = tuple(
        replace(mark, row=mark.row - start)
        for mark in arrivals.time_marks
        if start <= mark.row < stop or (last and mark.row == stop)
    )
    if arrivals.raw is not None:
        changes["raw"] = _shifted(arrivals.raw, start)
    return replace(arrivals, **changes)


def can_join(one: Arrivals, other: Arrivals) -> bool:
    """Return whether two pieces share their tables and columns and carry nothing beside their columns."""
    return (
        all(getattr(one, name) == getattr(other, name) for name in _TABLES)
        and all((getattr(one, name) is None) == (getattr(other, name) is None) for name in _COLUMNS)
        and not any(each.defects or each.raw or each.time_marks for each in (one, other))
    )


def joined(pieces: Sequence[Arrivals]) -> Arrivals:
    """Return pieces, at least one, each of which `can_join` the next, as one; rows count from the first's."""
    if len(pieces) == 1:
        return pieces[0]
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        if getattr(pieces[0], name) is not None:
            columns[name] = np.concatenate([getattr(each, name) for each in pieces])
    return replace(pieces[0], **columns)


def _shifted(raw: Callable[[int], bytes], start: int) -> Callable[[int], bytes]:
    return lambda at: raw(at + start)
