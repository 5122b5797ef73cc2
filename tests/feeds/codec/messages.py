"""Messages for the codec's tests: as a consumer polls them, and Arrow streams of any shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from analytics.ticks import Arrivals
from feeds.codec import ARROW_HEADERS, JSON_HEADERS, TickDecoder

VERSION = {"tickdesk.version": "1", "tickdesk.partition": "0"}
NO_HEADERS: list[tuple[str, bytes]] = []


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a partition."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    offset: int = 0
    timestamp: int = -1


def decoded(*values: bytes | None, headers: Any = (), columns: Mapping[str, str] | None = None) -> Arrivals:
    """Return what a fresh decoder makes of messages of one partition."""
    messages = [Message(value, headers, place) for place, value in enumerate(values)]
    return TickDecoder(columns or {}).decode({0: messages}, 0)


def from_json(*fields: Any, **options: Any) -> Arrivals:
    """Return what is read from JSON values, a message each."""
    return decoded(*(json.dumps(each).encode() for each in fields), headers=JSON_HEADERS, **options)


def tick(**fields: Any) -> dict[str, Any]:
    """Return the fields of a good tick, some of them changed; one that is `...` is left out."""
    whole = {"symbol": "NIFTY", "price": 24850, "volume": 15000} | fields
    return {name: value for name, value in whole.items() if value is not ...}


def from_arrow(*values: bytes | None, **options: Any) -> Arrivals:
    """Return what is read from Arrow messages."""
    return decoded(*values, headers=ARROW_HEADERS, **options)


def columns(rows: int = 2, **changed: Any) -> dict[str, pa.Array]:
    """Return good columns of an Arrow message, some of them changed; one that is `...` is left out."""
    whole = {
        "symbol": pa.array(["NIFTY"] * rows, pa.string()),
        "ts_ns": pa.array([1_722_500_000_000_000_000 + row for row in range(rows)], pa.int64()),
        "price": pa.array([24850.5 + row for row in range(rows)], pa.float64()),
        "size": pa.array([10.0 * row for row in range(rows)], pa.float64()),
    } | changed
    return {name: column for name, column in whole.items() if column is not ...}


def stream(
    *batches: Mapping[str, pa.Array],
    metadata: Mapping[str, str] | None = None,
    options: ipc.IpcWriteOptions | None = None,
) -> bytes:
    """Return batches of one schema as an Arrow IPC stream."""
    made = [pa.record_batch(dict(each)) for each in batches]
    schema = made[0].schema.with_metadata(dict(VERSION if metadata is None else metadata))
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, schema, options=options or ipc.IpcWriteOptions()) as out:
        for batch in made:
            out.write_batch(batch.replace_schema_metadata(schema.metadata))
    message: bytes = sink.getvalue().to_pybytes()
    return message


def only_defect(arrivals: Arrivals) -> str:
    """Return the reason of arrivals that are one unreadable tick."""
    assert len(arrivals) == 1
    assert list(arrivals.defects) == [0]
    reason = arrivals.defects[0]
    assert 0 < len(reason) <= 160
    assert reason.isprintable()
    return reason
