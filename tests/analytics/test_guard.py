"""The guard, clause by clause: what leaves, when, and what becomes of everything else."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.events import MOST_RAW_BYTES, DataEvent, EventKind
from analytics.guard import SEQUENCED_LATENESS_NS, Guard
from analytics.instruments import InstrumentTable
from analytics.ticks import Arrivals, Position
from tests.builders.ticks import MORNING, MS, SECOND, Mark, Sent, Taken, arrivals, polls, ticks_of

L = SEQUENCED_LATENESS_NS


def guarded(feed: list[Sent | Mark], lateness_ns: int | None = None, *, finish: bool = True) -> list[Taken]:
    """Return what leaves of a feed handed over in one poll."""
    guard = Guard(InstrumentTable(), lateness_ns=lateness_ns)
    return run(guard, feed, finish=finish)


def run(guard: Guard, feed: list[Sent | Mark], *, finish: bool = True) -> list[Taken]:
    batches = guard.take(arrivals(feed))
    return ticks_of(batches + guard.finish() if finish else batches)


def seqs(taken: list[Taken]) -> list[int | None]:
    return [tick.seq for tick in taken]


def rows(taken: list[Taken]) -> list[int]:
    return [tick.row for tick in taken]


def told(guard: Guard, kind: EventKind) -> list[DataEvent]:
    return [event for event in guard.events.since(0)[0] if event.kind is kind]


def numbered(
    *numbers: int, every_ns: int = MS, symbol: str = "A", run: str | None = None
) -> list[Sent | Mark]:
    return [Sent(symbol, ts_ns=MORNING + at * every_ns, seq=seq, run=run) for at, seq in enumerate(numbers)]


# With seq


def test_nothing_waits_while_numbers_follow_on() -> None:
    assert seqs(guarded(numbered(7, 8, 9), finish=False)) == [7, 8, 9]


def test_after_a_jump_ticks_are_held_until_the_missing_one_takes_its_place() -> None:
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, numbered(1, 2, 4, 5), finish=False)) == [1, 2]
    assert guard.counts.held == 2
    (filler,) = numbered(3)
    taken = ticks_of(guard.take(arrivals([filler], first_row=4)))
    assert seqs(taken) == [3, 4, 5]
    assert not any(tick.after_gap for tick in taken)
    assert guard.counts.gaps == 0


def test_the_sixty_fourth_held_tick_declares_the_gap() -> None:
    assert seqs(guarded(numbered(1, *range(3, 66)), finish=False)) == [1]
    taken = guarded(numbered(1, *range(3, 67)), finish=False)
    assert seqs(taken) == [1, *range(3, 67)]
    assert [tick.seq for tick in taken if tick.after_gap] == [3]


@pytest.mark.parametrize(("wait_ns", "left"), [(L - 1, [1]), (L, [1, 3, 4])])
def test_the_clock_at_the_first_held_arrival_plus_lateness_declares_the_gap(
    wait_ns: int, left: list[int]
) -> None:
    guard = Guard(InstrumentTable())
    found = guard.take(arrivals(numbered(1, 3, 4)))
    assert guard.deadline() == (MORNING + MS + L, 0)
    found += guard.pass_time(0, MORNING + MS + wait_ns)
    assert seqs(ticks_of(found)) == left


def test_the_clock_moves_to_a_tick_before_the_tick_is_considered() -> None:
    in_time = Sent(ts_ns=MORNING + MS + L - 1, seq=2)
    too_late = replace(in_time, ts_ns=MORNING + MS + L)
    assert seqs(guarded([*numbered(1, 3), in_time])) == [1, 2, 3]
    assert seqs(guarded([*numbered(1, 3), too_late])) == [1, 3]


def test_the_end_of_the_feed_declares_what_is_missing() -> None:
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, numbered(1, 4, 9))) == [1, 4, 9]
    assert [(event.missing, event.row) for event in told(guard, EventKind.GAP)] == [(2, 1), (4, 2)]
    assert (guard.counts.gaps, guard.counts.missing, guard.counts.held) == (2, 6, 0)


def test_a_missing_tick_is_late_once_its_gap_is_declared_and_then_a_duplicate() -> None:
    guard = Guard(InstrumentTable())
    run(guard, numbered(1, 3))
    guard.take(arrivals(numbered(2, 2), first_row=2))
    assert (guard.counts.late, guard.counts.duplicate) == (1, 1)


def test_a_late_tick_is_told_with_its_price_and_volume() -> None:
    guard = Guard(InstrumentTable())
    run(guard, [*numbered(5), Sent(price=99.5, size=40.0, seq=4)])
    (late,) = told(guard, EventKind.LATE)
    assert (late.price, late.size, late.row) == (99.5, 40.0, 1)


def test_a_runs_first_number_opens_no_gap_and_a_lower_one_is_late() -> None:
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, numbered(100, 99, 98, 101))) == [100, 101]
    assert (guard.counts.gaps, guard.counts.late, guard.counts.duplicate) == (0, 2, 0)


def test_a_number_at_or_below_the_highest_is_a_duplicate() -> None:
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, numbered(1, 2, 3, 3, 2, 1, 4))) == [1, 2, 3, 4]
    assert guard.counts.duplicate == 3


def test_a_held_tick_that_comes_again_is_a_duplicate() -> None:
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, numbered(1, 3, 3, 2))) == [1, 2, 3]
    assert guard.counts.duplicate == 1


def test_holding_is_per_symbol() -> None:
    taken = guarded([*numbered(1, 3), *numbered(1, 2, symbol="B")], finish=False)
    assert [(tick.symbol, tick.seq) for tick in taken] == [("A", 1), ("B", 1), ("B", 2)]


def test_sources_number_on_their_own_and_wait_for_their_symbol() -> None:
    one = Sent(seq=1)
    feed: list[Sent | Mark] = [
        one,
        replace(one, source="x"),
        replace(one, seq=3),
        replace(one, seq=2, source="x"),
    ]
    assert rows(guarded(feed, finish=False)) == [0, 1]
    assert rows(guarded([*feed, replace(one, seq=2)], finish=False)) == [0, 1, 4, 2, 3]


def test_a_new_run_resets_numbering_and_follows_what_is_held() -> None:
    guard = Guard(InstrumentTable())
    feed = [*numbered(1, 3, run="a"), *numbered(1, 2, run="b")]
    assert rows(run(guard, feed, finish=False)) == [0]
    assert rows(ticks_of(guard.finish())) == [1, 2, 3]
    assert [event.row for event in told(guard, EventKind.RESTART)] == [2]
    assert guard.counts.gaps == 1


@pytest.mark.parametrize(
    ("seq", "later_ns", "restarts"), [(975, 1, 1), (976, 1, 0), (975, 0, 0), (975, -1, 0), (1, SECOND, 1)]
)
def test_without_a_run_a_fall_of_more_than_1024_with_a_later_time_starts_a_new_one(
    seq: int, later_ns: int, restarts: int
) -> None:
    guard = Guard(InstrumentTable())
    last = Sent(ts_ns=MORNING + 7 * MS, seq=2_000)
    run(guard, [replace(last, seq=1_999), last, replace(last, seq=seq, ts_ns=MORNING + 7 * MS + later_ns)])
    assert guard.counts.restarts == restarts
    assert guard.counts.taken == 2 + restarts


def test_a_named_run_never_starts_anew_by_falling() -> None:
    guard = Guard(InstrumentTable())
    run(guard, numbered(5_000, 5_001, 1, run="a"))
    assert (guard.counts.restarts, guard.counts.late) == (0, 1)


def test_the_number_of_a_quarantined_tick_counts_as_arrived() -> None:
    feed = numbered(1, 2, 3, 4)
    feed[1] = Sent(price=float("nan"), seq=2)
    guard = Guard(InstrumentTable())
    assert seqs(run(guard, feed, finish=False)) == [1, 3, 4]
    assert (guard.counts.gaps, guard.counts.quarantined) == (0, 1)
    guard.take(arrivals(numbered(2), first_row=4))
    assert guard.counts.duplicate == 1


def test_a_quarantined_tick_that_fills_a_gap_lets_the_held_ones_go() -> None:
    assert seqs(guarded([*numbered(1, 3, 4), Sent(price=0.0, seq=2)], finish=False)) == [1, 3, 4]


def test_ticks_missing_before_a_last_quarantined_one_are_counted_at_the_end() -> None:
    guard = Guard(InstrumentTable())
    run(guard, [*numbered(1), Sent(price=0.0, seq=4)])
    assert (guard.counts.gaps, guard.counts.missing) == (1, 2)
    assert [event.row for event in told(guard, EventKind.GAP)] == [1]


def test_a_tick_behind_a_quarantined_jump_waits_for_its_own_lateness() -> None:
    guard = Guard(InstrumentTable())
    run(guard, [*numbered(1), Sent(price=0.0, ts_ns=MORNING + MS, seq=3)], finish=False)
    assert guard.deadline() is None
    guard.take(arrivals([Sent(ts_ns=MORNING + 5 * MS, seq=4)], first_row=2))
    assert guard.deadline() == (MORNING + 5 * MS + L, 0)


# Without seq


def test_without_seq_ticks_leave_as_they_come_and_an_earlier_time_is_late() -> None:
    guard = Guard(InstrumentTable())
    feed: list[Sent | Mark] = [Sent(ts_ns=MORNING + at) for at in (0, 5, 5, 4, 6)]
    assert rows(run(guard, feed, finish=False)) == [0, 1, 2, 4]
    assert [event.row for event in told(guard, EventKind.LATE)] == [3]


def test_within_lateness_ticks_without_seq_leave_by_time_then_arrival() -> None:
    feed: list[Sent | Mark] = [
        Sent(ts_ns=MORNING + ts, arrival_ns=MORNING + at) for at, ts in enumerate((30, 10, 20, 10))
    ]
    assert rows(guarded(feed, 100)) == [1, 3, 2, 0]


def test_a_tick_without_seq_leaves_at_its_arrival_plus_lateness() -> None:
    guard = Guard(InstrumentTable(), lateness_ns=100)
    run(guard, [Sent(), Sent(ts_ns=MORNING - 1, arrival_ns=MORNING + 50)], finish=False)
    assert not sum(len(batch) for batch in guard.pass_time(0, MORNING + 99))
    assert rows(ticks_of(guard.pass_time(0, MORNING + 100))) == [1, 0]


def test_equal_ticks_at_different_places_are_all_taken() -> None:
    assert rows(guarded([Sent()] * 5)) == [0, 1, 2, 3, 4]


def test_a_place_that_was_taken_is_a_duplicate_where_there_is_no_seq() -> None:
    guard = Guard(InstrumentTable())
    feed: list[Sent | Mark] = [
        Sent(offset=7),
        Sent(offset=7, index=1),
        Sent(offset=7),
        Sent(offset=7, partition=1),
    ]
    assert rows(run(guard, feed)) == [0, 1, 3]
    guard.take(arrivals([Sent(offset=7, index=1), Sent(offset=8)], first_row=4))
    assert (guard.counts.taken, guard.counts.duplicate) == (4, 2)


# Several symbols and partitions


def test_several_leave_at_once_by_deadline_then_arrival() -> None:
    feed: list[Sent | Mark] = []
    for symbol in ("A", "B", "C"):
        feed.append(Sent(symbol, seq=1))
    for at, symbol in enumerate(("C", "A", "B", "A")):
        feed.append(Sent(symbol, ts_ns=MORNING + (at + 1) // 2 * MS, seq=5 if at == 3 else 3))
    feed.append(Mark(MORNING + SECOND))
    taken = guarded(feed, finish=False)
    assert [(tick.symbol, tick.row) for tick in taken[3:]] == [("C", 3), ("A", 4), ("B", 5), ("A", 6)]


def test_a_symbols_ticks_without_a_gap_between_leave_together() -> None:
    feed = [*numbered(1, 3, 4, every_ns=10 * MS), *numbered(1, symbol="B")]
    feed.append(Sent("B", ts_ns=MORNING + 25 * MS, seq=3))
    assert rows(guarded([*feed, Mark(MORNING + SECOND)], finish=False)) == [0, 3, 1, 2, 4]


def test_each_partition_has_its_own_clock() -> None:
    held = numbered(1, 3)
    elsewhere = Sent("B", ts_ns=MORNING + 10 * SECOND, seq=1, partition=1)
    assert rows(guarded([*held, elsewhere], finish=False)) == [0, 2]
    here = replace(elsewhere, partition=0)
    assert rows(guarded([*held, here], finish=False)) == [0, 1, 2]


def test_a_tick_waits_by_the_clock_of_the_partition_it_came_in() -> None:
    held = [Sent(seq=1), Sent(ts_ns=MORNING + MS, seq=3), Sent(ts_ns=MORNING + MS, seq=4, partition=1)]
    guard = Guard(InstrumentTable())
    guard.take(arrivals(held))
    assert guard.deadline() == (MORNING + MS + L, 0)
    assert rows(ticks_of(guard.pass_time(1, MORNING + MS + L))) == [1, 2]


def test_a_time_mark_acts_exactly_where_it_stands() -> None:
    feed = [
        *numbered(1, 3),
        Sent("B", seq=1, partition=1),
        Mark(MORNING + SECOND),
        Sent("B", seq=2, partition=1),
        Sent("C", ts_ns=MORNING + 2 * SECOND, seq=1),
    ]
    assert rows(guarded(feed, finish=False)) == [0, 2, 1, 3, 4]


def test_a_tick_without_a_time_takes_its_arrival_time_which_never_runs_back() -> None:
    feed: list[Sent | Mark] = [Sent(ts_ns=None, arrival_ns=MORNING + at) for at in (5, 3, 9)]
    taken = guarded(feed)
    assert [tick.ts_ns - MORNING for tick in taken] == [5, 5, 9]
    assert [tick.arrival_ns - MORNING for tick in taken] == [5, 5, 9]


# Validity


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Sent(price=float("nan")), "price is nan, not a finite number"),
        (Sent(price=float("-inf")), "price is -inf, not a finite number"),
        (Sent(price=0.0), "price 0.0 is not above 0"),
        (Sent(price=-5.0), "price -5.0 is not above 0"),
        (Sent(price=1e-9), "price 1e-09 needs more than 8 decimals"),
        (Sent(price=1e300), "price 1e+300 is too large to be held exactly beside its decimals"),
        (Sent(size=-1.0), "size -1.0 is not a quantity of 0 or more"),
        (Sent(size=float("inf")), "size inf is not a quantity of 0 or more"),
        (Sent(size=0.1234567891), "size 0.1234567891 needs more than 8 decimals"),
        (Sent(size=1e308), "size 1e+308 is too large to be held exactly beside its decimals"),
        (Sent(size=None), "size is missing"),
        (Sent(size=None, total=-1.0), "volume_total -1.0 is not a quantity"),
        (Sent(size=None, total=float("inf")), "volume_total inf is not a quantity"),
        (Sent(symbol=""), "symbol is empty"),
        (Sent(symbol="x" * 65), "symbol is 65 bytes long, at most 64 are allowed"),
        (Sent(symbol="₹" * 22), "symbol is 66 bytes long, at most 64 are allowed"),
        (Sent(symbol="A\nB"), r"symbol 'A\nB' has control characters"),
        (Sent(symbol="A\x7f"), r"symbol 'A\x7f' has control characters"),
        (Sent(symbol="A\x85"), r"symbol 'A\x85' has control characters"),
        (Sent(symbol="\ud800"), r"symbol '\ud800' is not valid text"),
        (Sent(ts_ns=None), "the tick has neither an event time nor an arrival time"),
        (Sent(defect="not JSON"), "not JSON"),
    ],
)
def test_a_bad_tick_goes_to_quarantine_with_its_reason_and_the_next_goes_on(bad: Sent, reason: str) -> None:
    guard = Guard(InstrumentTable())
    assert rows(run(guard, [Sent(), bad, Sent()])) == [0, 2]
    (event,) = told(guard, EventKind.QUARANTINED)
    assert (event.detail, event.row, event.position) == (reason, 1, Position(0, 1))
    assert event.raw
    assert guard.counts.quarantined == 1


@pytest.mark.parametrize(
    "good",
    [
        Sent(size=0.0),
        Sent(price=0.00000001),
        Sent(price=24850.00000001, size=0.00000001),
        Sent(size=9e15),
        Sent(symbol="₹" * 21),
        Sent(symbol="x" * 64),
        Sent(symbol="M&M-FUT 25"),
        Sent(ts_ns=None, arrival_ns=MORNING),
    ],
)
def test_what_looks_odd_and_is_allowed_is_taken(good: Sent) -> None:
    assert len(guarded([good])) == 1


def test_a_quarantined_tick_keeps_the_bytes_that_were_received() -> None:
    guard = Guard(InstrumentTable())
    guard.take(replace(arrivals([Sent(), Sent(price=0.0)]), raw=lambda at: b"line %d" % at))
    assert [event.raw for event in told(guard, EventKind.QUARANTINED)] == [b"line 1"]


def test_of_a_message_of_many_bytes_an_event_keeps_the_first() -> None:
    whole = bytes(range(256)) * 64
    guard = Guard(InstrumentTable())
    guard.take(replace(arrivals([Sent(price=0.0)]), raw=lambda _: whole))
    (event,) = told(guard, EventKind.QUARANTINED)
    assert len(whole) > MOST_RAW_BYTES == 4_096
    assert event.raw == whole[:MOST_RAW_BYTES]


def test_symbols_are_one_however_they_are_composed() -> None:
    taken = guarded([Sent("caf\u00e9"), Sent("cafe\u0301")])
    assert {tick.symbol for tick in taken} == {"caf\u00e9"}


def test_past_the_cap_on_symbols_new_ones_are_quarantined_and_known_ones_go_on() -> None:
    guard = Guard(InstrumentTable(), most_symbols=2)
    assert rows(run(guard, [Sent("B"), Sent("A"), Sent("C"), Sent("A"), Sent("D")])) == [0, 1, 3]
    reasons = [event.detail for event in told(guard, EventKind.QUARANTINED)]
    assert reasons == [f"symbol {name!r} is past the 2 symbols that are held" for name in ("C", "D")]
    assert guard.symbols == ("B", "A")


def test_symbols_are_numbered_by_their_first_ticks_whatever_a_polls_table_holds() -> None:
    guard = Guard(InstrumentTable(), most_symbols=2)
    poll = arrivals([Sent("B"), Sent("A"), Sent("C")])
    table = replace(poll, symbols=("never", "C", "A", "B"), symbol=np.array([3, 2, 1], np.int32))
    assert [tick.symbol for tick in ticks_of(guard.take(table))] == ["B", "A"]
    again = replace(arrivals([Sent("A"), Sent("C"), Sent("B")], 3), symbols=table.symbols)
    again = replace(again, symbol=np.array([2, 1, 3], np.int32))
    assert [tick.symbol for tick in ticks_of(guard.take(again))] == ["A", "B"]
    assert guard.symbols == ("B", "A")
    assert guard.counts.quarantined == 2


# Accounts


def test_every_tick_is_counted_once() -> None:
    guard = Guard(InstrumentTable())
    feed = [*numbered(2, 4, 4, 1), Sent(price=0.0), Sent("B"), Sent("B", ts_ns=MORNING - 1), *numbered(9)]
    guard.take(arrivals(feed))
    counts = guard.counts
    assert (counts.taken, counts.held, counts.duplicate, counts.late, counts.quarantined) == (2, 2, 1, 2, 1)
    assert counts.sent == len(feed)


def test_after_a_reset_nothing_is_remembered() -> None:
    guard = Guard(InstrumentTable())
    feed = [*numbered(5, 7, 4), Sent("B", price=0.0)]
    first = run(guard, feed, finish=False)
    guard.reset()
    assert guard.counts.sent == 0
    assert guard.events.count == 0
    assert run(guard, feed, finish=False) == first


def test_arrivals_are_not_changed() -> None:
    total = [Sent(size=None, total=10.0), Sent(ts_ns=None, arrival_ns=MORNING - 1), Sent(price=0.0)]
    given_arrivals = arrivals(total)
    for column in fields(Arrivals):
        value = getattr(given_arrivals, column.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    guard = Guard(InstrumentTable())
    assert len(ticks_of(guard.take(given_arrivals))) == 2


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.booleans(), st.lists(st.integers(1, 200), max_size=5))
def test_inside_lateness_the_result_equals_sorted_arrival(seed: int, has_seq: bool, cuts: list[int]) -> None:
    rng = random.Random(seed)
    in_order = [
        Sent(rng.choice("AB"), 100 + rng.randrange(50) / 10, float(rng.randrange(9)), MORNING + at * MS)
        for at in range(120)
    ]
    if has_seq:
        next_seq = {"A": 1, "B": 1}
        for at, tick in enumerate(in_order):
            in_order[at] = replace(tick, seq=next_seq[tick.symbol])
            next_seq[tick.symbol] += 1
    lateness_ns = 20 * MS
    came = [(tick.ts_ns or 0) + rng.randrange(lateness_ns) for tick in in_order]
    for symbol in "AB":  # a run's first number opens no gap
        first = next(at for at, tick in enumerate(in_order) if tick.symbol == symbol)
        came[first] = in_order[first].ts_ns or 0
    disorder = [replace(in_order[at], arrival_ns=came[at]) for at in sorted(range(120), key=came.__getitem__)]
    guard = Guard(InstrumentTable(), lateness_ns=lateness_ns)
    batches = [batch for poll in polls(disorder, cuts) for batch in guard.take(poll)] + guard.finish()
    found = ticks_of(batches)
    for symbol in "AB":
        assert [(tick.ts_ns, tick.price, tick.size) for tick in found if tick.symbol == symbol] == [
            (tick.ts_ns, tick.price, tick.size)
            for tick in ticks_of(Guard(InstrumentTable()).take(arrivals(in_order)))
            if tick.symbol == symbol
        ]
    assert guard.counts.taken == 120


@pytest.mark.parametrize("lateness_ns", [None, 50])
def test_times_from_the_ends_of_time_are_taken(lateness_ns: int | None) -> None:
    ends = (-(2**63) + 1, 2**63 - 1, MORNING)
    feed: list[Sent | Mark] = [
        Sent(ts_ns=ts_ns, arrival_ns=MORNING, seq=seq) for seq, ts_ns in enumerate(ends)
    ]
    feed += [Sent("B", ts_ns=ts_ns, seq=2 * seq) for seq, ts_ns in enumerate(ends)]
    feed += [Sent("C", ts_ns=ts_ns) for ts_ns in sorted(ends)]
    guard = Guard(InstrumentTable(), lateness_ns=lateness_ns)
    assert len(run(guard, feed)) == 9
