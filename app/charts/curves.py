"""The lines of the price pane: the price, its VWAPs, its bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsItem

from analytics.columns import ColumnsView
from analytics.ticks import Float64
from app.charts.lines import Fill, Line
from app.charts.pens import DASHES, blend, pen
from app.charts.specs import BandSpec, CurveSpec
from app.charts.traces import Traces, TraceSpec
from app.theme import Theme

PRICE = TraceSpec("price")
_NS = 1e9
_DASH_S = 5.0
_DASH_PX = 20.0
"""After missing ticks a VWAP stays dashed for so long, or for so many pixels where that is more."""
_MOST_DASHES = 200
_EDGE_PX = 3.0
"""An antialiased line reaches a little beyond its points."""
_BAND_FILL, _BAND_EDGE = 0.055, 0.42
_WIDENED = {"vwap": 1.0, "vwap_second": 0.5}
_NONE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Extent:
    """What the visible lines reach: (lowest, highest), NaN where there is nothing."""

    price: tuple[float, float]
    bands: tuple[float, float]


@dataclass(slots=True)
class _Curve:
    spec: CurveSpec
    trace: TraceSpec
    line: Line
    dashed: Line | None = None
    points: tuple[Float64, Float64] = (_NONE, _NONE)


@dataclass(slots=True)
class _Band:
    spec: BandSpec
    upper: TraceSpec
    lower: TraceSpec
    fill: Fill
    edges: tuple[Line, Line]
    points: tuple[Float64, Float64, Float64] = (_NONE, _NONE, _NONE)


class Curves:
    """All lines of one pane: what they show is chosen by specs, how they look by the theme."""

    def __init__(self, group: QGraphicsItem, theme: Theme) -> None:
        self._group = group
        self._theme = theme
        self._price = Line(group, 20.0)
        self._price.steep = True
        self._curves: list[_Curve] = []
        self._bands: list[_Band] = []
        self._price_points: tuple[Float64, Float64] = (_NONE, _NONE)
        self.traces = Traces()
        self.set_specs((), ())

    def set_specs(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Show these series; a curve of role ``band`` that is an edge of a band is drawn once, by it."""
        for line in self._lines():
            if line is not self._price and line.scene() is not None:
                line.scene().removeItem(line)
        for band in self._bands:
            if band.fill.scene() is not None:
                band.fill.scene().removeItem(band.fill)
        edges = {text for band in bands for text in (band.upper, band.lower)}
        self._bands = [self._make_band(spec) for spec in bands]
        self._curves = [
            self._make_curve(spec) for spec in curves if not (spec.role == "band" and spec.text in edges)
        ]
        self.traces.set_specs(
            (
                PRICE,
                *(curve.trace for curve in self._curves),
                *(trace for band in self._bands for trace in (band.upper, band.lower)),
            )
        )
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self._price.set_pen(pen(theme.price))
        for curve in self._curves:
            colour = theme.vwap_second if curve.spec.role == "vwap_second" else theme.vwap
            if curve.spec.role == "band":
                curve.line.set_pen(pen(blend(colour, theme.window, _BAND_EDGE)))
            else:
                curve.line.set_pen(pen(colour, DASHES if curve.spec.role == "vwap_second" else ()))
            if curve.dashed is not None:
                curve.dashed.set_pen(pen(colour, (3.0, 3.0)))
        for band in self._bands:
            band.fill.set_brush(blend(theme.vwap, theme.window, _BAND_FILL))
            for edge in band.edges:
                edge.set_pen(pen(blend(theme.vwap, theme.window, _BAND_EDGE)))

    def take(self, view: ColumnsView, span_ns: tuple[int, int], width_ns: int) -> Extent:
        """Read what is new for a span of absolute time; returns what the visible lines reach."""
        left_ns, right_ns = span_ns
        self.traces.update(view, left_ns, right_ns, width_ns)
        left = (left_ns - self.traces.base_ns) / _NS
        right = (right_ns - self.traces.base_ns) / _NS
        self._price_points = self.traces.trace(PRICE).between(left, right)
        for curve in self._curves:
            curve.points = self.traces.trace(curve.trace).between(left, right)
        for band in self._bands:
            x, upper = self.traces.trace(band.upper).between(left, right)
            band.points = (x, upper, self.traces.trace(band.lower).between(left, right)[1])
        return Extent(
            _reach([self._price_points[1], *(curve.points[1] for curve in self._curves)]),
            _reach([edge for band in self._bands for edge in band.points[1:]]),
        )

    def draw(self, view: ColumnsView, rect: QRectF, px: tuple[float, float], *, whole: bool) -> None:
        """Draw what was taken. `rect` is what the pane shows, in seconds and price, `px` the size of a
        pixel; unless `whole`, only what is new is painted again.
        """
        since = -np.inf if whole else self.traces.changed_s - _EDGE_PX * px[0]
        for item in (*self._lines(), *(band.fill for band in self._bands)):
            item.cover(rect)
        self._price.set_points(*self._price_points, px, since)
        dashes = self._dashes(view, rect, px[0]) if self._curves else []
        for curve in self._curves:
            x, y = curve.points
            if curve.dashed is not None:
                curve.dashed.set_points(*pieces(x, y, dashes), px, since, anew=True)
                y = without(x, y, dashes)
            curve.line.set_points(x, y, px, since)
        for band in self._bands:
            x, upper, lower = band.points
            band.fill.set_points(x, upper, lower, since)
            for edge, values in zip(band.edges, (upper, lower), strict=True):
                edge.set_points(x, values, px, since)

    def clear(self) -> None:
        """Show nothing."""
        for line in self._lines():
            line.set_points(_NONE, _NONE)
        for band in self._bands:
            band.fill.set_points(_NONE, _NONE, _NONE)

    def _dashes(self, view: ColumnsView, rect: QRectF, second_px: float) -> list[tuple[float, float]]:
        """Return the spans, in seconds, over which a VWAP knows only part of the trades around it."""
        gaps = view.gaps()
        base_ns, times = self.traces.base_ns, view.time_ns
        first = int(np.searchsorted(times[: view.count], base_ns + int(rect.left() * _NS)))
        last = int(np.searchsorted(times[: view.count], base_ns + int(rect.right() * _NS)))
        rows = gaps[np.searchsorted(gaps, max(first, 1)) : np.searchsorted(gaps, last, side="right")]
        after = max(_DASH_S, _DASH_PX * second_px)
        spans: list[tuple[float, float]] = []
        for row in rows[rows < view.count][-_MOST_DASHES:].tolist():
            start = (int(times[row - 1]) - base_ns) / _NS
            stop = (int(times[row]) - base_ns) / _NS + after
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], stop)
            else:
                spans.append((start, stop))
        return spans

    def _lines(self) -> list[Line]:
        lines = [self._price]
        for curve in self._curves:
            lines += [curve.line] if curve.dashed is None else [curve.line, curve.dashed]
        for band in self._bands:
            lines += band.edges
        return lines

    def _make_curve(self, spec: CurveSpec) -> _Curve:
        first = spec.role == "vwap"
        curve = _Curve(
            spec,
            TraceSpec(spec.text, across_gaps=True, smooth=spec.role == "band"),
            Line(self._group, {"band": 5.0, "vwap_second": 9.0}.get(spec.role, 10.0)),
            Line(self._group, 10.0) if first else None,
        )
        for line in (curve.line, curve.dashed):
            if line is not None:
                line.widened = _WIDENED.get(spec.role, 0.0)
        return curve

    def _make_band(self, spec: BandSpec) -> _Band:
        return _Band(
            spec,
            TraceSpec(spec.upper, across_gaps=True, smooth=True),
            TraceSpec(spec.lower, across_gaps=True, smooth=True),
            Fill(self._group, -20.0),
            (Line(self._group, 5.0), Line(self._group, 5.0)),
        )


