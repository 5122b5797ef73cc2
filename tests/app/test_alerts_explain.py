"""``alerts explain``: why rules fired, and how near the others came to it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from analytics.instruments import InstrumentTable
from analytics.rules import Reading
from analytics.rules.rule import Firing
from app.cli import main
from app.commands.alerts_explain import explained

OPEN_NS = 1_763_351_100_000_000_000  # 09:15 in Mumbai on 2025-11-17
SECOND = 1_000_000_000
RULES = """
[[rule]]
name = "up"
symbol = "A"
when = "price crosses above 100"
cooldown = "5s"

[[rule]]
name = "far"
symbol = "A"
when = "price above 110 and size above 3"

[[rule]]
name = "off"
symbol = "A"
when = "price above 110"
enabled = false

[[rule]]
name = "elsewhere"
symbol = "C"
when = "price above 110"
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Write rules, and prices of A one a second."""
    ticks, rules = tmp_path / "ticks.csv", tmp_path / "rules.toml"
    prices = [99, 101, 99, 102, 107.5, 99, 99, 103]
    lines = [f"A,{OPEN_NS + k * SECOND},{price},{k}" for k, price in enumerate(prices)]
    ticks.write_text("symbol,ts_ns,price,size\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rules.write_text(RULES, encoding="utf-8")
    return [str(rules), str(ticks)]


def test_each_rule_tells_its_firings_or_its_nearest_miss(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "explain", *files, "--calendar", "nse"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2025-11-17 09:15:01.000 IST  up  A 101 against 100  (row 1)"
    assert "2025-11-17 09:15:07.000 IST  up  A 103 against 100  (row 7)" in lines
    told = lines[lines.index("up: fired 2 times; hidden: 1 by cool-down") :]
    assert told == [
        "up: fired 2 times; hidden: 1 by cool-down",
        "far: fired 0 times",
        "    nearest miss: 2025-11-17 09:15:04.000 IST  A 107.5  (row 4)",
        "    price above 110: 107.5 against 110: 2.5 short of it",
        "    size above 3: 4 against 3: true",
        "off: is off",
        "elsewhere: C is not in the file",
    ]


def test_one_rule_and_a_span_may_be_asked_for(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    span = ["--from", "2025-11-17T09:15:02", "--to", "2025-11-17T09:15:04", "--calendar", "nse"]
    assert main(["alerts", "explain", *files, "--rule", "far", *span]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "far: fired 0 times",
        "    nearest miss: 2025-11-17 09:15:03.000 IST  A 102  (row 3)",
        "    price above 110: 102 against 110: 8 short of it",
        "    size above 3: 3 against 3: 0 short of it",
    ]


def test_json_has_a_line_a_firing_and_one_a_rule(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "explain", *files, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    firings = [each for each in told if "row" in each]
    assert [(each["row"], each["hidden"]) for each in firings] == [(1, None), (3, "cool-down"), (7, None)]
    up, far, off, elsewhere = told[len(firings) :]
    assert up == {"rule": "up", "fired": 2, "hidden": {"cool-down": 1}, "nearest_miss": None}
    assert (far["fired"], far["nearest_miss"]["row"]) == (0, 4)
    assert far["nearest_miss"]["terms"][0] == {
        "text": "price above 110",
        "left": 107.5,
        "right": 110.0,
        "short": 2.5,
        "holds": False,
    }
    assert off == {"rule": "off", "enabled": False}
    assert elsewhere["nearest_miss"] is None


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--rule", "upp"], 2, "found --rule 'upp'. Did you mean 'up'?"),
        (["--from", "ten"], 2, "--from: expected a date and time such as"),
        (["--to", "2025-11-17"], 2, "--to: expected a date and time such as"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(
    files: list[str], options: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "explain", *files, *options]) == code
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_a_firing_is_explained_term_by_term() -> None:
    nan = math.nan
    readings = (
        Reading("price crosses above vwap(3s)", (99.0, nan), (101.0, 100.5), False, True),
        Reading("size above 3", (4.0, 3.0), (5.0, 3.0), True, True),
        Reading("gap in feed", (nan, nan), (nan, nan), False, False),
    )
    firing = Firing("up", "A", 7, OPEN_NS, 12, 101.0, 100.5, readings=readings)
    assert list(explained(firing, InstrumentTable())) == [
        "2025-11-17 03:45:00.000 UTC  up  A 101 against 100.5  (row 7, seq 12)",
        "    price crosses above vwap(3s): 99 against no value before, 101 against 100.5 now: became true",
        "    size above 3: 4 against 3 before, 5 against 3 now: true",
        "    gap in feed: not true",
    ]
