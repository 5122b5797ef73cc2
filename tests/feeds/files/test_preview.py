import os

import numpy as np
import polars as pl
import pytest

from analytics.errors import TapeError
from feeds.address import FileAddress, parse_address
from feeds.files import OpeningCancelled, Reading, open_recording, preview
from feeds.files.preview import HEAD_BYTES, HEAD_ROWS

READING = Reading(zone=None, zone_of=lambda symbol: "Asia/Kolkata")
HEADER = "symbol,ts,price,size,seq,venue\n"


def row(number, price="842.10"):
    return f"SBIN,2026-11-20T09:15:{number % 60:02d},{price},10,{number},NSE\n"


def looked(path, **given):
    return preview(FileAddress(path, **given), READING)


def test_a_small_csv_is_told_whole(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + row(1) + row(2, "x"))
    found = looked(path)
    assert (found.form, found.rows, found.head_is_all) == ("csv", 2, True)
    assert found.why == "its first line is a header, its fields stand between commas"
    assert [use.field for use in found.columns] == ["symbol", "ts", "price", "size", "seq", ""]
    assert found.ignored == ("venue",)
    assert found.columns[2].example == "842.10"
    assert found.times == "ISO 8601 without a zone, read in Asia/Kolkata"
    assert found.head.defects == {1: "price 'x' is not a finite number"}
    assert found.head.raw(1) == row(2, "x").encode().strip()


def test_of_a_large_csv_the_head_is_read_and_its_rows_are_estimated(tmp_path):
    path = tmp_path / "large.csv"
    count = 3 * HEAD_BYTES // len(row(11))
    path.write_text(HEADER + row(11) * count)
    found = looked(path)
    assert found.rows is None
    assert found.rows_about == pytest.approx(count, rel=0.001)
    assert len(found.head) <= HEAD_BYTES // len(row(11))
    assert not found.head_is_all


def test_the_head_is_read_as_the_whole_is(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(row(number) for number in range(50)))
    address = parse_address(f"file:{path}?tz=America/New_York")
    head, whole = preview(address, READING).head, open_recording(address, READING).arrivals(0, 50)
    for name in ("ts_ns", "price", "size", "seq", "symbol"):
        np.testing.assert_array_equal(getattr(head, name), getattr(whole, name))


def test_columns_that_do_not_fit_are_a_fault_with_the_columns_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("when,price,qty\n1,2,3\n")
    found = looked(path, columns={"ts": "when"})
    assert "expected a column size" in found.fault
    assert [(use.name, use.field) for use in found.columns] == [
        ("when", "ts"),
        ("price", "price"),
        ("qty", ""),
    ]
    assert found.head is None


def test_parquet_tells_its_rows_without_reading_them(tmp_path):
    path = tmp_path / "a.parquet"
    count = HEAD_ROWS + 5
    pl.DataFrame({"ts_ns": np.arange(count) + 10**18, "price": np.full(count, 5.0), "size": 1}).write_parquet(
        path
    )
    found = looked(path)
    assert (found.form, found.rows, len(found.head)) == ("parquet", count, HEAD_ROWS)
    assert found.why == "its first bytes are PAR1"
    assert found.times == "nanoseconds UTC"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1795146300", "seconds since 1970, UTC"),
        ("1795146300000", "milliseconds since 1970, UTC"),
        ("1795146300000000", "microseconds since 1970, UTC"),
        ("1795146300000000000", "nanoseconds since 1970, UTC"),
        ("2026-11-20T09:15:00+05:30", "ISO 8601 with its own zone"),
        ("morning", "not readable as times"),
    ],
)
def test_the_unit_of_times_is_told(tmp_path, value, words):
    path = tmp_path / "a.csv"
    path.write_text(f"ts,price,size\n{value},5,1\n")
    assert looked(path).times == words


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(TapeError, match="found a pipe"):
        looked(path)
    with pytest.raises(TapeError, match="found a pipe"):
        open_recording(FileAddress(path), READING)


def test_what_is_none_is_refused_in_one_line(tmp_path):
    empty, damaged = tmp_path / "empty.csv", tmp_path / "damaged.parquet"
    empty.touch()
    damaged.write_bytes(b"PAR1" + bytes(100))
    for path, words in ((empty, "an empty file"), (damaged, "a damaged one"), (tmp_path, "empty.csv")):
        with pytest.raises(TapeError, match=words):
            looked(path)


def test_a_look_can_be_given_up(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + row(1))
    with pytest.raises(OpeningCancelled):
        preview(FileAddress(path), Reading(None, READING.zone_of, cancelled=lambda: True))
