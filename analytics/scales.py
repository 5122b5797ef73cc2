"""From checked floats to exact integers: cumulative volumes, and scales that widen when a tick needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.calendar import NO_SESSION
from analytics.instruments import MAX_SCALE, InstrumentTable
from analytics.intake import Intake, Rows, Units
from analytics.ticks import Bool, Int64, TickBatch
from analytics.validation import (
    POWERS,
    ROOMY_BELOW,
    fits,
    held_exactly,
    scale_fault,
    scale_needed,
)

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Total:
    """A symbol's last cumulative volume, in 10**-MAX_SCALE, with its session and the newest time."""

    units: int
    session: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows up to `stop` have these scales, by symbol code."""

    stop: int
    price_scale: tuple[int, ...]
    size_scale: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows whose values are known: why some are refused, and the pieces in which no scale changes."""

    refused: dict[int, str]
    pieces: list[_Piece]


class Scales:
    """Turns rows in order of release into batches; within one batch a symbol's scale is constant."""

    def __init__(self, instruments: InstrumentTable, intake: Intake) -> None:
        self._instruments = instruments
        self._intake = intake
        self._totals: dict[int, _Total] = {}
        self._seconds: dict[int, tuple[int, int]] = {}  # symbol: a second within a session, and that session
        self._largest: dict[
            int, tuple[float, float]
        ] = {}  # symbol: price and size, where either is not small

    def settle(self, rows: Rows) -> Settled:
        """Fill in the sizes that are differences of a cumulative volume, and widen scales, row by row."""
        if rows.units is not None:
            return Settled({}, [_Piece(len(rows), self._intake.price.now, self._intake.size.now)])
        refused = self._size_by_total(rows)
        pieces = self._widen(rows, refused)
        return Settled(dict(sorted(refused.items())), pieces)

    def batches(
        self, rows: Rows, after_gap: Bool, settled: Settled
    ) -> Iterator[tuple[TickBatch, Int64 | range]]:
        """Yield the rows that were not refused as batches, each with the places of its ticks."""
        if not settled.refused and len(settled.pieces) == 1:
            yield self._batch(rows, after_gap, settled.pieces[0]), range(len(rows))
            return
        stays = np.ones(len(rows), np.bool_)
        stays[list(settled.refused)] = False
        start = 0
        for piece in settled.pieces:
            places = start + stays[start : piece.stop].nonzero()[0]
            start = piece.stop
            if len(places):
                yield self._batch(rows.at(places), after_gap[places], piece), places

    def no_ticks(self) -> TickBatch:
        """Return a batch without a tick."""
        piece = _Piece(0, self._intake.price.now, self._intake.size.now)
        return self._batch(Rows.empty(), np.empty(0, np.bool_), piece)

    def _size_by_total(self, rows: Rows) -> dict[int, str]:
        """Return why some sizes cannot be told; the first total of a session is a tick of size 0."""
        refused: dict[int, str] = {}
        if rows.total is None:
            return refused
        for at in (~np.isnan(rows.total)).nonzero()[0].tolist():
            symbol, total = int(rows.symbol[at]), float(rows.total[at])
            sized = not np.isnan(rows.size[at])
            exact = scale_needed(total, 0)
            if exact is None:
                if not sized:
                    refused[at] = scale_fault("volume_total", total)
                continue
            units = int(np.rint(total * POWERS[exact])) * 10 ** (MAX_SCALE - exact)
            before = self._totals.get(symbol)
            time_ns = int(rows.ts_ns[at]) if before is None else max(before.time_ns, int(rows.ts_ns[at]))
            session = self._session_of(symbol, time_ns)
            if not sized:
                traded = 0 if before is None or before.session != session else units - before.units
                if before is not None and traded < 0:
                    last = before.units / 10**MAX_SCALE
                    refused[at] = f"volume_total fell from {last:.15g} to {total:.15g}"
                    continue
                rows.size[at] = traded / 10**MAX_SCALE
            self._totals[symbol] = _Total(units, session, time_ns)
        return refused

    def _widen(self, rows: Rows, refused: dict[int, str]) -> list[_Piece]:
        """Widen scales in the order of rows; refuse what is too fine or too large for its symbol by now."""
        prices, sizes, symbols = self._intake.price, self._intake.size, rows.symbol
        fit = fits(rows.price, np.array(prices.now, np.int64)[symbols])
        fit &= fits(rows.size, np.array(sizes.now, np.int64)[symbols])
        fit &= (np.abs(rows.price) < ROOMY_BELOW) & (rows.size < ROOMY_BELOW)
        pieces = []
        for at in (~fit).nonzero()[0].tolist():
            if at in refused:
                continue
            symbol, price, size = int(symbols[at]), float(rows.price[at]), float(rows.size[at])
            now = prices.now[symbol], sizes.now[symbol]
            price_scale, size_scale = scale_needed(price, now[0]), scale_needed(size, now[1])
            if price_scale is None or size_scale is None:
                refused[at] = (
                    scale_fault("price", price) if price_scale is None else scale_fault("size", size)
                )
                continue
            largest = self._largest.get(symbol, (0.0, 0.0))
            if not (held_exactly(largest[0], price_scale) and held_exactly(largest[1], size_scale)):
                refused[at] = "it needs decimals that an earlier tick of its symbol was too large for"
                continue
            if max(abs(price), size) >= ROOMY_BELOW:
                self._largest[symbol] = max(largest[0], abs(price)), max(largest[1], size)
            if (price_scale, size_scale) != now:
                pieces.append(_Piece(at, prices.now, sizes.now))
                prices.widen(symbol, price_scale)
                sizes.widen(symbol, size_scale)
        pieces.append(_Piece(len(rows), prices.now, sizes.now))
        return pieces

    def _batch(self, rows: Rows, after_gap: Bool, piece: _Piece) -> TickBatch:
        units = rows.units or _units(rows, piece)
        return TickBatch(
            symbols=self._intake.symbols,
            symbol=rows.symbol,
            ts_ns=rows.ts_ns,
            arrival_ns=rows.arrival_ns,
            price=units.price,
            size=units.size,
            seq=rows.seq,
            row=rows.row,
            after_gap=after_gap,
            price_scale=piece.price_scale,
            size_scale=piece.size_scale,
        )

    def _session_of(self, symbol: int, time_ns: int) -> int:
        second = time_ns // _SECOND_NS
        known = self._seconds.get(symbol)
        if known is not None and known[0] == second:
            return known[1]
        calendar = self._instruments.calendar_of(self._intake.symbols[symbol])
        session = int(calendar.session_of(np.array([time_ns], np.int64))[0])
        if session != NO_SESSION:
            self._seconds[symbol] = (second, session)
        return session


def _units(rows: Rows, piece: _Piece) -> Units:
    """Return prices and sizes as integers at their symbol's scale."""
    by_price = POWERS[np.array(piece.price_scale, np.int64)].take(rows.symbol)
    by_size = POWERS[np.array(piece.size_scale, np.int64)].take(rows.symbol)
    price, size = np.rint(rows.price * by_price), np.rint(rows.size * by_size)
    return Units(price.astype(np.int64), size.astype(np.int64))
