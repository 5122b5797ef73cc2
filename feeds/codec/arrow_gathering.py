"""Messages of known shapes become columns: each number is copied once, into the column of all of them.

Short copies are done through memoryviews. Between them numpy would give the interpreter's lock away and wait
for it again, and take twice as long by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import NO_SEQ, Int32
from feeds.codec.arrow_schema import WHOLE_COLUMNS
from feeds.codec.arrow_shapes import Sighting
from feeds.codec.columns import Columns, has_lowest

_MAY_BE_EMPTY = ("bid", "ask", "volume_total")


def gathered(sightings: Sequence[Sighting]) -> Columns | None:
    """Return the ticks of messages, at least one, that have the same columns.

    None where any of them has a code beyond its dictionary or a number that would pass for none: read alone,
    each will show which it was.
    """
    counts = [each.shape.rows for each in sightings]
    rows = sum(counts)
    found: dict[str, Any] = _numbers(sightings, rows)
    for name in WHOLE_COLUMNS:
        if name in found and has_lowest(found[name]):
            return None
    for place, each in enumerate(sightings[0].shape.names):
        codes = _codes(sightings, place, counts, rows)
        if int(codes[codes.argmin()]) < 0:
            return None
        found[each.name] = codes
    if "seq" not in found:
        found["seq"] = np.full(rows, NO_SEQ)
    for name in _MAY_BE_EMPTY:
        if name in found and found[name][0] != found[name][0] and np.isnan(found[name]).all():
            del found[name]
    return Columns(**found)


def _numbers(sightings: Sequence[Sighting], rows: int) -> dict[str, NDArray[Any]]:
    found = {each.name: np.empty(rows, each.kind) for each in sightings[0].shape.numbers}
    targets = [column.data.cast("B") for column in found.values()]
    at = 0
    for message, shape, _ in sightings:
        source = memoryview(message)
        here = slice(at, at + shape.rows * 8)
        for target, each in zip(targets, shape.numbers, strict=True):
            target[here] = source[each.place]
        at = here.stop
    return found


def _codes(sightings: Sequence[Sighting], place: int, counts: Sequence[int], rows: int) -> Int32:
    """Return the codes of the column of names at a place, shape (rows,)."""
    first = sightings[0].codes[place]
    if all(each.shape.names[place].is_one for each in sightings):
        if all(each.codes[place] is first for each in sightings):
            return np.full(rows, first[0])
        ones = np.array([each.codes[place][0] for each in sightings], np.int32)
        return ones.repeat(counts)
    found: Int32 = np.empty(rows, np.int32)
    at = 0
    for (message, shape, codes), count in zip(sightings, counts, strict=True):
        column = shape.names[place]
        here = found[at : at + count]
        # what is beyond the dictionary is clipped to the code after it
        codes[place].take(np.frombuffer(message, column.kind, count, column.offset), None, here, "clip")
        at += count
    return found
