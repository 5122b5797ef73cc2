"""Messages like one that was read before are read the quick way, and nothing else is."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analytics.ticks import NO_SEQ, Arrivals
from feeds.codec import ARROW_HEADERS, TickDecoder, arrow_shapes, encode_arrow
from feeds.codec.arrow_messages import ArrowReader
from feeds.codec.names import MOST_NAMES
from tests.feeds.codec.damage import damaged
from tests.feeds.codec.messages import Message, columns, stream

SYMBOLS = (("A",), ("A", "B", "C"), ("X", "Y", "Z"))


@pytest.fixture
def long_ways(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the messages that pyarrow had to read."""
    seen: list[bytes] = []
    read = ArrowReader._read_whole

    def counting(reader: ArrowReader, value: bytes, tables: object):
        seen.append(value)
        return read(reader, value, tables)

    monkeypatch.setattr(ArrowReader, "_read_whole", counting)
    return seen


def ticks(rng: np.random.Generator, rows: int = 40, symbols: tuple[str, ...] = ("A", "B", "C")) -> Arrivals:
    known = rng.integers(0, 2, rows).astype(bool)
    return Arrivals(
        symbols=symbols,
        symbol=np.arange(rows, dtype=np.int32) % len(symbols),
        ts_ns=1_700_000_000_000_000_000 + rng.integers(0, 10**9, rows),
        price=rng.integers(1, 10**6, rows) / 100,
        size=rng.integers(0, 1_000, rows).astype(np.float64),
        seq=rng.integers(1, 10**6, rows),
        arrival_ns=np.zeros(rows, np.int64),
        partition=np.zeros(rows, np.int32),
        offset=np.arange(rows),
        index=np.zeros(rows, np.int32),
        runs=("r1",),
        run=np.zeros(rows, np.int32),
        sources=("here",),
        source=np.zeros(rows, np.int32),
        bid=np.where(known, 1.5, np.nan),
        ask=np.where(known, 2.5, np.nan),
    )


def read(decoder: TickDecoder, *values: bytes) -> Arrivals:
    return decoder.decode({0: [Message(each, ARROW_HEADERS, at) for at, each in enumerate(values)]}, 0)


def names(found: Arrivals) -> list[str]:
    return [found.symbols[code] for code in found.symbol.tolist()]


