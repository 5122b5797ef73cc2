"""Intake: arrivals become rows with lasting codes, and bad ones get their reason.

What all rows of a poll have in common is asked of their least and greatest values first; only where that
does not settle it are they looked at one by one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.instruments import InstrumentTable
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Bool, Float64, Int32, Int64
from analytics.validation import (
    ROOMY_BELOW,
    Decimals,
    as_units,
    fits,
    normal_symbol,
    scale_fault,
    scale_needed,
    symbol_fault,
)

_MOST_CODES = 2**20
_TABLES_KEPT = 1_000
_UNSEEN = -2  # stands in a table of codes for a symbol that no tick had yet


@dataclass(frozen=True, slots=True)
class Units:
    """Prices and sizes as integers at the decimals that their symbols have when the rows are admitted."""

    price: Int64
    size: Int64


@dataclass(slots=True)
class Rows:
    """Ticks as columns of one length; `symbol`, `run`, `source` are the intake's codes, -1 for none.

    `size` is NaN where it must come from `total`, the cumulative volume (NaN where absent; None where no
    row has one). Of rows that came together and were not yet cut or joined, `one_run` says that all have
    one run and one source, and `units` that each is good and held exactly; else they are not known.
    """

    symbol: Int32
    run: Int32
    source: Int32
    ts_ns: Int64
    price: Float64
    size: Float64
    total: Float64 | None
    seq: Int64
    arrival_ns: Int64
    partition: Int32
    offset: Int64
    index: Int32
    row: Int64
    one_run: bool = False
    units: Units | None = None

    def __len__(self) -> int:
        return len(self.ts_ns)

    @classmethod
    def empty(cls) -> Rows:
        """Return no rows."""
        code, whole, real = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64)
        return cls(code, code, code, whole, real, real, None, whole, whole, code, whole, code, whole)

    def at(self, places: Int64) -> Rows:
        """Return the rows at some places, as copies."""
        columns: dict[str, Any] = {name: getattr(self, name)[places] for name in _COLUMNS}
        return Rows(**columns, total=None if self.total is None else self.total[places])

    def followed_by(self, others: Rows) -> Rows:
        """Return these rows and then the others."""
        pairs = ((name, getattr(self, name), getattr(others, name)) for name in _COLUMNS)
        columns: dict[str, Any] = {name: np.concatenate((mine, its)) for name, mine, its in pairs}
        none = self.total is None and others.total is None
        return Rows(**columns, total=None if none else np.concatenate((self.totals(), others.totals())))

    def totals(self) -> Float64:
        """Return the cumulative volumes, NaN where there is none."""
        return np.full(len(self), np.nan) if self.total is None else self.total

    def stream_key(self, places: Int64) -> Int64:
        """Return one number for each of some rows, equal where symbol, run and source are; as low as can be."""
        key = self.symbol[places].astype(np.int64)
        if len(key) == 0:
            return key
        for column in (self.run[places], self.source[places]):
            lowest, highest = int(column.min()), int(column.max())
            if lowest != highest:
                key = key * (highest - lowest + 1) + (column - lowest)
        return key

    def stream_at(self, place: int) -> tuple[int, int, int]:
        """Return (symbol, run, source) of one row."""
        return int(self.symbol[place]), int(self.run[place]), int(self.source[place])


_COLUMNS = tuple(each.name for each in fields(Rows) if each.name not in ("total", "one_run", "units"))


def render_row(rows: Rows, at: int, symbols: tuple[str, ...]) -> bytes:
    """Return a row as JSON, for ticks whose own bytes are not at hand."""
    code = int(rows.symbol[at])
    found: dict[str, object] = {"symbol": symbols[code] if code >= 0 else None}
    for name, none in (("ts_ns", NO_TIME), ("price", None), ("size", None), ("total", None), ("seq", NO_SEQ)):
        column = getattr(rows, name)
        value = none if column is None else column[at].item()
        if value != none and value == value:  # NaN is not itself
            found["volume_total" if name == "total" else name] = value
    return json.dumps(found, ensure_ascii=False).encode(errors="replace")


class Intake:
    """Gives symbols, runs and sources codes that never change, and finds what is bad."""

    def __init__(self, instruments: InstrumentTable, most_symbols: int) -> None:
        self._instruments = instruments
        self._most_symbols = most_symbols
        self._symbol_codes: dict[str, int] = {}
        self._symbol_faults: dict[str, str] = {}
        self._run_codes: dict[str, int] = {}
        self._source_codes: dict[str, int] = {}
        self._nonpositive: list[bool] = []
        self._tables: dict[tuple[str, ...], Int32] = {}
        self.symbols: tuple[str, ...] = ()
        self.price = Decimals()
        """Decimals of each symbol's price; `Scales` widens them."""
        self.size = Decimals()

    def admit(self, arrivals: Arrivals) -> tuple[Rows, dict[int, str]]:
        """Return the arrivals as rows, and the reason by index of each bad one.

        Where a tick has no time of one kind it has that of the other, NO_TIME where it has neither.
        """
        count = len(arrivals)
        run, one_run = _coded(arrivals.run, arrivals.runs, self._run_codes, count)
        source, one_source = _coded(arrivals.source, arrivals.sources, self._source_codes, count)
        rows = Rows(
            symbol=self._symbols(arrivals),
            run=run,
            source=source,
            ts_ns=_or(arrivals.ts_ns, arrivals.arrival_ns),
            price=arrivals.price,
            size=arrivals.size,
            total=_if_any(arrivals.volume_total),
            seq=arrivals.seq,
            arrival_ns=_or(arrivals.arrival_ns, arrivals.ts_ns),
            partition=arrivals.partition,
            offset=arrivals.offset,
            index=arrivals.index,
            row=np.arange(arrivals.first_row, arrivals.first_row + count, dtype=np.int64),
            one_run=one_run and one_source,
        )
        timed = rows.ts_ns is arrivals.ts_ns or np.count_nonzero(rows.ts_ns == NO_TIME) == 0
        if timed and not arrivals.defects:
            rows.units = self._units(rows)
        return rows, self._faults(arrivals, rows) if rows.units is None else {}

    def _symbols(self, arrivals: Arrivals) -> Int32:
        """Return each tick's symbol code; new symbols are numbered in the order of their first ticks."""
        table = self._tables.get(arrivals.symbols)
        if table is None:
            table = np.array([_UNSEEN] * len(arrivals.symbols) or [NO_CODE], np.int32)
            if len(self._tables) >= _TABLES_KEPT:
                self._tables.clear()
            self._tables[arrivals.symbols] = table
        codes = _looked_up(table, arrivals.symbol)
        if np.count_nonzero(codes == _UNSEEN):
            unseen, first = np.unique(arrivals.symbol[codes == _UNSEEN], return_index=True)
            for place in unseen[np.argsort(first)].tolist():
                table[place] = self._code_of(arrivals.symbols[place])
            codes = _looked_up(table, arrivals.symbol)
        return codes

    def _code_of(self, text: str) -> int:
        symbol = normal_symbol(text)
        code = self._symbol_codes.get(symbol)
        if code is not None:
            return code
        if symbol_fault(symbol) or len(self.symbols) >= self._most_symbols:
            return NO_CODE
        instrument = self._instruments[symbol]
        code = self._symbol_codes[symbol] = len(self.symbols)
        self.symbols = (*self.symbols, symbol)
        self.price.begin(instrument.price_scale)
        self.size.begin(instrument.size_scale)
        self._nonpositive.append(instrument.allows_nonpositive)
        return code

    def _units(self, rows: Rows) -> Units | None:
        """Return all prices and sizes as integers; None where one may be bad, or comes near a limit."""
        price, size = rows.price, rows.size
        if len(rows) == 0 or rows.total is not None or rows.symbol.min() < 0:
            return None
        if not (price.min() > 0 and size.min() >= 0 and max(price.max(), size.max()) < ROOMY_BELOW):
            return None  # of values with a NaN the least is NaN, and above nothing
        prices = as_units(price, self.price.powers(rows.symbol))
        sizes = None if prices is None else as_units(size, self.size.powers(rows.symbol))
        return None if prices is None or sizes is None else Units(prices, sizes)

    def _faults(self, arrivals: Arrivals, rows: Rows) -> dict[int, str]:
        price, size, total = rows.price, rows.size, rows.totals()
        known = rows.symbol >= 0
        with np.errstate(invalid="ignore"):
            bad = ~known | ~np.isfinite(price) | ~((size >= 0) & np.isfinite(size) | np.isnan(size))
            bad |= np.isnan(size) & ~(np.isfinite(total) & (total >= 0))
            bad |= (price <= 0) & ~self._allowed(rows)
        bad |= rows.ts_ns == NO_TIME
        bad[list(arrivals.defects)] = True
        fine = ~bad
        unfit = fine & ~self._fit(rows)
        found = {at: self._reason(arrivals, rows, at) for at in bad.nonzero()[0].tolist()}
        for at in unfit.nonzero()[0].tolist():
            reason = self._scale_reason(rows, at)
            if reason:
                found[at] = reason
        return found

    def _allowed(self, rows: Rows) -> Bool:
        if not any(self._nonpositive):
            return np.zeros(len(rows), np.bool_)
        return np.array(self._nonpositive, np.bool_)[rows.symbol] & (rows.symbol >= 0)

    def _fit(self, rows: Rows) -> Bool:
        """Return which values are exact at the scale that their symbol began with."""
        if not self.symbols:
            return np.ones(len(rows), np.bool_)
        fit = fits(rows.price, np.array(self.price.first, np.int64)[rows.symbol])
        sized = fits(rows.size, np.array(self.size.first, np.int64)[rows.symbol])
        return fit & (sized | np.isnan(rows.size))

    def _scale_reason(self, rows: Rows, at: int) -> str:
        symbol, price, size = int(rows.symbol[at]), float(rows.price[at]), float(rows.size[at])
        if scale_needed(price, self.price.first[symbol]) is None:
            return scale_fault("price", price)
        if size == size and scale_needed(size, self.size.first[symbol]) is None:
            return scale_fault("size", size)
        return ""

    def _reason(self, arrivals: Arrivals, rows: Rows, at: int) -> str:
        given = arrivals.defects.get(at)
        if given is not None:
            return given
        if rows.symbol[at] < 0:
            code = int(arrivals.symbol[at])
            text = arrivals.symbols[code] if code >= 0 else ""
            fault = symbol_fault(normal_symbol(text))
            return fault or f"symbol {text!r} is past the {self._most_symbols} symbols that are held"
        price, size, total = float(rows.price[at]), float(rows.size[at]), float(rows.totals()[at])
        if not np.isfinite(price):
            return f"price is {price}, not a finite number"
        if price <= 0 and not bool(self._allowed(rows)[at]):
            return f"price {price!r} is not above 0"
        if rows.ts_ns[at] == NO_TIME:
            return "the tick has neither an event time nor an arrival time"
        if np.isnan(size):
            return "size is missing" if np.isnan(total) else f"volume_total {total!r} is not a quantity"
        return f"size {size!r} is not a quantity of 0 or more"


