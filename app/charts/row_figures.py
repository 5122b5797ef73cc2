"""The figures of one row: what the read-out shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.columns import ColumnsView
from app.charts.curves import curve_colour
from app.charts.instrument import Shown
from app.charts.price_candles import Bar
from app.charts.readout import Figure
from app.charts.specs import BandSpec, CurveSpec
from app.charts.steps import mark_text
from app.formatting import compact_text, number_text
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
    drawn: tuple[Sequence[CurveSpec], Sequence[BandSpec]],
    theme: Theme,
    bar: Bar | None = None,
) -> list[Figure]:
    """Return time, price, series and size of a row, or of its bar and with the row's series.

    A series without a value there is left out.
    """
    curves, bands = drawn
    figures = _of_tick(view, row, shown) if bar is None else _of_bar(bar, shown, theme)
    figures += _of_curves(view, row, shown, [each for each in curves if each.role == "vwap"], theme)
    for band in bands:
        lower, upper = value_at(view, band.lower, row), value_at(view, band.upper, row)
        if np.isfinite(lower) and np.isfinite(upper):
            figures.append(Figure(band.label, f"{shown.price_text(lower)}–{shown.price_text(upper)}"))
    later = [each for role in ("vwap_second", "overlay") for each in curves if each.role == role]
    figures += _of_curves(view, row, shown, later, theme)
    if shown.has_volume and bar is None:
        size = number_text(value_at(view, "size", row), view.size_scale, indian=shown.indian)
        figures.append(Figure("Size", size))
    return figures


def _of_tick(view: ColumnsView, row: int, shown: Shown) -> list[Figure]:
    return [
        Figure("", mark_text(int(view.time_ns[row]), "ms", shown.zone)),
        Figure("Last", shown.price_text(value_at(view, "price", row))),
    ]


def _of_bar(bar: Bar, shown: Shown, theme: Theme) -> list[Figure]:
    """Return when a bar began, its prices in its colour, its volume, and whether ticks are missing in it."""
    colour = theme.up if bar.rose else theme.down
    prices = (("O", bar.open), ("H", bar.high), ("L", bar.low), ("C", bar.close))
    figures = [Figure("", mark_text(bar.start_ns, "s", shown.zone))]
    figures += [Figure(label, shown.price_text(price), colour) for label, price in prices]
    if shown.has_volume:
        figures.append(Figure("V", compact_text(bar.volume, indian=shown.indian)))
    if bar.has_gap:
        figures.append(Figure("", "ticks missing", theme.warning))
    return figures


def _of_curves(
    view: ColumnsView, row: int, shown: Shown, curves: Sequence[CurveSpec], theme: Theme
) -> list[Figure]:
    values = [(curve, value_at(view, curve.text, row)) for curve in curves]
    return [
        Figure(curve.label, shown.price_text(value), curve_colour(curve, theme))
        for curve, value in values
        if np.isfinite(value)
    ]


def value_at(view: ColumnsView, text: str, row: int) -> float:
    """Return a series' value at a row, NaN where it has none or is not kept."""
    try:
        return float(view.values(text, row, row + 1)[0])
    except KeyError:
        return float("nan")
