"""Charts fed frame by frame, and what each frame cost the GUI thread.

A frame's ticks are taken by the engine beforehand. What is timed is `refresh` and the events that follow until the
widget is painted, frames that scroll among them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns, thread_time_ns
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from analytics.columns import ColumnsView
from analytics.engine import MOST_TOGETHER, Engine
from analytics.instruments import InstrumentTable
from analytics.series import parse_series
from app.charts import BandSpec, ChartArea, CurveSpec
from app.theme import DARK
from benchmarks.market import PRICE_SCALE, Ticks, one_symbol_batches, stretches

FRAMES_A_SECOND = 60
VWAP, SECOND_VWAP = "vwap(session)", "vwap(60s)"
UPPER, LOWER = "vwap_upper(session, 2)", "vwap_lower(session, 2)"
CURVES = (CurveSpec(VWAP, "VWAP", "vwap"), CurveSpec(SECOND_VWAP, "VWAP 60s", "vwap_second"))
BANDS = (BandSpec(UPPER, LOWER, "±2σ"),)
_START_NS = 1_795_146_300_000_000_000
_NS = 1_000_000_000


def made_up(held: int, over_s: float, more: int, rate: float, seed: int = 7) -> Ticks:
    """Return ticks of one symbol: `held` in `over_s` seconds, then `more`, `rate` a second in the mean."""
    rng = np.random.default_rng(seed)
    count = held + more
    gaps = rng.exponential(1.0, count)
    gaps[:held] *= over_s / held * _NS
    gaps[held:] *= _NS / rate
    ts_ns = _START_NS + np.cumsum(gaps.astype(np.int64))
    price = 2_490_000 + np.cumsum(rng.integers(-1, 2, count)) * 5
    return Ticks(ts_ns, price, rng.integers(1, 50, count) * 65)


class Feed:
    """Ticks that an engine takes: some at once, then those of a frame at a time."""

    def __init__(self, ticks: Ticks, held: int, *, bands: bool = False) -> None:
        texts = (VWAP, SECOND_VWAP, *((UPPER, LOWER) if bands else ()))
        self._ticks = ticks
        self._engine = Engine(InstrumentTable(), map(parse_series, texts))
        self._taken = 0
        for _, stop in stretches(held, MOST_TOGETHER):
            self._take(stop)
        self._clock_ns = int(ticks.ts_ns[held - 1])

    @property
    def view(self) -> ColumnsView:
        """Return the columns as they are now."""
        found = self._engine.view("BENCH")
        assert found is not None
        return found

    def step(self) -> None:
        """Take the ticks of one frame's time."""
        self._clock_ns += _NS // FRAMES_A_SECOND
        stop = int(np.searchsorted(self._ticks.ts_ns, self._clock_ns))
        if stop >= len(self._ticks):
            raise IndexError("there are no ticks left")
        if stop > self._taken:
            self._take(stop)

    def _take(self, stop: int) -> None:
        mine = slice(self._taken, stop)
        piece = Ticks(self._ticks.ts_ns[mine], self._ticks.price[mine], self._ticks.size[mine])
        for batch in one_symbol_batches(piece, len(piece)):
            self._engine.take(batch)
        self._taken = stop


class Chart(Protocol):
    """What shows a feed."""

    @property
    def widget(self) -> QWidget:
        """Return what is painted."""

    def prepare(self, view: ColumnsView) -> None:
        """Do what is not timed: what the columns have as this chart wants it."""

    def show(self, view: ColumnsView) -> None:
        """Draw what is new."""

    def show_span(self, seconds: float) -> None:
        """Show so many seconds from the next frame on, following."""


class OurChart:
    """A `ChartArea` with the price and two VWAPs, with bands where asked."""

    def __init__(self, *, bands: bool = False) -> None:
        self.area = ChartArea(DARK)
        self.area.set_instrument(
            symbol="BENCH",
            zone=ZoneInfo("Asia/Kolkata"),
            decimals=PRICE_SCALE,
            has_volume=True,
            price_text=lambda price: f"{price:,.2f}",
        )
        self.area.set_curves(CURVES, BANDS if bands else ())

    @property
    def widget(self) -> QWidget:
        """Return the chart."""
        return self.area

    def prepare(self, view: ColumnsView) -> None:
        """Nothing: the chart reads the columns."""

    def show(self, view: ColumnsView) -> None:
        """Draw what is new."""
        self.area.refresh(view, None)

    def shown_ns(self) -> tuple[int, int]:
        """Return the instants at the left and right edge, as they were last drawn."""
        scale = self.area.shown_scale()
        return scale.left_ns, scale.right_ns

    def show_span(self, seconds: float) -> None:
        """Follow with so many seconds in view."""
        self.area.show_span(seconds)
        self.area.follow()


@dataclass(slots=True)
class Timed:
    """Frame times in ms, and the processor's time of the GUI thread in each: other programs are not in that."""

    frames: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def percentile(self, q: float) -> float:
        """Return a percentile of the frame times in ms."""
        return float(np.percentile(self.frames, q))

    def own_percentile(self, q: float) -> float:
        """Return a percentile of the GUI thread's own time a frame in ms."""
        return float(np.percentile(self.own, q))


def time_frames(
    pairs: Sequence[tuple[Feed, Chart]],
    count: int,
    into: Timed,
    before: Callable[[int], None] = lambda _: None,
) -> None:
    """Add the times of `count` frames, each of all pairs; `before(n)` is called ahead of each frame, timed."""
    gc.collect()
    gc.freeze()
    for n in range(count):
        for feed, chart in pairs:
            feed.step()
            chart.prepare(feed.view)
        own, start = thread_time_ns(), perf_counter_ns()
        before(n)
        for feed, chart in pairs:
            chart.show(feed.view)
        QApplication.processEvents()
        into.frames.append((perf_counter_ns() - start) / 1e6)
        into.own.append((thread_time_ns() - own) / 1e6)
