from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from analytics.instruments import InstrumentTable, Kind
from analytics.ticks import Arrivals, Float64, Int64
from feeds.address import SimAddress
from feeds.clock import ManualClock
from feeds.instruments import load_instruments
from feeds.pieces import joined
from feeds.simulator import simulated_ticks
from feeds.simulator.listing import Listing, list_market
from feeds.simulator.market import STEP_NS, MarketDay
from feeds.simulator.session import SimulatedSession

DAY = date(2026, 11, 20)
SYMBOLS = ("NIFTY", "NIFTY-FUT", "BANKNIFTY", "HDFCBANK", "MARUTI", "WIPRO", "TATASTEEL")
RATE = 40.0
NS = 1_000_000_000
MINUTE = 60 * NS


@dataclass(frozen=True)
class Played:
    """A whole session, with the latent prices behind it."""

    session: SimulatedSession
    ticks: Arrivals
    latent: Float64

    def of(self, symbol: str) -> Int64:
        """Return the rows of a symbol."""
        return np.flatnonzero(self.ticks.symbol == self.ticks.symbols.index(symbol))

    def by_minute(self, symbol: str) -> Int64:
        """Return how many ticks a symbol had in each minute since the open."""
        minute = (self.ticks.ts_ns[self.of(symbol)] - self.session.market.open_ns) // MINUTE
        return np.bincount(minute)


class RecordedDay(MarketDay):
    """A market's day that keeps its latent prices."""

    def __init__(self, listing: Listing, day: date, seed: int, closes: Float64) -> None:
        super().__init__(listing, day, seed, closes)
        self.latent: list[Float64] = []

    def blocks(self):  # type: ignore[no-untyped-def]
        for block in super().blocks():
            self.latent.append(block.prices)
            yield block


@pytest.fixture(scope="module")
def table() -> InstrumentTable:
    return load_instruments()


@pytest.fixture(scope="module")
def played(table: InstrumentTable) -> Played:
    listing = list_market(table)
    market = RecordedDay(listing, DAY, 1, listing.previous_closes[: listing.stocks])
    session = SimulatedSession(market, SYMBOLS, RATE)
    ticks = joined(list(session.blocks()))
    return Played(session, ticks, np.vstack(market.latent))


def minutes(address: SimAddress, count: float) -> Arrivals:
    """Return the first minutes of an unpaced stream."""
    stream = simulated_ticks(address, ManualClock(), load_instruments(), duration_ns=round(count * MINUTE))
    return joined(list(stream))


def same_ticks(one: Arrivals, other: Arrivals) -> bool:
    """Return whether two streams hold the same ticks, byte for byte."""
    columns = ("symbol", "ts_ns", "price", "size", "seq", "arrival_ns", "bid", "ask", "run", "source")
    return (one.symbols, one.runs, one.sources) == (other.symbols, other.runs, other.sources) and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in columns
    )


def test_every_price_is_on_its_grid_and_every_size_in_whole_lots(
    played: Played, table: InstrumentTable
) -> None:
    ticks = played.ticks
    assert ticks.bid is not None
    assert ticks.ask is not None
    for symbol in SYMBOLS:
        rows, instrument = played.of(symbol), table[symbol]
        assert not instrument.off_grid(ticks.price[rows]).any()
        if instrument.kind is Kind.INDEX:
            assert not ticks.size[rows].any()
            assert np.isnan(ticks.bid[rows]).all()
            assert np.isnan(ticks.ask[rows]).all()
            continue
        assert (ticks.size[rows] >= instrument.lot).all()
        assert not (ticks.size[rows] % instrument.lot).any()
        for quote in (ticks.bid[rows], ticks.ask[rows]):
            assert not instrument.off_grid(quote).any()
        assert (ticks.bid[rows] < ticks.ask[rows]).all()
        assert (ticks.bid[rows] <= ticks.price[rows]).all()
        assert (ticks.price[rows] <= ticks.ask[rows]).all()


