"""A chart saved as a picture, and its ticks in sight exported."""

import threading

import polars as pl
import pytest
from PySide6.QtWidgets import QFileDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the file dialog's, off screen


@pytest.fixture
def chart(live):
    return live.parts.chart


def answer(live, path):
    dialog = next(each for each in live.findChildren(QFileDialog) if each.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_picture_is_asked_for_and_written(live, chart, tmp_path, qtbot, suffix):
    live.deeds.do("save-picture")
    path = tmp_path / f"chart{suffix}"
    with qtbot.waitSignal(live.files.said) as said:
        answer(live, path)
    assert path.stat().st_size > 0
    assert said.args == [f"Saved {path}"]


def test_the_ticks_in_sight_are_exported_with_their_series(live, chart, tmp_path, qtbot):
    live.deeds.do("export")
    path = tmp_path / "ticks.csv"
    with qtbot.waitSignal(live.files.said) as said:
        answer(live, path)
    assert said.args == [f"2 ticks written to {path}"]
    table = pl.read_csv(path)
    assert table["price"].to_list() == [24_900.0, 24_907.0]
    assert "vwap(session)" in table.columns


@pytest.mark.parametrize("name", ["save-picture", "export"])
def test_what_cannot_be_written_is_told_with_the_path(live, tmp_path, qtbot, name):
    live.deeds.do(name)
    path = tmp_path / "missing" / ("x.png" if name == "save-picture" else "x.csv")
    with qtbot.waitSignal(live.files.failed) as failed:
        answer(live, path)
    assert str(path) in failed.args[0]
    assert str(path) in live.parts.side.banner.notice.detail


def test_without_ticks_there_is_nothing_to_export(desk, open_window):
    desk.go_live("NIFTY-FUT")
    window = open_window()
    window.refresh_now()
    window.deeds.do("export")
    assert "no ticks in sight" in window.parts.side.banner.notice.detail


def test_one_export_at_a_time_and_closing_gives_it_up(live, chart, tmp_path, qtbot, monkeypatch):
    go_on, path = threading.Event(), tmp_path / "a.csv"

    def slow(_view, _start, _stop, to, _series, progress, _first_held):
        go_on.wait()
        progress(0.5)
        to.write_text("whole")

    monkeypatch.setattr("app.charts.export.write_ticks", slow)
    live.deeds.do("export")
    answer(live, path)
    live.deeds.do("export")
    answer(live, tmp_path / "b.csv")
    assert "still being written" in live.parts.side.banner.notice.detail
    live.files._export.cancel()
    go_on.set()
    live.close()
    assert not path.exists()
