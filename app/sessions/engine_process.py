"""The engine's own process: it opens the feed, runs the same session as a thread would, and tells its news."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
import time
from multiprocessing.connection import Connection

from analytics.errors import TickdeskError
from app.sessions.blocks import SharedMemory
from app.sessions.here import SessionHere, open_here
from app.sessions.news import Answer, Ask, Message, Opened, Progress, Refused, Setup
from app.sessions.session import Opening
from app.sessions.teller import Teller
from app.user_series import load_user_series
from feeds.clock import SystemClock
from feeds.reading import OpeningCancelled
from feeds.source import FeedStatus

STOP, START = "stop", "start"
_PROGRESS_EVERY_S = 0.05


def serve(connection: Connection, setup: Setup) -> None:
    """Serve one feed until told to stop, or the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the desk, which ends this
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the desk is gone, or has given up
            _Server(connection, setup).run()
    finally:
        os._exit(0)  # whatever thread is stuck, in a feed or in a person's series: nobody waits for it


class _Server:
    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection = connection
        self._setup = setup
        self._sending = threading.Lock()
        self._told_s = 0.0
        self._asked: list[Ask] = []  # what came while the feed was being opened

    def run(self) -> None:
        setup = self._setup
        memory = SharedMemory(setup.folder)
        try:
            if setup.wanted.series_folder is not None:
                load_user_series(setup.wanted.series_folder)
            session = open_here(setup.address, setup.wanted, self._opening(), SystemClock(), memory)
        except OpeningCancelled:
            return
        except (TickdeskError, OSError) as error:
            self._send(Refused(str(error)))
            return
        teller = Teller(session, memory, self._send, self._connection.close)
        try:
            self._send(Opened(teller.gather()[0], session.info, session.origin))
            gc.collect()
            gc.freeze()
            self._obey(session, teller)
        finally:
            session.stop()
            teller.stop()

    def _obey(self, session: SessionHere, teller: Teller) -> None:
        """Obey until the other side stops this or is gone."""
        while True:
            try:
                ask = self._asked.pop(0) if self._asked else self._connection.recv()
            except (EOFError, OSError):
                return
            if ask.name == STOP:
                return
            if ask.name == START:
                session.start()
                teller.start()
                continue
            fault = _obeyed(session, ask)
            if ask.name == "seek":
                teller.seeks += 1
            if ask.awaited:
                self._send(Answer(ask.awaited, fault))

    def _send(self, message: Message) -> None:
        with self._sending:
            self._connection.send(message)

    def _opening(self) -> Opening:
        return Opening(self._tell_progress, self._tell_status, self._is_cancelled)

    def _tell_progress(self, done: int, total: int) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= _PROGRESS_EVERY_S:
            self._told_s = now_s
            self._send(Progress(done, total, None))

    def _tell_status(self, status: FeedStatus) -> None:
        self._send(Progress(0, 0, status))

    def _is_cancelled(self) -> bool:
        try:
            while self._connection.poll():
                ask = self._connection.recv()
                if ask.name == STOP:
                    return True
                self._asked.append(ask)
        except (EOFError, OSError):
            return True
        return False


def _obeyed(session: SessionHere, ask: Ask) -> str:
    """Have a session do what is asked, and return why it could not, or ``""``."""
    try:
        getattr(session, ask.name)(*ask.arguments)
    except (TickdeskError, OSError) as error:
        return str(error)
    return ""