@pytest.mark.parametrize("index", ["NIFTY", "BANKNIFTY"])
def test_an_index_is_the_weighted_sum_of_its_constituents_at_each_value(
    played: Played, table: InstrumentTable, index: str
) -> None:
    banks = ("HDFCBANK", "ICICIBANK", "SBIN", "AXISBANK", "KOTAKBANK")
    rows = played.of(index)
    step = (played.ticks.ts_ns[rows] - played.session.market.open_ns) // STEP_NS
    listed = played.session.market.listing.symbols
    held = [each for each in table if each.weight > 0 and (index == "NIFTY" or each.symbol in banks)]
    assert len(held) == (50 if index == "NIFTY" else 5)
    expected = np.zeros(len(rows))
    for each in held:
        assert each.previous_close is not None
        expected += each.weight * played.latent[step, listed.index(each.symbol)] / each.previous_close
    before = table[index].previous_close
    assert before is not None
    expected *= before / sum(each.weight for each in held)
    assert np.abs(played.ticks.price[rows] - expected).max() <= 0.025 + 1e-6


def test_an_index_has_about_one_value_a_second(played: Played) -> None:
    gaps = np.diff(played.ticks.ts_ns[played.of("NIFTY")]) / NS
    assert gaps.mean() == pytest.approx(1.0, abs=0.01)
    assert gaps.max() < 1.5


def test_the_mean_rate_over_the_session_is_the_one_asked_for(played: Played) -> None:
    market = played.session.market
    assert len(played.ticks) / ((market.close_ns - market.open_ns) / NS) == pytest.approx(RATE, rel=0.04)


def test_each_symbols_numbers_follow_on_from_one(played: Played) -> None:
    for symbol in SYMBOLS:
        rows = played.of(symbol)
        assert played.ticks.seq[rows].tolist() == list(range(1, len(rows) + 1))
    assert played.ticks.runs == (f"sim-{DAY}-1",)
    assert played.ticks.sources == ("sim",)


def test_time_never_falls_and_ticks_arrive_soon_after_they_happen(played: Played) -> None:
    ticks = played.ticks
    assert (np.diff(ticks.ts_ns) >= 0).all()
    assert (np.diff(ticks.arrival_ns) >= 0).all()
    delay = ticks.arrival_ns - ticks.ts_ns
    assert delay.min() > 0
    assert delay.max() < NS // 10


def test_every_instrument_trades_from_the_open_to_its_own_close(
    played: Played, table: InstrumentTable
) -> None:
    for symbol in SYMBOLS:
        hours = table[symbol].calendar.hours(DAY)
        first, last = played.ticks.ts_ns[played.of(symbol)][[0, -1]]
        assert hours.continuous_ns <= first < hours.continuous_ns + MINUTE
        assert hours.close_ns - MINUTE < last < hours.close_ns


def test_trading_is_lively_at_the_open_and_the_close_and_quiet_at_noon(played: Played) -> None:
    traded = sum(
        played.by_minute(symbol)[:380] / played.by_minute(symbol)[135:255].mean()
        for symbol in ("NIFTY-FUT", "HDFCBANK", "MARUTI", "WIPRO", "TATASTEEL")
    )
    quiet = traded[135:255].mean()
    assert 4.0 < traded[0] / quiet < 12.0
    assert 1.7 < traded[:15].mean() / quiet < 4.0
    assert 1.7 < traded[365:380].mean() / quiet < 4.8


def test_trades_come_in_bursts(played: Played) -> None:
    market = played.session.market
    noon = (market.open_ns + 135 * MINUTE, market.open_ns + 255 * MINUTE)
    ts_ns = played.ticks.ts_ns[played.of("HDFCBANK")]
    gaps = np.diff(ts_ns[(ts_ns >= noon[0]) & (ts_ns < noon[1])])
    assert gaps.std() / gaps.mean() > 2.0  # 1 where trades know nothing of each other


