"""The desk's end of an engine's process: started, asked, listened to, and ended by whoever made it."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

from app.sessions.engine_process import STOP, serve
from app.sessions.news import Ask, Message, Setup

END_S = 8.0
"""A consumer that closes its feed, or a tape that is sealed, may take some seconds."""
_KILL_S = 1.0


class EngineEnded(Exception):
    """The process is gone; the text says how."""


class EngineProcess:
    """One engine's process. Raises OSError where none can be started."""

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        # where blocks are files, whoever ends the process removes them, however it ended
        self._folder = None if sys.platform == "linux" else Path(tempfile.mkdtemp(prefix="tickdesk-"))
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve,
            args=(theirs, setup._replace(folder=self._folder)),
            name="tickdesk-engine",
            daemon=True,
        )
        self._process.start()
        theirs.close()

    @property
    def number(self) -> int:
        """Return the process's number."""
        return self._process.pid or 0

    def receive(self, timeout_s: float = 0.0) -> Message | None:
        """Return the next message, None where none comes in time. Raises EngineEnded."""
        try:
            return cast("Message", self._connection.recv()) if self._connection.poll(timeout_s) else None
        except (EOFError, OSError):
            raise EngineEnded(self._how_it_ended()) from None

    def send(self, name: str, *arguments: object, awaited: int = 0) -> None:
        """Ask for something; one that is gone is not asked any more."""
        with contextlib.suppress(OSError, ValueError):
            self._connection.send(Ask(name, arguments, awaited))

    def end(self, timeout_s: float = END_S) -> None:
        """Have the process stop, and wait for it; one that does not end in time is killed."""
        until_s = time.monotonic() + timeout_s
        self.send(STOP)
        with contextlib.suppress(
            EOFError, OSError
        ):  # read on, so that it is not stuck in telling its last news
            while self._connection.poll(max(until_s - time.monotonic(), 0.0)) and time.monotonic() < until_s:
                self._connection.recv_bytes()
        self._process.join(max(until_s - time.monotonic(), 0.0))
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_KILL_S)
        self._connection.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _how_it_ended(self) -> str:
        self._process.join(_KILL_S)
        code = self._process.exitcode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name
        return "it closed its end" if code is None else f"exit code {code}"
