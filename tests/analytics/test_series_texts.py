"""The catalogue of series: texts that are understood, and what is said of others."""

from __future__ import annotations

import pytest

from analytics.errors import ConfigError
from analytics.series import CATALOGUE, SeriesSpec, calculator, parse_series
from analytics.windows import SessionWindow, TickWindow, TimeWindow

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "spec", "shown"),
    [
        ("price", SeriesSpec("price"), "price"),
        (" size ", SeriesSpec("size"), "size"),
        ("vwap(session)", SeriesSpec("vwap", (SessionWindow(),)), "vwap(session)"),
        ("vwap( 1m )", SeriesSpec("vwap", (TimeWindow(60 * SECOND),)), "vwap(60s)"),
        ("sigma(500 ticks)", SeriesSpec("sigma", (TickWindow(500),)), "sigma(500 ticks)"),
        ("vwap_upper(60s,2)", SeriesSpec("vwap_upper", (TimeWindow(60 * SECOND), 2.0)), "vwap_upper(60s, 2)"),
        (
            "vwap_lower (session , 1.50)",
            SeriesSpec("vwap_lower", (SessionWindow(), 1.5)),
            "vwap_lower(session, 1.5)",
        ),
        ("ema(20)", SeriesSpec("ema", (20,)), "ema(20)"),
    ],
)
def test_a_series_is_read_and_named(text: str, spec: SeriesSpec, shown: str) -> None:
    assert parse_series(text) == spec
    assert spec.text == str(spec) == shown
    assert parse_series(spec.text) == spec


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a series such as vwap(60s)"),
        ("60s", "expected a series such as vwap(60s)"),
        ("vwap(60s", "expected a series such as vwap(60s)"),
        ("vwpa(60s)", "Did you mean 'vwap'?"),
        ("VWAP(60s)", "unknown series"),
        ("vwap", "it is written vwap(W)"),
        ("vwap()", "found 0; it is written vwap(W)"),
        ("vwap(60s, 2)", "it is written vwap(W)"),
        ("vwap(0s)", "expected a window"),
        ("vwap(60)", "expected a window"),
        ("vwap_upper(60s)", "it is written vwap_upper(W, K)"),
        ("vwap_upper(60s, 0)", "expected a factor above 0"),
        ("vwap_upper(60s, nan)", "expected a factor above 0"),
        ("vwap_upper(60s, inf)", "expected a factor above 0"),
        ("ema(0)", "expected a number of ticks"),
        ("ema(1.5)", "expected a number of ticks"),
        ("ema(-3)", "expected a number of ticks"),
        ("ema(60s)", "expected a number of ticks"),
        ("price(60s)", "it is written price"),
    ],
)
def test_what_is_no_series_is_refused_with_what_was_meant(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_series(text)
    assert said in str(refused.value)
    assert repr(text) in str(refused.value)


def test_every_entry_says_how_it_is_written_and_what_it_means() -> None:
    arguments = {"W": "60s", "K": "2", "N": "5", "B": "1m", "F": "12", "S": "26", "STEP": "0.05"}
    for name, entry in CATALOGUE.items():
        written = ", ".join(arguments[each.name] for each in entry.parameters)
        assert parse_series(f"{name}({written})" if written else name).name == name
        assert entry.definition
        assert entry.source
        assert all(each.meaning for each in entry.parameters)


def test_price_and_size_are_not_computed() -> None:
    with pytest.raises(ConfigError, match="price is a column"):
        calculator(parse_series("price"))
