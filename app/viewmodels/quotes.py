"""The last price of a symbol with its change and its distance to the session's VWAP."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.calendar import Calendar
from analytics.columns import ColumnsView
from app.desk import Desk
from app.formatting import NO_VALUE, NumberStyle, style_of
from app.viewmodels.session_figures import LEAST_DECIMALS, SessionFigures

SESSION_VWAP = "vwap(session)"
PREVIOUS_CLOSE, FIRST_TRADE = "vs prev close", "vs first trade"
RUPEE = "₹"


@dataclass(frozen=True, slots=True)
class Quote:
    """One symbol now. `change` is measured from `base`, and `against` says what that is.

    `vwap` is None for an index and outside a session; `volume` is the session's traded quantity. `open`,
    `high` and `low` are the session's, high and low those since `since_ns` where that is known: older ticks
    were let go of before anybody looked. `turnover` is the session's sum of price times size, None for an
    index and where nothing has a size.
    """

    symbol: str
    last: float
    base: float
    against: str
    vwap: float | None
    volume: float
    ts_ns: int
    style: NumberStyle
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    turnover: float | None = None
    since_ns: int | None = None

    @property
    def turnover_text(self) -> str:
        """Return the turnover shortened, in rupees for instruments of the NSE; ``–`` where there is none."""
        if self.turnover is None:
            return NO_VALUE
        return money_text(self.turnover, self.style)

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


def money_text(value: float, style: NumberStyle) -> str:
    """Return an amount shortened: ₹4.56 L for an instrument of the NSE, 456 k for others."""
    return f"{RUPEE if style.indian else ''}{style.compact(value)}"


class Quotes:
    """Reads quotes of any symbol; looks only at rows that are new since it last did."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._generation = desk.generation
        self._days: dict[str, SessionFigures] = {}
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
        return style_of(instrument, day.decimals if day is not None else LEAST_DECIMALS)

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
        symbol = view.symbol
        day = self._days.setdefault(symbol, SessionFigures())
        if view.count < day.seen:
            day = self._days[symbol] = SessionFigures()
        day.learn(view, count_decimals=symbol not in self._desk.instruments)
        base, against = self._base(symbol, day)
        last_row = view.count - 1
        has_value = day.volume_units > 0 and self._desk.instruments[symbol].has_volume
        return Quote(
            symbol=symbol,
            last=float(view.price[last_row] / 10.0**view.price_scale),
            base=base,
            against=against,
            vwap=view.last_value(SESSION_VWAP),
            volume=day.volume(view),
            ts_ns=int(view.ts_ns[last_row]),
            style=self.style(symbol),
            open=day.open,
            high=day.high,
            low=day.low,
            turnover=day.turnover(view) if has_value else None,
            since_ns=day.since_ns,
        )

    def _base(self, symbol: str, day: SessionFigures) -> tuple[float, str]:
        if day.close_before is not None:
            return day.close_before, PREVIOUS_CLOSE
        info = self._desk.info
        close = info.previous_closes.get(symbol) if info is not None else None
        if close:
            return close, PREVIOUS_CLOSE
        return day.open, FIRST_TRADE
