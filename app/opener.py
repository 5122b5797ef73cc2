"""Opening a feed in the background: one at a time, with progress, cancel, and a fault that can be read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.errors import TickdeskError
from app.sessions import Opening, Session
from feeds.address import FeedAddress, KafkaAddress
from feeds.reading import OpeningCancelled
from feeds.source import FeedState, FeedStatus

_JOIN_S = 10.0
_GRACE_S = 0.2  # for an attempt to connect: it may last seconds, and nobody waits for its end
_CONNECTING = FeedStatus(FeedState.CONNECTING)


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """A feed being opened: what is read of `total` bytes or rows, or how connecting stands."""

    title: str
    done: int
    total: int
    status: FeedStatus = _CONNECTING


@dataclass(slots=True)
class _Attempt:
    """One feed being opened."""

    address: FeedAddress
    cancelled: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int = 0
    status: FeedStatus = _CONNECTING
    thread: threading.Thread | None = None

    @property
    def connects(self) -> bool:
        """Return whether a server is asked, which may answer late or never."""
        return isinstance(self.address, KafkaAddress)


class Opener:
    """Opens feeds by `open_session` on the thread ``tickdesk-opener`` and hands each to `install` there.

    `install` is quick, and returns what may take its time: the end of the feed before. A newer request
    cancels the one before; what was cancelled is closed and never installed. A broker that does not answer
    is tried until it does; the program's end does not wait for such an attempt. Methods are for the desk's
    thread.
    """

    def __init__(
        self,
        open_session: Callable[[FeedAddress, Opening], Session],
        install: Callable[[Session], Callable[[], object]],
    ) -> None:
        self.fault: FeedStatus | None = None
        """Why the last feed asked for could not be opened, until another is asked for."""
        self._open_session = open_session
        self._install = install
        self._opening: _Attempt | None = None
        self._settled = threading.Lock()  # held while an opening turns into a feed, a fault, or nothing

    @property
    def progress(self) -> LoadProgress | None:
        """Return how far the opening of a feed is, or None."""
        opening = self._opening
        if opening is None:
            return None
        return LoadProgress(opening.address.text, opening.done, opening.total, opening.status)

    def open(self, address: FeedAddress) -> None:
        """Open a feed, and give up any that is being opened."""
        self.cancel()
        self.fault = None
        opening = _Attempt(address)
        opening.thread = threading.Thread(
            target=self._run, args=(opening,), name="tickdesk-opener", daemon=opening.connects
        )
        self._opening = opening
        opening.thread.start()

    def cancel(self) -> bool:
        """Give up opening, and return whether there was any; its thread ends by itself."""
        return self._give_up() is not None

    def close(self) -> None:
        """Give up opening, and wait for the thread; not for one that waits for a broker itself."""
        opening = self._give_up()
        if opening is not None and opening.thread is not None:
            opening.thread.join(_GRACE_S if opening.connects else _JOIN_S)

    def _give_up(self) -> _Attempt | None:
        with self._settled:
            opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancelled.set()
        return opening

    def _run(self, opening: _Attempt) -> None:
        def progress(done: int, total: int) -> None:
            opening.done, opening.total = done, total

        def told(status: FeedStatus) -> None:
            opening.status = status

        try:
            session = self._open_session(opening.address, Opening(progress, told, opening.cancelled.is_set))
        except OpeningCancelled:
            return
        except (TickdeskError, OSError) as error:
            with self._settled:
                if self._opening is opening:
                    self.fault = FeedStatus(FeedState.FAILED, str(error))
                    self._opening = None
            return
        afterwards: Callable[[], object] = session.stop
        with self._settled:
            if self._opening is opening:
                afterwards = self._install(session)
                self._opening = None
        afterwards()
