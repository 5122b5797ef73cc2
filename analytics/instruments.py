"""What is known of an instrument: its kind, price grid, lot, calendar and source of a VWAP."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analytics.calendar import ALWAYS, NSE, NSE_DERIVATIVES, US, Calendar
from analytics.errors import ConfigError
from analytics.ticks import Bool, Float64

UNKNOWN_PRICE_SCALE = 4
UNKNOWN_SIZE_SCALE = 0
WEIGHTED_INDEX = "NIFTY"
"""The index that the table's weights belong to."""
MAX_SCALE = 8
"""Most decimals that a price or a size may need; a finer one goes to quarantine."""


class Kind(enum.Enum):
    """What an instrument is."""

    INDEX = "index"
    FUTURE = "future"
    STOCK = "stock"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TickBand:
    """Below price `below` (None: no limit) the grid is `tick`."""

    below: float | None
    tick: Fraction


# Tick sizes of the National Stock Exchange since 2025-04-15.
_STOCK_BANDS = (
    TickBand(250, Fraction(1, 100)),
    TickBand(1_000, Fraction(5, 100)),
    TickBand(5_000, Fraction(10, 100)),
    TickBand(10_000, Fraction(50, 100)),
    TickBand(20_000, Fraction(1)),
    TickBand(None, Fraction(5)),
)
_INDEX_FUTURE_BANDS = (
    TickBand(15_000, Fraction(5, 100)),
    TickBand(30_000, Fraction(10, 100)),
    TickBand(None, Fraction(20, 100)),
)
_INDEX_BANDS = (TickBand(None, Fraction(5, 100)),)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument; `bands` is empty where no grid is known.

    `weight` is the constituent's weight in the index in per cent, 0 for others; `previous_close` the
    last known close, None where unknown; `vwap_source` names the symbol whose VWAP an index shows.
    """

    symbol: str
    kind: Kind
    calendar: Calendar
    lot: int = 1
    bands: tuple[TickBand, ...] = ()
    price_scale: int = UNKNOWN_PRICE_SCALE
    size_scale: int = UNKNOWN_SIZE_SCALE
    currency: str = ""
    weight: float = 0.0
    previous_close: float | None = None
    vwap_source: str | None = None
    allows_nonpositive: bool = False

    @property
    def has_volume(self) -> bool:
        """Return whether trades of this instrument carry a size; an index has none."""
        return self.kind is not Kind.INDEX

    def tick_at(self, price: float) -> Fraction | None:
        """Return the grid step at a price, or None where no grid is known."""
        for band in self.bands:
            if band.below is None or price < band.below:
                return band.tick
        return None

    def off_grid(self, price: Float64) -> Bool:
        """Return which prices, shape (n,), do not lie on the grid; none where no grid is known."""
        off = np.zeros(len(price), np.bool_)
        low = -np.inf
        for band in self.bands:
            high = np.inf if band.below is None else band.below
            here = (price >= low) & (price < high)
            steps = price * float(1 / band.tick)
            off |= here & (np.abs(steps - np.rint(steps)) > 1e-6)
            low = high
        return off


class InstrumentTable:
    """Instruments by symbol. A symbol that is not in it is unknown: no grid, `unknown` calendar."""

    def __init__(self, instruments: Iterable[Instrument] = (), calendar: Calendar | None = None) -> None:
        self._known: Mapping[str, Instrument] = {each.symbol: each for each in instruments}
        self._override = calendar

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._known

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._known.values())

    def __getitem__(self, symbol: str) -> Instrument:
        """Return what is known of a symbol; an unknown one trades always, unless a calendar was given."""
        known = self._known.get(symbol)
        if known is None:
            return Instrument(symbol, Kind.UNKNOWN, self._override or ALWAYS)
        return known

    def calendar_of(self, symbol: str) -> Calendar:
        """Return the calendar in force for a symbol: the one given for the run, else its own."""
        known = self[symbol]
        if self._override is None:
            return known.calendar
        if self._override.name == "nse" and known.calendar.name == "nse":
            return known.calendar
        return self._override

    def with_calendar(self, calendar: Calendar | None) -> InstrumentTable:
        """Return the same instruments with one calendar for all (None: each its own)."""
        return InstrumentTable(self._known.values(), calendar)


_CALENDARS = {"nse": NSE, "nse-derivatives": NSE_DERIVATIVES, "us": US, "always": ALWAYS}
_BANDS = {"stock": _STOCK_BANDS, "future": _INDEX_FUTURE_BANDS, "index": _INDEX_BANDS}


def parse_instruments(text: str) -> InstrumentTable:
    """Return the table written as CSV with the columns
    ``symbol,kind,calendar,lot,currency,weight_pct,previous_close,vwap_source``.

    Raises ConfigError naming the row for an unknown kind or calendar or a bad number.
    """
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            kind = Kind(row["kind"])
            found.append(
                Instrument(
                    symbol=row["symbol"],
                    kind=kind,
                    calendar=_CALENDARS[row["calendar"]],
                    lot=int(row["lot"]),
                    bands=_BANDS.get(row["kind"], ()),
                    price_scale=2,
                    currency=row["currency"],
                    weight=float(row["weight_pct"] or 0.0),
                    previous_close=float(row["previous_close"]) if row["previous_close"] else None,
                    vwap_source=row["vwap_source"] or None,
                )
            )
        except (KeyError, ValueError) as error:
            raise ConfigError(f"instrument table, line {number}: {error!r} in {dict(row)}") from error
    return InstrumentTable(found)
