"""Blocks of columns as a file gives them become one whole of arrivals, row for row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Bool, Int32, Int64
from feeds.files.fields import TIME_FIELDS, Fields
from feeds.files.times import TimeColumn, Times, local_to_utc
from feeds.files.values import NameColumn, Values, read_floats, read_integers
from feeds.reading import Reading

_NAMES = ("symbol", "run", "source")
_OPTIONAL_NUMBERS = ("bid", "ask")
_SHOWN_TEXT = 60  # a reason quotes no more of a field than this


@dataclass(slots=True)
class _Defects:
    """Reasons by row of the whole file; a row's first reason leads."""

    first_row: int
    columns: Mapping[str, pl.Series]
    shown: Mapping[str, str]
    found: dict[int, str]
    spoiled: frozenset[int]

    def add(self, wrong: Bool, name: str, expected: str) -> None:
        """Note every row of the block that `wrong` marks, quoting what column `name` holds."""
        column = self.columns[name].to_physical() if wrong.any() else None
        for place in np.flatnonzero(wrong).tolist():
            if place in self.spoiled or column is None:
                continue
            value = column[place]
            title = self.shown.get(name, name)
            empty = value is None or not str(value).strip()
            reason = f"{title} is empty" if empty else f"{title} {_quoted(value)} is not {expected}"
            row = self.first_row + place
            self.found[row] = f"{self.found[row]}; {reason}" if row in self.found else reason


def _quoted(value: object) -> str:
    text = repr(value if isinstance(value, str) else str(value))
    return text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]}…"


