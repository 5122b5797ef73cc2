import json

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME
from feeds.codec import JSON_HEADERS, TickDecoder
from tests.feeds.codec.messages import Message, decoded, from_json, only_defect, tick


def test_the_shortest_valid_message_is_a_tick() -> None:
    found = decoded(b'{"symbol": "NIFTY", "price": 24850, "volume": 15000}')
    assert not found.defects
    assert found.symbols == ("NIFTY",)
    assert (found.symbol[0], found.price[0], found.size[0]) == (0, 24850.0, 15000.0)
    assert (found.ts_ns[0], found.seq[0], found.arrival_ns[0]) == (NO_TIME, NO_SEQ, NO_TIME)
    assert found.run is found.source is found.bid is found.ask is found.volume_total is None
    assert found.raw is not None
    assert found.raw(0) == b'{"symbol": "NIFTY", "price": 24850, "volume": 15000}'


def test_every_optional_field_is_read() -> None:
    found = from_json(
        tick(ts=1_722_500_000_123_456_789, seq=7, run="r", source="nse", bid=1.5, ask=2, volume_total=9)
    )
    assert not found.defects
    assert (found.ts_ns[0], found.seq[0]) == (1_722_500_000_123_456_789, 7)
    assert (found.runs, found.sources) == (("r",), ("nse",))
    assert found.run is not None and found.run.tolist() == [0]  # noqa: PT018
    assert [float(each[0]) for each in (found.bid, found.ask, found.volume_total)] == [1.5, 2.0, 9.0]  # type: ignore[index]


def test_size_wins_over_volume_and_run_over_session() -> None:
    found = from_json(
        tick(size=1, volume=2, run="a", session="b"),
        tick(volume=2, session="b"),
        tick(size=None, run=None, session="c"),
    )
    assert found.size.tolist() == [1.0, 2.0, 15000.0]
    assert [found.runs[code] for code in found.run.tolist()] == ["a", "b", "c"]  # type: ignore[union-attr]


def test_a_tick_without_any_quantity_has_no_size_and_is_left_to_the_guard() -> None:
    found = from_json(tick(volume=...), tick(volume=None), tick(volume=..., volume_total=5))
    assert np.isnan(found.size).all()
    assert not found.defects
    assert found.volume_total is not None
    assert found.volume_total.tolist()[2] == 5.0
    assert np.isnan(found.volume_total[:2]).all()


def test_null_is_absent_in_optional_fields() -> None:
    names = ("ts", "seq", "run", "session", "source", "bid", "ask", "volume_total", "size")
    found = from_json(tick(**dict.fromkeys(names)))
    assert not found.defects
    assert found.run is found.source is found.bid is found.ask is found.volume_total is None
    assert (found.seq[0], found.ts_ns[0], found.size[0]) == (NO_SEQ, NO_TIME, 15000.0)


