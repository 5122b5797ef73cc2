"""Which rows are in sight."""

from __future__ import annotations

from analytics.columns import ColumnsView


def rows_in_sight(view: ColumnsView, left_ns: int, right_ns: int) -> tuple[int, int]:
    """Return the rows [start, stop) that are held and whose time is in [left, right).

    Where there are none, stop is not above start.
    """
    start, stop = view.time_ns[: view.count].searchsorted((left_ns, right_ns)).tolist()
    return max(start, view.first), stop
