"""Looking up a broker's topics in the background, with an answer that can be read at any time."""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from analytics.errors import TickdeskError
from feeds.kafka.vocabulary import TopicSummary

_JOIN_S = 0.05  # a thread that is in a call over the network ends by itself, later
_BROKE_OFF = "the look-up broke off for a reason of our own; the log tells it"
_log = logging.getLogger(__name__)


LOOKUP_THREAD = "tickdesk-topics"


class LookupState(enum.StrEnum):
    """How far a look-up is."""

    LOOKING = "looking"
    FOUND = "found"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TopicLookup:
    """One look-up: the `number`-th of its finder, with `topics` once found, or `fault`, one line."""

    servers: tuple[str, ...]
    number: int
    state: LookupState = LookupState.LOOKING
    topics: tuple[TopicSummary, ...] = ()
    fault: str = ""


class TopicFinder:
    """Runs `look` on the thread ``tickdesk-topics``; `look` returns the topics or raises FeedError.

    A newer request supersedes the one before: that ends by itself, and its answer counts for nothing.
    `result` is read by polling; all methods are for one thread, the one that made the finder.
    """

    def __init__(self, look: Callable[[tuple[str, ...]], tuple[TopicSummary, ...]]) -> None:
        self._look = look
        self._result: TopicLookup | None = None
        self._thread: threading.Thread | None = None
        self._count = 0
        self._closed = False
        self._settled = threading.Lock()  # held while a look-up turns into an answer, or is superseded

    @property
    def result(self) -> TopicLookup | None:
        """Return the last look-up as it stands now; None before the first, and after the end."""
        return self._result

    def find(self, servers: tuple[str, ...]) -> None:
        """Look at these servers; where that is under way already, let it go on."""
        result = self._result
        if self._closed or (
            result is not None and result.state is LookupState.LOOKING and result.servers == servers
        ):
            return
        self._count += 1
        looking = TopicLookup(servers, self._count)
        with self._settled:
            self._result = looking
        # A daemon: the program need not wait for a broker that does not answer.
        self._thread = threading.Thread(target=self._run, args=(looking,), name=LOOKUP_THREAD, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more; what is under way ends by itself, and nobody hears of it."""
        self._closed = True
        with self._settled:
            self._result = None
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_JOIN_S)

    def _run(self, looking: TopicLookup) -> None:
        try:
            ended = replace(looking, state=LookupState.FOUND, topics=self._look(looking.servers))
        except (TickdeskError, OSError) as error:
            ended = replace(looking, state=LookupState.FAILED, fault=" ".join(str(error).split()))
        except Exception:  # noqa: BLE001 - whatever it is, nobody may wait for an answer for ever
            _log.exception("looking up the topics of %s failed", ",".join(looking.servers))
            ended = replace(looking, state=LookupState.FAILED, fault=_BROKE_OFF)
        with self._settled:
            if self._result is looking:
                self._result = ended
