"""The simulator's endless run of sessions, and its ticks without pacing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.instruments import InstrumentTable
from analytics.ticks import Arrivals
from feeds.address import SimAddress
from feeds.clock import Clock
from feeds.pieces import piece
from feeds.simulator.listing import Listing, list_market
from feeds.simulator.market import MarketDay
from feeds.simulator.session import SimulatedSession
from feeds.simulator.trading_days import last_finished_day, next_trading_day


def simulated_sessions(address: SimAddress, clock: Clock, listing: Listing) -> Iterator[SimulatedSession]:
    """Yield one trading day after the other, each starting where the one before ended.

    The first is the address's date, or the last day that has finished by `clock`. A session must be
    played to its end before the next is asked for. Raises ConfigError for a symbol that is not listed.
    """
    symbols = listing.chosen(address.symbols)
    day = address.date or last_finished_day(clock.now_ns())
    closes = listing.previous_closes[: listing.stocks]
    while True:
        market = MarketDay(listing, day, address.seed, closes)
        yield SimulatedSession(market, symbols, address.rate)
        closes = market.closes
        day = next_trading_day(day)


def simulated_ticks(
    address: SimAddress, clock: Clock, instruments: InstrumentTable, *, duration_ns: int | None = None
) -> Iterator[Arrivals]:
    """Yield simulated ticks from the open at 09:15 on, as fast as they can be made, in small pieces.

    `duration_ns` is market time and goes on into the next trading day where one is too short; None is
    one whole session. They are the ticks that a live source with the same address and day publishes.
    Raises ConfigError for a symbol that is not listed.
    """
    left_ns = duration_ns
    for session in simulated_sessions(address, clock, list_market(instruments)):
        open_ns, close_ns = session.market.open_ns, session.market.close_ns
        end_ns = close_ns if left_ns is None else min(close_ns, open_ns + left_ns)
        yield from _before(session, end_ns)
        if left_ns is None or left_ns <= close_ns - open_ns:
            return
        left_ns -= close_ns - open_ns


def _before(session: SimulatedSession, end_ns: int) -> Iterator[Arrivals]:
    for block in session.blocks():
        inside = int(np.searchsorted(block.ts_ns, end_ns))
        if inside > 0:
            yield piece(block, 0, inside)
        if inside < len(block):
            return
