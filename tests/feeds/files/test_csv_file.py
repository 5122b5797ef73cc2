from __future__ import annotations

import csv
import io
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import ConfigError, TapeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME
from feeds.address import FileAddress
from feeds.files import OpeningCancelled, Reading, lines, open_recording
from feeds.files.fields import Fields
from feeds.files.table import text_columns

HEADER = "symbol,ts,price,volume,seq"
GOOD = "NIFTY,2024-01-01T09:15:00Z,24850.5,15,1"
GOOD_NS = 1_704_100_500_000_000_000


def whole(recording):
    return recording.arrivals(0, recording.rows)


def test_every_column_of_a_plain_file_comes_through(opened, csv_file):
    path = csv_file(
        "symbol,ts_ns,price,size,seq,run,source,bid,ask,arrival_ns",
        "NIFTY,1704100500000000001,24850.05,15,7,a,nse,24850,24850.1,1704100500000000009",
        "BANKNIFTY,1704100500000000002,-0.5,0,,,,,,",
    )
    found = whole(opened(path))
    assert found.symbols == ("NIFTY", "BANKNIFTY")
    assert found.symbol.tolist() == [0, 1]
    assert found.ts_ns.tolist() == [1704100500000000001, 1704100500000000002]
    assert found.price.tolist() == [24850.05, -0.5]
    assert found.size.tolist() == [15, 0]
    assert found.seq.tolist() == [7, NO_SEQ]
    assert found.runs == ("a",)
    assert found.run.tolist() == [0, NO_CODE]
    assert found.sources == ("nse",)
    assert found.source.tolist() == [0, NO_CODE]
    assert found.bid[0] == 24850
    assert math.isnan(found.ask[1])
    assert found.arrival_ns.tolist() == [1704100500000000009, NO_TIME]
    assert found.partition.tolist() == [0, 0]
    assert found.offset.tolist() == [0, 1]
    assert found.index.tolist() == [0, 0]
    assert found.defects == {}
    assert found.raw(1) == b"BANKNIFTY,1704100500000000002,-0.5,0,,,,,,"


def test_a_file_without_symbols_takes_its_name(opened, csv_file):
    found = whole(opened(csv_file("ts,price,size", "1704100500,1,1", name="RELIANCE.csv")))
    assert found.symbols == ("RELIANCE",)
    assert found.ts_ns.tolist() == [GOOD_NS]


def test_columns_are_found_by_the_mapping_and_without_case(opened, csv_file):
    path = csv_file("Symbol,time,LTP,Qty", "NIFTY,1704100500,24850,3")
    found = whole(opened(path, "?map=ts:time,price:LTP,size:Qty"))
    assert (found.symbols, found.price[0], found.size[0]) == (("NIFTY",), 24850, 3)


def test_a_mapped_time_column_goes_before_one_of_our_name(opened, csv_file):
    path = csv_file("symbol,ts_ns,when,price,size", f"NIFTY,5,{GOOD_NS},1,1")
    assert whole(opened(path, "?map=ts:when")).ts_ns.tolist() == [GOOD_NS]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_header(opened, csv_file, delimiter):
    path = csv_file(HEADER.replace(",", delimiter), GOOD.replace(",", delimiter))
    assert whole(opened(path)).price.tolist() == [24850.5]


ODD_ROWS: list[tuple[str | bytes, str]] = [
    ("NIFTY,2024-01-01T09:15:00Z,abc,15,2", "price 'abc' is not a finite number"),
    ("NIFTY,2024-01-01T09:15:00Z,,15,3", "price is empty"),
    ("NIFTY,2024-01-01T09:15:00Z,NaN,15,4", "price 'NaN' is not a finite number"),
    ("NIFTY,2024-01-01T09:15:00Z,-Infinity,15,5", "price '-Infinity' is not a finite number"),
    ("NIFTY,2024-01-01T09:15:00Z,true,15,6", "price 'true' is not a finite number"),
    ("NIFTY,2024-01-01T09:15:00Z,1,,7", "volume is empty"),
    ("NIFTY,2024-01-01T09:15:00Z,1,many,8", "volume 'many' is not a finite number"),
    ("NIFTY,2024-13-01T09:15:00Z,1,1,9", "ts '2024-13-01T09:15:00Z' is not ISO 8601 or an epoch number"),
    ("NIFTY,,1,1,10", "ts is empty"),
    (",2024-01-01T09:15:00Z,1,1,11", "symbol is empty"),
    (b"NIF\xffTY,2024-01-01T09:15:00Z,1,1,12", "symbol 'NIF\ufffdTY' is not UTF-8 text"),
    ("NIFTY,2024-01-01T09:15:00Z,1,1", "4 fields where the header has 5"),
    ("NIFTY,2024-01-01T09:15:00Z,24,850,1,14", "6 fields where the header has 5"),
    ("", "blank line"),
    ('NIFTY,"2024-01-01T09:15:00Z,1,1,16', "5 fields"),
    (
        "NIFTY,yesterday,none,1,17",
        "ts 'yesterday' is not ISO 8601 or an epoch number; price 'none' is not a finite number",
    ),
    (b"\x00\x00\x00", "1 fields where the header has 5"),
]


