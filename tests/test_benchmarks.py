"""The benchmarks: what they promise of their figures, at sizes that take no time. No peer is needed here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import sleep

import numpy as np
import polars as pl
import pytest

from analytics.rules.syntax import parse_rule
from analytics.series import parse_series
from app.rule_store import read_rules
from benchmarks import __main__ as program
from benchmarks import alerts, engine, indicators, series
from benchmarks.market import (
    MixedMarket,
    computed,
    computed_as_it_comes,
    held,
    one_symbol,
    one_symbol_batches,
)
from benchmarks.rows import Row, as_json, as_table, in_turn, peer


def run_program(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    return program.main()


@pytest.mark.parametrize(("met", "code"), [(True, 0), (None, 0), (False, 1)])
def test_the_program_fails_exactly_where_a_goal_is_missed(
    met: bool | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [Row("one", 1.0, "s", met=True), Row("other", 2.0, "s", "peer", 0.5, "at least 1x", met)]
    monkeypatch.setattr(engine, "run", lambda: rows)
    assert run_program(monkeypatch, "engine", "--json") == code
    printed = json.loads(capsys.readouterr().out)
    assert [each["met"] for each in printed] == [True, met]
    assert set(printed[0]) == {"name", "value", "unit", "against", "ratio", "goal", "met"}


def test_an_unknown_name_is_wrong_usage_and_names_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_program(monkeypatch, "egnine") == 2
    told = capsys.readouterr().err
    assert all(name in told for name in program.NAMES)


def test_every_name_is_a_module_with_rows_to_give() -> None:
    folder = Path(program.__file__).parent
    assert all("\ndef run(" in (folder / f"{name}.py").read_text(encoding="utf-8") for name in program.NAMES)


def test_a_missing_peer_is_told_with_what_to_install() -> None:
    with pytest.raises(SystemExit, match=r"no_such_peer .* install the extra `bench`"):
        peer("no_such_peer")


def test_works_take_turns_and_each_has_its_fastest_run() -> None:
    calls: list[str] = []
    pauses = iter([0.03, 0.0, 0.03])

    def slow_at_first() -> None:
        calls.append("a")
        sleep(next(pauses))

    seconds = in_turn(3, slow_at_first, lambda: calls.append("b"))
    assert calls == ["a", "b"] * 3
    assert len(seconds) == 2
    assert 0.0 < seconds[0] < 0.03


def test_the_table_marks_a_missed_goal() -> None:
    table = as_table([Row("figure a", 1.5, "M ticks/s", "peer", 0.5, "at least 1x", met=False)])
    marked = "figure a 1.5 M ticks/s peer 0.50x at least 1x MISSED"
    assert " ".join(table.splitlines()[1].split()) == marked
    assert json.loads(as_json([])) == []


def test_exactness_counts_each_value_that_is_off_by_more_than_the_last_digits() -> None:
    market = one_symbol(3_000)
    vwap, sigma = computed(held(market), [parse_series("vwap(60s)"), parse_series("sigma(60s)")])
    assert series.inexact(market, vwap, sigma) == (0, 0)
    off = series.inexact(market, vwap * (1 + 1e-14), sigma)
    assert off[0] == 300
    assert off[1] == 0
    assert series.inexact(market, vwap, sigma + 1e-9)[1] > 250


def test_a_series_that_looks_past_the_batch_is_found_by_random_batches() -> None:
    market = one_symbol(5_000)
    specs = [parse_series("ema(20)"), parse_series("vwap(60s)")]
    whole = computed(held(market), specs)
    assert indicators.same_in_batches(market, specs, whole)
    whole[0][4_321] = np.nextafter(whole[0][4_321], 0.0)
    assert not indicators.same_in_batches(market, specs, whole)


def test_batches_of_one_symbol_hold_all_ticks_in_order() -> None:
    market = one_symbol(2_500)
    batches = one_symbol_batches(market, 1_000)
    assert [len(each) for each in batches] == [1_000, 1_000, 500]
    assert np.array_equal(np.concatenate([each.price for each in batches]), market.price)
    alone = computed_as_it_comes(market, [parse_series("vwap(60s)")], [1_000, 2_000, 2_500])
    assert alone[0].tobytes() == computed(held(market), [parse_series("vwap(60s)")])[0].tobytes()


def test_the_mixed_market_numbers_each_symbols_ticks_on_from_batch_to_batch() -> None:
    market = MixedMarket.of(5)
    batches = [market.batch(400) for _ in range(3)]
    symbol = np.concatenate([each.symbol for each in batches])
    seq = np.concatenate([each.seq for each in batches])
    for code in range(5):
        mine = seq[symbol == code]
        assert np.array_equal(mine, np.arange(1, len(mine) + 1))
    assert np.all(np.diff(np.concatenate([each.ts_ns for each in batches])) > 0)
    assert min(each.price.min() for each in batches) > 0


def test_the_engine_gives_its_rate_a_ticks_cost_and_its_memory() -> None:
    rows = engine.run(64_000, 100_000, ("vwap(60s)", "ema(20)"), runs=1)
    assert [row.unit for row in rows] == ["M ticks/s", "M ticks/s", "M ticks/s", "ns of CPU", "bytes"]
    assert all(row.value > 0.0 for row in rows)
    assert [row.met is None for row in rows] == [False, True, True, False, False]


def test_the_rules_of_the_alerts_figure_are_twenty_and_of_all_kinds(tmp_path: Path) -> None:
    file, rules = tmp_path / "ticks.parquet", tmp_path / "rules.toml"
    symbols = [f"S{number}" for number in range(7)]
    ticks = {"symbol": symbols * 50, "price": [100.0 + number % 11 for number in range(350)]}
    pl.DataFrame(ticks).write_parquet(file)
    assert alerts.write_rules(rules, file) == len(symbols)
    found = read_rules(rules)
    assert len({each.name for each in found}) == len(found) == alerts.RULES
    parsed = [parse_rule(each) for each in found]
    kept = {spec.text for each in parsed for spec in each.series}
    assert {"vwap(session)", "vwap(60s)", "vwap_upper(60s, 2)", "vwap_lower(60s, 2)", "ema(20)"} <= kept
    whens = " | ".join(each.when for each in found)
    kinds = (
        "crosses above",
        "crosses below",
        "enters",
        "leaves",
        "moves",
        " above ",
        " below ",
        " and ",
        " or ",
    )
    assert [kind for kind in kinds if kind not in whens] == []
