import itertools

import numpy as np

from analytics.ticks import NO_SEQ, Arrivals, TimeMark
from feeds.pieces import can_join, joined, piece


def arrivals(count: int, symbols: tuple[str, ...] = ("A", "B"), **columns: object) -> Arrivals:
    rows = np.arange(count, dtype=np.int64)
    zeros = np.zeros(count, np.int32)
    return Arrivals(
        symbols=symbols,
        symbol=(rows % len(symbols)).astype(np.int32),
        ts_ns=rows,
        price=rows + 0.5,
        size=np.ones(count),
        seq=np.full(count, NO_SEQ),
        arrival_ns=rows,
        partition=zeros,
        offset=rows,
        index=zeros,
        **columns,  # type: ignore[arg-type]
    )


def test_a_piece_keeps_columns_rows_and_absent_columns() -> None:
    cut = piece(arrivals(10, bid=np.arange(10.0), first_row=100), 3, 7)
    assert cut.ts_ns.tolist() == [3, 4, 5, 6]
    assert cut.bid is not None
    assert cut.bid.tolist() == [3.0, 4.0, 5.0, 6.0]
    assert cut.ask is None
    assert cut.first_row == 103


def test_defects_and_raw_bytes_move_with_their_ticks() -> None:
    whole = arrivals(10, defects={2: "early", 5: "inside", 9: "late"}, raw=lambda at: b"%d" % at)
    cut = piece(whole, 4, 8)
    assert cut.defects == {1: "inside"}
    assert cut.raw is not None
    assert cut.raw(1) == b"5"


def test_a_time_mark_goes_to_exactly_one_piece() -> None:
    marks = tuple(TimeMark(row, at_ns=row) for row in (0, 4, 10))
    whole = arrivals(10, time_marks=marks)
    pieces = [piece(whole, 0, 4), piece(whole, 4, 10)]
    assert [[mark.row for mark in each.time_marks] for each in pieces] == [[0], [0, 6]]


def test_pieces_joined_are_the_whole() -> None:
    whole = arrivals(10, ask=np.arange(10.0))
    pieces = [piece(whole, 0, 1), piece(whole, 1, 6), piece(whole, 6, 10)]
    assert all(can_join(one, other) for one, other in itertools.pairwise(pieces))
    again = joined(pieces)
    assert again.price.tolist() == whole.price.tolist()
    assert again.ask is not None
    assert again.ask.tolist() == list(range(10))


def test_what_differs_in_tables_or_columns_or_carries_more_is_not_joined() -> None:
    plain = arrivals(2)
    assert not can_join(plain, arrivals(2, symbols=("A", "C")))
    assert not can_join(plain, arrivals(2, bid=np.zeros(2)))
    assert not can_join(plain, arrivals(2, defects={0: "bad"}))
    assert not can_join(arrivals(2, time_marks=(TimeMark(0, 1),)), plain)
