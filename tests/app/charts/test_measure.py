from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.calendar import ALWAYS, NSE_DERIVATIVES
from analytics.columns import SymbolColumns
from analytics.engine import Engine
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.ticks import NO_SEQ
from app.charts import measure
from app.charts.instrument import NOTHING_SHOWN, Shown
from app.charts.measure import Measured, measure_texts, measured
from tests.builders.batches import Batching, Clean, Scale

OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000


def columns_of(prices, sizes):
    columns = SymbolColumns("X", NSE_DERIVATIVES, 2, 1)
    n = len(prices)
    columns.append(
        OPEN_NS + np.arange(n) * SECOND,
        np.array(prices, np.int64),
        np.array(sizes, np.int64),
        np.full(n, NO_SEQ, np.int64),
        np.zeros(n, np.bool_),
    )
    columns.publish()
    return columns.view


rows = st.lists(st.tuples(st.integers(1, 10**10), st.integers(0, 10**8)), min_size=1, max_size=40)


@settings(deadline=None)
@given(rows, st.data())
def test_volume_and_vwap_are_those_of_the_ticks_both_ends_taken_in(ticks, data):
    view = columns_of(*zip(*ticks, strict=True))
    row, to = (data.draw(st.integers(0, len(ticks) - 1)) for _ in range(2))
    taken = ticks[min(row, to) : max(row, to) + 1]
    traded = sum(size for _, size in taken)
    found = measured(view, row, to)
    assert found.ticks == len(taken)
    assert found.volume == traded / 10
    if traded:
        assert found.vwap == float(Fraction(sum(price * size for price, size in taken), traded * 100))
    else:
        assert found.vwap is None


def test_sums_that_pass_64_bits_are_exact_too(monkeypatch):
    monkeypatch.setattr(measure, "_PIECE_ROWS", 1)
    prices = [1, *[4 * 10**9] * 8]
    sizes = [1, *[10**9] * 8]  # each v·d is below 2**63, their sum is not
    found = measured(columns_of(prices, sizes), 0, 8)
    exact = Fraction(sum(p * s for p, s in zip(prices, sizes, strict=True)), sum(sizes) * 100)
    assert found.vwap == pytest.approx(float(exact), rel=1e-15)


def test_back_in_time_points_and_time_have_the_other_sign():
    view = columns_of([10_000, 10_050, 9_900], [10, 20, 30])
    there, back = measured(view, 0, 2), measured(view, 2, 0)
    assert (there.points, back.points) == (-1.0, 1.0)
    assert (there.span_ns, back.span_ns) == (2 * SECOND, -2 * SECOND)
    assert there.share == -0.01
    assert (there.ticks, there.volume, there.vwap) == (back.ticks, back.volume, back.vwap)


def test_it_is_told_in_three_lines_and_without_volume_in_two():
    found = Measured(24.5, 0.00098, 750 * SECOND, 123_456, 456_000.0, 24_912.345)
    indian = Shown("NIFTY-FUT", NOTHING_SHOWN.zone, 2, True, str, True, 0.05)
    assert measure_texts(found, indian) == (
        "▲ +24.50  (+0.10 %)",
        "12 min 30 s · 1,23,456 ticks",
        "Volume 4.56 L · VWAP 24,912.35",
    )
    index = Shown("NIFTY", NOTHING_SHOWN.zone, 2, False, str)
    assert len(measure_texts(found, index)) == 2


@pytest.mark.parametrize(
    ("span_ns", "told"), [(1_234_000_000, "1.23 s"), (-45 * SECOND, "45 s"), (3_000_000, "3 ms")]
)
def test_a_span_is_told_as_finely_as_it_is_short(span_ns, told):
    assert measure_texts(Measured(0, 0, span_ns, 1, 0, None), NOTHING_SHOWN)[1] == f"{told} · 1 tick"


def test_the_vwap_is_exact_where_a_few_ticks_pass_64_bits():
    """Four coins at a time, with eight decimals of size, five thousand above the first price."""
    engine = Engine(InstrumentTable([Instrument("A", Kind.UNKNOWN, ALWAYS)]))
    ticks = [Clean(n * 10**9, 10_500_000 if n else 10_000_000, 4 * 10**8) for n in range(60_001)]
    for batch in Batching(scales={"A": Scale(price=2, size=8)}).split(ticks, [1]):
        engine.take(batch)
    view = engine.view("A")
    found = measured(view, 1, 60_000)
    assert (found.volume, found.vwap) == (240_000.0, 105_000.0)
