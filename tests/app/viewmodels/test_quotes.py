import random

import pytest

from analytics.engine import Engine
from analytics.retention import Retention
from analytics.series import parse_series
from app.viewmodels.quotes import FIRST_TRADE, PREVIOUS_CLOSE, Quotes
from tests.builders.batches import Batching, walk
from tests.builders.memories import PoisonMemory

OPEN_NS = 1_795_145_400_000_000_000  # 2026-11-20 09:00 IST
SECOND_NS = 1_000_000_000

DAY_S = 86_400


def test_change_is_against_the_previous_close_where_the_feed_knows_it(desk):
    desk.go_live("RELIANCE", closes={"RELIANCE": 1_500.0}).trade("RELIANCE", 1_510.0, 1_515.0)
    quote = Quotes(desk).quote("RELIANCE")
    assert (quote.against, quote.change) == (PREVIOUS_CLOSE, 15.0)
    assert quote.percent == pytest.approx(1.0)


def test_change_is_against_the_first_trade_where_no_close_is_known(desk):
    desk.go_live("RELIANCE").trade("RELIANCE", 1_510.0, 1_515.0)
    quote = Quotes(desk).quote("RELIANCE")
    assert (quote.against, quote.change) == (FIRST_TRADE, 5.0)


def test_the_next_days_change_is_against_the_last_trade_of_the_day_before(desk):
    desk.go_live("RELIANCE", closes={"RELIANCE": 1_500.0}).trade("RELIANCE", 1_510.0, 1_515.0)
    quotes = Quotes(desk)
    assert quotes.quote("RELIANCE").base == 1_500.0
    desk.trade("RELIANCE", 1_520.0, at_s=3 * DAY_S + 900)
    quote = quotes.quote("RELIANCE")
    assert (quote.against, quote.base, quote.volume) == (PREVIOUS_CLOSE, 1_515.0, 65)


def test_a_quote_is_the_same_however_often_it_was_read_on_the_way(desk):
    desk.go_live("RELIANCE")
    often = Quotes(desk)
    for price in (1_510.0, 1_512.5, 1_509.0):
        desk.trade("RELIANCE", price)
        often.quote("RELIANCE")
    desk.trade("RELIANCE", 1_530.0, 1_531.0, at_s=3 * DAY_S + 900)
    assert often.quote("RELIANCE") == Quotes(desk).quote("RELIANCE")


def test_an_index_has_no_vwap(desk):
    desk.go_live("NIFTY").trade("NIFTY", 24_861.35, size=0)
    quote = Quotes(desk).quote("NIFTY")
    assert quote.vwap is None
    assert quote.from_vwap is None


def test_an_unknown_symbol_shows_the_decimals_that_its_prices_need(desk):
    desk.go_live("EURUSD").trade("EURUSD", 1.25)
    quotes = Quotes(desk)
    assert quotes.quote("EURUSD").style.decimals == 2
    desk.trade("EURUSD", 1.2501)
    assert quotes.quote("EURUSD").style.decimals == 4
    assert not quotes.quote("EURUSD").style.indian


def test_new_columns_forget_what_was_learned(desk):
    desk.go_live("RELIANCE").trade("RELIANCE", 1_510.0, 1_515.0)
    quotes = Quotes(desk)
    quotes.quote("RELIANCE")
    desk.begin_anew()
    assert quotes.quote("RELIANCE") is None
    desk.trade("RELIANCE", 1_600.0)
    assert quotes.quote("RELIANCE").base == 1_600.0


def test_ticks_that_were_let_go_of_change_no_quote(desk):
    def market(retention: Retention | None) -> Engine:
        engine = Engine(
            desk.instruments, [parse_series("vwap(session)")], memory=PoisonMemory(), retention=retention
        )
        for day in (0, 3):
            start_ns = OPEN_NS + (day * DAY_S + 900) * SECOND_NS
            ticks = walk(random.Random(day), 9_000, start_ns=start_ns, step_ns=10**7, symbols=("RELIANCE",))
            for batch in Batching(symbols=("RELIANCE",)).split(ticks, range(0, 9_000, 500)):
                engine.take(batch)
        return engine

    bounded, whole = market(Retention(ticks=1_000, bytes=10**9)), market(None)
    assert bounded.view("RELIANCE").first > 10_000
    desk.go_live("RELIANCE")
    found = []
    for engine in (bounded, whole):
        desk.view = engine.view
        found.append(Quotes(desk).quote("RELIANCE"))
    held, all_of_it = found
    assert (held.last, held.volume, held.vwap, held.ts_ns) == (
        all_of_it.last,
        all_of_it.volume,
        all_of_it.vwap,
        all_of_it.ts_ns,
    )


def test_ticks_out_of_hours_are_not_the_previous_close(desk):
    day = {"before": -1_800, "in": 900, "after": 8 * 3_600}  # seconds from 09:00 IST
    desk.go_live("RELIANCE").trade("RELIANCE", 1_500.0, 1_502.0, at_s=day["in"])
    read_along = Quotes(desk)
    desk.trade("RELIANCE", 1_490.0, at_s=day["after"])
    read_along.quote("RELIANCE")
    desk.trade("RELIANCE", 1_510.0, at_s=3 * DAY_S + day["before"])
    read_along.quote("RELIANCE")
    desk.trade("RELIANCE", 1_511.0, at_s=3 * DAY_S + day["in"])
    for quotes in (read_along, Quotes(desk)):
        quote = quotes.quote("RELIANCE")
        assert (quote.against, quote.base, quote.change) == (PREVIOUS_CLOSE, 1_502.0, 9.0)


def test_ticks_before_the_first_opening_are_no_previous_close(desk):
    desk.go_live("RELIANCE").trade("RELIANCE", 1_490.0, at_s=DAY_S - 1_800)
    desk.trade("RELIANCE", 1_500.0, 1_502.0, at_s=DAY_S + 900)
    quote = Quotes(desk).quote("RELIANCE")
    assert (quote.against, quote.base) == (FIRST_TRADE, 1_500.0)
