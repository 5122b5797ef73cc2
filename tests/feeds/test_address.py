"""Addresses: every form that the documentation shows, and what a wrong one is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from analytics.errors import ConfigError
from feeds.address import (
    Beginning,
    FileAddress,
    Form,
    KafkaAddress,
    SimAddress,
    Start,
    parse_address,
    parse_speed,
)


def test_sim_alone_has_the_defaults() -> None:
    assert parse_address("sim:") == SimAddress(text="sim:")


def test_sim_takes_symbols_rate_seed_and_date() -> None:
    found = parse_address("sim:?symbols=NIFTY-FUT,RELIANCE&rate=2000&seed=7&date=2026-11-20&lateness=250ms")
    assert isinstance(found, SimAddress)
    assert found.symbols == ("NIFTY-FUT", "RELIANCE")
    assert (found.rate, found.seed, found.date) == (2000.0, 7, date(2026, 11, 20))
    assert found.lateness_ns == 250_000_000


def test_a_symbol_with_an_ampersand_is_written_escaped() -> None:
    found = parse_address("sim:?symbols=M%26M")
    assert isinstance(found, SimAddress)
    assert found.symbols == ("M&M",)


def test_file_takes_format_speed_and_columns() -> None:
    found = parse_address("file:ticks.csv?format=csv&speed=20&map=price:ltp,size:qty")
    assert isinstance(found, FileAddress)
    assert found.path == Path("ticks.csv")
    assert (found.format, found.speed) == ("csv", 20.0)
    assert found.columns == {"price": "ltp", "size": "qty"}


def test_a_bare_path_that_exists_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ticks.parquet"
    path.write_bytes(b"")
    found = parse_address(str(path))
    assert isinstance(found, FileAddress)
    assert (found.path, found.speed) == (path, 1.0)


def test_speed_max_is_no_pace_at_all() -> None:
    assert parse_speed("max") is None
    assert parse_speed("0.5") == 0.5


def test_kafka_names_servers_and_topic() -> None:
    found = parse_address("kafka://a:9092,b:9093/ticks.v1?from=earliest&form=arrow")
    assert isinstance(found, KafkaAddress)
    assert (found.servers, found.topic) == (("a:9092", "b:9093"), "ticks.v1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sim:?rat=2", "Did you mean 'rate'"),
        ("sim:?rate=fast", "rate is a number, found 'fast'"),
        ("sim:?rate=nan", "above 0"),
        ("sim:?rate=0", "above 0"),
        ("sim:?seed=-1", "seed is a whole number"),
        ("sim:?seed=²", "seed is a whole number"),
        ("sim:?seed=" + "9" * 5_000, "at most 30 digits"),
        ("sim:?date=1600-01-01", "date is from 1678-01-01 to 2261-12-31"),
        ("sim:?date=9999-12-31", "date is from 1678-01-01 to 2261-12-31"),
        ("sim:?date=20-11-2026", "date is YYYY-MM-DD"),
        ("sim:?date", "needs a value"),
        ("sim:somewhere", "takes no path"),
        ("sim:?lateness=soon", "expected a duration"),
        ("file:", "needs a path"),
        ("file:a.csv?map=price", "map is ours:theirs"),
        ("file:a.csv?speed=0", "expected a speed above 0 or max"),
        ("kafka://host:9092", "expected kafka://host:9092/topic"),
        ("kafak://host/topic", "Did you mean 'kafka'"),
        ("nowhere.csv", "neither a file that exists nor a feed address"),
    ],
)
def test_a_wrong_address_is_told_what_and_why(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "ts_ns"),
    [
        ("1700000000", 1_700_000_000_000_000_000),
        ("1700000000000", 1_700_000_000_000_000_000),
        ("1700000000000000", 1_700_000_000_000_000_000),
        ("1700000000000000001", 1_700_000_000_000_000_001),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20", 1_700_000_000_000_000_000),
        ("2023-11-15T03:43:20+05:30", 1_700_000_000_000_000_000),
    ],
)
def test_a_topic_is_read_from_a_time_in_every_form_that_the_wire_takes(text: str, ts_ns: int) -> None:
    found = parse_address(f"kafka://h/ticks.v1?from={text}")
    assert isinstance(found, KafkaAddress)
    assert found.start == Start(Beginning.TIME, ts_ns=ts_ns)
    assert found.servers == ("h:9092",)


@pytest.mark.parametrize("text", ["9999999999999999999", "p0:1,p0:2", "p0:", "committed", "yesterday"])
def test_a_start_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_address(f"kafka://h:9092/ticks.v1?from={text}")


def test_offsets_form_tune_and_map_are_read() -> None:
    found = parse_address("kafka://h:1,[::1]:2/t?from=p0:12,p3:0&form=arrow&tune=throughput&map=price:ltp")
    assert isinstance(found, KafkaAddress)
    assert found.start == Start(Beginning.OFFSETS, offsets={0: 12, 3: 0})
    assert (found.form, found.throughput, found.columns) == (Form.ARROW, True, {"price": "ltp"})
    assert found.servers == ("h:1", "[::1]:2")


def test_a_file_may_name_its_zone_and_calendar() -> None:
    found = parse_address("file:a.csv?tz=Europe/London&calendar=us&map=price:last%20%26%20best")
    assert (found.zone, found.calendar) == ("Europe/London", "us")
    assert found.columns == {"price": "last & best"}
    plain = parse_address("file:a.csv")
    assert (plain.zone, plain.calendar) == (None, None)
    with pytest.raises(ConfigError, match=r"calendar is nse or us or always, found 'nsee'\. Did you mean"):
        parse_address("file:a.csv?calendar=nsee")
