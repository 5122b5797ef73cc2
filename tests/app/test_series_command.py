"""``tickdesk series``: the catalogue on paper, and the check of a series in two batchings; own series in commands."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analytics.series import CATALOGUE
from app.cli import main, with_default_command
from app.commands.series import PIECES
from app.places import Places
from app.user_series import load_user_series

EXAMPLE = Path(__file__).resolve().parents[2] / "resources" / "series" / "move.py"
OPEN_NS = 1_763_351_100 * 1_000_000_000  # 2025-11-17 09:15:00 IST
ROWS = 9_000

COUNTING = """\
import numpy as np

class Calls:
    name = "calls"
    unit = "size"
    pane = "own"
    definition = "how often it was called, which is no series"

    def __init__(self):
        self.calls = 0

    def extend(self, ticks):
        self.calls += 1
        return np.full(len(ticks), float(self.calls if ticks.first >= 4 else 0))

SERIES = [Calls]
"""
FAILING = """\
class Failing:
    name = "failing"
    unit = "price"
    pane = "price"
    definition = "fails at the symbol's fourth tick"

    def extend(self, ticks):
        if ticks.first + len(ticks) > 3:
            raise ZeroDivisionError("no more")
        return ticks.price

SERIES = [Failing]
"""


pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def folder(places: Places) -> Path:
    places.series.mkdir(parents=True)
    return places.series


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Return a file of two symbols that alternate, A one more often."""
    path = tmp_path / "ticks.csv"
    random = np.random.default_rng(3)
    price, size = random.integers(10_000, 10_500, ROWS) / 100, random.integers(0, 50, ROWS)
    lines = ["symbol,ts_ns,price,size"]
    for row in range(ROWS):
        lines.append(f"{'AAB'[row % 3]},{OPEN_NS + row * 10**8},{price[row]:.2f},{size[row]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# The catalogue


def test_without_a_command_the_catalogue_is_listed() -> None:
    assert with_default_command(["series"]) == ["series", "list"]
    assert with_default_command(["series", "--json"]) == ["series", "list", "--json"]
    assert with_default_command(["series", "vwap"]) == ["series", "list", "vwap"]
    assert with_default_command(["series", "check", "a", "b"]) == ["series", "check", "a", "b"]
    assert with_default_command(["series", "--help"]) == ["series", "--help"]


def test_the_list_tells_all_of_every_series(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["series"]) == 0
    shown = capsys.readouterr().out
    for entry in CATALOGUE.values():
        assert (
            f"{entry.usage}  [{entry.unit.value}, {entry.pane.value} pane]\n    {entry.definition}\n" in shown
        )
        assert all(f"    {each.name}: {each.meaning}\n" in shown for each in entry.parameters)
        assert f"    source: {entry.source}\n" in shown


def test_one_series_is_shown_alone_however_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ema", "ema(20)"):
        assert main(["series", name]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith("ema(N)  [price, price pane]\n")
        assert "vwap" not in shown


def test_json_is_a_line_a_series(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["series", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["name"] for each in lines] == list(CATALOGUE)
    band = next(each for each in lines if each["name"] == "vwap_upper")
    assert list(band) == ["name", "usage", "parameters", "unit", "pane", "definition", "source"]
    assert band["usage"] == "vwap_upper(W, K)"
    assert [each["name"] for each in band["parameters"]] == ["W", "K"]
    assert (band["unit"], band["pane"]) == ("price", "price")


def test_an_unknown_series_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["series", "vwop"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "unknown series 'vwop'. Did you mean 'vwap'?" in said.err


# A series in two batchings


@pytest.mark.parametrize("text", ["ema(20)", "vwap(60s)", "sigma(session)"])
def test_a_series_that_does_not_depend_on_batches_is_told_the_same(
    text: str, ticks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["series", "check", text, str(ticks)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{text}: ")
    assert said.out.endswith(f" values at {ROWS} ticks, the same bit for bit in two batchings\n")
    assert f"{ROWS} ticks taken" in said.err


def test_a_series_that_depends_on_batches_is_told_with_the_first_tick_that_differs(
    folder: Path, ticks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "calls.py").write_text(COUNTING, encoding="utf-8")
    assert main(["series", "check", "calls", str(ticks)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    # The pieces hold rows 0, 1 to 7, and 8: A's rows are 0, 1, 3, 4, 6, 7, 9.. and of these its tick 6 is
    # the first that comes in a call that begins at its tick 4 or later.
    assert PIECES[:4] == (1, 7, 1, 2)
    assert said.err == (
        "tickdesk: calls depends on how ticks are put together; it first differs at row 9, A, its tick 6: "
        "0.0, and 3.0 in smaller pieces\n"
    )


def test_a_series_that_fails_is_told_with_its_place(
    folder: Path, ticks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "failing.py").write_text(FAILING, encoding="utf-8")
    assert main(["series", "check", "failing", str(ticks)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    place = f"{folder / 'failing.py'}, line 9: ZeroDivisionError: no more"
    assert said.err == f"tickdesk: A: failing: no value from the symbol's tick 3 on: {place}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("price", "price is a column of every tick"),
        ("vwap(0s)", "it is written vwap(W)"),
        ("", "expected a series"),
    ],
)
def test_what_cannot_be_checked_is_wrong_usage(
    text: str, told: str, ticks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["series", "check", text, str(ticks)]) == 2
    assert told in capsys.readouterr().err


# Own series in the other commands


def test_the_example_is_listed_checked_analyzed_and_alerted_on(
    folder: Path, ticks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "move.py").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["series", "move"]) == 0
    assert capsys.readouterr().out.endswith(f"    source: {folder / 'move.py'}\n")
    assert main(["series", "check", "move(7)", str(ticks)]) == 0
    assert f"move(7): {ROWS - 14} values at {ROWS} ticks" in capsys.readouterr().out

    out = tmp_path / "out.parquet"
    assert main(["analyze", str(ticks), "--series", "move( 7 )", "--out", str(out)]) == 0
    table = pq.read_table(out)
    rows = [row for row in table.to_pylist() if row["symbol"] == "A"]
    expected = [None] * 7 + [b["price"] - a["price"] for a, b in zip(rows, rows[7:], strict=False)]
    assert [row["move( 7 )"] for row in rows] == expected

    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nname = "up"\nsymbol = "A"\nwhen = "move(7) crosses above 4.5"\n', encoding="utf-8"
    )
    capsys.readouterr()
    assert main(["alerts", "check", str(rules), str(ticks), "--json"]) == 0
    fired = len(capsys.readouterr().out.splitlines())
    moves = [value for value in expected if value is not None]
    # A rule starts armed; "crosses" needs a tick before on which there was a value.
    assert fired == sum(a <= 4.5 < b for a, b in pairwise(moves)) > 0


def test_a_fault_in_a_file_is_one_line_and_the_command_goes_on(
    folder: Path, ticks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.py").write_text("x = (\n", encoding="utf-8")
    (folder / "move.py").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    out = tmp_path / "out.parquet"
    assert main(["analyze", str(ticks), "--series", "move(2)", "--out", str(out)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"tickdesk: {folder / 'broken.py'}, line 1: SyntaxError: '(' was never closed"
    assert lines[1].startswith(f"{ROWS} ticks taken")
    assert out.exists()


def test_a_command_that_computes_nothing_runs_no_code_of_the_users(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.py").write_text("raise RuntimeError\n", encoding="utf-8")
    for arguments in (["--help"], ["analyze", "--help"], ["doctor"]):
        assert main(arguments) == 0
        assert "RuntimeError" not in capsys.readouterr().err
    assert load_user_series(folder) == (f"{folder / 'broken.py'}, line 1: RuntimeError",)


def test_the_window_has_own_series_and_their_faults_from_its_desk(folder: Path) -> None:
    from app.desk import Desk
    from feeds.clock import ManualClock
    from feeds.instruments import load_instruments

    (folder / "broken.py").write_text("x = (\n", encoding="utf-8")
    (folder / "move.py").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    desk = Desk(clock=ManualClock(OPEN_NS), instruments=load_instruments(), series_folder=folder)
    try:
        assert desk.keep_series("move(5)").text == "move(5)"
        assert [each.startswith(str(folder / "broken.py")) for each in desk.series_faults] == [True]
    finally:
        desk.close()