def test_unknown_fields_are_ignored_whatever_they_hold() -> None:
    found = from_json(tick(exchange="NSE", depth=[{"price": "x"}], flags={"a": None}, ok=True))
    assert not found.defects


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(
            (field, text)
            for field in ("price", "volume", "size", "bid")
            for text in ("true", '"5"', "[5]", "{}")
        ),
        ("price", "null"),
        ("price", "1e400"),
        ("price", "1" * 400),
        ("symbol", "null"),
        ("symbol", "5"),
        ("volume_total", "false"),
        ("seq", "1.0"),
        ("seq", "true"),
        ("seq", '"1"'),
        ("seq", str(2**63)),
        ("seq", str(-(2**63))),
        ("seq", "9" * 30),
        ("run", "5"),
        ("session", "[]"),
        ("source", "false"),
        ("ts", "true"),
        ("ts", "[]"),
        ("ts", '"1722500000"'),
        ("ts", '"soon"'),
        ("ts", '""'),
        ("ts", str(2**63)),
        ("ts", "99999999999"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_the_tick_beside_it_read(field: str, text: str) -> None:
    fields = {"symbol": '"NIFTY"', "price": "1.5", "volume": "1", field: text}
    bad = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    found = decoded(bad.encode(), json.dumps(tick()).encode(), headers=JSON_HEADERS)
    assert list(found.defects) == [0]
    assert "expected" in found.defects[0] or "out of range" in found.defects[0]
    assert np.isnan(found.price[0])
    assert np.isnan(found.size[0])
    assert (found.price[1], found.size[1]) == (24850.0, 15000.0)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("field", ["price", "volume", "bid", "other"])
def test_nan_and_infinity_are_refused(field: str, text: str) -> None:
    value = json.dumps(tick(**{field: "HERE"})).replace('"HERE"', text).encode()
    only_defect(decoded(value))


@pytest.mark.parametrize("field", ["symbol", "price"])
def test_a_missing_field_that_a_tick_needs_is_named(field: str) -> None:
    assert only_defect(from_json(tick(**{field: ...}))) == f"expected {field} to be given, found none"


def test_of_duplicate_keys_the_last_wins_even_where_the_first_is_bad() -> None:
    found = decoded(
        b'{"symbol":"A","symbol":"B","price":1,"price":2,"volume":3,"volume":4}',
        b'{"symbol":5,"symbol":"B","price":true,"price":2,"seq":"x","seq":9,"volume":"y","volume":4}',
        b'{"symbol":"B","price":2,"price":true}',
        b'{"symbol":"B","price":2,"seq":8,"seq":null,"volume":1}',
    )
    assert list(found.defects) == [2]
    assert [found.symbols[code] for code in found.symbol.tolist()] == ["B", "B", "B", "B"]
    assert found.price.tolist()[:2] == [2.0, 2.0]
    assert found.size.tolist()[:2] == [4.0, 4.0]
    assert found.seq.tolist() == [NO_SEQ, 9, NO_SEQ, NO_SEQ]


def test_the_ends_of_int64_are_numbers() -> None:
    found = from_json(tick(seq=2**63 - 1, ts=2**63 - 1), tick(seq=1 - 2**63, ts=1 - 2**63))
    assert not found.defects
    assert found.seq.tolist() == found.ts_ns.tolist() == [2**63 - 1, 1 - 2**63]


def test_a_bad_tick_still_tells_whose_it_is() -> None:
    found = from_json(
        tick(price="x", seq=5, run="r", source="s"), tick(seq=6, ts="soon", run="r", source="s")
    )
    assert list(found.defects) == [0, 1]
    assert found.defects[0] == "expected price to be a finite number, found 'x'"
    assert found.symbol.tolist() == [0, 0]
    assert found.seq.tolist() == [5, 6]
    assert found.run.tolist() == found.source.tolist() == [0, 0]  # type: ignore[union-attr]


def test_a_bad_tick_whose_number_is_out_of_range_still_tells_whose_it_is() -> None:
    found = decoded(b'{"symbol":"A","price":1e999,"seq":4}')
    assert (found.symbols, found.symbol[0], found.seq[0]) == (("A",), 0, 4)
    assert only_defect(found)


def test_a_seq_whose_run_is_unreadable_counts_nowhere() -> None:
    found = from_json(tick(seq=5, run=3))
    assert only_defect(found) == "expected run to be text, found 3"
    assert (found.symbols, found.seq[0]) == (("NIFTY",), NO_SEQ)


@pytest.mark.parametrize(
    "value",
    [
        b"{", b"nonsense", b"5", b'"tick"', b"null", b"true", b"\xff\xfe", b" ", b'{"symbol":"A","price":1}x',
        b'{"symbol":"A","price":1}{"symbol":"A","price":1}', b'\xef\xbb\xbf{"symbol":"A","price":1}',
        b'{"symbol":"\xff","price":1}', b'{"symbol":"\\ud800","price":1}', b"[{]", b"[", b"\x00" * 100,
    ],
)  # fmt: skip
def test_what_is_no_tick_is_one_bad_row_without_a_symbol(value: bytes) -> None:
    found = decoded(value, headers=JSON_HEADERS)
    only_defect(found)
    assert (found.symbol[0], found.seq[0], found.ts_ns[0]) == (NO_CODE, NO_SEQ, NO_TIME)
    assert np.isnan(found.price[0])
    assert found.raw is not None
    assert found.raw(0) == value


@pytest.mark.parametrize("value", [None, b""])
def test_a_message_without_bytes_is_empty(value: bytes | None) -> None:
    found = decoded(value, headers=JSON_HEADERS)
    assert only_defect(found) == "the message is empty"
    assert found.raw is not None
    assert found.raw(0) == b""


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"symbol":"A","price":1,"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_deep_nesting_is_a_defect_and_the_next_message_is_read(value: bytes) -> None:
    found = decoded(value, json.dumps(tick()).encode())
    assert list(found.defects) == [0]
    assert found.price[1] == 24850.0


def test_each_element_of_a_batch_stands_for_itself() -> None:
    found = from_json([tick(seq=1), tick(seq=2, price=None), 7, [], tick(seq=5)], tick(seq=6))
    assert found.seq.tolist() == [1, 2, NO_SEQ, NO_SEQ, 5, 6]
    assert list(found.defects) == [1, 2, 3]
    assert found.index.tolist() == [0, 1, 2, 3, 4, 0]
    assert found.offset.tolist() == [0, 0, 0, 0, 0, 1]
    assert found.raw is not None
    assert [json.loads(found.raw(at)) for at in (5, 1, 2, 3)] == [tick(seq=6), tick(seq=2, price=None), 7, []]


def test_a_batch_of_good_ticks_is_read_like_single_ones() -> None:
    found = decoded(b" \n[" + b",".join([json.dumps(tick(seq=seq)).encode() for seq in range(3)]) + b"]")
    assert not found.defects
    assert found.seq.tolist() == found.index.tolist() == [0, 1, 2]
    assert found.raw is not None
    assert json.loads(found.raw(2)) == tick(seq=2)


def test_an_empty_batch_is_a_defect() -> None:
    assert only_defect(from_json([])) == "an empty batch"


def test_broken_syntax_inside_a_batch_spoils_the_whole_of_it() -> None:
    found = decoded(b'[{"symbol":"A","price":1},{"symbol" 5}]')
    only_defect(found)
    assert found.raw is not None
    assert found.raw(0) == b'[{"symbol":"A","price":1},{"symbol" 5}]'


def test_fields_are_renamed() -> None:
    decoder = TickDecoder({"price": "ltp", "volume": "qty", "ts": "exchange time", "seq": "price"})
    value = json.dumps(
        {"symbol": "A", "ltp": 5, "qty": 2, "size": "unused", "exchange time": 0, "price": 9}
    ).encode()
    found = decoder.decode({0: [Message(value)]}, 0)
    assert not found.defects
    assert (found.price[0], found.size[0], found.ts_ns[0], found.seq[0]) == (5.0, 2.0, 0, 9)


def test_a_reason_names_the_renamed_field() -> None:
    found = from_json({"symbol": "A", "ltp": "x"}, columns={"price": "ltp"})
    assert only_defect(found) == "expected ltp to be a finite number, found 'x'"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"prise": "ltp"}, "Did you mean 'price'?"),
        ({"price": "ltp", "bid": "ltp"}, "'ltp' is mapped to price already"),
        ({"bid": "price"}, "price itself needs a name"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(columns: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TickDecoder(columns)
    assert said in str(caught.value)
