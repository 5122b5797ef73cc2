"""An index has a VWAP only from its source: its future, or its constituents by weight."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from analytics.calendar import NSE
from analytics.engine import Engine
from analytics.errors import ConfigError
from analytics.instruments import Instrument, InstrumentTable, Kind
from analytics.series import parse_series
from tests.builders.batches import Batching, Clean, Scale, random_cuts, walk
from tests.builders.ticks import MORNING, MS

SYMBOLS = ("NIFTY", "NIFTY-FUT", "HDFCBANK", "LT", "OTHER")
WEIGHTS = {"HDFCBANK": 11.18, "LT": 4.44}
TABLE = InstrumentTable(
    [
        Instrument("NIFTY", Kind.INDEX, NSE, vwap_source="NIFTY-FUT"),
        Instrument("NIFTY-FUT", Kind.FUTURE, NSE),
        *(Instrument(name, Kind.STOCK, NSE, weight=weight) for name, weight in WEIGHTS.items()),
    ]
)
BATCHING = Batching(SYMBOLS, dict.fromkeys(SYMBOLS, Scale(2, 0)))
TEXTS = tuple(f"index_vwap(60s, {source})" for source in ("future", "constituents", "LT"))


def market(seed: int, count: int = 400) -> list[Clean]:
    rng = random.Random(seed)
    ticks = walk(rng, count, start_ns=MORNING, step_ns=300 * MS, price=250_000, symbols=SYMBOLS)
    return [replace(each, size=0) if each.symbol == "NIFTY" else each for each in ticks]


def computed(ticks: list[Clean], cuts: list[int], texts: tuple[str, ...] = TEXTS) -> Engine:
    engine = Engine(TABLE, [parse_series(text) for text in (*texts, "vwap(60s)")])
    for batch in BATCHING.split(ticks, cuts):
        engine.take(batch)
    return engine


def values(engine: Engine, symbol: str, text: str) -> np.ndarray:
    view = engine.views[symbol]
    return view.values(text, 0, view.count)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_the_source_was_last_tick_by_tick(seed: int) -> None:
    ticks = market(seed)
    engine = computed(ticks, random_cuts(random.Random(seed), len(ticks)))
    row: dict[str, int] = dict.fromkeys(SYMBOLS, -1)
    vwaps = {name: values(engine, name, "vwap(60s)") for name in SYMBOLS}
    prices = {name: values(engine, name, "price") for name in SYMBOLS}
    expected: dict[str, list[float]] = {text: [] for text in TEXTS}
    for tick in ticks:
        row[tick.symbol] += 1
        if tick.symbol != "NIFTY":
            continue
        for text, source in zip(TEXTS, ("NIFTY-FUT", "", "LT"), strict=True):
            if source:
                at = row[source]
                expected[text].append(vwaps[source][at] if at >= 0 else np.nan)
        ratios = [
            (WEIGHTS[name], vwaps[name][row[name]] / prices[name][row[name]])
            for name in WEIGHTS
            if row[name] >= 0 and not np.isnan(vwaps[name][row[name]])
        ]
        share = sum(weight for weight, _ in ratios)
        mean = sum(weight * ratio for weight, ratio in ratios) / share if share else np.nan
        expected[TEXTS[1]].append(prices["NIFTY"][row["NIFTY"]] * mean)
    assert not np.isnan(expected[TEXTS[0]]).all()
    for text in TEXTS:
        np.testing.assert_allclose(values(engine, "NIFTY", text), expected[text], rtol=1e-15, equal_nan=True)


def test_it_is_the_same_to_the_bit_wherever_batches_end() -> None:
    ticks = market(9)
    whole, cut = computed(ticks, []), computed(ticks, random_cuts(random.Random(1), len(ticks)))
    for text in TEXTS:
        assert values(whole, "NIFTY", text).tobytes() == values(cut, "NIFTY", text).tobytes()


def test_without_its_source_an_index_has_none_and_nobody_else_has_one() -> None:
    engine = computed([each for each in market(2) if each.symbol in ("NIFTY", "OTHER")], [])
    assert np.isnan(values(engine, "NIFTY", "vwap(60s)")).all()
    for symbol in ("NIFTY", "OTHER"):
        for text in TEXTS:
            assert np.isnan(values(engine, symbol, text)).all()


def test_what_it_needs_of_others_is_kept_of_them_alone() -> None:
    engine = Engine(TABLE, [parse_series(TEXTS[0])])
    engine.take(BATCHING.batch(market(3)))
    assert "vwap(60s)" in engine.views["NIFTY-FUT"].series
    assert "vwap(60s)" not in engine.views["OTHER"].series
    assert not np.isnan(values(engine, "NIFTY", TEXTS[0])[-1])


def test_asked_for_late_it_begins_then() -> None:
    ticks = market(4)
    engine = Engine(TABLE)
    engine.take(BATCHING.batch(ticks[:200]))
    before = engine.views["NIFTY"].count
    engine.add_series(parse_series(TEXTS[0]))
    engine.take(BATCHING.batch(ticks[200:], 200))
    found = values(engine, "NIFTY", TEXTS[0])
    assert np.isnan(found[:before]).all()
    assert found[before:].tobytes() == values(computed(ticks, [200]), "NIFTY", TEXTS[0])[before:].tobytes()


@pytest.mark.parametrize("text", ["index_vwap(60s)", "index_vwap(60s, )", "index_vwap(60s, two words)"])
def test_it_is_written_with_a_window_and_a_source(text: str) -> None:
    with pytest.raises(ConfigError, match="index_vwap"):
        parse_series(text)