def test_odd_rows_are_rows_with_their_place_reason_and_bytes(opened, csv_file):
    odd = [row for row, _ in ODD_ROWS]
    recording = opened(csv_file(HEADER, GOOD, *odd, GOOD))
    found = whole(recording)
    assert len(found) == len(odd) + 2
    stray = ODD_ROWS.index(('NIFTY,"2024-01-01T09:15:00Z,1,1,16', "5 fields"))
    for place, (row, reason) in enumerate(ODD_ROWS, start=1):
        if place != stray + 1:
            assert found.defects[place] == reason
        assert found.raw(place) == (row.encode() if isinstance(row, str) else row)
    assert 0 not in found.defects
    assert len(odd) + 1 not in found.defects
    assert found.price[[0, -1]].tolist() == [24850.5, 24850.5]
    assert np.isnan(found.price[1:6]).all()


def test_a_stray_quote_spoils_its_own_row_only(opened, csv_file):
    found = whole(opened(csv_file(HEADER, GOOD, 'NIFTY,"2024-01-01T09:15:00Z,1,1,16', GOOD, GOOD)))
    assert len(found) == 4
    assert list(found.defects) == [1]
    assert found.price.tolist()[2:] == [24850.5, 24850.5]


def test_seq_and_symbol_of_a_spoiled_row_are_told_where_they_can_be(opened, csv_file):
    path = csv_file(
        HEADER,
        "NIFTY,2024-01-01T09:15:00Z,abc,15,2",
        "NIFTY,2024-01-01T09:15:00Z,1,1,3,over",
        "NIFTY,2024-01-01T09:15:00Z,24,850,1,4",  # a number in two: the seq cannot be told
        "NIFTY,2024-01-01T09:15:00Z,1,1",
        "NIFT",  # torn: not even the symbol can be told
    )
    found = whole(opened(path))
    assert list(found.defects) == [0, 1, 2, 3, 4]
    assert found.seq.tolist() == [2, 3, NO_SEQ, NO_SEQ, NO_SEQ]
    assert found.symbol.tolist() == [0, 0, 0, 0, NO_CODE]
    assert found.symbols == ("NIFTY",)


def test_bytes_that_are_not_utf8_in_another_column_do_no_harm(opened, csv_file):
    found = whole(
        opened(csv_file(HEADER + ",note", GOOD + ",plain", GOOD.encode() + b",\xe9t\xe9", GOOD + ",é"))
    )
    assert found.defects == {}
    assert found.raw(1).endswith(b"\xe9t\xe9")


def test_quoted_fields_may_hold_delimiters_quotes_and_line_breaks(opened, csv_file):
    path = csv_file(
        HEADER + ",note",
        '"NIFTY","2024-01-01T09:15:00Z","24850.5","15","1","a, ""b"""',
        GOOD + ',"two\nlines"',
        GOOD + ",plain",
        GOOD + ',"two\nlines, ""quoted"""',
    )
    found = whole(opened(path))
    assert len(found) == 4
    assert found.defects == {}
    assert found.price.tolist() == [24850.5] * 4
    assert found.raw(1) == GOOD.encode() + b',"two\nlines"'
    assert found.raw(2) == GOOD.encode() + b",plain"


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_field(opened, csv_file):
    path = csv_file(
        b"\xef\xbb\xbf" + b"seq,symbol,ts,price,volume,source", "1,NIFTY,1704100500,1,2,nse", end=b"\r\n"
    )
    found = whole(opened(path))
    assert (found.seq[0], found.sources) == (1, ("nse",))
    assert found.raw(0) == b"1,NIFTY,1704100500,1,2,nse"
    assert found.defects == {}


def test_blank_lines_at_the_end_are_no_rows(opened, csv_file):
    assert opened(csv_file(HEADER, GOOD, "", "  ", "")).rows == 1


