"""The window's charts: one, two or four, what links them, what is kept of them, and excerpts."""

import json

import pytest
from PySide6.QtCore import Qt

from analytics.rules.rule import Rule
from app.charts import ChartArea
from app.dialogs.series_picker import SeriesPicker
from app.theme import DARK, LIGHT
from app.window import MainWindow

SECOND = 1_000_000_000
SYMBOLS = ("NIFTY-FUT", "SBIN", "TCS", "INFY", "ITC")


@pytest.fixture
def open_window(desk, qtbot):
    def make(**given):
        options = {"theme": DARK, "layout_file": None, "first_start": False, "beep": False} | given
        window = MainWindow(desk, clock=desk.clock, **options)
        qtbot.addWidget(window)
        window.show()
        window._loop.stop()
        return window

    return make


@pytest.fixture
def live(desk, open_window):
    desk.go_live(*SYMBOLS)
    desk.trade("NIFTY-FUT", *(24_900.0 + at % 7 for at in range(120)))
    for at, symbol in enumerate(SYMBOLS[1:], start=1):
        desk.trade(symbol, *(1_000.0 * at + step % 5 for step in range(120)))
    window = open_window()
    window.refresh_now()
    return window


@pytest.fixture
def charts(live):
    return live.parts.charts


def symbols(charts):
    return [pane.symbol for pane in charts.visible_panes]


def span(chart):
    scale = chart.shown_scale()
    return scale.left_ns, scale.right_ns


def commands(desk, name):
    return [call[1] for call in desk.calls if call[0] == name]


# One, two, four


def test_one_chart_costs_no_more_than_one(live, charts):
    assert len(live.findChildren(ChartArea)) == 1
    assert charts.active_pane.bar.name.isHidden()
    assert charts.active_pane.contentsMargins().isNull()
    assert charts.active.width() == charts.width()


def test_more_charts_show_other_symbols_and_tell_their_names(live, charts):
    charts.set_count(4)
    assert symbols(charts) == ["NIFTY-FUT", "SBIN", "TCS", "INFY"]
    assert [pane.bar.name.text() for pane in charts.visible_panes] == symbols(charts)
    assert all(pane.bar.name.isVisible() for pane in charts.visible_panes)
    places = {(pane.x() > 0, pane.y() > 0) for pane in charts.visible_panes if pane.isVisible()}
    live.refresh_now()
    assert len(places) == 4


def test_only_the_first_chart_offers_the_layout(charts):
    charts.set_count(2)
    assert [not pane.bar.layout_button.isHidden() for pane in charts.panes] == [True, False]
    charts.panes[0].bar.count_picked.emit(4)
    assert charts.count == 4


@pytest.mark.parametrize("count", [0, 3, 5])
def test_other_counts_change_nothing(charts, count):
    charts.set_count(count)
    assert charts.count == 1


def test_every_frame_draws_every_chart_in_sight_and_no_other(live, charts, desk):
    charts.set_count(2)
    live.refresh_now()
    charts.set_count(1)
    live.refresh_now()
    before = [span(pane.chart) for pane in charts.panes]
    desk.trade("NIFTY-FUT", 24_950.0, at_s=2_000)
    desk.trade("SBIN", 1_020.0, at_s=2_000)
    assert live.refresher.pull_frame()
    assert span(charts.panes[0].chart) != before[0]
    assert span(charts.panes[1].chart) == before[1]
    charts.set_count(2)
    live.refresh_now()
    assert span(charts.panes[1].chart) != before[1]


def test_charts_are_put_away_with_what_was_chosen_for_them(live, charts):
    charts.set_count(2)
    charts.panes[1].add_series("ema(20)")
    charts.set_count(1)
    charts.set_count(2)
    assert "ema(20)" in charts.panes[1].choice.series
    assert symbols(charts) == ["NIFTY-FUT", "SBIN"]


def test_another_theme_recolours_every_chart(live, charts):
    charts.set_count(2)
    live.set_theme(LIGHT)
    for pane in charts.visible_panes:
        assert pane.grab().toImage().pixelColor(3, 3).name() == LIGHT.window.lower()


# The active one


def test_the_chart_with_the_keyboard_is_the_active_one(live, charts, desk):
    charts.set_count(2)
    told = []
    live.refresher.symbol_changed.connect(told.append)
    charts.panes[1].take_keyboard()
    assert live.parts.chart is charts.panes[1].chart
    assert live.refresher.symbol == "SBIN"
    assert told == ["SBIN"]
    assert [pane.property("place") for pane in charts.panes] == ["other", "active"]


def test_a_click_beside_a_chart_makes_it_active(charts, qtbot):
    charts.set_count(2)
    qtbot.mouseClick(charts.panes[1].bar.name, Qt.MouseButton.LeftButton)
    assert charts.active_pane is charts.panes[1]


