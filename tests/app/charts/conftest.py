"""Builders of ticks and charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analytics.calendar import NSE_DERIVATIVES
from analytics.columns import ColumnsView, SymbolColumns
from analytics.ticks import NO_SEQ
from app.charts import BandSpec, ChartArea, CurveSpec
from app.charts.readout import READOUT_HEIGHT
from app.theme import DARK

IST = ZoneInfo("Asia/Kolkata")
OPEN_NS = 1_795_146_300_000_000_000
"""2026-11-20 09:15:00 IST."""
SECOND = 1_000_000_000
VWAP, VWAP_60, UPPER, LOWER = "vwap(session)", "vwap(60s)", "vwap_upper(session, 2)", "vwap_lower(session, 2)"


class Ticks:
    """A symbol's columns that grow by what a test says; the series are made up around the price."""

    def __init__(self, series: bool = True) -> None:
        self.columns = SymbolColumns("NIFTY-FUT", NSE_DERIVATIVES, 2, 0)
        self.texts = (VWAP, VWAP_60, UPPER, LOWER) if series else ()
        for text in self.texts:
            self.columns.add_series(text)

    def add(
        self,
        seconds: Sequence[float],
        prices: Sequence[float],
        sizes: Sequence[int] | None = None,
        gaps: Sequence[int] = (),
    ) -> Ticks:
        """Append ticks at seconds after the open; `gaps` are the indices that ticks are missing before."""
        start = self.columns.count
        n = len(seconds)
        after_gap = np.zeros(n, np.bool_)
        after_gap[list(gaps)] = True
        self.columns.append(
            OPEN_NS + np.rint(np.asarray(seconds) * SECOND).astype(np.int64),
            np.rint(np.asarray(prices) * 100).astype(np.int64),
            np.asarray(sizes if sizes is not None else np.full(n, 75), np.int64),
            np.full(n, NO_SEQ, np.int64),
            after_gap,
        )
        for text, off in zip(self.texts, (-1.0, 0.5, 4.0, -6.0), strict=False):
            self.columns.series(text)[start : self.columns.count] = np.asarray(prices) + off
        self.columns.publish()
        return self

    def walk(self, n: int, per_second: float = 2.0, seed: int = 1) -> Ticks:
        """Append n ticks of a random walk, evenly in time."""
        start = self.columns.count / per_second
        steps = np.random.default_rng(seed).normal(0, 0.4, n)
        last = self.columns.view.last_price() or 24_900.0
        return self.add(start + np.arange(n) / per_second, np.round(last + np.cumsum(steps), 2))


class Hand:
    """The pointer over a chart's panes."""

    def __init__(self, chart: ChartArea) -> None:
        self._viewport = chart._panes.viewport()

    def wheel(self, x: int, y: int, notches: int) -> None:
        at = QPointF(x, y)
        event = QWheelEvent(
            at,
            QPointF(self._viewport.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self._viewport, event)


@pytest.fixture
def ticks() -> Callable[..., Ticks]:
    """Return the builder of ticks."""
    return Ticks


@pytest.fixture
def let_go() -> Callable[[ColumnsView, int], ColumnsView]:
    """Return what makes of columns the same columns whose rows below a first one are no longer held."""

    def without(view: ColumnsView, first: int) -> ColumnsView:
        def spoilt(column: NDArray[np.generic], filler: float) -> NDArray[np.generic]:
            made = column.copy()
            made[:first] = filler
            return made

        return replace(
            view,
            first=first,
            time_ns=spoilt(view.time_ns, 0),
            ts_ns=spoilt(view.ts_ns, 0),
            price=spoilt(view.price, 10**9),
            size=spoilt(view.size, 10**9),
            sum_v=spoilt(view.sum_v, 10**15),
            series={text: spoilt(column, 1e9) for text, column in view.series.items()},
        )

    return without


@pytest.fixture
def hand() -> Callable[[ChartArea], Hand]:
    """Return the builder of a pointer."""
    return Hand


@pytest.fixture
def chart(qtbot: QtBot) -> ChartArea:
    """Return a chart that is shown, 740 x 560, with a VWAP, a second one and a band."""
    made = ChartArea(DARK)
    qtbot.addWidget(made)
    made.resize(740, 560)
    made.set_instrument(
        symbol="NIFTY-FUT",
        zone=IST,
        decimals=2,
        has_volume=True,
        price_text=lambda price: f"{price:,.2f}",
    )
    made.set_curves(
        (CurveSpec(VWAP, "VWAP", "vwap"), CurveSpec(VWAP_60, "VWAP 60s", "vwap_second")),
        (BandSpec(UPPER, LOWER, "±2σ"),),
    )
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def show() -> Callable[..., None]:
    """Return what draws columns in so many frames and lets Qt paint each."""

    def shown(chart: ChartArea, view: ColumnsView | None, frames: int = 1) -> None:
        for _ in range(frames):
            chart.refresh(view, None)
            QApplication.processEvents()

    return shown


@pytest.fixture
def stale(show: Callable[..., None]) -> Callable[[ChartArea, ColumnsView], int]:
    """Return what tells by how much, of 255, a chart on the screen is other than the same one painted anew.

    The read-out is left out: it waits for its turn.
    """

    def screen(chart: ChartArea) -> NDArray[np.int64]:
        image = QApplication.primaryScreen().grabWindow(chart.winId()).toImage()
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        shown = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1).astype(np.int64)
        return shown[READOUT_HEIGHT:]

    def most(chart: ChartArea, view: ColumnsView) -> int:
        before = screen(chart)
        picture = chart._picture
        picture.touch()
        for sheet in (picture._sheet, picture._volume._sheet):
            sheet.change_all()
        chart._panes.viewport().update()
        show(chart, view)
        return int(np.abs(screen(chart) - before).max())

    return most


@pytest.fixture
def colours() -> Callable[[ChartArea], set[str]]:
    """Return a reader of all colours that a chart shows, as ``#rrggbb``."""

    def read(chart: ChartArea) -> set[str]:
        image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
        return {f"#{pixel & 0xFFFFFF:06x}" for pixel in np.unique(pixels).tolist()}

    return read
