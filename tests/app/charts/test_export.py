from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from analytics.calendar import NSE_DERIVATIVES
from analytics.columns import SymbolColumns
from analytics.ticks import NO_SEQ
from app.charts import export
from app.charts.export import write_ticks
from app.commands import analyze

OPEN_NS = 1_795_146_300_000_000_000
SECOND = 1_000_000_000
VWAP = "vwap(session)"
SUFFIXES = ["csv", "parquet"]


def columns_of(prices, sizes, times_s, seq=None, scales=(2, 0)):
    columns = SymbolColumns("NIFTY-FUT", NSE_DERIVATIVES, *scales)
    n = len(prices)
    columns.append(
        OPEN_NS + np.rint(np.asarray(times_s) * SECOND).astype(np.int64),
        np.asarray(prices, np.int64),
        np.asarray(sizes, np.int64),
        np.full(n, NO_SEQ) if seq is None else np.asarray(seq, np.int64),
        np.zeros(n, np.bool_),
    )
    columns.publish()
    return columns.view


@pytest.fixture
def walk():
    rng = np.random.default_rng(4)
    n = 5_000
    prices = 2_490_000 + 5 * np.cumsum(rng.integers(-3, 4, n))
    return columns_of(prices, rng.integers(0, 20, n) * 75, np.arange(n) / 3)


def analyzed(tmp_path, path):
    out = tmp_path / "out.parquet"
    assert analyze.run(str(path), [VWAP], out, None, None) == 0
    return pl.read_parquet(out)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_back_tick_for_tick_and_gives_the_same_vwap(tmp_path, walk, suffix):
    path = tmp_path / f"ticks.{suffix}"
    write_ticks(walk, 0, walk.count, path, [])
    found = analyzed(tmp_path, path)
    assert found["ts_ns"].to_list() == walk.ts_ns[: walk.count].tolist()
    assert found["price"].to_list() == walk.prices(0, walk.count).tolist()
    assert found["size"].to_list() == walk.sizes(0, walk.count).tolist()
    exact = walk.reference + walk.sum_vd[: walk.count] / np.maximum(walk.sum_v[: walk.count], 1)
    traded = walk.sum_v[: walk.count] > 0
    assert found[VWAP].to_numpy()[traded] == pytest.approx(exact[traded] / 100, abs=0.01)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ticks_that_came_late_by_their_time_are_not_lost(tmp_path, suffix):
    view = columns_of([100, 101, 102, 103], [1, 2, 3, 4], [3, 1, 2, 5])
    path = tmp_path / f"ticks.{suffix}"
    write_ticks(view, 0, 4, path, [])
    found = analyzed(tmp_path, path)
    assert found["size"].to_list() == [1, 2, 3, 4]
    assert found["ts_ns"].to_list() == view.time_ns[:4].tolist()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_numbers_that_ascend_are_written_and_times_stay_as_they_came(tmp_path, suffix):
    view = columns_of([100, 101, 102], [1, 2, 3], [3, 1, 5], seq=[7, 8, 12])
    path = tmp_path / f"ticks.{suffix}"
    write_ticks(view, 0, 3, path, [])
    found = analyzed(tmp_path, path)
    assert found["seq"].to_list() == [7, 8, 12]
    assert found["ts_ns"].to_list() == view.ts_ns[:3].tolist()


@pytest.mark.parametrize("seq", [[7, 8, 1], [7, NO_SEQ, 9], [7, 7, 8]])
def test_numbers_that_begin_again_would_lose_ticks_and_are_left_out(tmp_path, seq):
    view = columns_of([100, 101, 102], [1, 2, 3], [1, 2, 3], seq=seq)
    path = tmp_path / "ticks.csv"
    write_ticks(view, 0, 3, path, [])
    assert "seq" not in path.read_text().splitlines()[0]
    assert len(analyzed(tmp_path, path)) == 3


def test_prices_and_sizes_are_exact_decimals(tmp_path):
    view = columns_of([10_000_000_000_000_001, 5], [123_456_789, 1], [1, 2], scales=(8, 3))
    write_ticks(view, 0, 2, tmp_path / "a.csv", [])
    rows = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()]
    assert rows[1:] == [
        ["NIFTY-FUT", str(OPEN_NS + SECOND), "100000000.00000001", "123456.789"],
        ["NIFTY-FUT", str(OPEN_NS + 2 * SECOND), "0.00000005", "0.001"],
    ]
    write_ticks(view, 0, 2, tmp_path / "a.parquet", [])
    table = pq.read_table(tmp_path / "a.parquet")
    assert table["price"].to_pylist() == [Decimal("100000000.00000001"), Decimal("0.00000005")]
    assert table["size"].to_pylist() == [Decimal("123456.789"), Decimal("0.001")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_series_stand_beside_the_ticks_empty_where_they_have_no_value(tmp_path, ticks, suffix):
    market = ticks().add([0, 1, 2], [100, 101, 102])
    market.columns.series(VWAP)[0] = np.nan
    path = tmp_path / f"a.{suffix}"
    write_ticks(market.columns.view, 0, 3, path, [VWAP])
    read = pl.read_csv(path) if suffix == "csv" else pl.read_parquet(path)
    assert read[VWAP].to_list() == [None, 100.0, 101.0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_many_rows_are_written_together_and_told_of(tmp_path, walk, suffix, monkeypatch):
    monkeypatch.setattr(export, "_ROWS_TOGETHER", 1_000)
    shares = []
    path = tmp_path / f"a.{suffix}"
    write_ticks(walk, 500, 4_700, path, [], shares.append)
    read = pl.read_csv(path) if suffix == "csv" else pl.read_parquet(path)
    assert read["ts_ns"].to_list() == walk.ts_ns[500:4_700].tolist()
    assert shares == pytest.approx([1 / 4.2, 2 / 4.2, 3 / 4.2, 4 / 4.2, 1.0])


def test_what_goes_wrong_leaves_the_file_before_and_nothing_beside_it(tmp_path, walk):
    path = tmp_path / "a.csv"
    path.write_text("mine")

    def cancel(share):
        raise InterruptedError("enough")

    with pytest.raises(OSError, match="enough"):
        write_ticks(walk, 0, 10, path, [], cancel)
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_a_place_where_nothing_can_be_written_is_named(tmp_path, walk):
    with pytest.raises(FileNotFoundError, match=r"nowhere/a\.csv"):
        write_ticks(walk, 0, 10, tmp_path / "nowhere" / "a.csv", [])
    with pytest.raises(OSError, match=r"expected a name that ends in \.csv or \.parquet, found '\.xlsx'"):
        write_ticks(walk, 0, 10, tmp_path / "a.xlsx", [])


def test_rows_that_are_not_held_are_refused(tmp_path, walk):
    with pytest.raises(ValueError, match="expected rows within 5 to 5000, found 0 to 10"):
        write_ticks(replace(walk, first=5), 0, 10, tmp_path / "a.csv", [])


def test_rows_that_are_let_go_of_while_they_are_written_leave_no_file(tmp_path, walk, monkeypatch):
    monkeypatch.setattr(export, "_ROWS_TOGETHER", 1_000)
    path, parts = tmp_path / "a.csv", []

    def first_held():
        parts.append(None)
        return 0 if len(parts) < 3 else 2_500

    with pytest.raises(ValueError, match="no longer held"):
        write_ticks(walk, 0, walk.count, path, (), None, first_held)
    assert list(tmp_path.iterdir()) == []