def _looked_up(table: Int32, codes: NDArray[np.integer]) -> Int32:
    """Return what a table says of codes, NO_CODE for none."""
    if len(codes) == 0 or codes.min() >= 0:
        return table.take(codes)
    return np.where(codes >= 0, table[codes], np.int32(NO_CODE))


def _coded(
    codes: Int32 | None, texts: tuple[str, ...], known: dict[str, int], count: int
) -> tuple[Int32, bool]:
    """Return the lasting codes of texts, and whether all rows have one."""
    if codes is None or not texts or count == 0:
        return np.full(count, NO_CODE, np.int32), True
    table = [known.setdefault(text, len(known) % (_MOST_CODES - 1)) for text in texts]
    first = int(codes[0])
    if np.count_nonzero(codes == first) == count:
        return np.full(count, table[first] if first >= 0 else NO_CODE, np.int32), True
    return _looked_up(np.array(table, np.int32), codes), False


def _if_any(totals: Float64 | None) -> Float64 | None:
    """Return cumulative volumes, None where no row has one."""
    return None if totals is None or np.isnan(totals).all() else totals


def _or(times_ns: Int64, others_ns: Int64) -> Int64:
    """Return times, the other one where there is none."""
    if len(times_ns) == 0 or times_ns.min() != NO_TIME:
        return times_ns
    return np.where(times_ns == NO_TIME, others_ns, times_ns)
