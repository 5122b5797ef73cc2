"""Questions that take their time, answered on a thread of their own: the newest one counts, the others are given up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from analytics.errors import TickdeskError
from feeds.reading import OpeningCancelled

_JOIN_S = 0.05  # a thread that waits for a slow disk ends by itself, later
_BROKE_OFF = "that broke off for a reason of our own; the log tells it"
_log = logging.getLogger(__name__)
A = TypeVar("A")
Cancelled: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Answer(Generic[A]):
    """The answer to the `number`-th question: `value`, or `fault`, one line; neither while it is awaited."""

    number: int
    value: A | None = None
    fault: str = ""

    @property
    def is_awaited(self) -> bool:
        """Return whether the question is still being worked on."""
        return self.value is None and not self.fault


class Latest(Generic[A]):
    """Answers one question at a time; for one thread, which reads `answer` by polling."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._answer: Answer[A] | None = None
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._count = 0
        self._settled = threading.Lock()  # held while a question turns into an answer, or is given up

    @property
    def answer(self) -> Answer[A] | None:
        """Return what is known of the newest question; None before the first, and once it was given up."""
        return self._answer

    def ask(self, work: Callable[[Cancelled], A]) -> int:
        """Have `work` done, and return the question's number; the one before is given up.

        What it raises of TickdeskError and OSError becomes the answer's fault. It may ask now and then whether it
        is given up, and raise OpeningCancelled then.
        """
        self.cancel()
        self._count += 1
        asked: Answer[A] = Answer(self._count)
        self._cancelled = cancelled = threading.Event()
        with self._settled:
            self._answer = asked
        # A daemon: the program need not wait for a disk that does not answer.
        self._thread = threading.Thread(
            target=self._run, args=(asked, work, cancelled.is_set), name=self._name, daemon=True
        )
        self._thread.start()
        return self._count

    def cancel(self) -> None:
        """Give up the question; what is under way ends by itself, and nobody hears of it."""
        self._cancelled.set()
        with self._settled:
            self._answer = None

    def close(self) -> None:
        """Give up the question, and wait a little for the thread."""
        self.cancel()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_JOIN_S)

    def _run(self, asked: Answer[A], work: Callable[[Cancelled], A], cancelled: Cancelled) -> None:
        try:
            ended = Answer(asked.number, work(cancelled))
        except OpeningCancelled:
            return
        except (TickdeskError, OSError) as error:
            ended = Answer(asked.number, fault=" ".join(str(error).split()) or type(error).__name__)
        except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for an answer for ever
            _log.exception("%s failed", self._name)
            ended = Answer(asked.number, fault=_BROKE_OFF)
        with self._settled:
            if self._answer is asked:
                self._answer = ended
