"""The window over a broker that is away, late, without the topic, or closed to us; and the connect dialog."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.desk import Desk
from app.viewmodels.feed_face import Choice
from app.window import MainWindow
from feeds.address import KafkaAddress, parse_address
from feeds.kafka.sink import KafkaSink
from feeds.source import FeedState
from tests.builders.broker import Broker
from tests.builders.ticks import Sent, arrivals
from tests.builders.windows import a_window, banner, until

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 40.0
PROMPT_S = 3.0  # an attempt at a silent server lasts longer
NOBODY = "kafka://127.0.0.1:1/ticks.v1"


def press(window: MainWindow, choice: Choice) -> None:
    buttons = window.parts.side.banner.findChildren(QPushButton)
    next(each for each in buttons if each.text() == choice.value and each.isVisible()).click()


def is_live(desk: Desk, kind: str = "kafka") -> bool:
    return desk.info is not None and desk.info.kind == kind and desk.status.state is FeedState.LIVE


def test_while_a_broker_is_looked_for_the_demo_goes_on_and_cancel_keeps_it(qtbot: QtBot) -> None:
    with a_window(qtbot, "sim:") as (desk, window):
        until(qtbot, lambda: is_live(desk, "sim") and desk.counts.taken > 0)
        window.feeds.open(NOBODY)
        words = ("Connecting to 127.0.0.1:1/ticks.v1", "attempt 2", "next try in", "(connection refused)")
        until(qtbot, lambda: all(each in banner(window) for each in words))
        taken = desk.counts.taken
        until(qtbot, lambda: desk.counts.taken > taken)
        press(window, Choice.CANCEL)
        assert banner(window) == ""
        taken = desk.counts.taken
        until(qtbot, lambda: is_live(desk, "sim") and desk.counts.taken > taken)


def test_without_a_feed_before_cancel_leaves_a_window_that_offers_feeds(qtbot: QtBot) -> None:
    with a_window(qtbot, NOBODY) as (desk, window):
        until(qtbot, lambda: "next try in" in banner(window))
        press(window, Choice.CANCEL)
        shown = window.parts.side.banner.notice
        assert shown is not None
        assert shown.choices == (Choice.RETRY, Choice.DEMO, Choice.OPEN, Choice.KAFKA)
        press(window, Choice.RETRY)
        until(qtbot, lambda: "next try in" in banner(window))
        press(window, Choice.CANCEL)
        press(window, Choice.DEMO)
        until(qtbot, lambda: is_live(desk, "sim") and banner(window) == "")


def test_a_broker_that_comes_up_later_is_found_by_itself(qtbot: QtBot, own_broker: Broker) -> None:
    own_broker.create_topic("ticks.v1")
    own_broker.kill()
    with a_window(qtbot, f"kafka://{own_broker.server}/ticks.v1") as (desk, window):
        until(qtbot, lambda: "connection refused" in banner(window))
        own_broker.start()
        until(qtbot, lambda: is_live(desk))
        until(qtbot, lambda: not banner(window).startswith("Connecting"))


def test_a_missing_topic_is_found_once_it_is_made(qtbot: QtBot, broker: Broker) -> None:
    with a_window(qtbot, f"kafka://{broker.server}/made.later") as (desk, window):
        until(qtbot, lambda: "there is no topic 'made.later'" in banner(window))
        assert f"tickdesk topics create kafka://{broker.server}/made.later" in banner(window)
        broker.create_topic("made.later")
        until(qtbot, lambda: is_live(desk))
        until(qtbot, lambda: banner(window).startswith("Waiting for ticks from made.later"))


def test_a_denied_topic_names_the_rule_that_it_needs(qtbot: QtBot, broker: Broker) -> None:
    broker.create_topic("closed.v1")
    broker.deny_read("closed.v1")
    with a_window(qtbot, f"kafka://{broker.server}/closed.v1") as (_desk, window):
        until(qtbot, lambda: "'closed.v1': an ACL must allow READ on it" in banner(window))


def test_a_quiet_topic_is_no_stale_one_and_can_be_read_from_its_start(qtbot: QtBot, broker: Broker) -> None:
    broker.create_topic("quiet.v1")
    text = f"kafka://{broker.server}/quiet.v1"
    address = parse_address(text)
    assert isinstance(address, KafkaAddress)
    with KafkaSink(address) as sink:
        sink.publish(arrivals([Sent("SBIN", 842.0, 5.0)]))
    with a_window(qtbot, text) as (desk, window):
        until(qtbot, lambda: banner(window).startswith("Waiting for ticks from quiet.v1"))
        press(window, Choice.START)
        until(qtbot, lambda: desk.counts.taken == 1)
        until(qtbot, lambda: window.refresher.symbol == "SBIN")


def test_the_dialog_lists_the_topics_of_a_broker_and_connects(qtbot: QtBot, broker: Broker) -> None:
    broker.create_topic("listed.v1")
    with a_window(qtbot, "sim:") as (desk, window):
        until(qtbot, lambda: is_live(desk, "sim"))
        window.feeds.ask_kafka()
        dialog = window.feeds.kafka_dialog
        assert dialog is not None
        dialog.servers.setText(broker.server)
        qtbot.keyClick(dialog.servers, Qt.Key.Key_Return)
        until(qtbot, lambda: "listed.v1" in dialog.topics.names)
        dialog.topic.clear()
        qtbot.keyClicks(dialog.topic, "listed")
        assert dialog.topics.names == ("listed.v1",)
        qtbot.keyClick(dialog.topic, Qt.Key.Key_Down)
        assert dialog.topic.text() == "listed.v1"
        qtbot.mouseClick(dialog.connect_button, Qt.MouseButton.LeftButton)
        until(qtbot, lambda: is_live(desk))
        assert desk.address == f"kafka://{broker.server}/listed.v1"


@pytest.mark.window
def test_the_program_ends_promptly_while_it_waits_for_a_silent_server(
    window_environ: dict[str, str],
) -> None:
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and no more
        feed = f"kafka://127.0.0.1:{silent.getsockname()[1]}/ticks.v1"
        line = [sys.executable, "-m", "app", "--feed", feed]
        with subprocess.Popen(
            line, cwd=ROOT, env=window_environ, stderr=subprocess.PIPE, text=True
        ) as running:
            find = ["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(running.pid)]
            subprocess.run([*find, "--name", "Tickdesk"], env=window_environ, timeout=WAIT_S, check=True)
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate(timeout=PROMPT_S)
    assert (running.returncode, said) == (0, "")
