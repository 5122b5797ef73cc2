from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ticks import NO_TIME
from feeds.codec.wire_times import WireTimes
from feeds.files.times import TimeColumn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NINE = (datetime(2024, 2, 29, 9, 15, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) * 1_000


@pytest.mark.parametrize(
    ("time", "ns"),
    [
        (0, 0),
        (99_999_999, 99_999_999 * 10**9),
        (-5, -5 * 10**9),
        (9_223_372_036, 9_223_372_036 * 10**9),
        (10**11, 10**17),
        (10**14 - 1, NO_TIME),
        (9_223_372_036_854, 9_223_372_036_854 * 10**6),
        (10**14, 10**17),
        (10**17 - 1, NO_TIME),
        (1_722_500_000_123_457, 1_722_500_000_123_457_000),
        (10**17, 10**17),
        (-(10**17), -(10**17)),
        (2**63 - 1, 2**63 - 1),
        (1 - 2**63, 1 - 2**63),
        (-(2**63), NO_TIME),
        (2**63, NO_TIME),
        (10**40, NO_TIME),
        (-(10**40), NO_TIME),
        (10**11 - 1, NO_TIME),
    ],
)
def test_a_whole_number_takes_its_unit_from_its_size_and_is_exact(time, ns):
    found, bad = WireTimes().read([time])
    assert found.tolist() == [ns]
    assert bad == ([0] if ns == NO_TIME else [])


def test_each_message_has_a_unit_of_its_own():
    found, bad = WireTimes().read(
        [1_722_500_000, 1_722_500_000_123, None, 1_722_500_000.25, "1970-01-01T00:00:01"]
    )
    assert found.tolist() == [
        1_722_500_000 * 10**9,
        1_722_500_000_123 * 10**6,
        NO_TIME,
        1_722_500_000_250_000_000,
        10**9,
    ]
    assert bad == []


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1e18, 1e18), min_size=1))
def test_fractions_are_told_as_in_files(times):
    found, bad = WireTimes().read(times)
    for at, time in enumerate(times):
        expected = TimeColumn().read(pl.Series([time])).ns.tolist()[0]
        assert found[at] == expected
        assert (at in bad) == (expected == NO_TIME)


@given(st.lists(st.integers(-(2**65), 2**65) | st.integers(-(10**12), 10**12), min_size=1))
def test_whole_numbers_are_told_as_by_exact_arithmetic(times):
    found, bad = WireTimes().read(times)
    for at, time in enumerate(times):
        unit = next(
            (
                unit
                for limit, unit in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))
                if abs(time) < limit
            ),
            1,
        )
        fits = abs(time * unit) < 2**63
        assert found[at] == (time * unit if fits else NO_TIME)
        assert (at in bad) != fits


@pytest.mark.parametrize(
    ("text", "after_ns"),
    [
        ("2024-02-29T09:15:00Z", 0),
        ("2024-02-29T09:15:00", 0),
        ("2024-02-29 09:15:00.5", 500_000_000),
        ("2024-02-29T14:45:00.123456789+05:30", 123_456_789),
        ("2024-02-29T04:15:59.000001-05:00", 59_000_001_000),
        ("2024-02-29T09:15:00.1234567899Z", 123_456_789),
        ("20240229T091500Z", 0),
        (" 2024-02-29T09:15Z ", 0),
        ("2024-02-29T09:15:00,5Z", 500_000_000),
        ("2024-02-29T14:45:00.5+0530", 500_000_000),
    ],
)
def test_iso_8601_without_a_zone_is_utc(text, after_ns):
    times = WireTimes()
    for _ in range(2):  # the second time its minute is known
        found, bad = times.read([text])
        assert found.tolist() == [NINE + after_ns]
        assert bad == []


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "now", "NaT", "1722500000", "1722500000.5", "20240229", "20240229 ", " 20240229\t", "1e9", "nan", "-5", "2024", "2024-02",
        "2024-02-30T09:15:00Z", "2024-02-29T24:00:00Z", "2024-02-29T09:15:60Z", "2024-02-29T09:15:00.Z",
        "2024-02-29T09:15:0Z", "2024-02-29T09:15:00.1 2Z", "2024-02-29T09:15:00._1Z", "2024-02-29T09:15:00.²Z",
        "2024-02-29T09:15:٠٠Z", "2024-02-29T09:15:00+25:00", "2024-02-29T09:15:-1Z", "2024-02-29T09:15:+1Z",
        "2024-02-29T09:15:Z", "2024-02-29T09:15:00ZZ", "2024-02-29T09:15:00 IST", "9999-01-01T00:00:00Z",
        "    2024-02-29T0930.5Z", "2024e-05", "2024-02-29T09:15:00\n", "\x00", "2024-02-29T09:15:00.\x00Z",
    ],
)  # fmt: skip
def test_other_text_is_no_time(text):
    times = WireTimes()
    times.read(["2024-02-29T09:15:01Z", "2024-02-29T09:15:01"])  # its minute is known
    found, bad = times.read([text, "2024-02-29T09:15:00Z", text])
    if text == "2024-02-29T09:15:00\n":  # space around it is no fault
        assert (found.tolist(), bad) == ([NINE] * 3, [])
    else:
        assert (found.tolist(), bad) == ([NO_TIME, NINE, NO_TIME], [0, 2])


PARTS = st.sampled_from(["2024-02-29", "2024-02-30", "20240229", "1677-01-01", "2261-12-31"])
CLOCKS = st.from_regex(r"\A[T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{0,11})?)?\Z")
ZONES = st.sampled_from(["", "Z", "z", "UTC", "+05:30", "-23:59", "+05", "+0530", "+24:00", " Z"])


@given(st.lists(st.builds(lambda *parts: "".join(parts), PARTS, CLOCKS, ZONES), min_size=1))
def test_text_is_told_as_in_files(texts):
    times = WireTimes()
    for _ in range(2):
        found, bad = times.read(texts)
        expected = [TimeColumn(1).read(pl.Series([text])).ns.tolist()[0] for text in texts]
        assert found.tolist() == expected
        assert bad == [at for at, ns in enumerate(expected) if ns == NO_TIME]


def test_minutes_without_end_are_read_all_the_same():
    times = WireTimes()
    for first in range(0, 12_000, 3_000):
        moments = [EPOCH + timedelta(minutes=first + each) for each in range(3_000)]
        found, bad = times.read([moment.isoformat() for moment in moments])
        assert bad == []
        assert found.tolist() == [(first + each) * 60 * 10**9 for each in range(3_000)]
