"""The lines of the price pane: the price, its VWAPs, its bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.columns import ColumnsView
from analytics.ticks import Float64
from app.charts.lines import PIECE, Fill, Line
from app.charts.pens import DASHES, blend, film, pen
from app.charts.scale import Scale
from app.charts.sheet import Layer
from app.charts.specs import BandSpec, CurveSpec
from app.charts.traces import Trace, Traces, TraceSpec, rows_between
from app.theme import Theme

PRICE = TraceSpec("price")
_NS = 1e9
_DASH_S = 5.0
_DASH_PX = 20.0
"""After missing ticks a VWAP stays dashed for so long, or for so many pixels where that is more."""
_ROUNDING_S = 1e-9
_BAND_FILL, _BAND_EDGE = 0.055, 0.42
_WIDENED = {"vwap": 1.0, "vwap_second": 0.5}
_NONE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Extent:
    """What the visible lines reach: (lowest, highest), NaN where there is nothing.

    `bands` is what may be out of sight: bands, and series that someone laid over the prices.
    """

    price: tuple[float, float]
    bands: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Curve:
    spec: CurveSpec
    trace: TraceSpec
    line: Line
    dashed: Line | None = None


@dataclass(frozen=True, slots=True)
class _Band:
    spec: BandSpec
    upper: TraceSpec
    lower: TraceSpec
    fill: Fill
    edges: tuple[Line, Line]


class Curves:
    """All lines of one pane: what they show is chosen by specs, how they look by the theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._price = Line(20.0)
        self._price.steep = True
        self._curves: list[_Curve] = []
        self._bands: list[_Band] = []
        self._span_s = (0.0, 0.0)
        self._after_s = 0.0
        self.traces = Traces()
        self.set_specs((), ())

    def set_specs(self, curves: Sequence[CurveSpec], bands: Sequence[BandSpec]) -> None:
        """Show these series; a curve of role ``band`` that is an edge of a band is drawn once, by it."""
        edges = {text for band in bands for text in (band.upper, band.lower)}
        self._bands = [_make_band(spec) for spec in bands]
        self._curves = [
            _make_curve(spec) for spec in curves if not (spec.role == "band" and spec.text in edges)
        ]
        self.traces.set_specs(
            (
                PRICE,
                *(curve.trace for curve in self._curves),
                *(trace for band in self._bands for trace in (band.upper, band.lower)),
            )
        )
        self.set_theme(self._theme)

    def layers(self, *, price: bool = True) -> list[Layer]:
        """Return everything that is painted, with or without the line of the price."""
        return [*self._lines()[0 if price else 1 :], *(band.fill for band in self._bands)]

    def set_theme(self, theme: Theme) -> None:
        """Wear a theme's colours."""
        self._theme = theme
        self._price.set_pen(pen(theme.price))
        for curve in self._curves:
            colour = curve_colour(curve.spec, theme)
            if curve.spec.role == "band":
                curve.line.set_pen(pen(blend(colour, theme.window, _BAND_EDGE)))
            else:
                curve.line.set_pen(pen(colour, DASHES if curve.spec.role == "vwap_second" else ()))
            if curve.dashed is not None:
                curve.dashed.set_pen(pen(colour, (3.0, 3.0)))
        for band in self._bands:
            band.fill.set_brush(film(theme.vwap, theme.window, _BAND_FILL))
            for edge in band.edges:
                edge.set_pen(pen(blend(theme.vwap, theme.window, _BAND_EDGE)))

    def take(self, view: ColumnsView, span_ns: tuple[int, int], width_ns: int) -> Extent:
        """Read what is new for a span of absolute time; returns what the visible lines reach."""
        traces = self.traces
        traces.update(view, *span_ns, width_ns)
        left, right = ((at - traces.base_ns) / _NS for at in span_ns)
        self._span_s = (left, right)
        seen = {
            spec: traces.trace(spec).between(left, right)[1]
            for spec in (PRICE, *(curve.trace for curve in self._curves), *self._edges())
        }
        near = [*self._edges(), *(curve.trace for curve in self._curves if curve.spec.role == "overlay")]
        held = [curve.trace for curve in self._curves if curve.spec.role != "overlay"]
        return Extent(
            _reach([seen[PRICE], *(seen[trace] for trace in held)]), _reach([seen[trace] for trace in near])
        )

    def draw(self, view: ColumnsView, scale: Scale) -> float:
        """Have the lines show what was taken; returns the pixel from which on they look other than before."""
        traces, since = self.traces, self.traces.changed_s
        after_s = max(_DASH_S, _DASH_PX * scale.ns_per_px / _NS)
        if after_s != self._after_s:  # lines were dashed over other spans
            self._after_s, since = after_s, -np.inf
        x, (y,), first = self._points(PRICE)
        self._price.set_points(x, y, since, first)
        for curve in self._curves:
            x, (y,), first = self._points(curve.trace)
            if curve.dashed is not None:
                y, dashed = split(x, y, *self._dashes(view, x, after_s))
                curve.dashed.set_points(x, dashed, since, first)
            curve.line.set_points(x, y, since, first)
        for band in self._bands:
            x, (upper, lower), first = self._points(band.upper, band.lower)
            band.fill.set_points(x, upper, lower, since, first)
            for edge, values in zip(band.edges, (upper, lower), strict=True):
                edge.set_points(x, values, since, first)
        if not np.isfinite(since):
            return 0.0 if since < 0 else np.inf
        return scale.x(traces.base_ns + since * _NS)

    def _points(self, *specs: TraceSpec) -> tuple[Float64, list[Float64], int]:
        """Return the points to draw, of lines over the same x: x, each one's y, and the number of the first."""
        lines: list[Trace] = [self.traces.trace(spec) for spec in specs]
        start, stop = lines[0].numbers(*self._span_s)
        start = start // PIECE * PIECE
        return lines[0].points(start, stop)[0], [line.points(start, stop)[1] for line in lines], start

    def _edges(self) -> list[TraceSpec]:
        return [trace for band in self._bands for trace in (band.upper, band.lower)]

    def clear(self) -> None:
        """Show nothing."""
        for line in self._lines():
            line.set_points(_NONE, _NONE)
        for band in self._bands:
            band.fill.set_points(_NONE, _NONE, _NONE)

    def _dashes(self, view: ColumnsView, x: Float64, after_s: float) -> tuple[Float64, Float64]:
        """Return when the spans that reach points begin and end, in seconds, ascending: over these a VWAP knows only
        part of the trades around it.

        Spans are asked for by the points that are handed out, not by what is seen: pieces of them are kept.
        """
        gaps = view.gaps()
        if len(gaps) == 0 or len(x) == 0:
            return _NONE, _NONE
        base_ns, times = self.traces.base_ns, view.time_ns
        reach = base_ns + int((x[0] - after_s) * _NS), base_ns + int(x[-1] * _NS) + 1
        first, last = np.searchsorted(times[: view.count], reach).tolist()
        rows = rows_between(gaps, max(first, view.first + 1), min(last + 1, view.count))
        return (times[rows - 1] - base_ns) / _NS, (times[rows] - base_ns) / _NS + after_s

    def _lines(self) -> list[Line]:
        lines = [self._price]
        for curve in self._curves:
            lines += [curve.line] if curve.dashed is None else [curve.line, curve.dashed]
        for band in self._bands:
            lines += band.edges
        return lines


