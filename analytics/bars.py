"""Bars: ticks put together by time, by number, by volume, or by the range of their prices.

What a bar is, is written ``1m`` (time), ``500 ticks``, ``10000 volume`` or ``5 range`` (points).
"""

from __future__ import annotations

import enum
import math
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from analytics.calendar import NO_SESSION, Calendar
from analytics.durations import format_duration, parse_duration_ns
from analytics.errors import ConfigError
from analytics.kernels.bars import HighLow, range_ends, tick_ends, volume_ends
from analytics.ticks import Float64, Int32, Int64


class BarKind(enum.Enum):
    """What ends a bar."""

    TIME = "time"
    TICKS = "ticks"
    VOLUME = "volume"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class BarRule:
    """What a bar is. `amount` is ns, ticks, traded quantity or points, by `kind`; always above 0."""

    kind: BarKind
    amount: Fraction

    def __str__(self) -> str:
        if self.kind is BarKind.TIME:
            return format_duration(int(self.amount))
        return f"{_decimal(self.amount)} {self.kind.value}"


_COUNTED = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,8})?)\s*(ticks?|volume|range)")


def parse_bar_rule(text: str) -> BarRule:
    """Return what a text says a bar is.

    >>> str(parse_bar_rule("1m")), str(parse_bar_rule("2.5 range"))
    ('60s', '2.5 range')

    Raises ConfigError for anything else, and for bars of nothing.
    """
    clean = text.strip()
    match = _COUNTED.fullmatch(clean)
    if match is None:
        try:
            length_ns = parse_duration_ns(clean) if re.search(r"[a-z]$", clean) else 0
        except ConfigError:
            length_ns = 0
        if length_ns > 0:
            return BarRule(BarKind.TIME, Fraction(length_ns))
    else:
        amount, kind = Fraction(match[1]), match[2]
        whole = kind not in ("tick", "ticks") or amount.denominator == 1
        if amount > 0 and whole:
            return BarRule(BarKind.TICKS if kind.startswith("tick") else BarKind(kind), amount)
    raise ConfigError(f"expected bars such as 1m, 500 ticks, 10000 volume or 5 range, found {text!r}")


def _decimal(amount: Fraction) -> str:
    if amount.denominator == 1:
        return str(amount.numerator)
    return f"{Decimal(amount.numerator) / amount.denominator:f}"  # at most 26 digits: exact


