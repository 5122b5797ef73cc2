import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.ticks import Arrivals
from feeds.address import SimAddress
from feeds.clock import ManualClock, SystemClock
from feeds.instruments import load_instruments
from feeds.pieces import joined, piece
from feeds.simulator import SimulatedSource, simulated_ticks
from feeds.simulator.feed import CLOSED_S, DueTicks, _MarketTime, _newest
from feeds.source import FeedState, FeedStatus, Source

NS = 1_000_000_000
MINUTE = 60 * NS
DAY = date(2026, 7, 1)  # 09:15 to 15:30
OPEN_NS = int(datetime.fromisoformat("2026-07-01T09:15:00+05:30").astimezone(UTC).timestamp()) * NS
LONG_S = 30.0  # a deadline for a test that would hang, never reached by one that passes


class PacedClock(ManualClock):
    """Turns on by some multiple of each wait, until a time comes; then it holds its waiter."""

    def __init__(self, stands_at_ns: int, paces: tuple[float, ...] = (1.0,)) -> None:
        super().__init__(0)
        self._stands_at_ns = stands_at_ns
        self._paces = paces
        self._waits = 0
        self.standing = threading.Event()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        left_s = (self._stands_at_ns - self.monotonic_ns()) / NS
        if left_s <= 0:
            self.standing.set()
            return event.wait(LONG_S)
        self._waits += 1
        return super().wait(event, min(timeout_s * self._paces[self._waits % len(self._paces)], left_s))


@contextmanager
def standing_source(address: SimAddress, clock: PacedClock) -> Iterator[SimulatedSource]:
    """Give a source that has run until its clock stands."""
    with closing(SimulatedSource(address, clock, load_instruments())) as source:
        assert clock.standing.wait(LONG_S)
        yield source


def polled(source: SimulatedSource) -> list[Arrivals]:
    """Return all that is published."""
    found = []
    while (batch := source.poll(0.0)) is not None:
        found.append(batch)
    return found


def unpaced(address: SimAddress, duration_ns: int) -> Arrivals:
    """Return the same ticks without pacing."""
    stream = simulated_ticks(address, ManualClock(), load_instruments(), duration_ns=duration_ns)
    return joined(list(stream))


@pytest.mark.parametrize("paces", [(1.0,), (0.4, 3.0, 17.0, 1.0), (400.0,)])
def test_live_ticks_are_those_of_the_unpaced_stream_however_they_are_paced(paces: tuple[float, ...]) -> None:
    address = SimAddress(rate=30.0, seed=5, date=DAY)
    with standing_source(address, PacedClock(20 * NS, paces)) as source:
        live = joined(polled(source))
        now_ns = source.now_ns
    expected = unpaced(address, 16 * MINUTE)
    due = int(np.searchsorted(expected.arrival_ns, OPEN_NS + 15 * MINUTE + 20 * NS, side="right"))
    for name in ("symbol", "ts_ns", "price", "size", "seq", "arrival_ns", "bid", "ask"):
        assert getattr(live, name).tobytes() == getattr(expected, name)[:due].tobytes()
    assert live.arrival_ns[-1] <= now_ns < expected.arrival_ns[due]


def test_the_live_day_opens_at_half_past_nine_with_what_was_traded_before() -> None:
    with standing_source(SimAddress(rate=30.0, date=DAY), PacedClock(0)) as source:
        assert source.status == FeedStatus(FeedState.LIVE)
        opens_ns = OPEN_NS + 15 * MINUTE
        assert source.now_ns == opens_ns
        traded = joined(polled(source))
        assert OPEN_NS <= traded.ts_ns[0] < OPEN_NS + NS
        assert opens_ns - 5 * NS < traded.ts_ns[-1] <= opens_ns
        assert source.lag == 0


