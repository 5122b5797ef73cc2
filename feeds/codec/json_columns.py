"""Ticks read from JSON become columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Float64, Int32, Int64
from feeds.codec.columns import Columns
from feeds.codec.json_messages import JsonReader, JsonTicks
from feeds.codec.names import NameTable, Tables
from feeds.codec.reasons import shown
from feeds.codec.wire_times import WireTimes

Cells = Sequence[Any]

# Written out, they take half the time of attrgetter, which is much of what a tick costs.
_CELLS: Mapping[str, Callable[[Sequence[Any]], Cells]] = {
    "symbol": lambda ticks: [tick.symbol for tick in ticks],
    "ts": lambda ticks: [tick.ts for tick in ticks],
    "price": lambda ticks: [tick.price for tick in ticks],
    "size": lambda ticks: [tick.size for tick in ticks],
    "volume": lambda ticks: [tick.volume for tick in ticks],
    "volume_total": lambda ticks: [tick.volume_total for tick in ticks],
    "seq": lambda ticks: [tick.seq for tick in ticks],
    "run": lambda ticks: [tick.run for tick in ticks],
    "session": lambda ticks: [tick.session for tick in ticks],
    "source": lambda ticks: [tick.source for tick in ticks],
    "bid": lambda ticks: [tick.bid for tick in ticks],
    "ask": lambda ticks: [tick.ask for tick in ticks],
}


def json_columns(found: JsonTicks, reader: JsonReader, tables: Tables, times: WireTimes) -> Columns:
    """Return ticks, at least one, as columns; ticks whose time is none are added to the defects."""
    cells = {name: _CELLS[name](found.ticks) for name in reader.names}
    n = len(found.ticks)
    none = [None] * n
    ts = cells.get("ts", none)
    ts_ns, wrong = times.read(ts) if ts.count(None) < n else (np.full(n, NO_TIME), [])
    price = np.fromiter(cells["price"], np.float64, n)
    size = _floats(_either(cells.get("size", none), cells.get("volume", none)))
    for place in wrong:
        found.defects[place] = f"expected ts to be ISO 8601 or an epoch number, found {shown(ts[place])}"
        price[place] = np.nan
    columns = Columns(
        symbol=tables.symbols.codes(cells["symbol"]),
        ts_ns=ts_ns,
        price=price,
        size=np.full(n, np.nan) if size is None else size,
        seq=_whole(cells.get("seq", none)),
        run=_codes(_either(cells.get("run", none), cells.get("session", none)), tables.runs),
        source=_codes(cells.get("source", none), tables.sources),
        bid=_floats(cells.get("bid", none)),
        ask=_floats(cells.get("ask", none)),
        volume_total=_floats(cells.get("volume_total", none)),
    )
    columns.size[wrong] = np.nan
    return columns


def _either(first: Cells, second: Cells) -> Cells:
    """Return the first of two fields that say the same, the second where it is absent."""
    n = len(first)
    if second.count(None) == n:
        return first
    if first.count(None) == n:
        return second
    return [other if one is None else one for one, other in zip(first, second, strict=True)]


def _floats(cells: Cells) -> Float64 | None:
    absent = cells.count(None)
    if absent == len(cells):
        return None
    return np.array(cells, np.float64) if absent else np.fromiter(cells, np.float64, len(cells))


def _whole(cells: Cells) -> Int64:
    absent = cells.count(None)
    if absent == len(cells):
        return np.full(len(cells), NO_SEQ)
    if absent:
        cells = [NO_SEQ if each is None else each for each in cells]
    return np.fromiter(cells, np.int64, len(cells))


def _codes(cells: Cells, table: NameTable) -> Int32 | None:
    if cells.count(None) == len(cells):
        return None
    codes = table.codes(cells)
    return None if (codes == NO_CODE).all() else codes
