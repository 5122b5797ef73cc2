"""The two commands that open the window: how they start, what they remember, and how they end."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from analytics.errors import ConfigError
from app.cli import main
from app.commands.desk import lasting
from app.commands.screenshot import parse_size
from app.places import Places
from app.settings import load_remembered
from app.theme import HIGH_CONTRAST

ROOT = Path(__file__).resolve().parents[2]
START_S = 30


def colours(path: Path) -> int:
    """Return how many colours a picture has, looked at every few pixels."""
    picture = QImage(str(path))
    return len(
        {picture.pixel(x, y) for x in range(0, picture.width(), 5) for y in range(0, picture.height(), 5)}
    )


# screenshot


def screenshot(*options: str) -> subprocess.CompletedProcess[str]:
    """Take one without a display, in a process of its own: an event loop that ends spoils those after it."""
    without = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environ = {name: value for name, value in os.environ.items() if name not in without}
    line = [sys.executable, "-m", "app", "screenshot", *options]
    return subprocess.run(
        line, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_screenshot_needs_no_display(tmp_path: Path, places: Places) -> None:
    out = tmp_path / "desk.png"
    options = ["--feed", "sim:", "--after", "1", "--out", str(out), "--size", "900x600"]
    ended = screenshot(*options, "--theme", "high-contrast")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (QImage(str(out)).width(), QImage(str(out)).height()) == (900, 600)
    assert QImage(str(out)).pixelColor(5, 500).name().upper() == HIGH_CONTRAST.panel
    assert colours(out) > 20
    assert list(tmp_path.iterdir()) == [out]
    assert not places.config.exists()


@pytest.mark.parametrize("text", ["symbol,ts_ns,price,size\n", "nothing of use\n1\n", ""])
def test_a_feed_that_shows_nothing_is_a_failure_in_one_line(text: str, tmp_path: Path) -> None:
    ticks, out = tmp_path / "ticks.csv", tmp_path / "desk.png"
    ticks.write_text(text, encoding="utf-8")
    ended = screenshot("--feed", str(ticks), "--after", "0.1", "--out", str(out))
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "ticks.csv" in line
    assert not out.exists()


def test_a_picture_that_cannot_be_written_is_told_before_the_wait(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nodir" / "desk.png"
    assert main(["screenshot", "--feed", "sim:", "--after", "1h", "--out", str(out)]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "1280", "1280x", "x720", "0x0", "-1x5", "99999x99999", "639x420"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--size"):
        parse_size(text)


def test_a_size_is_width_and_height() -> None:
    assert parse_size("1280x720") == (1280, 720)


# desk


def test_a_remembered_file_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ticks.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert lasting("ticks.csv") == f"file:{tmp_path}/ticks.csv"
    assert lasting("file:ticks.csv?speed=max") == f"file:{tmp_path}/ticks.csv?speed=max"
    assert lasting("sim:?seed=2") == "sim:?seed=2"


def test_a_bad_workspace_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", "../other"]) == 2
    assert "../other" in capsys.readouterr().err


def at_the_first_event(asked: str, home: Path) -> str:
    """Start the window without a display, and return what an expression gives as its event loop would begin."""
    program = (
        "import gc, sys; from PySide6.QtWidgets import QApplication; from app.cli import main\n"
        f"QApplication.exec = staticmethod(lambda: print({asked}) or 0)\n"
        "sys.exit(main(['desk', '--feed', 'sim:']))"
    )
    environ = os.environ | {"QT_QPA_PLATFORM": "offscreen", "TICKDESK_HOME": str(home)}
    line = [sys.executable, "-c", program]
    ended = subprocess.run(
        line, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_a_start_loads_no_library_that_only_files_and_brokers_need(tmp_path: Path) -> None:
    heavy = {"polars", "pyarrow", "confluent_kafka", "scipy", "pandas", "numba"}
    assert at_the_first_event(f"sorted({heavy} & set(sys.modules))", tmp_path) == "[]"


def test_a_start_loads_no_dialog_before_it_is_opened_but_the_palette(tmp_path: Path) -> None:
    loaded = (
        "sorted(n for n in ('alert', 'kafka', 'open_file', 'settings', 'pages', 'series_picker', 'palette')"
    )
    assert at_the_first_event(f"{loaded} if 'app.dialogs.' + n in sys.modules)", tmp_path) == "['palette']"


def test_the_collector_is_at_work_once_the_start_is_over_and_passes_over_what_it_made(tmp_path: Path) -> None:
    enabled, frozen = at_the_first_event("gc.isenabled(), gc.get_freeze_count()", tmp_path).split()
    assert enabled == "True"
    assert int(frozen) > 10_000


def test_a_start_that_fails_leaves_the_collector_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", "../other"]) == 2
    assert gc.isenabled()
    capsys.readouterr()


def start_and_end(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Start the window, wait until it is there, ask it to end; return exit code and stderr."""
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool")
    line = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(line, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) as running:
        find = [
            "xdotool",
            "search",
            "--sync",
            "--onlyvisible",
            "--pid",
            str(running.pid),
            "--name",
            "Tickdesk",
        ]
        try:
            subprocess.run(find, env=environ, capture_output=True, check=True, timeout=START_S)
        finally:
            running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=START_S)
        return running.returncode, said


@pytest.mark.window
def test_the_window_opens_on_a_display_and_ends_when_asked(
    window_environ: dict[str, str], places: Places
) -> None:
    assert start_and_end(window_environ) == (0, "")
    assert places.layout.is_file()
    assert load_remembered(places).feed is None
    assert not places.settings.exists()


@pytest.mark.window
def test_the_last_feed_is_remembered_and_one_that_is_gone_does_no_harm(
    window_environ: dict[str, str], places: Places, tmp_path: Path
) -> None:
    ticks = tmp_path / "ticks.csv"
    ticks.write_text("symbol,ts_ns,price,size\nA,1763351100000000000,1.5,2\n", encoding="utf-8")
    assert start_and_end(window_environ, "--feed", str(ticks)) == (0, "")
    assert load_remembered(places).feed == f"file:{ticks}"
    ticks.unlink()
    assert start_and_end(window_environ) == (0, "")
