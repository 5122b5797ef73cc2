"""The command line: its exit codes, its one line on stderr, and what each command writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.cli import main, with_default_command

ROOT = Path(__file__).resolve().parents[2]
NS = 1_000_000_000
OPEN_NS = 1_763_351_100 * NS  # 2025-11-17 09:15:00 IST
TICKS = """\
symbol,ts_ns,price,size,seq
A,{0},100.00,10,1
A,{1},102.00,30,2
B,{1},50.00,1,1
A,{2},-1,5,3
A,{3},99.00,20,4
A,{3},99.00,20,4
A,{4},103.00,40,5
""".format(*(OPEN_NS + second * NS for second in range(5)))
RULES = """\
[[rule]]
name = "high"
symbol = "A"
when = "price crosses above 101"

[[rule]]
name = "elsewhere"
symbol = "C"
when = "price above 1"
"""


@pytest.fixture
def ticks(tmp_path: Path) -> str:
    path = tmp_path / "ticks.csv"
    path.write_text(TICKS, encoding="utf-8")
    return str(path)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


def tickdesk(*arguments: str, **environ: str | None) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own; a variable given as None is not set."""
    whole = {name: value for name, value in {**os.environ, **environ}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=whole,
        capture_output=True,
        text=True,
        timeout=60,
    )


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


# The command line itself


