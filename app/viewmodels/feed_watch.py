"""What the feed itself did over time: silence, breaks of the connection, restarts of the engine, ranges lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.desk import Desk
from app.formatting import span_text
from app.viewmodels.feed_face import STALE_AFTER_NS
from feeds.source import FeedInfo, FeedState, FeedStatus

STALE, BREAK, ENGINE, LOST = "stale", "reconnect", "engine", "lost range"
"""Kinds of spans that no data event tells: the feed's own."""
MOST_SPANS = 500
"""Spans that are remembered; older ones are let go of."""
_GROWS_BY_NS = 1_000_000_000  # what lasts is told anew once a second, not at every look
_BROKEN = {FeedState.RECONNECTING, FeedState.CONNECTING, FeedState.FAILED}


@dataclass(frozen=True, slots=True)
class FeedSpan:
    """One of STALE, BREAK, ENGINE, LOST in market time [ts_ns, stop_ns], ns UTC; `open` while it lasts."""

    kind: str
    ts_ns: int
    stop_ns: int
    detail: str
    open: bool = False

    @property
    def text(self) -> str:
        """Return what it says, with how long it lasted, or has lasted so far."""
        lasted = self.stop_ns - self.ts_ns
        if lasted <= 0:
            return self.detail
        return f"{self.detail} · {span_text(lasted)}{' so far' if self.open else ''}"


class FeedWatch:
    """Looks at a desk's feed whenever it is polled, a few times a second, and remembers what was not well.

    A feed that is a recording has no silence of its own; it is not looked at. Another feed starts anew.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._address: str | None = None
        self._done: deque[FeedSpan] = deque(maxlen=MOST_SPANS)
        self._open: FeedSpan | None = None
        self._lost_told: tuple[str, ...] = ()
        self._place = ""
        self._was_live = False  # what is not connected yet has not broken
        self.changes = 0
        """Rises whenever `spans` are others than before."""

    @property
    def spans(self) -> Sequence[FeedSpan]:
        """Return what was seen, oldest first; the last may still be open."""
        return [*self._done, *([self._open] if self._open is not None else [])]

    def poll(self) -> None:
        """Look at the feed now."""
        desk = self._desk
        info, status, now_ns = desk.info, desk.status, desk.now_ns
        if desk.address != self._address:
            self._begin(info)
        if info is None or desk.transport is not None:
            return
        self._look_at_ranges(info, now_ns)
        self._look_at_engine(desk.engine_place, now_ns)
        self._look_at_state(status, now_ns, round(desk.idle_s * 1e9))

    def _begin(self, info: FeedInfo | None) -> None:
        self._address = self._desk.address
        self._done.clear()
        self._open = None
        self._lost_told = info.lost if info is not None else ()
        self._place = self._desk.engine_place
        self._was_live = False
        self.changes += 1

    def _look_at_ranges(self, info: FeedInfo, now_ns: int) -> None:
        for line in info.lost:
            if line not in self._lost_told:
                self._add(FeedSpan(LOST, now_ns, now_ns, line))
        self._lost_told = info.lost

    def _look_at_engine(self, place: str, now_ns: int) -> None:
        before, self._place = self._place, place
        if place != before and before.startswith("process") and place:
            self._add(FeedSpan(ENGINE, now_ns, now_ns, f"the engine was started again ({before} ended)"))

    def _look_at_state(self, status: FeedStatus, now_ns: int, idle_ns: int) -> None:
        wanted = self._wanted(status, now_ns, idle_ns)
        before = self._open
        if before is not None and (wanted is None or wanted.kind != before.kind):
            end_ns = now_ns if before.kind == BREAK else max(now_ns - idle_ns, before.stop_ns)
            self._add(replace(before, stop_ns=max(end_ns, before.ts_ns), open=False))
            before = self._open = None
        if wanted is None:
            return
        if before is not None:
            if wanted.stop_ns - before.stop_ns < _GROWS_BY_NS and wanted.detail == before.detail:
                return
            wanted = replace(wanted, ts_ns=before.ts_ns)
        self._open = wanted
        self.changes += 1

    def _wanted(self, status: FeedStatus, now_ns: int, idle_ns: int) -> FeedSpan | None:
        """Return the span that is open now."""
        self._was_live |= status.state is FeedState.LIVE
        if status.state in _BROKEN and self._was_live:
            cause = f": {status.cause}" if status.cause else ""
            return FeedSpan(BREAK, now_ns, now_ns, f"no connection{cause}", open=True)
        if status.state is FeedState.LIVE and idle_ns > STALE_AFTER_NS and self._desk.counts.sent:
            return FeedSpan(STALE, now_ns - idle_ns, now_ns, "no tick came", open=True)
        return None

    def _add(self, span: FeedSpan) -> None:
        self._done.append(span)
        self.changes += 1