def test_a_last_row_without_a_line_end_is_a_row(opened, csv_file, tmp_path):
    path = csv_file(HEADER, GOOD)
    path.write_bytes(path.read_bytes().rstrip())
    assert opened(path).rows == 1


def test_a_header_alone_is_a_recording_of_no_rows(opened, csv_file):
    recording = opened(csv_file(HEADER))
    assert recording.rows == 0
    assert len(whole(recording)) == 0
    assert recording.timeline == ()


def test_a_total_may_stand_in_for_a_size(opened, csv_file):
    path = csv_file(
        "symbol,ts,price,size,volume_total", "A,1704100500,1,,100", "A,1704100500,1,5,", "A,1704100500,1,,"
    )
    found = whole(opened(path))
    assert found.defects == {2: "size is empty"}
    assert np.isnan(found.size).tolist() == [True, False, True]
    assert found.volume_total[0] == 100


REFUSALS = [
    (["symbol,timestamp,price,size", "A,1,1,1"], "found symbol, timestamp, price, size", "?map=ts:timestamp"),
    (["symbol,price,size", "A,1,1"], "expected a time column, ts or ts_ns", "?map=ts:COLUMN"),
    (["symbol,ts,ltp,size", "A,1,1,1"], "expected a column price", "?map=price:ltp"),
    (["symbol,ts,price,qty", "A,1,1,1"], "expected a column size, volume or volume_total", "?map=size:qty"),
]


@pytest.mark.parametrize(("rows", "found", "fix"), REFUSALS)
def test_a_missing_column_is_refused_with_what_was_found_and_the_fix(opened, csv_file, rows, found, fix):
    path = csv_file(*rows)
    with pytest.raises(TapeError) as refusal:
        opened(path)
    message = str(refusal.value)
    assert str(path) in message
    assert found in message
    assert fix in message
    assert "\n" not in message


def test_a_mapping_that_does_not_fit_is_wrong_usage(opened, csv_file):
    path = csv_file("symbol,timestamp,price,size", "A,1,1,1")
    with pytest.raises(ConfigError, match=r"no column 'timestmp'.*Did you mean 'timestamp'"):
        opened(path, "?map=ts:timestmp")
    with pytest.raises(ConfigError, match=r"no field is called 'prize'.*Did you mean 'price'"):
        opened(path, "?map=prize:price")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "found an empty file"),
        (b"\x1f\x8b\x08\x00\x00\x01", "bytes that are none of them"),
        ("symbol,ts\n".encode("utf-16"), "found UTF-16"),
        (b"\n\n\n", "expected a time column"),
        (b'sym\rbol,"ts\n', "expected a time column"),
        (b"symbol,ts,price,size\rA,1,1,1\r", "expected a column size"),
    ],
)
def test_what_is_no_csv_file_is_refused_in_one_line(opened, tmp_path, content, found):
    path = tmp_path / "ticks.csv"
    path.write_bytes(content)
    with pytest.raises(TapeError, match=found) as refusal:
        opened(path)
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_what_is_not_there_is_refused(opened, tmp_path):
    with pytest.raises(TapeError, match="found nothing there"):
        opened(tmp_path / "none.csv")


def test_an_unknown_format_or_zone_is_wrong_usage(opened, csv_file):
    path = csv_file(HEADER, GOOD)
    with pytest.raises(ConfigError, match="Did you mean 'parquet'"):
        opened(path, "?format=parket")
    with pytest.raises(ConfigError, match="Asia/Calcuta"):
        opened(path, zone="Asia/Calcuta")