def curve_colour(spec: CurveSpec, theme: Theme) -> str:
    """Return the colour of a curve's values and, where it is no edge of a band, of its line."""
    if spec.role == "overlay":
        return theme.palette[spec.colour % len(theme.palette)]
    return theme.vwap_second if spec.role == "vwap_second" else theme.vwap


def _make_curve(spec: CurveSpec) -> _Curve:
    first = spec.role == "vwap"
    curve = _Curve(
        spec,
        TraceSpec(spec.text, across_gaps=spec.role != "overlay", smooth=spec.role == "band"),
        Line({"band": 5.0, "vwap_second": 9.0, "overlay": 8.0}.get(spec.role, 10.0)),
        Line(10.0) if first else None,
    )
    for line in (curve.line, curve.dashed):
        if line is not None:
            line.widened = _WIDENED.get(spec.role, 0.0)
    return curve


def _make_band(spec: BandSpec) -> _Band:
    return _Band(
        spec,
        TraceSpec(spec.upper, across_gaps=True, smooth=True),
        TraceSpec(spec.lower, across_gaps=True, smooth=True),
        Fill(-20.0),
        (Line(5.0), Line(5.0)),
    )


def split(x: Float64, y: Float64, starts: Float64, stops: Float64) -> tuple[Float64, Float64]:
    """Return y outside and inside of spans, NaN elsewhere: two lines that meet at the last point before a span and
    the first one after it.

    Spans ascend and may overlap. Whether a point is inside depends on its x alone: not on what else is drawn.
    """
    if len(starts) == 0:
        return y, np.full(len(y), np.nan)
    n = len(x) + 1
    entered = np.bincount(x.searchsorted(starts + _ROUNDING_S, side="right"), minlength=n)
    left = np.bincount(x.searchsorted(stops - _ROUNDING_S), minlength=n)
    inside = np.cumsum(entered - left)[:-1] > 0
    near = inside.copy()
    near[1:] |= inside[:-1]
    near[:-1] |= inside[1:]
    return np.where(inside, np.nan, y), np.where(near, y, np.nan)


def _reach(lines: Sequence[Float64]) -> tuple[float, float]:
    low = min((float(np.fmin.reduce(line, initial=np.inf)) for line in lines), default=np.inf)
    high = max((float(np.fmax.reduce(line, initial=-np.inf)) for line in lines), default=-np.inf)
    return (low, high) if low <= high else (np.nan, np.nan)
