"""Round steps and their texts for the axes. Pure: no Qt, and cached where the same text comes again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.charts.scale import Scale

_NS = 1_000_000_000
_MS = 1_000_000
_DAY_NS = 86_400 * _NS
_HOUR_NS = 3_600 * _NS
_TIME_STEPS_NS = (
    *(n * _MS for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(n * _NS for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)),
    *(n * _HOUR_NS for n in (2, 4, 6, 12, 24, 48, 7 * 24, 14 * 24, 30 * 24)),
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROOM_PX = {"ms": 104.0, "s": 84.0, "min": 64.0, "day": 84.0}
"""The least distance between two time texts, by what they show."""
_PRICE_ROOM_PX = 44.0
_EDGE_PX = 8.0


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A text on the time axis; `is_session` where a session starts, told by its date."""

    ts_ns: int
    text: str
    is_session: bool = False


def time_step(ns_per_px: float) -> int:
    """Return the smallest round step in ns whose texts have room."""
    for step in _TIME_STEPS_NS:
        if step / ns_per_px >= _ROOM_PX[_form(step)]:
            return step
    return _TIME_STEPS_NS[-1]


def time_marks(left_ns: int, right_ns: int, step_ns: int, zone: ZoneInfo) -> list[TimeMark]:
    """Return the marks of [left, right] at whole steps of the zone's wall clock."""
    offset = _offset_ns(left_ns, zone)
    at = -(-(left_ns + offset) // step_ns) * step_ns - offset
    marks = []
    while at <= right_ns:
        shown = at
        if step_ns >= _HOUR_NS:  # a change to or from summer time moves whole hours
            shown += offset - _offset_ns(at, zone)
        if left_ns <= shown <= right_ns:
            marks.append(TimeMark(shown, mark_text(shown, _form(step_ns), zone)))
        at += step_ns
    return marks


@lru_cache(maxsize=4_096)
def mark_text(ts_ns: int, form: str, zone: ZoneInfo) -> str:
    """Return an instant's text: ``ms`` 10:17:42.318, ``s`` 10:17:42, ``min`` 10:17, ``day`` 20 Nov."""
    moment = datetime.fromtimestamp(ts_ns // _NS, zone)
    if form == "day":
        return f"{moment.day} {_MONTHS[moment.month - 1]}"
    if form == "min":
        return f"{moment:%H:%M}"
    if form == "s":
        return f"{moment:%H:%M:%S}"
    return f"{moment:%H:%M:%S}.{ts_ns % _NS // _MS:03d}"


def pointer_text(ts_ns: int, ns_per_px: float, zone: ZoneInfo, *, dated: bool = False) -> str:
    """Return the text of the crosshair's time tag: as fine as one pixel can tell, with the date where asked."""
    if ns_per_px < 20 * _MS:
        text = mark_text(ts_ns, "ms", zone)
    elif ns_per_px > 120 * _NS:
        text = mark_text(ts_ns, "min", zone)
    else:
        text = mark_text(ts_ns // _NS * _NS, "s", zone)
    return f"{session_text(ts_ns, zone)} {text}" if dated else text


def is_one_day(left_ns: int, right_ns: int, zone: ZoneInfo) -> bool:
    """Return whether two instants are of one local date."""
    dates = {datetime.fromtimestamp(at // _NS, zone).date() for at in (left_ns, right_ns)}
    return len(dates) == 1


def session_text(ts_ns: int, zone: ZoneInfo) -> str:
    """Return the date that stands where a session starts, such as ``Fri 20 Nov``."""
    moment = datetime.fromtimestamp(ts_ns // _NS, zone)
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 x 10^k that is at least `least`.

    >>> round_step(0.03), round_step(7)
    (0.05, 10.0)
    """
    if not (least > 0 and math.isfinite(least)):
        return 1.0
    exponent = math.floor(math.log10(least))
    for mantissa in (1, 2, 5, 10):
        step = float(f"{mantissa}e{exponent}")
        if step >= least * (1 - 1e-12):
            return step
    return float(f"1e{exponent + 1}")


def round_marks(low: float, high: float, step: float, most: int = 200) -> list[float]:
    """Return the multiples of `step` in [low, high]; none where there would be more than `most`."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first >= most:
        return []
    return [n * step for n in range(first, last + 1)]


def marks_with_room(scale: Scale, step: float) -> list[float]:
    """Return the multiples of `step` whose texts have room between the pane's edges."""
    marks = round_marks(scale.low, scale.high, step)
    return [at for at in marks if _EDGE_PX <= scale.y(at) <= scale.height - _EDGE_PX]


def price_marks(
    low: float, high: float, height_px: float, decimals: int, text: Callable[[float], str]
) -> list[tuple[float, str]]:
    """Return (price, text) at round steps, some 44 px apart and never finer than the price's decimals."""
    if height_px <= 0 or not high > low:
        return []
    least = (high - low) * _PRICE_ROOM_PX / height_px
    step = max(round_step(least), 10.0**-decimals)
    return [(price, text(price)) for price in round_marks(low, high, step)]


def _form(step_ns: int) -> str:
    if step_ns >= _DAY_NS:
        return "day"
    if step_ns >= 60 * _NS:
        return "min"
    return "s" if step_ns >= _NS else "ms"


def _offset_ns(ts_ns: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(ts_ns // _NS, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) * _NS