def test_a_symbol_that_is_picked_goes_to_the_active_chart(live, charts):
    charts.set_count(2)
    charts.panes[1].take_keyboard()
    live.refresher.show_symbol("ITC")
    assert symbols(charts) == ["NIFTY-FUT", "ITC"]
    assert charts.panes[1].bar.name.text() == "ITC"


def test_charts_linked_by_symbol_all_change(live, charts):
    charts.set_count(2)
    charts.panes[0].bar.link_switched.emit("symbol", True)
    assert symbols(charts) == ["NIFTY-FUT", "NIFTY-FUT"]
    live.refresher.show_symbol("TCS")
    assert symbols(charts) == ["TCS", "TCS"]


def test_what_is_done_in_a_chart_is_told_with_its_symbol(charts):
    charts.set_count(2)
    told = []
    charts.level_picked.connect(lambda symbol, price: told.append((symbol, price)))
    charts.panes[1].chart.levelPicked.emit(1_002.5)
    assert told == [("SBIN", 1_002.5)]


def test_each_chart_has_the_alerts_of_its_symbol(live, charts, desk, monkeypatch):
    charts.set_count(2)
    shown = {}
    for pane in charts.panes:
        monkeypatch.setattr(
            pane.chart, "set_alert_lines", lambda lines, at=pane: shown.update({at.symbol: lines})
        )
    desk.rules = (
        Rule("a", "SBIN", "price crosses above 1010.00"),
        Rule("b", "TCS", "price crosses above 2010.00"),
    )
    live.refresh_now()
    assert [[each.rule for each in shown[symbol]] for symbol in ("NIFTY-FUT", "SBIN")] == [[], ["a"]]


# What links them


def test_charts_look_at_the_same_time_until_they_are_unlinked(live, charts, qtbot):
    charts.set_count(2)
    live.refresh_now()
    qtbot.keyClick(charts.panes[0].chart, Qt.Key.Key_Plus)
    live.refresh_now()
    left, right = (span(pane.chart) for pane in charts.panes)
    assert right[1] - right[0] == pytest.approx(left[1] - left[0], rel=0.02)
    charts.link("time", False)
    qtbot.keyClick(charts.panes[0].chart, Qt.Key.Key_Plus)
    live.refresh_now()
    assert span(charts.panes[1].chart) == right
    charts.link("time", True)
    live.refresh_now()
    left, right = (span(pane.chart) for pane in charts.panes)
    assert right[1] - right[0] == pytest.approx(left[1] - left[0], rel=0.02)


def test_the_crosshair_of_one_is_shown_in_the_others(charts, monkeypatch):
    charts.set_count(2)
    pointed = []
    for pane in charts.panes:
        monkeypatch.setattr(
            pane.chart, "link_pointer", lambda at, pane=pane: pointed.append((pane.symbol, at))
        )
    charts.panes[0].chart.pointedAt.emit(5 * SECOND)
    charts.link("time", False)
    pointed_then = list(pointed)
    charts.panes[0].chart.pointedAt.emit(6 * SECOND)
    assert pointed_then == [("SBIN", 5 * SECOND), ("NIFTY-FUT", None), ("SBIN", None)]
    assert pointed == pointed_then


# Series


def test_the_desk_keeps_what_any_chart_in_sight_wants_and_no_longer(charts, desk):
    charts.set_count(2)
    for pane in charts.panes:
        pane.add_series("ema(20)")
    assert commands(desk, "keep_series") == ["ema(20)"]
    charts.panes[0].choose(charts.panes[0].choice.without_series("ema(20)"))
    assert commands(desk, "drop_series") == []
    charts.set_count(1)
    assert commands(desk, "drop_series") == ["ema(20)"]
    charts.set_count(2)
    assert commands(desk, "keep_series") == ["ema(20)", "ema(20)"]


def test_what_the_desk_always_keeps_is_never_let_go_of(charts, desk):
    pane = charts.active_pane
    pane.choose(pane.choice.without_series("vwap(60s)"))
    assert desk.calls == []


def test_a_series_that_cannot_be_is_told(charts):
    told = []
    charts.refused.connect(told.append)
    charts.active_pane.add_series("emma(20)")
    assert "emma(20)" in told[0]
    assert "emma(20)" not in charts.active_pane.choice.series


def test_a_series_is_picked_in_a_dialog(live, charts, desk):
    charts.active_pane.bar.picker_wanted.emit()
    (dialog,) = live.findChildren(SeriesPicker)
    dialog.finder.setText("rsi")
    dialog.accept()
    assert charts.active_pane.choice.series[-1] == "rsi(14)"
    assert charts.active_pane.bar.chip("rsi(14)") is not None
    assert commands(desk, "keep_series") == ["rsi(14)"]