def test_of_what_was_traded_before_only_the_newest_is_kept_where_it_is_too_much() -> None:
    ticks = unpaced(SimAddress(rate=50.0, date=DAY), MINUTE)
    pieces = [piece(ticks, start, min(start + 70, len(ticks))) for start in range(0, len(ticks), 70)]
    for limit in (1, 69, 70, 71, 200):
        kept = joined(list(_newest(pieces, limit)))
        assert kept.seq.tolist() == ticks.seq[-limit:].tolist()
    assert joined(list(_newest(pieces, len(ticks) + 1))).seq.tolist() == ticks.seq.tolist()


def test_a_tick_falls_due_at_its_arrival_time_and_not_before() -> None:
    ticks = unpaced(SimAddress(rate=20.0, date=DAY), MINUTE)
    due = DueTicks(iter([piece(ticks, 0, 0), piece(ticks, 0, 40), piece(ticks, 40, len(ticks))]))
    third_ns = int(ticks.arrival_ns[2])
    assert due.next_arrival_ns == ticks.arrival_ns[0]
    assert [len(each) for each in due.until(third_ns - 1)] == [2]
    assert due.next_arrival_ns == third_ns
    assert [len(each) for each in due.until(third_ns)] == [1]
    assert [len(each) for each in due.until(int(ticks.arrival_ns[-1]))] == [37, len(ticks) - 40]
    assert due.next_arrival_ns is None


def test_market_time_stays_before_a_tick_that_is_not_published() -> None:
    time = _MarketTime(market_ns=1_000, monotonic_ns=50, next_arrival_ns=1_500)
    assert (time.now_ns(50), time.now_ns(549), time.now_ns(550), time.now_ns(9_999)) == (
        1_000,
        1_499,
        1_499,
        1_499,
    )
    assert _MarketTime(1_000, 50, None).now_ns(9_999) == 10_949


def test_without_a_date_the_last_finished_day_is_played() -> None:
    evening = datetime.fromisoformat("2026-11-22T20:00:00+05:30").astimezone(UTC)

    class SundayClock(PacedClock):
        def now_ns(self) -> int:
            return int(evening.timestamp()) * NS

    with standing_source(SimAddress(symbols=("TCS",), rate=1.0), SundayClock(0)) as source:
        assert polled(source)[0].runs == ("sim-2026-11-20-1",)


def test_a_source_tells_what_it_is_before_its_first_tick() -> None:
    with standing_source(SimAddress(date=DAY, rate=1.0, text="sim:?rate=1"), PacedClock(0)) as source:
        info: Source = source
        assert info.info.kind == "sim"
        assert info.info.address == "sim:?rate=1"
        assert info.info.opening_symbol == "NIFTY-FUT"
        assert len(info.info.symbols) == 13
        assert info.info.previous_closes["NIFTY"] == 24_774.6
        assert set(info.info.previous_closes) == set(info.info.symbols)


def test_an_unknown_symbol_is_refused_before_a_thread_starts() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'INFY'"):
        SimulatedSource(SimAddress(symbols=("INFFY",)), ManualClock(), load_instruments())
    assert "tickdesk-simulator" not in {thread.name for thread in threading.enumerate()}


def test_after_the_close_the_market_rests_and_the_next_day_starts_the_same_way() -> None:
    day_s = 6 * 3_600  # from 09:30 to 15:30
    seen: list[tuple[float, FeedStatus]] = []

    class WatchedClock(PacedClock):
        def wait(self, event: threading.Event, timeout_s: float) -> bool:
            seen.append(
                (timeout_s, source.status) if made.wait(LONG_S) else (0.0, FeedStatus(FeedState.FAILED))
            )
            return super().wait(event, timeout_s)

    made = threading.Event()
    clock = WatchedClock((day_s + 5) * NS)
    with closing(
        SimulatedSource(SimAddress(symbols=("TCS",), rate=0.5, date=DAY), clock, load_instruments())
    ) as source:
        closes = dict(source.info.previous_closes)
        made.set()
        assert clock.standing.wait(LONG_S)
        rests = [each for each in seen if each[1].state is FeedState.CLOSED_MARKET]
        assert [timeout_s for timeout_s, _ in rests] == [CLOSED_S]
        assert rests[0][1].cause == "Market closed"
        assert rests[0][1].retry_at_ns == (day_s + 5) * NS
        assert source.status.state is FeedState.LIVE
        assert source.now_ns == OPEN_NS + 24 * 3_600 * NS + 15 * MINUTE
        assert source.info.previous_closes != closes
        ticks = polled(source)
        assert [each.runs for each in ticks] == [("sim-2026-07-01-1",), ("sim-2026-07-02-1",)]
        assert ticks[0].ts_ns[-1] < OPEN_NS + 6.25 * 3_600 * NS
        assert ticks[1].seq[0] == 1
        assert ticks[0].price[-1] == pytest.approx(source.info.previous_closes["TCS"], rel=0.002)
        assert ticks[1].first_row == len(ticks[0])


