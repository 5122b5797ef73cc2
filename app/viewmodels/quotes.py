"""The last price of a symbol with its change and its distance to the session's VWAP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.calendar import NO_SESSION, Calendar
from analytics.columns import ColumnsView
from app.desk import Desk
from app.formatting import NumberStyle, style_of

SESSION_VWAP = "vwap(session)"
PREVIOUS_CLOSE, FIRST_TRADE = "vs prev close", "vs first trade"
_LEAST_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """One symbol now. `change` is measured from `base`, and `against` says what that is.

    `vwap` is None for an index and outside a session; `volume` is the session's traded quantity.
    """

    symbol: str
    last: float
    base: float
    against: str
    vwap: float | None
    volume: float
    ts_ns: int
    style: NumberStyle

    @property
    def change(self) -> float:
        """Return the change in points."""
        return self.last - self.base

    @property
    def percent(self) -> float | None:
        """Return the change in per cent of the base, None where the base is zero."""
        return 100.0 * self.change / self.base if self.base else None

    @property
    def from_vwap(self) -> float | None:
        """Return last price minus session VWAP, None without one."""
        return None if self.vwap is None else self.last - self.vwap


@dataclass(slots=True)
class _Day:
    """What was learned from a symbol's columns so far: where its latest session starts."""

    seen: int = 0
    session: int = NO_SESSION
    first_row: int = 0
    first_price: float = 0.0
    close_before: float | None = None
    decimals: int = _LEAST_DECIMALS


class Quotes:
    """Reads quotes of any symbol; looks only at rows that are new since it last did."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._generation = desk.generation
        self._days: dict[str, _Day] = {}
        self._made: dict[str, tuple[int, Quote]] = {}

    def calendar(self, symbol: str) -> Calendar:
        """Return the calendar in force for a symbol."""
        return self._desk.instruments.calendar_of(symbol)

    def style(self, symbol: str) -> NumberStyle:
        """Return how a symbol's numbers are written, as far as its ticks have told."""
        instrument = self._desk.instruments[symbol]
        if symbol in self._desk.instruments:
            return style_of(instrument)
        day = self._days.get(symbol)
        return style_of(instrument, day.decimals if day is not None else _LEAST_DECIMALS)

    def quote(self, symbol: str) -> Quote | None:
        """Return a symbol's quote, None before its first tick."""
        if self._desk.generation != self._generation:
            self._generation = self._desk.generation
            self._days.clear()
            self._made.clear()
        view = self._desk.view(symbol)
        if view is None or view.count == 0:
            return None
        made = self._made.get(symbol)
        if made is not None and made[0] == view.count:
            return made[1]
        quote = self._make(view)
        self._made[symbol] = (view.count, quote)
        return quote

    def _make(self, view: ColumnsView) -> Quote:
        day = self._days.setdefault(view.symbol, _Day())
        if view.count < day.seen:
            day = self._days[view.symbol] = _Day()
        _learn(day, view)
        base, against = self._base(view.symbol, day)
        last_row = view.count - 1
        traded = int(view.sum_v[last_row])
        if day.first_row:
            traded -= int(view.sum_v[day.first_row - 1])
        return Quote(
            symbol=view.symbol,
            last=float(view.price[last_row] / 10.0**view.price_scale),
            base=base,
            against=against,
            vwap=view.last_value(SESSION_VWAP),
            volume=traded / 10.0**view.size_scale,
            ts_ns=int(view.ts_ns[last_row]),
            style=self.style(view.symbol),
        )

    def _base(self, symbol: str, day: _Day) -> tuple[float, str]:
        if day.close_before is not None:
            return day.close_before, PREVIOUS_CLOSE
        info = self._desk.info
        close = info.previous_closes.get(symbol) if info is not None else None
        if close:
            return close, PREVIOUS_CLOSE
        return day.first_price, FIRST_TRADE


def _learn(day: _Day, view: ColumnsView) -> None:
    start, stop = max(day.seen, view.first), view.count
    if start == stop:
        return
    unit = 10.0**view.price_scale
    if day.seen == 0:
        day.first_price = float(view.price[start] / unit)
    sessions = view.session[start:stop]
    latest = int(sessions.max())
    if latest > day.session:
        row = start + int(np.argmax(sessions == latest))
        before = view.session[view.first : row]
        if row == view.first > 0:
            row = _session_row(view)
        traded_before = day.session != NO_SESSION or bool((before != NO_SESSION).any())
        day.close_before = float(view.price[row - 1] / unit) if traded_before else None
        day.session, day.first_row = latest, row
        day.first_price = float(view.price[row] / unit)
    day.decimals = _decimals(day.decimals, view, start, stop)
    day.seen = stop


def _session_row(view: ColumnsView) -> int:
    """Return where the session of the first row held began: rows that windows stand on are held for good."""
    rows = view.sessions()
    at = int(np.searchsorted(rows, view.first, side="right"))
    return int(rows[at - 1]) if at else 0


def _decimals(known: int, view: ColumnsView, start: int, stop: int) -> int:
    """Return how many decimals prices need so far, at least two where the scale has them."""
    decimals = min(known, view.price_scale)
    while decimals < view.price_scale:
        step = 10 ** (view.price_scale - decimals)
        if not (view.price[start:stop] % step).any():
            break
        decimals += 1
    return decimals
