"""Numbers and times as a person reads them: the one place, independent of LANG and TZ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.instruments import Instrument

MINUS = "−"
NO_VALUE = "–"
UP_ARROW, DOWN_ARROW = "▲", "▼"
_NS = 1_000_000_000
_LAKH, _CRORE = 100_000, 10_000_000


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How one instrument's numbers are written: decimals of its price, and whether digits group the
    Indian way (12,34,567).
    """

    decimals: int = 2
    indian: bool = False

    def price(self, value: float | None) -> str:
        """Return a price with its decimals, ``–`` for None or NaN."""
        return number_text(value, self.decimals, indian=self.indian)

    def signed(self, value: float | None) -> str:
        """Return a difference of prices with its sign; zero has none."""
        return number_text(value, self.decimals, indian=self.indian, signed=True)

    def count(self, value: float) -> str:
        """Return a whole number, grouped."""
        return number_text(value, 0, indian=self.indian)

    def compact(self, value: float) -> str:
        """Return a traded quantity in at most five signs."""
        return compact_text(value, indian=self.indian)


def style_of(instrument: Instrument, decimals: int | None = None) -> NumberStyle:
    """Return how an instrument's numbers are written; Indian grouping is for NSE instruments only."""
    shown = instrument.price_scale if decimals is None else decimals
    return NumberStyle(shown, instrument.calendar.name == "nse")


def group_digits(digits: str, *, indian: bool) -> str:
    """Return a run of digits with commas: by threes, or the Indian way by twos left of the last three.

    >>> group_digits("1234567", indian=True), group_digits("1234567", indian=False)
    ('12,34,567', '1,234,567')
    """
    head, tail = digits[:-3], digits[-3:]
    if not head:
        return tail
    width = 2 if indian else 3
    first = len(head) % width
    parts = [head[:first]] if first else []
    parts += [head[at : at + width] for at in range(first, len(head), width)]
    return ",".join([*parts, tail])


def number_text(value: float | None, decimals: int, *, indian: bool = False, signed: bool = False) -> str:
    """Return a number with a fixed count of decimals and a real minus; ``–`` for None, NaN, infinity."""
    if value is None or not math.isfinite(value):
        return NO_VALUE
    text = f"{abs(value):.{decimals}f}"
    whole, point, rest = text.partition(".")
    grouped = group_digits(whole, indian=indian) + point + rest
    if not text.strip("0."):
        return grouped  # what rounds to zero has no sign
    if value < 0:
        return MINUS + grouped
    return "+" + grouped if signed else grouped


def arrow(value: float | None) -> str:
    """Return ▲ for a rise, ▼ for a fall, nothing for neither."""
    if value is None or not math.isfinite(value) or value == 0:
        return ""
    return UP_ARROW if value > 0 else DOWN_ARROW


def compact_text(value: float, *, indian: bool = False) -> str:
    """Return a quantity shortened: 950, 12.3 k, 4.56 M; for NSE 12.3 k, 4.56 L (lakh), 7.89 Cr (crore).

    >>> compact_text(456_000, indian=True), compact_text(456_000)
    ('4.56 L', '456 k')
    """
    steps = (
        ((_CRORE, " Cr"), (_LAKH, " L"), (1_000, " k"))
        if indian
        else ((1e9, " B"), (1e6, " M"), (1_000, " k"))
    )
    for size, unit in steps:
        if abs(value) >= size:
            scaled = value / size
            decimals = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
            return number_text(scaled, decimals, indian=indian) + unit
    return number_text(value, 0, indian=indian)


def time_text(ts_ns: int, zone: ZoneInfo) -> str:
    """Return HH:MM:SS of an instant in a zone."""
    return _moment(ts_ns, zone).strftime("%H:%M:%S")


def time_ms_text(ts_ns: int, zone: ZoneInfo) -> str:
    """Return HH:MM:SS.mmm of an instant in a zone, cut, not rounded."""
    return f"{time_text(ts_ns, zone)}.{ts_ns % _NS // 1_000_000:03d}"


def clock_text(ts_ns: int, zone: ZoneInfo) -> str:
    """Return HH:MM:SS and the zone's short name."""
    moment = _moment(ts_ns, zone)
    return f"{moment:%H:%M:%S} {moment.tzname()}"


def date_text(ts_ns: int, zone: ZoneInfo) -> str:
    """Return an instant's date in a zone as YYYY-MM-DD."""
    return _moment(ts_ns, zone).date().isoformat()


def span_text(span_ns: int) -> str:
    """Return a duration for reading: 4 s, 1 min 20 s, 2 h 5 min; below a second in ms.

    >>> span_text(80_000_000_000), span_text(250_000_000)
    ('1 min 20 s', '250 ms')
    """
    if abs(span_ns) < _NS:
        return f"{span_ns // 1_000_000} ms"
    seconds = span_ns // _NS
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def speed_text(speed: float | None) -> str:
    """Return a replay speed: 0.5×, 20×, or Max for None."""
    return "Max" if speed is None else f"{speed:g}×"


def rate_text(per_second: float, *, indian: bool = False) -> str:
    """Return a rate as a whole number; below ten with one decimal, so that a slow tape is not a still one."""
    return number_text(per_second, 1 if 0 < per_second < 9.95 else 0, indian=indian)


def _moment(ts_ns: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ts_ns // _NS, zone)
