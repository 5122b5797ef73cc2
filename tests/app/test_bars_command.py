"""``tickdesk bars``: one row a bar, symbol after symbol."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.cli import main

ROOT = Path(__file__).resolve().parents[2]
OPEN_NS = 1_763_351_100 * 10**9  # 2025-11-17 09:15:00 IST
SECOND = 10**9
TICKS = [
    # symbol, seconds since the opening, price, size
    ("A", 0, "100.00", 10),
    ("A", 30, "102.00", 30),
    ("B", 31, "50.00", 0),
    ("A", 59, "99.50", 20),
    ("A", 60, "101.00", 40),
    ("B", 200, "50.123456", 0),
    ("A", 250, "101.25", 8),
]


@pytest.fixture
def ticks(tmp_path: Path) -> str:
    path = tmp_path / "ticks.csv"
    lines = [f"{symbol},{OPEN_NS + at * SECOND},{price},{size}" for symbol, at, price, size in TICKS]
    path.write_text("\n".join(["symbol,ts_ns,price,size", *lines, ""]), encoding="utf-8")
    return str(path)


def bars(file: str, by: str, *options: str) -> list[dict[str, object]]:
    out = Path(file).with_name("bars.parquet")
    assert main(["bars", file, "--by", by, "--out", str(out), *options]) == 0
    return pq.read_table(out).to_pylist()


def test_a_minute_is_a_row_with_its_vwap(ticks: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = bars(ticks, "1m", "--calendar", "nse")
    names = (
        "symbol",
        "start_ns",
        "last_ns",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "ticks",
        "vwap",
        "closed",
    )
    seconds = [((row["start_ns"] - OPEN_NS) / SECOND, (row["last_ns"] - OPEN_NS) / SECOND) for row in rows]
    assert all(tuple(row) == names for row in rows)
    assert [
        tuple(row.values())[:1] + at + tuple(row.values())[3:] for row, at in zip(rows, seconds, strict=True)
    ] == [
        ("A", 0, 59, 100.0, 102.0, 99.5, 99.5, 60.0, 3, pytest.approx(6050 / 60, rel=1e-15), True),
        ("A", 60, 60, 101.0, 101.0, 101.0, 101.0, 40.0, 1, 101.0, True),
        ("A", 240, 250, 101.25, 101.25, 101.25, 101.25, 8.0, 1, 101.25, False),
        ("B", 0, 31, 50.0, 50.0, 50.0, 50.0, 0.0, 1, None, True),
        ("B", 180, 200, 50.123456, 50.123456, 50.123456, 50.123456, 0.0, 1, None, False),
    ]
    assert "7 ticks taken" in capsys.readouterr().err


def test_a_bar_of_ticks_or_volume_closes_as_the_amount_is_reached(ticks: str) -> None:
    assert [(row["ticks"], row["closed"]) for row in bars(ticks, "2 ticks")] == [
        (2, True), (2, True), (1, False), (2, True),
    ]  # fmt: skip
    assert [(row["volume"], row["closed"]) for row in bars(ticks, "40 volume")] == [
        (40.0, True), (60.0, True), (8.0, False), (0.0, False),
    ]  # fmt: skip
    assert [(row["high"], row["low"]) for row in bars(ticks, "2 range")][:2] == [
        (102.0, 100.0),
        (101.25, 99.5),
    ]


def test_bars_of_a_long_simulated_stretch_hold_every_tick(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    options = ["--for", "20m", "--rate", "40", "--symbols", "NIFTY-FUT,RELIANCE", "--date", "2025-11-17"]
    assert main(["simulate", "--to", str(file), *options]) == 0
    ticks = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            ticks[row["symbol"]].append(row)
    rows = bars(str(file), "1m")
    assert sum(row["ticks"] for row in rows) == sum(map(len, ticks.values()))
    for symbol, mine in ticks.items():
        of_symbol = [row for row in rows if row["symbol"] == symbol]
        assert sum(row["volume"] for row in of_symbol) == sum(float(each["size"]) for each in mine)
        assert of_symbol[0]["open"] == float(mine[0]["price"])
        assert of_symbol[-1]["close"] == float(mine[-1]["price"])
        assert all((row["start_ns"] - OPEN_NS) % (60 * SECOND) == 0 for row in of_symbol)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--by", "5 bars", "--out", "o.parquet"], "expected bars such as 1m"),
        (["--by", "1m", "--out", "ticks.csv"], "is the file to be read"),
        (["--by", "1m", "--out", "o.parquet", "--calendar", "nsf"], "Did you mean 'nse'?"),
        (["--by", "1m"], "Missing option '--out'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str],
    told: str,
    ticks: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(ticks).parent)
    assert main(["bars", "ticks.csv", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert [each.name for each in Path().iterdir()] == ["ticks.csv"]


def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o.parquet"
    assert main(["bars", str(tmp_path / "nofile.csv"), "--by", "1m", "--out", str(out)]) == 1
    assert "nofile.csv" in capsys.readouterr().err
    assert not out.exists()


def test_it_runs_without_qt(ticks: str) -> None:
    program = "import sys; from app.cli import main; code = main(sys.argv[1:]); assert 'PySide6' not in sys.modules; sys.exit(code)"
    line = [sys.executable, "-c", program, "bars", ticks, "--by", "1m", "--out", ticks + ".parquet"]
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
