"""From floats to exact integers: what fits, what widens a scale, what a cumulative volume becomes."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.calendar import US
from analytics.events import EventKind
from analytics.guard import Guard
from analytics.instruments import Instrument, InstrumentTable, Kind
from tests.builders.batches import random_cuts
from tests.builders.ticks import MORNING, SECOND, Mark, Sent, Taken, arrivals, polls, ticks_of

DAY = 86_400 * SECOND
AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)


def taken(
    feed: list[Sent | Mark], cuts: list[int] | None = None, instruments: InstrumentTable | None = None
) -> list[Taken]:
    guard = Guard(instruments or InstrumentTable())
    return ticks_of([batch for poll in polls(feed, cuts or []) for batch in guard.take(poll)])


def reasons(feed: list[Sent | Mark]) -> list[str]:
    guard = Guard(InstrumentTable())
    guard.take(arrivals(feed))
    return [event.detail for event in guard.events.since(0)[0] if event.kind is EventKind.QUARANTINED]


@settings(max_examples=150)
@given(st.integers(1, 9 * 10**11), st.integers(0, 8))
def test_a_decimal_as_written_is_held_exactly_at_the_scale_it_needs(digits: int, decimals: int) -> None:
    exact = Fraction(digits, 10**decimals)
    (tick,) = taken([Sent(price=float(Decimal(digits).scaleb(-decimals)), size=0.0)])
    assert tick.price == exact
    needed = next(scale for scale in range(4, 9) if (exact * 10**scale).denominator == 1)
    assert tick.price_scale == needed


@settings(max_examples=100)
@given(st.floats(1e-8, 1e6))
def test_a_price_is_taken_where_eight_decimals_hold_it_and_reads_back_the_same(price: float) -> None:
    found = taken([Sent(price=price)])
    fitting = [scale for scale in range(4, 9) if round(price * 10**scale) / 10**scale == price]
    assert bool(found) == bool(fitting)
    if found:
        assert found[0].price_scale == fitting[0]
        assert float(found[0].price) == price


def test_a_scale_widens_from_the_tick_on_that_needs_it_and_for_good() -> None:
    prices, sizes = (1.5, 1.00001, 1.5, 1.0), (1.0, 1.0, 0.25, 1.0)
    feed: list[Sent | Mark] = [Sent(price=p, size=s) for p, s in zip(prices, sizes, strict=True)]
    feed.append(Sent("B"))
    scales = [(tick.price_scale, tick.size_scale) for tick in taken(feed)]
    assert scales == [(4, 0), (5, 0), (5, 2), (5, 2), (4, 0)]


def test_a_held_tick_widens_the_scale_when_it_leaves() -> None:
    feed: list[Sent | Mark] = [Sent(seq=1), Sent(price=1.00001, seq=3), Sent(seq=2), Sent(seq=4)]
    assert [(tick.seq, tick.price_scale) for tick in taken(feed)] == [(1, 4), (2, 4), (3, 5), (4, 5)]


@settings(max_examples=40, phases=AT_ONCE)
@given(st.integers(0, 2**32))
def test_scales_are_the_same_wherever_polls_end(seed: int) -> None:
    rng = random.Random(seed)
    feed: list[Sent | Mark] = [
        Sent(
            rng.choice("AB"),
            round(rng.uniform(1, 99), rng.choice((0, 2, 4, 4, 5, 8))),
            rng.choice((1.0, 0.5, 3e8, 4e15, 0.00000001, 0.125)),
            MORNING + at,
        )
        for at in range(40)
    ]
    assert taken(feed, random_cuts(rng, 40)) == taken(feed)


def test_what_no_longer_fits_beside_a_widened_scale_is_quarantined_and_never_rounded() -> None:
    feed: list[Sent | Mark] = [Sent(size=1e12), Sent(size=0.00000001), Sent("B", size=0.00000001)]
    feed.append(Sent("B", size=1e12))
    assert [tick.row for tick in taken(feed)] == [0, 2]
    assert reasons(feed) == [
        "it needs decimals that an earlier tick of its symbol was too large for",
        "size 1000000000000.0 is too large to be held exactly beside its decimals",
    ]


def test_a_known_instrument_begins_at_its_own_scale() -> None:
    known = InstrumentTable([Instrument("A", Kind.STOCK, US, price_scale=2, size_scale=1)])
    scales = [(tick.price_scale, tick.size_scale) for tick in taken([Sent(), Sent(price=1.005)], None, known)]
    assert scales == [(2, 1), (3, 1)]


def test_a_negative_price_is_taken_where_the_instrument_allows_it() -> None:
    known = InstrumentTable([Instrument("A", Kind.FUTURE, US, allows_nonpositive=True)])
    feed: list[Sent | Mark] = [Sent(price=-37.63), Sent(price=0.0), Sent("B", price=-1.0)]
    assert [tick.price for tick in taken(feed, None, known)] == [Fraction(-3763, 100), 0]


# Cumulative volumes


def totals(*values: float, every_ns: int = SECOND, start_ns: int = MORNING) -> list[Sent | Mark]:
    return [Sent(size=None, total=total, ts_ns=start_ns + at * every_ns) for at, total in enumerate(values)]


def sizes(found: list[Taken]) -> list[float]:
    return [float(tick.size) for tick in found]


def test_a_cumulative_volume_becomes_its_difference_and_begins_with_none() -> None:
    assert sizes(taken(totals(500, 500, 520, 1_000))) == [0, 0, 20, 480]


def test_differences_of_cumulative_volumes_are_exact_decimals() -> None:
    found = taken(totals(0.1, 0.3, 0.30000001))
    assert [tick.size for tick in found] == [0, Fraction(2, 10), Fraction(1, 10**8)]


def test_the_first_cumulative_volume_of_a_session_is_a_tick_of_size_0() -> None:
    late = MORNING - MORNING % DAY + DAY - 2 * SECOND
    assert sizes(taken(totals(900, 950, 10, 30, start_ns=late))) == [0, 50, 0, 20]


def test_a_cumulative_volume_that_falls_is_quarantined_and_the_next_counts_from_before_it() -> None:
    feed = totals(100, 110, 105, 112)
    assert sizes(taken(feed)) == [0, 10, 2]
    assert reasons(feed) == ["volume_total fell from 110 to 105"]


def test_a_time_that_runs_back_over_midnight_begins_no_session() -> None:
    late = MORNING - MORNING % DAY + DAY - SECOND
    feed = totals(100, 110, start_ns=late)
    feed += [Sent(size=None, total=130, ts_ns=late, seq=1), Sent(size=None, total=170, ts_ns=late, seq=2)]
    assert sizes(taken(feed)) == [0, 0, 20, 40]


def test_a_size_beside_a_cumulative_volume_is_believed() -> None:
    both = Sent(size=7.0, total=600.0)
    assert sizes(taken([*totals(500), both, *totals(650)])) == [0, 7, 50]


def test_the_gap_before_a_refused_tick_is_marked_at_the_next_one() -> None:
    feed: list[Sent | Mark] = [
        Sent(size=None, total=100.0, seq=1),
        Sent(size=None, total=90.0, seq=3),
        Sent("B", seq=1),
        Sent(size=None, total=110.0, seq=4),
    ]
    guard = Guard(InstrumentTable())
    found = ticks_of(guard.take(arrivals(feed)) + guard.finish())
    assert [(tick.row, tick.after_gap) for tick in found] == [(0, False), (2, False), (3, True)]
    assert guard.counts.quarantined == 1


def test_a_late_cumulative_volume_leaves_its_trade_to_the_next_difference() -> None:
    feed = totals(100, 150, 120, every_ns=SECOND)
    late = Sent(size=None, total=120.0, ts_ns=MORNING)
    assert sizes(taken([feed[0], feed[1], late, *totals(160, start_ns=MORNING + 9 * SECOND)])) == [0, 50, 10]


@pytest.mark.parametrize("cuts", [[], [1], [2], [3], [1, 2, 3]])
def test_cumulative_volumes_are_the_same_wherever_polls_end(cuts: list[int]) -> None:
    assert sizes(taken(totals(5, 8, 7, 20), cuts)) == [0, 3, 12]
