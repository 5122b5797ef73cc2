import random

import numpy as np
import pytest

from analytics.calendar import NSE
from analytics.columns import SymbolColumns
from analytics.engine import Engine
from analytics.retention import Retention
from analytics.series import parse_series
from analytics.ticks import NO_SEQ
from app.viewmodels.quotes import Quotes
from app.viewmodels.session_figures import SessionFigures
from tests.builders.batches import Batching, walk
from tests.builders.memories import PoisonMemory

OPEN_NS = 1_795_145_400_000_000_000  # 2026-11-20 09:00 IST
SECOND_NS = 1_000_000_000
HOUR_NS = 3_600 * SECOND_NS
DAY_NS = 24 * HOUR_NS


def append(columns, times_ns, prices, sizes):
    n = len(times_ns)
    columns.append(
        np.array(times_ns, np.int64),
        np.array(prices, np.int64),
        np.array(sizes, np.int64),
        np.full(n, NO_SEQ),
        np.zeros(n, np.bool_),
    )
    columns.publish()


def plain(times_ns, prices, sizes, scale=100):
    """What a person would add up by hand of the latest session, in order of time."""
    sessions = NSE.session_of(np.array(times_ns, np.int64)).tolist()
    latest = max(sessions)
    own = [at for at, session in enumerate(sessions) if session == latest]
    return (
        prices[own[0]] / scale,
        max(prices[at] for at in own) / scale,
        min(prices[at] for at in own) / scale,
        sum(sizes[at] for at in own),
        sum(sizes[at] * prices[at] for at in own),
    )


