"""What the cells of time and sales say: of a tick, of a gap, of a tick that came late."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from analytics.columns import ColumnsView
from analytics.events import DataEvent
from app.desk import Desk
from app.formatting import NO_VALUE, NumberStyle, arrow, time_ms_text
from app.viewmodels.quotes import SESSION_VWAP, Quotes, money_text
from app.viewmodels.tones import ACROSS_ROLE, LOUD_ROLE, TONE_ROLE, Tone, tone_of

HEADERS = ("Time", "Price", "Size", "Value", "VWAP")
TIME_COLUMN, PRICE_COLUMN, SIZE_COLUMN, VALUE_COLUMN, VWAP_COLUMN = range(len(HEADERS))
_DISPLAY, _SPOKEN = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole


class PrintTexts:
    """Gives a cell's text, tone and whether it is loud, for the symbol set."""

    def __init__(self, desk: Desk, quotes: Quotes) -> None:
        self._desk, self._quotes = desk, quotes
        self.symbol = ""

    def of_tick(self, view: ColumnsView, row: int, cell: tuple[int, int], loud: int | None) -> Any:
        """Return what a column and role are of a tick; `loud` is the size from which on it stands out."""
        column, role = cell
        if row < view.first:
            return NO_VALUE if role == _DISPLAY else Tone.DIM if role == TONE_ROLE else None  # let go of
        if role == _DISPLAY:
            return self._text(view, row, column)
        if role == TONE_ROLE:
            if column == PRICE_COLUMN:
                return tone_of(_step(view, row))
            return Tone.DIM if column in (TIME_COLUMN, VWAP_COLUMN) else Tone.TEXT
        if role == LOUD_ROLE:
            return loud is not None and int(view.size[row]) >= loud
        return f"{HEADERS[column]} {self._text(view, row, column)}" if role == _SPOKEN else None

    def of_gap(self, missing: int, column: int, role: int) -> Any:
        """Return what a column and role are of a gap; 0 where it is not known how many ticks are missing."""
        words = "Ticks missing"
        if missing:
            words = f"{self._style.count(missing)} tick{'s' * (missing != 1)} missing"
        if role == ACROSS_ROLE:
            return f"— {words} —"
        if role == TONE_ROLE:
            return Tone.WARNING
        return words if role == _SPOKEN or (role == _DISPLAY and column == 0) else None

    def of_late(self, event: DataEvent, column: int, role: int) -> Any:
        """Return what a column and role are of a tick that came late."""
        if role in (_DISPLAY, _SPOKEN):
            return self._late_text(event, column)
        if role == TONE_ROLE:
            return Tone.WARNING if column == VWAP_COLUMN else Tone.DIM
        return f"Late: {event.detail}" if role == Qt.ItemDataRole.ToolTipRole else None

    @property
    def _style(self) -> NumberStyle:
        return self._quotes.style(self.symbol)

    def _text(self, view: ColumnsView, row: int, column: int) -> str:
        style = self._style
        if column == TIME_COLUMN:
            return self._time(int(view.ts_ns[row]))
        if column == VWAP_COLUMN:
            vwap = view.series.get(SESSION_VWAP)
            return style.price(float(vwap[row])) if vwap is not None else NO_VALUE
        price = float(view.price[row] / 10.0**view.price_scale)
        if column == PRICE_COLUMN:
            return f"{arrow(_step(view, row))} {style.price(price)}".strip()
        size = float(view.size[row] / 10.0**view.size_scale)
        return self._amount(price, size, column)

    def _late_text(self, event: DataEvent, column: int) -> str:
        if column == TIME_COLUMN:
            return self._time(event.ts_ns)
        if column == VWAP_COLUMN:
            return "late"
        return (
            self._style.price(event.price)
            if column == PRICE_COLUMN
            else self._amount(event.price, event.size, column)
        )

    def _amount(self, price: float, size: float, column: int) -> str:
        """Return a tick's size or its value; an index has no value."""
        if not size > 0:
            return NO_VALUE
        if column == SIZE_COLUMN:
            return self._style.count(size)
        known = self._desk.instruments[self.symbol].has_volume
        return money_text(price * size, self._style) if known else NO_VALUE

    def _time(self, ts_ns: int) -> str:
        return time_ms_text(ts_ns, self._quotes.calendar(self.symbol).zone)


def _step(view: ColumnsView, row: int) -> int:
    """Return the price's change from the tick before, in its smallest units."""
    return int(view.price[row]) - int(view.price[row - 1]) if row > view.first else 0
