from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.charts.decimate import (
    PixelColumns,
    closes,
    column_ends,
    column_starts,
    extremes,
    polyline,
    polyline_of_one,
)


@st.composite
def some_ticks(draw):
    n = draw(st.integers(1, 120))
    steps = draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))
    times = np.cumsum(np.array(steps, np.int64)) + draw(st.integers(-1_000, 1_000))
    value = st.one_of(st.integers(-50, 50).map(float), st.just(float("nan")))
    values = np.array(draw(st.lists(value, min_size=n, max_size=n)))
    breaks = np.array(sorted(draw(st.sets(st.integers(0, n)))), np.int64)
    return times, values, breaks, draw(st.integers(1, 60))


def reduced(times, values, breaks, width):
    starts = column_starts(times, 0, len(times), width, breaks)
    ends = column_ends(starts, len(times))
    broken = np.isin(starts, breaks) & (starts > 0)
    return (
        starts,
        PixelColumns(times[starts] / 1e9, times[ends] / 1e9, broken),
        extremes(values, (starts, ends)),
    )


@settings(max_examples=60)
@given(some_ticks())
def test_columns_start_where_the_grid_or_a_break_says(ticks):
    times, _, breaks, width = ticks
    starts = column_starts(times, 0, len(times), width, breaks)
    expected = [
        row
        for row in range(len(times))
        if row == 0 or times[row] // width != times[row - 1] // width or row in breaks
    ]
    assert starts.tolist() == expected


@settings(max_examples=60)
@given(some_ticks(), st.data())
def test_columns_do_not_depend_on_where_the_frames_cut(ticks, data):
    times, _, breaks, width = ticks
    whole = column_starts(times, 0, len(times), width, breaks)
    start = data.draw(st.sampled_from(whole.tolist()))
    again = column_starts(times, start, len(times), width, breaks)
    assert again.tolist() == whole[whole >= start].tolist()


@settings(max_examples=60)
@given(some_ticks())
def test_a_line_keeps_first_last_lowest_and_highest_of_each_column(ticks):
    times, values, breaks, width = ticks
    starts, columns, reach = reduced(times, values, breaks, width)
    _, y, points = polyline(columns, reach)
    stops = [*starts[1:].tolist(), len(values)]
    at = 0
    for start, stop, count, broken in zip(
        starts.tolist(), stops, points.tolist(), columns.broken.tolist(), strict=True
    ):
        column, kept = values[start:stop], y[at + broken : at + count]
        at += count
        assert np.array_equal(kept[[0, -1]], column[[0, -1]], equal_nan=True)
        assert np.array_equal(
            [np.fmin.reduce(kept), np.fmax.reduce(kept)],
            [np.fmin.reduce(column), np.fmax.reduce(column)],
            equal_nan=True,
        )
    assert at == len(y)


@settings(max_examples=60)
@given(some_ticks())
def test_a_line_never_joins_across_a_break_and_never_goes_back_in_time(ticks):
    times, values, breaks, width = ticks
    starts, columns, reach = reduced(times, values, breaks, width)
    for x, y, points in (polyline(columns, reach), closes(columns, reach)):
        assert (np.diff(x) >= 0).all()
        begins = np.concatenate(([0], np.cumsum(points)[:-1]))
        assert np.isnan(y[begins[columns.broken]]).all()
        assert len(x) == len(y) == points.sum()
    assert columns.broken.sum() == len([row for row in starts if row in breaks and row > 0])


@settings(max_examples=200)
@given(some_ticks())
def test_one_column_alone_is_as_among_others(ticks):
    times, values, _, _ = ticks
    no_breaks = np.empty(0, np.int64)
    _, columns, reach = reduced(times, values, no_breaks, 10**9)
    x, y, _ = polyline(columns, reach)
    if len(columns) == 1:
        parts = [float(part[0]) for part in (reach.first, reach.low, reach.high, reach.last)]
        alone = polyline_of_one(float(columns.first_s[0]), float(columns.last_s[0]), tuple(parts))
        assert np.array_equal(alone[0], x)
        assert np.array_equal(alone[1], y, equal_nan=True)


def test_a_line_takes_few_points_where_little_happens():
    times = np.arange(1_000, dtype=np.int64)
    _, columns, reach = reduced(times, np.arange(1_000.0), np.empty(0, np.int64), 100)
    assert polyline(columns, reach)[2].tolist() == [2] * 10
    assert closes(columns, reach)[2].tolist() == [1] * 10


def test_integer_prices_are_divided_after_they_are_reduced():
    rows = (np.array([0, 2]), np.array([1, 3]))
    found = extremes(np.array([2_490_005, 2_490_010, 2_489_995, 2_490_000]), rows, 100.0)
    assert found.low.tolist() == [24_900.05, 24_899.95]
    assert found.high.tolist() == [24_900.10, 24_900.0]


def test_no_rows_make_no_columns():
    assert len(column_starts(np.empty(0, np.int64), 0, 0, 10, np.empty(0, np.int64))) == 0
