"""``alerts check``: storms as one line, counts by why firings were hidden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main

OPEN_NS = 1_763_351_100_000_000_000  # 09:15 in Mumbai on 2025-11-17
SECOND = 1_000_000_000


@pytest.fixture
def ticks(tmp_path: Path) -> str:
    """Write prices of A that go up and down every 400 ms four times, and once more a minute later."""
    path = tmp_path / "ticks.csv"
    times = [*(OPEN_NS + k * 200_000_000 for k in range(8)), *(OPEN_NS + (60 + k) * SECOND for k in range(2))]
    lines = [f"A,{at},{99 + k % 2 * 2},1" for k, at in enumerate(times)]
    path.write_text("symbol,ts_ns,price,size\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def rules(tmp_path: Path, *tables: str) -> str:
    path = tmp_path / "rules.toml"
    path.write_text("\n".join(f"[[rule]]\n{each}" for each in tables), encoding="utf-8")
    return str(path)


def test_a_storm_is_one_line_that_counts(
    tmp_path: Path, ticks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rules(tmp_path, 'name = "up"\nsymbol = "A"\nwhen = "price above 100"\n')
    assert main(["alerts", "check", path, ticks, "--calendar", "nse"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "2025-11-17 09:15:00.200 IST  up  A 101 against 100  ×4 until 09:15:01.400",
        "2025-11-17 09:16:01.000 IST  up  A 101 against 100",
    ]
    assert "up: 5 fired, 0 in cool-down or past repeat" in said.err


def test_in_json_every_firing_keeps_its_line(
    tmp_path: Path, ticks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rules(tmp_path, 'name = "up"\nsymbol = "A"\nwhen = "price above 100"\n')
    assert main(["alerts", "check", path, ticks, "--json"]) == 0
    fired = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["row"] for each in fired] == [1, 3, 5, 7, 9]
    assert list(fired[0]) == ["rule", "symbol", "row", "ts_ns", "seq", "price", "value"]


def test_a_spike_a_new_high_and_an_expiry_need_nothing_but_the_file(
    tmp_path: Path, ticks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rules(
        tmp_path,
        'name = "high"\nsymbol = "A"\nwhen = "new session high"\n',
        'name = "busy"\nsymbol = "A"\nwhen = "volume spikes 2x in 400ms against 800ms"\n',
        'name = "gone"\nsymbol = "A"\nwhen = "price above 100"\nexpires = 2025-11-17T09:15:01\n',
    )
    assert main(["alerts", "check", path, ticks, "--json", "--calendar", "nse"]) == 0
    fired = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["row"] for each in fired if each["rule"] == "high"] == [1]
    assert [each["row"] for each in fired if each["rule"] == "gone"] == [1, 3]
    assert [(each["row"], each["value"]) for each in fired if each["rule"] == "busy"] == [(9, 1.25)]


def test_a_rule_whose_keys_mean_nothing_is_refused(
    tmp_path: Path, ticks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rules(tmp_path, 'name = "r"\nsymbol = "A"\nwhen = "price above 1"\nactive = "all day"\n')
    assert main(["alerts", "check", path, ticks]) == 1
    assert "rule 'r': active: expected hours such as" in capsys.readouterr().err
