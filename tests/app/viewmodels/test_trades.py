import random

import numpy as np
import pytest
from PySide6.QtCore import Qt

from analytics.events import DataEvent, EventKind
from analytics.ticks import NO_SEQ, Position
from app.viewmodels import trades
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import ACROSS_ROLE, LOUD_ROLE, TONE_ROLE, Tone
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


# Filter by size


def sizes_of(model):
    return [model.index(number, 2).data() for number in range(model.rowCount())]


def a_model(desk, symbol="SBIN"):
    model = TradesModel(desk, Quotes(desk))
    model.set_symbol(symbol)
    return model


def trade_sizes(desk, *sizes):
    for size in sizes:
        desk.trade("SBIN", 842.0, size=size)


def test_only_ticks_of_a_size_are_shown_and_the_hidden_ones_counted(desk, qtmodeltester):
    desk.go_live("SBIN")
    trade_sizes(desk, 5, 500, 20, 900)
    model = a_model(desk)
    assert model.count_text == "4 ticks"
    model.set_least(100)
    qtmodeltester.check(model)
    assert (sizes_of(model), model.count_text) == (["900", "500"], "2 of 4 shown")
    trade_sizes(desk, 7, 100, 3)
    model.refresh()
    assert (sizes_of(model), model.count_text) == (["100", "900", "500"], "3 of 7 shown")
    model.set_least(0)
    assert (model.rowCount(), model.count_text) == (7, "7 ticks")


@pytest.mark.parametrize("seed", range(4))
def test_a_long_session_is_looked_through_a_part_at_a_pull(desk, monkeypatch, seed):
    monkeypatch.setattr(trades, "_SCANNED_A_PULL", 700)
    rng, sizes = random.Random(seed), []
    desk.go_live("SBIN").trade("SBIN", 842.0, size=1, at_s=900)

    def add(count):
        for _ in range(count):
            sizes.append(rng.choice((1, 2, 3, 50)))
            desk.trade("SBIN", 842.0, size=sizes[-1])

    sizes.append(1)
    add(3_000)
    model = a_model(desk)
    model.set_least(50)
    assert model.count_text == "Counting 3,001 ticks…"
    while model.count_text.startswith("Counting"):
        add(40)
        model.refresh()
    large = [size for size in sizes if size >= 50]
    assert model.count_text == f"{len(large)} of {len(sizes):,} shown"
    assert model.rowCount() == min(len(large), MOST_ROWS)
    rows = [model._entries[number] for number in range(model.rowCount())]
    assert rows == [row for row in range(len(sizes) - 1, -1, -1) if sizes[row] >= 50][:MOST_ROWS]


def test_another_session_is_counted_from_its_own_first_tick(desk):
    desk.go_live("SBIN")
    trade_sizes(desk, 500, 500)
    model = a_model(desk)
    model.set_least(100)
    desk.trade("SBIN", 842.0, size=700, at_s=3 * 86_400 + 900)
    desk.trade("SBIN", 842.0, size=1)
    model.refresh()
    assert model.count_text == "1 of 2 shown"
    assert sizes_of(model) == ["700", "500", "500"]


# Held


def test_while_it_is_held_rows_stand_still_and_new_ones_are_counted(desk):
    desk.go_live("SBIN")
    trade_sizes(desk, 500, 600)
    model = a_model(desk)
    model.set_least(100)
    model.set_held(True)
    trade_sizes(desk, 1, 700, 800)
    model.refresh()
    assert (sizes_of(model), model.pending) == (["600", "500"], 2)
    assert model.count_text == "4 of 5 shown"
    model.set_held(False)
    assert (sizes_of(model), model.pending) == (["800", "700", "600", "500"], 0)


def test_another_feed_lets_go_of_what_was_held(desk):
    desk.go_live("SBIN")
    trade_sizes(desk, 500)
    model = a_model(desk)
    model.set_held(True)
    desk.begin_anew()
    desk.trade("SBIN", 840.0, size=9)
    model.refresh()
    assert sizes_of(model) == ["9"]


# Gaps, late ticks, big prints