def test_prices_move_like_a_market(played: Played) -> None:
    listing = played.session.market.listing
    by_minute = np.diff(np.log(played.latent[:: MINUTE // STEP_NS]), axis=0)
    yearly = by_minute.std(axis=0) * np.sqrt(252 * len(by_minute))
    assert 0.07 < yearly[listing.symbols.index("NIFTY")] < 0.16
    assert yearly[: listing.stocks].min() > 0.12
    assert yearly[: listing.stocks].max() < 0.30
    pairs = np.corrcoef(by_minute[:, : listing.stocks].T)[np.triu_indices(listing.stocks, 1)]
    assert 0.15 < pairs.mean() < 0.38
    tails = ((by_minute / by_minute.std(axis=0)) ** 4).mean(axis=0)[: listing.stocks]
    assert tails.mean() > 4.0  # 3 where there are no fat tails


def test_a_future_trades_around_its_index_and_a_basis(played: Played) -> None:
    listing = played.session.market.listing
    spot = played.latent[:, listing.symbols.index("NIFTY")]
    future = played.latent[:, listing.symbols.index("NIFTY-FUT")]
    basis = 24_820.60 - 24_774.60
    assert np.abs(future - spot - basis).max() < 12.0
    assert (future - spot - basis).std() == pytest.approx(1.5, rel=0.4)


def test_same_seed_date_rate_and_symbols_give_the_same_ticks() -> None:
    address = SimAddress(symbols=SYMBOLS, rate=100.0, seed=3, date=DAY)
    assert same_ticks(minutes(address, 3), minutes(address, 3))


@pytest.mark.parametrize(
    "other",
    [
        SimAddress(symbols=("TCS",), rate=20.0, seed=4, date=DAY),
        SimAddress(symbols=("TCS",), rate=20.0, seed=3, date=date(2026, 11, 19)),
    ],
)
def test_another_seed_or_date_gives_another_market(other: SimAddress) -> None:
    one, another = minutes(SimAddress(symbols=("TCS",), rate=20.0, seed=3, date=DAY), 1), minutes(other, 1)
    assert one.price.tolist() != another.price.tolist()
    assert one.runs != another.runs


def test_rate_and_symbols_change_who_trades_but_not_the_market() -> None:
    few = minutes(SimAddress(symbols=("NIFTY",), rate=1.0, date=DAY), 1)
    many = minutes(SimAddress(rate=300.0, date=DAY), 1)
    rows = many.symbol == many.symbols.index("NIFTY")
    last = many.price[rows][-1]
    assert abs(few.price[-1] - last) < 2.0
    assert abs(few.price[0] - many.price[rows][0]) < 2.0


def test_a_duration_cuts_the_same_stream_shorter() -> None:
    address = SimAddress(rate=60.0, date=DAY)
    long, short = minutes(address, 2), minutes(address, 0.77)
    assert 0 < len(short) < len(long)
    assert short.ts_ns.tolist() == long.ts_ns[: len(short)].tolist()
    end_ns = int(long.ts_ns[0] // MINUTE * MINUTE) + round(0.77 * MINUTE)
    assert short.ts_ns[-1] < end_ns <= long.ts_ns[len(short)]


def test_indices_alone_are_published_once_a_second_whatever_the_rate() -> None:
    ticks = minutes(SimAddress(symbols=("NIFTY", "BANKNIFTY"), rate=500.0, date=DAY), 1)
    assert len(ticks) == 120


def test_the_next_day_starts_where_the_one_before_closed(played: Played) -> None:
    market = played.session.market
    following = MarketDay(market.listing, date(2026, 11, 23), 1, market.closes)
    session = SimulatedSession(following, SYMBOLS, RATE)
    assert session.previous_closes == played.session.closes()
    first = next(block for block in session.blocks() if len(block))
    nifty = first.price[first.symbol == 0][0]
    assert nifty == pytest.approx(session.previous_closes["NIFTY"], rel=0.015)
    assert first.seq.min() == 1