@dataclass(slots=True)
class Rows:
    """Gathers a file's rows, block by block, and makes `Arrivals` of them.

    `default_symbol` is taken where the file has no symbol column.
    """

    fields: Fields
    reading: Reading
    default_symbol: str
    count: int = 0
    _parts: dict[str, list[NDArray[np.generic]]] = field(default_factory=dict)
    _found: dict[int, str] = field(default_factory=dict)
    _names: dict[str, NameColumn] = field(default_factory=lambda: {name: NameColumn() for name in _NAMES})
    _times: dict[str, TimeColumn] = field(
        default_factory=lambda: {"ts_ns": TimeColumn(1), "ts": TimeColumn(), "arrival_ns": TimeColumn(1)}
    )

    def add(
        self,
        columns: Mapping[str, pl.Series],
        rows: int,
        spoiled: Mapping[int, str] | None = None,
        times: Times | None = None,
    ) -> None:
        """Take a block of `rows` rows: its columns by our names, each of length `rows`.

        `spoiled` gives the reason for rows (counted in the block) that could not be split into fields;
        only their symbol and seq are used. `times` stands in for a time column.
        """
        spoiled = spoiled or {}
        self._found.update({self.count + place: reason for place, reason in spoiled.items()})
        defects = _Defects(self.count, columns, self.fields.shown, self._found, frozenset(spoiled))
        symbol = self._add_names(columns, rows, defects)
        self._add_times(columns, rows, symbol, times, defects)
        self._add_prices(columns, rows, defects)
        if "seq" in columns:
            seq = read_integers(columns["seq"])
            defects.add(seq.bad, "seq", "a whole number")
            self._keep("seq", np.where(seq.bad | seq.missing, NO_SEQ, seq.values))
        self.count += rows

    def arrivals(self, raw: Callable[[int], bytes] | None) -> Arrivals:
        """Return all rows taken, as arrivals of partition 0 whose offset is the row."""
        n = self.count
        whole = self._whole
        run, source = whole("run"), whole("source")
        return Arrivals(
            symbols=self._names["symbol"].names,
            symbol=_or(whole("symbol"), np.zeros(0, np.int32)),
            ts_ns=_or(whole("ts"), np.zeros(0, np.int64)),
            price=_or(whole("price"), np.zeros(0)),
            size=_or(whole("size"), np.full(n, np.nan)),
            seq=_or(whole("seq"), np.full(n, NO_SEQ)),
            arrival_ns=_or(whole("arrival_ns"), np.full(n, NO_TIME)),
            partition=np.zeros(n, np.int32),
            offset=np.arange(n, dtype=np.int64),
            index=np.zeros(n, np.int32),
            volume_total=whole("volume_total"),
            runs=self._names["run"].names,
            run=run,
            sources=self._names["source"].names,
            source=source,
            bid=whole("bid"),
            ask=whole("ask"),
            defects=dict(sorted(self._found.items())),
            raw=raw,
        )

    def _keep(self, name: str, values: NDArray[np.generic]) -> None:
        self._parts.setdefault(name, []).append(values)

    def _whole(self, name: str) -> NDArray | None:  # type: ignore[type-arg]
        parts = self._parts.pop(name, None)
        if parts is None:
            return None
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def _add_names(self, columns: Mapping[str, pl.Series], rows: int, defects: _Defects) -> Int32:
        for name in ("run", "source"):
            if name in columns:
                codes, broken = self._names[name].read(columns[name])
                defects.add(broken, name, "UTF-8 text")
                self._keep(name, codes)
        if "symbol" in columns:
            symbol, broken = self._names["symbol"].read(columns["symbol"])
            defects.add(broken, "symbol", "UTF-8 text")
            defects.add((symbol == NO_CODE) & ~broken, "symbol", "a symbol")
        else:
            symbol = np.full(rows, self._names["symbol"].code_of(self.default_symbol), np.int32)
        self._keep("symbol", symbol)
        return symbol

    def _add_times(
        self,
        columns: Mapping[str, pl.Series],
        rows: int,
        symbol: Int32,
        times: Times | None,
        defects: _Defects,
    ) -> None:
        arrived = np.zeros(rows, np.bool_)
        if "arrival_ns" in columns:
            arrival = self._times["arrival_ns"].read(columns["arrival_ns"])
            defects.add(arrival.bad, "arrival_ns", "a time in ns")
            self._keep("arrival_ns", arrival.ns)
            arrived = arrival.ns != NO_TIME
        name = next((each for each in TIME_FIELDS if each in columns), "ts")
        if times is None:
            times = self._times[name].read(columns[name])
        expected = "a time in whole ns" if name == "ts_ns" else "ISO 8601 or an epoch number"
        defects.add(times.bad | (times.missing & ~arrived), name, expected)
        self._keep("ts", self._placed(times, symbol))

    def _placed(self, times: Times, symbol: Int32) -> Int64:
        """Return UTC ns: local times are taken in the zone given, or in that of their symbol's calendar."""
        local = times.local & (times.ns != NO_TIME)
        if not local.any():
            return times.ns
        ns = np.array(times.ns)
        names = self._names["symbol"].names
        zones = [self.reading.zone_for(each) for each in names]
        zones.append(self.reading.zone or "UTC")  # NO_CODE is -1 and so finds the last
        kinds = list(dict.fromkeys(zones))
        kind_of_code = np.array([kinds.index(zone) for zone in zones])
        kind = kind_of_code[symbol]
        for place, zone in enumerate(kinds):
            here = local & (kind == place)
            if here.any():
                ns[here] = local_to_utc(ns[here], zone)
        return ns

    def _add_prices(self, columns: Mapping[str, pl.Series], rows: int, defects: _Defects) -> None:
        price = read_floats(columns["price"])
        defects.add(price.bad | price.missing, "price", "a finite number")
        self._keep("price", price.values)
        sized = next((each for each in ("size", "volume") if each in columns), None)
        size = read_floats(columns[sized]) if sized else None
        total = read_floats(columns["volume_total"]) if "volume_total" in columns else None
        if total is not None:
            defects.add(total.bad, "volume_total", "a finite number")
            self._keep("volume_total", total.values)
        if size is not None and sized is not None:
            defects.add(size.bad, sized, "a finite number")
            self._keep("size", size.values)
        unsized = _missing(size, rows) & _missing(total, rows)
        defects.add(unsized, sized or "volume_total", "a finite number")
        for name in _OPTIONAL_NUMBERS:
            if name in columns:
                quote = read_floats(columns[name])
                defects.add(quote.bad, name, "a finite number")
                self._keep(name, quote.values)


def _missing(values: Values[np.float64] | None, rows: int) -> Bool:
    return np.ones(rows, np.bool_) if values is None else values.missing


def _or(found: NDArray | None, otherwise: NDArray) -> NDArray:  # type: ignore[type-arg]
    return otherwise if found is None else found