def told(figures):
    return (figures.open, figures.high, figures.low, figures.volume_units, figures.turnover_units)


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_the_latest_session_however_the_rows_came(seed):
    rng = random.Random(seed)
    columns, figures = SymbolColumns("SBIN", NSE, 2, 0), SessionFigures()
    times_ns, prices, sizes = [], [], []
    now_ns = OPEN_NS - HOUR_NS
    for _ in range(rng.randrange(3, 9)):
        count = rng.choice((1, 7, 300, 5_000))
        step_ns = rng.choice((SECOND_NS // 100, SECOND_NS, 20 * SECOND_NS))
        now_ns += rng.choice((0, HOUR_NS, 12 * HOUR_NS))
        fresh = [now_ns + at * step_ns for at in range(count)]
        now_ns = fresh[-1]
        cost = [80_000 + rng.randrange(-900, 900) for _ in fresh]
        size = [rng.randrange(1, 500) for _ in fresh]
        append(columns, fresh, cost, size)
        times_ns, prices, sizes = times_ns + fresh, prices + cost, sizes + size
        if rng.random() < 0.7:
            figures.learn(columns.view)
    figures.learn(columns.view)
    assert told(figures) == plain(times_ns, prices, sizes)
    assert figures.since_ns is None


def test_ticks_after_the_close_change_no_figure_of_the_session():
    columns, figures = SymbolColumns("SBIN", NSE, 2, 0), SessionFigures()
    append(columns, [OPEN_NS + HOUR_NS], [84_000], [10])
    append(columns, [OPEN_NS + 9 * HOUR_NS], [99_000], [10])
    figures.learn(columns.view)
    assert told(figures) == (840.0, 840.0, 840.0, 10, 840_000)


def test_a_turnover_past_what_64_bits_hold_is_exact():
    columns = SymbolColumns("SBIN", NSE, 2, 0)
    sizes, prices = [4_000_000_000] * 40, [100, *([2_000_000_000] * 39)]
    append(columns, [OPEN_NS + HOUR_NS + at for at in range(40)], prices, sizes)
    columns.widen(2_000_000_000)
    columns.publish()
    figures = SessionFigures()
    figures.learn(columns.view)
    assert (
        figures.turnover_units == sum(size * price for size, price in zip(sizes, prices, strict=True)) > 2**67
    )


def test_figures_stay_the_same_when_finer_prices_widen_the_scale():
    columns, figures = SymbolColumns("SBIN", NSE, 2, 0), SessionFigures()
    append(columns, [OPEN_NS + HOUR_NS], [84_015], [10])
    figures.learn(columns.view)
    before = (figures.turnover(columns.view), figures.volume(columns.view))
    columns.rescale(4, 1)
    append(columns, [OPEN_NS + HOUR_NS + 1], [8_401_525], [5])
    figures.learn(columns.view)
    assert before == (8_401.5, 10.0)
    assert figures.turnover(columns.view) == pytest.approx(8_401.5 + 840.1525 * 0.5)
    assert (figures.volume(columns.view), figures.high) == (10.5, 840.1525)


@pytest.fixture
def bounded(desk):
    """An engine that lets go of old rows: and one that holds all, over the same ticks of two days."""

    def market(retention):
        engine = Engine(
            desk.instruments, [parse_series("vwap(session)")], memory=PoisonMemory(), retention=retention
        )
        for day in (0, 3):
            start_ns = OPEN_NS + day * DAY_NS + 900 * SECOND_NS
            ticks = walk(random.Random(day), 9_000, start_ns=start_ns, step_ns=10**7, symbols=("RELIANCE",))
            for batch in Batching(symbols=("RELIANCE",)).split(ticks, range(0, 9_000, 500)):
                engine.take(batch)
                yield engine

    return market


def quotes_of(desk, engine, quotes=None):
    desk.go_live("RELIANCE")
    desk.view = engine.view
    return (quotes or Quotes(desk)).quote("RELIANCE")


def test_of_a_session_watched_from_its_begin_nothing_is_lost_with_the_rows_let_go_of(desk, bounded):
    quotes = Quotes(desk)
    for engine in bounded(Retention(ticks=1_000, bytes=10**9)):
        held = quotes_of(desk, engine, quotes)
    *_, whole = bounded(None)
    assert engine.view("RELIANCE").first > 10_000
    assert held == quotes_of(desk, whole)
    assert held.since_ns is None


def test_of_a_session_first_looked_at_late_the_extremes_say_since_when_they_are_known(desk, bounded):
    *_, engine = bounded(Retention(ticks=1_000, bytes=10**9))
    *_, whole = bounded(None)
    held, all_of_it = quotes_of(desk, engine), quotes_of(desk, whole)
    for name in ("open", "turnover", "volume", "base", "against"):
        assert getattr(held, name) == getattr(all_of_it, name), name
    view = engine.view("RELIANCE")
    assert held.since_ns == int(view.ts_ns[view.first])
    prices = view.prices(view.first, view.count)
    assert (held.high, held.low) == (max(prices.max(), held.open), min(prices.min(), held.open))


def test_rows_let_go_of_between_two_looks_still_count(desk, bounded):
    quotes, engines = Quotes(desk), bounded(Retention(ticks=1_000, bytes=10**9))
    quotes_of(desk, next(engines), quotes)
    *_, engine = engines
    *_, whole = bounded(None)
    held, all_of_it = quotes_of(desk, engine, quotes), quotes_of(desk, whole)
    assert (held.open, held.volume, held.turnover) == (all_of_it.open, all_of_it.volume, all_of_it.turnover)


def test_turnover_is_in_rupees_for_shares_and_futures_and_none_for_an_index(desk):
    desk.go_live("NIFTY", "SBIN", "EURUSD")
    desk.trade("NIFTY", 24_900.0, size=5)
    desk.trade("SBIN", 842.0, 843.0, size=1_000)
    desk.trade("EURUSD", 1.25, size=1_000_000)
    quotes = Quotes(desk)
    texts = [quotes.quote(each).turnover_text for each in ("NIFTY", "SBIN", "EURUSD")]
    assert texts == ["–", "₹16.9 L", "1.25 M"]
    assert quotes.quote("SBIN").turnover == 1_685_000.0
