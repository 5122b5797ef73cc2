from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.charts.volume import NO_BARS, volume_bars, volume_step

SECOND = 1_000_000_000


def test_bars_sum_the_sizes_of_their_ticks(ticks):
    view = ticks().add([0, 1, 2, 5, 9, 10], [10, 11, 12, 11, 10, 10], [1, 2, 3, 4, 5, 6]).columns.view
    start = int(view.time_ns[0])
    bars = volume_bars(view, start, start + 12 * SECOND, 5 * SECOND)
    assert bars.volume.tolist() == [6, 9, 6]
    assert (bars.start_ns - start).tolist() == [0, 5 * SECOND, 10 * SECOND]
    assert bars.rose.tolist() == [True, False, True]


def test_a_span_that_starts_late_counts_only_its_own_ticks(ticks):
    view = ticks().walk(1_000, per_second=10).columns.view
    start = int(view.time_ns[0])
    bars = volume_bars(view, start + 50 * SECOND, start + 60 * SECOND - 1, 10 * SECOND)
    assert bars.volume.sum() == 100 * 75


def test_rows_that_are_no_longer_held_are_in_no_bar(ticks, let_go):
    view = ticks().walk(100, per_second=1).columns.view
    start = int(view.time_ns[0])
    bars = volume_bars(let_go(view, 42), start, start + 100 * SECOND, 10 * SECOND)
    assert bars.volume.tolist() == [8 * 75, *[750.0] * 5]
    assert (bars.start_ns - start).tolist() == [n * 10 * SECOND for n in range(4, 10)]


def test_bars_that_grow_are_those_read_at_once(ticks):
    market = ticks()
    kept, start = NO_BARS, None
    for n in (3, 1, 30, 2, 2, 60, 1):
        view = market.walk(n, per_second=3, seed=n).columns.view
        start = int(view.time_ns[0]) if start is None else start
        right = int(view.time_ns[view.count - 1])
        since = int(kept.start_ns[-1]) if len(kept.start_ns) else start
        kept = replace(kept, step_ns=5 * SECOND).then(volume_bars(view, since, right, 5 * SECOND))
        at_once = volume_bars(view, start, right, 5 * SECOND)
        for part in ("start_ns", "volume", "rose"):
            assert np.array_equal(getattr(kept, part), getattr(at_once, part))
    late = kept.since(start + 12 * SECOND)
    assert int(late.start_ns[0]) == start + 10 * SECOND


def test_no_ticks_make_no_bars(ticks):
    view = ticks().walk(3).columns.view
    bars = volume_bars(view, int(view.time_ns[0]) - 90 * SECOND, int(view.time_ns[0]) - 60 * SECOND, SECOND)
    assert len(bars.volume) == 0


def test_sums_that_wrapped_around_still_give_the_volume(ticks):
    view = ticks().walk(10).columns.view
    view.sum_v[:10] += np.int64(2**63 - 1) - view.sum_v[4]
    start = int(view.time_ns[0]) + 2 * SECOND
    assert volume_bars(view, start, start + 60 * SECOND, 2 * SECOND).volume.tolist() == [4 * 75, 2 * 75]


def test_bars_are_wide_enough_to_be_told_apart():
    assert volume_step(1e9) == 5 * SECOND
    assert volume_step(1e15) == 24 * 3_600 * SECOND
