from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.ticks import NO_TIME
from feeds.files.times import TimeColumn, local_to_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ns_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


def read(*texts: str | None):
    return TimeColumn().read(pl.Series(texts, dtype=pl.String))


@pytest.mark.parametrize(
    ("first", "unit"),
    [
        ("99999999999", 10**9),
        ("100000000000", 10**6),
        ("99999999999999", 10**6),
        ("100000000000000", 10**3),
        ("99999999999999999", 10**3),
        ("100000000000000000", 1),
        ("0", 10**9),
    ],
)
def test_the_first_good_number_of_a_column_gives_its_unit(first, unit):
    column = TimeColumn()
    times = column.read(pl.Series(["", "soon", "nan", first, "7"]))
    assert times.ns[4] == 7 * unit
    assert times.bad.tolist()[:4] == [False, True, True, int(first) * unit > 2**63]
    assert column.read(pl.Series(["8"])).ns.tolist() == [8 * unit]
    assert column.read(pl.Series([9])).ns.tolist() == [9 * unit]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29T09:15:00Z", datetime(2024, 2, 29, 9, 15, tzinfo=UTC)),
        ("2024-02-29 09:15:00+00:00", datetime(2024, 2, 29, 9, 15, tzinfo=UTC)),
        ("2024-02-29T09:15Z", datetime(2024, 2, 29, 9, 15, tzinfo=UTC)),
        ("20240229T091500Z", datetime(2024, 2, 29, 9, 15, tzinfo=UTC)),
        ("2024-02-29T14:45:00,5+0530", datetime(2024, 2, 29, 9, 15, 0, 500_000, tzinfo=UTC)),
        ("2024-02-29T04:15:00.25-05", datetime(2024, 2, 29, 9, 15, 0, 250_000, tzinfo=UTC)),
        (" 2024-02-29T09:15:00.000001z ", datetime(2024, 2, 29, 9, 15, 0, 1, tzinfo=UTC)),
    ],
)
def test_iso_text_is_one_instant(text, expected):
    times = read(text)
    assert times.ns.tolist() == [ns_of(expected)]
    assert not times.local[0]
    assert not times.bad[0]


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "2024-13-01", "2024-01-01T24:00", "2024-01-01T09:60", "9:15", "2024-01-01T09:15:61", "0001-01-01",
     "2024-01-01T09:15:00+25:00", "2024-01-01T09:15:00X", "٢٠٢٤-01-01", "1e400", "inf", "9" * 30, "true"],
)  # fmt: skip
def test_what_is_no_time_is_bad(text):
    times = read(text)
    assert times.bad.tolist() == [True]
    assert times.ns.tolist() == [NO_TIME]


def test_nanoseconds_are_kept_and_finer_digits_cut():
    assert (
        read("2024-01-01T00:00:00.1234567899Z").ns[0] - ns_of(datetime(2024, 1, 1, tzinfo=UTC))
    ) == 123_456_789


@given(moment=st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), zone=st.integers(-1_439, 1_439))  # noqa: DTZ001
def test_what_python_writes_is_read_back(moment, zone):
    placed = moment.replace(tzinfo=UTC) - timedelta(minutes=zone)
    sign = "-" if zone < 0 else "+"
    text = f"{moment.isoformat()}{sign}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
    assert read(text).ns.tolist() == [ns_of(placed)]
    local = read(moment.isoformat())
    assert local.ns.tolist() == [ns_of(moment.replace(tzinfo=UTC))]
    assert local.local.tolist() == [True]


@given(
    whole=st.integers(1, 9_999_999_999),
    digits=st.text("0123456789", max_size=12),
    sign=st.sampled_from(["", "-", "+"]),
)
def test_numbers_with_a_fraction_are_exact(whole, digits, sign):
    text = f"{sign}{whole}.{digits}"
    if abs(whole) * 10**9 < 2**63 - 10**9:
        assert read(text).ns.tolist() == [int(Decimal(text) * 10**9)]


def test_floats_are_told_to_the_microsecond():
    times = TimeColumn().read(pl.Series([1381152600.123456, None, float("inf")]))
    assert times.ns.tolist() == [1_381_152_600_123_456_000, NO_TIME, NO_TIME]
    assert times.missing.tolist() == [False, True, False]
    assert times.bad.tolist() == [False, False, True]


def local(*texts: str) -> np.ndarray:
    return np.array(texts, "M8[ns]").astype(np.int64)


def test_of_an_hour_that_comes_twice_the_earlier_is_meant_and_a_skipped_one_is_shifted():
    found = local_to_utc(
        local("2024-11-03T01:30", "2024-03-10T02:30:00.5", "2024-07-01T12:00"), "America/New_York"
    )
    assert found.tolist() == local("2024-11-03T05:30", "2024-03-10T07:30:00.5", "2024-07-01T16:00").tolist()


@given(
    st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2040, 1, 1)), min_size=1, max_size=5),  # noqa: DTZ001
    st.sampled_from(["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_local_times_are_what_python_makes_of_them(moments, zone):
    walls = np.array([ns_of(moment.replace(tzinfo=UTC)) for moment in moments])
    expected = [ns_of(moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)) for moment in moments]
    assert local_to_utc(walls, zone).tolist() == expected


def test_an_unknown_zone_is_wrong_usage():
    with pytest.raises(ConfigError, match="found 'Mars/Olympus'"):
        local_to_utc(local("2024-01-01"), "Mars/Olympus")
