"""What a chart is told to draw for a choice, in the chart's own words."""

from __future__ import annotations

from dataclasses import replace

from app.charts.specs import BandSpec, CurveSpec, PaneSpec
from app.viewmodels.chart_choice import ChartChoice
from app.viewmodels.chart_series import BAND_LABEL, DrawnSeries, Subject, band_of, drawn_series

_IN_MACD = {"macd": "MACD", "macd_signal": "Signal", "macd_hist": "Histogram"}
"""What curves are called in a pane whose title has their lengths."""
Specs = tuple[tuple[CurveSpec, ...], tuple[BandSpec, ...], tuple[PaneSpec, ...]]


def specs_of(choice: ChartChoice, subject: Subject) -> Specs:
    """Return the curves over the price, the bands, and the panes below of what is shown of a choice.

    Series that belong together share a pane, in the order of the first of each.
    """
    shown = [each for each in drawn_series(choice, subject) if each.shown and each.drawn]
    band = band_of(choice, subject)
    below: dict[str, list[DrawnSeries]] = {}
    for each in shown:
        if each.pane:
            below.setdefault(each.pane, []).append(each)
    return (
        tuple(_curve(each) for each in shown if not each.pane),
        () if band is None else (BandSpec(*band, BAND_LABEL),),
        tuple(_pane(key, each) for key, each in below.items()),
    )


def _curve(series: DrawnSeries) -> CurveSpec:
    label = series.label.removesuffix(f" {BAND_LABEL}")
    return CurveSpec(series.drawn, label, series.role, series.colour)


def _pane(key: str, series: list[DrawnSeries]) -> PaneSpec:
    first = series[0]
    style = "bars" if all(each.bars for each in series) else "line"
    curves = tuple(replace(_curve(each), label=_IN_MACD.get(_name(each), each.label)) for each in series)
    return PaneSpec(key, first.title, curves, first.baseline, style)


def _name(series: DrawnSeries) -> str:
    return series.drawn.partition("(")[0]
