"""Columns of ticks on their way from messages to `Arrivals`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Float64, Int32, Int64

_ABSENT = {
    "run": (NO_CODE, np.int32),
    "source": (NO_CODE, np.int32),
    "bid": (np.nan, np.float64),
    "ask": (np.nan, np.float64),
    "volume_total": (np.nan, np.float64),
}


LOWEST = int(np.iinfo(np.int64).min)
"""Stands for none in a column of whole numbers, so no good tick can have it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Ticks as columns of one length, codes by the feed's tables; None where no tick has a value."""

    symbol: Int32
    ts_ns: Int64
    price: Float64
    size: Float64
    seq: Int64
    run: Int32 | None = None
    source: Int32 | None = None
    bid: Float64 | None = None
    ask: Float64 | None = None
    volume_total: Float64 | None = None

    def __len__(self) -> int:
        return len(self.ts_ns)


COLUMNS = tuple(each.name for each in fields(Columns))


def has_lowest(values: Int64) -> bool:
    """Return whether a column holds the number that stands for none; argmin costs a third of min."""
    return int(values[values.argmin()]) == LOWEST


def filler() -> Columns:
    """Return the one row of a message of which nothing could be read."""
    return Columns(
        np.full(1, NO_CODE, np.int32),
        np.full(1, NO_TIME),
        np.full(1, np.nan),
        np.full(1, np.nan),
        np.full(1, NO_SEQ),
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return parts, at least one, as one; a column that one part has is filled in the others."""
    if len(parts) == 1:
        return parts[0]
    whole: dict[str, Any] = {name: _joined(name, parts) for name in COLUMNS}
    return Columns(**whole)


def _joined(name: str, parts: Sequence[Columns]) -> NDArray | None:  # type: ignore[type-arg]
    columns = [getattr(part, name) for part in parts]
    if name in _ABSENT:
        if all(column is None for column in columns):
            return None
        absent, kind = _ABSENT[name]
        columns = [
            np.full(len(part), absent, kind) if column is None else column
            for part, column in zip(parts, columns, strict=True)
        ]
    whole: NDArray = np.concatenate(columns)  # type: ignore[type-arg]
    return whole
