"""From checked floats to exact integers: cumulative volumes, and scales that widen when a tick needs it."""

from __future__ import annotations

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.instruments import MAX_SCALE, InstrumentTable
from analytics.intake import Intake, Rows
from analytics.ticks import Bool, Float64, Int64, TickBatch
from analytics.validation import fits, scale_fault, scale_needed


class Scales:
    """Turns rows in order of release into batches; within one batch a symbol's scale is constant."""

    def __init__(self, instruments: InstrumentTable, intake: Intake) -> None:
        self._instruments = instruments
        self._intake = intake
        self._totals: dict[int, tuple[int, int]] = {}  # symbol: session, last total in 10**-MAX_SCALE
        self._session_open: dict[int, tuple[int, int, int]] = {}  # symbol: session, from, until (ns)

    def size_by_total(self, rows: Rows) -> dict[int, str]:
        """Fill in the sizes that are differences of a cumulative volume; return why some cannot be.

        The first total of a session is a tick of size 0.
        """
        refused: dict[int, str] = {}
        for at in np.flatnonzero(~np.isnan(rows.total)).tolist():
            symbol, total = int(rows.symbol[at]), float(rows.total[at])
            exact = scale_needed(total, 0)
            if exact is None:
                if np.isnan(rows.size[at]):
                    refused[at] = scale_fault("volume_total", total)
                continue
            units = int(np.rint(total * 10.0**exact)) * 10 ** (MAX_SCALE - exact)
            session = self._session_of(symbol, int(rows.ts_ns[at]))
            before = self._totals.get(symbol)
            if np.isnan(rows.size[at]):
                first = before is None or before[0] != session
                traded = 0 if before is None or first else units - before[1]
                if before is not None and traded < 0:
                    last = before[1] / 10**MAX_SCALE
                    refused[at] = f"volume_total fell from {last:.15g} to {total:.15g}"
                    continue
                rows.size[at] = traded / 10**MAX_SCALE
            self._totals[symbol] = (session, units)
        return refused

    def batches(self, rows: Rows, after_gap: Bool) -> list[TickBatch]:
        """Return the rows as batches, a new one where some symbol's scale widens."""
        found: list[TickBatch] = []
        start = 0
        while start < len(rows):
            stop = self._first_to_widen(rows, start)
            if stop > start:
                found.append(self._batch(rows, after_gap, start, stop))
                start = stop
            if start < len(rows):
                self._widen(rows, start)
        return found

    def _first_to_widen(self, rows: Rows, start: int) -> int:
        symbol = rows.symbol[start:]
        fit = fits(rows.price[start:], np.array(self._intake.price_scale, np.int64)[symbol])
        fit &= fits(rows.size[start:], np.array(self._intake.size_scale, np.int64)[symbol])
        misfits = np.flatnonzero(~fit)
        for at in misfits.tolist():
            symbol_at, price, size = (
                int(symbol[at]),
                float(rows.price[start + at]),
                float(rows.size[start + at]),
            )
            price_scale = scale_needed(price, self._intake.price_scale[symbol_at])
            size_scale = scale_needed(size, self._intake.size_scale[symbol_at])
            if (price_scale or 0) > self._intake.price_scale[symbol_at]:
                return start + at
            if (size_scale or 0) > self._intake.size_scale[symbol_at]:
                return start + at
        return len(rows)

    def _widen(self, rows: Rows, at: int) -> None:
        symbol = int(rows.symbol[at])
        scales = self._intake
        price_scale = scale_needed(float(rows.price[at]), scales.price_scale[symbol])
        size_scale = scale_needed(float(rows.size[at]), scales.size_scale[symbol])
        scales.price_scale[symbol] = max(scales.price_scale[symbol], price_scale or 0)
        scales.size_scale[symbol] = max(scales.size_scale[symbol], size_scale or 0)

    def _batch(self, rows: Rows, after_gap: Bool, start: int, stop: int) -> TickBatch:
        scales = self._intake
        symbol = rows.symbol[start:stop]
        return TickBatch(
            symbols=scales.symbols,
            symbol=symbol.astype(np.int32),
            ts_ns=rows.ts_ns[start:stop],
            arrival_ns=rows.arrival_ns[start:stop],
            price=_units(rows.price[start:stop], scales.price_scale, symbol),
            size=_units(rows.size[start:stop], scales.size_scale, symbol),
            seq=rows.seq[start:stop],
            row=rows.row[start:stop],
            after_gap=after_gap[start:stop],
            price_scale=tuple(scales.price_scale),
            size_scale=tuple(scales.size_scale),
        )

    def _session_of(self, symbol: int, ts_ns: int) -> int:
        known = self._session_open.get(symbol)
        if known is not None and known[1] <= ts_ns < known[2]:
            return known[0]
        calendar = self._instruments.calendar_of(self._intake.symbols[symbol])
        session = int(calendar.session_of(np.array([ts_ns], np.int64))[0])
        if session != NO_SESSION:
            second = 1_000_000_000
            self._session_open[symbol] = (session, ts_ns - ts_ns % second, ts_ns - ts_ns % second + second)
        return session


def _units(values: Float64, scale: list[int], symbol: Int64) -> Int64:
    """Return values as integers at their symbol's scale."""
    power = np.power(10.0, np.array(scale, np.int64)[symbol])
    return np.rint(values * power).astype(np.int64)
