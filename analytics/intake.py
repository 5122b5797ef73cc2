"""Intake: arrivals become rows with lasting codes, and bad ones get their reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

import numpy as np

from analytics.instruments import InstrumentTable
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME, Arrivals, Bool, Float64, Int64
from analytics.validation import fits, normal_symbol, scale_fault, scale_needed, symbol_fault

_MOST_CODES = 2**20
_TABLES_KEPT = 1_000
_UNSEEN = -2  # stands in a table of codes for a symbol that no tick had yet


@dataclass(slots=True)
class Rows:
    """Ticks as columns of one length; `symbol`, `run`, `source` are the intake's codes, -1 for none.

    `size` is NaN where it must come from `total`, the cumulative volume (NaN where absent).
    """

    symbol: Int64
    run: Int64
    source: Int64
    ts_ns: Int64
    price: Float64
    size: Float64
    total: Float64
    seq: Int64
    arrival_ns: Int64
    partition: Int64
    offset: Int64
    index: Int64
    row: Int64

    def __len__(self) -> int:
        return len(self.ts_ns)

    @classmethod
    def empty(cls) -> Rows:
        """Return no rows."""
        whole, real = np.empty(0, np.int64), np.empty(0, np.float64)
        return cls(whole, whole, whole, whole, real, real, real, whole, whole, whole, whole, whole, whole)

    def at(self, places: Int64) -> Rows:
        """Return the rows at some places, as copies."""
        return Rows(*(getattr(self, each.name)[places] for each in fields(self)))

    def followed_by(self, others: Rows) -> Rows:
        """Return these rows and then the others."""
        return Rows(
            *(np.concatenate((getattr(self, each.name), getattr(others, each.name))) for each in fields(self))
        )

    def stream_key(self, places: Int64) -> Int64:
        """Return one number for each of some rows, equal where symbol, run and source are."""
        symbol, run, source = self.symbol[places], self.run[places], self.source[places]
        return (symbol * _MOST_CODES + run + 1) * _MOST_CODES + source + 1

    def stream_at(self, place: int) -> tuple[int, int, int]:
        """Return (symbol, run, source) of one row."""
        return int(self.symbol[place]), int(self.run[place]), int(self.source[place])


def render_row(rows: Rows, at: int, symbols: tuple[str, ...]) -> bytes:
    """Return a row as JSON, for ticks whose own bytes are not at hand."""
    code = int(rows.symbol[at])
    found: dict[str, object] = {"symbol": symbols[code] if code >= 0 else None}
    for name, none in (("ts_ns", NO_TIME), ("price", None), ("size", None), ("total", None), ("seq", NO_SEQ)):
        value = getattr(rows, name)[at].item()
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
        self._first_price_scale: list[int] = []
        self._first_size_scale: list[int] = []
        self._tables: dict[tuple[str, ...], Int64] = {}
        self.symbols: tuple[str, ...] = ()
        self.price_scale: list[int] = []
        """Decimals of each symbol's price now, by code; `Scales` widens it."""
        self.size_scale: list[int] = []

    def admit(self, arrivals: Arrivals) -> tuple[Rows, dict[int, str]]:
        """Return the arrivals as rows, and the reason by index of each bad one.

        Where a tick has no time of one kind it has that of the other, NO_TIME where it has neither.
        """
        count = len(arrivals)
        rows = Rows(
            symbol=self._symbols(arrivals),
            run=self._coded(arrivals.run, arrivals.runs, self._run_codes, count),
            source=self._coded(arrivals.source, arrivals.sources, self._source_codes, count),
            ts_ns=np.where(arrivals.ts_ns == NO_TIME, arrivals.arrival_ns, arrivals.ts_ns),
            price=arrivals.price,
            size=arrivals.size,
            total=np.full(count, np.nan) if arrivals.volume_total is None else arrivals.volume_total,
            seq=arrivals.seq,
            arrival_ns=np.where(arrivals.arrival_ns == NO_TIME, arrivals.ts_ns, arrivals.arrival_ns),
            partition=arrivals.partition.astype(np.int64),
            offset=arrivals.offset,
            index=arrivals.index.astype(np.int64),
            row=np.arange(arrivals.first_row, arrivals.first_row + count, dtype=np.int64),
        )
        return rows, self._faults(arrivals, rows)

    def _symbols(self, arrivals: Arrivals) -> Int64:
        """Return each tick's symbol code; new symbols are numbered in the order of their first ticks."""
        table = self._tables.get(arrivals.symbols)
        if table is None:
            table = np.array([_UNSEEN] * len(arrivals.symbols) or [NO_CODE], np.int64)
            if len(self._tables) >= _TABLES_KEPT:
                self._tables.clear()
            self._tables[arrivals.symbols] = table
        codes = np.where(arrivals.symbol >= 0, table[arrivals.symbol], NO_CODE)
        if (codes == _UNSEEN).any():
            unseen, first = np.unique(arrivals.symbol[codes == _UNSEEN], return_index=True)
            for place in unseen[np.argsort(first)].tolist():
                table[place] = self._code_of(arrivals.symbols[place])
            codes = np.where(arrivals.symbol >= 0, table[arrivals.symbol], NO_CODE)
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
        self.price_scale.append(instrument.price_scale)
        self.size_scale.append(instrument.size_scale)
        self._first_price_scale.append(instrument.price_scale)
        self._first_size_scale.append(instrument.size_scale)
        self._nonpositive.append(instrument.allows_nonpositive)
        return code

    def _coded(
        self, codes: np.ndarray | None, texts: tuple[str, ...], known: dict[str, int], count: int
    ) -> Int64:
        if codes is None or not texts:
            return np.full(count, NO_CODE, np.int64)
        table = np.array([known.setdefault(text, len(known) % (_MOST_CODES - 1)) for text in texts], np.int64)
        return np.where(codes >= 0, table[codes], NO_CODE)

    def _faults(self, arrivals: Arrivals, rows: Rows) -> dict[int, str]:
        price, size, total = rows.price, rows.size, rows.total
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
        fit = fits(rows.price, np.array(self._first_price_scale, np.int64)[rows.symbol])
        sized = fits(rows.size, np.array(self._first_size_scale, np.int64)[rows.symbol])
        return fit & (sized | np.isnan(rows.size))

    def _scale_reason(self, rows: Rows, at: int) -> str:
        symbol, price, size = int(rows.symbol[at]), float(rows.price[at]), float(rows.size[at])
        if scale_needed(price, self._first_price_scale[symbol]) is None:
            return scale_fault("price", price)
        if size == size and scale_needed(size, self._first_size_scale[symbol]) is None:
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
        price, size, total = float(rows.price[at]), float(rows.size[at]), float(rows.total[at])
        if not np.isfinite(price):
            return f"price is {price}, not a finite number"
        if price <= 0 and not bool(self._allowed(rows)[at]):
            return f"price {price!r} is not above 0"
        if rows.ts_ns[at] == NO_TIME:
            return "the tick has neither an event time nor an arrival time"
        if np.isnan(size):
            return "size is missing" if np.isnan(total) else f"volume_total {total!r} is not a quantity"
        return f"size {size!r} is not a quantity of 0 or more"
