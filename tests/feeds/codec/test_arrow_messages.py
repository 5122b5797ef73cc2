import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc

from analytics.errors import DecodeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME
from feeds.codec import MOST_MESSAGE_BYTES
from feeds.codec.compression import bodies_of
from tests.feeds.codec.messages import NO_HEADERS, VERSION, columns, decoded, from_arrow, only_defect, stream

FIRST_NS = 1_722_500_000_000_000_000


def names(*texts: str | None, index: pa.DataType | None = None) -> pa.DictionaryArray:
    table = list(dict.fromkeys(text for text in texts if text is not None))
    codes = pa.array([None if text is None else table.index(text) for text in texts], index or pa.int16())
    return pa.DictionaryArray.from_arrays(codes, pa.array(table, pa.string()))


def told(table: tuple[str, ...], codes: np.ndarray) -> list[str | None]:
    return [None if code == NO_CODE else table[code] for code in codes.tolist()]


def test_a_batch_of_the_needed_columns_is_read() -> None:
    found = from_arrow(stream(columns()))
    assert not found.defects
    assert told(found.symbols, found.symbol) == ["NIFTY", "NIFTY"]
    assert found.ts_ns.tolist() == [FIRST_NS, FIRST_NS + 1]
    assert found.price.tolist() == [24850.5, 24851.5]
    assert found.size.tolist() == [0.0, 10.0]
    assert found.seq.tolist() == [NO_SEQ, NO_SEQ]
    assert found.index.tolist() == [0, 1]
    assert found.offset.tolist() == [0, 0]
    assert found.run is found.source is found.bid is found.ask is found.volume_total is None


def test_every_optional_column_is_read_and_null_is_absent() -> None:
    found = from_arrow(
        stream(
            columns(
                seq=pa.array([5, None], pa.int64()),
                run=pa.array(["r", None]),
                source=names(None, "nse"),
                bid=pa.array([None, 1.5]),
                ask=pa.array([2.5, None]),
                volume_total=pa.array([None, 7.0]),
            )
        )
    )
    assert not found.defects
    assert found.seq.tolist() == [5, NO_SEQ]
    assert told(found.runs, found.run) == ["r", None]
    assert told(found.sources, found.source) == [None, "nse"]
    np.testing.assert_array_equal(found.bid, [np.nan, 1.5])
    np.testing.assert_array_equal(found.ask, [2.5, np.nan])
    np.testing.assert_array_equal(found.volume_total, [np.nan, 7.0])


def test_optional_columns_without_any_value_are_absent() -> None:
    nothing = {name: pa.nulls(2, pa.float64()) for name in ("bid", "ask", "volume_total")}
    found = from_arrow(stream(columns(run=pa.nulls(2, pa.string()), source=names(None, None), **nothing)))
    assert found.run is found.source is found.bid is found.ask is found.volume_total is None


@pytest.mark.parametrize("index", [pa.int8(), pa.int16(), pa.int32()])
def test_symbols_may_be_a_dictionary_and_null(index: pa.DataType) -> None:
    found = from_arrow(stream(columns(rows=4, symbol=names("B", None, "A", "B", index=index))))
    assert told(found.symbols, found.symbol) == ["B", None, "A", "B"]


def test_a_null_inside_a_dictionary_is_no_name() -> None:
    symbol = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), pa.array([None, "A"]))
    assert told((found := from_arrow(stream(columns(symbol=symbol)))).symbols, found.symbol) == [None, "A"]


def test_of_a_dictionary_larger_than_the_batch_only_used_names_are_taken() -> None:
    table = pa.array([f"S{each}" for each in range(100)])
    symbol = pa.DictionaryArray.from_arrays(pa.array([70, None, 3], pa.int8()), table)
    found = from_arrow(stream(columns(rows=3, symbol=symbol)))
    assert told(found.symbols, found.symbol) == ["S70", None, "S3"]
    assert len(found.symbols) == 2


