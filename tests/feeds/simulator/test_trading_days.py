from datetime import UTC, date, datetime

import pytest

from feeds.simulator.trading_days import HOLIDAYS, is_trading_day, last_finished_day, next_trading_day


def ns(text: str) -> int:
    """Return an instant told in IST."""
    return int(datetime.fromisoformat(f"{text}+05:30").astimezone(UTC).timestamp()) * 1_000_000_000


def test_weekends_and_holidays_are_no_trading_days() -> None:
    assert is_trading_day(date(2026, 11, 20))
    assert not is_trading_day(date(2026, 11, 21))
    assert not is_trading_day(date(2026, 11, 22))
    assert not is_trading_day(date(2026, 12, 25))


def test_every_listed_holiday_is_a_weekday_that_would_trade_otherwise() -> None:
    assert all(day.weekday() < 5 for day in HOLIDAYS)
    assert list(HOLIDAYS) == sorted(set(HOLIDAYS))


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 11, 19), date(2026, 11, 20)),
        (date(2026, 11, 20), date(2026, 11, 23)),
        (date(2026, 11, 23), date(2026, 11, 25)),  # a holiday between
        (date(2026, 12, 24), date(2026, 12, 28)),  # a holiday, then a weekend
    ],
)
def test_the_next_day_leaves_out_weekends_and_holidays(day: date, following: date) -> None:
    assert next_trading_day(day) == following


@pytest.mark.parametrize(
    ("now", "finished"),
    [
        ("2026-11-20T15:39:59", date(2026, 11, 19)),
        ("2026-11-20T15:40:00", date(2026, 11, 19)),  # the closing second belongs to the session
        ("2026-11-20T15:40:01", date(2026, 11, 20)),
        ("2026-11-23T03:00:00", date(2026, 11, 20)),
        ("2026-07-01T15:31:00", date(2026, 7, 1)),  # before the later close
        ("2026-12-25T20:00:00", date(2026, 12, 24)),
    ],
)
def test_a_day_has_finished_once_its_last_instrument_has_closed(now: str, finished: date) -> None:
    assert last_finished_day(ns(now)) == finished
