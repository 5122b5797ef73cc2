"""The window over a desk that the test fills, off screen."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QLabel, QLineEdit

from analytics.events import EventKind
from analytics.rules.rule import Rule
from app.desk import LoadProgress
from app.panels.cells import row_colour
from app.theme import DARK, LIGHT, THEMES
from app.viewmodels.tones import Tone
from app.window import MainWindow
from app.window.choices import WindowChoices
from app.window.refresher import Refresher
from feeds.source import FeedState, FeedStatus

NS = 1_000_000_000


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
    desk.go_live("NIFTY-FUT", "NIFTY", "SBIN")
    desk.trade("NIFTY-FUT", 24_900.0, 24_907.0)
    desk.trade("SBIN", 842.0)
    window = open_window()
    window.refresh_now()
    return window


@pytest.fixture
def replay(desk, open_window):
    desk.go_replay("NIFTY-FUT", "SBIN")
    desk.trade("NIFTY-FUT", 24_900.0, 24_907.0)
    window = open_window()
    window.refresh_now()
    desk.calls.clear()
    return window


def top_text(window, name):
    from PySide6.QtWidgets import QLabel

    return next(
        label.text() for label in window.parts.top.findChildren(QLabel) if label.accessibleName() == name
    )


# The symbol


def test_the_window_opens_on_the_feeds_own_symbol(live):
    assert live.refresher.symbol == "NIFTY-FUT"
    assert top_text(live, "Last price") == "24,907.00"


def test_a_remembered_symbol_comes_before_the_feeds_own(desk, open_window):
    desk.go_live("NIFTY-FUT", "SBIN")
    window = open_window(symbol="SBIN")
    assert window.refresher.symbol == "SBIN"


def test_another_feed_keeps_the_symbol_where_it_has_it(desk, live):
    live.refresher.show_symbol("SBIN")
    desk.begin_anew()
    desk.go_live("TCS", "SBIN")
    live.refresh_now()
    assert live.refresher.symbol == "SBIN"
    desk.begin_anew()
    desk.go_live("TCS")
    live.refresh_now()
    assert live.refresher.symbol == "TCS"


def test_slash_finds_a_symbol_from_anywhere_but_stays_a_sign_in_text(live, qtbot):
    qtbot.keyClick(live.parts.chart, "/")
    qtbot.waitUntil(live.parts.watchlist.finder.hasFocus)
    qtbot.keyClicks(live.parts.watchlist.finder, "sb")
    qtbot.keyClick(live.parts.watchlist.finder, Qt.Key.Key_Return)
    assert live.refresher.symbol == "SBIN"
    assert live.parts.chart.hasFocus()


# Alerts


def answer(window, **texts):
    dialog = window.edits.dialog
    for field, text in texts.items():
        getattr(dialog, field).setText(text)
    dialog.accept()


def test_an_alert_made_in_three_ways_is_the_same_rule(live, desk, monkeypatch):
    live.parts.chart.levelPicked.emit(24_945.0)
    answer(live)
    monkeypatch.setattr(live.parts.chart, "crosshair_price", lambda: 24_945.0)
    live._new_alert()
    answer(live)
    live.edits.new_at("NIFTY-FUT", None)
    answer(live, when="price crosses above 24945.00")
    whens = {replace(rule, name="") for rule in desk.rules}
    assert whens == {Rule("", "NIFTY-FUT", "price crosses above 24945.00")}
    assert [rule.name for rule in desk.rules] == [
        "Crosses above 24,945",
        "Crosses above 24,945 (2)",
        "Crosses above 24,945 (3)",
    ]


def test_a_level_is_put_on_the_instruments_grid(live, desk):
    live.parts.chart.levelPicked.emit(24_830.037)
    answer(live)
    assert desk.rules[0].when == "price crosses below 24830.00"


def test_a_dragged_line_updates_the_rule_and_one_undo_reverts_it(live, desk, qtbot):
    live.parts.chart.levelPicked.emit(24_945.0)
    answer(live)
    before = desk.rules
    live.parts.chart.alertDragged.emit(before[0].name, 24_960.26)
    assert desk.rules[0].when == "price crosses above 24960.30"
    assert live.models.alerts.index(0).data() == "Crosses above 24,960.30"
    qtbot.keyClick(live, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.rules == before


def test_what_could_not_be_saved_is_told_above_the_chart(live, desk, monkeypatch):
    def refuse(_rules):
        raise OSError("the disk is full")

    monkeypatch.setattr(desk, "set_rules", refuse)
    live.parts.chart.levelPicked.emit(24_945.0)
    answer(live)
    assert "disk is full" in live.parts.side.banner.notice.detail
    assert not live.parts.side.banner.isHidden()


def test_a_firing_shows_a_toast_unless_it_is_history(live, desk):
    desk.fire("old", "SBIN", at_s=901, price=842.0)
    desk.now_ns += 60 * NS
    live.refresh_now()
    assert live.parts.side.toasts.count == 0
    desk.fire("new", "SBIN", at_s=(desk.now_ns - 1_795_145_400 * NS) / NS, price=842.0)
    live.refresh_now()
    assert live.parts.side.toasts.count == 1
    assert live.models.firings.rowCount() == 2


def test_firings_while_a_seek_settles_are_not_news(live, desk):
    desk.settling = True
    desk.fire("a", "SBIN", at_s=901, price=842.0)
    live.refresh_now()
    assert live.parts.side.toasts.count == 0


def test_a_clicked_firing_charts_its_symbol(live, desk):
    live.show_firing(desk.fire("a", "SBIN", at_s=901, price=842.0))
    assert live.refresher.symbol == "SBIN"


# Replay


def test_a_replay_unfolds_its_transport_and_wears_its_colour(replay, desk):
    assert replay.parts.bottom.unfolded == "replay"
    assert top_text(replay, "Feed status") == "▶ Replaying 20×"
    picture = replay.grab().toImage()
    assert picture.pixelColor(5, replay.parts.top.height() - 1).name().upper() == DARK.replay
    desk.begin_anew()
    desk.transport = None
    desk.go_live("NIFTY-FUT")
    replay.refresh_now()
    assert replay.parts.bottom.unfolded is None


@pytest.mark.parametrize("place", ["chart", "timeline"])
@pytest.mark.parametrize(
    ("key", "call"),
    [
        (Qt.Key.Key_Space, ("pause",)),
        (Qt.Key.Key_Left, ("step", -1)),
        (Qt.Key.Key_Right, ("step", 1)),
        (Qt.Key.Key_BracketLeft, ("set_speed", 5.0)),
        (Qt.Key.Key_BracketRight, ("set_speed", 100.0)),
    ],
)
def test_single_keys_drive_the_replay_from_chart_and_transport(replay, desk, qtbot, place, key, call):
    widget = replay.parts.chart if place == "chart" else replay.parts.replay.timeline
    widget.setFocus()
    qtbot.keyClick(widget, key)
    assert desk.calls == [call]


def test_single_keys_do_nothing_in_tables_and_text_fields(replay, desk, qtbot):
    for widget in (replay.parts.watchlist.table, replay.parts.watchlist.finder):
        replay.parts.watchlist.finder.clear()  # letters typed in the table find there
        widget.setFocus()
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_A, Qt.Key.Key_BracketLeft):
            qtbot.keyClick(widget, key)
    assert desk.calls == []
    assert replay.edits.dialog is None
    assert replay.parts.watchlist.finder.text() == " a[" or replay.parts.watchlist.finder.text() == "a[ "


# Feeds and their states


def test_the_first_start_strip_goes_for_good_at_any_choice(desk, open_window, qtbot):
    for choice in ("kept", "open_wanted"):
        window = open_window(first_start=True)
        window.feeds.ask_file = lambda: None
        assert not window.parts.side.strip.isHidden()
        with qtbot.waitSignal(window.strip_dismissed):
            getattr(window.parts.side.strip, choice).emit()
        assert window.parts.side.strip.isHidden()


def test_a_failed_open_keeps_the_view_and_can_be_retried(live, desk):
    live.feeds.open("file:/nowhere.csv")
    desk.open_fault = FeedStatus(FeedState.FAILED, "/nowhere.csv, row 7: no price")
    live.refresh_now()
    assert live.parts.side.banner.notice.detail == "/nowhere.csv, row 7: no price"
    assert live.refresher.symbol == "NIFTY-FUT"
    next(
        b for b in live.parts.side.banner.findChildren(QAbstractButton) if b.text() == "Copy details"
    ).click()
    assert "row 7" in QApplication.clipboard().text()
    next(b for b in live.parts.side.banner.findChildren(QAbstractButton) if b.text() == "Retry").click()
    assert desk.calls[-1] == ("open", "file:/nowhere.csv")


def test_a_long_notice_takes_no_room_from_the_docks(live, desk):
    before = live._docks.left.width(), live._docks.right.width()
    desk.open_fault = FeedStatus(FeedState.FAILED, "a very long reason " * 30)
    live._say("a very long word " * 30)
    live.refresh_now()
    assert not live.parts.side.banner.isHidden()
    assert (live._docks.left.width(), live._docks.right.width()) == before
    assert live.width() == 1280


def test_a_slow_opening_shows_progress_and_can_be_cancelled(live, desk):
    desk.loading = LoadProgress("file:/big.csv", 30, 100)
    live.refresh_now()
    assert live.parts.side.banner.isHidden()  # what opens at once shows no bar
    desk.clock.advance(0.5)
    live.refresh_now()
    assert live.parts.side.banner.notice.detail == "30 %"
    next(b for b in live.parts.side.banner.findChildren(QAbstractButton) if b.text() == "Cancel").click()
    assert desk.calls[-1] == ("cancel_open",)


def test_a_silent_live_feed_is_stale_only_while_the_market_is_in_session(live, desk):
    desk.idle_s = 7.0
    live.refresh_now()
    assert top_text(live, "Feed status") == "◐ Stale 7 s"
    desk.now_ns += 10 * 3_600 * NS
    live.refresh_now()
    assert top_text(live, "Feed status") == "○ Market closed"
    assert top_text(live, "Market phase") == ""


def press(window, text):
    buttons = window.parts.side.banner.findChildren(QAbstractButton)
    next(each for each in buttons if each.text() == text and each.isVisible()).click()


def test_a_window_without_a_feed_offers_some(desk, open_window, monkeypatch):
    window = open_window()
    window.refresh_now()
    assert window.parts.side.banner.notice.title == "No feed is open"
    texts = [each.text() for each in window.parts.chart.findChildren(QLabel)]
    assert "" in texts
    assert "Waiting for ticks…" not in texts
    assert top_text(window, "Market phase") == ""
    asked = []
    monkeypatch.setattr(window.feeds, "ask_file", lambda: asked.append("file"))
    monkeypatch.setattr(window.feeds, "ask_kafka", lambda: asked.append("kafka"))
    press(window, "Open tick file…")
    press(window, "Connect Kafka…")
    assert asked == ["file", "kafka"]
    press(window, "Demo market")
    assert desk.calls[-1] == ("open", "sim:")


def test_connecting_that_was_given_up_can_be_tried_again(desk, open_window):
    window = open_window()
    connecting = FeedStatus(FeedState.CONNECTING, "no broker answers", attempt=2)
    desk.loading = LoadProgress("kafka://h:9092/ticks.v1", 0, 0, connecting)
    window.refresh_now()
    desk.clock.advance(0.5)
    window.refresh_now()
    press(window, "Copy details")
    told = QApplication.clipboard().text()
    assert "kafka://h:9092/ticks.v1" in told
    assert "no broker answers" in told
    press(window, "Cancel")
    assert desk.calls[-1] == ("cancel_open",)
    desk.loading = None
    window.refresh_now()
    press(window, "Retry")
    assert desk.calls[-1] == ("open", "kafka://h:9092/ticks.v1")


def test_a_topic_without_ticks_waits_and_can_be_read_from_its_start(desk, open_window):
    desk.go_live(kind="kafka")
    desk.address = "kafka://h:9092/ticks.v1?tune=throughput"
    desk.idle_s = 7.0
    window = open_window()
    window.refresh_now()
    assert top_text(window, "Feed status") == "◌ Waiting"
    assert window.parts.side.banner.notice.title.startswith("Waiting for ticks")
    press(window, "Read from the start")
    assert desk.calls[-1] == ("open", "kafka://h:9092/ticks.v1?from=earliest&tune=throughput")


def test_an_index_whose_publisher_gives_sizes_shows_its_volume(desk, open_window, monkeypatch):
    desk.go_live("NIFTY", "SBIN")
    desk.trade("NIFTY", 24_850.0, size=0)
    window = open_window()
    shown = []
    monkeypatch.setattr(window.parts.chart, "set_instrument", lambda **given: shown.append(given))
    window.refresh_now()
    assert shown == []
    desk.trade("NIFTY", 24_850.05, size=15_000)
    window.refresh_now()
    window.refresh_now()
    assert [each["has_volume"] for each in shown] == [True]


@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
def test_a_dropped_file_is_shown_before_it_is_opened(live, desk, qtbot, tmp_path):
    path = tmp_path / "ticks.csv"
    path.write_text("symbol,ts_ns,price,size\nA,1700000000000000000,100,1\n")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        dropped,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    live.dropEvent(event)
    dialog = live.feeds.file_dialog
    assert ("open", str(path)) not in desk.calls
    qtbot.waitUntil(dialog.open_button.isEnabled)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.feeds.file_dialog is None)
    assert desk.calls[-1] == ("open", str(path))


def test_recording_begins_and_ends_from_the_menu(desk, open_window, tmp_path):
    desk.go_live("NIFTY-FUT")
    window = open_window(choices=WindowChoices(tapes=tmp_path))
    window.feeds.switch_recording()
    name, folder = desk.calls[-1]
    assert name == "record"
    assert folder.startswith(str(tmp_path / "sim-2026"))
    desk.recording = folder
    window.refresh_now()
    assert top_text(window, "Recording") == "● Rec"
    window.feeds.switch_recording()
    assert desk.calls[-1] == ("record", None)


def test_events_raise_the_badge_until_the_log_is_looked_at(live, desk):
    desk.happen(EventKind.GAP, "SBIN", "4 missing")
    live.refresh_now()
    badge = live.parts.bottom._badges["events"]
    assert badge.text() == "1"
    live.parts.bottom.unfold("events")
    live.refresh_now()
    assert badge.isHidden()


# Layout, theme, keyboard


def test_the_layout_comes_back(desk, open_window, tmp_path):
    file = tmp_path / "layout.json"
    first = open_window(layout_file=file)
    first.resize(760, 600)  # within the screen that the offscreen platform makes up
    first.parts.bottom.unfold("trades")
    first.parts.watchlist.show_columns((6,))
    first.close()
    second = open_window(layout_file=file)
    assert second.size() == QSize(760, 600)
    assert second.parts.bottom.unfolded == "trades"
    assert second.parts.watchlist.extra_columns == (6,)


@pytest.mark.parametrize("text", ["{", '{"version": 1}', ""])
def test_a_damaged_layout_gives_the_defaults_and_a_notice(desk, open_window, tmp_path, text):
    file = tmp_path / "layout.json"
    file.write_text(text)
    window = open_window(layout_file=file)
    window.refresh_now()
    assert window.size() == QSize(1280, 720)
    assert "default layout" in window.parts.side.banner.notice.title


def test_a_narrow_window_tabs_its_side_docks_and_a_wide_one_parts_them(live):
    live.resize(900, 640)
    assert live.tabifiedDockWidgets(live._docks.left) == [live._docks.right]
    live.resize(1280, 720)
    assert live.tabifiedDockWidgets(live._docks.left) == []


def test_docks_and_chart_have_the_room_that_they_need_at_the_smallest_usual_size(live):
    assert live.parts.chart.width() >= 700
    assert live.parts.chart.height() >= 400
    assert abs(live._docks.right.width() - 260) <= 2


def test_the_theme_switches_live_and_is_told(live, qtbot):
    with qtbot.waitSignal(live.theme_changed) as told:
        live.set_theme(LIGHT)
    assert told.args == ["light"]
    assert live.grab().toImage().pixelColor(100, 500) == QColor(LIGHT.panel)


def test_escape_closes_what_is_in_front_first(live, qtbot):
    qtbot.keyClick(live, Qt.Key.Key_F12)
    assert live.parts.side.performance.isVisible()
    qtbot.keyClick(live, Qt.Key.Key_Escape)
    assert not live.parts.side.performance.isVisible()


def test_every_control_has_an_accessible_name(live):
    nameless = [
        widget
        for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView)
        for widget in live.parts.side.window().findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QComboBox)
        and widget.metaObject().className() not in {"QTableCornerButton", "QHeaderView", "QComboBoxListView"}
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert nameless == []


def luminance(colour):
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_tone_of_text_stands_out_from_what_it_is_written_on(theme):
    for tone in Tone:
        assert contrast(tone.colour(theme), theme.panel) >= 4.5, tone
    for tone in (Tone.TEXT, Tone.DIM, Tone.UP, Tone.DOWN):
        assert contrast(tone.colour(theme), row_colour(theme, shown=True)) >= 4.5, tone
    for ground in (theme.window, theme.raised):
        assert contrast(theme.text, ground) >= 4.5
        assert contrast(theme.dim, ground) >= 4.5
    for accent in (theme.up, theme.replay):
        assert contrast(theme.on_accent, accent) >= 4.5


def test_closing_stops_the_frames(desk, open_window):
    window = open_window()
    window._loop.start()
    window.close()
    assert not window._loop._timer.isActive()


def test_a_beat_pulls_a_frame_always_and_tables_ten_times_a_second(desk, open_window, monkeypatch):
    pulls = []
    monkeypatch.setattr(Refresher, "pull_tables", lambda _self: pulls.append("tables"))
    window = open_window()
    pulls.clear()
    for _ in range(60):
        desk.clock.advance(1 / 60)
        window._loop.beat()
    assert 8 <= len(pulls) <= 11
    assert window._loop.heartbeats.percentile_ms(50) == pytest.approx(16.7, abs=0.1)


@pytest.mark.parametrize("first", ["frame", "tables"])
def test_firings_of_columns_that_start_anew_are_marked_whatever_is_pulled_first(desk, live, first):
    desk.fire("old", "NIFTY-FUT", at_s=901, price=24_907.0)
    live.refresh_now()
    desk.begin_anew()
    desk.trade("NIFTY-FUT", 24_900.0, 24_910.0)
    desk.fire("new", "NIFTY-FUT", at_s=901, price=24_910.0)
    pulls = {"frame": live.refresher.pull_frame, "tables": live.refresher.pull_tables}
    for name in (first, *(other for other in pulls if other != first)):
        pulls[name]()
    assert [mark.rule for mark in live.parts.chart._picture._firings._marks] == ["new"]


def test_the_title_says_what_is_to_be_known_of_the_feed(live, desk):
    assert live.refresher.title == "NIFTY-FUT 24,907.00 · Tickdesk"
    desk.idle_s = 12.0
    live.refresh_now()
    assert live.refresher.title == "NIFTY-FUT 24,907.00 · Stale 12 s · Tickdesk"
    desk.status = FeedStatus(FeedState.RECONNECTING, "gone")
    live.refresh_now()
    assert live.refresher.title == "NIFTY-FUT 24,907.00 · Reconnecting · Tickdesk"


def test_esc_puts_away_what_has_the_keys_first(live, desk, qtbot):
    watchlist = live.parts.watchlist
    watchlist.finder.setFocus()
    watchlist.finder.setText("tcs")
    live.front.escape()
    assert watchlist.finder.text() == ""
    live.parts.bottom.unfold("trades")
    live.parts.trades.filter.setFocus()
    live.parts.trades.filter.setText("500")
    live.front.escape()
    assert live.parts.trades.filter.text() == ""
    live.parts.alerts.explain(desk.fire("a", "SBIN", at_s=900, price=842.0))
    live.parts.alerts.log.setFocus()
    live.front.escape()
    assert not live.parts.alerts.escape()


def test_a_click_on_the_charts_bar_leaves_the_keys_with_the_chart(live, qtbot):
    live.parts.watchlist.table.setFocus()
    profile = live.parts.charts.active_pane.bar.profile
    qtbot.mouseClick(profile, Qt.MouseButton.LeftButton)
    assert live.parts.chart.hasFocus()
    profile.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(profile, Qt.Key.Key_Space)
    assert profile.hasFocus()


def test_another_recording_begins_without_the_marks_of_the_one_before(replay, desk):
    desk.fire("a", "NIFTY-FUT", at_s=901, price=24_907.0, row=300)
    replay.refresh_now()
    assert replay.parts.replay._firing_rows == (300,)
    desk.begin_anew()
    desk.address = "file:y"
    replay.refresh_now()
    assert replay.parts.replay._firing_rows == ()


def test_a_linked_pointer_is_forgotten_with_the_columns_and_out_of_sight(live, desk):
    charts = live.parts.charts
    charts.set_count(2)
    charts.panes[1].chart.link_pointer(1)
    charts.set_count(1)
    assert charts.panes[1].chart._picture._pointing.linked_ns is None
    charts.set_count(2)
    charts.panes[1].chart.link_pointer(1)
    desk.begin_anew()
    desk.trade("NIFTY-FUT", 24_900.0)
    live.refresh_now()
    assert charts.panes[1].chart._picture._pointing.linked_ns is None
