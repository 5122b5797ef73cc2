import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from app.viewmodels.flashes import STEPS, Flash
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import FLASH_ROLE, SHOWN_ROLE, SPARK_ROLE, TONE_ROLE, Tone
from app.viewmodels.watch_columns import LAST, SHOWN_ORDER, SPARK
from app.viewmodels.watchlist import COLUMNS, WatchlistModel


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
    titles = {(row, COLUMNS[column].title) for row, column, _ in changed}
    assert titles == {(2, "Volume"), (2, "Turnover")}  # the price is the same
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


def listed(model):
    return [model.symbol_at(row) for row in range(model.rowCount())]


def column_of(title):
    return next(number for number, column in enumerate(COLUMNS) if column.title == title)


def test_the_sessions_open_high_low_and_turnover_have_columns_of_their_own(model):
    row = model.row_of("NIFTY-FUT")
    titles = ("Open", "High", "Low", "Turnover")
    assert [model.index(row, column_of(each)).data() for each in titles] == [
        "24,890.00", "24,907.00", "24,890.00", "₹32.4 L"
    ]  # fmt: skip


def test_every_column_has_one_place(model):
    assert sorted(SHOWN_ORDER) == list(range(len(COLUMNS)))


# Chosen symbols


def test_a_chosen_list_shows_its_symbols_in_its_order_and_dims_what_the_feed_lacks(model):
    model.set_watched(("SBIN", "M&M", "NIFTY-FUT"))
    assert listed(model) == ["SBIN", "M&M", "NIFTY-FUT"]
    assert [model.index(row, 0).data(TONE_ROLE) for row in range(3)] == [Tone.TEXT, Tone.DIM, Tone.TEXT]
    assert model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole) == "M&M has no tick in this feed"
    model.set_watched(None)
    assert listed(model) == ["NIFTY-FUT", "RELIANCE", "SBIN"]


def test_what_is_found_and_not_chosen_is_offered_last_even_when_sorted(model):
    model.sort(2, Qt.SortOrder.DescendingOrder)
    model.set_watched(("SBIN",))
    model.set_find("i")
    assert listed(model) == ["SBIN", "NIFTY-FUT", "RELIANCE"]
    assert model.index(1, 0).data() == "+ NIFTY-FUT"
    assert not model.holds("NIFTY-FUT")


# Held rows


def test_held_rows_keep_their_places_and_new_symbols_come_last(model, desk):
    model.sort(1, Qt.SortOrder.DescendingOrder)
    before = listed(model)
    model.set_held(True)
    desk.trade("SBIN", 99_999.0)
    desk.trade("AAA", 500_000.0)
    model.refresh()
    model.resort()
    assert listed(model) == [*before, "AAA"]
    model.set_held(False)
    assert listed(model)[:2] == ["AAA", "SBIN"]


def test_a_click_on_a_header_sorts_even_while_rows_are_held(model):
    model.set_held(True)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert listed(model) == ["SBIN", "RELIANCE", "NIFTY-FUT"]


# Flashes and sparklines


def test_a_price_that_moves_flashes_in_its_direction_and_the_first_one_does_not(model, desk):
    cell = model.index(model.row_of("SBIN"), LAST)
    assert cell.data(FLASH_ROLE) is None
    desk.trade("SBIN", 841.0)
    model.refresh()
    assert cell.data(FLASH_ROLE) == Flash(up=False, strength=STEPS)
    assert model.index(cell.row(), 0).data(FLASH_ROLE) is None
    model.set_flashing(False)
    assert cell.data(FLASH_ROLE) is None
    desk.trade("SBIN", 845.0)
    model.refresh()
    assert cell.data(FLASH_ROLE) is None


def test_another_feeds_prices_do_not_flash_against_those_of_the_one_before(model, desk):
    desk.begin_anew()
    desk.go_live("SBIN").trade("SBIN", 9.0)
    model.refresh()
    assert model.index(0, LAST).data(FLASH_ROLE) is None


def test_sparklines_are_made_only_while_their_column_is_used(model, desk):
    cell = model.index(model.row_of("NIFTY-FUT"), SPARK)
    assert max(cell.data(SPARK_ROLE).highs) == 24_907.0
    model.set_used(frozenset({0, 1}))
    desk.trade("NIFTY-FUT", 25_000.0)
    for _ in range(20):
        model.refresh()
    assert max(cell.data(SPARK_ROLE).highs) == 24_907.0
    model.set_used(frozenset({0, 1, SPARK}))
    for _ in range(20):
        model.refresh()
    assert max(cell.data(SPARK_ROLE).highs) == 25_000.0


def test_a_column_that_is_not_used_is_still_told_when_asked_for(model, desk):
    model.set_used(frozenset({0, 1}))
    desk.trade("SBIN", 900.0)
    model.refresh()
    row = model.row_of("SBIN")
    assert [model.index(row, column_of(each)).data() for each in ("Last", "High")] == ["900.00", "900.00"]
    desk.trade("SBIN", 950.0)
    model.refresh()
    assert model.index(row, column_of("High")).data() == "950.00"
