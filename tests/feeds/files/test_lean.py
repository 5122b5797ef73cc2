from __future__ import annotations

import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.errors import TapeError
from analytics.ticks import NO_SEQ, NO_TIME

NEW_YORK = ZoneInfo("America/New_York")
MIDNIGHT_NS = int(datetime(2013, 10, 7, tzinfo=NEW_YORK).timestamp()) * 10**9
MS = 1_000_000


@pytest.fixture
def lean(tmp_path):
    """Return a function that zips inner files of these names and lines."""

    def write(name="20131007_trade.zip", /, **files):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, lines in files.items():
                archive.writestr(inner.replace("__", "_") + ".csv", "".join(f"{line}\n" for line in lines))
        return path

    return write


def whole(recording):
    return recording.arrivals(0, recording.rows)


SPY = "20131007_spy_Trade_Tick"
ROW = "34200000,1674100,100,P,20002000,0"


def test_every_trade_of_a_recorded_day_comes_through(opened, test_data):
    recording = opened(test_data / "lean" / "usa_tick_spy_20131007_trade.zip", zone="America/New_York")
    found = whole(recording)
    assert len(found) == 250_601
    assert found.symbols == ("SPY",)
    assert found.defects == {}
    assert found.ts_ns[0] == MIDNIGHT_NS + 14_400_464 * MS
    assert found.price[0] == 167.41
    assert found.size[0] == 100
    assert found.source is None
    assert (found.seq == NO_SEQ).all()
    assert found.offset.tolist() == list(range(250_601))
    assert found.raw(250_600) == b"71999536,1673000,100,K,2000,0"
    assert sum(each.size for each in recording.timeline) == found.size.sum()


def test_times_are_local_to_the_zone_given_else_to_that_of_the_symbol(opened, lean):
    path = lean(**{SPY: [ROW]})
    expected = MIDNIGHT_NS + 34_200_000 * MS
    assert whole(opened(path, zone="America/New_York")).ts_ns.tolist() == [expected]
    asked = []
    opened(path, zone_of=lambda symbol: asked.append(symbol) or "UTC")
    assert set(asked) == {"SPY"}
    assert whole(opened(path, zone_of=lambda symbol: "America/New_York")).ts_ns.tolist() == [expected]


def test_milliseconds_are_of_the_wall_clock_on_the_day_it_is_turned_back(opened, lean):
    path = lean(**{"20131103_es_tick_trade_201312": ["64800000,1,1,,,0"]})
    at = datetime(2013, 11, 3, 18, 0, tzinfo=NEW_YORK).timestamp()
    assert whole(opened(path, zone="America/New_York")).ts_ns.tolist() == [int(at) * 10**9]


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("20131007_spy_Trade_Tick", "SPY"),
        ("20131007_spy_tick_trade", "SPY"),
        ("20131007_brk.b_Trade_Tick", "BRK.B"),
        ("20131007_gc_tick_trade_201312", "GC-201312"),
        ("20131007_gc_trade_tick_201312", "GC-201312"),
        ("20131007_gc_tick_trade_201312_20131227", "GC-201312"),
        ("20131007_gc_tick_trade_20131227", "GC-201312"),
        ("20131007_aapl_tick_trade_american_call_6500000_20131018", "AAPL-AMERICAN-CALL-6500000-20131018"),
    ],
)
def test_the_inner_name_gives_the_symbol(opened, lean, name, symbol):
    assert opened(lean(**{name: [ROW]})).symbols == (symbol,)


def test_whole_prices_are_ten_thousandfold_if_all_in_the_zip_are(opened, lean):
    whole_ones = lean("a.zip", **{SPY: ["1,1674100,1,P,0,0", "2,oops,1,P,0,0", "3,1674150,1,P,0,0"]})
    assert np.array_equal(whole(opened(whole_ones)).price, [167.41, np.nan, 167.415], equal_nan=True)
    broken_one = lean(
        "b.zip",
        **{
            "20131007_gc_tick_trade_201312": ["1,1325,1,,,0"],
            "20131007_gc_tick_trade_201402": ["2,1325.1,1,,,0"],
        },
    )
    assert whole(opened(broken_one)).price.tolist() == [1325, 1325.1]