BAR_COLUMNS = (
    "first_row",
    "stop_row",
    "start_ns",
    "last_ns",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "ticks",
    "traded",
)
"""What is told of a bar, all of it int64:

- its ticks are rows [`first_row`, `stop_row`), `ticks` of them;
- `start_ns`: of a time bar the nominal start, else its first tick's time; `last_ns`: its last tick's;
- `open`, `high`, `low`, `close` at the price scale, `volume` at the size scale;
- `traded`: Σ size · (price - open), for its VWAP, modulo 2**64.
"""
_AT = {name: place for place, name in enumerate(BAR_COLUMNS)}
_PRICES = slice(_AT["open"], _AT["close"] + 1)
_HELD = 2.0**62
_HALF_DAY_NS = 43_200 * 10**9
_NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where bars begin among some rows.

    `starts` are those rows, ascending; rows before the first belong to the bar that was in progress.
    `start_ns` is each such bar's start; `closed` says that the last bar ended with the last row.
    """

    starts: Int64
    start_ns: Int64
    closed: bool


class BarCutter:
    """Cuts one symbol's ticks into bars, rows after rows; no cut depends on where the rows end.

    A bar never holds ticks of two sessions; ticks outside hours form bars of their own. Time bars are
    counted from local midnight (so that 15m bars of a session from 09:15 begin with it), the last one of
    a day ending with the day; a bar without ticks is not made. A bar of ticks, volume or range closes
    with the tick that reaches the amount, and no tick is split; a time bar closes as the next one begins.
    """

    def __init__(self, rule: BarRule, calendar: Calendar, price_scale: int, size_scale: int) -> None:
        self._rule = rule
        self._zone_name = calendar.zone_name
        self._session: int | None = None  # of the bar in progress; None: there is none
        self._held = 0  # ticks or volume of the bar in progress
        self._high_low: HighLow | None = None
        self._start_ns = 0
        self._day = (0, 0)
        self._exact = (
            rule.amount
        )  # in units of the scales; whole sums reach the next whole number as they reach it
        self._amount = 0
        self._widen(10**price_scale, 10**size_scale)

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the rows to scales wider by these factors."""
        self._widen(by_price, by_size)
        if self._rule.kind is BarKind.VOLUME:
            self._held *= by_size
        if self._high_low is not None:
            self._high_low = self._high_low[0] * by_price, self._high_low[1] * by_price

    def _widen(self, by_price: int, by_size: int) -> None:
        self._exact *= {BarKind.VOLUME: by_size, BarKind.RANGE: by_price}.get(self._rule.kind, 1)
        self._amount = math.ceil(self._exact)

    def cut(self, time_ns: Int64, price: Int64, size: Int64, session: Int32 | Int64) -> Cut:
        """Return where bars begin among the next rows, all of shape (n,), n > 0; times ascend."""
        edges = self._session_edges(session)
        if self._rule.kind is BarKind.TIME:
            found = self._by_time(time_ns, edges)
        else:
            found = self._by_amount(time_ns, price, size, edges)
        self._session = None if found.closed else int(session[-1])
        return found

    def _session_edges(self, session: Int32 | Int64) -> list[int]:
        """Return the rows with which a bar begins whatever its amount."""
        first, last = int(session[0]), int(session[-1])
        edges = [] if first == self._session else [0]
        if first != last or (first == NO_SESSION and np.count_nonzero(session != NO_SESSION)):
            edges += ((session[1:] != session[:-1]).nonzero()[0] + 1).tolist()
        return edges

    def _by_time(self, time_ns: Int64, edges: list[int]) -> Cut:
        start_ns, length_ns = self._start_ns, self._amount
        first, end = self._day
        if not edges and first <= time_ns[-1] < min(start_ns + length_ns, end):
            return Cut(_NO_ROWS, _NO_ROWS, closed=False)
        nominal, at = np.empty_like(time_ns), 0
        while at < len(time_ns):
            first, end = self._day = _local_day(self._zone_name, int(time_ns[at]))
            stop = len(time_ns) if time_ns[-1] < end else at + int(time_ns[at:].searchsorted(end))
            nominal[at:stop] = time_ns[at:stop] - (time_ns[at:stop] - first) % length_ns
            at = stop
        begins = np.empty(len(nominal), np.bool_)
        begins[0] = nominal[0] != start_ns
        np.not_equal(nominal[1:], nominal[:-1], out=begins[1:])
        begins[edges] = True
        starts = begins.nonzero()[0]
        self._start_ns = int(nominal[-1])
        return Cut(starts, nominal[starts], closed=False)

    def _by_amount(self, time_ns: Int64, price: Int64, size: Int64, edges: list[int]) -> Cut:
        found: list[Int64] = []
        closed, goes_on = False, not edges or edges[0] > 0
        for start, stop in pairwise([*([0] if goes_on else []), *edges, len(time_ns)]):
            if start or not goes_on:
                self._held, self._high_low = 0, None
                found.append(np.array([start], np.int64))
            ends = start + self._ends(price[start:stop], size[start:stop])
            closed = len(ends) > 0 and int(ends[-1]) == stop
            found.append(ends[:-1] if closed else ends)
        starts = np.concatenate(found)
        return Cut(starts, time_ns[starts], closed)

    def _ends(self, price: Int64, size: Int64) -> Int64:
        if self._rule.kind is BarKind.TICKS:
            ends, self._held = tick_ends(len(price), self._held, self._amount)
        elif self._rule.kind is BarKind.VOLUME:
            ends, self._held = volume_ends(size, self._held, self._amount)
        else:
            ends, self._high_low = range_ends(price, self._high_low, self._amount)
        return ends


