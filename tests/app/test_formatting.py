from zoneinfo import ZoneInfo

import pytest

from analytics.calendar import ALWAYS, NSE
from analytics.instruments import Instrument, Kind
from app import formatting as f

IST = ZoneInfo("Asia/Kolkata")
MOMENT_NS = 1_795_151_537_318_999_999  # 2026-11-20 10:42:17.318999999 IST


@pytest.mark.parametrize(
    ("digits", "indian", "western"),
    [
        ("7", "7", "7"),
        ("123", "123", "123"),
        ("1234", "1,234", "1,234"),
        ("123456", "1,23,456", "123,456"),
        ("1234567", "12,34,567", "1,234,567"),
        ("123456789", "12,34,56,789", "123,456,789"),
    ],
)
def test_digits_group_by_lakh_and_crore_only_where_asked(digits, indian, western):
    assert f.group_digits(digits, indian=True) == indian
    assert f.group_digits(digits, indian=False) == western


def test_only_an_nse_instrument_is_grouped_the_indian_way():
    known = Instrument("RELIANCE", Kind.STOCK, NSE, price_scale=2)
    assert f.style_of(known).price(1234567.5) == "12,34,567.50"
    assert f.style_of(Instrument("GC", Kind.UNKNOWN, ALWAYS)).price(1234567.5) == "1,234,567.5000"


def test_a_negative_number_has_a_real_minus_and_zero_has_no_sign():
    style = f.NumberStyle(2, indian=True)
    assert style.signed(-7.518) == "−7.52"
    assert style.signed(31.4) == "+31.40"
    assert style.signed(-0.001) == "0.00"
    assert style.signed(0.001) == "0.00"


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_what_has_no_value_is_a_dash(nothing):
    assert f.NumberStyle().price(nothing) == "–"


def test_an_arrow_tells_up_from_down_without_colour():
    assert (f.arrow(1.0), f.arrow(-1.0), f.arrow(0.0), f.arrow(None)) == ("▲", "▼", "", "")


def test_quantities_shorten_to_lakh_and_crore_for_nse_and_to_millions_elsewhere():
    assert f.compact_text(950) == "950"
    assert f.compact_text(12_345) == "12.3 k"
    assert f.compact_text(4_560_000) == "4.56 M"
    assert f.compact_text(456_000, indian=True) == "4.56 L"
    assert f.compact_text(78_900_000, indian=True) == "7.89 Cr"


@pytest.mark.parametrize("tz", ["UTC", "America/New_York"])
def test_times_are_the_calendars_whatever_the_machine_says(monkeypatch, tz):
    monkeypatch.setenv("TZ", tz)
    monkeypatch.setenv("LANG", "C")
    assert f.time_text(MOMENT_NS, IST) == "10:42:17"
    assert f.time_ms_text(MOMENT_NS, IST) == "10:42:17.318"
    assert f.clock_text(MOMENT_NS, IST) == "10:42:17 IST"
    assert f.date_text(MOMENT_NS, IST) == "2026-11-20"


def test_spans_speeds_and_rates_read_as_people_say_them():
    assert [f.span_text(s * 10**9) for s in (4, 80, 7_500)] == ["4 s", "1 min 20 s", "2 h 5 min"]
    assert [f.speed_text(s) for s in (0.5, 20.0, None)] == ["0.5×", "20×", "Max"]
    assert [f.rate_text(r) for r in (0.0, 3.94, 212.4)] == ["0", "3.9", "212"]