def test_a_gap_stands_between_the_ticks_around_it(desk, qtmodeltester):
    desk.go_live("SBIN").trade("SBIN", 842.0, 842.5)
    desk.trade("SBIN", 843.0, 843.5, gap=True)
    ts_ns = int(desk.view("SBIN").ts_ns[2])
    desk.events.append(DataEvent(EventKind.GAP, "SBIN", ts_ns, Position(0, 2), 2, "", missing=12))
    model = a_model(desk)
    qtmodeltester.check(model)
    across = [model.index(number, 1).data(ACROSS_ROLE) for number in range(model.rowCount())]
    assert across == [None, None, "— 12 ticks missing —", None, None]
    assert model.ts_ns_at(2) == ts_ns


def test_a_gap_that_comes_while_the_table_is_open_is_shown_at_its_place(desk):
    desk.go_live("SBIN").trade("SBIN", 842.0)
    model = a_model(desk)
    desk.trade("SBIN", 843.0, gap=True)
    model.refresh()
    assert [model.index(number, 0).data(ACROSS_ROLE) for number in range(3)] == [
        None,
        "— Ticks missing —",
        None,
    ]


def test_each_gap_of_an_instant_says_how_many_ticks_it_misses(desk):
    desk.go_live("SBIN").trade("SBIN", 842.0)
    columns, ts_ns = desk._columns["SBIN"], desk.now_ns + 10**9
    model = a_model(desk)
    for missing in (3, 2, 4):
        columns.append(*(np.array([each]) for each in (ts_ns, 84_200, 5, NO_SEQ, True)))
        event = DataEvent(EventKind.GAP, "SBIN", ts_ns, Position(0, 2), 2, "", missing=missing)
        desk.events.append(event)
    columns.publish()
    model.refresh()
    across = [model.index(number, 0).data(ACROSS_ROLE) for number in range(model.rowCount())]
    assert [each for each in across if each] == [f"— {missing} ticks missing —" for missing in (4, 2, 3)]


def late(desk, at_s, size=10.0):
    ts_ns = desk.now_ns - round(at_s * 10**9)
    event = DataEvent(EventKind.LATE, "SBIN", ts_ns, Position(0, 1), 1, "came late", price=841.0, size=size)
    desk.events.append(event)
    return event


def test_a_late_tick_is_shown_at_its_time_and_says_that_it_is_late(desk, qtmodeltester):
    desk.go_live("SBIN").trade("SBIN", 842.0, 842.5, 843.0)
    model = a_model(desk)
    late(desk, 1.5)
    model.refresh()
    qtmodeltester.check(model)
    assert [model.index(number, 0).data()[-6:] for number in range(4)] == [
        "02.000",
        "01.000",
        "00.500",
        "00.000",
    ]
    assert [model.index(2, column).data() for column in range(1, 5)] == ["841.00", "10", "₹8.41 k", "late"]
    assert model.index(2, 4).data(TONE_ROLE) is Tone.WARNING
    assert model.index(2, 0).data(Qt.ItemDataRole.ToolTipRole) == "Late: came late"


def test_a_late_tick_below_the_size_and_one_of_another_symbol_are_not_shown(desk):
    desk.go_live("SBIN", "TCS").trade("SBIN", 842.0, 842.5, size=500)
    late(desk, 0.5, size=10.0)
    model = a_model(desk)
    model.set_least(100)
    assert model.rowCount() == 2
    late(desk, 0.5, size=200.0)
    model.refresh()
    assert model.rowCount() == 3
    desk.trade("TCS", 3_400.0, size=500)
    model.set_symbol("TCS")
    assert model.rowCount() == 1


def test_a_print_far_above_the_usual_size_is_loud(desk):
    desk.go_live("SBIN")
    trade_sizes(desk, *([10] * 300), 900, 40)
    model = a_model(desk)
    assert [model.index(number, 0).data(LOUD_ROLE) for number in range(3)] == [False, True, False]


def test_an_index_has_neither_size_nor_value(desk):
    desk.go_live("NIFTY").trade("NIFTY", 24_900.0, size=0)
    model = a_model(desk, "NIFTY")
    assert [model.index(0, column).data() for column in range(1, 5)] == ["24,900.00", "–", "–", "–"]
    assert not model.index(0, 0).data(LOUD_ROLE)
