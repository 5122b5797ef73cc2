"""Opening a feed in a process of its own."""

from __future__ import annotations

from dataclasses import replace

from analytics.errors import FeedError
from app.sessions.apart import LISTEN_S, SessionApart
from app.sessions.news import Opened, Progress, Refused, Setup
from app.sessions.process import EngineEnded, EngineProcess
from app.sessions.session import Opening, Wanted
from feeds.address import FeedAddress
from feeds.clock import Clock
from feeds.reading import OpeningCancelled


def open_apart(address: FeedAddress, wanted: Wanted, opening: Opening, clock: Clock) -> SessionApart:
    """Open a feed in a process of its own; it is not started yet.

    Raises FeedError saying why it cannot be opened, OpeningCancelled where it was given up.
    """
    opened_ns = clock.now_ns() if wanted.opened_ns is None else wanted.opened_ns
    setup = Setup(address, replace(wanted, opened_ns=opened_ns))
    process = EngineProcess(setup)
    try:
        while True:
            if opening.cancelled():
                process.kill()  # it has nothing that could be lost
                raise OpeningCancelled("opening was cancelled")
            message = process.receive(LISTEN_S)
            if isinstance(message, Opened):
                return SessionApart(setup, clock, process, message)
            if isinstance(message, Refused):
                process.kill()
                raise FeedError(message.cause)
            if isinstance(message, Progress):
                if message.status is None:
                    opening.progress(message.done, message.total)
                else:
                    opening.told(message.status)
    except EngineEnded as error:
        raise FeedError(
            f"the engine's process ended before {address.text} was open ({error}); try again, or run the engine in "
            "a thread"
        ) from None
