"""The one feed that is open: another opened in its place, its engine moved to a process of its own, its end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.opener import LoadProgress, Opener
from app.sessions import EngineChoice, Opening, Session, Wanted, open_session
from app.sessions.here import SessionHere
from app.sessions.load import LoadWatch
from feeds.address import FeedAddress
from feeds.clock import Clock
from feeds.source import FeedState, FeedStatus

if TYPE_CHECKING:
    from app.sessions.mover import Mover


class OpenFeed:
    """For the desk's thread; a feed is opened on a thread of its own, and the one before goes on until it is ready.

    `wanted` tells what a feed is opened with at the time.
    """

    def __init__(self, clock: Clock, choice: EngineChoice, wanted: Callable[[], Wanted]) -> None:
        self._clock = clock
        self._choice = choice
        self._wanted = wanted
        self._opened: deque[Session] = deque()
        self._opener = Opener(self._open_session, self._hand_over)
        self._session: Session | None = None
        self._installed = self._moved = 0
        self._load = LoadWatch()
        self._mover: Mover | None = None

    @property
    def session(self) -> Session | None:
        """Return the session of the open feed, None where none is."""
        return self._session

    @property
    def columns_anew(self) -> tuple[int, int, int]:
        """Return what differs whenever the columns are others than before, but for a seek's."""
        session = self._session
        return self._installed, self._moved, 0 if session is None else session.restarts

    def change(self, change: Callable[[Session], None]) -> None:
        """Change rules or series of the open feed; an engine that moves begins to move again, with what is new."""
        self._stay()
        if self._session is not None:
            change(self._session)

    @property
    def fault(self) -> FeedStatus | None:
        """Return why the last feed asked for could not be opened, until another is asked for."""
        return self._opener.fault

    @property
    def loading(self) -> LoadProgress | None:
        """Return how far the opening of a feed is, or None."""
        return self._opener.progress

    def refresh(self) -> None:
        """Take in what is new: a feed that was opened, an engine that moves, news."""
        if self._opened:
            self._install(self._opened.popleft())
        self._move()
        if self._session is not None:
            self._session.refresh()

    def open(self, address: FeedAddress) -> None:
        """Open a feed in the background. Failure shows in `fault`."""
        self._opener.open(address)

    def cancel(self) -> None:
        """Give up opening; where nothing is opened, give up connecting again."""
        session = self._session
        if self._opener.cancel() or session is None:
            return
        self._stay()
        if session.status.state is FeedState.RECONNECTING:
            session.stop(timeout_s=0)  # an attempt may last; the thread ends by itself

    def dismiss_fault(self) -> None:
        """Forget why the last feed could not be opened."""
        self._opener.fault = None

    def close(self) -> None:
        """Stop everything and wait for it; not for a broker that does not answer an opener."""
        self._opener.close()
        self._stay()
        session, self._session = self._session, None
        for each in (session, *self._opened):
            if each is not None:
                each.stop()
        self._opened.clear()

    def weigh(self, ticks_s: float, late_ms: float) -> None:
        """Take a load: the ticks a second, and how late the window's heart beats at the 99th percentile.

        Where the choice is left to the load, an engine in a thread moves to a process once it has been too
        heavy for some seconds. A replay is never moved, nor is a feed that is recorded.
        """
        session = self._session
        if self._choice is not EngineChoice.AUTO or self._mover is not None:
            return
        if not isinstance(session, SessionHere) or session.transport is not None or session.recording:
            return
        if session.is_up_to_date and self._load.weigh(ticks_s, late_ms):
            from app.sessions.mover import Mover  # what a desk that never moves need not wait for

            self._mover = Mover(session, self._clock)

    def _move(self) -> None:
        """Let the process take over once it has come as far as the thread; a recording begun meanwhile stays."""
        mover, session = self._mover, self._session
        if mover is None or session is None:
            return
        if mover.failed or session.recording is not None:
            self._stay()
            return
        arrived = mover.arrived()
        if arrived is not None:
            self._session, self._mover = arrived, None
            self._moved += 1
            _apart(session.stop)

    def _stay(self) -> None:
        """Give up moving, for now."""
        mover, self._mover = self._mover, None
        if mover is not None:
            self._load = LoadWatch()
            _apart(mover.give_up)

    def _open_session(self, address: FeedAddress, opening: Opening) -> Session:
        """Open a feed, on the opener's thread."""
        return open_session(address, self._wanted().of(address), opening, self._clock, self._choice)

    def _hand_over(self, session: Session) -> Callable[[], object]:
        """Take a feed that was opened, on the opener's thread; it is put in place on the desk's."""
        self._opened.append(session)
        return lambda: None

    def _install(self, session: Session) -> None:
        """Put a feed in place of the one before, which ends by itself."""
        self._stay()
        self._load = LoadWatch()
        before, self._session = self._session, session
        session.start()
        wanted = self._wanted()
        for spec in wanted.series:  # what was changed while the feed was being opened
            session.add_series(spec)
        session.set_rules(wanted.rules)
        self._installed += 1
        if before is not None:
            _apart(before.stop)


def _apart(end: Callable[[], object]) -> None:
    """Have something end on a thread of its own: it may wait for another thread, or a process."""
    threading.Thread(target=end, name="tickdesk-ending").start()
