import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from analytics.events import GuardCounts
from analytics.rules.rule import Rule
from app.formatting import NumberStyle
from app.panels.alerts import AlertsPanel
from app.panels.banner import ROW_PX, Banner
from app.panels.bottom import BAR_PX, BottomPanel
from app.panels.elided import ElidedLabel, lines_of
from app.panels.replay import SPEEDS, ReplayPanel
from app.panels.status_bar import StatusBar
from app.panels.symbol_box import SymbolBox
from app.panels.toasts import MOST, SHOWN_NS, Toasts
from app.panels.top_bar import TopBar
from app.panels.watchlist import WatchlistPanel
from app.stylesheet import desk_font
from app.theme import DARK
from app.viewmodels.alerts import AlertsModel
from app.viewmodels.feed_face import Choice, Notice, no_feed_notice
from app.viewmodels.firings import FiringsModel
from app.viewmodels.quotes import Quotes
from app.viewmodels.tones import Tone
from app.viewmodels.watchlist import WatchlistModel
from feeds.source import FeedState

INDIAN = NumberStyle(2, indian=True)


def shown(widget, qtbot, width=1280, height=500):
    """Show a panel inside a plain window, as it is used."""
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(width, height)
    widget.host = host  # lives as long as what it holds
    widget.setParent(host)
    widget.resize(width, height)
    host.show()
    widget.show()
    return widget


def told(signal):
    found = []
    signal.connect(lambda *given: found.append(given[0] if given else None))
    return found


# The top bar


def test_the_top_bar_tells_price_change_and_vwap(desk, qtbot):
    desk.go_live("NIFTY-FUT").trade("NIFTY-FUT", 24_900.0, 24_907.0)
    bar = shown(TopBar(), qtbot)
    bar.show_quote("NIFTY-FUT", Quotes(desk).quote("NIFTY-FUT"))
    texts = {label.accessibleName(): label.text() for label in bar.findChildren(QLabel)}
    assert texts["Last price"] == "24,907.00"
    assert texts["Change"] == "▲ 7.00 (0.03 %)"
    assert texts["What the change is measured against"] == "vs first trade"
    assert (texts["Session VWAP"], texts["Distance to VWAP"]) == ("24,903.50", "+3.50")


def test_an_index_shows_no_vwap(desk, qtbot):
    desk.go_live("NIFTY").trade("NIFTY", 24_900.0, size=0)
    bar = shown(TopBar(), qtbot)
    bar.show_quote("NIFTY", Quotes(desk).quote("NIFTY"))
    texts = {label.accessibleName(): label.text() for label in bar.findChildren(QLabel)}
    assert (texts["Session VWAP"], texts["Distance to VWAP"]) == ("–", "")


def test_the_symbol_box_finds_by_typing(qtbot):
    box = shown(SymbolBox(), qtbot)
    box.set_symbols(("NIFTY", "SBIN", "RELIANCE"))
    picked = told(box.symbol_picked)
    box._find.setText("sb")
    qtbot.keyClick(box._find, Qt.Key.Key_Return)
    assert picked == ["SBIN"]


# Watchlist and alerts


def test_enter_in_the_find_box_charts_the_first_match(desk, qtbot):
    desk.go_live("NIFTY-FUT", "SBIN", "RELIANCE")
    model = WatchlistModel(desk, Quotes(desk))
    model.refresh()
    panel = shown(WatchlistPanel(model, DARK), qtbot)
    picked = told(panel.symbol_picked)
    qtbot.keyClicks(panel.finder, "rel")
    qtbot.keyClick(panel.finder, Qt.Key.Key_Return)
    assert picked == ["RELIANCE"]
    assert model.rowCount() == 3


