from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.calendar import ALWAYS, NSE, US
from app.viewmodels.market_phase import Phase, phase_at
from app.viewmodels.meters import RateMeter, TimingMeter

NS = 1_000_000_000


def ns(zone, *at):
    return int(datetime(*at, tzinfo=ZoneInfo(zone)).timestamp()) * NS


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        ((2026, 11, 20, 8, 59, 59), Phase.CLOSED),
        ((2026, 11, 20, 9, 0), Phase.PRE_OPEN),
        ((2026, 11, 20, 9, 15), Phase.CONTINUOUS),
        ((2026, 11, 20, 15, 35), Phase.CONTINUOUS),
        ((2026, 11, 20, 15, 35, 1), Phase.CLOSED),
        ((2026, 11, 21, 12, 0), Phase.CLOSED),
    ],
)
def test_the_phase_follows_the_calendars_hours(at, phase):
    assert phase_at(NSE, ns("Asia/Kolkata", *at)) is phase


def test_a_saturday_with_ticks_is_a_trading_day():
    assert phase_at(NSE, ns("Asia/Kolkata", 2026, 11, 21, 12, 0), traded_today=True) is Phase.CONTINUOUS


def test_other_calendars_have_their_own_hours():
    assert phase_at(US, ns("America/New_York", 2026, 11, 20, 9, 30)) is Phase.CONTINUOUS
    assert phase_at(ALWAYS, ns("UTC", 2026, 11, 22, 3, 0)) is Phase.CONTINUOUS


def test_a_rate_is_over_the_window_only():
    meter = RateMeter(window_s=2.0)
    for second, count in enumerate((0, 1_000, 1_010, 1_020, 1_030)):
        meter.add(second * NS, count)
    assert meter.per_second == pytest.approx(10.0)


def test_a_count_that_starts_again_makes_no_negative_rate():
    meter = RateMeter()
    meter.add(0, 500)
    meter.add(NS, 3)
    assert meter.per_second == 0.0


def test_percentiles_are_of_the_last_durations():
    meter = TimingMeter(keep=100)
    assert meter.percentile_ms(99) == 0.0
    for span in range(200):
        meter.add(span * 1_000_000)
    assert meter.percentile_ms(0) == 100.0
    assert meter.percentile_ms(99) == 199.0
