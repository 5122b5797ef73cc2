"""The Kafka dialog over a broker that the test plays, alone and opened by the window."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
)

from analytics.errors import FeedUnavailable
from app.dialogs.kafka import KafkaDialog
from app.stylesheet import desk_stylesheet
from app.theme import DARK
from app.topic_finder import TopicFinder
from app.viewmodels.kafka_choice import KafkaChoice
from app.window import MainWindow
from feeds.address import Beginning
from feeds.kafka.vocabulary import TopicSummary

HERE, THERE = ("localhost:9092",), ("there:9092",)
TOPICS = (
    TopicSummary("__consumer_offsets", 50, 9),
    TopicSummary("orders", 1, None),
    TopicSummary("ticks.test", 1, 15_000),
    TopicSummary("ticks.v1", 12, 4_812_377_101),
)
ANSWER_S = 5.0


class Broker:
    def __init__(self):
        self.answers = {HERE: TOPICS, THERE: (TopicSummary("others", 1, 0),)}
        self.asked = []
        self.speaks = threading.Event()
        self.speaks.set()

    def look(self, servers):
        self.asked.append(servers)
        assert self.speaks.wait(ANSWER_S)
        if servers not in self.answers:
            raise FeedUnavailable(f"nothing answers at {servers[0]}")
        return self.answers[servers]


@pytest.fixture
def broker():
    made = Broker()
    yield made
    made.speaks.set()


@pytest.fixture
def dialog(broker, qtbot):
    made = []

    def make(choice=None):
        opened = KafkaDialog(TopicFinder(broker.look), choice or KafkaChoice())
        opened.setStyleSheet(desk_stylesheet(DARK))
        qtbot.addWidget(opened)
        opened.show()
        made.append(opened)
        return opened

    yield make
    for opened in made:
        opened.reject()


@pytest.fixture
def listed(dialog, qtbot):
    made = dialog()
    qtbot.waitUntil(lambda: made.topics.names != ())
    return made


def type_over(qtbot, line, text):
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClicks(line, text)


def centre_of(dialog, row):
    return dialog.topics.visualItemRect(dialog.topics.topLevelItem(row)).center()


def row_of(dialog, row):
    item = dialog.topics.topLevelItem(row)
    return tuple(item.text(column) for column in range(3))


# Looking up


def test_topics_are_looked_up_as_the_dialog_opens_and_kafkas_own_are_hidden(listed):
    assert [row_of(listed, row) for row in range(3)] == [
        ("orders", "1", "–"),
        ("ticks.test", "1", "15,000"),
        ("ticks.v1", "12", "4,812,377,101"),
    ]
    assert listed.topics.words == ""


def test_the_topic_that_is_named_already_is_marked_and_narrows_nothing(listed):
    assert [item.text(0) for item in listed.topics.selectedItems()] == ["ticks.v1"]
    assert len(listed.topics.names) == 3


def test_a_dialog_without_a_server_asks_nobody(dialog, broker):
    made = dialog(KafkaChoice(servers=""))
    assert broker.asked == []
    assert "List topics" in made.topics.words


def test_typing_stays_live_while_the_broker_is_silent(dialog, broker, qtbot):
    broker.speaks.clear()
    made = dialog()
    assert made.topics.words == "Looking…"
    type_over(qtbot, made.topic, "orders")
    assert made.address_line.text() == "kafka://localhost:9092/orders"
    assert made.connect_button.isEnabled()
    broker.speaks.set()
    qtbot.waitUntil(lambda: made.topics.words == "")
    assert made.topics.names == ("orders",)


def test_a_failure_stands_in_place_of_the_list_and_a_topic_can_be_named_all_the_same(dialog, qtbot):
    made = dialog(KafkaChoice("nowhere:1", "ticks.v1"))
    qtbot.waitUntil(lambda: "nothing answers at nowhere:1" in made.topics.words)
    assert made.topics.names == ()
    assert QApplication.activeModalWidget() is None
    assert made.connect_button.isEnabled()


def test_enter_in_servers_looks_there_and_does_not_connect(listed, qtbot):
    type_over(qtbot, listed.servers, "there")
    assert listed.topics.names == ()
    qtbot.keyClick(listed.servers, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed.topics.names == ("others",))
    assert listed.isVisible()


def test_the_button_looks_too(listed, broker, qtbot):
    listed.look_button.click()
    qtbot.waitUntil(lambda: broker.asked == [HERE, HERE])


def test_topics_of_servers_that_are_no_longer_named_are_not_offered(listed, qtbot):
    type_over(qtbot, listed.servers, "localhost:9093")
    assert listed.topics.names == ()
    type_over(qtbot, listed.servers, "localhost:9092")
    assert len(listed.topics.names) == 3


def test_the_timer_ticks_only_while_a_look_up_runs(dialog, broker, qtbot):
    broker.speaks.clear()
    made = dialog()
    assert made._timer.isActive()
    broker.speaks.set()
    qtbot.waitUntil(lambda: not made._timer.isActive())


def test_ending_the_dialog_closes_the_finder_and_stops_the_timer(dialog, broker):
    broker.speaks.clear()
    made = dialog()
    made.reject()
    assert not made._timer.isActive()
    assert made._finder.result is None
    made._finder.find(THERE)
    assert broker.asked == [HERE]


# Picking


def test_typing_in_the_topic_narrows_the_list(listed, qtbot):
    type_over(qtbot, listed.topic, "TICKS")
    assert listed.topics.names == ("ticks.test", "ticks.v1")
    type_over(qtbot, listed.topic, "ticks.new")
    assert "“ticks.new”" in listed.topics.words
    assert listed.choice.fault is None


def test_a_click_picks_and_moves_no_row(listed, qtbot):
    type_over(qtbot, listed.topic, "ticks")
    qtbot.mouseClick(listed.topics.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(listed, 0))
    assert listed.topic.text() == "ticks.test"
    assert listed.topics.names == ("ticks.test", "ticks.v1")


def test_a_double_click_connects(listed, qtbot):
    at = centre_of(listed, 0)
    qtbot.mouseClick(listed.topics.viewport(), Qt.MouseButton.LeftButton, pos=at)
    with qtbot.waitSignal(listed.accepted):
        qtbot.mouseDClick(listed.topics.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert listed.choice.address == "kafka://localhost:9092/orders"


def test_a_double_click_does_not_connect_while_something_is_wrong(listed, qtbot):
    listed.start.setCurrentIndex(2)
    at = centre_of(listed, 0)
    qtbot.mouseClick(listed.topics.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(listed.topics.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert listed.isVisible()
    assert listed.topic.text() == "orders"


def test_the_keyboard_goes_from_topic_to_list_and_connects_once(listed, qtbot):
    connected = []
    listed.accepted.connect(lambda: connected.append(listed.choice.topic))
    type_over(qtbot, listed.topic, "o")
    qtbot.keyClick(listed.topic, Qt.Key.Key_Down)
    assert listed.topics.hasFocus()
    assert listed.topic.text() == "orders"
    qtbot.keyClick(listed.topics, Qt.Key.Key_Return)
    assert connected == ["orders"]


def test_tab_through_the_list_picks_nothing(listed, qtbot):
    type_over(qtbot, listed.topic, "ticks")
    qtbot.keyClick(listed.topic, Qt.Key.Key_Tab)
    assert listed.topics.hasFocus()
    assert listed.topic.text() == "ticks"


# The rest of the choice


def test_a_detail_is_asked_for_only_where_it_is_needed(listed, qtbot):
    assert not listed.start_detail.isVisible()
    for row, example in ((2, "2026-11-20T09:15:00+05:30"), (3, "p0:123,p1:456")):
        listed.start.setCurrentIndex(row)
        assert listed.start_detail.isVisible()
        assert listed.start_detail.placeholderText() == example
        assert not listed.connect_button.isEnabled()
        type_over(qtbot, listed.start_detail, example)
        assert listed.address_line.text().endswith(f"?from={example}")
    listed.start.setCurrentIndex(1)
    assert not listed.start_detail.isVisible()
    assert listed.address_line.text() == "kafka://localhost:9092/ticks.v1?from=earliest"


def test_throughput_is_an_option_and_says_its_price(listed):
    listed.throughput.click()
    assert listed.address_line.text().endswith("?tune=throughput")
    assert "100 ms later" in listed.throughput.accessibleDescription()


def test_the_address_can_be_taken_along_but_not_written(listed):
    assert listed.address_line.isReadOnly()
    listed.address_line.selectAll()
    assert listed.address_line.selectedText() == listed.choice.address


def test_an_edit_keeps_all_that_is_not_touched(dialog):
    choice = KafkaChoice("a:1, b:2", "t", Beginning.OFFSETS, "p0:5", throughput=True, others=("lateness=2s",))
    assert dialog(choice).choice == choice


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("servers", "a b://", "is no server"),
        ("topic", "ticks v1", "letters"),
        ("start_detail", "soon", "time"),
    ],
)
def test_what_is_wrong_is_told_beside_it_and_moves_nothing(listed, qtbot, line, text, said):
    listed.start.setCurrentIndex(2)
    listed.start_detail.setText("2026-11-20T09:15Z")
    field = getattr(listed, line)
    note = {"servers": listed.servers_note, "topic": listed.topic_note, "start_detail": listed.start_note}[
        line
    ]
    before = [widget.geometry() for widget in (listed.servers, listed.topic, listed.topics, listed.start)]
    size = listed.size()
    type_over(qtbot, field, text)
    assert said in note.text()
    assert field.property("wrong")
    assert not listed.connect_button.isEnabled()
    assert listed.address_line.text() == ""
    QApplication.processEvents()
    after = [widget.geometry() for widget in (listed.servers, listed.topic, listed.topics, listed.start)]
    assert (after, listed.size()) == (before, size)


def test_security_is_told(listed):
    assert any("TLS" in label.text() for label in listed.findChildren(QLabel))


def test_it_fits_a_small_screen(listed):
    assert listed.width() <= 1280
    assert listed.height() <= 640
    assert listed.minimumSizeHint().height() <= 480


def test_every_control_has_a_name_and_a_key_and_tab_reaches_it(listed, qtbot):
    controls = [
        widget
        for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView)
        for widget in listed.findChildren(kind)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert [each for each in controls if not each.accessibleName() and not getattr(each, "text", str)()] == []
    reached = set()
    listed.servers.setFocus()
    for _ in range(len(controls)):
        reached.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert reached == set(controls)
    texts = [each.text() for each in (*listed.findChildren(QLabel), *listed.findChildren(QAbstractButton))]
    keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(keys) >= 7
    assert len(keys) == len(set(keys))


# The window


@pytest.fixture
def window(desk, qtbot):
    desk.go_live("NIFTY-FUT")
    desk.topics_of = {HERE: TOPICS}
    made = MainWindow(desk, theme=DARK, layout_file=None, clock=desk.clock, first_start=True, beep=False)
    qtbot.addWidget(made)
    made.show()
    made._loop.stop()
    yield made
    made.feeds.close()


def strip_button(window):
    buttons = window.parts.side.strip.findChildren(QPushButton)
    return next(each for each in buttons if each.text() == "Connect Kafka…")


def menu_action(window):
    return next(each for each in window.menu.actions() if each.text() == "Connect Kafka…")


@pytest.mark.parametrize(
    "way", [lambda window: strip_button(window).click(), lambda window: menu_action(window).trigger()]
)
def test_strip_and_menu_open_the_dialog_and_connecting_opens_the_address(window, desk, qtbot, way):
    way(window)
    dialog = window.feeds.kafka_dialog
    assert dialog.choice == KafkaChoice("localhost:9092", "ticks.v1")
    qtbot.waitUntil(lambda: len(dialog.topics.names) == 3)
    assert not window.parts.side.strip.isHidden()
    with qtbot.waitSignals([window.feed_chosen, window.strip_dismissed]):
        dialog.connect_button.click()
    assert desk.calls == [("open", "kafka://localhost:9092/ticks.v1")]
    assert window.parts.side.strip.isHidden()
    assert window.feeds.kafka_dialog is None


def test_cancelling_opens_nothing_and_leaves_the_strip(window, desk, qtbot):
    strip_button(window).click()
    qtbot.keyClick(window.feeds.kafka_dialog, Qt.Key.Key_Escape)
    assert window.feeds.kafka_dialog is None
    assert desk.calls == []
    assert not window.parts.side.strip.isHidden()


def test_the_dialog_begins_with_the_open_topic(window, desk):
    desk.address = "kafka://localhost:9092/orders?from=earliest&lateness=2s"
    window.feeds.ask_kafka()
    assert window.feeds.kafka_dialog.choice.address == desk.address


def test_the_dialog_begins_with_the_last_topic_asked_for_where_another_feed_is_open(window, desk):
    window.feeds.open("kafka://localhost:9092/orders")
    window.feeds.open("sim:")
    window.feeds.ask_kafka()
    assert window.feeds.kafka_dialog.choice.topic == "orders"


def test_asking_twice_shows_one_dialog(window):
    window.feeds.ask_kafka()
    first = window.feeds.kafka_dialog
    window.feeds.ask_kafka()
    assert window.feeds.kafka_dialog is first


def test_closing_the_window_ends_the_dialog(window):
    window.feeds.ask_kafka()
    finder = window.feeds.kafka_dialog._finder
    window.close()
    assert window.feeds.kafka_dialog is None
    assert finder.result is None
