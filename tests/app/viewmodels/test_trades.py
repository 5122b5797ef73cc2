from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import TONE_ROLE, Tone
from app.viewmodels.trades import MOST_ROWS, TradesModel


def row(model, number):
    return [model.index(number, column).data() for column in range(3)]


def test_the_newest_tick_stands_first_with_its_direction(desk, qtmodeltester):
    desk.go_live("SBIN").trade("SBIN", 842.0, 843.0, 842.5, size=12)
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol("SBIN")
    qtmodeltester.check(model)
    assert row(model, 0) == ["09:15:02.000", "▼ 842.50", "12"]
    assert row(model, 1) == ["09:15:01.000", "▲ 843.00", "12"]
    assert row(model, 2) == ["09:15:00.000", "842.00", "12"]
    assert model.index(0, 1).data(TONE_ROLE) is Tone.DOWN


def test_new_ticks_push_in_at_the_top_and_old_ones_fall_off(desk, qtmodeltester):
    desk.go_live("SBIN").trade("SBIN", *([842.0] * (MOST_ROWS - 1)))
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol("SBIN")
    inserted = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    desk.trade("SBIN", 850.0, 851.0, 852.0)
    model.refresh()
    qtmodeltester.check(model)
    assert inserted == [(0, 2)]
    assert model.rowCount() == MOST_ROWS
    assert row(model, 0)[1] == "▲ 852.00"


def test_a_burst_starts_the_table_again(desk):
    desk.go_live("SBIN").trade("SBIN", 842.0)
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol("SBIN")
    desk.trade("SBIN", *([843.0] * (MOST_ROWS + 5)))
    model.refresh()
    assert model.rowCount() == MOST_ROWS


def test_another_symbol_and_another_feed_show_their_own_ticks(desk):
    desk.go_live("SBIN", "TCS").trade("SBIN", 842.0)
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol("SBIN")
    model.set_symbol("TCS")
    assert model.rowCount() == 0
    desk.trade("TCS", 3_400.0)
    model.refresh()
    assert row(model, 0)[1] == "3,400.00"
    desk.begin_anew()
    model.refresh()
    assert model.rowCount() == 0
