"""Messages as they were polled become arrivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from types import MappingProxyType
from typing import Any

import numpy as np

from analytics.ticks import NO_TIME, Arrivals, Int32, Int64
from feeds.codec.arrow_messages import ArrowReader
from feeds.codec.columns import COLUMNS, Columns, filler, joined
from feeds.codec.fields import WireFields
from feeds.codec.forms import Form, Record, form_headers, unknown_form
from feeds.codec.json_columns import json_columns
from feeds.codec.json_messages import JsonReader
from feeds.codec.names import Tables
from feeds.codec.raw import Kept, raw_bytes
from feeds.codec.wire_times import WireTimes

_OWN_NAMES: Mapping[str, str] = MappingProxyType({})
_MS = 1_000_000
_LATEST_MS = int(np.iinfo(np.int64).max) // _MS

_WHOLE, _REAL, _CODE = np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int32)
_NO_TICKS = Arrivals((), _CODE, _WHOLE, _REAL, _REAL, _WHOLE, _WHOLE, _CODE, _WHOLE, _CODE)


@dataclass(slots=True)
class _Found:
    """What the messages of one poll gave so far: ticks in parts, how many each message, what was bad."""

    parts: list[Columns] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    defects: dict[int, str] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    ticks: int = 0

    def add(self, part: Columns, counts: Sequence[int], defects: Mapping[int, str]) -> None:
        self.defects.update({self.ticks + at: reason for at, reason in defects.items()})
        self.parts.append(part)
        self.counts += counts
        self.ticks += len(part)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the ticks of one poll stood; `starts` is the first tick of each message, None if it is its number."""

    partition: Int32
    offset: Int64
    index: Int32
    arrival_ns: Int64
    starts: Int64 | None


class TickDecoder:
    """Decodes the messages of one feed, on one thread.

    `columns` maps our names of a tick's fields to those in the messages; it holds for JSON's fields and
    Arrow's columns. Tables of symbols, runs and sources grow from call to call and are one object each
    while nothing new appears.

    Raises ConfigError for a mapping to or from a field that cannot be meant.
    """

    def __init__(self, columns: Mapping[str, str] = _OWN_NAMES) -> None:
        fields = WireFields(columns)
        self._json = JsonReader(fields)
        self._arrow = ArrowReader(fields)
        self._times = WireTimes()
        self._tables = Tables()

    def decode(self, records: Mapping[int, Sequence[Record]], first_row: int) -> Arrivals:
        """Return the ticks of messages by partition: partitions as the mapping has them, messages in order.

        Every message gives at least one tick. One that cannot be read gives one with its reason among the
        defects, and its symbol and seq where JSON still told them; it takes no other message along.
        `first_row` is the reading order of the first tick. `raw` tells the bytes of each tick.
        """
        if self._tables.renew():
            self._arrow.forget_names()
        messages = list(chain.from_iterable(records.values()))
        if not messages:
            return replace(_NO_TICKS, symbols=self._tables.symbols.names, first_row=first_row)
        values = [message.value for message in messages]
        found = _Found()
        start = 0
        for form, group in groupby(form_headers([message.headers for message in messages], values)):
            stop = start + len(list(group))
            if form is Form.JSON:
                self._add_json(values[start:stop], found)
            elif form is Form.ARROW:
                self._add_arrow(values[start:stop], found)
            else:
                for message in messages[start:stop]:
                    self._add_unread(message, unknown_form(message.headers), found)
            start = stop
        return self._arrivals(records, messages, found, first_row)

    def _add_json(self, values: Sequence[bytes | None], found: _Found) -> None:
        read = self._json.read(values)
        found.add(json_columns(read, self._json, self._tables, self._times), read.counts, read.defects)
        before = len(found.kept.messages)
        found.kept.batches.update(before + place for place in read.batches)
        found.kept.messages += values if None not in values else [value or b"" for value in values]

    def _add_arrow(self, values: Sequence[bytes | None], found: _Found) -> None:
        for part in self._arrow.read(values, self._tables):
            found.add(part.columns, part.counts, part.defects)
            found.kept.messages += [part.unread] * len(part.counts)

    @staticmethod
    def _add_unread(message: Record, reason: str, found: _Found) -> None:
        found.add(filler(), (1,), {0: reason})
        found.kept.messages.append(message.value or b"")

    def _arrivals(
        self,
        records: Mapping[int, Sequence[Record]],
        messages: Sequence[Record],
        found: _Found,
        first_row: int,
    ) -> Arrivals:
        columns = joined(found.parts)
        places = _places(records, messages, found.counts, len(columns))
        tables = {
            "symbols": self._tables.symbols.names,
            "runs": () if columns.run is None else self._tables.runs.names,
            "sources": () if columns.source is None else self._tables.sources.names,
        }
        changes: dict[str, Any] = {name: getattr(columns, name) for name in COLUMNS} | tables
        return Arrivals(
            **changes,
            arrival_ns=places.arrival_ns,
            partition=places.partition,
            offset=places.offset,
            index=places.index,
            first_row=first_row,
            defects=dict(sorted(found.defects.items())),
            raw=raw_bytes(found.kept, places.starts, columns, tables),
        )


def _places(
    records: Mapping[int, Sequence[Record]], messages: Sequence[Record], counts: Sequence[int], ticks: int
) -> _Places:
    n = len(messages)
    offset = np.fromiter([message.offset for message in messages], np.int64, n)
    arrival_ns = _arrival_ns(np.fromiter([message.timestamp for message in messages], np.int64, n))
    partition = np.array(list(records), np.int32)
    each = [len(some) for some in records.values()]
    if ticks == n:
        return _Places(partition.repeat(each), offset, np.zeros(n, np.int32), arrival_ns, None)
    count = np.array(counts, np.int64)
    starts = count.cumsum() - count
    index = np.arange(ticks, dtype=np.int32)
    index -= starts.astype(np.int32).repeat(count)
    return _Places(
        partition.repeat(each).repeat(count), offset.repeat(count), index, arrival_ns.repeat(count), starts
    )


def _arrival_ns(timestamp_ms: Int64) -> Int64:
    if len(timestamp_ms) and timestamp_ms.min() >= 0 and timestamp_ms.max() <= _LATEST_MS:
        return timestamp_ms * _MS
    told = (timestamp_ms >= 0) & (timestamp_ms <= _LATEST_MS)
    return np.where(told, np.where(told, timestamp_ms, 0) * _MS, NO_TIME)
