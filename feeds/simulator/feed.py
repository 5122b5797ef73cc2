"""The live simulator: a thread that publishes simulated ticks as they fall due, and what polls them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from analytics.instruments import InstrumentTable
from analytics.ticks import Arrivals
from feeds.address import SimAddress
from feeds.clock import Clock
from feeds.embedded import DEFAULT_CAPACITY, EmbeddedTopic
from feeds.pieces import piece
from feeds.simulator.listing import list_market, opening_symbol
from feeds.simulator.stream import simulated_sessions
from feeds.source import FeedInfo, FeedState, FeedStatus

_NS = 1_000_000_000
ALREADY_TRADED_NS = 15 * 60 * _NS
"""The live day begins this long after the open; what was traded before is in the topic."""
ALREADY_TRADED_TICKS = 200_000
"""Most ticks of it that are."""
CLOSED_S = 5.0
"""How long the market stays closed between two days."""
_PUBLISH_EVERY_S = 0.02
_JOIN_DEADLINE_S = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _MarketTime:
    """Market time was `market_ns` when the clock read `monotonic_ns`, and runs with it.

    It stays before `next_arrival_ns`, the next tick's, until that one is published; None: there is none.
    """

    market_ns: int
    monotonic_ns: int
    next_arrival_ns: int | None

    def due_ns(self, monotonic_ns: int) -> int:
        """Return the market time up to which ticks are due."""
        return self.market_ns + monotonic_ns - self.monotonic_ns

    def now_ns(self, monotonic_ns: int) -> int:
        """Return the market time, behind which every tick is published."""
        due_ns = self.due_ns(monotonic_ns)
        return due_ns if self.next_arrival_ns is None else min(due_ns, self.next_arrival_ns - 1)


class DueTicks:
    """A session's ticks, handed over as they fall due by arrival time."""

    def __init__(self, blocks: Iterator[Arrivals]) -> None:
        self._blocks = blocks
        self._head: Arrivals | None = None
        self._at = 0
        self._advance()

    @property
    def next_arrival_ns(self) -> int | None:
        """Return when the next tick arrives, or None where the session has no more."""
        return None if self._head is None else int(self._head.arrival_ns[self._at])

    def until(self, now_ns: int) -> Iterator[Arrivals]:
        """Yield the ticks that arrive at or before an instant, in pieces that are not empty."""
        while self._head is not None:
            stop = int(np.searchsorted(self._head.arrival_ns, now_ns, side="right"))
            if stop <= self._at:
                return
            due = piece(self._head, self._at, stop)
            self._at = stop
            if stop == len(self._head):
                self._advance()
            yield due

    def _advance(self) -> None:
        self._at = 0
        self._head = next((block for block in self._blocks if len(block) > 0), None)


