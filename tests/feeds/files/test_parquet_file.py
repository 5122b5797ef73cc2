from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import TapeError
from analytics.ticks import NO_CODE, NO_SEQ, NO_TIME

NS = 1_704_100_500_000_000_000


@pytest.fixture
def parquet(tmp_path):
    """Return a function that writes columns to a Parquet file."""

    def write(name: str = "ticks.parquet", group: int | None = None, **columns):
        path = tmp_path / name
        pq.write_table(pa.table(columns), path, row_group_size=group)
        return path

    return write


def whole(recording):
    return recording.arrivals(0, recording.rows)


def test_every_column_comes_through_to_the_bit(opened, parquet):
    path = parquet(
        symbol=pa.array(["A", "B", "A"]).dictionary_encode(),
        ts_ns=pa.array([NS, NS + 1, NS + 2]),
        price=pa.array([0.1 + 0.2, 1e-300, -3.0]),
        size=pa.array([1, 2, 3], pa.uint32()),
        seq=pa.array([5, None, 2**62]),
        run=["x", None, "y"],
        arrival_ns=pa.array([NS, None, NS]),
        bid=pa.array([1.0, float("nan"), None]),
    )
    found = whole(opened(path))
    assert found.symbols == ("A", "B")
    assert found.symbol.tolist() == [0, 1, 0]
    assert found.price.tolist() == [0.1 + 0.2, 1e-300, -3.0]
    assert found.size.tolist() == [1, 2, 3]
    assert found.seq.tolist() == [5, NO_SEQ, 2**62]
    assert found.run.tolist() == [0, NO_CODE, 1]
    assert found.arrival_ns.tolist() == [NS, NO_TIME, NS]
    assert np.isnan(found.bid).tolist() == [False, True, True]
    assert found.defects == {}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([datetime(2024, 1, 1, 9, 15, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
        pa.array([datetime(2024, 1, 1, 9, 15, tzinfo=UTC)], pa.timestamp("us", "Asia/Kolkata")),
        pa.array([datetime(2024, 1, 1, 9, 15, tzinfo=UTC)], pa.timestamp("ns", "+05:30")),
        pa.array([NS // 10**9]),
        pa.array([NS // 10**6]),
        pa.array([NS // 10**3]),
        pa.array([NS]),
        pa.array([NS / 1e9]),
        pa.array(["2024-01-01T09:15:00Z"]),
        pa.array(["2024-01-01T14:45:00+05:30"]).dictionary_encode(),
    ],
    ids=str,
)
def test_a_time_column_of_any_kind_is_one_instant(opened, parquet, column):
    path = parquet(symbol=["A"], ts=column, price=[1.0], size=[1.0])
    assert whole(opened(path, zone="America/New_York")).ts_ns.tolist() == [NS]


@pytest.mark.parametrize(
    ("column", "expected_ns"),
    [
        (pa.array([datetime(2024, 1, 1, 14, 45)], pa.timestamp("us")), NS),  # noqa: DTZ001  local on purpose
        (pa.array(["2024-01-01 14:45"]), NS),
        (pa.array([date(2024, 1, 1)]), NS - (14 * 60 + 45) * 60_000_000_000),
    ],
    ids=["timestamp", "text", "date"],
)
def test_a_time_without_a_zone_is_local(opened, parquet, column, expected_ns):
    path = parquet(symbol=["A"], ts=column, price=[1.0], size=[1.0])
    assert whole(opened(path, zone="Asia/Kolkata")).ts_ns.tolist() == [expected_ns]
    assert whole(opened(path, zone_of=lambda symbol: "Asia/Kolkata")).ts_ns.tolist() == [expected_ns]


def test_decimals_are_read_as_their_text_is(opened, parquet):
    prices = [Decimal("24850.05"), Decimal("0.07"), Decimal("1234567.89")]
    path = parquet(
        symbol=["A"] * 3, ts_ns=[NS] * 3, price=pa.array(prices, pa.decimal128(12, 2)), size=[1.0] * 3
    )
    assert whole(opened(path)).price.tolist() == [24850.05, 0.07, 1234567.89]


def test_bad_values_are_defects_with_their_row_as_json(opened, parquet):
    path = parquet(
        symbol=["A", None, "A", "A", "", "A"],
        ts_ns=[NS, NS, None, NS, NS, NS],
        price=[1.0, 1.0, 1.0, float("nan"), 1.0, float("inf")],
        size=[1.0, 1.0, 1.0, 1.0, 1.0, None],
        seq=[1, 2, 3, 4, 5, 6],
        group=2,
    )
    found = whole(opened(path))
    assert found.defects == {
        1: "symbol is empty",
        2: "ts_ns is empty",
        3: "price 'nan' is not a finite number",
        4: "symbol is empty",
        5: "price 'inf' is not a finite number; size is empty",
    }
    assert found.seq.tolist() == [1, 2, 3, 4, 5, 6]
    assert json.loads(found.raw(2)) == {"symbol": "A", "ts_ns": None, "price": 1.0, "size": 1.0, "seq": 3}
    assert json.loads(found.raw(1))["symbol"] is None


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_binary()])
def test_text_that_is_not_utf8_is_a_defect_of_its_row(opened, parquet, kind):
    width = pa.large_binary() if kind == pa.large_binary() else pa.binary()
    symbol = pa.array([b"A", b"\xffB", b"A"], width).view(kind)
    found = whole(opened(parquet(symbol=symbol, ts_ns=[NS] * 3, price=[1.0] * 3, size=[1.0] * 3)))
    assert found.defects == {1: "symbol '\ufffdB' is not UTF-8 text"}
    assert json.loads(found.raw(1))["symbol"] == ("\ufffdB" if kind == pa.string() else "b'\\xffB'")
    assert found.symbols[found.symbol[0]] == "A"
    assert found.price.tolist() == [1.0] * 3


def test_a_time_of_nanoseconds_is_told_in_json(opened, parquet):
    path = parquet(symbol=[""], ts=pa.array([NS + 1], pa.timestamp("ns", "UTC")), price=[1.0], size=[1.0])
    assert json.loads(whole(opened(path)).raw(0))["ts"] == NS + 1


def test_an_instant_that_int64_ns_cannot_hold_is_a_defect(opened, parquet):
    column = pa.array([2**62, None, NS // 1_000, -(2**63) + 1], pa.timestamp("us", "UTC"))
    found = whole(opened(parquet(symbol=["A"] * 4, ts=column, price=[1.0] * 4, size=[1.0] * 4)))
    assert found.defects == {
        0: f"ts '{2**62}' is not ISO 8601 or an epoch number",
        1: "ts is empty",
        3: f"ts '{-(2**63) + 1}' is not ISO 8601 or an epoch number",
    }
    assert found.ts_ns[2] == NS // 1_000 * 1_000


def test_a_price_of_truth_values_is_a_defect(opened, parquet):
    path = parquet(symbol=["A"], ts_ns=[NS], price=[True], size=[1.0])
    assert whole(opened(path)).defects == {0: "price 'True' is not a finite number"}


def test_text_numbers_are_numbers(opened, parquet):
    path = parquet(symbol=["A", "A"], ts_ns=[str(NS), "x"], price=["1.5", "2"], size=["1", "1"])
    found = whole(opened(path))
    assert found.price.tolist() == [1.5, 2.0]
    assert found.ts_ns.tolist() == [NS, NO_TIME]
    assert found.defects == {1: "ts_ns 'x' is not a time in whole ns"}


def test_a_file_without_symbols_takes_its_name(opened, parquet):
    assert opened(parquet("NIFTY.parquet", ts_ns=[NS], price=[1.0], size=[1.0])).symbols == ("NIFTY",)


def test_a_file_without_rows_is_a_recording_of_none(opened, parquet):
    none = pa.array([], pa.float64())
    assert opened(parquet(symbol=pa.array([], pa.string()), ts_ns=none, price=none, size=none)).rows == 0


@pytest.mark.parametrize("cut", [4, 100, -1])
def test_a_damaged_file_is_refused_in_one_line(opened, parquet, cut):
    path = parquet(symbol=["A"], ts_ns=[NS], price=[1.0], size=[1.0])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(TapeError, match="expected a whole Parquet file, found a damaged one") as refusal:
        opened(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_only_bears_the_suffix_is_refused(opened, tmp_path):
    path = tmp_path / "ticks.parquet"
    path.write_text("symbol,ts,price,size\n", encoding="utf-8")
    with pytest.raises(TapeError, match="expected a whole Parquet file"):
        opened(path)


def test_a_missing_column_names_those_found_and_the_fix(opened, parquet):
    path = parquet(symbol=["A"], timestamp=[NS], price=[1.0], size=[1.0])
    with pytest.raises(TapeError, match=r"found symbol, timestamp, price, size; .*\?map=ts:timestamp"):
        opened(path)


def test_a_column_of_lists_is_refused(opened, parquet):
    path = parquet(symbol=["A"], ts_ns=[NS], price=[[1.0]], size=[1.0])
    with pytest.raises(TapeError, match="holds no numbers, names or times"):
        opened(path)


def test_progress_counts_rows(opened, parquet):
    told = []
    path = parquet(symbol=["A"] * 3, ts_ns=[NS] * 3, price=[1.0] * 3, size=[1.0] * 3)
    opened(path, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_the_sample_of_another_house_opens_with_a_mapping(opened, test_data):
    path = test_data / "formats" / "nautilus_binance_btcusdt-trades.parquet"
    found = whole(opened(path, "?map=ts:timestamp,size:quantity"))
    first = datetime(2021, 1, 8, tzinfo=timezone(timedelta(0))) + timedelta(milliseconds=278)
    assert len(found) == 2_001
    assert found.ts_ns[0] == round(first.timestamp() * 1000) * 1_000_000
    assert found.price[0] == 39432.48
    assert found.defects == {}
