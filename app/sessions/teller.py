"""Tells another process what a session has that is new: all that changed together, never more often than is of use.

The consumer never waits for it: what it published between two tellings is told as one. A reader that reads late
gets fewer, larger news.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from numpy.typing import NDArray

from analytics.columns import ColumnsView
from analytics.log import AppendLog
from app.sessions.blocks import SharedMemory
from app.sessions.here import SessionHere
from app.sessions.news import COLUMNS, Figures, News, Places, Told
from app.sessions.session import Change
from feeds.source import FeedInfo, TimelineBin, Transport

LEAST_PAUSE_S = 0.003
"""News come no more often than this: a screen shows a frame in five times as long."""
_PAUSE_SHARE = 3.0
"""After news that took long to gather, as with thousands of symbols, the pause is so many times as long."""
_IDLE_S = 0.05
"""In silence the figures are told this often: clocks run, a feed may be lost."""
_MOST_ENTRIES = 500
_MOST_SYMBOLS = 200
"""So many entries of a log, and columns of so many symbols, go with one news: none may stall a frame."""
_JOIN_S = 5.0
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Teller:
    """A thread that sends the news of a session. `seeks` is how many were obeyed, for whoever obeys them to raise."""

    def __init__(
        self,
        session: SessionHere,
        memory: SharedMemory,
        send: Callable[[News], None],
        failed: Callable[[], None],
    ) -> None:
        self.seeks = 0
        self._failed = failed
        self._session = session
        self._memory = memory
        self._send = send
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._told: dict[str, ColumnsView] = {}
        self._firings, self._events = _Following(session.firings), _Following(session.events)
        self._passages = _Following(session.passages)
        self._info: FeedInfo | None = None
        self._timeline: tuple[TimelineBin, ...] | None = None
        self._last: Figures | None = None
        self._changes: tuple[Change, ...] = session.changes
        self._thread = threading.Thread(target=self._run, name="tickdesk-teller", daemon=True)
        session.call_after_turns(self._woken.set)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell what is left, and end."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken.wait(_IDLE_S)
                self._woken.clear()
                began = time.perf_counter()
                while self._tell():
                    pass
                self._stopping.wait(max(LEAST_PAUSE_S, _PAUSE_SHARE * (time.perf_counter() - began)))
            while self._tell():
                pass
        except (BrokenPipeError, ConnectionError, EOFError):
            return  # the reader is gone; whoever reads its commands ends the process
        except Exception:  # noqa: BLE001 - without news the desk would show an old state for ever
            _log.exception("no more news is told")
            self._failed()

    def _tell(self) -> bool:
        """Send what is new, and return whether there is more of it than one news may hold."""
        news, more = self.gather()
        self._send(news)
        return more

    def gather(self) -> tuple[News, bool]:
        """Return what is new, and whether more waits.

        Figures are read before columns and logs: who is told that a seek is settled, or a feed finished,
        has all that belongs to it. Columns are read before the logs, so that who is told of a row has been
        told of its firings; while logs have more than one news may hold, or began anew since the columns
        were read, columns and figures stay those told before.
        """
        session = self._session
        figures = self._figures()
        views = session.views
        firings, anew, more = self._firings.fresh()
        events, events_anew, more_events = self._events.fresh()
        passages, _, _ = self._passages.fresh()
        if anew:
            self._told.clear()
        info, changes = session.info, session.changes
        more = more or more_events or anew
        columns: list[Told] = []
        if not more:
            columns, more = self._columns(views)
        if more:
            figures = self._last or figures._replace(finished=False)
        self._last = figures
        news = News(
            figures,
            tuple(columns),
            firings,
            events,
            passages,
            anew,
            events_anew,
            info if info is not self._info else None,
            self._fresh_timeline(),
            changes if changes is not self._changes else None,
        )
        self._info, self._changes = info, changes
        return news, more

    def _figures(self) -> Figures:
        session = self._session
        seeks = self.seeks
        settling = session.settling
        finished = session.finished
        transport = session.transport
        return Figures(
            session.status,
            session.now_ns,
            session.counts,
            session.lag_ticks,
            session.last_poll_ns,
            seeks,
            settling,
            finished,
            None if transport is None else replace(transport, timeline=()),
            session.tape,
            session.recording_fault,
        )

    def _fresh_timeline(self) -> tuple[TimelineBin, ...] | None:
        transport: Transport | None = self._session.transport
        if transport is None or transport.timeline is self._timeline:
            return None
        self._timeline = transport.timeline
        return self._timeline

    def _columns(self, views: Mapping[str, ColumnsView]) -> tuple[list[Told], bool]:
        """Return the columns that have changed, and whether there are more of them than one news may hold."""
        found: list[Told] = []
        for name, view in views.items():
            before = self._told.get(name)
            if view is before or view.count == 0:
                continue
            if len(found) == _MOST_SYMBOLS:
                return found, True
            self._told[name] = view
            same = before is not None and _same_arrays(view, before)
            found.append(Told.of(view, None if same else self._places(view)))
        return found, False

    def _places(self, view: ColumnsView) -> Places:
        place_of = self._memory.place_of
        return Places(
            tuple(place_of(getattr(view, name)) for name in COLUMNS),
            tuple((text, place_of(column)) for text, column in view.series.items()),
            tuple((text, place_of(nodes.values), nodes.capacity) for text, nodes in view.nodes.items()),
        )


class _Following:
    """Reads a log on from where it was left."""

    def __init__(self, log: AppendLog[T]) -> None:
        self._log: AppendLog[Any] = log
        self._era, self._read = log.era, 0

    def fresh(self) -> tuple[tuple[Any, ...], bool, bool]:
        """Return the next entries, whether the log began anew before them, and whether more wait."""
        era = self._log.era
        anew, self._era = era != self._era, era
        if anew:
            self._read = 0
        entries: Sequence[Any]
        entries, count = self._log.since(self._read)
        some = tuple(entries[:_MOST_ENTRIES])
        self._read = count - (len(entries) - len(some))
        return some, anew, len(entries) > len(some)


def _same_arrays(view: ColumnsView, before: ColumnsView) -> bool:
    """Return whether two views read the same arrays."""
    if len(view.series) != len(before.series) or len(view.nodes) != len(before.nodes):
        return False
    return (
        all(getattr(view, name) is getattr(before, name) for name in COLUMNS)
        and all(column is before.series.get(text) for text, column in view.series.items())
        and all(_is_same(nodes.values, before, text) for text, nodes in view.nodes.items())
    )


def _is_same(values: NDArray[Any], before: ColumnsView, text: str) -> bool:
    nodes = before.nodes.get(text)
    return nodes is not None and nodes.values is values