def test_inner_files_are_merged_by_time_and_keep_their_own_order(opened, lean):
    path = lean(
        **{
            "20131007_gc_tick_trade_201402": ["10,1,1,,,0", "30,2,1,,,0", "20,3,1,,,0"],
            "20131007_gc_tick_trade_201312": ["10,4,1,,,0", "x,5,1,,,0", "25,6,1,,,0", "40,7,1,,,0"],
        }
    )
    found = whole(opened(path))
    assert (found.price * 10_000).round().tolist() == [1, 4, 5, 6, 2, 3, 7]
    assert [found.symbols[code] for code in found.symbol[:2]] == ["GC-201402", "GC-201312"]
    assert found.offset.tolist() == list(range(7))
    assert list(found.defects) == [2]
    assert found.raw(2) == b"x,5,1,,,0"
    assert found.raw(5) == b"20,3,1,,,0"


def test_odd_rows_are_rows_with_their_reason_and_bytes(opened, lean):
    odd = [
        "soon,1674100,100,P,0,0",
        "34200000,,100,P,0,0",
        "34200000,1674100,100",
        "86400000,1,1,P,0,0",
        "-1,1,1,P,0,0",
    ]
    found = whole(opened(lean(**{SPY: [ROW, *odd, ROW]})))
    assert found.defects == {
        1: "milliseconds 'soon' is not ISO 8601 or an epoch number",
        2: "price is empty",
        3: "3 fields where the header has 6",
        4: "milliseconds '86400000' is not ISO 8601 or an epoch number",
        5: "milliseconds '-1' is not ISO 8601 or an epoch number",
    }
    assert [found.raw(row) for row in range(1, 6)] == [line.encode() for line in odd]
    assert found.ts_ns[1] == NO_TIME
    assert {found.symbols[code] for code in found.symbol} == {"SPY"}


def test_a_fraction_of_a_millisecond_is_kept(opened, lean):
    assert (
        whole(opened(lean(**{SPY: ["0.123456,1,1,P,0,0"]}), zone="America/New_York")).ts_ns[0]
        == MIDNIGHT_NS + 123_456
    )


@pytest.mark.parametrize(
    "name", ["20131007_spy_minute_trade", "20131007_spy_second_trade", "20131007_spy_trade"]
)
def test_bars_are_refused(opened, lean, name):
    path = lean(
        **{
            name: [
                "34200000,1674100,1674200,1674000,1674100,500",
                "34260000,1674100,1674100,1674100,1674100,0",
            ]
        }
    )
    with pytest.raises(TapeError, match="expected trades, found bars in") as refusal:
        opened(path)
    assert "bars are no ticks" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_recorded_bars_are_refused(opened, test_data):
    for path in sorted((test_data / "lean").glob("*.zip")):
        if "tick" not in path.name:
            with pytest.raises(TapeError, match="bars are no ticks"):
                opened(path)


def test_what_holds_no_trades_is_refused_in_one_line(opened, lean, tmp_path):
    empty, quotes = lean("empty.zip"), lean("quotes.zip", **{"20131007_spy_Quote_Tick": [ROW]})
    undated = lean("undated.zip", **{"spy": [ROW]})
    fake, torn = tmp_path / "fake.zip", tmp_path / "torn.zip"
    fake.write_bytes(b"no zip at all")
    torn.write_bytes(lean(**{SPY: [ROW] * 100}).read_bytes()[:-30])
    for path, message in (
        (empty, "expected files of trades .* in the zip, found nothing"),
        (quotes, "found 20131007_spy_Quote_Tick.csv"),
        (undated, r"starts with a date, .*, found 'spy\.csv'"),
        (fake, "found no whole zip"),
        (torn, "found no whole zip"),
    ):
        with pytest.raises(TapeError, match=message) as refusal:
            opened(path)
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_a_zip_with_a_damaged_file_is_refused(opened, lean):
    path = lean(**{SPY: [ROW] * 1_000})
    text = bytearray(path.read_bytes())
    text[60] ^= 0xFF
    path.write_bytes(bytes(text))
    with pytest.raises(TapeError, match="zip"):
        opened(path)