def test_nulls_in_needed_columns_are_left_to_the_guard() -> None:
    nothing = {name: pa.array([None, 1.0]) for name in ("price", "size")}
    found = from_arrow(stream(columns(symbol=pa.array([None, "A"]), ts_ns=pa.array([None, 5]), **nothing)))
    assert not found.defects
    assert told(found.symbols, found.symbol) == [None, "A"]
    assert found.ts_ns.tolist() == [NO_TIME, 5]
    np.testing.assert_array_equal(found.price, [np.nan, 1.0])
    np.testing.assert_array_equal(found.size, [np.nan, 1.0])


@pytest.mark.parametrize("name", ["seq", "ts_ns"])
def test_the_number_that_stands_for_none_is_a_defect_of_its_own_row(name: str) -> None:
    column = pa.array([1, None, -(2**63), 4], pa.int64())
    found = from_arrow(stream(columns(rows=1)), stream(columns(rows=4, **{name: column})))
    assert list(found.defects) == [3]
    assert name in found.defects[3]


def test_several_batches_of_a_stream_run_on_and_an_empty_one_adds_nothing() -> None:
    batches = [columns(rows=rows, symbol=names(*"ABCDE"[:rows])) for rows in (2, 1, 3)]
    empty = {name: column.slice(0, 0) for name, column in batches[0].items()}
    found = from_arrow(stream(batches[0], empty, *batches[1:]), stream(batches[1]))
    assert not found.defects
    assert found.index.tolist() == [0, 1, 2, 3, 4, 5, 0]
    assert found.offset.tolist() == [0] * 6 + [1]
    assert told(found.symbols, found.symbol) == ["A", "B", "A", "A", "B", "C", "A"]


def test_a_stream_without_rows_is_an_empty_batch() -> None:
    empty = {name: column.slice(0, 0) for name, column in columns().items()}
    assert only_defect(from_arrow(stream(empty))) == "an empty batch"


def test_unknown_columns_of_plain_types_are_ignored() -> None:
    found = from_arrow(
        stream(
            columns(
                venue=pa.array(["X", None]),
                flag=pa.array([True, False]),
                lot=pa.array([1, 2], pa.uint8()),
                at=pa.array([1, 2], pa.timestamp("us", "UTC")),
            )
        )
    )
    assert not found.defects
    assert found.price.tolist() == [24850.5, 24851.5]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"symbol": pa.array([1, 2])},
            "expected column symbol to be utf8 or a dictionary of it, found int64",
        ),
        ({"symbol": pa.array(["a", "b"], pa.large_string())}, "found large_string"),
        ({"symbol": pa.array([b"a", b"b"])}, "found binary"),
        ({"symbol": names("a", "b", index=pa.int64())}, "utf8 or a dictionary of it"),
        ({"symbol": names("a", "b", index=pa.uint8())}, "utf8 or a dictionary of it"),
        ({"ts_ns": pa.array([1.0, 2.0])}, "expected column ts_ns to be int64, found double"),
        ({"ts_ns": pa.array([1, 2], pa.timestamp("ns"))}, "expected column ts_ns to be int64"),
        ({"price": pa.array([1, 2])}, "expected column price to be double, found int64"),
        ({"size": pa.array([1, 2], pa.float32())}, "expected column size to be double, found float"),
        ({"seq": pa.array([1, 2], pa.int32())}, "expected column seq to be int64, found int32"),
        ({"bid": pa.array(["1", "2"])}, "expected column bid to be double, found string"),
        ({"run": pa.nulls(2)}, "expected column run to be utf8"),
        ({"other": pa.array([[1], [2]])}, "expected column other to be a number or text"),
        ({"other": pa.array([{"a": 1}, {"a": 2}])}, "expected column other to be a number or text"),
        ({"other": names("a", "b")}, "expected column other to be a number or text"),
        ({"other": pa.nulls(2)}, "expected column other to be a number or text"),
        ({"price": ...}, "expected a column price, found symbol, ts_ns, size"),
        ({"symbol": ...}, "expected a column symbol"),
        ({"size": ...}, "expected a column size"),
        ({"ts_ns": ...}, "expected a column ts_ns"),
    ],
)
def test_another_schema_is_refused(changed: dict[str, pa.Array], said: str) -> None:
    assert said in only_defect(from_arrow(stream(columns(**changed))))


