"""The price grid: a price off its tick size is counted, told once, and taken."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from analytics.calendar import NSE
from analytics.events import EventKind
from analytics.guard import Guard
from analytics.instruments import Instrument, InstrumentTable, Kind, TickBand, parse_instruments
from analytics.ticks import Position
from tests.builders.ticks import MORNING, Mark, Sent, arrivals, polls, ticks_of

HEADER = "symbol,kind,calendar,lot,currency,weight_pct,previous_close,vwap_source\n"
KNOWN = parse_instruments(
    HEADER + "S,stock,nse,1,INR,,,\nF,future,nse-derivatives,65,INR,,,\nI,index,nse,1,INR,,,F\n"
)
STEPS = {  # the exchange's table: from, step
    "S": [(0, "0.01"), (250, "0.05"), (1_000, "0.10"), (5_000, "0.50"), (10_000, "1"), (20_000, "5")],
    "F": [(0, "0.05"), (15_000, "0.10"), (30_000, "0.20")],
    "I": [(0, "0.05")],
}


def is_off(symbol: str, price: Fraction) -> bool:
    step = Fraction([step for low, step in STEPS[symbol] if price >= low][-1])
    return (price / step).denominator != 1


def count(feed: list[Sent | Mark], instruments: InstrumentTable = KNOWN) -> tuple[Guard, int]:
    guard = Guard(instruments)
    guard.take(arrivals(feed))
    return guard, guard.counts.off_grid


@pytest.mark.parametrize("seed", range(4))
def test_prices_off_the_exchanges_grid_are_counted_over_all_its_bands(seed: int) -> None:
    rng = random.Random(seed)
    feed: list[Sent | Mark] = []
    for _ in range(400):
        low, step = rng.choice(STEPS[symbol := rng.choice("SFI")])
        cents = max(
            1, low * 100 + rng.choice((-1, 0, 1, 5)) * int(Fraction(step) * 100) + rng.choice((0, 0, 1))
        )
        feed.append(Sent(symbol, cents / 100, ts_ns=MORNING))
    expected = sum(is_off(each.symbol, Fraction(str(each.price))) for each in feed if isinstance(each, Sent))
    for cuts in ([], range(0, 400, 7)):
        guard = Guard(KNOWN)
        batches = [batch for poll in polls(feed, cuts) for batch in guard.take(poll)]
        assert len(ticks_of(batches)) == 400
        assert guard.counts.off_grid == expected


def test_only_the_first_tick_off_the_grid_of_a_symbol_is_told_with_its_place() -> None:
    feed: list[Sent | Mark] = [Sent("F", 100.05), Sent("F", 100.01, offset=1, index=2), Sent("F", 100.02)]
    feed.append(Sent("S", 250.01))
    guard, off = count(feed)
    assert off == 3
    told = [(event.kind, event.symbol, event.row, event.position) for event in guard.events.since(0)[0]]
    assert told == [
        (EventKind.OFF_GRID, "F", 1, Position(0, 1, 2)),
        (EventKind.OFF_GRID, "S", 3, Position(0, 3)),
    ]


def test_an_unknown_symbol_has_no_grid() -> None:
    assert count([Sent("X", 100.0137)])[1] == 0


def test_a_price_with_more_decimals_than_the_grid_is_off_it() -> None:
    assert count([Sent("F", 100.05), Sent("F", 100.05000001), Sent("F", 20_000.0)])[1] == 1


def test_a_grid_finer_than_the_scale_is_checked_too() -> None:
    eighths = Instrument("T", Kind.STOCK, NSE, bands=(TickBand(None, Fraction(1, 8)),), price_scale=0)
    assert count([Sent("T", 7.0), Sent("T", 7.125), Sent("T", 7.13)], InstrumentTable([eighths]))[1] == 1