def test_a_series_is_changed_in_place(live, charts, desk):
    charts.active_pane.bar.series_edited.emit("vwap(60s)")
    (dialog,) = live.findChildren(SeriesPicker)
    dialog.fields[0].setText("15m")
    dialog.accept()
    assert charts.active_pane.choice.series == ("vwap(session)", "vwap(15m)")
    assert charts.active_pane.bar.chip("vwap(15m)").series.role == "vwap_second"
    assert commands(desk, "keep_series") == ["vwap(15m)"]


def test_an_anchor_adds_a_vwap_from_that_tick(live, charts, desk):
    view = desk.view("NIFTY-FUT")
    charts.active.anchorPicked.emit(int(view.time_ns[3]))
    text = charts.active_pane.choice.series[-1]
    assert charts.active_pane.bar.chip(text).text() == "VWAP from 09:15:03"
    assert commands(desk, "keep_series") == [text]


def test_an_index_shows_its_futures_vwap_and_names_it(desk, open_window):
    desk.go_live("NIFTY", "SBIN")
    desk.trade("NIFTY", 24_900.0, 24_901.0, size=0)
    window = open_window()
    window.refresh_now()
    bar = window.parts.charts.active_pane.bar
    assert bar.note.text() == "No VWAP: NIFTY-FUT is not in the feed"
    desk.trade("NIFTY-FUT", 24_950.0)
    window.refresh_now()
    assert bar.note.text() == ""
    assert bar.chip("vwap(session)").text() == "VWAP of NIFTY-FUT"
    assert commands(desk, "keep_series") == []  # an index has it anyway


def test_levels_belong_to_the_symbol_in_every_chart(live, charts):
    charts.set_count(2)
    charts.panes[1].show_symbol("NIFTY-FUT")
    charts.panes[0].chart.levelsChanged.emit((24_903.0,))
    assert charts.panes[1].chart.levels() == (24_903.0,)
    charts.panes[1].show_symbol("TCS")
    assert charts.panes[1].chart.levels() == ()
    charts.panes[1].show_symbol("NIFTY-FUT")
    assert charts.panes[1].chart.levels() == (24_903.0,)


# What is kept


def test_the_layout_comes_back(live, charts, open_window):
    charts.set_count(2)
    charts.panes[1].add_series("ema(20)")
    charts.panes[1].bar.style_picked.emit("5m")
    charts.panes[0].chart.levelsChanged.emit((24_903.0,))
    charts.panes[1].take_keyboard()
    live.refresher.show_symbol("ITC")
    charts.link("symbol", False)
    kept = json.loads(json.dumps(charts.layout_choice()))
    other = open_window()
    assert other.parts.charts.restore(kept) == ()
    other.refresh_now()
    assert other.parts.charts.layout_choice() == kept
    assert symbols(other.parts.charts) == ["NIFTY-FUT", "ITC"]
    assert other.parts.charts.active_pane is other.parts.charts.panes[1]
    assert other.parts.charts.panes[0].chart.levels() == (24_903.0,)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("text", "expected an object"),
        ({"count": 3}, "expected 1, 2 or 4"),
        ({"charts": "many"}, "expected a list"),
        ({"charts": [{"style": "sticks"}]}, "chart 1: style"),
        ({"count": [], "links": 5, "active": "first", "charts": [7]}, "chart 1"),
    ],
)
def test_a_damaged_layout_leaves_charts_that_work_and_says_what_was_wrong(live, charts, found, words):
    faults = charts.restore(found)
    assert any(words in fault for fault in faults)
    live.refresh_now()
    assert symbols(charts) == ["NIFTY-FUT"]


def test_nothing_kept_is_no_fault(charts):
    assert charts.restore(None) == ()
    assert charts.restore({}) == ()


def test_charts_of_symbols_that_another_feed_lacks_find_others(live, charts, desk):
    charts.set_count(2)
    desk.begin_anew()
    desk.go_live("TCS", "SBIN")
    live.refresh_now()
    assert symbols(charts) == ["TCS", "SBIN"]


# Excerpts


@pytest.fixture
def playing(live, charts, desk):
    """Return a chart that plays the twenty seconds about the 60th tick once more."""
    view = desk.view("NIFTY-FUT")
    assert live.refresher.play_excerpt("NIFTY-FUT", int(view.time_ns[60]), 10, 10)
    return charts.active_pane


def shown_rows(pane):
    return pane.chart.visible_ticks()[0].count