@pytest.mark.parametrize(
    "metadata", [{}, {"tickdesk.version": "2"}, {"tickdesk.version": ""}, {"other": "1"}]
)
def test_another_version_is_refused(metadata: dict[str, str]) -> None:
    said = only_defect(from_arrow(stream(columns(), metadata=metadata)))
    assert said.startswith("expected the metadata tickdesk.version to be 1, found ")


def test_the_partition_told_need_not_be_the_one_it_lies_in() -> None:
    found = from_arrow(stream(columns(), metadata=VERSION | {"tickdesk.partition": "eleven"}))
    assert not found.defects
    assert found.partition.tolist() == [0, 0]


def test_a_column_that_is_there_twice_is_refused() -> None:
    given = columns()
    batch = pa.RecordBatch.from_arrays([*given.values(), given["price"]], names=[*given, "price"])
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, batch.schema.with_metadata(VERSION)) as out:
        out.write_batch(batch.replace_schema_metadata(VERSION))
    assert only_defect(from_arrow(sink.getvalue().to_pybytes())) == "expected one column price, found two"


def test_columns_are_renamed() -> None:
    given = columns()
    renamed = {"symbol": given["symbol"], "at": given["ts_ns"], "ltp": given["price"], "qty": given["size"]}
    mapping = {"ts_ns": "at", "price": "ltp", "volume": "qty"}
    found = from_arrow(stream(renamed), columns=mapping)
    assert not found.defects
    assert found.price.tolist() == [24850.5, 24851.5]
    assert found.size.tolist() == [0.0, 10.0]
    assert only_defect(from_arrow(stream(given), columns=mapping)).startswith("expected a column at, found ")


def test_a_message_beyond_the_most_bytes_is_refused() -> None:
    rows = MOST_MESSAGE_BYTES // 24
    said = only_defect(from_arrow(stream(columns(rows=rows))))
    assert said.startswith(f"expected at most {MOST_MESSAGE_BYTES} bytes of Arrow, found ")


def compressed(codec: str, rows: int, **changed: pa.Array) -> bytes:
    return stream(columns(rows=rows, **changed), options=ipc.IpcWriteOptions(compression=codec))


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
@pytest.mark.parametrize("rows", [1, 100])
def test_a_compressed_body_is_refused(codec: str, rows: int) -> None:
    said = only_defect(from_arrow(compressed(codec, rows)))
    assert said == "expected an uncompressed body (Kafka compresses), found a compressed one"


def test_a_compressed_dictionary_before_the_batch_is_refused() -> None:
    message = compressed("zstd", 2, symbol=names("a", "b"))
    assert bodies_of(message) is None
    only_defect(from_arrow(message))


def test_a_bomb_is_refused_before_it_takes_memory() -> None:
    rows = 2_000_000
    zeros = pa.array(np.zeros(rows))
    symbol = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["A"]))
    whole = pa.array(np.zeros(rows, np.int64))
    bomb = compressed("zstd", rows, symbol=symbol, ts_ns=whole, price=zeros, size=zeros)
    assert len(bomb) < MOST_MESSAGE_BYTES // 100
    usual, watched = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(watched)
    try:
        said = only_defect(from_arrow(bomb))
        taken = watched.max_memory()
        assert sum(batch.num_rows for batch in ipc.open_stream(bomb)) == rows
        asked = watched.max_memory()
    finally:
        pa.set_memory_pool(usual)
    assert "found a compressed one" in said
    assert taken < 2**16
    assert asked > 24 * rows


