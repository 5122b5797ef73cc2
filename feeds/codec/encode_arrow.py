"""A batch of ticks of one partition becomes one Arrow message."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Float64, Int32
from feeds.codec.arrow_schema import PARTITION_KEY, VERSION_KEY, WIRE_VERSION
from feeds.codec.encode import check_publishable
from feeds.codec.forms import MOST_MESSAGE_BYTES

_INDEX_KINDS = (np.int8, np.int16, np.int32)


def encode_arrow(arrivals: Arrivals, partition: int) -> bytes:
    """Return ticks, all of them bound for one partition, as a message whose headers are `ARROW_HEADERS`.

    Names are dictionaries of those that the batch uses, and an optional column is there where a tick has
    a value in it. Place and arrival time are the topic's and are not written.

    Raises ValueError without ticks, where one is not publishable, and for a message longer than
    `MOST_MESSAGE_BYTES` (send fewer at a time).
    """
    if not len(arrivals):
        raise ValueError("expected ticks, found none")
    check_publishable(arrivals)
    columns = {
        "symbol": _names(arrivals.symbol, arrivals.symbols),
        "ts_ns": _whole(arrivals.ts_ns, NO_TIME),
        "price": pa.array(arrivals.price),
        "size": pa.array(arrivals.size),
        "seq": _whole(arrivals.seq, NO_SEQ),
        "run": _names(arrivals.run, arrivals.runs),
        "source": _names(arrivals.source, arrivals.sources),
        "bid": _floats(arrivals.bid),
        "ask": _floats(arrivals.ask),
        "volume_total": _floats(arrivals.volume_total),
    }
    needed = ("symbol", "ts_ns", "price", "size")
    present = {
        name: column
        for name, column in columns.items()
        if name in needed or (column is not None and column.null_count < len(column))
    }
    batch = pa.record_batch(present).replace_schema_metadata(
        {VERSION_KEY: WIRE_VERSION, PARTITION_KEY: str(partition).encode()}
    )
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    message: bytes = sink.getvalue().to_pybytes()
    if len(message) > MOST_MESSAGE_BYTES:
        raise ValueError(
            f"expected at most {MOST_MESSAGE_BYTES} bytes, found {len(message)}: send fewer ticks at a time"
        )
    return message


def _names(codes: Int32 | None, names: tuple[str, ...]) -> pa.Array | None:
    if codes is None:
        return None
    used, inverse = np.unique(codes, return_inverse=True)
    absent = bool(len(used)) and used[0] == NO_CODE
    places = inverse - 1 if absent else inverse
    some = used[1:] if absent else used
    kind = next(kind for kind in _INDEX_KINDS if len(some) <= np.iinfo(kind).max)
    indices = pa.array(places.astype(kind), mask=places < 0 if absent else None)
    return pa.DictionaryArray.from_arrays(
        indices, pa.array([names[code] for code in some.tolist()], pa.string())
    )


def _whole(values: np.ndarray, absent: int) -> pa.Array:
    mask = values == absent
    return pa.array(values, mask=mask if mask.any() else None)


def _floats(values: Float64 | None) -> pa.Array | None:
    """Return a column in which NaN stays NaN: without nulls a reader needs no look at a bitmap."""
    return None if values is None or np.isnan(values).all() else pa.array(values)