class BarBuilder:
    """Puts one symbol's ticks together to bars, rows after rows; keeps only the bar in progress.

    `in_progress` are its `BAR_COLUMNS`, shape (11,), None where there is none. Sums are exact below 2**63.
    """

    def __init__(self, rule: BarRule, calendar: Calendar, price_scale: int, size_scale: int) -> None:
        self._cutter = BarCutter(rule, calendar, price_scale, size_scale)
        self.rows = 0
        self.in_progress: Int64 | None = None

    def extend(self, time_ns: Int64, price: Int64, size: Int64, session: Int32 | Int64) -> Int64:
        """Take the next rows, all of shape (n,), and return the bars that they close, shape (11, bars)."""
        count = len(time_ns)
        if count == 0:
            return np.empty((len(BAR_COLUMNS), 0), np.int64)
        cut = self._cutter.cut(time_ns, price, size, session)
        goes_on = not len(cut.starts) or cut.starts[0] > 0
        at = np.concatenate(([0], cut.starts)) if goes_on else cut.starts
        last = np.append(at[1:], count) - 1
        bars = np.empty((len(BAR_COLUMNS), len(at)), np.int64)
        opens, volume = price[at], np.add.reduceat(size, at)
        bars[0], bars[1], bars[3] = self.rows + at, self.rows + last + 1, time_ns[last]
        bars[2, len(at) - len(cut.starts) :] = cut.start_ns
        bars[4], bars[7], bars[8], bars[9] = opens, price[last], volume, last + 1 - at
        bars[5], bars[6] = np.maximum.reduceat(price, at), np.minimum.reduceat(price, at)
        bars[10] = 0
        if goes_on:
            assert self.in_progress is not None
            _put_together(self.in_progress, bars)
        bars[10] += np.add.reduceat(size * (price - price[0]), at) - (bars[4] - price[0]) * volume
        if not goes_on and self.in_progress is not None:  # the next bar closes it
            bars = np.column_stack((self.in_progress, bars))
        self.rows += count
        self.in_progress = None if cut.closed else bars[:, -1].copy()
        return bars if cut.closed else bars[:, :-1]

    def rescale(self, by_price: int, by_size: int) -> None:
        """Follow the rows to scales wider by these factors."""
        self._cutter.rescale(by_price, by_size)
        if self.in_progress is not None:
            self.in_progress = _rescaled(self.in_progress, by_price, by_size)


@dataclass(frozen=True, slots=True)
class BarsView:
    """A consistent whole of one symbol's bars: `count` closed ones, and the one in progress, if any.

    Bars below `count` never change; a scale that widens gives new arrays of a new `generation`.
    """

    generation: int
    count: int
    price_scale: int
    size_scale: int
    closed: Int64
    """`BAR_COLUMNS` of the closed bars, shape (11, capacity), to be read below `count`."""
    in_progress: Int64 | None

    def column(self, name: str) -> Int64:
        """Return one of `BAR_COLUMNS` of the closed bars, shape (count,)."""
        found: Int64 = self.closed[_AT[name], : self.count]
        return found

    def every(self) -> Int64:
        """Return `BAR_COLUMNS` of all bars, the one in progress last."""
        closed = self.closed[:, : self.count]
        return closed if self.in_progress is None else np.column_stack((closed, self.in_progress))

    def prices(self, name: str, bars: Int64) -> Float64:
        """Return ``open``, ``high``, ``low`` or ``close`` of some bars, shape (11, n), as float64."""
        found: Float64 = bars[_AT[name]] / 10.0**self.price_scale
        return found

    def volumes(self, bars: Int64) -> Float64:
        """Return the volumes of some bars, shape (11, n), as float64."""
        found: Float64 = bars[_AT["volume"]] / 10.0**self.size_scale
        return found

    def vwaps(self, bars: Int64) -> Float64:
        """Return the VWAP of some bars, shape (11, n); NaN without volume, and where the sum may pass 2**62."""
        volume, opens, traded = (bars[_AT[name]] for name in ("volume", "open", "traded"))
        spread = (bars[_AT["high"]] - bars[_AT["low"]]).astype(np.float64)
        has_value = (volume > 0) & (spread * volume < _HELD)
        found: Float64 = traded / np.where(has_value, volume, 1)
        found += opens
        found /= 10.0**self.price_scale
        found[~has_value] = np.nan
        return found


