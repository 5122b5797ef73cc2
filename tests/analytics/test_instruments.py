"""Instruments: what the table says, and what an unknown symbol is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from analytics.calendar import ALWAYS, NSE, NSE_DERIVATIVES, US
from analytics.errors import ConfigError
from analytics.instruments import InstrumentTable, Kind, parse_instruments

TABLE = """symbol,kind,calendar,lot,currency,weight_pct,previous_close,vwap_source
NIFTY,index,nse,1,INR,,24774.60,NIFTY-FUT
NIFTY-FUT,future,nse-derivatives,65,INR,,24820.60,
RELIANCE,stock,nse,1,INR,8.00,,
"""


@pytest.fixture
def known() -> InstrumentTable:
    return parse_instruments(TABLE)


def test_the_table_is_read_row_by_row(known: InstrumentTable) -> None:
    index, future, stock = known
    assert (index.kind, index.calendar, index.vwap_source, index.previous_close) == (
        Kind.INDEX,
        NSE,
        "NIFTY-FUT",
        24774.6,
    )
    assert (future.kind, future.calendar, future.lot, future.price_scale) == (
        Kind.FUTURE,
        NSE_DERIVATIVES,
        65,
        2,
    )
    assert (stock.weight, stock.previous_close, stock.vwap_source, stock.currency) == (8.0, None, None, "INR")
    assert [each.has_volume for each in known] == [False, True, True]


def test_an_unknown_symbol_trades_always_without_a_grid_at_four_decimals(known: InstrumentTable) -> None:
    unknown = known["SPY"]
    assert "SPY" not in known
    assert (unknown.kind, unknown.calendar, unknown.bands) == (Kind.UNKNOWN, ALWAYS, ())
    assert (unknown.price_scale, unknown.size_scale) == (4, 0)
    assert unknown.tick_at(100.0) is None


@pytest.mark.parametrize(
    ("given", "of_share", "of_future", "of_unknown"),
    [
        (None, NSE, NSE_DERIVATIVES, ALWAYS),
        (NSE_DERIVATIVES, NSE, NSE_DERIVATIVES, NSE_DERIVATIVES),
        (US, US, US, US),
        (ALWAYS, ALWAYS, ALWAYS, ALWAYS),
    ],
)
def test_a_calendar_given_for_a_run_holds_for_all_but_keeps_each_indian_close(
    known: InstrumentTable, given: object, of_share: object, of_future: object, of_unknown: object
) -> None:
    table = known.with_calendar(given)  # type: ignore[arg-type]
    found = [table.calendar_of(symbol) for symbol in ("RELIANCE", "NIFTY-FUT", "SPY")]
    assert found == [of_share, of_future, of_unknown]


@pytest.mark.parametrize(
    ("symbol", "price", "tick"),
    [
        ("RELIANCE", 249.99, "0.01"),
        ("RELIANCE", 250.0, "0.05"),
        ("RELIANCE", 999.95, "0.05"),
        ("RELIANCE", 1_000.0, "0.10"),
        ("RELIANCE", 5_000.0, "0.50"),
        ("RELIANCE", 10_000.0, "1"),
        ("RELIANCE", 20_000.0, "5"),
        ("RELIANCE", 150_000.0, "5"),
        ("NIFTY-FUT", 14_999.95, "0.05"),
        ("NIFTY-FUT", 15_000.0, "0.10"),
        ("NIFTY-FUT", 30_000.0, "0.20"),
        ("NIFTY", 24_774.6, "0.05"),
    ],
)
def test_the_tick_size_follows_the_exchanges_bands(
    known: InstrumentTable, symbol: str, price: float, tick: str
) -> None:
    assert known[symbol].tick_at(price) == Fraction(tick)


def test_floats_lie_on_the_grid_that_they_are_written_on(known: InstrumentTable) -> None:
    cents = np.arange(5, 30_000, 5)
    assert not known["NIFTY-FUT"].off_grid(cents / 100).any()
    assert known["NIFTY-FUT"].off_grid((cents + 1) / 100).all()


@pytest.mark.parametrize(
    "row",
    ["X,bond,nse,1,INR,,,", "X,stock,lse,1,INR,,,", "X,stock,nse,one,INR,,,", "X,stock,nse,1,INR,heavy,,"],
)
def test_a_wrong_row_is_told_with_its_line(row: str) -> None:
    with pytest.raises(ConfigError, match="instrument table, line 5"):
        parse_instruments(TABLE + row + "\n")
