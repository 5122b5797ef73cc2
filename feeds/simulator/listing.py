"""What the simulated market lists: the constituents, the indices made of them and their futures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.errors import ConfigError, nearest
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.ticks import Float64
from feeds.simulator.sectors import BANKS, sector_of

_INDEX_SECTOR = {"BANKNIFTY": BANKS}  # an index that is not named here holds every constituent
_HEAVIEST = 10
_LEADERS = ("NIFTY", "NIFTY-FUT", "BANKNIFTY-FUT")
_OPENING_SYMBOL = "NIFTY-FUT"


@dataclass(frozen=True, slots=True)
class Future:
    """A future by its column, its index's column, and its price over the index in points."""

    column: int
    index_column: int
    basis: float


@dataclass(frozen=True, slots=True)
class Listing:
    """The columns of the market, stocks first, then indices, then futures.

    - `instruments`: one a column.
    - `stocks`: the number of constituents; columns [0, stocks) are theirs.
    - `sectors`: sector code of each constituent.
    - `index_units`: shape (indices, stocks); index k is worth ``prices @ index_units[k]``, so that it
      equals its previous close where each constituent stands at its own.
    """

    instruments: tuple[Instrument, ...]
    stocks: int
    sectors: tuple[int, ...]
    index_units: Float64
    futures: tuple[Future, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols by column."""
        return tuple(each.symbol for each in self.instruments)

    @property
    def previous_closes(self) -> Float64:
        """Return the instrument table's previous closes by column."""
        return np.array([_close(each) for each in self.instruments])

    def chosen(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Return the symbols to publish: those asked for, or the default ones.

        Raises ConfigError naming a symbol that is not listed, and the nearest one that is.
        """
        listed = self.symbols
        for symbol in asked:
            if symbol not in listed:
                raise ConfigError(
                    f"the simulator does not list {symbol!r}.{nearest(symbol.upper(), listed)}"
                    f" It lists the {self.stocks} NIFTY constituents, their indices and futures"
                )
        if asked:
            return asked
        heaviest = sorted(self.instruments[: self.stocks], key=lambda stock: -stock.weight)[:_HEAVIEST]
        return tuple(s for s in _LEADERS if s in listed) + tuple(stock.symbol for stock in heaviest)


def list_market(table: InstrumentTable) -> Listing:
    """Return the market of an instrument table: its weighted stocks, its indices, and the futures that
    an index names as its source of a VWAP.

    Raises ConfigError where the table has no constituents, or one without a previous close.
    """
    stocks = [each for each in table if each.kind is Kind.STOCK and each.weight > 0]
    if not stocks:
        raise ConfigError("the instrument table lists no constituents: stocks need a weight_pct above 0")
    indices = [each for each in table if each.kind is Kind.INDEX]
    sectors = [sector_of(stock.symbol) for stock in stocks]
    codes = {sector: code for code, sector in enumerate(dict.fromkeys(sectors))}
    instruments = [*stocks, *indices]
    futures = []
    for number, index in enumerate(indices):
        if index.vwap_source is not None and table[index.vwap_source].kind is Kind.FUTURE:
            future = table[index.vwap_source]
            basis = _close(future) - _close(index)
            futures.append(Future(len(instruments), len(stocks) + number, basis))
            instruments.append(future)
    return Listing(
        tuple(instruments),
        len(stocks),
        tuple(codes[sector] for sector in sectors),
        np.array([_units(index, stocks) for index in indices]).reshape(len(indices), len(stocks)),
        tuple(futures),
    )


def opening_symbol(symbols: tuple[str, ...]) -> str:
    """Return the symbol to show first."""
    return _OPENING_SYMBOL if _OPENING_SYMBOL in symbols else symbols[0]


def _units(index: Instrument, stocks: list[Instrument]) -> Float64:
    sector = _INDEX_SECTOR.get(index.symbol)
    weights = np.array(
        [stock.weight if sector in (None, sector_of(stock.symbol)) else 0.0 for stock in stocks]
    )
    if not weights.any():
        raise ConfigError(f"the instrument table lists no constituent of {index.symbol}")
    closes = np.array([_close(stock) for stock in stocks])
    return np.asarray(_close(index) * weights / weights.sum() / closes)


def _close(instrument: Instrument) -> float:
    if instrument.previous_close is None:
        raise ConfigError(f"the instrument table gives no previous_close of {instrument.symbol}")
    return instrument.previous_close