def without(x: Float64, y: Float64, spans: Sequence[tuple[float, float]]) -> Float64:
    """Return y with NaN strictly inside the spans, so that the line still reaches their ends."""
    if not spans:
        return y
    kept = y.copy()
    for start, stop in spans:
        first, last = _inside(x, start, stop)
        kept[first + 1 : last] = np.nan
    return kept


def pieces(x: Float64, y: Float64, spans: Sequence[tuple[float, float]]) -> tuple[Float64, Float64]:
    """Return the points inside the spans, a NaN after each piece."""
    xs, ys = [], []
    for start, stop in spans:
        first, last = _inside(x, start, stop)
        if last > first:
            xs += [x[first : last + 1], x[last : last + 1]]
            ys += [y[first : last + 1], np.array([np.nan])]
    return (np.concatenate(xs), np.concatenate(ys)) if xs else (_NONE, _NONE)


def _inside(x: Float64, start: float, stop: float) -> tuple[int, int]:
    """Return the last point at or before the start and the first at or after the stop."""
    first = max(int(np.searchsorted(x, start + 1e-9, side="right")) - 1, 0)
    last = min(int(np.searchsorted(x, stop - 1e-9)), len(x) - 1)
    return first, last


def _reach(lines: Sequence[Float64]) -> tuple[float, float]:
    low = min((float(np.fmin.reduce(line, initial=np.inf)) for line in lines), default=np.inf)
    high = max((float(np.fmax.reduce(line, initial=-np.inf)) for line in lines), default=-np.inf)
    return (low, high) if low <= high else (np.nan, np.nan)
