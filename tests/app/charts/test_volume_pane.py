from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.charts import CurveSpec, volume_pane
from app.charts.volume import volume_bars

SECOND = 1_000_000_000
DAY_S = 86_400.0
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the offscreen platform has none


@pytest.fixture
def minute(chart):
    chart.set_curves((CurveSpec("vwap(session)", "VWAP", "vwap"),), ())
    chart.show_span(60)
    return chart


def traded(ticks, n):
    """Return n ticks of a market, two a second, the same ones for any n."""
    seconds = np.arange(n) / 2
    return ticks().add(seconds, 24_900 + np.round(np.sin(seconds), 2), sizes=1 + np.arange(n) * 7 % 90)


@pytest.mark.parametrize("back", [5, 24, 80])
def test_a_seek_back_leaves_no_bar_of_later_ticks(minute, ticks, show, stale, back):
    show(minute, traded(ticks, 240).columns.view, frames=3)
    earlier = traded(ticks, 240 - back).columns.view
    show(minute, earlier)
    assert stale(minute, earlier) <= 24


def test_after_nothing_was_shown_the_grid_is_whole_again(minute, ticks, show, stale):
    view = traded(ticks, 240).columns.view
    show(minute, view, frames=3)
    show(minute, None)
    show(minute, view)
    assert stale(minute, view) <= 4


def test_going_back_to_the_newest_tick_reads_only_what_is_shown(chart, ticks, show, monkeypatch):
    seconds = np.concatenate([day * DAY_S + np.arange(600.0) for day in range(4)])
    view = ticks().add(seconds, 24_900 + np.sin(seconds)).columns.view
    chart.show_span(1.0)
    show(chart, view)
    chart._window.pan_to(int(view.time_ns[10]))
    chart._picture.look_again()
    show(chart, view)
    edges = []

    def read(view, left_ns, right_ns, step_ns):
        edges.append((right_ns - left_ns) // step_ns)
        return volume_bars(view, left_ns, right_ns, step_ns)

    monkeypatch.setattr(volume_pane, "volume_bars", read)
    chart.follow()
    show(chart, view)
    assert 0 < max(edges) <= chart._window.columns


def test_the_heading_tells_the_volume_of_the_bar_pointed_at(minute, ticks, show):
    view = ticks().add([0.1, 0.2, 5.1, 5.2], [100, 101, 102, 101], [10, 20, 300, 44]).columns.view
    show(minute, view, frames=6)
    volume, pane = minute._picture._volume, minute._panes.volume.geometry()
    step = volume.heading()
    assert step.startswith("Volume · ")
    for row, told in ((0, f"{step}   30"), (3, f"{step}   344")):
        minute._point_at(pane.topLeft() + QPointF(minute.shown_scale().x(int(view.time_ns[row])) + 0.5, 20))
        assert volume.heading() == told
    minute._point_at(pane.topLeft() + QPointF(minute.shown_scale().x(int(view.time_ns[0]) + 3 * 10**9), 20))
    assert volume.heading() == step
