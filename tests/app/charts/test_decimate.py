from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.charts.decimate import closes, column_starts, pixel_columns, polyline


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
    broken = np.isin(starts, breaks) & (starts > 0)
    return starts, pixel_columns(values, times / 1e9, starts, broken)


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


@given(some_ticks(), st.data())
def test_columns_do_not_depend_on_where_the_frames_cut(ticks, data):
    times, _, breaks, width = ticks
    whole = column_starts(times, 0, len(times), width, breaks)
    start = data.draw(st.sampled_from(whole.tolist()))
    again = column_starts(times, start, len(times), width, breaks)
    assert again.tolist() == whole[whole >= start].tolist()


@given(some_ticks())
def test_a_line_keeps_first_last_lowest_and_highest_of_each_column(ticks):
    times, values, breaks, width = ticks
    starts, columns = reduced(times, values, breaks, width)
    _, y, points = polyline(columns)
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


@given(some_ticks())
def test_a_line_never_joins_across_a_break_and_never_goes_back_in_time(ticks):
    times, values, breaks, width = ticks
    starts, columns = reduced(times, values, breaks, width)
    for x, y, points in (polyline(columns), closes(columns)):
        assert (np.diff(x) >= 0).all()
        begins = np.concatenate(([0], np.cumsum(points)[:-1]))
        assert np.isnan(y[begins[columns.broken]]).all()
        assert len(x) == len(y) == points.sum()
    assert columns.broken.sum() == len([row for row in starts if row in breaks and row > 0])


def test_a_line_takes_few_points_where_little_happens():
    times = np.arange(1_000, dtype=np.int64)
    starts = column_starts(times, 0, 1_000, 100, np.empty(0, np.int64))
    columns = pixel_columns(np.arange(1_000.0), times / 1e9, starts, np.zeros(len(starts), np.bool_))
    assert polyline(columns)[2].tolist() == [2] * 10
    assert closes(columns)[2].tolist() == [1] * 10


def test_no_rows_make_no_columns():
    assert len(column_starts(np.empty(0, np.int64), 0, 0, 10, np.empty(0, np.int64))) == 0
