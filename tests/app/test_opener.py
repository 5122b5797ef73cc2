"""Closing while a feed is being opened: the program's end waits for no broker."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from app.desk import Desk
from feeds.clock import SystemClock
from feeds.instruments import load_instruments
from feeds.source import FeedState

PROMPT_S = 1.0


def connecting(desk: Desk) -> Callable[[], bool]:
    def under_way() -> bool:
        loading = desk.loading
        return loading is not None and loading.status.attempt == 1

    return under_way


def test_closing_does_not_wait_for_a_server_that_never_answers(qtbot: QtBot) -> None:
    desk = Desk(clock=SystemClock(), instruments=load_instruments())
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and no more
        desk.open(f"kafka://127.0.0.1:{silent.getsockname()[1]}/ticks.v1")
        qtbot.waitUntil(connecting(desk))
        opener = next(each for each in threading.enumerate() if each.name == "tickdesk-opener")
        assert opener.daemon
        began_s = time.monotonic()
        desk.close()
        assert time.monotonic() - began_s < PROMPT_S
    opener.join()
    assert desk.info is None
    assert desk.status.state is FeedState.ENDED


def test_an_attempt_that_is_given_up_leaves_no_fault_and_no_feed(qtbot: QtBot) -> None:
    desk = Desk(clock=SystemClock(), instruments=load_instruments())
    desk.open("kafka://127.0.0.1:1/ticks.v1")
    qtbot.waitUntil(connecting(desk))
    desk.cancel_open()
    assert desk.loading is None
    assert desk.open_fault is None
    desk.close()