class Bars:
    """One symbol's bars from its first tick on: one writer extends, any reader takes a whole by `view`."""

    def __init__(self, rule: BarRule, calendar: Calendar, price_scale: int, size_scale: int) -> None:
        self._builder = BarBuilder(rule, calendar, price_scale, size_scale)
        self._closed = np.empty((len(BAR_COLUMNS), 64), np.int64)
        self.view = BarsView(0, 0, price_scale, size_scale, self._closed, None)

    @property
    def rows(self) -> int:
        """Return how many ticks were taken."""
        return self._builder.rows

    def extend(self, time_ns: Int64, price: Int64, size: Int64, session: Int32 | Int64) -> None:
        """Take the next ticks, all of shape (n,) at the scales in force, and publish their bars."""
        bars = self._builder.extend(time_ns, price, size, session)
        count = self.view.count
        stop = count + bars.shape[1]
        if stop > self._closed.shape[1]:
            grown = np.empty((len(BAR_COLUMNS), max(stop, 2 * self._closed.shape[1])), np.int64)
            grown[:, :count] = self._closed[:, :count]
            self._closed = grown
        self._closed[:, count:stop] = bars
        self.view = replace(self.view, count=stop, closed=self._closed, in_progress=self._builder.in_progress)

    def rescale(self, price_scale: int, size_scale: int) -> None:
        """Widen to more decimals: the same bars in new arrays of a new generation."""
        view = self.view
        by_price, by_size = 10 ** (price_scale - view.price_scale), 10 ** (size_scale - view.size_scale)
        self._builder.rescale(by_price, by_size)
        self._closed = _rescaled(self._closed, by_price, by_size)
        self.view = BarsView(
            view.generation + 1,
            view.count,
            price_scale,
            size_scale,
            self._closed,
            self._builder.in_progress,
        )


def _put_together(before: Int64, bars: Int64) -> None:
    """Make the first of some bars, shape (11, n), the continuation of one; it has no `traded` of its own yet."""
    first = bars[:, 0]
    for name in ("first_row", "start_ns", "open"):
        first[_AT[name]] = before[_AT[name]]
    first[5], first[6] = max(first[5], before[5]), min(first[6], before[6])
    first[8:10] += before[8:10]
    first[10] = before[10]


def _rescaled(bars: Int64, by_price: int, by_size: int) -> Int64:
    """Return bars, shape (11, …), at wider scales."""
    found = bars.copy()
    found[_PRICES] *= by_price
    found[8:9] *= by_size
    found[10:11] *= by_price * by_size
    return found


@lru_cache(maxsize=1_024)
def _day_start(zone_name: str, day: int) -> int:
    """Return the start of a local date (its ordinal) in ns UTC: 12 hours before its noon.

    On a day on which clocks change that is not midnight, but the hours from morning on are where the
    wall clock has them.
    """
    noon = datetime.combine(date.fromordinal(day), time(12), tzinfo=ZoneInfo(zone_name))
    return int(noon.timestamp()) * 10**9 - _HALF_DAY_NS


def _local_day(zone_name: str, ts_ns: int) -> tuple[int, int]:
    """Return the first instant of the local day around an instant, and the next day's."""
    day = datetime.fromtimestamp(ts_ns // 10**9, ZoneInfo(zone_name)).toordinal()
    while ts_ns < _day_start(zone_name, day):
        day -= 1
    while ts_ns >= _day_start(zone_name, day + 1):
        day += 1
    return _day_start(zone_name, day), _day_start(zone_name, day + 1)
