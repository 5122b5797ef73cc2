from __future__ import annotations

import numpy as np
import pytest

from analytics.bars import parse_bar_rule
from app.charts.candle_bars import CLOSE, HIGH, LOW, MIDDLE, OPEN, START, STOP, VOLUME, CandleBars
from app.charts.candles import NO_WICK, body_width, candles_on
from app.charts.scale import Scale
from app.charts.sheet import Strip

OPEN_NS, SECOND = 1_795_146_300_000_000_000, 1_000_000_000


def bars_of(view, rule="50 ticks"):
    made = CandleBars(parse_bar_rule(rule), "Asia/Kolkata")
    made.update(view)
    return made.table


def strip_of(left, right, column_ns, left_ns=OPEN_NS, ratio=1.0):
    left_ns = left_ns // column_ns * column_ns
    scale = Scale(left_ns, column_ns * ratio, 0.0, 1.0, right / ratio, 100.0)
    return Strip(left, right, 100, scale, column_ns, 0, ratio)


def groups(table, strip):
    """Return the bars by the column of their middle, the slow way."""
    found = {}
    for n, middle in enumerate(table[MIDDLE].tolist()):
        found.setdefault((middle - strip.scale.left_ns) // strip.column_ns, []).append(n)
    return found


@pytest.mark.parametrize("column_ns", [SECOND // 20, SECOND, 7 * SECOND, 300 * SECOND])
def test_bars_of_one_column_are_one_candle(ticks, column_ns):
    table = bars_of(ticks().walk(4_000, per_second=20).columns.view, "20 ticks")
    strip = strip_of(0, 200 * SECOND // column_ns + 1, column_ns)
    candles = candles_on(table, strip)
    wanted = groups(table, strip)
    assert candles.wick.tolist() == list(wanted)
    for at, members in enumerate(wanted.values()):
        first, last = members[0], members[-1]
        assert candles.open[at] == table[OPEN, first]
        assert candles.close[at] == table[CLOSE, last]
        assert candles.high[at] == table[HIGH, members].max()
        assert candles.low[at] == table[LOW, members].min()
        assert candles.volume[at] == table[VOLUME, members].sum()
        assert candles.thin[at] or len(members) == 1


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("column_ns", [SECOND // 20, SECOND, 7 * SECOND])
def test_a_strip_has_the_candles_that_the_whole_has_there(ticks, column_ns, ratio):
    table = bars_of(ticks().walk(4_000, per_second=20).columns.view, "20 ticks")
    whole = candles_on(table, strip_of(0, 200 * SECOND // column_ns + 1, column_ns, ratio=ratio))
    rng = np.random.default_rng(1)
    for _ in range(60):
        left = int(rng.integers(0, 200 * SECOND // column_ns))
        right = left + int(rng.integers(1, 40))
        part = candles_on(table, strip_of(left, right, column_ns, ratio=ratio))
        seen = (whole.right > left) & (whole.left < right)
        inside = (part.right > left) & (part.left < right)
        for name in ("left", "right", "wick", "open", "high", "low", "close", "volume", "rose", "thin"):
            assert np.array_equal(getattr(part, name)[inside], getattr(whole, name)[seen])


@pytest.mark.parametrize("unit", [1, 2])
def test_a_wick_stands_in_the_very_middle_of_a_body_with_air_beside_it(unit):
    spans = np.arange(0, 400)
    widths = body_width(spans, unit)
    assert (widths >= unit).all()
    assert ((widths - unit) % 2 == 0).all()
    roomy = spans >= 3 * unit
    assert (widths[roomy] <= spans[roomy] - unit).all()
    assert (np.diff(widths) >= 0).all()


def test_a_body_stays_within_its_bars_time(ticks):
    table = bars_of(ticks().walk(4_000, per_second=20).columns.view)
    strip = strip_of(0, 2_000, SECOND // 10)
    candles = candles_on(table, strip)
    starts = (table[START] - strip.scale.left_ns) // strip.column_ns
    stops = (table[STOP] - strip.scale.left_ns) // strip.column_ns
    wide = ~candles.thin
    assert wide.sum() > 50
    assert (candles.left[wide] >= starts[wide]).all()
    assert (candles.right[wide] <= stops[wide]).all()


def test_a_candle_is_open_over_missing_ticks(ticks):
    market = ticks().add([0, 10, 40, 59, 61, 70], [100, 103, 101, 102, 102, 103], gaps=(2,))
    view = market.columns.view
    table = bars_of(view, "60s")
    candles = candles_on(table, strip_of(0, 900, SECOND // 10), view)
    whole = candles_on(table, strip_of(0, 900, SECOND // 10))
    assert len(whole) == 2
    assert len(candles) == 3
    assert candles.left[0] == whole.left[0]
    assert candles.right[0] == 101
    assert candles.left[1] == 400
    assert candles.right[1] == whole.right[0]
    assert (candles.wick[:2] == NO_WICK).sum() == 1
    owner = int(np.flatnonzero(candles.wick[:2] != NO_WICK)[0])
    assert candles.left[owner] <= candles.wick[owner] < candles.right[owner]
    assert candles.high[:2].tolist() == [10_300, 10_300]
    assert candles.wick[2] == whole.wick[1]


def test_a_gap_between_bars_leaves_them_as_they_are(ticks):
    market = ticks().add([0, 10, 70, 80], [100, 103, 101, 102], gaps=(2,))
    view = market.columns.view
    table = bars_of(view, "60s")
    strip = strip_of(0, 900, SECOND // 10)
    assert np.array_equal(candles_on(table, strip, view).left, candles_on(table, strip).left)


def test_without_bars_in_sight_there_are_no_candles(ticks):
    view = ticks().walk(400).columns.view
    assert len(candles_on(bars_of(view), strip_of(0, 100, SECOND, OPEN_NS - 3_600 * SECOND))) == 0
    assert len(candles_on(np.empty((13, 0), np.int64), strip_of(0, 100, SECOND))) == 0
