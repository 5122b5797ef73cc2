"""A broker killed while ticks stream, and started again: said at once, nothing lost, nothing counted twice."""

from __future__ import annotations

import time

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.desk import Desk
from app.viewmodels.feed_face import Choice
from feeds.address import KafkaAddress, parse_address
from feeds.kafka.sink import KafkaSink
from feeds.source import FeedState
from tests.builders.broker import Broker
from tests.builders.publisher import RATE, SYMBOLS, numbered_ticks, publishing
from tests.builders.windows import a_window, banner, until

pytestmark = pytest.mark.kafka

BANNER_S = 3.0


def ticks_shown(desk: Desk) -> int:
    """Return how many ticks the engine has published to the window."""
    return sum(view.count for each in SYMBOLS if (view := desk.view(each)) is not None)


def test_a_killed_broker_is_told_and_costs_no_tick(qtbot: QtBot, own_broker: Broker) -> None:
    own_broker.create_topic("ticks.v1", partitions=4)
    text = f"kafka://{own_broker.server}/ticks.v1"
    address = parse_address(text)
    assert isinstance(address, KafkaAddress)
    with a_window(qtbot, f"{text}?from=earliest") as (desk, window):
        until(qtbot, lambda: desk.status.state is FeedState.LIVE)
        with publishing(address) as sink:
            until(qtbot, lambda: desk.counts.taken > RATE)
            own_broker.kill()
            killed_s = time.monotonic()
            until(qtbot, lambda: banner(window).startswith("Reconnecting"))
            assert time.monotonic() - killed_s < BANNER_S
            shown = window.parts.side.banner.notice
            assert shown is not None
            assert set(shown.choices) == {Choice.RETRY, Choice.COPY, Choice.CANCEL}
            until(qtbot, lambda: "next try in" in banner(window) and "connection refused" in banner(window))
            at_the_kill = desk.counts.taken
            own_broker.start()
            until(qtbot, lambda: desk.status.state is FeedState.LIVE and not banner(window))
            until(qtbot, lambda: desk.counts.taken > at_the_kill + 2 * RATE)
        acknowledged = sink.counts.acknowledged
        until(qtbot, lambda: ticks_shown(desk) >= acknowledged)
        counts = desk.counts
        assert (counts.taken, counts.duplicate, counts.late, counts.gaps) == (acknowledged, 0, 0, 0)
        for place, symbol in enumerate(SYMBOLS):
            view = desk.view(symbol)
            assert view is not None
            expected = np.arange(1, (acknowledged - place - 1) // len(SYMBOLS) + 2)
            assert np.array_equal(view.seq[: view.count], expected)


def test_reconnecting_can_be_given_up_and_the_view_stays(qtbot: QtBot, own_broker: Broker) -> None:
    own_broker.create_topic("ticks.v1", partitions=4)
    text = f"kafka://{own_broker.server}/ticks.v1"
    address = parse_address(text)
    assert isinstance(address, KafkaAddress)
    with a_window(qtbot, f"{text}?from=earliest") as (desk, window):
        with KafkaSink(address) as sink:
            sink.publish(numbered_ticks(0, 100))
        until(qtbot, lambda: desk.counts.taken == 100)
        own_broker.kill()
        until(qtbot, lambda: banner(window).startswith("Reconnecting"))
        window.parts.side.banner.chosen.emit(Choice.CANCEL)
        until(qtbot, lambda: banner(window).startswith("Disconnected"))
        assert desk.counts.taken == 100
        assert ticks_shown(desk) == 100
