"""Where an engine runs, and the opening of a feed there."""

from __future__ import annotations

import enum

from app.sessions.here import open_here
from app.sessions.load import calls_for_process
from app.sessions.session import Opening, Session, Wanted
from feeds.address import FeedAddress
from feeds.clock import Clock


class EngineChoice(enum.Enum):
    """Where the engine of a feed runs: AUTO is a thread until the load calls for a process."""

    AUTO = "auto"
    THREAD = "thread"
    APART = "process"


def open_session(
    address: FeedAddress, wanted: Wanted, opening: Opening, clock: Clock, choice: EngineChoice
) -> Session:
    """Open a feed where it is wanted; it is not started yet.

    Raises TickdeskError or OSError saying why it cannot be opened, OpeningCancelled where it was given up.
    """
    if choice is EngineChoice.APART or (choice is EngineChoice.AUTO and calls_for_process(address)):
        from app.sessions.opening_apart import open_apart  # what a thread need not wait for

        return open_apart(address, wanted, opening, clock)
    return open_here(address, wanted, opening, clock)
