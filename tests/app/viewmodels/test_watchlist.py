import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import SHOWN_ROLE, TONE_ROLE, Tone
from app.viewmodels.watchlist import WatchlistModel


@pytest.fixture
def model(desk, qtmodeltester):
    desk.go_live("NIFTY-FUT", "RELIANCE", "SBIN", closes={"NIFTY-FUT": 24_900.0, "SBIN": 850.0})
    desk.trade("NIFTY-FUT", 24_890.0, 24_907.0)
    desk.trade("SBIN", 842.95)
    model = WatchlistModel(desk, Quotes(desk))
    model.refresh()
    qtmodeltester.check(model)
    return model


def texts(model, row):
    return [model.index(row, column).data() for column in range(4)]


def test_a_row_tells_last_change_and_distance_to_vwap(model):
    assert texts(model, 0) == ["NIFTY-FUT", "24,907.00", "▲ 0.03", "+8.50"]
    assert model.index(0, 2).data(TONE_ROLE) is Tone.UP
    assert model.index(2, 2).data(TONE_ROLE) is Tone.DOWN


def test_a_symbol_without_ticks_shows_dashes(model):
    assert texts(model, 1) == ["RELIANCE", "–", "–", "–"]


def test_only_cells_whose_text_changed_are_announced(model, desk):
    changed = []
    model.dataChanged.connect(lambda top, bottom: changed.append((top.row(), top.column(), bottom.column())))
    model.refresh()
    assert changed == []
    desk.trade("SBIN", 842.95)
    model.refresh()
    assert {(row, column) for row, column, _ in changed} == {(2, 6)}  # the same price: only the volume rose
    assert all(left == right for _, left, right in changed)


def test_the_figures_of_a_stale_feed_are_dim_and_its_symbols_are_not(model):
    changed = []
    model.dataChanged.connect(lambda top, bottom: changed.append((top.column(), bottom.row())))
    model.set_stale(True)
    assert [model.index(0, column).data(TONE_ROLE) for column in range(3)] == [Tone.TEXT, Tone.DIM, Tone.DIM]
    model.set_stale(True)
    assert changed == [(1, 2)]
    model.set_stale(False)
    assert model.index(0, 2).data(TONE_ROLE) is Tone.UP


def test_find_keeps_symbols_that_contain_the_text(model):
    model.set_find("nifty")
    assert [model.symbol_at(row) for row in range(model.rowCount())] == ["NIFTY-FUT"]
    model.set_find("")
    assert model.rowCount() == 3


def test_sorting_by_a_number_puts_symbols_without_one_last(model):
    model.sort(2, Qt.SortOrder.DescendingOrder)
    assert [model.symbol_at(row) for row in range(3)] == ["NIFTY-FUT", "SBIN", "RELIANCE"]
    assert model.headerData(2, Qt.Orientation.Horizontal) == "% ↓"
    model.sort(-1)
    assert [model.symbol_at(row) for row in range(3)] == ["NIFTY-FUT", "RELIANCE", "SBIN"]


def test_a_chosen_row_stays_chosen_when_the_order_changes(model, desk):
    model.sort(1, Qt.SortOrder.AscendingOrder)
    chosen = QPersistentModelIndex(model.index(model.row_of("SBIN"), 0))
    desk.trade("RELIANCE", 10.0)
    model.refresh()
    model.resort()
    assert chosen.data() == "SBIN"


def test_the_charted_symbol_is_marked(model):
    model.set_shown("SBIN")
    assert [model.index(row, 0).data(SHOWN_ROLE) for row in range(3)] == [False, False, True]


def test_a_new_feed_brings_its_own_symbols(model, desk):
    desk.begin_anew()
    desk.go_live("TCS")
    model.refresh()
    assert [model.symbol_at(row) for row in range(model.rowCount())] == ["TCS"]