def test_progress_rises_to_the_whole_and_cancel_stops_the_reading(opened, csv_file):
    path = csv_file(HEADER, GOOD)
    told: list[tuple[int, int]] = []
    opened(path, progress=lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    with pytest.raises(OpeningCancelled):
        opened(path, cancelled=lambda: True)


def test_local_times_are_taken_in_the_zone_given_else_in_that_of_each_symbol(opened, csv_file):
    path = csv_file(
        "symbol,ts,price,size", "NIFTY,2024-01-01T09:15:00,1,1", "SPY,2024-01-01 09:15,1,1", "Z,5,1,1"
    )
    zones = {"NIFTY": "Asia/Kolkata", "SPY": "America/New_York"}
    own = whole(opened(path, zone_of=lambda symbol: zones.get(symbol, "UTC")))
    given = whole(opened(path, zone="Asia/Tokyo"))
    hour = 3_600_000_000_000
    assert own.ts_ns.tolist() == [GOOD_NS - 5 * hour - hour // 2, GOOD_NS + 5 * hour, 5_000_000_000]
    assert given.ts_ns.tolist()[:2] == [GOOD_NS - 9 * hour] * 2


FIELD = st.one_of(
    st.floats().map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.text(max_size=6),
    st.sampled_from(
        ["", " ", "1_000", "1e5", ".5", "5.", "+3", "inf", "nan", "0x10", '"', '""', "a\nb", "1,000"]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(FIELD, min_size=1, max_size=8))
def test_a_price_is_what_python_reads_or_a_defect(tmp_path, texts):
    path = tmp_path / "ticks.csv"
    quoted = [text.replace('"', '""') for text in texts]
    rows = "".join(f'A,1704100500,"{text}",1\n' for text in quoted)
    path.write_text(f"symbol,ts,price,size\n{rows}", encoding="utf-8", errors="replace", newline="")
    found = whole(open_recording(FileAddress(path), Reading(None, lambda symbol: "UTC")))
    assert len(found) == len(texts)
    for place, text in enumerate(texts):
        try:
            expected = float(text)
        except ValueError:
            expected = math.nan
        if math.isfinite(expected):
            assert found.price[place] == expected
            assert place not in found.defects
        else:
            assert place in found.defects


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    junk=st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b), max_size=6),
    seed=st.integers(0, 99),
)
def test_no_bytes_in_some_rows_touch_the_others(tmp_path, junk, seed):
    path = tmp_path / "ticks.csv"
    rows: list[bytes] = []
    good = []
    for piece in junk:
        rows += [piece.replace(b'"', b""), GOOD.encode()]
        good.append(len(rows) - 1)
    rows.append(GOOD.encode())
    path.write_bytes(b"\n".join([HEADER.encode(), *rows]))
    found = whole(open_recording(FileAddress(path), Reading(None, lambda symbol: "UTC")))
    assert len(found) == len(rows)
    for place in [*good, len(rows) - 1]:
        assert place not in found.defects
        assert found.price[place] == 24850.5
        assert found.raw(place) == GOOD.encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 400))
def test_rows_do_not_depend_on_where_blocks_end(tmp_path, size):
    path = tmp_path / "ticks.csv"
    rows = [
        GOOD,
        GOOD.replace("NIFTY", '"N,""X"""'),
        "",
        'A,"stray,1,2,3',
        GOOD.replace("NIFTY", '"N\nM"'),
        GOOD,
        "",
    ]
    path.write_text("\n".join(rows), encoding="utf-8", newline="")
    with path.open("rb") as stream:
        blocks = list(lines.read_blocks(stream, 0, ",", 5, size))
    records = [block.record(place) for block in blocks for place in range(len(block))]
    assert records == [row.encode() for row in rows[:-1]]
    assert [block.at + int(start) for block in blocks for start in block.start] == [
        len("\n".join(rows[:place]).encode()) + (place > 0) for place in range(len(rows) - 1)
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text('",ab 1', max_size=12).filter(lambda text: text.count('"') % 2 == 0), min_size=1, max_size=6
    )
)
def test_fields_are_split_as_pythons_own_reader_splits_them(texts):
    text = "\n".join([*texts, "a,b,c\n"]).encode()
    (block,) = lines.read_blocks(io.BytesIO(text), 0, ",", 3)
    fields = Fields({"symbol": 0, "price": 1, "size": 2}, {})
    found = text_columns(block, fields, ",", 3)
    assert len(block) == len(texts) + 1
    for place, line in enumerate(texts):
        expected = next(csv.reader([line]), [""])
        if len(expected) == 3:
            assert [column[place] or "" for column in found.columns.values()] == expected
        else:
            assert place in found.spoiled


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists a process's open files so")
def test_a_file_that_was_let_go_of_is_closed(opened, csv_file):
    path = csv_file(HEADER, GOOD)

    def handles():
        return [each for each in Path("/proc/self/fd").iterdir() if each.exists() and each.samefile(path)]

    recording = opened(path)
    assert len(handles()) == 1
    del recording
    assert handles() == []


def test_a_recording_opens_on_another_thread(opened, csv_file):
    path = csv_file(HEADER, *[GOOD] * 1000)
    found = []
    thread = threading.Thread(target=lambda: found.append(opened(path)))
    thread.start()
    thread.join(10)
    assert found[0].rows == 1000
