"""Moves an engine from a thread to a process of its own while it goes on: both compute until the new one is as far."""

from __future__ import annotations

import logging
import threading

from analytics.errors import TickdeskError
from analytics.log import AppendLog
from analytics.rules.rule import Firing
from app.sessions.apart import SessionApart
from app.sessions.here import SessionHere
from app.sessions.mirror import Reach, reach_of, told_up_to
from app.sessions.opening_apart import open_apart
from app.sessions.session import Opening
from feeds.clock import Clock
from feeds.reading import OpeningCancelled

_JOIN_S = 10.0
_JUST_NS = 250_000_000
_log = logging.getLogger(__name__)


class Mover:
    """One move. It is made on the desk's thread, asked by `arrived` once a frame, and either arrives or is given up.

    The process opens the feed where the thread's began, and computes all of it again. Firings up to where the thread stood
    as the move began are kept as they are; later ones are the process's own.
    """

    def __init__(self, session: SessionHere, clock: Clock) -> None:
        self._from = session
        self._clock = clock
        self._wanted = session.wanted
        self._reach, self._firings = _known(session)
        self._target, self._target_ns = self._reach, clock.monotonic_ns()
        self._cancelled = threading.Event()
        self._opened: SessionApart | None = None
        self.failed = False
        self._thread = threading.Thread(target=self._open, name="tickdesk-mover", daemon=True)
        self._thread.start()

    def arrived(self) -> SessionApart | None:
        """Return the session that takes over, once it has come where the one in the thread just was.

        Both go on all the time, and news of one are some milliseconds old: it may lack a few ticks for a frame.
        """
        session = self._opened
        if session is None:
            return None
        session.refresh()
        if not session.has_come(self._target):
            return None
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._target_ns <= _JUST_NS:
            return session
        self._target, self._target_ns = reach_of(self._from.views), now_ns
        return None

    def give_up(self) -> None:
        """Stay in the thread; it may take a moment."""
        self._cancelled.set()
        self._thread.join(_JOIN_S)
        if self._opened is not None:
            self._opened.stop()

    def _open(self) -> None:
        try:
            opening = Opening(cancelled=self._cancelled.is_set)
            session = open_apart(self._from.origin, self._wanted, opening, self._clock)
        except OpeningCancelled:
            return
        except (TickdeskError, OSError) as error:
            _log.warning("the engine stays in its thread: %s", error)
            self.failed = True
            return
        session.follow(self._reach, self._firings)
        session.start()
        self._opened = session


def _known(session: SessionHere) -> tuple[Reach, AppendLog[Firing]]:
    """Return how far a session is, and its firings up to there."""
    reach = reach_of(session.views)
    return reach, told_up_to(session.firings, reach)
