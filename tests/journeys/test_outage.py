"""A broker's outage as it is seen on a real display: told at once, and over by itself."""

from __future__ import annotations

import pytest

from feeds.address import KafkaAddress, parse_address
from tests.builders.broker import Broker
from tests.builders.publisher import SYMBOLS, publishing
from tests.builders.real_window import Window, started
from tests.builders.waiting import wait_until


def goes_on(window: Window) -> None:
    """Wait until the price in the title is another than now, with nothing said of the feed."""
    before = window.title
    wait_until(lambda: window.title != before and "Reconnecting" not in window.title, "another price")


@pytest.mark.kafka
@pytest.mark.window
def test_an_outage_is_told_in_the_title_and_ends_by_itself(
    display: dict[str, str], own_broker: Broker
) -> None:
    own_broker.create_topic("ticks.v1", partitions=4)
    text = f"kafka://{own_broker.server}/ticks.v1"
    address = parse_address(text)
    assert isinstance(address, KafkaAddress)
    with publishing(address), started(display, "--feed", text) as window:
        wait_until(lambda: window.title.startswith(SYMBOLS), "the first price in the title")
        goes_on(window)
        own_broker.kill()
        wait_until(lambda: "Reconnecting" in window.title, "the outage, in words")
        own_broker.start()
        goes_on(window)
