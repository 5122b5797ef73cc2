"""Fingerprints beside a tape: a row a tick that the engine took, in its order.

Columns ``row`` (of the session), ``fingerprint``, ``fired`` (JSON, null where nothing did), then ``price``,
``size`` and each series kept, by position, as a series may have any name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
from numpy.typing import NDArray

from analytics.ticks import Float64, Int64

STAMP_KEY = b"tickdesk.stamp"
FIXED_COLUMNS = 3
"""Columns before those of values."""


class Checked(Protocol):
    """Ticks that the engine took with their fingerprints; arrays of one length."""

    @property
    def first(self) -> int:
        """The number of ticks before these."""

    @property
    def row(self) -> Int64:
        """Each tick's row in the session."""

    @property
    def fingerprint(self) -> NDArray[Any]:
        """The chain once each tick is in it, uint64."""

    @property
    def values(self) -> Mapping[str, Float64]:
        """What each tick's series had, NaN where they had no value."""

    @property
    def fired(self) -> Mapping[int, str]:
        """What fired, as JSON, by place."""


def check_schema(
    names: Sequence[str], metadata: Mapping[bytes, bytes], stamp: Mapping[str, str]
) -> pa.Schema:
    """Return the columns of a file of fingerprints with these series."""
    return pa.schema(
        [
            pa.field("row", pa.int64(), nullable=False),
            pa.field("fingerprint", pa.uint64(), nullable=False),
            pa.field("fired", pa.string()),
            *(pa.field(name, pa.float64(), nullable=False) for name in names),
        ],
        {**metadata, STAMP_KEY: json.dumps(dict(stamp), ensure_ascii=False).encode()},
    )


def check_batch(checked: Checked) -> pa.RecordBatch:
    """Return fingerprints as a batch of the schema with their series."""
    count = len(checked.row)
    if checked.fired:
        fired = pa.array([checked.fired.get(place) for place in range(count)], pa.string())
    else:
        fired = pa.nulls(count, pa.string())
    return pa.RecordBatch.from_arrays(
        [
            pa.array(checked.row),
            pa.array(checked.fingerprint),
            fired,
            *(pa.array(each) for each in checked.values.values()),
        ],
        schema=check_schema(tuple(checked.values), {}, {}),
    )