@pytest.mark.parametrize(
    ("given", "run"),
    [
        ([], ["desk"]),
        (["--feed", "sim:"], ["desk", "--feed", "sim:"]),
        (["desk", "--feed", "sim:"], ["desk", "--feed", "sim:"]),
        (["doctor"], ["doctor"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
    ],
)
def test_without_a_command_the_window_is_meant(given: list[str], run: list[str]) -> None:
    assert with_default_command(given) == run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["simulat"], "there is no command 'simulat'. Did you mean 'simulate'?"),
        (["--fed", "sim:"], "--feed"),
        (["simulate"], "Missing option '--to'"),
        (["simulate", "--to", "x.csv", "--rate", "fast"], "--rate"),
        (["simulate", "--to", "x.csv", "--rate", "0"], "rate is ticks a second, above 0"),
        (["simulate", "--to", "x.csv", "--date", "today"], "date is YYYY-MM-DD"),
        (["simulate", "--to", "x.csv", "--date", "0001-01-01"], "date is from"),
        (["simulate", "--to", "", "--for", "1"], "expected a .csv or .parquet file"),
        (["simulate", "--to", "x.csv", "--for", "soon"], "expected a duration"),
        (["simulate", "--to", "x.csv", "--for", "0"], "--for is a time above 0"),
        (["simulate", "--to", "x.csv", "--symbols", "NIFTI-FUT"], "NIFTI-FUT"),
        (["simulate", "--to", "x.txt"], "expected a .csv or .parquet file"),
        (["simulate", "--to", "kafka://localhost:9092"], "expected kafka://host:9092/topic"),
        (["record", "--feed", "kafka://h:9092/t?group=g", "--to", "t"], "consumer groups come with a later"),
        (["replay", "x.csv", "--to", "sim:"], "takes no ticks"),
        (
            ["replay", "x.csv", "--to", "kafka://h:9092/t", "--speed", "fast"],
            "expected a speed above 0 or max",
        ),
        (["topics", "show", "sim:"], "expected a topic as kafka://"),
        (["topics", "create", "kafka://h:9092/t", "--partitions", "0"], "--partitions is 1 or more"),
        (["record", "--feed", "sin:", "--to", "t"], "Did you mean 'sim'?"),
        (["analyze", "x.csv", "--series", "vwop(60s)", "--out", "o"], "Did you mean 'vwap'?"),
        (["analyze", "sim:", "--series", "price", "--out", "o"], "expected a tick file"),
        (["analyze", "", "--series", "price", "--out", "o"], "found an empty name"),
        (["analyze", "x.csv", "--series", "price", "--out", "o", "--calendar", "nsf"], "Did you mean 'nse'?"),
        (["analyze", "x.csv", "--series", "price", "--out", "o", "--tz", "Mars"], "expected a time zone"),
        (["alerts"], "Missing command"),
        (["alerts", "chek"], "Did you mean 'check'?"),
        (
            ["screenshot", "--feed", "sim:", "--after", "3", "--out", "p.png", "--theme", "pink"],
            "'dark', 'light'",
        ),
        (["screenshot", "--feed", "sim:", "--after", "3", "--out", "p.png", "--size", "big"], "WxH"),
        (
            ["screenshot", "--feed", "kafka://h:port/t", "--after", "3", "--out", "p.png"],
            "expected a server as host:9092",
        ),
        (["desk", "--feed", "nofile.csv"], "neither a file that exists nor a feed address"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in one_line(said.err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["analyze", "nofile.csv", "--series", "price", "--out", "o.parquet"], "nofile.csv"),
        (["analyze", "ticks.csv", "--series", "price", "--out", "nodir/o.parquet"], "nodir"),
        (["alerts", "check", "norules.toml", "ticks.csv"], "norules.toml"),
        (["alerts", "check", "ticks.csv", "ticks.csv"], "not TOML"),
        (["simulate", "--to", "nodir/x.csv", "--for", "1"], "nodir"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_1(
    arguments: list[str],
    told: str,
    ticks: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(ticks).parent
    monkeypatch.chdir(folder)
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert told in one_line(said.err)
    assert [each.name for each in folder.iterdir()] == ["ticks.csv"]


def test_a_rule_that_cannot_be_understood_is_a_failure(
    ticks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "bad.toml"
    rules.write_text('[[rule]]\nname = "r"\nsymbol = "A"\nwhen = "price soars"\n', encoding="utf-8")
    assert main(["alerts", "check", str(rules), ticks]) == 1
    assert "'r'" in one_line(capsys.readouterr().err)


def test_the_program_itself_tells_a_fault_in_one_line() -> None:
    ended = tickdesk("record", "--to", "x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert one_line(ended.stderr).startswith("tickdesk: Missing option '--feed'")


def test_without_a_display_the_window_is_refused_in_one_line() -> None:
    ended = tickdesk(QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no display" in one_line(ended.stderr)


_WITHOUT_QT = """
import sys
from app.cli import main
code = main(sys.argv[1:])
loaded = [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph"))]
sys.exit(f"imported {loaded}" if loaded else code)
"""


@pytest.mark.parametrize("command", ["--help", "simulate", "analyze", "alerts"])
def test_commands_without_a_window_import_no_qt(command: str, ticks: str, rules: str, tmp_path: Path) -> None:
    arguments = {
        "simulate": ["--to", str(tmp_path / "s.parquet"), "--for", "1"],
        "analyze": [ticks, "--series", "vwap(60s)", "--out", str(tmp_path / "o.parquet")],
        "alerts": ["check", rules, ticks],
    }
    line = [sys.executable, "-c", _WITHOUT_QT, command, *arguments.get(command, [])]
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_doctor_tells_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    report = capsys.readouterr().out
    assert "the window can start (offscreen" in report
    assert "Java" in report


def test_doctor_fails_only_where_the_window_cannot_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", ":6543")
    assert main(["doctor"]) == 1
    said = capsys.readouterr()
    assert "optional" in said.out
    assert "DISPLAY=:6543" in one_line(said.err)


# analyze


def test_analyze_writes_each_tick_taken_with_its_series(
    ticks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    series = ["vwap( session )", "ema(2)", "price", "vwap(1 ticks)"]
    options = [part for each in series for part in ("--series", each)]
    assert main(["analyze", ticks, *options, "--out", str(out), "--calendar", "nse"]) == 0
    table = pq.read_table(out)
    assert table.column_names == [
        "symbol",
        "ts_ns",
        "seq",
        "price",
        "size",
        "vwap( session )",
        "ema(2)",
        "vwap(1 ticks)",
    ]
    assert [str(each) for each in table.schema.types[:5]] == ["string", "int64", "int64", "double", "double"]
    rows = table.to_pylist()
    assert [(row["symbol"], row["seq"]) for row in rows] == [("A", 1), ("A", 2), ("B", 1), ("A", 4), ("A", 5)]
    assert [row["price"] for row in rows] == [100.0, 102.0, 50.0, 99.0, 103.0]
    assert [row["vwap(1 ticks)"] for row in rows] == [100.0, 102.0, 50.0, 99.0, 103.0]
    of_a = [row["vwap( session )"] for row in rows if row["symbol"] == "A"]
    assert of_a == pytest.approx([100.0, 4060 / 40, 6040 / 60, 10160 / 100], rel=1e-15)
    assert [row["ema(2)"] for row in rows][:3] == [None, 101.0, None]
    told = capsys.readouterr().err
    assert "5 ticks taken; 1 quarantined, 0 late, 1 duplicate; 0 gaps (0 ticks missing)" in told
    assert "row 3 A: quarantined" in told


def test_analyze_writes_null_where_there_is_no_seq(tmp_path: Path) -> None:
    ticks, out = tmp_path / "ticks.csv", tmp_path / "out.parquet"
    ticks.write_text(f"symbol,ts_ns,price,size\nA,{OPEN_NS},1.5,2\n", encoding="utf-8")
    assert main(["analyze", str(ticks), "--series", "price", "--out", str(out)]) == 0
    assert pq.read_table(out).to_pylist() == [
        {"symbol": "A", "ts_ns": OPEN_NS, "seq": None, "price": 1.5, "size": 2.0}
    ]


def test_analyze_does_not_write_over_its_own_file(ticks: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", ticks, "--series", "price", "--out", ticks]) == 2
    assert Path(ticks).read_text(encoding="utf-8") == TICKS


def test_a_pipe_or_device_is_no_place_for_a_result(
    ticks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert main(["analyze", ticks, "--series", "price", "--out", str(pipe)]) == 1
    assert f"{pipe}: is no regular file" in one_line(capsys.readouterr().err)
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no file, as /proc")
def test_a_folder_that_takes_no_file_is_told_by_the_name_that_was_given(
    ticks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", ticks, "--series", "price", "--out", "/proc/o.parquet"]) == 1
    assert "/proc/o.parquet: " in one_line(capsys.readouterr().err)


# alerts check


def test_alerts_check_prints_a_json_line_a_firing(
    ticks: str, rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "check", rules, ticks, "--json"]) == 0
    said = capsys.readouterr()
    fired = [json.loads(line) for line in said.out.splitlines()]
    assert [list(each) for each in fired] == [["rule", "symbol", "row", "ts_ns", "seq", "price", "value"]] * 2
    assert [(each["row"], each["seq"], each["price"], each["value"]) for each in fired] == [
        (1, 2, 102.0, 101.0),
        (6, 5, 103.0, 101.0),
    ]
    assert "elsewhere: C is not in the file" in said.err
    assert "2 fired, 0 in cool-down" in said.err


def test_alerts_check_is_readable_without_json(
    ticks: str, rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "check", rules, ticks, "--calendar", "nse"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "2025-11-17 09:15:01.000 IST  high  A 102 against 101"


def test_a_reader_that_leaves_is_no_fault(tmp_path: Path, rules: str) -> None:
    ticks = tmp_path / "many.csv"
    rows = (f"A,{OPEN_NS + at},{100 + at % 2 * 2},1" for at in range(40_000))
    ticks.write_text("symbol,ts_ns,price,size\n" + "\n".join(rows), encoding="utf-8")
    line = [sys.executable, "-m", "app", "alerts", "check", rules, str(ticks), "--json"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 0


# simulate and record


@pytest.mark.parametrize("name", ["ticks.csv", "ticks.parquet", "tape"])
def test_what_simulate_writes_is_read_back_whole(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / name, tmp_path / "out.parquet"
    options = ["--symbols", "NIFTY-FUT,RELIANCE", "--rate", "50", "--for", "20", "--date", "2025-11-17"]
    assert main(["simulate", "--to", str(path), *options]) == 0
    written = int(capsys.readouterr().err.split()[0])
    assert written > 100
    assert main(["analyze", str(path), "--series", "vwap(session)", "--out", str(out)]) == 0
    assert f"{written} ticks taken; 0 quarantined, 0 late, 0 duplicate; 0 gaps" in capsys.readouterr().err
    assert set(pq.read_table(out)["symbol"].to_pylist()) == {"NIFTY-FUT", "RELIANCE"}


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        assert (
            main(
                [
                    "simulate",
                    "--to",
                    str(tmp_path / name),
                    "--for",
                    "5",
                    "--seed",
                    "7",
                    "--date",
                    "2025-11-17",
                ]
            )
            == 0
        )
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_simulate_adds_to_no_tape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape = tmp_path / "tape"
    assert main(["simulate", "--to", str(tape), "--for", "1"]) == 0
    capsys.readouterr()
    assert main(["simulate", "--to", str(tape), "--for", "1"]) == 1
    assert "is not empty" in one_line(capsys.readouterr().err)


def test_record_ends_with_its_feed_and_the_tape_reads_back(
    ticks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape, out = tmp_path / "tape", tmp_path / "out.parquet"
    assert main(["record", "--feed", f"file:{ticks}?speed=max", "--to", str(tape)]) == 0
    assert capsys.readouterr().err.startswith("7 ticks recorded")
    assert main(["analyze", str(tape), "--series", "price", "--out", str(out)]) == 0
    assert "5 ticks taken; 1 quarantined, 0 late, 1 duplicate" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
def test_control_c_ends_a_recording_cleanly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape, out = tmp_path / "tape", tmp_path / "out.parquet"
    line = [sys.executable, "-m", "app", "record", "--feed", "sim:?rate=1000", "--to", str(tape)]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        while not any(tape.rglob("*part-*")):
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(0.05)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
        assert running.stderr is not None
        written = int(running.stderr.read().split()[0])
    assert main(["analyze", str(tape), "--series", "price", "--out", str(out)]) == 0
    assert f"{written} ticks taken" in capsys.readouterr().err
