"""Candles: where bars stand in the pixels of a strip. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from analytics.columns import ColumnsView
from analytics.ticks import Bool, Int64
from app.charts.candle_bars import (
    CLOSE,
    FIRST_ROW,
    HIGH,
    LOW,
    MIDDLE,
    OPEN,
    ROSE,
    START,
    STOP,
    STOP_ROW,
    VOLUME,
)
from app.charts.decimate import column_ends
from app.charts.sheet import Strip
from app.charts.traces import rows_between

_AIR_SHARE = 0.22
"""How much of a bar's width is left free between bodies."""
NO_WICK = -(2**40)
_REACH = 4
"""Bars are looked for so many columns beyond a strip: thin ones may be wider than their time."""


@dataclass(frozen=True, slots=True)
class Candles:
    """n candles, each array of shape (n,), in columns and in the symbol's integer units.

    The body is [`left`, `right`), the wick begins at `wick`, NO_WICK where there is none: of a candle that is
    open over missing ticks one part has it. `thin` ones have no room for a body beside their wick.
    """

    left: Int64
    right: Int64
    wick: Int64
    open: Int64
    high: Int64
    low: Int64
    close: Int64
    volume: Int64
    rose: Bool
    thin: Bool

    def __len__(self) -> int:
        return len(self.left)


def bars_in(table: Int64, left_ns: int, right_ns: int) -> tuple[int, int]:
    """Return which bars, [first, stop), touch a span of time."""
    first, stop = int(table[STOP].searchsorted(left_ns)), int(table[START].searchsorted(right_ns, "right"))
    return first, max(first, stop)


def body_width(span: Int64, unit: int) -> Int64:
    """Return the width of bodies whose bars span so many columns: air left, and the wick in the very middle.

    A wick is `unit` columns wide, a body at least that.
    """
    width = span - np.maximum(np.rint(span * _AIR_SHARE).astype(np.int64), unit)
    found: Int64 = np.maximum(width - (width - unit) % 2, unit)
    return found


def column_groups(middle: Int64, left_ns: int, column_ns: int) -> Int64:
    """Return the first of the bars that share a column by their ascending middles, for each such column."""
    first, last = (int(middle[at] - left_ns) // column_ns for at in (0, -1))
    if last - first < len(middle):
        edges = left_ns + np.arange(first, last + 1) * column_ns
        found = middle.searchsorted(edges)
        return np.unique(found)
    cells = (middle - left_ns) // column_ns
    begins = np.ones(len(cells), np.bool_)
    np.not_equal(cells[1:], cells[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def candles_on(table: Int64, strip: Strip, view: ColumnsView | None = None) -> Candles:
    """Return the candles that may touch a strip; those whose middle is in one column are one candle.

    With the columns, candles are open over missing ticks: nothing is drawn there.
    """
    unit, column_ns, left_ns = max(round(strip.ratio), 1), strip.column_ns, strip.scale.left_ns
    reach = _REACH * unit
    first, stop = bars_in(
        table, left_ns + (strip.left - reach) * column_ns, left_ns + (strip.right + reach) * column_ns
    )
    if first == stop:
        return _NONE
    middle = table[MIDDLE]
    edges = [(int(middle[at]) - left_ns) // column_ns for at in (first, stop - 1)]
    first = int(middle.searchsorted(left_ns + edges[0] * column_ns))
    stop = int(middle.searchsorted(left_ns + (edges[1] + 1) * column_ns))
    bars = table[:, first:stop]
    starts = column_groups(bars[MIDDLE], left_ns, column_ns)
    lasts = column_ends(starts, stop - first)
    alone = starts == lasts
    span = np.where(alone, (bars[STOP, starts] - bars[START, starts]) // column_ns, 0)
    width, wick = body_width(span, unit), (bars[MIDDLE, starts] - left_ns) // column_ns
    left = wick - (width - unit) // 2
    opens, closes = bars[OPEN, starts], bars[CLOSE, lasts]
    made = Candles(
        left,
        left + width,
        wick,
        opens,
        np.maximum.reduceat(bars[HIGH], starts),
        np.minimum.reduceat(bars[LOW], starts),
        closes,
        np.add.reduceat(bars[VOLUME], starts),
        np.where(alone | (opens == closes), bars[ROSE, lasts] == 1, closes > opens),
        width == unit,
    )
    return made if view is None else _open_over_gaps(made, bars[:, starts], strip, view)


def _open_over_gaps(candles: Candles, bars: Int64, strip: Strip, view: ColumnsView) -> Candles:
    """Return candles without what of their bodies lies where ticks are missing; `bars` are each one's first."""
    unit = max(round(strip.ratio), 1)
    rows = rows_between(
        view.gaps(), max(int(bars[FIRST_ROW, 0]) + 1, view.first + 1), int(bars[STOP_ROW, -1])
    )
    of_bar = bars[FIRST_ROW].searchsorted(rows) - 1  # rows that begin a bar lie between bars
    inside = (rows < bars[STOP_ROW, of_bar]) & ~candles.thin[of_bar] if len(rows) else np.empty(0, np.bool_)
    rows, of_bar = rows[inside], of_bar[inside]
    if len(rows) == 0:
        return candles
    holes: dict[int, list[tuple[int, int]]] = {}
    for row, bar in zip(rows.tolist(), of_bar.tolist(), strict=True):
        before, after = strip.column(int(view.time_ns[row - 1])) + 1, strip.column(int(view.time_ns[row]))
        if after - before >= unit:
            holes.setdefault(bar, []).append((before, after))
    owners: list[int] = []
    places: list[tuple[int, int, int]] = []
    for bar in range(len(candles)):
        whole = int(candles.left[bar]), int(candles.right[bar]), int(candles.wick[bar])
        parts = _parts(whole, holes.get(bar, []), unit)
        owners += [bar] * len(parts)
        places += parts
    left, right, wick = np.array(places, np.int64).T
    rest = [getattr(candles, field.name)[owners] for field in fields(Candles)[3:]]
    return Candles(left, right, wick, *rest)


def _parts(
    whole: tuple[int, int, int], holes: list[tuple[int, int]], unit: int
) -> list[tuple[int, int, int]]:
    """Return (left, right, wick) of what of a body is outside of holes: the widest part has the wick."""
    left, right, wick = whole
    if not holes:
        return [whole]
    edges = [left, *(each for hole in holes for each in hole), right]
    parts = [
        (max(a, left), min(b, right))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if min(b, right) - max(a, left) >= unit
    ]
    if not parts:
        return [whole]
    a, b = next(
        ((a, b) for a, b in parts if a <= wick and wick + unit <= b), max(parts, key=lambda p: p[1] - p[0])
    )
    at = wick if a <= wick and wick + unit <= b else (a + b - unit) // 2
    return [(c, d, at if (c, d) == (a, b) else NO_WICK) for c, d in parts]


_EMPTY = np.empty(0, np.int64)
_NONE = Candles(*(_EMPTY,) * 8, np.empty(0, np.bool_), np.empty(0, np.bool_))