class SimulatedSource:
    """A simulated market at its own time, the source of ``sim:`` addresses.

    The thread ``tickdesk-simulator`` publishes until `close`; it waits while the topic is full, and so
    does market time; `capacity` bounds its ticks, and `already_traded` those of the day's first quarter of an
    hour that are in the topic as it opens. Raises ConfigError for a symbol that is not listed.
    """

    def __init__(
        self,
        address: SimAddress,
        clock: Clock,
        instruments: InstrumentTable,
        *,
        capacity: int = DEFAULT_CAPACITY,
        already_traded: int = ALREADY_TRADED_TICKS,
    ) -> None:
        self._clock = clock
        self._already_traded = already_traded
        self._opened_ns = clock.monotonic_ns() if address.opened_ns is None else address.opened_ns
        self._day_begins_ns = self._opened_ns  # monotonic: when the day that is on goes live
        self._sessions = simulated_sessions(address, clock, list_market(instruments))
        self._session = next(self._sessions)
        self._origin = replace(address, date=self._session.market.day, opened_ns=self._opened_ns)
        symbols = self._session.symbols
        self._info = FeedInfo(
            kind="sim",
            title="Demo market",
            address=address.text,
            symbols=symbols,
            opening_symbol=opening_symbol(symbols),
            previous_closes=self._session.previous_closes,
        )
        self._status = FeedStatus(FeedState.CONNECTING)
        open_ns = self._session.market.open_ns
        self._live_from_ns = open_ns + ALREADY_TRADED_NS
        self._market_time = _MarketTime(open_ns, clock.monotonic_ns(), open_ns + 1)
        self._topic = EmbeddedTopic(clock, capacity=capacity)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tickdesk-simulator")
        self._thread.start()

    @property
    def info(self) -> FeedInfo:
        """Return what is known beforehand; the previous closes are those of the day that is on."""
        return self._info

    @property
    def status(self) -> FeedStatus:
        """Return the state now; any thread."""
        return self._status

    @property
    def now_ns(self) -> int:
        """Return market time, ns UTC; any thread. Ticks that arrived up to it have been published."""
        return self._market_time.now_ns(self._clock.monotonic_ns())

    @property
    def origin(self) -> SimAddress:
        """Return an address of this market that stands where this one would; any thread."""
        return self._origin

    @property
    def live_from_ns(self) -> int:
        """Return the market time at which the first day goes live; ticks before it are the day's past."""
        return self._live_from_ns

    @property
    def horizon_ns(self) -> int:
        """Return market time: what arrived up to it has been published; any thread."""
        return self.now_ns

    @property
    def lag(self) -> int:
        """Return how many ticks are published and not yet polled; any thread."""
        return self._topic.lag

    def poll(self, timeout_s: float) -> Arrivals | None:
        """Return what has arrived, at most 32,768 ticks, or None where nothing did in `timeout_s`."""
        return self._topic.poll(timeout_s)

    def close(self) -> None:
        """End the market and its thread; may be called twice."""
        self._closing.set()
        self._topic.close()
        self._thread.join(_JOIN_DEADLINE_S)
        if self._thread.is_alive():
            _log.error("the simulator's thread did not end within %g s", _JOIN_DEADLINE_S)
        if self._status.state is not FeedState.FAILED:
            self._status = FeedStatus(FeedState.ENDED)

    def _run(self) -> None:
        try:
            while self._play_day() and self._rest():
                self._session = next(self._sessions)
                self._info = replace(self._info, previous_closes=self._session.previous_closes)
        except BaseException as error:
            self._status = FeedStatus(FeedState.FAILED, cause=f"the simulator failed: {error!r}")
            self._topic.stop()
            raise

    def _play_day(self) -> bool:
        """Publish a session up to its close; return False where the source was closed before."""
        market = self._session.market
        ticks = DueTicks(self._session.blocks())
        start_ns = market.open_ns + ALREADY_TRADED_NS
        traded = takewhile(lambda _: not self._closing.is_set(), ticks.until(start_ns))
        if not self._publish(_newest(traded, self._already_traded)):
            return False
        begins_ns = self._day_begins_ns
        self._day_begins_ns = begins_ns + market.close_ns - start_ns + round(CLOSED_S * _NS)
        self._market_time = _MarketTime(start_ns, begins_ns, ticks.next_arrival_ns)
        self._status = FeedStatus(FeedState.LIVE)
        while True:
            due_ns = self._market_time.due_ns(self._clock.monotonic_ns())
            if not self._publish(ticks.until(due_ns)):
                return False
            next_ns = ticks.next_arrival_ns
            self._market_time = replace(self._market_time, next_arrival_ns=next_ns)
            if next_ns is None and due_ns >= market.close_ns:
                return True
            ahead_s = ((market.close_ns if next_ns is None else next_ns) - due_ns) / _NS
            if self._clock.wait(self._closing, max(ahead_s, _PUBLISH_EVERY_S)):
                return False

    def _publish(self, pieces: Iterable[Arrivals]) -> bool:
        return all(self._topic.publish(each) for each in pieces)

    def _rest(self) -> bool:
        """Keep the market closed for a while; return False where the source was closed meanwhile."""
        left_ns = self._day_begins_ns - self._clock.monotonic_ns()
        if left_ns <= 0:  # opened again, days later: that pause is over
            return not self._closing.is_set()
        reopens_ns = self._clock.now_ns() + left_ns
        self._status = FeedStatus(FeedState.CLOSED_MARKET, cause="Market closed", retry_at_ns=reopens_ns)
        return not self._clock.wait(self._closing, left_ns / _NS)


def _newest(pieces: Iterable[Arrivals], limit: int) -> Iterable[Arrivals]:
    """Return the last `limit` ticks of some pieces, in order."""
    kept: deque[Arrivals] = deque()
    count = 0
    for each in pieces:
        kept.append(each)
        count += len(each)
        while kept and count - len(kept[0]) >= limit:
            count -= len(kept.popleft())
    if count > limit:
        kept[0] = piece(kept[0], count - limit, len(kept[0]))
    return kept
