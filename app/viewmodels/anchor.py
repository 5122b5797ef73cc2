"""The text of a VWAP that is anchored at a tick: as exact as the tick's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from analytics.columns import ColumnsView
from analytics.series import parse_series

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US, _MS, _SECOND = 1_000, 1_000_000, 1_000_000_000


def anchored_vwap(view: ColumnsView, ts_ns: int) -> str:
    """Return the VWAP since the tick at an instant, that tick and all of its time included, none before.

    It is written with an instant where one holds the same ticks, so that it means the same after a restart; else
    with the tick's number.
    """
    times = view.time_ns[view.first : view.count]
    row = view.first + int(np.searchsorted(times, ts_ns))
    before_ns = int(view.time_ns[row - 1]) if row > view.first else -1
    for unit in (_SECOND, _MS, _US):
        instant_ns = ts_ns // unit * unit
        if instant_ns > before_ns:
            return parse_series(f"vwap(from {_instant(instant_ns)})").text
    return parse_series(f"vwap(from tick {min(row, view.count - 1)})").text


def _instant(ts_ns: int) -> str:
    moment = _EPOCH + timedelta(microseconds=ts_ns // 1_000)
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
