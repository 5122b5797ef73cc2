from __future__ import annotations

import numpy as np
import pytest

from app.charts.curves import PRICE
from app.charts.traces import Traces, TraceSpec, session_start

SECOND = 1_000_000_000
JOINED = TraceSpec("price", across_gaps=True)


def traces(view):
    made = Traces()
    made.set_specs((PRICE, JOINED))
    made.reset(int(view.time_ns[0]))
    return made


def points(made, view, spec=PRICE):
    seconds = (int(view.time_ns[view.count - 1]) - made.base_ns) / 1e9
    return made.trace(spec).between(0.0, seconds + 1)


def update(made, view, width_ns=SECOND):
    made.update(view, int(view.time_ns[0]), int(view.time_ns[view.count - 1]) + SECOND, width_ns)


def test_lines_drawn_frame_by_frame_equal_lines_drawn_at_once(ticks):
    grown, whole = ticks(), ticks()
    step_by_step = None
    rng = np.random.default_rng(4)
    for n in rng.integers(1, 9, 60).tolist():
        grown.walk(n, per_second=5, seed=n)
        whole.walk(n, per_second=5, seed=n)
        if step_by_step is None:
            step_by_step = traces(grown.columns.view)
        update(step_by_step, grown.columns.view)
    view = whole.columns.view
    at_once = traces(view)
    update(at_once, view)
    for left, right in zip(points(step_by_step, view), points(at_once, view), strict=True):
        assert np.array_equal(left, right, equal_nan=True)


def test_a_gap_breaks_the_price_but_not_a_series_across_gaps(ticks):
    view = ticks().add([0, 1, 2, 9, 10], [100, 101, 102, 103, 104], gaps=[3]).columns.view
    made = traces(view)
    update(made, view)
    x, y = points(made, view)
    assert np.flatnonzero(np.isnan(y)).tolist() == [3]
    assert x[3] == 9
    assert not np.isnan(points(made, view, JOINED)[1]).any()


def test_another_session_breaks_every_line(ticks):
    view = ticks().add([0, 1, 86_400 * 3, 86_400 * 3 + 1], [100, 101, 90, 91]).columns.view
    made = traces(view)
    update(made, view)
    assert session_start(view) == 2
    for spec in (PRICE, JOINED):
        assert np.isnan(points(made, view, spec)[1]).sum() == 1


def test_only_what_is_right_of_the_open_column_has_changed(ticks):
    market = ticks().walk(100, per_second=1)
    made = traces(market.columns.view)
    update(made, market.columns.view, 10 * SECOND)
    assert made.changed_s == -np.inf
    market.walk(1, per_second=1)
    update(made, market.columns.view, 10 * SECOND)
    assert made.changed_s == pytest.approx(90, abs=10)


def test_going_back_in_time_reads_the_rows_before(ticks):
    view = ticks().walk(5_000, per_second=1).columns.view
    made = traces(view)
    first = int(view.time_ns[0])
    made.update(view, first + 4_000 * SECOND, first + 5_000 * SECOND, SECOND)
    made.update(view, first + 10 * SECOND, first + 1_010 * SECOND, SECOND)
    x, _ = made.trace(PRICE).between(10.0, 1_010.0)
    assert x[0] <= 10
    assert x[-1] >= 1_010


def test_a_smooth_line_changes_from_the_point_before_the_open_column(ticks):
    market = ticks().add([0, 10, 20], [100, 101, 102])
    made = traces(market.columns.view)
    made.set_specs((PRICE, TraceSpec("price", smooth=True)))
    update(made, market.columns.view)
    market.add([20.5], [103])
    update(made, market.columns.view)
    assert made.changed_s == 10
    made.set_specs((PRICE,))
    market.add([20.7], [104])
    update(made, market.columns.view)
    assert made.changed_s == 20