def assert_same(found: Arrivals, expected: Arrivals) -> None:
    assert found.defects == expected.defects
    assert names(found) == names(expected)
    for name in ("ts_ns", "price", "size", "seq", "bid", "ask"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        assert one is None or np.array_equal(one, other, equal_nan=True), name
    for codes, table in (("run", "runs"), ("source", "sources")):
        assert getattr(found, table) == getattr(expected, table)
        assert np.array_equal(getattr(found, codes), getattr(expected, codes))


def test_a_second_message_of_a_kind_is_read_the_quick_way_to_the_same_values(long_ways: list[bytes]) -> None:
    rng = np.random.default_rng(1)
    messages = [encode_arrow(ticks(rng), 0) for _ in range(20)]
    quick = read(TickDecoder(), *messages)
    assert len(long_ways) == 1
    slow = [read(TickDecoder(), each) for each in messages]
    assert len(long_ways) == 1 + len(messages)
    for at, expected in enumerate(slow):
        here = quick.offset == at
        assert np.array_equal(quick.price[here], expected.price)
        assert np.array_equal(quick.ts_ns[here], expected.ts_ns)
        assert np.array_equal(quick.seq[here], expected.seq)
        assert quick.bid is not None
        assert expected.bid is not None
        assert np.array_equal(quick.bid[here], expected.bid, equal_nan=True)
    assert names(quick) == [*["A", "B", "C"] * 13, "A"] * 20


def test_another_dictionary_of_the_same_length_is_looked_up_anew(long_ways: list[bytes]) -> None:
    rng = np.random.default_rng(2)
    decoder = TickDecoder()
    read(decoder, encode_arrow(ticks(rng), 0))
    other = encode_arrow(ticks(rng, symbols=("X", "Y", "Z")), 0)
    assert names(read(decoder, other))[:3] == ["X", "Y", "Z"]
    assert len(long_ways) == 2
    assert names(read(decoder, other))[:3] == ["X", "Y", "Z"]
    assert names(read(decoder, encode_arrow(ticks(rng), 0)))[:3] == ["A", "B", "C"]
    assert len(long_ways) == 2


def test_an_index_beyond_its_dictionary_is_a_defect_on_the_quick_way_too() -> None:
    rng = np.random.default_rng(3)
    decoder = TickDecoder()
    message = encode_arrow(ticks(rng), 0)
    good = read(decoder, message)
    indices = bytes(np.arange(40, dtype=np.int8) % 3)
    at = message.index(indices)
    for bad in (3, 127, 128, 255):
        broken = message[: at + 5] + bytes([bad]) + message[at + 6 :]
        found = read(decoder, broken)
        assert len(found) == 1
        assert len(found.defects) == 1
    assert_same(read(decoder, message), good)


def test_a_single_name_with_an_index_that_is_not_0_is_a_defect() -> None:
    rng = np.random.default_rng(4)
    decoder = TickDecoder()
    message = encode_arrow(ticks(rng, symbols=("A",)), 0)
    read(decoder, message)
    batch = message.index(bytes(40), message.index(b"here"))
    broken = message[: batch + 3] + b"\x01" + message[batch + 4 :]
    found = read(decoder, broken)
    assert len(found.defects) == 1


def test_the_number_that_stands_for_none_is_told_on_the_quick_way_too() -> None:
    rng = np.random.default_rng(5)
    decoder = TickDecoder()
    one = ticks(rng)
    message = encode_arrow(one, 0)
    read(decoder, message)
    at = message.index(one.seq.tobytes())
    broken = message[:at] + np.int64(NO_SEQ).tobytes() + message[at + 8 :]
    found = read(decoder, broken)
    assert list(found.defects) == [0]
    assert "expected seq to be above" in found.defects[0]


def test_columns_with_nulls_and_plain_text_go_to_pyarrow_each_time(long_ways: list[bytes]) -> None:
    decoder = TickDecoder()
    text = stream(columns(rows=3))
    nulls = stream(columns(rows=2, seq=pa.array([None, 4], pa.int64())))
    for message in (text, nulls):
        before = len(long_ways)
        assert_ticks = [read(decoder, message) for _ in range(3)]
        assert all(not each.defects for each in assert_ticks)
        assert len(long_ways) == before + 3


def test_codes_begin_anew_with_the_tables() -> None:
    rng = np.random.default_rng(6)
    decoder = TickDecoder()
    message = encode_arrow(ticks(rng), 0)
    read(decoder, message)
    many = (
        b"[" + b",".join(b'{"symbol":"S%d","price":1,"size":1}' % at for at in range(MOST_NAMES + 1)) + b"]"
    )
    decoder.decode({0: [Message(many, ())]}, 0)
    found = read(decoder, message)
    assert names(found)[:3] == ["A", "B", "C"]
    assert len(found.symbols) == 3


def test_the_book_of_shapes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_shapes, "_MOST_HELD", 200_000)
    rng = np.random.default_rng(7)
    decoder = TickDecoder()
    most = 0
    for rows in range(1, 300):
        expected = ticks(rng, rows=rows, symbols=("A", f"S{rows:04}"))
        found = read(decoder, encode_arrow(expected, 0))
        assert np.array_equal(found.price, expected.price)
        book = decoder._arrow._shapes
        most = max(
            most,
            sum(len(text) for each in book._shapes.values() for shape in each for _, text in shape.fixed),
        )
    assert most < 200_000


def test_a_code_below_0_finds_no_name_in_a_large_dictionary() -> None:
    names_here = [f"S{at}" for at in range(128)]
    for count, kind in ((128, pa.int8()), (200, pa.int8())):
        symbols = pa.array([*names_here, *(f"T{at}" for at in range(count - 128))])
        good = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], kind), symbols)
        message = stream(columns(rows=3, symbol=good))
        decoder = TickDecoder()
        assert not read(decoder, message).defects
        at = message.index(bytes([0, 1, 2]), message.index(b"S127"))
        broken = message[:at] + bytes([256 - 100]) + message[at + 1 :]
        assert read(decoder, broken).defects.keys() == read(TickDecoder(), broken).defects.keys() == {0}