@pytest.mark.parametrize("version", [ipc.MetadataVersion.V4, ipc.MetadataVersion.V5])
def test_streams_of_both_current_metadata_versions_are_read(version: ipc.MetadataVersion) -> None:
    found = from_arrow(stream(columns(), options=ipc.IpcWriteOptions(metadata_version=version)))
    assert not found.defects


def test_a_message_of_an_old_version_with_metadata_of_its_own_may_be_compressed_and_is_refused() -> None:
    batch = pa.record_batch(columns()).replace_schema_metadata(VERSION)
    for version, refused in ((ipc.MetadataVersion.V4, True), (ipc.MetadataVersion.V5, False)):
        sink = pa.BufferOutputStream()
        with ipc.new_stream(sink, batch.schema, options=ipc.IpcWriteOptions(metadata_version=version)) as out:
            out.write_batch(batch, custom_metadata={"ARROW:experimental_compression": "zstd"})
        found = from_arrow(sink.getvalue().to_pybytes())
        assert bool(found.defects) == refused


def test_framing_of_before_the_mark_is_refused() -> None:
    options = ipc.IpcWriteOptions(use_legacy_format=True, metadata_version=ipc.MetadataVersion.V4)
    only_defect(from_arrow(stream(columns(), options=options)))


def test_a_stream_need_not_have_an_end_mark_but_nothing_may_follow_it() -> None:
    message = stream(columns())
    assert not from_arrow(message[:-8]).defects
    said = only_defect(from_arrow(message + message))
    assert said == f"expected one Arrow stream, found {len(message)} bytes after its end"


def test_a_stream_cut_anywhere_else_is_a_defect() -> None:
    message = stream(columns(symbol=names("a", "b")))
    for length in range(len(message)):
        found = from_arrow(message[:length])
        if len(message) - length != 8:
            only_defect(found)


@pytest.mark.parametrize("at", range(0, 40))
def test_a_walk_into_metadata_that_points_outside_raises_a_decode_error(at: int) -> None:
    message = bytearray(stream(columns()))
    message[8 + at : 12 + at] = b"\xff\xff\xff\x7f"
    for bad in (bytes(message), bytes(message[:8]) + b"\x00\x00\x00\x80" + bytes(message[12:])):
        try:
            bodies_of(bad)
        except DecodeError:
            continue


def test_indices_outside_their_dictionary_are_a_defect() -> None:
    symbol = pa.DictionaryArray.from_arrays(pa.array([0, 5], pa.int8()), pa.array(["a"]), safe=False)
    only_defect(from_arrow(stream(columns(symbol=symbol))))


def test_text_that_is_not_utf8_is_a_defect() -> None:
    offsets = pa.array([0, 1, 2], pa.int32()).buffers()[1]
    symbol = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a\xff")])
    only_defect(from_arrow(stream(columns(symbol=symbol))))


def test_a_refused_message_leaves_no_names_behind() -> None:
    message = stream(columns(symbol=names("ghost", "ghoul"))) + b"more"
    found = from_arrow(message, stream(columns()))
    assert found.symbols == ("NIFTY",)


def test_the_bytes_of_a_row_are_its_values_and_those_of_a_bad_message_its_own() -> None:
    message = stream(columns(seq=pa.array([5, None], pa.int64()), run=pa.array([None, "r"])))
    found = from_arrow(message, b"broken")
    assert found.raw is not None
    assert json.loads(found.raw(0)) == {
        "symbol": "NIFTY", "ts_ns": FIRST_NS, "price": 24850.5, "size": 0.0, "seq": 5,
    }  # fmt: skip
    assert json.loads(found.raw(1))["run"] == "r"
    assert found.raw(2) == b"broken"


def test_without_the_header_the_first_bytes_tell() -> None:
    found = decoded(stream(columns()), b'{"symbol":"A","price":1}', headers=NO_HEADERS)
    assert not found.defects
    assert told(found.symbols, found.symbol) == ["NIFTY", "NIFTY", "A"]