def test_a_full_topic_holds_the_market_and_loses_nothing() -> None:
    address = SimAddress(rate=30.0, date=DAY)
    expected = unpaced(address, 16 * MINUTE)
    clock = PacedClock(MINUTE)
    with closing(SimulatedSource(address, clock, load_instruments(), capacity=500)) as source:
        count = 0
        while count < len(expected) and not clock.standing.is_set():
            batch = source.poll(LONG_S)
            assert batch is not None
            assert len(batch) <= 500
            assert batch.seq.tobytes() == expected.seq[count : count + len(batch)].tobytes()
            count += len(batch)
    assert count > np.searchsorted(expected.ts_ns, OPEN_NS + 15 * MINUTE) - 500


def test_closing_ends_the_thread_while_it_waits_for_the_next_tick() -> None:
    source = SimulatedSource(SimAddress(rate=50.0, date=DAY), SystemClock(), load_instruments())
    assert source.poll(LONG_S) is not None
    source.close()
    source.close()
    assert source.status.state is FeedState.ENDED
    assert source.poll(LONG_S) is None
    assert "tickdesk-simulator" not in {thread.name for thread in threading.enumerate()}


def test_closing_ends_the_thread_while_the_topic_is_full() -> None:
    source = SimulatedSource(SimAddress(rate=50.0, date=DAY), SystemClock(), load_instruments(), capacity=10)
    assert source.poll(LONG_S) is not None
    source.close()
    assert source.lag == 0
    assert "tickdesk-simulator" not in {thread.name for thread in threading.enumerate()}


def test_a_market_that_is_opened_again_stands_where_the_first_one_does_with_its_ticks() -> None:
    clock = PacedClock(20 * NS)
    with standing_source(SimAddress(rate=30.0, seed=5, date=DAY), clock) as source:
        first, origin, now_ns = joined(polled(source)), source.origin, source.now_ns
        with closing(SimulatedSource(origin, clock, load_instruments())) as again:
            found = []
            while sum(len(each) for each in found) < len(first):
                found += [batch for batch in [again.poll(LONG_S)] if batch is not None]
            second = joined(found)
            assert again.origin == origin
            assert second.ts_ns.tobytes() == first.ts_ns.tobytes()
            assert second.price.tobytes() == first.price.tobytes()
            assert abs(again.now_ns - now_ns) < NS


def test_a_market_opened_again_after_midnight_is_still_that_of_its_first_day() -> None:
    class Evening(PacedClock):
        def now_ns(self) -> int:
            return int(datetime.fromisoformat("2026-11-20T12:00:00+05:30").timestamp()) * NS

    class NextDay(PacedClock):
        def now_ns(self) -> int:
            return int(datetime.fromisoformat("2026-11-21T12:00:00+05:30").timestamp()) * NS

    address = SimAddress(symbols=("TCS",), rate=1.0)
    with standing_source(address, Evening(0)) as source:
        origin, day = source.origin, joined(polled(source)).ts_ns[0]
    with standing_source(origin, NextDay(0)) as again:
        assert joined(polled(again)).ts_ns[0] == day
    with standing_source(address, NextDay(0)) as other:
        assert joined(polled(other)).ts_ns[0] != day