def test_text_of_others_is_checked_however_often_the_shape_was_seen() -> None:
    symbol = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), pa.array(["A"]))
    message = stream(columns(rows=2, symbol=symbol, note=pa.array(["ab", "cd"])))
    decoder = TickDecoder()
    assert not read(decoder, message).defects
    broken = message.replace(b"abcd", b"ab\xffd")
    assert read(decoder, broken).defects.keys() == {0}


def test_damaged_messages_of_a_known_shape_are_what_a_fresh_reader_makes_of_them() -> None:
    rng, dice = np.random.default_rng(8), random.Random(8)
    sound = [encode_arrow(ticks(rng, rows=rows), 0) for rows in (1, 8, 40)]
    decoder = TickDecoder()
    read(decoder, *sound)
    for _ in range(3_000):
        value = damaged(dice, sound)
        if not value:
            continue
        if dice.random() < 0.5:  # the same length, so that the quick way is tried
            at = dice.randrange(len(sound[2]))
            value = sound[2][:at] + bytes([dice.randrange(256)]) + sound[2][at + 1 :]
        found, fresh = read(decoder, value), read(TickDecoder(), value)
        assert found.defects == fresh.defects
        assert np.array_equal(found.price, fresh.price, equal_nan=True)
        assert np.array_equal(found.seq, fresh.seq)
        known = [found.symbols[code] if code >= 0 else None for code in found.symbol.tolist()]
        assert known == [fresh.symbols[code] if code >= 0 else None for code in fresh.symbol.tolist()]


def test_what_one_poll_mixes_is_what_each_message_gives_alone() -> None:
    """Several shapes, columns that only some have, and damaged ones between them."""
    rng, dice = np.random.default_rng(9), random.Random(9)
    plain = [
        encode_arrow(ticks(rng, rows=rows, symbols=names), 0) for rows in (1, 8, 40) for names in SYMBOLS
    ]
    fewer = [encode_arrow(replace(ticks(rng, rows=rows), bid=None, source=None), 0) for rows in (8, 40)]
    sound = [*plain, *fewer, stream(columns(rows=2))]
    decoder = TickDecoder()
    for _ in range(150):
        values = []
        for _ in range(dice.randrange(1, 12)):
            value = dice.choice(sound)
            if dice.random() < 0.2:
                at = dice.randrange(len(value))
                value = value[:at] + bytes([dice.randrange(256)]) + value[at + 1 :]
            values.append(value)
        found = read(decoder, *values)
        at = 0
        for offset, value in enumerate(values):
            alone = read(TickDecoder(), value)
            here = slice(at, at + len(alone))
            at += len(alone)
            assert found.offset[here].tolist() == [offset] * len(alone)
            assert found.index[here].tolist() == list(range(len(alone)))
            assert {
                each - here.start: why for each, why in found.defects.items() if here.start <= each < at
            } == (alone.defects)
            for name in ("ts_ns", "price", "size", "seq"):
                one, other = getattr(found, name)[here], getattr(alone, name)
                assert np.array_equal(one, other, equal_nan=True), name
            for name in ("bid", "ask"):
                assert np.array_equal(told(found, name)[here], told(alone, name), equal_nan=True), name
            for codes, table in (("symbol", "symbols"), ("run", "runs"), ("source", "sources")):
                assert named(found, codes, table)[here] == named(alone, codes, table)
        assert at == len(found)


def told(found: Arrivals, name: str) -> np.ndarray:
    column = getattr(found, name)
    return np.full(len(found), np.nan) if column is None else column


def named(found: Arrivals, codes: str, table: str) -> list[str | None]:
    column, texts = getattr(found, codes), getattr(found, table)
    if column is None:
        return [None] * len(found)
    return [texts[code] if code >= 0 else None for code in column.tolist()]
