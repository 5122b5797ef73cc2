"""Frame times of the chart on a screen, beside plain pyqtgraph and finplot on the same ticks in the same run.

A frame is what the GUI thread does for it: reading the columns, choosing what to paint, and painting it, frames that
scroll among them; its ticks, 2,000 a second, are taken by the engine beforehand. The curves are the price and two
VWAPs, with volume below; the window's bands are a row of their own. pyqtgraph's plot has its own down-sampling, is
clipped to the view and follows by the chart's steps; finplot runs in a process of its own.

The measuring is done in a process of its own as well, on the screen of DISPLAY, else in an Xvfb, else off screen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.rows import Row
from benchmarks.screen import screen

if TYPE_CHECKING:
    from benchmarks.charted import Chart, Feed, OurChart, Timed

TICKS, HELD = 1_000_000, 10_000_000
FRAME_MS = 1000.0 / 60
RATE_GOAL, HELD_GOAL = 5.0, 1.2
_RATE, _FEW_HELD = 2_000.0, 10_000
_NEAR_S = 60.0
_NEWEST_AT = 0.88
_SIZE, _FOUR_SIZE = (1280, 720), (1600, 900)
_ROUNDS = 4
_FRAMES, _PEER_FRAMES, _FINPLOT_FRAMES, _ZOOMS = 200, 20, 10, 20
_WARM_UP = 30


def run(ticks: int = TICKS, held: int = HELD) -> list[Row]:
    """Return the rows."""
    with screen() as shown:
        command = [sys.executable, "-m", "benchmarks.frames", str(ticks), str(held), shown.name]
        done = subprocess.run(command, env=shown.environment, stdout=subprocess.PIPE, check=True)
    return [Row(**row) for row in json.loads(done.stdout)]


def _measure(ticks: int, held: int, where: str) -> list[Row]:
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    rows = [*_one_chart(ticks, where), *_four_charts(ticks, where), *_histories(held, where)]
    application.closeAllWindows()
    return rows


def _one_chart(ticks: int, where: str) -> Iterator[Row]:
    from benchmarks.charted import SECOND_VWAP, VWAP, Feed, OurChart, Timed, made_up, time_frames
    from benchmarks.peers.plain_pyqtgraph import PlainChart

    over_s = ticks / _RATE
    made = made_up(ticks, over_s, 120_000, _RATE)
    feed, bands = Feed(made, ticks), Feed(made, ticks, bands=True)
    ours, banded = OurChart(), OurChart(bands=True)
    plain = PlainChart((VWAP, SECOND_VWAP), len(made), ours.shown_ns)
    for span, name in ((over_s / _NEWEST_AT, "all in view"), (_NEAR_S, f"{_NEAR_S:.0f} s in view")):
        charts: list[tuple[Feed, Chart, Timed]] = [
            (feed, ours, Timed()),
            (feed, plain, Timed()),
            (bands, banded, Timed()),
        ]
        for feeding, chart, _ in charts:
            _open(chart, _SIZE, span)
            time_frames([(feeding, chart)], 5, Timed())
        for _ in range(_ROUNDS):  # in turn, so that a noisy moment is nobody's alone
            for (feeding, chart, timed), count in zip(charts, (_FRAMES, _PEER_FRAMES, _FRAMES), strict=True):
                time_frames([(feeding, chart)], _WARM_UP if chart is not plain else 2, Timed())
                time_frames([(feeding, chart)], count, timed)
        (_, _, mine), (_, _, theirs), (_, _, with_bands) = charts
        load = f"frame, {where}, 1 chart, 3 curves, {ticks / 1e6:g} M ticks, {name}"
        peer, more = theirs.percentile(50), theirs.percentile(50) / mine.percentile(50)
        goal = f"at least {RATE_GOAL:g}x the frame rate"
        yield Row(
            f"{load}, p50",
            mine.percentile(50),
            "ms",
            f"pyqtgraph {peer:.1f} ms",
            more,
            goal,
            more >= RATE_GOAL,
        )
        yield _p99(load, mine)
        yield _p99(f"{load}, with bands", with_bands, goal=False)
        if span > _NEAR_S or ticks < 1_000_000:
            yield _beside_finplot(load, feed, ours, mine)
    for chart in (ours, plain, banded):
        chart.widget.close()


def _four_charts(ticks: int, where: str) -> Iterator[Row]:
    from PySide6.QtWidgets import QGridLayout, QWidget

    from benchmarks.charted import Feed, OurChart, Timed, made_up, time_frames

    feeds = [Feed(made_up(ticks, ticks / _RATE, 120_000, _RATE, seed), ticks) for seed in range(4)]
    window = QWidget()
    layout = QGridLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    charts = [OurChart() for _ in feeds]
    for n, chart in enumerate(charts):
        layout.addWidget(chart.widget, n // 2, n % 2)
    window.resize(*_FOUR_SIZE)
    window.show()
    pairs = list(zip(feeds, charts, strict=True))
    for span, name in ((ticks / _RATE / _NEWEST_AT, "all in view"), (_NEAR_S, f"{_NEAR_S:.0f} s in view")):
        for chart in charts:
            chart.show_span(span)
        time_frames(pairs, _WARM_UP, Timed())
        timed = Timed()
        time_frames(pairs, _ROUNDS * _FRAMES, timed)
        load = f"frame, {where}, 4 charts of 3 curves, {ticks / 1e6:g} M ticks and 2 k ticks/s each, {name}"
        yield Row(f"{load}, p50", timed.percentile(50), "ms")
        yield _p99(load, timed)
    window.close()


def _histories(held: int, where: str) -> Iterator[Row]:
    """Compare a long history with 10 k ticks over the same span: what is in view has as many pixels."""
    from benchmarks.charted import Feed, OurChart, Timed, made_up, time_frames

    whole_s = held / _RATE
    long = Feed(made_up(held, whole_s, 150_000, _RATE), held)
    for span in (5.0, _NEAR_S, 600.0, whole_s):
        short = Feed(made_up(_FEW_HELD, span, 60_000, _RATE), _FEW_HELD)
        sides = [(feed, OurChart(), Timed(), Timed()) for feed in (long, short)]
        shown_s = span / _NEWEST_AT
        for feed, chart, _, _ in sides:
            _open(chart, _SIZE, shown_s)
            time_frames([(feed, chart)], _WARM_UP, Timed())
        for _ in range(_ROUNDS):
            for feed, chart, following, zoomed in sides:
                time_frames([(feed, chart)], _FRAMES // 2, following)
                time_frames([(feed, chart)], _ZOOMS, zoomed, _zooming(chart, shown_s))
                chart.show_span(shown_s)
                time_frames([(feed, chart)], 5, Timed())
        for _, chart, _, _ in sides:
            chart.widget.close()
        name = "everything" if span == whole_s else f"{span:g} s"
        load = f"frame, {where}, {held / 1e6:g} M ticks held, {name} in view"
        yield _beside_few(load, sides[0][2], sides[1][2])
        yield _beside_few(f"{load}, zoomed at each", sides[0][3], sides[1][3])


def _zooming(chart: Chart, shown_s: float) -> Callable[[int], None]:
    return lambda n: chart.show_span(shown_s * (1.0 + 0.1 * (n % 2)))


def _open(chart: Chart, size: tuple[int, int], span: float) -> None:
    chart.widget.resize(*size)
    chart.widget.show()
    chart.show_span(span)


def _p99(load: str, timed: Timed, *, goal: bool = True) -> Row:
    p99 = timed.percentile(99)
    name = f"{load}, p99 (the thread's own {timed.own_percentile(99):.1f})"
    if not goal:
        return Row(name, p99, "ms")
    return Row(name, p99, "ms", goal=f"below {FRAME_MS:.1f} ms", met=p99 < FRAME_MS)


def _beside_few(load: str, long: Timed, short: Timed) -> Row:
    mine, few = long.percentile(50), short.percentile(50)
    return Row(
        f"{load}, p50 (p99 {long.percentile(99):.1f})",
        mine,
        "ms",
        f"{_FEW_HELD / 1e3:g} k held {few:.1f} ms (p99 {short.percentile(99):.1f})",
        few / mine,
        f"at most {HELD_GOAL:g}x",
        mine <= HELD_GOAL * few,
    )


def _beside_finplot(load: str, feed: Feed, ours: OurChart, mine: Timed) -> Row:
    """Return the row of finplot's frames on the ticks that are held now."""
    try:
        frames = _finplot_frames(feed, ours.shown_ns()[0])
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Row(f"{load}, finplot: not run ({type(error).__name__})", float("nan"), "ms")
    theirs = float(np.median(frames))
    return Row(
        f"{load}, p50", mine.percentile(50), "ms", f"finplot {theirs:.0f} ms", theirs / mine.percentile(50)
    )


def _finplot_frames(feed: Feed, left_ns: int) -> Sequence[float]:
    from benchmarks.charted import FRAMES_A_SECOND, SECOND_VWAP, VWAP

    view = feed.view
    stops = view.count - int(_RATE / FRAMES_A_SECOND) * np.arange(_FINPLOT_FRAMES)[::-1]
    lines = np.stack([view.values(text, 0, view.count) for text in ("price", VWAP, SECOND_VWAP)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ticks.npz")
        lefts = np.full(len(stops), left_ns)
        np.savez(path, ts_ns=view.time_ns[: view.count], lines=lines, stops=stops, lefts=lefts, size=_SIZE)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.peers.finplot_frames", str(path)],
            env={**os.environ, "PYQTGRAPH_QT_LIB": "PySide6"},
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
    frames: list[float] = json.loads(done.stdout)
    return frames[1:]


if __name__ == "__main__":
    asked_ticks, asked_held, name = sys.argv[1:]
    print(json.dumps([asdict(row) for row in _measure(int(asked_ticks), int(asked_held), name)]))