def test_a_click_and_enter_chart_a_symbol(desk, qtbot):
    desk.go_live("NIFTY-FUT", "SBIN")
    model = WatchlistModel(desk, Quotes(desk))
    model.refresh()
    panel = shown(WatchlistPanel(model, DARK), qtbot)
    picked = told(panel.symbol_picked)
    place = panel.table.visualRect(model.index(1, 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert picked == ["SBIN", "SBIN"]


@pytest.fixture
def alerts(desk, qtbot):
    desk.rules = (Rule("a", "NIFTY-FUT", "price above 1"), Rule("b", "NIFTY-FUT", "price above 2"))
    quotes = Quotes(desk)
    panel = AlertsPanel(AlertsModel(desk, quotes), FiringsModel(desk, quotes), DARK)
    panel._alerts.refresh()
    return shown(panel, qtbot, width=260)


@pytest.mark.parametrize(
    ("key", "signal"),
    [
        (Qt.Key.Key_Return, "edit_wanted"),
        (Qt.Key.Key_Space, "toggle_wanted"),
        (Qt.Key.Key_Delete, "delete_wanted"),
    ],
)
def test_keys_edit_switch_and_delete_the_chosen_alert(alerts, qtbot, key, signal):
    wanted = told(getattr(alerts, signal))
    alerts.rules.setCurrentIndex(alerts._alerts.index(1))
    qtbot.keyClick(alerts.rules, key)
    assert wanted == ["b"]


def test_a_click_on_the_dot_switches_the_alert(alerts, qtbot):
    wanted = told(alerts.toggle_wanted)
    row = alerts.rules.visualRect(alerts._alerts.index(0))
    place = row.topLeft() + alerts.rules.rows.dot_rect(row).center() - row.topLeft()
    qtbot.mouseClick(alerts.rules.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert wanted == ["a"]


def test_a_click_on_a_firing_picks_it(alerts, desk, qtbot):
    firing = desk.fire("a", "NIFTY-FUT", at_s=1_000, price=2.0)
    alerts._firings.refresh()
    picked = told(alerts.firing_picked)
    place = alerts.log.visualRect(alerts._firings.index(0)).center()
    qtbot.mouseClick(alerts.log.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked == [firing]


# The bottom


def test_a_click_unfolds_a_tab_and_another_folds_it(qtbot):
    panel = shown(BottomPanel(), qtbot)
    panel.add_page("a", "A", QWidget())
    panel.add_page("b", "B", QWidget())
    changes = told(panel.folding_changed)
    assert panel.maximumHeight() == BAR_PX
    panel._tabs["b"].click()
    panel._tabs["a"].click()
    panel._tabs["a"].click()
    assert changes == ["b", "a", None]
    assert panel.maximumHeight() == BAR_PX


def test_a_tab_that_is_not_there_folds_all(qtbot):
    panel = shown(BottomPanel(), qtbot)
    panel.add_page("a", "A", QWidget())
    panel.unfold("a")
    panel.unfold("x")
    assert panel.unfolded is None
    assert panel.maximumHeight() == BAR_PX


def test_the_transport_says_paused_in_words_and_counts_the_indian_way(desk, qtbot):
    desk.go_replay("NIFTY-FUT", rows=903_118, row=411_206, paused=True)
    panel = shown(ReplayPanel(DARK), qtbot)
    panel.show_transport(desk.transport, FeedState.PAUSED, 0.0, INDIAN)
    assert panel._where.text() == "Paused · tick 4,11,206 of 9,03,118"
    desk.move(paused=False)
    panel.show_transport(desk.transport, FeedState.REPLAYING, 3_940.0, INDIAN)
    assert panel._where.text() == "tick 4,11,206 of 9,03,118 · 3,940 ticks/s"
    assert panel.play_button.text() == "▮▮ Pause"


def test_every_transport_button_asks_for_what_it_says(desk, qtbot):
    desk.go_replay("NIFTY-FUT", paused=True)
    panel = shown(ReplayPanel(DARK), qtbot)
    panel.show_transport(desk.transport, FeedState.PAUSED, 0.0, INDIAN)
    wanted = [
        told(getattr(panel, each)) for each in ("play_wanted", "step_wanted", "seek_wanted", "speed_wanted")
    ]
    for button in panel.findChildren(QPushButton):
        if button.isVisible():
            button.click()
    assert wanted == [[None], [-1, 1], [0], list(SPEEDS)]


def test_the_next_firing_is_one_that_was_seen_before_and_lies_ahead(desk, qtbot):
    desk.go_replay("NIFTY-FUT", row=400)
    panel = shown(ReplayPanel(DARK), qtbot)
    sought = told(panel.seek_wanted)
    panel.set_marks((100, 700, 900), ())
    panel.show_transport(desk.transport, FeedState.REPLAYING, 0.0, INDIAN)
    panel._next.click()
    desk.move(row=901)
    panel.show_transport(desk.transport, FeedState.REPLAYING, 0.0, INDIAN)
    assert sought == [701]
    assert not panel._next.isEnabled()


def test_speed_keys_go_one_step_and_stop_at_the_ends(desk, qtbot):
    desk.go_replay("NIFTY-FUT")
    panel = shown(ReplayPanel(DARK), qtbot)
    wanted = told(panel.speed_wanted)
    panel.show_transport(desk.transport, FeedState.REPLAYING, 0.0, INDIAN)
    panel.shift_speed(1)
    panel.shift_speed(-1)
    desk.move(speed=None)
    panel.show_transport(desk.transport, FeedState.REPLAYING, 0.0, INDIAN)
    panel.shift_speed(1)
    assert wanted == [100.0, 5.0, None]


# Notices


def test_the_banner_offers_only_what_can_be_done(qtbot):
    parent = shown(QWidget(), qtbot)
    banner = Banner(parent)
    banner.show_notice(Notice("✕", "Feed error", "refused", Tone.WARNING, (Choice.RETRY, Choice.COPY)))
    chosen = told(banner.chosen)
    for button in banner.findChildren(QPushButton):
        if not button.isHidden():
            button.click()
    assert chosen == [Choice.RETRY, Choice.COPY]
    banner.show_notice(None)
    assert banner.isHidden()


def connecting(detail: str, *choices: Choice) -> Notice:
    return Notice("◌", "Connecting to h:9092/ticks.v1", detail, Tone.WARNING, choices)


def a_banner(qtbot, width: int) -> Banner:
    parent = shown(QWidget(), qtbot)
    parent.resize(width, 400)
    banner = Banner(parent)
    banner.resize(width, banner.height())
    return banner


CAUSE = "no broker answers at h:9092 (connection refused); is Kafka running there?"


@pytest.mark.parametrize("width", [350, 410, 730])
def test_a_long_notice_stands_in_lines_and_all_of_it_within_the_banner(qtbot, width):
    banner = a_banner(qtbot, width)
    banner.show_notice(connecting(f"attempt 2, next try in 1 s  ·  {CAUSE}", Choice.COPY, Choice.CANCEL))
    banner.grab()
    detail = next(each for each in banner.findChildren(ElidedLabel) if CAUSE in each.text())
    lines = detail.lines_at(detail.width())
    assert " ".join(lines).split() == detail.text().split()
    assert detail.height() >= len(lines) * detail.fontMetrics().lineSpacing()
    buttons = [each for each in banner.findChildren(QPushButton) if each.isVisible()]
    places = [each.geometry() for each in (detail, *buttons)]
    for place in places:
        assert banner.rect().contains(place)
        assert not any(place.intersects(other) for other in places if other is not place)
    assert detail.toolTip() == ""


def test_a_banner_that_counts_keeps_its_height(qtbot):
    banner = a_banner(qtbot, 730)
    banner.show_notice(connecting(f"attempt 2, next try in 1 s  ·  {CAUSE}"))
    high = banner.height()
    assert high > ROW_PX
    banner.show_notice(connecting("attempt 3"))
    assert banner.height() == high
    banner.show_notice(Notice("◐", "Stale", "No tick for 7 s", Tone.WARNING))
    assert banner.height() == ROW_PX


def test_buttons_that_find_no_room_stand_in_rows_below(qtbot):
    banner = a_banner(qtbot, 350)
    banner.show_notice(no_feed_notice(given_up=True))
    buttons = [each for each in banner.findChildren(QPushButton) if each.isVisible()]
    assert [each.text() for each in buttons] == ["Retry", "Demo market", "Open tick file…", "Connect Kafka…"]
    assert all(banner.rect().contains(each.geometry()) for each in buttons)


def test_a_label_breaks_within_an_address_and_ends_what_is_too_long_with_dots(qtbot):
    text = "make it with: tickdesk topics create kafka://a-rather-long-name.example.com:9092/ticks.v1 ✓ 𝄞"
    font = desk_font()
    lines = lines_of(text, font, 160, most=9)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(QFontMetrics(font).horizontalAdvance(each) <= 161 for each in lines)
    cut = lines_of(text, font, 160, most=2)
    assert cut[0] == lines[0]
    assert cut[1].endswith("…")
    assert lines_of("", font, 160, most=2) == [""]


def test_a_storm_is_one_toast_and_at_most_three_are_shown(desk, qtbot):
    parent = shown(QWidget(), qtbot)
    parent.resize(700, 500)
    toasts = Toasts(parent)
    storm = desk.fire("storm", "SBIN", at_s=1_000, price=1.0)
    assert toasts.add(storm, "storm", "", 0)
    assert not toasts.add(storm, "storm", "", 1)
    assert toasts._shown[0].toast.title.text().endswith("×2")
    for number in range(5):
        toasts.add(desk.fire(f"r{number}", "SBIN", at_s=1_000, price=1.0), "r", "", number)
    assert toasts.count == MOST
    assert parent.rect().contains(toasts.geometry())
    toasts.expire(10 + SHOWN_NS)
    assert toasts.count == 0
    assert toasts.isHidden()


def test_the_status_bar_shows_duplicates_and_gaps_only_where_there_are_some(qtbot):
    bar = shown(StatusBar(), qtbot)
    bar.show_counts(GuardCounts(taken=10, late=1), 212.0, 3, indian=True)
    texts = {label.text() for label in bar.findChildren(QLabel) if label.isVisible()}
    assert {"212", "3", "late"} <= texts
    assert "duplicate" not in texts
    bar.show_counts(GuardCounts(duplicate=2, gaps=123_456), 212.0, 3, indian=True)
    texts = {label.text() for label in bar.findChildren(QLabel) if label.isVisible()}
    assert {"duplicate", "gaps", "1,23,456"} <= texts
