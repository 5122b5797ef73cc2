import gc
import json
import sys
import weakref

import numpy as np
import pytest
from kafka.consumer.fetcher import ConsumerRecord

from analytics.ticks import NO_CODE, NO_TIME
from feeds.codec import ARROW_HEADERS, JSON_HEADERS, TickDecoder
from feeds.codec.names import MOST_NAMES
from tests.feeds.codec.messages import Message, columns, decoded, only_defect, stream, tick


def text(**fields: object) -> bytes:
    return json.dumps(tick(**fields)).encode()


def test_nothing_polled_is_no_arrivals() -> None:
    decoder = TickDecoder()
    for records in ({}, {3: []}):
        found = decoder.decode(records, 12)
        assert len(found) == 0
        assert found.first_row == 12


def test_ticks_come_partition_by_partition_message_by_message() -> None:
    batch = json.dumps([tick(seq=1), tick(seq=2)]).encode()
    records = {
        7: [Message(text(seq=0), JSON_HEADERS, 100, 1_000), Message(batch, JSON_HEADERS, 103, 2_000)],
        2: [],
        3: [Message(stream(columns()), ARROW_HEADERS, 5, -1), Message(b"?", JSON_HEADERS, 6, 0)],
    }
    found = TickDecoder().decode(records, 40)
    assert found.first_row == 40
    assert found.partition.tolist() == [7, 7, 7, 3, 3, 3]
    assert found.offset.tolist() == [100, 103, 103, 5, 5, 6]
    assert found.index.tolist() == [0, 0, 1, 0, 1, 0]
    assert found.arrival_ns.tolist() == [10**9, 2 * 10**9, 2 * 10**9, NO_TIME, NO_TIME, 0]
    assert list(found.defects) == [5]
    assert [each.dtype for each in (found.symbol, found.partition, found.index)] == [np.int32] * 3
    assert [each.dtype for each in (found.ts_ns, found.seq, found.offset, found.arrival_ns)] == [np.int64] * 4


def test_a_timestamp_beyond_int64_ns_is_none() -> None:
    records = {0: [Message(text(), JSON_HEADERS, 0, each) for each in (2**62, 1)]}
    assert TickDecoder().decode(records, 0).arrival_ns.tolist() == [NO_TIME, 1_000_000]


def test_records_of_the_kafka_client_are_taken() -> None:
    record = ConsumerRecord("ticks.v1", 0, 0, 9, 1_000, 1, None, text(), list(JSON_HEADERS), None, -1, 50, -1)
    found = TickDecoder().decode({0: [record]}, 0)
    assert (found.offset[0], found.arrival_ns[0], found.price[0]) == (9, 10**9, 24850.0)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([("ct", b"xml")], "expected the header ct to be json or arrow, found 'xml'"),
        ([("ct", b"JSON")], "expected the header ct to be json or arrow, found 'JSON'"),
        ([("ct", b"")], "expected the header ct to be json or arrow, found ''"),
        ([("ct", None)], "expected the header ct to be json or arrow, found none"),
        ([("ct", b"json"), ("ct", b"\xff")], "expected the header ct to be json or arrow, found '\\\\xff'"),
    ],
)
def test_an_unknown_form_is_a_defect_of_the_whole_message(headers: object, said: str) -> None:
    value = json.dumps([tick(), tick()]).encode()
    found = decoded(value, headers=headers)
    assert only_defect(found) == said
    assert found.symbol[0] == NO_CODE
    assert found.raw is not None
    assert found.raw(0) == value


def test_the_header_rules_over_the_bytes() -> None:
    messages = [
        Message(text(), ARROW_HEADERS),
        Message(stream(columns()), JSON_HEADERS),
        Message(text(), [("trace", b"1"), *JSON_HEADERS]),
        Message(stream(columns()), [("trace", b"1")]),
        Message(text(), ()),
    ]
    found = TickDecoder().decode({0: messages}, 0)
    assert list(found.defects) == [0, 1]
    assert found.price.tolist()[2:] == [24850.0, 24850.5, 24851.5, 24850.0]


def test_tables_are_the_same_objects_while_nothing_new_appears() -> None:
    decoder = TickDecoder()
    first = decoder.decode({0: [Message(text(run="r", source="s"))]}, 0)
    for value in (text(run="r", source="s"), stream(columns())):
        again = decoder.decode({0: [Message(value)]}, 0)
        assert again.symbols is first.symbols
        assert again.run is None or again.runs is first.runs
        assert again.source is None or again.sources is first.sources
    more = decoder.decode({0: [Message(text(symbol="B")), Message(text())]}, 0)
    assert more.symbols == ("NIFTY", "B")
    assert more.symbol.tolist() == [1, 0]
    assert first.symbols == ("NIFTY",)


def test_a_table_of_too_many_names_is_begun_afresh() -> None:
    decoder = TickDecoder()
    many = {0: [Message(text(symbol=f"S{each}")) for each in range(MOST_NAMES + 1)]}
    assert len(decoder.decode(many, 0).symbols) == MOST_NAMES + 1
    found = decoder.decode({0: [Message(text(symbol="S5"))]}, 0)
    assert (found.symbols, found.symbol.tolist()) == (("S5",), [0])


def test_a_table_of_very_long_names_is_begun_afresh() -> None:
    decoder = TickDecoder()
    decoder.decode({0: [Message(text(symbol=f"{each}" * 2**20)) for each in range(5)]}, 0)
    assert decoder.decode({0: [Message(text(symbol="A"))]}, 0).symbols == ("A",)


def test_optional_columns_are_there_for_all_where_one_tick_has_a_value() -> None:
    found = decoded(text(), text(bid=1, run="r", source="s", ask=2, volume_total=3), stream(columns()))
    assert found.run is not None
    assert found.source is not None
    assert found.run.tolist() == found.source.tolist() == [NO_CODE, 0, NO_CODE, NO_CODE]
    for column, value in ((found.bid, 1.0), (found.ask, 2.0), (found.volume_total, 3.0)):
        np.testing.assert_array_equal(column, [np.nan, value, np.nan, np.nan])


def test_bytes_of_a_good_arrow_message_are_not_kept_for_raw() -> None:
    message = stream(columns(rows=5_000), columns(rows=5_000))
    held = sys.getrefcount(message)
    found = decoded(message)
    gc.collect()
    assert sys.getrefcount(message) == held
    assert found.raw is not None


def test_arrivals_can_be_freed() -> None:
    decoder = TickDecoder()
    found = decoder.decode({0: [Message(text())]}, 0)
    column = weakref.ref(found.price)
    del found
    gc.collect()
    assert column() is None
