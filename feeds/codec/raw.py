"""The bytes of a tick as its message had them, found only when somebody asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from analytics.ticks import NO_SEQ, NO_TIME, Int64
from feeds.codec.columns import COLUMNS, Columns
from feeds.codec.json_messages import split_batch

_NONE = {"ts_ns": NO_TIME, "seq": NO_SEQ}
_TABLES = {"symbol": "symbols", "run": "runs", "source": "sources"}


@dataclass(slots=True)
class Kept:
    """What is kept of messages for those who ask for their bytes.

    `messages` holds each message, None where its ticks are written out from their columns instead: an
    Arrow message need not stay. `batches` are the numbers of those that were split into elements.
    """

    messages: list[bytes | None] = field(default_factory=list)
    batches: set[int] = field(default_factory=set)


def raw_bytes(
    kept: Kept, starts: Int64 | None, columns: Columns, tables: Mapping[str, tuple[str, ...]]
) -> Callable[[int], bytes]:
    """Return what `Arrivals.raw` is: tick -> the bytes of its message, or of its element of a JSON array.

    `starts`, shape (messages,), holds the first tick of each message; None where each gave one.
    """
    split: tuple[int, list[msgspec.Raw]] = (-1, [])

    def raw(at: int) -> bytes:
        nonlocal split
        message = at if starts is None else int(np.searchsorted(starts, at, side="right")) - 1
        value = kept.messages[message]
        if value is None:
            return _written_out(columns, tables, at)
        if message not in kept.batches:
            return value
        if split[0] != message:  # the elements of one array are asked for in a row
            split = (message, split_batch(value))
        return bytes(split[1][0 if starts is None else at - int(starts[message])])

    return raw


def _written_out(columns: Columns, tables: Mapping[str, tuple[str, ...]], at: int) -> bytes:
    found: dict[str, object] = {}
    for name in COLUMNS:
        column = getattr(columns, name)
        value = None if column is None else column[at].item()
        if value is not None and name in _TABLES:
            value = tables[_TABLES[name]][value] if value >= 0 else None
        if value is not None and value == value and value != _NONE.get(name):  # NaN is not itself
            found[name] = value
    return json.dumps(found, ensure_ascii=False).encode(errors="replace")
