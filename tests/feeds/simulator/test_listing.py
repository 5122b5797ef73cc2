import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.instruments import InstrumentTable, Kind, parse_instruments
from feeds.instruments import load_instruments
from feeds.simulator.listing import list_market, opening_symbol
from feeds.simulator.sectors import sector_of


def test_the_shipped_table_holds_nifty_whole_and_on_its_grid() -> None:
    table = load_instruments()
    stocks = [each for each in table if each.kind is Kind.STOCK]
    assert len(stocks) == 50
    assert sum(each.weight for each in stocks) == pytest.approx(100.0, abs=0.1)
    assert {each.lot for each in stocks} == {1}
    assert (table["NIFTY-FUT"].lot, table["BANKNIFTY-FUT"].lot) == (65, 30)
    assert table["NIFTY"].vwap_source == "NIFTY-FUT"
    assert table["NIFTY-FUT"].calendar.late_close
    for each in table:
        assert each.previous_close is not None
        assert not each.off_grid(np.array([each.previous_close])).any(), each.symbol


def test_every_shipped_constituent_has_a_sector_of_its_own_naming() -> None:
    stocks = [each.symbol for each in load_instruments() if each.kind is Kind.STOCK]
    assert [symbol for symbol in stocks if sector_of(symbol) == sector_of("no such stock")] == []


def test_an_index_stands_at_its_previous_close_where_its_constituents_do() -> None:
    listing = list_market(load_instruments())
    closes = listing.previous_closes
    values = listing.index_units @ closes[: listing.stocks]
    assert values == pytest.approx(closes[listing.stocks : listing.stocks + len(values)])


def test_the_bank_index_holds_banks_only() -> None:
    listing = list_market(load_instruments())
    units = listing.index_units[listing.symbols.index("BANKNIFTY") - listing.stocks]
    held = {listing.symbols[column] for column in np.flatnonzero(units)}
    assert held == {"HDFCBANK", "ICICIBANK", "SBIN", "AXISBANK", "KOTAKBANK"}


def test_by_default_the_leaders_and_the_ten_heaviest_are_published() -> None:
    chosen = list_market(load_instruments()).chosen(())
    assert chosen[:5] == ("NIFTY", "NIFTY-FUT", "BANKNIFTY-FUT", "HDFCBANK", "ICICIBANK")
    assert len(chosen) == 13


def test_what_is_asked_for_is_published_in_that_order() -> None:
    assert list_market(load_instruments()).chosen(("TCS", "BANKNIFTY")) == ("TCS", "BANKNIFTY")


@pytest.mark.parametrize(("asked", "meant"), [("RELIANSE", "RELIANCE"), ("nifty-fut", "NIFTY-FUT")])
def test_an_unknown_symbol_is_named_with_the_nearest_one(asked: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"'{asked}'.*Did you mean '{meant}'"):
        list_market(load_instruments()).chosen(("TCS", asked))


def test_the_window_opens_on_the_nifty_future_or_the_first_symbol() -> None:
    assert opening_symbol(("NIFTY", "NIFTY-FUT")) == "NIFTY-FUT"
    assert opening_symbol(("TCS", "INFY")) == "TCS"


def test_a_table_without_constituents_or_closes_is_refused() -> None:
    with pytest.raises(ConfigError, match="no constituents"):
        list_market(InstrumentTable())
    header = "symbol,kind,calendar,lot,currency,weight_pct,previous_close,vwap_source\n"
    with pytest.raises(ConfigError, match="no previous_close of TCS"):
        list_market(parse_instruments(f"{header}NIFTY,index,nse,1,INR,,100,\nTCS,stock,nse,1,INR,100,,\n"))
