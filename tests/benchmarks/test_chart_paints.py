"""A chart's paints as they are noted from outside, over a real chart."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analytics.calendar import NSE_DERIVATIVES
from analytics.columns import ColumnsView, SymbolColumns
from analytics.ticks import NO_SEQ
from app.charts import ChartArea
from app.theme import DARK
from benchmarks.chart_paints import ChartPaints, TickAges

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none
OPEN_NS = 1_795_146_300_000_000_000
MS = 1_000_000


def grown(columns: SymbolColumns, ticks: int) -> ColumnsView:
    """Append ticks, one each millisecond, and return the columns."""
    number = np.arange(columns.count, columns.count + ticks)
    price = 2_490_000 + number % 7 * 5
    columns.append(
        OPEN_NS + number * MS, price, np.full(ticks, 65), np.full(ticks, NO_SEQ), np.zeros(ticks, np.bool_)
    )
    columns.publish()
    return columns.view


@pytest.fixture
def chart(qtbot: QtBot) -> ChartArea:
    made = ChartArea(DARK)
    qtbot.addWidget(made)
    made.resize(740, 560)
    made.set_instrument(
        symbol="NIFTY-FUT",
        zone=ZoneInfo("Asia/Kolkata"),
        decimals=2,
        has_volume=True,
        price_text=lambda price: f"{price:,.2f}",
    )
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_what_was_drawn_is_told_once_it_has_been_painted_and_each_frame_counts_once(
    chart: ChartArea, qtbot: QtBot
) -> None:
    shown: list[ColumnsView] = []
    columns = SymbolColumns("NIFTY-FUT", NSE_DERIVATIVES, 2, 0)
    paints = ChartPaints(chart, shown.append)
    for number in range(1, 4):
        assert chart.refresh(grown(columns, 50), None)
        assert len(shown) == number - 1
        qtbot.waitUntil(lambda number=number: len(shown) == number)
    assert [each.count for each in shown] == [50, 100, 150]
    assert len(paints.cost_ms) == len(paints.at_ns) == 3
    assert min(paints.cost_ms) > 0.0


def test_a_paint_without_anything_new_is_no_frame(chart: ChartArea, qtbot: QtBot) -> None:
    shown: list[ColumnsView] = []
    view = grown(SymbolColumns("NIFTY-FUT", NSE_DERIVATIVES, 2, 0), 50)
    paints = ChartPaints(chart, shown.append)
    chart.refresh(view, None)
    qtbot.waitUntil(lambda: len(shown) == 1)
    chart.grab()
    assert not chart.refresh(view, None)
    assert len(paints.cost_ms) == len(shown) == 1


def test_each_tick_has_the_age_at_which_it_was_first_painted() -> None:
    now = [OPEN_NS + 100 * MS]
    ages = TickAges(lambda: now[0])
    columns = SymbolColumns("NIFTY-FUT", NSE_DERIVATIVES, 2, 0)
    ages.take(grown(columns, 10))
    assert ages.ages_ms == []
    now[0] += 7 * MS
    ages.take(grown(columns, 3))
    assert ages.ages_ms == [97.0, 96.0, 95.0]
    ages.take(columns.view)
    assert len(ages.ages_ms) == 3
    ages.forget()
    ages.take(grown(columns, 1))
    assert ages.ages_ms == [94.0]
