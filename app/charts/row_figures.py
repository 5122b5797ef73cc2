"""The figures of one row: what the read-out shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.columns import ColumnsView
from app.charts.instrument import Shown
from app.charts.readout import Figure
from app.charts.specs import BandSpec, CurveSpec
from app.charts.steps import mark_text
from app.formatting import number_text
from app.theme import Theme


def row_under(view: ColumnsView, ts_ns: int | None) -> int:
    """Return the newest row at or before an instant, the first held where there is none; None is the newest."""
    if ts_ns is None:
        return view.count - 1
    return max(int(np.searchsorted(view.time_ns[: view.count], ts_ns, side="right")) - 1, view.first)


def row_figures(
    view: ColumnsView,
    row: int,
    shown: Shown,
    curves: Sequence[CurveSpec],
    bands: Sequence[BandSpec],
    theme: Theme,
) -> list[Figure]:
    """Return time, price, series and size of a row. A series without a value there is left out."""
    figures = [
        Figure("", mark_text(int(view.time_ns[row]), "ms", shown.zone)),
        Figure("Last", shown.price_text(_value(view, "price", row))),
    ]
    first = [curve for curve in curves if curve.role == "vwap"]
    second = [curve for curve in curves if curve.role == "vwap_second"]
    figures += _of_curves(view, row, shown, first, theme.vwap)
    for band in bands:
        lower, upper = _value(view, band.lower, row), _value(view, band.upper, row)
        if np.isfinite(lower) and np.isfinite(upper):
            figures.append(Figure(band.label, f"{shown.price_text(lower)}–{shown.price_text(upper)}"))
    figures += _of_curves(view, row, shown, second, theme.vwap_second)
    if shown.has_volume:
        size = number_text(_value(view, "size", row), view.size_scale, indian=shown.indian)
        figures.append(Figure("Size", size))
    return figures


def _of_curves(
    view: ColumnsView, row: int, shown: Shown, curves: Sequence[CurveSpec], colour: str
) -> list[Figure]:
    values = [(curve.label, _value(view, curve.text, row)) for curve in curves]
    return [Figure(label, shown.price_text(value), colour) for label, value in values if np.isfinite(value)]


def _value(view: ColumnsView, text: str, row: int) -> float:
    try:
        return float(view.values(text, row, row + 1)[0])
    except KeyError:
        return float("nan")