def test_an_excerpt_shows_the_rows_as_they_were_and_says_so(live, playing, desk):
    live.refresher.pull_frame()
    assert playing.pill.isVisible()
    assert playing.pill.text() == "Replay 09:16:00 · Esc"
    assert shown_rows(playing) == 51
    desk.clock.advance(7.0)
    desk.trade("NIFTY-FUT", 24_990.0)
    live.refresher.pull_frame()
    view = playing.chart.visible_ticks()[0]
    assert view.count == 58
    assert view.prices(0, 58).tobytes() == desk.view("NIFTY-FUT").prices(0, 58).tobytes()


def test_an_excerpt_ends_by_itself_back_where_the_chart_was(live, playing, desk):
    desk.clock.advance(21.0)
    live.refresher.pull_frame()
    assert not playing.pill.isVisible()
    assert playing.chart.following
    assert shown_rows(playing) == 120


def test_esc_ends_an_excerpt(live, playing, qtbot):
    live.refresher.pull_frame()
    qtbot.keyClick(playing.chart, Qt.Key.Key_Escape)
    live.refresher.pull_frame()
    assert not playing.pill.isVisible()
    assert shown_rows(playing) == 120


def test_a_click_on_its_pill_ends_an_excerpt(live, playing, qtbot):
    qtbot.mouseClick(playing.pill, Qt.MouseButton.LeftButton)
    live.refresher.pull_frame()
    assert shown_rows(playing) == 120
    assert not live.refresher.stop_excerpt()


def test_a_chart_that_looked_elsewhere_looks_there_again(live, charts, desk, qtbot):
    qtbot.keyClick(charts.active, Qt.Key.Key_PageUp)
    live.refresher.pull_frame()
    before = span(charts.active)
    view = desk.view("NIFTY-FUT")
    live.refresher.play_excerpt("NIFTY-FUT", int(view.time_ns[60]))
    live.refresher.pull_frame()
    assert span(charts.active) != before
    assert charts.escape()
    live.refresher.pull_frame()
    assert not charts.active.following
    assert span(charts.active) == pytest.approx(before, abs=2 * (before[1] - before[0]) // 100)


def test_following_the_newest_tick_ends_an_excerpt(live, playing, qtbot):
    live.refresher.pull_frame()
    qtbot.keyClick(playing.chart, Qt.Key.Key_End)
    live.refresher.pull_frame()
    assert shown_rows(playing) == 120


def test_an_excerpt_of_another_symbol_is_played_where_it_is_shown_or_in_the_active_chart(live, charts, desk):
    charts.set_count(2)
    view = desk.view("SBIN")
    assert live.refresher.play_excerpt("SBIN", int(view.time_ns[60]))
    assert charts.active_pane is charts.panes[1]
    assert live.refresher.play_excerpt("ITC", int(desk.view("ITC").time_ns[60]))
    assert symbols(charts) == ["NIFTY-FUT", "ITC"]
    assert not charts.panes[1].pill.isHidden()


def test_what_is_not_held_is_not_played(live, charts, desk):
    view = desk.view("NIFTY-FUT")
    assert not live.refresher.play_excerpt("NIFTY-FUT", int(view.time_ns[0]) - SECOND)
    assert charts.active_pane.pill.isHidden()


def test_another_symbol_or_feed_ends_an_excerpt(live, playing, desk):
    live.refresher.show_symbol("TCS")
    assert playing.pill.isHidden()


def test_a_chart_that_is_opened_later_has_the_levels_that_were_drawn(charts):
    charts.panes[0].chart.levelsChanged.emit((24_901.0, 24_903.0))
    charts.set_count(2)
    charts.panes[1].show_symbol("NIFTY-FUT")
    assert charts.panes[1].chart.levels() == (24_901.0, 24_903.0)


def test_charts_out_of_sight_are_kept_over_a_start(charts, open_window):
    charts.set_count(4)
    charts.panes[2].show_symbol("TCS")
    charts.panes[2].add_series("ema(20)")
    charts.set_count(1)
    other = open_window().parts.charts
    assert other.restore(charts.layout_choice()) == ()
    other.set_count(4)
    assert other.panes[2].symbol == "TCS"
    assert "ema(20)" in other.panes[2].choice.series
    assert other.layout_choice()["charts"] == {**charts.layout_choice(), "count": 4}["charts"]


def test_sizes_have_a_pane_of_their_own(live, charts):
    charts.active_pane.add_series("size")
    for _ in range(4):
        live.refresh_now()
    (pane,) = charts.active._picture._lower.made
    assert pane.heading() == "Size   65.0"


def test_bars_of_volume_of_what_trades_nothing_are_refused_in_words(desk, open_window):
    desk.go_live("NIFTY")
    desk.trade("NIFTY", 24_900.0, 24_901.0, size=0)
    window = open_window()
    window.refresh_now()
    pane = window.parts.charts.active_pane
    refused = []
    pane.refused.connect(refused.append)
    pane.choose(pane.choice.with_style("10000 volume"))
    assert "no volume" in refused[0]
